"""The image, built from the project's Dockerfile and run: what it is made of, and that it answers from inside."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.build import BuildError, ImageBuildProvider
from infra.source import APP
from ml.dataset import BASE_RATE, SCHEMA
from tests.infra import containers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(containers.BUILD_SECONDS * 2),
    pytest.mark.skipif(bool(containers.missing()), reason=containers.missing() or "-"),
]
NAME = "localhost/mlops-image"
ROW = {feature.name: feature.categories[0] if feature.categories else 1.0 for feature in SCHEMA.features}
PROBE = Path(__file__).parent / "inside.py"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("image")
    return containers.build(APP, architecture=APP.architecture, into=NAME, folder=folder)


@pytest.fixture(scope="module")
def started(image: str) -> list[str]:
    """How SageMaker starts an endpoint's container."""
    return [*containers.described(image)["config"]["config"]["Entrypoint"], "serve"]


def probe(started: list[str]) -> list[str]:
    return ["python", "-c", PROBE.read_text(), json.dumps(started), json.dumps({"instances": [ROW]})]


@pytest.fixture(scope="module")
def manifests(image: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a registry gets, by format."""
    folder = tmp_path_factory.mktemp("pushed")
    return {format_: containers.pushed(image, folder / format_, format_) for format_ in ("v2s2", "oci")}


def test_it_is_one_linux_amd64_image_with_a_docker_manifest_and_no_attestation(image: str, manifests: dict[str, Any]):
    containers.assert_one_image(image, manifests["v2s2"], "amd64")
    # SageMaker starts it as root; elsewhere whoever runs it names a user.
    assert "User" not in containers.described(image)["config"]["config"]


def test_what_is_pushed_in_another_format_is_refused_before_sagemaker_refuses_it(
    manifests: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    connection = {"region": "eu-west-1", "profile": "", "endpoints": {}}
    props: dict[str, Any] = {"repository": "images", "project": "builder", "connection": connection}
    with mock_aws():
        ecr = boto3.client("ecr", region_name="eu-west-1")
        ecr.create_repository(repositoryName="images")
        for format_, manifest in manifests.items():
            ecr.put_image(
                repositoryName="images",
                imageTag=format_,
                imageManifest=json.dumps(manifest),
                imageManifestMediaType=manifest["mediaType"],
            )
        created = ImageBuildProvider().create({**props, "tag": "v2s2"})
        assert created.outs is not None
        assert created.outs["digest"].startswith("sha256:")
        with pytest.raises(BuildError, match=r"is application/vnd\.oci\.image\.manifest\.v1\+json, expected"):
            ImageBuildProvider().create({**props, "tag": "oci"})


def test_it_holds_no_compiler(image: str):
    assert containers.tools(image, containers.COMPILERS) == []
    # The same look finds what is there.
    assert containers.tools(image, ["python"]) == ["/opt/venv/bin/python"]


def test_it_answers_as_root_as_sagemaker_starts_it(image: str, started: list[str]):
    said = json.loads(containers.run(image, *probe(started)))
    assert said["user"] == 0
    assert_answered(said)


def test_it_answers_without_root_on_a_root_that_cannot_be_written(image: str, started: list[str]):
    writable = ["/tmp"]  # noqa: S108
    said = json.loads(containers.run_read_only(image, *probe(started), user="1000:1000", writable=writable))
    assert said["user"] == 1000
    assert said["writes"] == {"/": "Read-only file system", "/opt/app": "Read-only file system", "/tmp": ""}  # noqa: S108
    assert_answered(said)


def assert_answered(said: dict[str, Any]) -> None:
    assert said["ping"] == 200
    assert said["invocations"][0] == 200
    # The baseline, which the image carries.
    assert said["invocations"][1]["predictions"] == [pytest.approx(BASE_RATE)]
    # SIGTERM ended it, as it ends a container that is stopped.
    assert said["code"] == -15, said["log"]


def test_the_same_image_trains(image: str):
    """Without a stack's wiring it says what it misses; the commands of jobs come through as they are."""
    assert "pipeline" in containers.run(image, "python", "-m", "ml.cli", "--help")
    entrypoint = containers.described(image)["config"]["config"]["Entrypoint"]
    with pytest.raises(AssertionError, match="MLOPS_"):
        containers.run(image, *entrypoint, "train")
