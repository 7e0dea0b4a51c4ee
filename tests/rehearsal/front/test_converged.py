"""A rollout as Pulumi's engine steps through it: no run is a success while the endpoint runs something else."""

import pytest
from botocore.exceptions import ClientError

from infra import retained, served
from infra.converged import ConvergedProvider, NotConvergedError
from infra.retained import RetainedProvider, StillServingError
from infra.served import UnsettledError
from infra.source import ROOT
from tests.rehearsal.front.engine import EngineError
from tests.rehearsal.front.hosted import GUARDED
from tests.rehearsal.front.rolled_out import OWNED, Stack, passing

pytestmark = pytest.mark.slow


def test_an_endpoint_that_runs_what_was_asked_for_is_converged_and_stays_so(stack: Stack):
    assert stack.up("one") == "create"
    assert stack.up("one") == "same"
    assert stack.up("two") == "update"
    assert stack.up("two") == "same"
    assert stack.running == stack.config


def test_an_update_that_was_rolled_back_fails_with_the_alarm_s_name_until_it_is_taken_back(stack: Stack):
    stack.up("one")
    before = stack.running
    for again in range(3):
        with pytest.raises(EngineError) as failed:
            stack.up("two", alarm=not again)
        assert (
            f"the endpoint e is InService on the configuration {before}, expected InService on {stack.config}"
            in str(failed.value)
        )
        assert "It was rolled back by an alarm: errors (at 20" in str(failed.value)
        assert stack.running == before
        assert before in stack.configs
    assert stack.up("one") == "update"
    assert stack.running == stack.config != before
    assert stack.up("one") == "same"
    assert stack.up("two") == "update"


def test_after_a_refresh_the_update_is_tried_again(stack: Stack):
    stack.up("one")
    with pytest.raises(EngineError):
        stack.up("two", alarm=True)
    stack.converged.refresh()
    assert stack.converged.outputs["config"] == stack.running != stack.config
    with pytest.raises(EngineError):
        stack.up("two")
    assert stack.up_refresh() == "update"
    assert stack.running == stack.config


def test_who_moves_the_endpoint_later_makes_the_next_run_fail(stack: Stack):
    stack.up("one")
    first = stack.running
    stack.up("two")
    stack.account.update(first)
    stack.account.clock.step(2)
    with pytest.raises(EngineError, match="expected InService on shop-dev-two-"):
        stack.up("two")
    assert stack.converged.outputs["config"] == stack.config
    stack.converged.refresh()
    assert stack.converged.outputs["config"] == first
    assert stack.up("one") == "update"


@pytest.fixture
def failed(stack: Stack) -> Stack:
    """After a first `pulumi up` whose container did not start: the provider failed, and wrote down no endpoint."""
    stack.retained.up({"endpoint": "e", "owned": OWNED, "connection": stack.connection})
    stack.release, stack.config = "one", stack.configure("one")
    stack.account.create(stack.config)
    stack.account.s3.delete_object(Bucket="data", Key="shop-dev-endpoint-one-0000001/model.tar.gz")
    stack.account.clock.step()
    return stack


def test_a_creation_that_failed_tells_the_reason_and_how_the_endpoint_is_made_again(failed: Stack):
    """By what comes before the endpoint, whose own step would say no more than that one of its name exists."""
    for step in (lambda: failed.up("one"), lambda: failed.converged.up(failed.inputs)):
        with pytest.raises(EngineError, match=f"the endpoint e is Failed on the configuration {failed.config}") as told:
            step()
        said = str(told.value)
        assert "SageMaker's reason: The primary container for production variant champion did not pass" in said
        assert "a failed endpoint can only be deleted" in said
        assert f"and run `{served.made_again('e', '<env>')}`" in said
        assert "take the change" not in said
    assert not failed.converged.id


def test_a_destroy_removes_an_endpoint_that_pulumi_never_wrote_down(failed: Stack, monkeypatch: pytest.MonkeyPatch):
    passing(failed, monkeypatch)
    RetainedProvider().delete("e", {"endpoint": "e", "owned": OWNED, "connection": failed.connection})
    assert served.look(failed.account.sagemaker, "e") is None
    assert failed.configs == failed.models == {"old", "new"}


def test_neither_another_release_nor_a_refresh_mends_a_failed_endpoint_and_the_way_that_is_told_does(failed: Stack):
    for again in (lambda: failed.up("two"), failed.up_refresh):
        with pytest.raises(EngineError, match="a failed endpoint can only be deleted"):
            again()
    with pytest.raises(ClientError, match="it can only be deleted"):
        failed.account.update("new")
    sagemaker = failed.account.sagemaker
    delete, wait, up = served.made_again("e", "dev").split(" && ")
    assert delete == "aws sagemaker delete-endpoint --endpoint-name e"
    sagemaker.delete_endpoint(EndpointName="e")
    failed.account.clock.step()
    assert wait == "aws sagemaker wait endpoint-deleted --endpoint-name e"
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="e")
    assert up == "pulumi up --refresh --stack dev"
    # The cause is removed: a release whose artifact is there.
    failed.release, failed.config = "two", failed.configure("two")
    assert failed.up_refresh() == "create"
    assert failed.running == failed.config
    assert failed.up("two") == "same"


