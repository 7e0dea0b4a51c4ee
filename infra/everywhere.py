"""What holds for everything that the program makes: whose it is, and what no role of it can go beyond."""

import pulumi

from infra import tags
from infra.names import DELIVERY_PATH
from infra.place import Place

ROLE = "aws:iam/role:Role"


def apply(place: Place, boundary: str | None) -> None:
    """Tags everything from here on, and bounds every role by the account's policy of this name, if there is one.

    `infra/account/` makes the policy; its delivery role can make no role without it.
    """
    tags.apply(place.tags)
    if boundary is None:
        return
    arn = place.account.apply(lambda account: f"arn:aws:iam::{account}:policy{DELIVERY_PATH}{boundary}")

    def transformation(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != ROLE:
            return None
        return pulumi.ResourceTransformationResult({**args.props, "permissions_boundary": arn}, args.opts)

    pulumi.runtime.register_stack_transformation(transformation)
