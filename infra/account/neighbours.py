"""Other projects' environments in an account: rights are given by how names start, and must not reach across."""

from collections.abc import Sequence
from typing import Any

from infra.account.errors import BootstrapError
from infra.account.scope import boundary_name
from infra.names import DELIVERY_PATH


def check(project: str, environments: Sequence[str], iam: Any) -> None:
    """Raises BootstrapError where `<project>-<env>-*` reaches another project's environment, or the other way round."""
    own = {f"{project}-{name}" for name in environments}
    for other in sorted(_prefixes(iam) - own):
        for prefix in sorted(own):
            if other.startswith(f"{prefix}-") or prefix.startswith(f"{other}-"):
                raise BootstrapError(
                    f"the environment {other} is in this account, and {prefix} is to be beside it: the rights of one, "
                    f"over names that start with {min(other, prefix, key=len)}-, would reach the other. Expected "
                    "another name of the project (`name` in Pulumi.yaml) or another account"
                )


def _prefixes(iam: Any) -> set[str]:
    """<project>-<env> of each environment that has a boundary here."""
    pages = iam.get_paginator("list_policies").paginate(Scope="Local", PathPrefix=DELIVERY_PATH)
    named = [entry["PolicyName"] for page in pages for entry in page["Policies"]]
    end = boundary_name("")
    return {name.removesuffix(end) for name in named if name.endswith(end)}
