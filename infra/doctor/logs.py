"""Whether the names of the program's log groups are free, or their groups the stack's own."""

from collections.abc import Callable, Iterator
from typing import Any

from infra import log_groups
from infra.doctor.result import Result, fault, fine
from infra.offline import Program

CHECK = "log groups"


def check(client: Callable[[str], Any], program: Program, own: tuple[str, str]) -> Iterator[Result]:
    """Looks for groups that are there without the stack's tag. Raises ClientError."""
    logs, names, taken = client("logs"), log_groups.named(program), False
    for name, arn in log_groups.existing(logs, program).items():
        key, value = own
        if name in names and logs.list_tags_for_resource(resourceArn=arn)["tags"].get(key) != value:
            taken = True
            yield fault(
                CHECK,
                f"{name} is there already, and not from this stack: `pulumi up` cannot make it. A service makes it "
                "again when it writes as the environment goes",
                f"aws logs delete-log-group --log-group-name {name}",
            )
    if not taken:
        yield fine(CHECK, f"{len(names)} names are free or this stack's own")