def test_the_page_says_the_same_of_a_failed_endpoint():
    delete, wait, up = served.made_again("<project>-<env>", "<env>").split(" && ")
    assert f"```sh\n{delete}\n{wait}\n{up}\n```" in (ROOT / "docs/rollback.md").read_text()


def test_an_endpoint_that_is_gone_is_not_converged_and_forgotten_by_a_refresh(stack: Stack):
    stack.up("one")
    stack.account.sagemaker.delete_endpoint(EndpointName="e")
    stack.account.clock.step()
    with pytest.raises(EngineError, match="there is no endpoint e, expected it on shop-dev-one-"):
        stack.up("one")
    stack.converged.refresh()
    assert not stack.converged.id


def test_an_input_that_is_missing_is_named(stack: Stack):
    with pytest.raises(EngineError, match="config is missing"):
        stack.converged.up({**stack.inputs, "config": ""})


@pytest.mark.parametrize("alarm", [False, True], ids=["updated", "rolled back"])
def test_what_is_under_way_is_waited_for(stack: Stack, monkeypatch: pytest.MonkeyPatch, alarm: bool):
    """Updating, then RollingBack where an alarm goes off in the bake."""
    stack.up("one")
    before, stack.config = stack.running, stack.configure("two")
    stack.account.update(stack.config, DeploymentConfig=GUARDED)
    seen = passing(stack, monkeypatch, lambda waits: stack.account.alarm("ALARM") if alarm and waits == 1 else None)
    if alarm:
        # The alarm still stands here.
        with pytest.raises(NotConvergedError, match=r"SageMaker's reason: .*by an alarm: errors \(at 20"):
            ConvergedProvider().create(stack.inputs)
    else:
        assert ConvergedProvider().create(stack.inputs).outs == stack.inputs
    assert seen == ["Updating", "RollingBack" if alarm else "Updating"]
    assert (stack.running == before) is alarm


def test_an_endpoint_that_is_still_being_made_is_waited_for(stack: Stack, monkeypatch: pytest.MonkeyPatch):
    stack.config = stack.configure("one")
    stack.account.create(stack.config)
    seen = passing(stack, monkeypatch)
    assert ConvergedProvider().create(stack.inputs).id == "e"
    assert seen == ["Creating"]


def test_the_wait_has_an_end(stack: Stack, monkeypatch: pytest.MonkeyPatch):
    stack.config = stack.configure("one")
    stack.account.create(stack.config)
    monkeypatch.setattr(served, "LIMIT_SECONDS", -1)
    with pytest.raises(UnsettledError, match="the endpoint e is still Creating after"):
        ConvergedProvider().create(stack.inputs)


def test_what_was_left_behind_is_collected_but_for_the_last(stack: Stack):
    for number in range(retained.KEPT + 2):
        stack.configure(f"r{number}")
    stack.up("last")
    # The account has two of its own; of the endpoint's, the first three went.
    assert {"shop-dev-r2-00000000000000000000000003", "shop-dev-r3-00000000000000000000000004"} & stack.configs == {
        "shop-dev-r3-00000000000000000000000004"
    }
    assert {"shop-dev-endpoint-r2-0000003", "shop-dev-endpoint-r3-0000004"} & stack.models == {
        "shop-dev-endpoint-r3-0000004"
    }
    assert len(stack.configs) == len(stack.models) == retained.KEPT + 2


def test_what_serves_is_never_collected_however_old_it_is(stack: Stack):
    stack.up("one")
    for number in range(3):
        stack.configure(f"r{number}")
    retained.collect(stack.account.sagemaker, OWNED, serving=stack.config, keep=1)
    assert stack.configs == {"old", "new", stack.running, "shop-dev-r2-00000000000000000000000004"}
    assert stack.models == {"old", "new", "shop-dev-endpoint-one-0000001", "shop-dev-endpoint-r2-0000004"}


def test_nothing_of_another_stack_is_collected(stack: Stack):
    """Neither what is named otherwise, nor what is named alike and tagged by a stack whose name starts alike."""
    stack.up("one")
    other = stack.configure("one", stack="shop-dev-2")
    retained.collect(stack.account.sagemaker, OWNED)
    assert stack.configs == {"old", "new", other}
    assert stack.models == {"old", "new", "shop-dev-endpoint-one-0000002"}


def test_destroy_leaves_nothing_of_the_endpoint(stack: Stack):
    stack.up("one")
    stack.up("two")
    with pytest.raises(EngineError):
        stack.up("three", alarm=True)
    stack.destroy()
    assert stack.configs == stack.models == {"old", "new"}


def test_while_the_endpoint_is_there_nothing_is_removed_for_good(stack: Stack):
    stack.up("one")
    with pytest.raises(StillServingError, match=f"the endpoint e still runs {stack.config}"):
        RetainedProvider().delete("e", {"endpoint": "e", "owned": OWNED, "connection": stack.connection})
    assert stack.config in stack.configs


def test_other_places_are_updated(stack: Stack):
    """What a delete needs to know is what the last run knew."""
    stack.up("one")
    endpoints = {**stack.connection["endpoints"], "iam": "http://127.0.0.1:9"}
    stack.connection = {**stack.connection, "endpoints": endpoints}
    assert stack.retained.up({"endpoint": "e", "owned": OWNED, "connection": stack.connection}) == "update"
    assert stack.retained.outputs["connection"]["endpoints"] == endpoints
