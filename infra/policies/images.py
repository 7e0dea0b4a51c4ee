"""Container images: where they are kept, how they are built, and that each is named by its digest."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from infra.policies import tokens
from infra.policies.jobs import processing_jobs
from infra.policies.rule import Resource, ResourceRule, StackRule, at, entries, unless

DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")
OF_CODEBUILD = "aws/codebuild/"
"""What AWS's own build images start with: CodeBuild alone runs them, and they have no digest to name."""
PRIVILEGED = dict.fromkeys(("-image-build", "-mlimage-build"), "runs Docker, which builds the image")
"""The ends of the names of projects that may have root on the build's host, and why."""


def repository_tags_never_change(repository: Resource) -> Iterator[str]:
    """A tag, once pushed, stays with its image."""
    yield from unless(repository, "imageTagMutability", "IMMUTABLE")


def repository_scans_on_push(repository: Resource) -> Iterator[str]:
    """Each image is scanned for known holes when it is pushed."""
    yield from unless(repository, "imageScanningConfiguration.scanOnPush", True)


def repository_expires_images(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """Every repository has a rule by which old images go."""
    policies = [resource for resource in stack if resource.type == tokens.REPOSITORY_LIFECYCLE]
    tidied = {urn for policy in policies if at(policy.inputs, "policy") for urn in policy.uses.get("repository", ())}
    for resource in stack:
        if resource.type == tokens.REPOSITORY and resource.urn not in tidied:
            yield resource, "has no LifecyclePolicy, expected one that expires old images"


def image_is_named_by_digest(resource: Resource) -> Iterator[str]:
    """An image that runs is named by its digest: a tag may be given to another."""
    for image in images_of(resource):
        if not DIGEST.fullmatch(str(image)) and not (
            resource.type == tokens.BUILD and str(image).startswith(OF_CODEBUILD)
        ):
            yield f"the image is {image!r}, expected <repository>@sha256:<64 hex digits>"


def images_of(resource: Resource) -> list[Any]:
    """The images that run; None where one has to be said. Raises UnreadableError."""
    if resource.type == tokens.MODEL:
        containers = [at(resource.inputs, "primaryContainer"), *entries(at(resource.inputs, "containers"))]
        return [at(container, "image") for container in containers if container] or [None]
    if resource.type == tokens.FUNCTION:
        return [at(resource.inputs, "imageUri")]
    if resource.type == tokens.BUILD:
        return [at(resource.inputs, "environment.image")]
    return [at(asked, "AppSpecification.ImageUri") for _name, asked in processing_jobs(resource)]


def build_is_not_privileged(project: Resource) -> Iterator[str]:
    """A build has no root on its host, unless its name ends as one in `PRIVILEGED`."""
    if at(project.inputs, "environment.privilegedMode") and not project.name.endswith(tuple(PRIVILEGED)):
        yield "environment.privilegedMode is True, expected False, or a reason in infra/policies/images.py, PRIVILEGED"
    if not at(project.inputs, "environment"):
        yield "environment is not set, expected what the build runs in"


def build_writes_logs(project: Resource) -> Iterator[str]:
    """A build writes its log to a group of the stack."""
    if at(project.inputs, "logsConfig.cloudwatchLogs.status") == "DISABLED":
        yield "logsConfig.cloudwatchLogs.status is DISABLED, expected ENABLED"
    if not at(project.inputs, "logsConfig.cloudwatchLogs.groupName"):
        yield "logsConfig.cloudwatchLogs.groupName is not set, expected a log group"
    if at(project.inputs, "logsConfig.s3Logs.encryptionDisabled"):
        yield "logsConfig.s3Logs.encryptionDisabled is True, expected False"


def build_is_not_public(project: Resource) -> Iterator[str]:
    """A build's log and what it makes are for the account alone."""
    if (given := at(project.inputs, "projectVisibility")) not in (None, "PRIVATE"):
        yield f"projectVisibility is {given!r}, expected 'PRIVATE'"


def build_holds_no_credentials(project: Resource) -> Iterator[str]:
    """A build's variables hold no credentials of AWS in clear text."""
    variables = entries(at(project.inputs, "environment.environmentVariables"))
    for variable in variables:
        name = str(at(variable, "name"))
        if name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN") and at(variable, "type") in (
            None,
            "PLAINTEXT",
        ):
            yield f"environmentVariables holds {name}, expected none: the build has a role"


RULES = (
    ResourceRule(check=repository_tags_never_change, on=(tokens.REPOSITORY,), ids=("ECR.2", "CKV_AWS_51")),
    ResourceRule(check=repository_scans_on_push, on=(tokens.REPOSITORY,), ids=("ECR.1", "CKV_AWS_163")),
    StackRule(check=repository_expires_images, on=(tokens.REPOSITORY, tokens.REPOSITORY_LIFECYCLE), ids=("ECR.3",)),
    ResourceRule(
        check=image_is_named_by_digest,
        on=(tokens.MODEL, tokens.FUNCTION, tokens.BUILD, tokens.SCHEDULE, tokens.PIPELINE),
        ids=(),
    ),
    ResourceRule(check=build_is_not_privileged, on=(tokens.BUILD,), ids=("CodeBuild.5", "CKV_AWS_316")),
    ResourceRule(check=build_writes_logs, on=(tokens.BUILD,), ids=("CodeBuild.3", "CodeBuild.4", "CKV_AWS_314")),
    ResourceRule(check=build_is_not_public, on=(tokens.BUILD,), ids=()),
    ResourceRule(check=build_holds_no_credentials, on=(tokens.BUILD,), ids=("CodeBuild.2",)),
)
