"""MLflow runs, registered versions and aliases, and the release records that delivery reads."""

import json
import logging
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.environment_variables import (
    MLFLOW_HTTP_REQUEST_MAX_RETRIES,
    MLFLOW_HTTP_REQUEST_TIMEOUT,
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT,
)
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED, ErrorCode
from mlflow.tracking import MlflowClient

from ml import access
from ml.wiring import Wiring

CHAMPION, CHALLENGER, ARCHIVED = "champion", "challenger", "archived"
NO_SUCH = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""What MLflow's server calls an alias or a version that is not there."""
DENIED = ErrorCode.Name(PERMISSION_DENIED)
"""What a server with users says of somebody else's model, and of one that nobody has made."""
PATIENCE = {MLFLOW_HTTP_REQUEST_MAX_RETRIES: 4, MLFLOW_HTTP_REQUEST_TIMEOUT: 30}
"""A server that restarts is waited for, one that is down stops us in half a minute; MLflow's own are 7 and 120 s."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """A model that passed its gate: all that a rollout needs, and where it came from."""

    version: str
    sha256: str
    url: str
    run_id: str
    data_version: dict[str, int]
    """The version of each raw table that the training run read."""
    code_version: str
    trained_until: str
    measures: dict[str, float]

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True)


class Registry:
    """The registered versions of one project's model."""

    def __init__(self, wiring: Wiring) -> None:
        """Raises AccessError, and what boto3 raises, where the server's password cannot be had."""
        access.take(wiring)
        tracking_uri, name = wiring.tracking_uri, wiring.project
        self.name = name
        # Its lines of progress belong to people who run MLflow by hand.
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        # The client of the managed app takes every tracking URI for an ARN, and warns at each request where it is none.
        logging.getLogger("mlflow.tracking.request_header.registry").setLevel(logging.ERROR)
        MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT.set(True)
        for variable, value in PATIENCE.items():
            if not variable.is_set():
                variable.set(value)
        # The client of the managed app signs for what is set for the whole process, whatever a client is given.
        mlflow.set_tracking_uri(tracking_uri)
        self.client = MlflowClient(tracking_uri=tracking_uri, registry_uri=tracking_uri)

    def start_run(self, run_name: str, *, params: Mapping[str, Any], tags: Mapping[str, str]) -> str:
        """A new run in the project's experiment; returns its id."""
        experiment = self.client.get_experiment_by_name(self.name)
        experiment_id = experiment.experiment_id if experiment else self.client.create_experiment(self.name)
        run = self.client.create_run(experiment_id, run_name=run_name)
        self.client.log_batch(
            run.info.run_id,
            params=[Param(key, str(value)) for key, value in params.items()],
            tags=[RunTag(key, value) for key, value in tags.items()],
        )
        return run.info.run_id

    def log_data(self, run_id: str, *, source: str, versions: Mapping[str, int], digest: str) -> None:
        """The tables and versions that a run read, as MLflow datasets."""
        inputs = [
            DatasetInput(
                Dataset(
                    name=table,
                    digest=f"v{version}",
                    source_type="delta",
                    source=json.dumps({"path": f"{source}/{table}", "delta_table_version": version}),
                ),
                tags=[InputTag("mlflow.data.context", "training")],
            )
            for table, version in versions.items()
        ]
        self.client.log_inputs(run_id, datasets=inputs)
        self.client.set_tag(run_id, "data.sha256", digest)

    def log_metrics(self, run_id: str, measures: Mapping[str, float]) -> None:
        metrics = [Metric(key, float(value), timestamp=0, step=0) for key, value in measures.items()]
        self.client.log_batch(run_id, metrics=metrics)

    def log_files(self, run_id: str, files: Mapping[str, bytes]) -> None:
        """Artifacts of a run: plots, the evaluation, the model card."""
        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                Path(folder, name).write_bytes(content)
            self.client.log_artifacts(run_id, folder)

    def end_run(self, run_id: str, *, passed: bool, reasons: Sequence[str]) -> None:
        self.client.set_tag(run_id, "gate", "passed" if passed else "refused")
        self.client.set_tag(run_id, "gate.reasons", "; ".join(reasons)[:4000])
        self.client.set_terminated(run_id, status="FINISHED" if passed else "FAILED")

    def register(self, run_id: str, *, url: str, sha256: str, tags: Mapping[str, str]) -> str:
        """A version of the model at `url`, as challenger; returns its number."""
        self._make()
        tags = {"sha256": sha256, **tags}
        version = self.client.create_model_version(self.name, source=url, run_id=run_id, tags=dict(tags)).version
        self.client.set_registered_model_alias(self.name, CHALLENGER, str(version))
        return str(version)

    def promote(self, version: str) -> None:
        """Makes a version champion; the previous champion becomes archived."""
        previous = self.champion()
        if previous is not None and previous != version:
            self.client.set_registered_model_alias(self.name, ARCHIVED, previous)
        self.client.set_registered_model_alias(self.name, CHAMPION, version)
        self.client.delete_registered_model_alias(self.name, CHALLENGER)

    def reject(self, version: str, reasons: Sequence[str]) -> None:
        """Takes the challenger's alias from a version that was rolled back, and says why."""
        self.client.set_model_version_tag(self.name, version, "rolled_back", "; ".join(reasons)[:4000])
        self.client.delete_registered_model_alias(self.name, CHALLENGER)

    def give_back(self, sha256: str, *, before: str, reasons: Sequence[str]) -> None:
        """Makes the version of the bundle `before` champion again, and says so of the version that it replaces.

        Bundles that were never registered, such as the baseline, have no version. Doing it twice changes nothing.
        """
        for version in self._versions(sha256):
            self.client.set_model_version_tag(self.name, version, "rolled_back", "; ".join(reasons)[:4000])
        current = self.champion()
        known = self._versions(before)
        if known and current != known[0]:
            self.client.set_registered_model_alias(self.name, CHAMPION, known[0])
        elif not known and current in self._versions(sha256):
            self.client.delete_registered_model_alias(self.name, CHAMPION)

    def _versions(self, sha256: str) -> list[str]:
        """The versions of a bundle, the newest first."""
        try:
            found = self.client.search_model_versions(f"name = '{self.name}'", order_by=["version_number DESC"])
        except MlflowException as error:
            if error.error_code not in NO_SUCH:
                raise
            return []
        return [str(entry.version) for entry in found if entry.tags.get("sha256") == sha256]

    def champion(self) -> str | None:
        """The champion's version; None before the first promotion."""
        try:
            return str(self._ask(self.client.get_model_version_by_alias, CHAMPION).version)
        except MlflowException as error:
            if error.error_code in NO_SUCH:
                return None
            raise

    def aliases(self) -> dict[str, str]:
        """Versions by alias; none before the first version."""
        try:
            found = self._ask(self.client.get_registered_model).aliases
        except MlflowException as error:
            if error.error_code not in NO_SUCH:
                raise
            return {}
        return {alias: str(version) for alias, version in found.items()}

    def address(self, version: str) -> tuple[str, str]:
        """The URL and sha256 of a version's bundle."""
        entry = self._ask(self.client.get_model_version, version)
        return str(entry.source), entry.tags["sha256"]

    def _ask(self, question: Callable[..., Any], *about: str) -> Any:
        """What the server says of the model, which is made where a server with users may be hiding that there is none.

        Who makes it may ask. Raises MlflowException where it is there and may not be used.
        """
        try:
            return question(self.name, *about)
        except MlflowException as error:
            if error.error_code != DENIED:
                raise
            if not self._make():
                text = f"the registered model {self.name} exists and may not be used: {error.message}"
                raise MlflowException(text, PERMISSION_DENIED) from error
        return question(self.name, *about)

    def _make(self) -> bool:
        """The registered model, without a version; whether there was none."""
        try:
            self.client.create_registered_model(self.name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            return False
        return True
