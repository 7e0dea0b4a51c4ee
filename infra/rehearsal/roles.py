"""The roles of the loop: each step runs with the credentials and variables that it has on AWS, and with no others."""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from infra.rehearsal.aws import Aws
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.platform import ENDPOINTS, FUNCTIONS, Platform
from ml.wiring import Wiring

MLFLOW = "sagemaker:CallMlflowAppApi"
"""What a client of the managed MLflow app must be allowed to; a server that replaces the app does not ask."""
MLFLOW_APP = ":mlflow-app/"


def described_parameters(described: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parameters in what DescribePipeline answers."""
    return json.loads(described["PipelineDefinition"])["Parameters"]


class Roles:
    """The steps of the loop, each under the role that the program made for it."""

    def __init__(
        self, aws: Aws, outputs: Mapping[str, Any], replaced: Mapping[str, str], mlflow_ready: Callable[[], object]
    ) -> None:
        """
        Args:
            outputs: the stack's outputs.
            replaced: variables that lead to what stands in for a part of the stack.
            mlflow_ready: returns once MLflow answers.
        """
        self._aws, self._outputs, self._replaced = aws, outputs, replaced
        self._mlflow_ready = mlflow_ready
        self._platform = Platform(aws)
        self._sessions: dict[str, Aws] = {}
        self._steps: dict[str, Callable[[], tuple[Mapping[str, str], Aws]]] = {
            "ingest": lambda: (outputs["wiring"], self._person("producer")),
            "call": self._caller,
            "release": lambda: (outputs["wiring"], self._mlflow(self._person("releaser"))),
            "watch": lambda: self._job("watch"),
            "train": self._training,
            # Scoring asks nothing of MLflow: the settings name the release.
            "score": lambda: self._platform.job(outputs["schedules"]["score"]),
            "serve": lambda: (outputs["wiring"], self._container()),
            "deliver": self._delivery,
        }

    @contextmanager
    def acting(self, step: str) -> Generator[None]:
        """This process as it is in one step. Raises RefusedError where the services may not start it."""
        variables, aws = self._steps[step]()
        with environment({**aws_variables(aws.endpoint, aws.region, aws.credentials), **variables, **self._replaced}):
            yield

    def _person(self, role: str) -> Aws:
        """A session lasts an hour and serves many times, as people's do."""
        if role not in self._sessions:
            self._sessions[role] = self._platform.assume(self._outputs["roles"][role])
        return self._sessions[role]

    def _caller(self) -> tuple[Mapping[str, str], Aws]:
        caller = self._person("caller")
        endpoint = self._outputs["endpoint_name"]
        if self._is_function:
            live = self._aws.arn("lambda", f"function:{endpoint}:live")
            caller.ask("lambda:InvokeFunctionUrl", live, {"lambda:FunctionUrlAuthType": "AWS_IAM"})
            caller.ask("lambda:InvokeFunction", live, {"lambda:InvokedViaFunctionUrl": "true"})
            return self._outputs["wiring"], caller
        caller.ask(self._platform.invocation(endpoint), self._aws.arn("sagemaker", f"endpoint/{endpoint}"))
        return self._outputs["wiring"], caller

    @property
    def _is_function(self) -> bool:
        return bool(self._outputs.get("endpoint_url"))

    def _container(self) -> Aws:
        start = self._platform.function if self._is_function else self._platform.container
        return start(self._outputs["endpoint_name"])

    def _job(self, schedule: str) -> tuple[Mapping[str, str], Aws]:
        variables, container = self._platform.job(self._outputs["schedules"][schedule])
        return variables, self._mlflow(container)

    def _training(self) -> tuple[Mapping[str, str], Aws]:
        """As in the jobs of the pipeline: their variables and their role."""
        target = self._aws.call("scheduler", "GetSchedule", Name=self._outputs["schedules"]["train"])["Target"]
        name = target["Arn"].rpartition("/")[2]
        described = self._aws.call("sagemaker", "DescribePipeline", PipelineName=name)
        given = {entry["Name"]: entry.get("DefaultValue") for entry in described_parameters(described)}
        job = {"RoleArn": given["Role"], "AppSpecification": {"ImageUri": given["Image"]}}
        self._platform.container_of_job(job, "TrainingJob")
        container = self._platform.container_of_job(job, "ProcessingJob")
        return {name: str(given[name]) for name in Wiring.variables()}, self._mlflow(container)

    def _delivery(self) -> tuple[Mapping[str, str], Aws]:
        endpoint, stream = self._outputs["endpoint_name"], self._outputs.get("capture_stream")
        # SageMaker's own capture is written with the role of the model.
        group = f"{FUNCTIONS if self._is_function else ENDPOINTS}/{endpoint}"
        writer = self._platform.delivery(group, stream) if stream else self._platform.container(endpoint)
        return self._outputs["wiring"], writer

    def _mlflow(self, client: Aws) -> Aws:
        self._mlflow_ready()
        app = self._outputs["mlflow"]
        if MLFLOW_APP in app:
            client.ask(MLFLOW, app)
        return client
