"""Whole rehearsals with servers of their own."""

import pytest

from infra.rehearsal.apply import RehearsalError
from infra.rehearsal.entry import How
from infra.rehearsal.rehearse import rehearse
from tests.rehearsal.conftest import project
from tests.rehearsal.programs import MLFLOW_BY_URL, VERSIONED_BUCKET

pytestmark = pytest.mark.slow

REFUSED = VERSIONED_BUCKET + 'aws.sns.Topic("topic", name="no name", opts=pulumi.ResourceOptions(depends_on=[bucket]))'


def test_a_refusal_deletes_what_had_been_made_and_prints_nothing(tmp_path, capfd):
    events = []
    with (
        pytest.raises(RehearsalError) as refused,
        rehearse(project(tmp_path / "project", REFUSED), "dev", tmp_path / "servers", on_event=events.append),
    ):
        pytest.fail("a program that is refused must not be handed out")
    assert str(refused.value).startswith(
        "topic (aws:sns/topic:Topic): sns:CreateTopic: ValidationException: Name: no name"
    )
    assert "left over" not in str(refused.value)
    assert "deleted data" in events
    assert capfd.readouterr() == ("", "")


def test_an_error_of_the_program_itself_comes_through(tmp_path):
    with (
        pytest.raises(ZeroDivisionError),
        rehearse(project(tmp_path / "project", VERSIONED_BUCKET + "1 / 0"), "dev", tmp_path / "servers"),
    ):
        pytest.fail("a program that fails must not be handed out")


def test_a_tracking_server_that_exists_is_not_asked_but_replaced(tmp_path):
    with rehearse(project(tmp_path / "project", MLFLOW_BY_URL), "dev", tmp_path / "servers") as rehearsal:
        assert rehearsal.outputs["wiring"]["MLOPS_TRACKING_URI"] == "https://mlflow.example.com"
        assert rehearsal.environ["MLOPS_TRACKING_URI"].startswith("http://127.0.0.1:")
        tracking = rehearsal.resources[-1]
        assert (tracking.type, tracking.how) == ("mlflow:url", How.REPLACED)
        assert "the stack's own server is not asked" in tracking.note
        assert not rehearsal.destroy()
