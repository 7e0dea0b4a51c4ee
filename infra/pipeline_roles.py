"""The pipeline's two roles: what starts its jobs, and what runs in them."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.definition import HANDED_ON
from infra.job import GROUP
from infra.permissions import (
    Statement,
    allow,
    lend_key,
    objects,
    pull_image,
    put_metrics,
    read_key,
    service_role,
    use_key,
    write_logs,
)
from infra.place import Place
from infra.tags import STACK

GROUPS = (GROUP, "/aws/sagemaker/TrainingJobs")
"""SageMaker's own log groups and metrics namespaces, one of each kind of job for the whole account."""
JOBS = "pipelines-*"
"""What SageMaker calls the jobs of pipelines, followed by an id of the execution that nobody knows before."""
KINDS = {"processing-job": "ProcessingJob", "training-job": "TrainingJob"}


def job_role(
    name: str,
    *,
    place: Place,
    key_arn: pulumi.Input[str],
    repository_arn: pulumi.Input[str],
    statements: Sequence[Statement],
    opts: pulumi.ResourceOptions,
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """What runs in the jobs: the steps' own rights, the image, logs and metrics."""
    return service_role(
        name,
        service="sagemaker",
        place=place,
        statements=[
            *statements,
            use_key(key_arn),
            *pull_image(repository_arn),
            *(write_logs(place, group) for group in GROUPS),
            put_metrics(*GROUPS),
        ],
        opts=opts,
    )


def pipeline_role(
    name: str,
    *,
    place: Place,
    key_arn: pulumi.Input[str],
    models: pulumi.Output[str],
    job_role_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """What starts the jobs, looks at them, and reads the facts that the steps leave for its conditions."""
    # Other pipelines of the account call their jobs so, too: what tells them apart is the stack's tag.
    jobs = pulumi.Output.all(*(place.arn("sagemaker", f"{resource}/{JOBS}") for resource in KINDS))
    new, own = ({"StringEquals": {f"aws:{whose}Tag/{STACK}": place.prefix}} for whose in ("Request", "Resource"))
    started = [
        allow(*(f"sagemaker:Create{kind}" for kind in KINDS.values()), "sagemaker:AddTags", on=jobs, when=new),
        allow(
            *(f"sagemaker:{verb}{kind}" for verb in ("Describe", "Stop") for kind in KINDS.values()), on=jobs, when=own
        ),
    ]
    to_sagemaker = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    return service_role(
        name,
        service="sagemaker",
        place=place,
        statements=[
            *started,
            allow("iam:PassRole", on=job_role_arn, when=to_sagemaker),
            *lend_key(key_arn),
            *objects(models, read=[f"{HANDED_ON}/"]),
            read_key(key_arn),
        ],
        opts=opts,
    )
