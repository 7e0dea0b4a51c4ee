"""A dynamic resource that has CodeBuild build an image, unless the repository holds it already."""

import re
import time
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, Resource, ResourceProvider

from infra.session import client, given

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
REPLACES = ("repository", "tag")
WAIT_SECONDS = 10
LIMIT_SECONDS = 3600
RETRIES, PAUSE_SECONDS = 3, 15
EARLY = ("SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE")
"""The phases in which a build takes on its role, opens its log and reads its source."""
REFUSED = re.compile(r"access[ _]?denied|not authorized|does not allow", re.IGNORECASE)
"""What a role is told whose policy IAM has not spread yet (github.com/tmokmss/deploy-time-build/issues/72)."""


class BuildError(Exception):
    """The image was not built as it must be."""


class ImageBuildProvider(ResourceProvider):
    """Starts the build and waits for it. The image stays when the resource goes: the repository's rules expire it."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return given(news, ("repository", "tag", "project", "connection"))

    def create(self, props: dict[str, Any]) -> CreateResult:
        ecr = client("ecr", props["connection"])
        image = _find(ecr, props["repository"], props["tag"])
        if image is None:
            _build(client("codebuild", props["connection"]), props["project"])
            image = _find(ecr, props["repository"], props["tag"])
        if image is None:
            raise BuildError(f"the build succeeded but {props['repository']} holds no image {props['tag']}")
        # SageMaker refuses OCI manifests, hours later and without saying so.
        if image["imageManifestMediaType"] != MANIFEST:
            raise BuildError(
                f"the image {props['tag']} in {props['repository']} is {image['imageManifestMediaType']}, "
                f"expected {MANIFEST}: see the buildspec in infra/image.py, then delete the image"
            )
        return CreateResult(props["tag"], {**props, "digest": image["imageDigest"]})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        # A replacement, not an update: only then is the digest unknown in previews and the endpoint's change shown.
        changed = [name for name in REPLACES if _olds.get(name) != _news.get(name)]
        return DiffResult(changes=bool(changed), replaces=changed)


def _find(ecr: Any, repository: str, tag: str) -> dict[str, Any] | None:
    try:
        found = ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])
    except ecr.exceptions.ImageNotFoundException:
        return None
    return found["imageDetails"][0]


def _build(codebuild: Any, project: str) -> None:
    """Builds; again where the role, which may be seconds old, was refused before the first command of the build."""
    for retries in range(RETRIES, -1, -1):
        build = _ended(codebuild, project)
        if build["buildStatus"] == "SUCCEEDED":
            return
        phase, reason = _failed(build)
        if not retries or phase not in EARLY or not REFUSED.search(reason):
            break
        time.sleep(PAUSE_SECONDS)
    logs = build.get("logs", {}).get("deepLink", "the CodeBuild console")
    where = f" in {phase}" if phase else ""
    raise BuildError(
        f"the build {build['id']} ended {build['buildStatus']}{where}: {reason or 'no reason'}; see {logs}"
    )


def _ended(codebuild: Any, project: str) -> dict[str, Any]:
    build = codebuild.start_build(projectName=project)["build"]
    deadline = time.monotonic() + LIMIT_SECONDS
    while (build := codebuild.batch_get_builds(ids=[build["id"]])["builds"][0])["buildStatus"] == "IN_PROGRESS":
        if time.monotonic() > deadline:
            raise BuildError(f"the build {build['id']} has not ended after {LIMIT_SECONDS // 60} minutes")
        time.sleep(WAIT_SECONDS)
    return build


def _failed(build: dict[str, Any]) -> tuple[str, str]:
    """The phase that a build failed in, and what CodeBuild says of it; empty where it does not say."""
    for entry in build.get("phases", ()):
        if entry.get("phaseStatus", "SUCCEEDED") not in {"SUCCEEDED", "IN_PROGRESS"}:
            told = (f"{each.get('statusCode', '')} {each.get('message', '')}" for each in entry.get("contexts", ()))
            return entry["phaseType"], " ".join(" ".join(told).split())
    return "", ""


class ImageBuild(Resource, name="ImageBuild"):
    """One image in the stack's repository, by its digest."""

    digest: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        repository: pulumi.Input[str],
        tag: str,
        project: pulumi.Input[str],
        connection: dict[str, Any],
        opts: pulumi.ResourceOptions,
    ) -> None:
        props = {"repository": repository, "tag": tag, "project": project, "connection": connection, "digest": None}
        # It had no name of its own once.
        before = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="pulumi-python:dynamic:Resource")])
        super().__init__(ImageBuildProvider(), name, props, pulumi.ResourceOptions.merge(opts, before))
