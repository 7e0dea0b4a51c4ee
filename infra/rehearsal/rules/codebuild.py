"""CodeBuild projects."""

import re

import yaml

from infra.rehearsal.rules.rule import Key, Request, Rule, expected, one_of, twice

ZIP_OR_FOLDER = re.compile(r"[a-z0-9][a-z0-9.-]+/.+")
BUILDSPEC_VERSIONS = ("0.1", "0.2")


def a_source_in_s3_is_bucket_and_path(request: Request) -> str | None:
    """Without s3:// or arn: (docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectSource.html, location)."""
    source = request["source"]
    if source["type"] != "S3" or ZIP_OR_FOLDER.fullmatch(source.get("location", "")):
        return None
    return expected("source.location", source.get("location"), "<bucket>/<path>.zip or <bucket>/<folder>/")


def a_pipeline_is_source_and_destination(request: Request) -> str | None:
    """docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectArtifacts.html, type"""
    source, artifacts = request["source"]["type"], request["artifacts"]["type"]
    if (source == "CODEPIPELINE") != (artifacts == "CODEPIPELINE"):
        return expected("artifacts.type", f"{artifacts} with source.type {source}", "CODEPIPELINE in both or in none")
    return None


def a_build_without_source_has_a_buildspec(request: Request) -> str | None:
    """docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectSource.html, type"""
    source = request["source"]
    if source["type"] == "NO_SOURCE" and not source.get("buildspec"):
        return expected("source.buildspec", "none with NO_SOURCE", "a buildspec")
    return None


def a_buildspec_has_version_and_phases(request: Request) -> str | None:
    """Where it stands in the request and is no path: YAML.

    docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
    """
    text = request["source"].get("buildspec") or ""
    if not text or re.fullmatch(r"[\w./:-]+", text):
        return None
    try:
        spec = yaml.safe_load(text)
    except yaml.YAMLError as error:
        return expected("source.buildspec", " ".join(str(error).split()), "YAML")
    if not isinstance(spec, dict) or str(spec.get("version")) not in BUILDSPEC_VERSIONS:
        return expected("source.buildspec", "its version", one_of(BUILDSPEC_VERSIONS))
    return None if spec.get("phases") else expected("source.buildspec", "no phases", "phases")


def lambda_compute_is_for_lambda_containers(request: Request) -> str | None:
    """docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-compute-types.html"""
    kind, compute = request["environment"]["type"], request["environment"]["computeType"]
    if ("LAMBDA" in kind) != ("LAMBDA" in compute):
        return expected("environment.computeType", f"{compute} with {kind}", "both for Lambda or neither")
    return None


def variables_are_not_codebuild_s_own(request: Request) -> str | None:
    """docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html"""
    names = [item["name"] for item in request["environment"].get("environmentVariables", ())]
    if reserved := [name for name in names if name.startswith("CODEBUILD_")]:
        return expected("environment.environmentVariables", reserved[0], "names that do not begin with CODEBUILD_")
    same = twice(names)
    return expected("environment.environmentVariables", f"{same[0]} twice", "each once") if same else None


RULES: dict[Key, list[Rule]] = {
    ("codebuild", "CreateProject"): [
        a_source_in_s3_is_bucket_and_path,
        a_pipeline_is_source_and_destination,
        a_build_without_source_has_a_buildspec,
        a_buildspec_has_version_and_phases,
        lambda_compute_is_for_lambda_containers,
        variables_are_not_codebuild_s_own,
    ],
}
