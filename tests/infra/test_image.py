import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra import build, source
from infra.build import BuildError, ImageBuildProvider
from infra.rehearsal.services.ecr import put_image
from infra.source import ROOT
from tests.infra.planned import one

RECIPES = (source.APP, source.TRACKING)
PROPS: dict[str, Any] = {
    "repository": "images",
    "tag": "abc",
    "project": "builder",
    "connection": {"region": "eu-west-1", "profile": "", "endpoints": {}},
}


@pytest.fixture
def tree(tmp_path):
    shutil.copy(ROOT / "Dockerfile", tmp_path)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements/train.txt").write_text("numpy==2.4.0")
    (tmp_path / "ml").mkdir()
    (tmp_path / "ml/app.py").write_text("print()")
    return tmp_path


def test_the_hash_is_of_contents_and_not_of_times_or_caches(tree):
    before = source.digest(source.files(tree))
    (tree / "ml/__pycache__").mkdir()
    (tree / "ml/__pycache__/app.cpython-311.pyc").write_bytes(b"x")
    (tree / "ml/.app.py.swp").write_bytes(b"x")
    (tree / "ml/app.py").touch()
    (tree / "ml/app.py").chmod(0o755)
    assert source.digest(source.files(tree)) == before
    assert list(source.files(tree)) == ["Dockerfile", "requirements/train.txt", "ml/app.py"]


@pytest.mark.parametrize("change", ["Dockerfile", "requirements/train.txt", "ml/app.py", "ml/new.py"])
def test_the_hash_changes_with_every_file_that_goes_into_the_image(tree, change):
    before = source.digest(source.files(tree))
    (tree / change).write_text("changed")
    assert source.digest(source.files(tree)) != before


def test_a_missing_part_of_the_source_is_named(tree):
    (tree / "Dockerfile").unlink()
    with pytest.raises(source.SourceError, match="Dockerfile is missing"):
        source.files(tree)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.dockerfile)
def test_what_a_dockerfile_copies_is_what_is_hashed(recipe):
    copied = [
        line.split()[1]
        for line in (ROOT / recipe.dockerfile).read_text().splitlines()
        if line.startswith("COPY") and "--from" not in line
    ]
    assert copied
    assert all(path.startswith(tuple(recipe.content)) for path in copied)


def test_both_images_have_one_base_by_its_digest_and_no_stage_is_from_another_image():
    bases = set()
    for recipe in RECIPES:
        lines = (ROOT / recipe.dockerfile).read_text().splitlines()
        bases.update(line for line in lines if line.startswith("ARG BASE="))
        assert [line.split()[1] for line in lines if line.startswith("FROM")] == ["${BASE}", "${BASE}"]
    (base,) = bases
    assert re.search(r"@sha256:[0-9a-f]{64}$", base)


@pytest.mark.slow
def test_every_package_of_the_mlflow_server_has_a_wheel_for_arm_whose_hash_is_locked(tmp_path: Path):
    """As pip chooses on the base image, whose C library is 2.36."""
    lock, report = ROOT / "requirements/tracking.txt", tmp_path / "report.json"
    # pip judges markers by this machine.
    assert "platform_machine" not in lock.read_text()
    platforms = [f"--platform=manylinux_2_{minor}_aarch64" for minor in range(36, 16, -1)]
    target = [*platforms, "--python-version=3.11", "--implementation=cp", f"--target={tmp_path / 'none'}"]
    asked = ["--dry-run", "--no-deps", "--only-binary=:all:", "--require-hashes", f"--report={report}"]
    command = [sys.executable, "-m", "pip", "install", "--quiet", *target, *asked, "--requirement", lock]
    subprocess.run(command, check=True, env={**os.environ, "PIP_FIND_LINKS": ""})
    chosen = [entry["download_info"]["url"] for entry in json.loads(report.read_text())["install"]]
    assert [url for url in chosen if "psycopg2" in url if url.endswith("_aarch64.whl")]


