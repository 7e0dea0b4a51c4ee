"""CodeBuild's outcome replaced: a started build leaves a manifest in the repository, without any layers."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import botocore
import botocore.session

from infra.rehearsal.aws import Aws
from infra.rehearsal.platform import Platform, destination
from infra.rehearsal.services.ecr import put_image

REPLACED = "no image is built: the tag holds an empty manifest, and the app's source runs as processes"
STARTED = "after-call.codebuild.StartBuild"


@contextmanager
def builds_replaced(aws: Aws) -> Generator[None]:
    """While it lasts, a build that any boto3 session starts ends with its image in the repository."""

    def pushed(parsed: dict[str, Any], **_event: object) -> None:
        if project := parsed.get("build", {}).get("projectName"):
            repository, tag = destination(aws.call("codebuild", "BatchGetProjects", names=[project])["projects"][0])
            put_image(repository, tag, Platform(aws).build(project))

    def listen(session: botocore.session.Session) -> None:
        session.register(STARTED, pushed)

    botocore.register_initializer(listen)
    try:
        yield
    finally:
        botocore.unregister_initializer(listen)
