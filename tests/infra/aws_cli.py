"""What the AWS CLI takes, as far as the models of the API tell."""

import re
import shlex

import botocore.session
from botocore import xform_name

OF_THE_CLI = {("logs", "tail"), ("s3", "cp")}
"""Commands that the AWS CLI has beside the operations of the API."""
FOR_ALL = {"query", "output", "region", "limit", "max-items"}
RENAMED = {("sns", "subscribe"): {"notification-endpoint"}}
"""Options that the AWS CLI calls otherwise than the API, as it has its own of that name."""
SESSION = botocore.session.get_session()


def known_to_the_cli(command: str) -> None:
    """Fails where a command's part for the AWS CLI is no operation of the API, or has an option that it has not."""
    for service, operation, options in re.findall(r"\baws ([a-z0-9-]+) ([a-z0-9-]+)((?: .*)?)", command):
        if (service, operation) in OF_THE_CLI:
            continue
        model = SESSION.get_service_model("s3" if service == "s3api" else service)
        by_name = {xform_name(name, "-"): name for name in model.operation_names}
        assert operation in by_name, command
        members = model.operation_model(by_name[operation]).input_shape.members
        switches = {f"no-{xform_name(name, '-')}" for name, shape in members.items() if shape.type_name == "boolean"}
        known = {xform_name(name, "-") for name in members} | switches | FOR_ALL
        known |= RENAMED.get((service, operation), set())
        given = {word[2:] for word in shlex.split(options.rstrip(")")) if word.startswith("--")}
        assert given <= known, command