def test_without_a_digest_the_account_builds_the_image_and_the_endpoint_waits_for_it(dev):
    built = one(dev, "pulumi-python:dynamic:ImageBuild")
    tag = built.inputs["tag"]
    assert re.fullmatch("[0-9a-f]{16}", tag)
    project = one(dev, "aws:codebuild/project:Project")
    variables = {entry["name"]: entry["value"] for entry in project.inputs["environment"]["environmentVariables"]}
    assert variables["TAG"] == tag
    assert variables["REPOSITORY"] == dev.outputs["image_repository"]
    archive = one(dev, "aws:s3/bucketObjectv2:BucketObjectv2").inputs
    assert archive["key"] == f"image-source/{tag}.zip"
    assert {"Dockerfile", "requirements/train.txt", "ml/wiring.py"} <= set(archive["source"].assets)
    assert built.urn in one(dev, "aws:sagemaker/model:Model").dependencies
    for flag in ("--platform linux/amd64", "--provenance=false", "--sbom=false", "oci-mediatypes=false"):
        assert flag in project.inputs["source"]["buildspec"]


def test_a_build_that_was_made_before_it_had_a_name_of_its_own_is_the_same_resource(dev):
    built = one(dev, "pulumi-python:dynamic:ImageBuild")
    assert [alias.spec.type for alias in built.request.aliases] == ["pulumi-python:dynamic:Resource"]


def test_a_digest_in_the_settings_builds_nothing(planned):
    digest = "sha256:" + "d" * 64
    program = planned(image={"digest": digest})
    for type_ in (
        "pulumi-python:dynamic:ImageBuild",
        "aws:codebuild/project:Project",
        "aws:s3/bucketObjectv2:BucketObjectv2",
    ):
        assert not program.of_type(type_)
    image = one(program, "aws:sagemaker/model:Model").inputs["primaryContainer"]["image"]
    assert image == f"{program.outputs['image_repository']}@{digest}"


def test_a_new_source_replaces_the_build_so_that_a_preview_shows_the_endpoint_s_change():
    provider = ImageBuildProvider()
    diff = provider.diff("abc", PROPS, {**PROPS, "tag": "new"})
    assert (diff.changes, diff.replaces) == (True, ["tag"])
    assert provider.diff("abc", {**PROPS, "digest": "sha256:0"}, PROPS).changes is False
    assert provider.diff("abc", PROPS, {**PROPS, "connection": {"region": "x"}}).changes is False


class Account:
    """What `put_image` asks of the rehearsal's account, on moto in this process."""

    def call(self, service: str, operation: str, **arguments: Any) -> Any:
        assert operation == "PutImage"
        return boto3.client(service, region_name="eu-west-1").put_image(**arguments)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setattr(build, "WAIT_SECONDS", 0)
    with mock_aws():
        boto3.client("ecr", region_name="eu-west-1").create_repository(repositoryName="images")
        boto3.client("codebuild", region_name="eu-west-1").create_project(
            name="builder",
            source={"type": "S3", "location": "sources/abc.zip"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
            serviceRole="arn:aws:iam::123456789012:role/service-role/builder",
        )
        yield Account()


def test_an_image_that_is_there_is_not_built_again(account):
    digest = put_image("images", "abc", account)
    created = ImageBuildProvider().create(PROPS)
    assert created.outs is not None
    assert created.outs["digest"] == digest
    assert boto3.client("codebuild", region_name="eu-west-1").list_builds()["ids"] == []


def test_a_build_that_leaves_no_image_is_an_error(account):
    with pytest.raises(BuildError, match="the build succeeded but images holds no image abc"):
        ImageBuildProvider().create(PROPS)


def answers(**operations: Any) -> Any:
    """A client that answers each operation with a value, or with the next of a list."""

    def answer(value: Any) -> Any:
        return (lambda **_arguments: value.pop(0)) if isinstance(value, list) else (lambda **_arguments: value)

    return type("Client", (), {name: staticmethod(answer(value)) for name, value in operations.items()})()


DENIED = {
    "SUBMITTED": "CodeBuild is not authorized to perform: sts:AssumeRole on arn:aws:iam::123456789012:role/builder",
    "QUEUED": "Service role arn:aws:iam::123456789012:role/builder does not allow AWS CodeBuild to create Amazon "
    "CloudWatch Logs log streams for build arn:aws:codebuild:eu-west-1:123456789012:build/builder:1.",
    "PROVISIONING": "User: arn:aws:sts::123456789012:assumed-role/builder/b is not authorized to perform: kms:Decrypt",
    "DOWNLOAD_SOURCE": "AccessDenied: Access Denied\n\tstatus code: 403 for primary source and source version",
}
"""What CodeBuild says, by the phase, where the role's policy has not reached it."""


def ended(phase: str = "", message: str = "", status: str = "FAILED") -> dict[str, Any]:
    """A build that went well, or until a phase."""
    failed = {
        "phaseType": phase,
        "phaseStatus": status,
        "contexts": [{"statusCode": "CLIENT_ERROR", "message": message}],
    }
    return {
        "id": "builder:1",
        "buildStatus": status if phase else "SUCCEEDED",
        "phases": [{"phaseType": "SUBMITTED", "phaseStatus": "SUCCEEDED"}, *([failed] if phase else [])],
        "logs": {"deepLink": "https://logs"},
    }


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[float]]:
    """Builds, each build ending as told, and says what was waited for. Raises BuildError."""

    def built(*ends: dict[str, Any]) -> list[float]:
        waits: list[float] = []
        monkeypatch.setattr(build.time, "sleep", waits.append)
        running = {"id": "builder:1", "buildStatus": "IN_PROGRESS"}
        looks = [{"builds": [seen]} for end in ends for seen in (running, end)]
        client = answers(start_build=[{"build": running} for _ in ends], batch_get_builds=looks)
        build._build(client, "builder")
        assert not looks
        return waits

    return built


