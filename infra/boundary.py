"""The permissions boundary of an environment: what no role of it can go beyond, whatever its policies say.

`infra/account/` makes it; its delivery role can make no role without it.
"""

import pulumi

from infra.names import DELIVERY_PATH
from infra.place import Place

ROLE = "aws:iam/role:Role"


def apply(place: Place, name: str | None) -> None:
    """Bounds every role that the program makes from here on by the account's policy of this name, if there is one."""
    if name is None:
        return
    arn = place.account.apply(lambda account: f"arn:aws:iam::{account}:policy{DELIVERY_PATH}{name}")

    def transformation(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != ROLE:
            return None
        return pulumi.ResourceTransformationResult({**args.props, "permissions_boundary": arn}, args.opts)

    pulumi.runtime.register_stack_transformation(transformation)
