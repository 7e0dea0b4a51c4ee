"""The jobs of pipelines: what each may reach, and that what it says and leaves is encrypted."""

from collections.abc import Iterator

from infra.policies import tokens
from infra.policies.jobs import pipeline_jobs
from infra.policies.rule import Resource, ResourceRule, at, unset


def training_job_is_isolated(pipeline: Resource) -> Iterator[str]:
    """A pipeline's training job reaches no network: it is given all that it reads."""
    for name, kind, request in pipeline_jobs(pipeline):
        if kind == "Training" and at(request, "EnableNetworkIsolation") is not True:
            yield f"EnableNetworkIsolation of {name} is not set, expected True"


def jobs_encrypt_what_they_say(pipeline: Resource) -> Iterator[str]:
    """A pipeline's job that reaches the network, or trains, encrypts what its containers say to one another."""
    member = "EnableInterContainerTrafficEncryption"
    for name, kind, request in pipeline_jobs(pipeline):
        network = request if kind == "Training" else at(request, "NetworkConfig")
        isolated = kind == "Processing" and at(network, "EnableNetworkIsolation") is True
        if not isolated and at(network, member) is not True:
            yield f"{member} of {name} is not set, expected True"


def jobs_encrypt_what_they_leave(pipeline: Resource) -> Iterator[str]:
    """A pipeline's job encrypts with a key what it leaves in the bucket."""
    for name, kind, request in pipeline_jobs(pipeline):
        path = "OutputDataConfig.KmsKeyId" if kind == "Training" else "ProcessingOutputConfig.KmsKeyId"
        if not at(request, path):
            yield f"{path} of {name} is not set, expected the ARN of a KMS key"


def lost_start_is_kept(target: Resource) -> Iterator[str]:
    """An event that its target does not take goes to a queue, where somebody finds it."""
    yield from unset(target, "deadLetterConfig.arn", "the ARN of a queue")


RULES = (
    ResourceRule(
        check=training_job_is_isolated,
        on=(tokens.PIPELINE,),
        ids=("sagemaker_training_jobs_network_isolation_enabled",),
    ),
    ResourceRule(
        check=jobs_encrypt_what_they_say,
        on=(tokens.PIPELINE,),
        ids=("sagemaker_training_jobs_intercontainer_encryption_enabled",),
    ),
    ResourceRule(
        check=jobs_encrypt_what_they_leave,
        on=(tokens.PIPELINE,),
        ids=("sagemaker_training_jobs_volume_and_output_encryption_enabled",),
    ),
    ResourceRule(check=lost_start_is_kept, on=(tokens.EVENT_TARGET,), ids=()),
)
