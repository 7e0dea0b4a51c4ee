"""The registry on real servers: the stack's own, and the managed app's older one, which SageMaker's plugin asks."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib.metadata import version
from itertools import count

import boto3
import httpx
import pytest
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.servers import Server, mlflow_server, moto_server
from ml.registry import ARCHIVED, CHALLENGER, CHAMPION, NO_SUCH, Registry
from ml.store import Bucket
from ml.wiring import Wiring
from tests.ml import managed_app

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
REGION, ARTIFACTS = "eu-west-1", "s3://models/mlflow"
GOOD, BAD = "a" * 64, "b" * 64
_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Tracked:
    """A server, and what its clients are told."""

    url: str
    uri: str
    """What the stack gives to its jobs as the tracking URI."""
    version: str
    variables: dict[str, str]


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = moto_server(tmp_path_factory.mktemp("moto"))
    with server.process:
        with environment(aws_variables(server.url, REGION)):
            place = {"LocationConstraint": REGION}
            boto3.client("s3").create_bucket(Bucket="models", CreateBucketConfiguration=place)
        yield server


@pytest.fixture(scope="module", params=["own", "managed"])
def tracked(
    request: pytest.FixtureRequest, moto: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tracked]:
    folder = tmp_path_factory.mktemp("tracked") / "mlflow"
    aws = aws_variables(moto.url, REGION)
    if request.param == "own":
        server = mlflow_server(folder, ARTIFACTS, moto.url, REGION)
        with server.process:
            told = {**aws, **server.client_variables}
            yield Tracked(url=server.url, uri=server.url, version=version("mlflow"), variables=told)
    else:
        with environment(aws), managed_app.running(ARTIFACTS, folder) as url:
            told = {**aws, managed_app.ENDPOINT: url}
            yield Tracked(url=url, uri=managed_app.APP, version=managed_app.version(), variables=told)


@pytest.fixture
def registry(tracked: Tracked) -> Iterator[Registry]:
    """A project's that nothing is in yet."""
    given = dict.fromkeys((field.name for field in fields(Wiring) if field.name != "tracking_access"), "unused")
    wiring = Wiring(**given | {"project": f"rides-{next(_numbers)}", "tracking_uri": tracked.uri})
    with environment(tracked.variables):
        yield Registry(wiring)


def test_the_server_is_of_the_version_that_is_meant(tracked: Tracked):
    told = tracked.variables
    auth = (told["MLFLOW_TRACKING_USERNAME"], told["MLFLOW_TRACKING_PASSWORD"]) if tracked.url == tracked.uri else None
    with httpx.Client(trust_env=False, auth=auth) as client:
        assert client.get(f"{tracked.url}/version").text == tracked.version


@pytest.mark.parametrize(("passed", "status", "gate"), [(True, "FINISHED", "passed"), (False, "FAILED", "refused")])
def test_a_run_is_read_back_as_it_was_logged(registry: Registry, passed: bool, status: str, gate: str):
    run_id = registry.start_run("until 2013-03-01", params={"depth": 6, "rate": 0.1}, tags={"reason": "a test"})
    registry.log_data(run_id, source="s3://tables", versions={"slots": 3, "counts": 1}, digest="c" * 64)
    registry.log_metrics(run_id, {"candidate.auc": 0.875, "champion.auc": 0.5})
    files = {"model_card.md": "a card with an é".encode(), "slices.png": bytes(range(256)) * 40}
    registry.log_files(run_id, files)
    registry.end_run(run_id, passed=passed, reasons=["loss", "x" * 5000])

    run = registry.client.get_run(run_id)
    assert (run.info.run_name, run.info.status) == ("until 2013-03-01", status)
    assert run.data.params == {"depth": "6", "rate": "0.1"}
    assert run.data.metrics == {"candidate.auc": 0.875, "champion.auc": 0.5}
    expected = {"reason": "a test", "data.sha256": "c" * 64, "gate": gate, "gate.reasons": f"loss; {'x' * 3994}"}
    assert expected.items() <= run.data.tags.items()
    assert inputs(run) == {
        (table, f"v{number}", "delta", f"s3://tables/{table}", number, "training")
        for table, number in {"slots": 3, "counts": 1}.items()
    }
    assert {entry.path for entry in registry.client.list_artifacts(run_id)} == set(files)
    models = Bucket("models")
    for name, content in files.items():
        assert models.get(f"mlflow/{run.info.experiment_id}/{run_id}/artifacts/{name}") == content


