"""One execution of a pipeline, as SageMaker runs it: each job's own command, a process of this machine.

The definition is the one that the program made, read back from the API. What a container has under /opt/ml lies in a
folder; channels are copied from and to the mock S3 by the job's role; conditions read what the steps left, by the
pipeline's role. Source: https://docs.aws.amazon.com/sagemaker/latest/dg/define-pipeline.html
"""

import json
import re
import secrets
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.rehearsal.aws import Aws
from infra.rehearsal.environment import aws_variables, detached
from infra.rehearsal.platform import Platform
from infra.rehearsal.roles import described_parameters
from infra.source import ROOT
from ml.agreed import OPT_ML

MOUNTED = "/opt/ml"
NOWHERE = "http://127.0.0.1:9"
"""Where a container without a network finds AWS: nothing listens there."""
KINDS = {"Processing": "ProcessingJob", "Training": "TrainingJob"}
RESOURCES = {"ProcessingJob": "processing-job", "TrainingJob": "training-job"}
STEP = re.compile(r"Steps\.(?P<step>[\w-]+)\.(?P<path>.+)")
KEYED = re.compile(r"(\w+)\['([^']+)'\]")


class JobFailedError(Exception):
    """A job's command ended with another code than 0."""


@dataclass(frozen=True)
class Ended:
    """How an execution ended: Succeeded, or Failed and why."""

    status: str
    reason: str = ""


class _FailStep(Exception):  # noqa: N818  How a Fail step ends an execution; nobody outside sees it.
    pass