def test_a_failed_build_names_its_phase_its_reason_and_its_logs(built):
    said = "the build builder:1 ended FAILED in BUILD: CLIENT_ERROR AccessDenied to pip; see https://logs"
    with pytest.raises(BuildError, match=said):
        built(ended("BUILD", "AccessDenied to pip"))
    with pytest.raises(BuildError, match="ended TIMED_OUT in QUEUED: CLIENT_ERROR; see https://logs"):
        built(ended("QUEUED", status="TIMED_OUT"))
    with pytest.raises(BuildError, match="ended STOPPED: no reason; see the CodeBuild console"):
        built({"id": "builder:1", "buildStatus": "STOPPED"})


@pytest.mark.parametrize("phase", DENIED)
def test_a_build_whose_role_iam_has_not_spread_yet_is_built_again(built, phase: str):
    wait, pause = build.WAIT_SECONDS, build.PAUSE_SECONDS
    assert built(ended(phase, DENIED[phase]), ended()) == [wait, pause, wait]


def test_it_is_built_again_three_times_and_then_says_why_not(built):
    refused = ended("DOWNLOAD_SOURCE", DENIED["DOWNLOAD_SOURCE"])
    assert built(refused, refused, refused, ended()).count(build.PAUSE_SECONDS) == 3
    with pytest.raises(BuildError, match="FAILED in DOWNLOAD_SOURCE: CLIENT_ERROR AccessDenied: Access Denied status"):
        built(*[refused] * 4)


def test_what_time_does_not_mend_is_not_built_again(built):
    with pytest.raises(BuildError, match="NoSuchKey"):
        built(ended("DOWNLOAD_SOURCE", "NoSuchKey: The specified key does not exist."))


def test_an_oci_image_is_refused_before_sagemaker_does(monkeypatch):
    image = {"imageDigest": "sha256:0", "imageManifestMediaType": "application/vnd.oci.image.index.v1+json"}
    monkeypatch.setattr(build, "client", lambda *_: answers(describe_images={"imageDetails": [image]}))
    with pytest.raises(BuildError, match=r"is application/vnd\.oci\.image\.index\.v1\+json, expected"):
        ImageBuildProvider().create(PROPS)


def test_the_build_s_inputs_are_checked_first():
    failures = ImageBuildProvider().check({}, {**PROPS, "project": ""}).failures
    assert [(failure.property, failure.reason) for failure in failures] == [("project", "is missing")]
