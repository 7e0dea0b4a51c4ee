"""Whether what the endpoint is to run is there: the image, the models, and the managed MLflow app."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from infra import source
from infra.doctor.result import Result, fault, fine
from infra.settings import ManagedTracking, Settings

IMAGE, MODELS, TRACKING = "image source", "models", "managed MLflow"
MODELS_BUCKET = "data-models-bucket"
DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
"""The one kind of manifest that SageMaker takes: github.com/aws/amazon-sagemaker-feedback/issues/180"""


def image(client: Callable[[str], Any], settings: Settings) -> Iterator[Result]:
    """The pinned image in the stack's repository, or how many files one is built from. Raises ClientError."""
    digest = settings.image.digest
    if digest is None:
        found = source.files()
        yield fine(IMAGE, f"`pulumi up` builds {len(found)} files as {source.digest(found)}")
        return
    ecr = client("ecr")
    start = f"{settings.prefix}-image-repository-"
    pages = ecr.get_paginator("describe_repositories").paginate()
    names = [entry["repositoryName"] for page in pages for entry in page["repositories"]]
    repository = next((name for name in names if name.startswith(start)), None)
    if repository is None:
        yield fault(
            IMAGE,
            f"image.digest is {digest}, and the stack has no repository yet: no image can be in it",
            "take image.digest out of the settings for the first `pulumi up`, which makes repository and image",
        )
        return
    answer = ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageDigest": digest}])
    if not answer["images"]:
        yield fault(
            IMAGE,
            f"image.digest is {digest}, expected an image in {repository}",
            f"aws ecr describe-images --repository-name {repository} lists them; without image.digest one is built",
        )
        return
    manifest = json.loads(answer["images"][0]["imageManifest"])
    kind = answer["images"][0].get("imageManifestMediaType") or manifest.get("mediaType")
    if kind != DOCKER:
        fix = "build it with --provenance=false --output type=image,oci-mediatypes=false, or let the stack build it"
        yield fault(IMAGE, f"{digest} is a {kind}, expected {DOCKER}: SageMaker takes nothing else", fix)
    else:
        yield fine(IMAGE, f"{digest} is in {repository}")


def models(client: Callable[[str], Any], settings: Settings) -> Iterator[Result]:
    """The bundles that the settings name."""
    for key, release in (("model", settings.model), ("challenger", settings.challenger)):
        if release is None:
            continue
        address = urlsplit(release.url)
        if not address.netloc.startswith(own := f"{settings.prefix}-{MODELS_BUCKET}-"):
            yield fault(
                MODELS,
                f"{key}.url is {release.url!r}, expected a bucket {own}…: the endpoint reads its own stack's alone",
                "bring the bundle into this environment's bucket first: docs/operating.md, Promote",
            )
            continue
        try:
            client("s3").head_object(Bucket=address.netloc, Key=address.path.lstrip("/"))
            yield fine(MODELS, f"{key}: {release.url} is there")
        except ClientError as error:
            code = error.response["Error"]["Code"]
            yield fault(
                MODELS,
                f"{key}.url is {release.url!r}: S3 answers {code}, expected a bundle that can be read",
                "promote a release whose record is in the models bucket, or take the setting out for the baseline",
            )


def tracking(client: Callable[[str], Any], settings: Settings) -> Iterator[Result]:
    """Whether the region has managed MLflow apps."""
    if not isinstance(settings.tracking, ManagedTracking):
        return
    try:
        client("sagemaker").list_mlflow_apps(MaxResults=1)
    except ClientError as error:
        if error.response["Error"]["Code"] not in (
            "UnknownOperationException",
            "UnknownOperation",
            "ValidationException",
        ):
            raise
        yield _elsewhere(settings)
    except BotoCoreError:
        yield _elsewhere(settings)
    else:
        yield fine(TRACKING, f"{settings.region} has it")


def _elsewhere(settings: Settings) -> Result:
    text = f"tracking.mode is managed, and SageMaker of {settings.region} knows no MLflow apps"
    return fault(TRACKING, text, "set tracking.mode to another, or aws:region to a region that has it")