@dataclass
class Execution:
    """An execution that was started through the API."""

    aws: Aws
    arn: str
    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    """Set in containers that reach the network: what leads to the rehearsal's stand-ins."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """This process's own environment."""
    ran: list[str] = field(default_factory=list)
    """The steps that were run, in order."""

    def __post_init__(self) -> None:
        described = self.aws.call("sagemaker", "DescribePipelineExecution", PipelineExecutionArn=self.arn)
        self._pipeline = self.aws.call(
            "sagemaker", "DescribePipeline", PipelineName=described["PipelineArn"].rpartition("/")[2]
        )
        self._definition = json.loads(self._pipeline["PipelineDefinition"])
        given = self.aws.call("sagemaker", "ListPipelineParametersForExecution", PipelineExecutionArn=self.arn)
        asked = {entry["Name"]: entry["Value"] for entry in given.get("PipelineParameters", ())}
        defaults = {entry["Name"]: entry.get("DefaultValue") for entry in described_parameters(self._pipeline)}
        if unknown := asked.keys() - defaults.keys():
            raise LookupError(f"{', '.join(sorted(unknown))}, expected parameters of the pipeline")
        self.parameters: dict[str, Any] = {**defaults, **asked}
        self.id = self.arn.rpartition("/")[2]
        self._platform = Platform(self.aws)
        self._described: dict[str, dict[str, Any]] = {}
        self._files: dict[str, tuple[str, str]] = {}

    def run(self, around: Callable[[str], AbstractContextManager[object]] = lambda _step: nullcontext()) -> Ended:
        """Runs the steps in order. Raises JobFailedError where a container's command fails.

        Args:
            around: what a step is run in, such as a clock.
        """
        self._starter = self._platform.assume(self._pipeline["RoleArn"], service="sagemaker")
        try:
            self._steps(self._definition["Steps"], around)
        except _FailStep as failed:
            return Ended("Failed", str(failed))
        return Ended("Succeeded")

    def _steps(self, steps: list[dict[str, Any]], around: Callable[[str], AbstractContextManager[object]]) -> None:
        for step in steps:
            if step["Type"] == "Condition":
                holds = all(self._holds(condition) for condition in step["Arguments"]["Conditions"])
                self._steps(step["Arguments"]["IfSteps" if holds else "ElseSteps"], around)
            elif step["Type"] == "Fail":
                raise _FailStep(self.value(step["Arguments"]["ErrorMessage"]))
            else:
                with around(step["Name"]):
                    self._job(step)

    def _holds(self, condition: Mapping[str, Any]) -> bool:
        if condition["Type"] != "Equals":
            raise NotImplementedError(f"conditions of the type {condition['Type']} are not rehearsed")
        return self.value(condition["LeftValue"]) == self.value(condition["RightValue"])

    def value(self, expression: Any) -> Any:
        """What an expression of the definition stands for."""
        if isinstance(expression, list):
            return [self.value(item) for item in expression]
        if not isinstance(expression, dict):
            return expression
        if "Get" in expression:
            return self._get(expression["Get"])
        if "Std:Join" in expression:
            join = expression["Std:Join"]
            return join["On"].join(str(self.value(item)) for item in join["Values"])
        if "Std:JsonGet" in expression:
            asked = expression["Std:JsonGet"]
            step, _, name = asked["PropertyFile"]["Get"].removeprefix("Steps.").partition(".PropertyFiles.")
            return self._fact(step, name, asked["Path"])
        return {name: self.value(item) for name, item in expression.items()}

    def _get(self, name: str) -> Any:
        kind, _, rest = name.partition(".")
        if kind == "Parameters":
            return self.parameters[rest]
        if kind == "Execution":
            return {"PipelineExecutionId": self.id, "PipelineName": self._pipeline["PipelineName"]}[rest]
        found = STEP.fullmatch(name)
        if found is None:
            raise NotImplementedError(f"{name} is not rehearsed")
        value: Any = self._described[found["step"]]
        for part in found["path"].split("."):
            keyed = KEYED.fullmatch(part)
            value = value[keyed[1] if keyed else part]
            if keyed:
                value = next(item for item in value if keyed[2] in item.values())
        return value

    def _fact(self, step: str, name: str, path: str) -> Any:
        """A value in a file that a step left, as the pipeline's role reads it."""
        output, file = self._files[f"{step}.{name}"]
        where = urlsplit(output)
        self._starter.call("s3", "ListObjectsV2", Bucket=where.netloc, Prefix=where.path.lstrip("/"))
        content = self._read(self._starter, f"{output}/{file}")
        value = json.loads(content)
        for part in path.split("."):
            value = value[part]
        return value

    def _job(self, step: dict[str, Any]) -> None:
        name, kind = step["Name"], KINDS[step["Type"]]
        request = self.value(step["Arguments"])
        job = f"pipelines-{self.id}-{name}-{secrets.token_hex(5)}"
        self._starter.call("sagemaker", f"Create{kind}", **{f"{kind}Name": job}, **request)
        root = self.folder / name
        root.mkdir(parents=True)
        container = self._platform.container_of_job(request, kind)
        isolated = request.get("EnableNetworkIsolation") or request.get("NetworkConfig", {}).get(
            "EnableNetworkIsolation", False
        )
        self._starter.call("sagemaker", f"Describe{kind}", **{f"{kind}Name": job})
        self._starter.ask(f"sagemaker:Stop{kind}", self.aws.arn("sagemaker", f"{RESOURCES[kind]}/{job}"))
        self.ran.append(name)
        training = step["Type"] == "Training"
        for uri, path in _channels(request, training=training):
            self._download(container, uri, root / path)
        self._process(name, request, root, container, isolated=isolated)
        self._described[name] = dict(request)
        if training:
            self._leave_model(container, request, job, root, name)
        for output in request.get("ProcessingOutputConfig", {}).get("Outputs", ()):
            where = output["S3Output"]
            self._upload(container, root / _inside(where["LocalPath"]), where["S3Uri"])
            for file in step.get("PropertyFiles", ()):
                if file["OutputName"] == output["OutputName"]:
                    self._files[f"{name}.{file['PropertyFileName']}"] = where["S3Uri"], file["FilePath"]

    def _process(self, name: str, request: Mapping[str, Any], root: Path, container: Aws, *, isolated: bool) -> None:
        """The container's command, with its variables and no others of AWS's."""
        app = request.get("AppSpecification") or request["AlgorithmSpecification"]
        program, *arguments = [*app["ContainerEntrypoint"], *app.get("ContainerArguments", ())]
        reaching = {"AWS_ENDPOINT_URL": NOWHERE, "AWS_EC2_METADATA_DISABLED": "true"}
        if not isolated:
            reaching = {**aws_variables(container.endpoint, container.region, container.credentials)}
        variables = {**detached(self.environ), **reaching, **request["Environment"]}
        variables |= {} if isolated else self.variables
        done = subprocess.run(  # noqa: S603
            [sys.executable if program == "python" else program, *arguments],
            env={**variables, OPT_ML: str(root), "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        (root / "log").write_text(done.stdout + done.stderr)
        if done.returncode:
            raise JobFailedError(f"{name} ended with exit code {done.returncode}: {done.stderr.strip()[-500:]}")

    def _leave_model(self, container: Aws, request: Mapping[str, Any], job: str, root: Path, name: str) -> None:
        """What a training job left, in the archive that SageMaker makes of it; and its checkpoints."""
        archive = root / "model.tar.gz"
        with tarfile.open(archive, "w:gz") as packed:
            for path in sorted((root / "model").iterdir()):
                packed.add(path, arcname=path.name)
        uri = f"{request['OutputDataConfig']['S3OutputPath']}/{job}/output/model.tar.gz"
        self._write(container, uri, archive.read_bytes())
        self._described[name]["ModelArtifacts"] = {"S3ModelArtifacts": uri}
        if kept := request.get("CheckpointConfig"):
            self._upload(container, root / _inside(kept["LocalPath"]), kept["S3Uri"])

    def collect(self, folder: Path) -> None:
        """Copies what the steps left into one folder, as a run in one process leaves it."""
        for name in self.ran:
            for left in ("processing/output", "model"):
                for path in (self.folder / name / left).glob("*"):
                    shutil.copyfile(path, folder / path.name)

    def _download(self, container: Aws, uri: str, target: Path) -> None:
        """All objects under a prefix, or the one object of that name."""
        bucket, prefix = urlsplit(uri).netloc, urlsplit(uri).path.lstrip("/")
        target.mkdir(parents=True, exist_ok=True)
        for entry in container.pages("s3", "ListObjectsV2", "Contents", Bucket=bucket, Prefix=prefix):
            name = entry["Key"].removeprefix(prefix).lstrip("/") or entry["Key"].rpartition("/")[2]
            (target / name).write_bytes(self._read(container, f"s3://{bucket}/{entry['Key']}"))

    def _upload(self, container: Aws, folder: Path, uri: str) -> None:
        for path in sorted(folder.glob("*")):
            self._write(container, f"{uri}/{path.name}", path.read_bytes())

    @staticmethod
    def _read(caller: Aws, uri: str) -> bytes:
        where = urlsplit(uri)
        return caller.call("s3", "GetObject", Bucket=where.netloc, Key=where.path.lstrip("/"))["Body"].read()

    @staticmethod
    def _write(caller: Aws, uri: str, body: bytes) -> None:
        where = urlsplit(uri)
        caller.call("s3", "PutObject", Bucket=where.netloc, Key=where.path.lstrip("/"), Body=body)


def _channels(request: Mapping[str, Any], *, training: bool) -> list[tuple[str, Path]]:
    """What a job is given: addresses, and the folders under /opt/ml."""
    if training:
        return [
            (channel["DataSource"]["S3DataSource"]["S3Uri"], Path("input/data", channel["ChannelName"]))
            for channel in request.get("InputDataConfig", ())
        ]
    inputs = [entry["S3Input"] for entry in request.get("ProcessingInputs", ())]
    return [(entry["S3Uri"], _inside(entry["LocalPath"])) for entry in inputs]


def _inside(path: str) -> Path:
    """A container's path as one below what stands for /opt/ml."""
    return Path(path).relative_to(MOUNTED)
