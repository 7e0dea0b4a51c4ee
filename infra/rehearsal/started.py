"""The runs that events have started, for the loop to execute."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from infra.rehearsal.aws import Aws
from infra.rehearsal.execution import Execution
from infra.rehearsal.starting import Starting


class Start:
    """One execution of the pipeline that has been started and not run."""

    def __init__(self, aws: Aws, arn: str, replaced: Mapping[str, str], mlflow_ready: Callable[[], object]) -> None:
        self._aws, self._arn, self._replaced, self._mlflow_ready = aws, arn, replaced, mlflow_ready
        given = aws.call("sagemaker", "ListPipelineParametersForExecution", PipelineExecutionArn=arn)
        self.parameters = {entry["Name"]: entry["Value"] for entry in given["PipelineParameters"]}

    def execute(self, folder: Path, until: datetime) -> str:
        """Runs the steps; why the run failed, or nothing. Raises JobFailedError, RefusedError.

        Args:
            folder: where the steps' files are left, beside those of each container.
            until: the moment that stands for now.
        """
        self._mlflow_ready()
        execution = Execution(self._aws, self._arn, folder / "containers", self._replaced, os.environ)
        execution.parameters["Until"] = until.isoformat()
        ended = execution.run()
        execution.collect(folder)
        return ended.reason


def since(aws: Aws, replaced: Mapping[str, str], mlflow_ready: Callable[[], object]) -> list[Start]:
    """The runs that the events since the last look have started."""
    return [Start(aws, arn, replaced, mlflow_ready) for arn in Starting(aws).delivered()]
