"""A short walk through the loop on the real program: for each of its roles, what the role is for, done once more."""

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPBasicAuthHandler, HTTPPasswordMgrWithDefaultRealm, build_opener

import boto3

from infra.rehearsal.aws import EVENTS
from infra.rehearsal.execution import Execution
from infra.rehearsal.platform import Platform
from infra.rehearsal.rehearse import Rehearsal
from infra.rehearsal.starting import Starting
from ml import agreed, bundle, events, features, ingest, pipeline, runs
from ml.dataset import START, TABLES, arrivals, spoiled
from ml.deployed import SageMakerEndpoint
from ml.monitoring import job, restoration
from ml.monitoring.window import containing
from ml.registry import CHAMPION, Registry
from ml.replay import planted
from ml.replay.traffic import Caller
from ml.serving.endpoint import LocalEndpoint
from ml.serving.policy import RolloutPolicy
from ml.store import Bucket
from ml.tables import Tables
from ml.wiring import Wiring
from tests.rehearsal.hosting import Hosting

WEEKS = 8
TRAINED = containing(START + timedelta(weeks=WEEKS)).start
"""Training reads what came before; one week of predictions comes after."""
NOW = TRAINED + timedelta(days=8)


class Walk:
    """A stack with data, a trained model and a week of captured predictions, on which each role can do its work."""

    def __init__(self, rehearsal: Rehearsal, folder: Path) -> None:
        self.rehearsal, self.folder = rehearsal, folder
        self.wiring = Wiring.from_env(rehearsal.environ)
        self._numbers = count()
        self._released = False
        with rehearsal.acting("ingest"):
            for table, frame in arrivals(START, NOW).items():
                batch = ingest.ingest(self.wiring, table, frame, batch_id="all", start=START, end=NOW, now=NOW)
                assert batch.status == "appended", batch
        self.train()
        self.release()
        self._predict()
        self._hosting = Hosting(
            rehearsal, self.wiring, good=bundle.digest(self.serve()), worse=self._plant(), since=TRAINED
        )

    def exercises(self) -> dict[str, Callable[[], object]]:
        """What each role is for, by the end of the role's name in the program."""
        return {
            "access-caller": self.call,
            "access-producer": self.ingest,
            "access-releaser": self.release,
            "capture-role": self.deliver,
            "capture-sender": self.deliver,
            "endpoint-role": self.serve,
            "image-build-role": self.build,
            "tracking-role": self.look_at_artifacts,
            "train-job-role": self.train,
            "train-pipeline-role": self.run_pipeline,
            "train-start-decider": self.decide,
            "train-start-timer": self.start_on_schedule,
            "watch-job-role": self.watch,
            "watch-job-scheduler": self.watch,
        }

    def ingest(self) -> None:
        """A good batch, and one that goes to quarantine."""
        number = next(self._numbers)
        # A day of its own each time: of rows that the table holds nothing is written.
        start, end = NOW + timedelta(days=number), NOW + timedelta(days=number + 1)
        raw = arrivals(start, end)
        table, broken, _what = spoiled(raw)
        with self.rehearsal.acting("ingest"):
            for frame, name in ((raw[table], f"good-{number}"), (broken, f"broken-{number}")):
                ingest.ingest(self.wiring, table, frame, batch_id=name, start=start, end=end, now=end)

    def call(self) -> None:
        with self.rehearsal.acting("call"):
            tables = Tables.of(self.wiring.tables_bucket)
            # What was read before is kept.
            tables.history(next(iter(TABLES)))
            Bucket(self.wiring.tables_bucket).get(next(Bucket(self.wiring.tables_bucket).keys("")))

    def train(self) -> None:
        """The first training: against the baseline, so that the gate lets it through each time."""
        folder = self.folder / f"train-{next(self._numbers)}"
        folder.mkdir()
        if self._released:
            with self.rehearsal.acting("release"):
                registry = Registry(self.wiring)
                registry.client.delete_registered_model_alias(self.wiring.project, CHAMPION)
        # Left by a run that was refused half-way.
        self.rehearsal.aws.call("s3", "DeleteObject", Bucket=self.wiring.models_bucket, Key=runs.RUNNING)
        try:
            with self.rehearsal.acting("train"):
                pipeline.run(pipeline.Job(wiring=self.wiring, until=TRAINED, reason="a walk", folder=folder))
                # What a run finds that took too long and lost its lock to another.
                assert Bucket(self.wiring.models_bucket).get(runs.RUNNING) is None
        finally:
            if self._released:
                self.release()

    def start_on_schedule(self) -> str:
        return Starting(self.rehearsal.aws).started(self.rehearsal.outputs["schedules"]["train"])

    def decide(self) -> None:
        """The monitor's event, and what the rule does with it."""
        aws = self.rehearsal.aws
        self._tell()
        for event in aws.page(EVENTS):
            for rule in event.pop("rules"):
                Starting(aws).decided(event, rule)

    def run_pipeline(self) -> None:
        """An execution that is not due, as another run has the lock: one job, and the condition behind it."""
        lock = {"since": datetime.now().astimezone().isoformat(), "reason": "a walk", "run": "another"}
        models, aws = self.wiring.models_bucket, self.rehearsal.aws
        aws.call("s3", "PutObject", Bucket=models, Key=runs.RUNNING, Body=json.dumps(lock).encode())
        try:
            folder = self.folder / f"execution-{next(self._numbers)}"
            execution = Execution(aws, self.start_on_schedule(), folder, environ=os.environ)
            assert execution.run().status == "Succeeded"
            assert execution.ran == ["prepare"]
        finally:
            aws.call("s3", "DeleteObject", Bucket=models, Key=runs.RUNNING)

    def _tell(self) -> None:
        """What the monitor says once it has decided."""
        with self.rehearsal.acting("watch"):
            entry = events.entry(f"{self.wiring.project}-{self.wiring.environment}", decision="a", reason="a walk")
            boto3.client("events").put_events(Entries=[entry])

    def watch(self) -> None:
        """A window is checked, and a release that labels show to be worse is taken back."""
        self._hosting.release_the_worse_one()
        self._tell()
        with self.rehearsal.acting("watch"):
            job.run(self.wiring, now=NOW)
            record = restoration.run(self.wiring, SageMakerEndpoint(self.wiring.endpoint_name), now=NOW)
        assert record
        assert record["outcome"] == restoration.RESTORED
        assert self._hosting.runs_the_good_one()

    def release(self) -> None:
        with self.rehearsal.acting("release"):
            Registry(self.wiring).promote("1")
        self._released = True

    def serve(self) -> bytes:
        """The champion's bundle as a container gets it."""
        with self.rehearsal.acting("release"):
            _url, sha256 = Registry(self.wiring).address("1")
        with self.rehearsal.acting("serve"):
            models = Bucket(self.wiring.models_bucket)
            # SageMaker lists what it is to fetch.
            (key,) = models.keys(agreed.bundle_key(sha256))
            archive = models.get(key)
        assert archive is not None
        return archive

    def deliver(self) -> None:
        with self.rehearsal.acting("deliver"):
            key = f"capture/{self.wiring.endpoint_name}/{NOW:%Y-%m-%d}/walk-{next(self._numbers)}.jsonl.gz"
            Bucket(self.wiring.capture_bucket).put(key, b"")

    def build(self) -> None:
        aws = self.rehearsal.aws
        Platform(aws).build(aws.call("codebuild", "ListProjects")["projects"][0])

    def look_at_artifacts(self) -> None:
        """A run's files, listed and read by the MLflow server, as its pages do."""
        environ = self.rehearsal.environ
        url = environ["MLFLOW_TRACKING_URI"]
        passwords = HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, url, environ["MLFLOW_TRACKING_USERNAME"], environ["MLFLOW_TRACKING_PASSWORD"])
        opener = build_opener(HTTPBasicAuthHandler(passwords))
        with self.rehearsal.acting("release"):
            registry = Registry(self.wiring)
            run = registry.client.get_model_version(self.wiring.project, "1").run_id
        opener.open(f"{url}/ajax-api/2.0/mlflow/artifacts/list?{urlencode({'run_id': run})}").read()
        opener.open(f"{url}/get-artifact?{urlencode({'path': 'model_card.md', 'run_uuid': run})}").read()

    def _plant(self) -> str:
        """The sha256 of a release that past labels show to be worse, in the bucket as trainings leave them."""
        with self.rehearsal.acting("watch"):
            archive = planted.inverted(pipeline.champion(self.wiring), self._frame)
        with self.rehearsal.acting("train"):
            assert Bucket(self.wiring.models_bucket).put_new(agreed.bundle_key(bundle.digest(archive)), archive)
        return bundle.digest(archive)

    def _predict(self) -> None:
        """A week of predictions, captured and delivered."""
        with self.rehearsal.acting("call"):
            tables = Tables.of(self.wiring.tables_bucket)
            raw = {name: tables.read(name) for name in TABLES}
        self._frame = features.build(raw, start=TRAINED, end=NOW)
        frame = self._frame.gather_every(10)
        policy = RolloutPolicy.from_json(self.wiring.rollout)
        with LocalEndpoint(self.wiring.endpoint_name, policy, self.folder / "endpoint") as endpoint:
            archive = self.serve()
            path = self.folder / agreed.BUNDLE
            path.write_bytes(archive)
            endpoint.start(path, bundle.digest(archive))
            with self.rehearsal.acting("call"):
                caller = Caller(self.wiring.endpoint_name, endpoint.url)
            caller.send(frame)
            with self.rehearsal.acting("deliver"):
                endpoint.deliver(Bucket(self.wiring.capture_bucket).put)