def inputs(run: Run) -> set[tuple]:
    """Name, digest, kind, path, version and context of what a run read."""
    assert run.inputs is not None
    return {
        (
            entry.dataset.name,
            entry.dataset.digest,
            entry.dataset.source_type,
            *json.loads(entry.dataset.source).values(),
            {tag.key: tag.value for tag in entry.tags}["mlflow.data.context"],
        )
        for entry in run.inputs.dataset_inputs
    }


def test_runs_of_a_project_are_in_one_experiment_that_lists_them(registry: Registry):
    runs = [registry.start_run(name, params={}, tags={}) for name in ("first", "second")]
    experiment = registry.client.get_experiment_by_name(registry.name)
    assert experiment
    assert {run.info.run_id for run in registry.client.search_runs([experiment.experiment_id])} == set(runs)


def registered(registry: Registry, sha256: str) -> str:
    run_id = registry.start_run("a run", params={}, tags={})
    return registry.register(run_id, url=f"s3://models/{sha256}", sha256=sha256, tags={"code": "abc"})


def test_a_version_has_address_checksum_and_lineage_and_comes_as_challenger(registry: Registry):
    assert [registered(registry, sha256) for sha256 in (GOOD, BAD)] == ["1", "2"]
    assert registry.address("1") == (f"s3://models/{GOOD}", GOOD)
    entry = registry.client.get_model_version_by_alias(registry.name, CHALLENGER)
    assert (str(entry.version), entry.tags) == ("2", {"sha256": BAD, "code": "abc"})
    assert registry.client.get_run(entry.run_id or "").info.run_name == "a run"


def test_a_promotion_moves_the_aliases_and_may_be_done_twice(registry: Registry):
    registered(registry, GOOD)
    assert registry.champion() is None
    registry.promote("1")
    registered(registry, BAD)
    assert registry.aliases() == {CHAMPION: "1", CHALLENGER: "2"}
    for _again in range(2):
        registry.promote("2")
        assert registry.aliases() == {CHAMPION: "2", ARCHIVED: "1"}
        assert registry.champion() == "2"


def test_a_challenger_that_was_rolled_back_says_why_and_is_none_any_more(registry: Registry):
    registered(registry, GOOD)
    registry.promote("1")
    registered(registry, BAD)
    registry.reject("2", ["worse", "x" * 5000])
    assert registry.aliases() == {CHAMPION: "1"}
    assert registry.client.get_model_version(registry.name, "2").tags["rolled_back"] == f"worse; {'x' * 3993}"


def test_an_endpoint_that_was_given_back_gives_the_alias_back_however_often_it_is_said(registry: Registry):
    for sha256 in (GOOD, BAD):
        registry.promote(registered(registry, sha256))
    for _again in range(2):
        registry.give_back(BAD, before=GOOD, reasons=["labels"])
        assert registry.aliases() == {CHAMPION: "1", ARCHIVED: "1"}
    assert registry.client.get_model_version(registry.name, "2").tags["rolled_back"] == "labels"
    assert "rolled_back" not in registry.client.get_model_version(registry.name, "1").tags


def test_a_bundle_that_was_never_registered_leaves_no_champion(registry: Registry):
    registry.give_back(BAD, before="baseline", reasons=["nothing is there"])
    registry.promote(registered(registry, BAD))
    registry.give_back(BAD, before="baseline", reasons=["labels"])
    assert registry.champion() is None


def test_what_is_not_there_is_called_so(registry: Registry):
    assert registry.champion() is None
    registered(registry, GOOD)
    with pytest.raises(MlflowException) as failed:
        registry.address("99")
    assert failed.value.error_code in NO_SUCH
