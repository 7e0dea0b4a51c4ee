"""An alias moves to a new version at once or by a canary; an alarm in the bake takes everything back."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from infra import shifted
from infra.rehearsal.aws import Aws
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.services.ecr import put_image
from infra.shifted import GoneError, ShiftedProvider, TakenBackError

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
AT = {"region": "eu-west-1", "profile": "", "endpoints": {}}


class Clock:
    """Time that passes while somebody sleeps and at no other moment, however slow the machine is."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asleep: Callable[[], object] = lambda: None
        """What happens in each sleep."""

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.asleep()
        self.now += seconds


class Account:
    """A function with an alias on its first version, in an account of the mock."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.functions = boto3.client("lambda", endpoint_url=aws.endpoint)
        aws.call("ecr", "CreateRepository", repositoryName="images")
        uri = f"{aws.account}.dkr.ecr.eu-west-1.amazonaws.com/images@{put_image('images', 't', aws)}"
        document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
        role = aws.call("iam", "CreateRole", RoleName="role", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        image = {"PackageType": "Image", "Code": {"ImageUri": uri}, "Publish": True}
        aws.call("lambda", "CreateFunction", FunctionName="served", Role=role, **image)
        aws.call("lambda", "CreateAlias", FunctionName="served", Name="live", FunctionVersion="1")
        self.alarm("OK")

    def alarm(self, state: str) -> None:
        metric = {"Namespace": "AWS/Lambda", "MetricName": "Url5xxCount", "Statistic": "Sum", "Period": 60}
        self.aws.call(
            "cloudwatch",
            "PutMetricAlarm",
            AlarmName="errors",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            Threshold=1.0,
            Dimensions=[{"Name": "FunctionName", "Value": "served"}],
            **metric,
        )
        self.aws.call("cloudwatch", "SetAlarmState", AlarmName="errors", StateValue=state, StateReason="a test")

    def publish(self, description: str = "another") -> str:
        self.aws.call("lambda", "UpdateFunctionConfiguration", FunctionName="served", Description=description)
        return self.aws.call("lambda", "PublishVersion", FunctionName="served")["Version"]

    @property
    def live(self) -> tuple[str, dict[str, float]]:
        alias = self.aws.call("lambda", "GetAlias", FunctionName="served", Name="live")
        return alias["FunctionVersion"], alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    # The module's own name for it: the clock of the mock's threads stays.
    monkeypatch.setattr(shifted, "time", made)
    return made


@pytest.fixture
def account(aws: Aws, clock: Clock) -> Iterator[Account]:
    with environment(aws_variables(aws.endpoint, "eu-west-1")):
        yield Account(aws)


def props(version: str, **changes: Any) -> dict[str, Any]:
    given = {"function": "served", "alias": "live", "version": version, "percent": 20, "bake_minutes": 1}
    return {**given, "alarms": ["errors"], "connection": AT, **changes}


def test_the_first_version_is_there_already(account: Account):
    made = ShiftedProvider().create(props("1", bake_minutes=60))
    assert (made.id, account.live) == ("served:live", ("1", {}))


def test_all_at_once_moves_without_a_bake(account: Account):
    version = account.publish()
    ShiftedProvider().update("served:live", props("1"), props(version, percent=0, bake_minutes=60))
    assert account.live == (version, {})


def test_a_canary_has_its_share_during_the_bake_and_everything_after_it(account: Account, clock: Clock):
    version, seen = account.publish(), []
    clock.asleep = lambda: seen.append(account.live)
    ShiftedProvider().update("served:live", props("1"), props(version))
    assert seen == [("1", {version: 0.2})] * 6
    assert clock.now == 60
    assert account.live == (version, {})


def test_an_alarm_in_the_bake_takes_the_canary_back_and_says_so_each_time(account: Account):
    version = account.publish()
    account.alarm("ALARM")
    for _ in range(2):
        with pytest.raises(TakenBackError, match=rf"version {version} of served had 20 % .* the alarm errors went off"):
            ShiftedProvider().update("served:live", props("1"), props(version))
        assert account.live == ("1", {})
        # Pulumi's state stays as it was, so the next run asks again.
        assert ShiftedProvider().diff("served:live", props("1"), props(version)).changes
    account.alarm("OK")
    ShiftedProvider().update("served:live", props("1"), props(version))
    assert account.live == (version, {})


@pytest.mark.parametrize("error", [ConnectionError, KeyboardInterrupt])
def test_a_canary_that_nobody_watches_any_more_goes_back(account: Account, clock: Clock, error: type[BaseException]):
    def stopped() -> None:
        raise error

    clock.asleep = stopped
    with pytest.raises(error):
        ShiftedProvider().update("served:live", props("1"), props(account.publish()))
    assert account.live == ("1", {})


def test_shares_that_somebody_left_are_taken_away(account: Account):
    weights = {"AdditionalVersionWeights": {account.publish(): 0.2}}
    account.functions.update_alias(FunctionName="served", Name="live", FunctionVersion="1", RoutingConfig=weights)
    ShiftedProvider().update("served:live", props("1"), props("1"))
    assert account.live == ("1", {})


def test_a_run_that_was_killed_in_the_bake_is_finished_by_the_next(account: Account):
    version = account.publish()
    weights = {"AdditionalVersionWeights": {version: 0.2}}
    account.functions.update_alias(FunctionName="served", Name="live", FunctionVersion="1", RoutingConfig=weights)
    ShiftedProvider().update("served:live", props("1"), props(version))
    assert account.live == (version, {})


def test_an_alias_that_somebody_moved_is_found_and_brought_back(account: Account):
    version = account.publish()
    assert not ShiftedProvider().diff("served:live", props("1"), props("1")).changes
    account.functions.update_alias(FunctionName="served", Name="live", FunctionVersion=version)
    assert ShiftedProvider().diff("served:live", props("1"), props("1")).changes


@pytest.mark.parametrize("deleted", ["alias", "function"])
def test_what_somebody_deleted_is_found_and_a_refresh_forgets_it(account: Account, deleted: str):
    provider = ShiftedProvider()
    assert provider.read("served:live", props("1")).id == "served:live"
    if deleted == "alias":
        account.aws.call("lambda", "DeleteAlias", FunctionName="served", Name="live")
    else:
        account.aws.call("lambda", "DeleteFunction", FunctionName="served")
    assert provider.diff("served:live", props("1"), props("1")).changes
    with pytest.raises(GoneError, match="no alias live of the function served, expected it on 1: run `pulumi up --ref"):
        provider.update("served:live", props("1"), props("1"))
    assert provider.read("served:live", props("1")).id is None


def test_a_refresh_sees_the_version_that_somebody_moved_the_alias_to(account: Account):
    version = account.publish()
    account.functions.update_alias(FunctionName="served", Name="live", FunctionVersion=version)
    seen = ShiftedProvider().read("served:live", props("1"))
    assert seen.outs
    assert ShiftedProvider().diff("served:live", seen.outs, props("1")).changes


def test_the_newest_versions_stay_and_the_one_that_answers(account: Account):
    for number in range(shifted.KEPT + 2):
        version = account.publish(f"release {number}")
    ShiftedProvider().update("served:live", props("1"), props(version, percent=0))
    listed = account.aws.pages("lambda", "ListVersionsByFunction", "Versions", FunctionName="served")
    kept = sorted(int(one["Version"]) for one in listed if one["Version"].isdigit())
    assert kept == list(range(int(version) - shifted.KEPT + 1, int(version) + 1))


def test_the_version_that_answers_stays_however_old_it_is(account: Account):
    for number in range(shifted.KEPT + 2):
        account.publish(f"release {number}")
    ShiftedProvider().update("served:live", props("2"), props("1", percent=0))
    listed = account.aws.pages("lambda", "ListVersionsByFunction", "Versions", FunctionName="served")
    assert "1" in [one["Version"] for one in listed]
    assert account.live == ("1", {})


def test_what_it_must_know_is_asked_for():
    failures = ShiftedProvider().check({}, {"function": "served"}).failures
    assert [failure.property for failure in failures] == ["alias", "version", "connection"]
