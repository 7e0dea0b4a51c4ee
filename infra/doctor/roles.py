"""Whether the service-linked roles are there that services act by in the account."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from botocore.exceptions import ClientError

from infra.doctor.result import Result, fine, warning

CHECK = "service-linked roles"
SAGEMAKER_SCALING = "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
NEEDED = {
    "aws:ecs/": ("AWSServiceRoleForECS", "ecs.amazonaws.com"),
    "aws:lb/": ("AWSServiceRoleForElasticLoadBalancing", "elasticloadbalancing.amazonaws.com"),
    "aws:rds/": ("AWSServiceRoleForRDS", "rds.amazonaws.com"),
    "aws:appautoscaling/": (SAGEMAKER_SCALING, "sagemaker.application-autoscaling.amazonaws.com"),
}
"""By what types of resources start with. Source: each service's page "Using service-linked roles"."""


def check(client: Callable[[str], Any], types: Collection[str]) -> Iterator[Result]:
    """Looks for the roles of the services that the program uses. Raises ClientError."""
    iam = client("iam")
    for start, (role, service) in NEEDED.items():
        if not any(type_.startswith(start) for type_ in types):
            continue
        try:
            iam.get_role(RoleName=role)
            yield fine(CHECK, f"{role} is there")
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchEntity":
                raise
            yield warning(
                CHECK,
                f"{role} is not there: the service makes it on first use, if whoever runs `pulumi up` may "
                "(iam:CreateServiceLinkedRole), and the first attempt can come too early",
                f"aws iam create-service-linked-role --aws-service-name {service}",
            )
