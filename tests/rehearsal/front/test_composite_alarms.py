"""A composite alarm follows the alarms that its rule names, and they cannot go before it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.rehearsal import alarm_rules
from infra.rehearsal.alarm_rules import RuleError


@pytest.fixture
def cloudwatch(modelled: Any) -> Any:
    client = modelled("cloudwatch")
    for name in ("errors", "latency"):
        client.put_metric_alarm(
            AlarmName=name, EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", Threshold=0
        )
    rule = 'ALARM("errors") OR ALARM("latency")'
    client.put_composite_alarm(AlarmName="page", AlarmRule=rule, AlarmDescription="Wake up.", AlarmActions=["a"])
    return client


def described(client: Any, **asked: Any) -> dict[str, Any]:
    (page,) = client.describe_alarms(AlarmTypes=["CompositeAlarm"], **asked)["CompositeAlarms"]
    return page


def test_it_goes_off_with_one_of_the_alarms_and_is_over_with_the_last(cloudwatch: Any):
    states = []
    for name, state in (("errors", "ALARM"), ("latency", "ALARM"), ("errors", "OK"), ("latency", "OK")):
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")
        states.append(described(cloudwatch)["StateValue"])
    assert states == ["ALARM", "ALARM", "ALARM", "OK"]


def test_it_is_told_with_what_it_was_made_of(cloudwatch: Any):
    page = described(cloudwatch, AlarmNames=["page"])
    assert (page["AlarmDescription"], page["AlarmActions"], page["ActionsEnabled"]) == ("Wake up.", ["a"], True)
    assert page["AlarmRule"] == 'ALARM("errors") OR ALARM("latency")'
    assert page["AlarmArn"].endswith(":alarm:page")


def test_a_listing_has_metric_alarms_alone_unless_it_asks_for_others(cloudwatch: Any):
    told = cloudwatch.describe_alarms()
    assert [alarm["AlarmName"] for alarm in told["MetricAlarms"]] == ["errors", "latency"]
    assert not told.get("CompositeAlarms")
    narrowed = cloudwatch.describe_alarms(AlarmNamePrefix="lat", StateValue="OK")
    assert [alarm["AlarmName"] for alarm in narrowed["MetricAlarms"]] == ["latency"]


def test_alarms_that_are_not_there_cannot_be_named(cloudwatch: Any):
    with pytest.raises(ClientError, match=r"as alarms \['nope'\] in the alarm rule do not exist"):
        cloudwatch.put_composite_alarm(AlarmName="other", AlarmRule="ALARM(errors) AND OK(nope)")


def test_an_alarm_that_is_named_goes_with_it_or_after_it(cloudwatch: Any):
    with pytest.raises(ClientError, match="Cannot delete errors as there are composite"):
        cloudwatch.delete_alarms(AlarmNames=["errors"])
    cloudwatch.delete_alarms(AlarmNames=["page", "errors"])
    assert [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]] == ["latency"]


def test_one_that_names_another_follows_it(cloudwatch: Any):
    cloudwatch.put_composite_alarm(AlarmName="a first one", AlarmRule='NOT OK("page")')
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="a test")
    assert described(cloudwatch, AlarmNames=["a first one"])["StateValue"] == "ALARM"


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("ALARM(a)", True),
        ("ALARM(b)", False),
        ("NOT ALARM(b) AND OK(b)", True),
        ("ALARM(b) AND ALARM(b) OR ALARM(a)", True),
        ("ALARM(b) AND (ALARM(b) OR ALARM(a))", False),
        ('INSUFFICIENT_DATA("c d") AND TRUE', True),
        ("ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a) AND NOT FALSE", True),
    ],
)
def test_a_rule_holds_as_its_words_say(rule: str, holds: bool):
    assert alarm_rules.read(rule).holds({"a": "ALARM", "b": "OK", "c d": "INSUFFICIENT_DATA"}) is holds


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "ends, expected ALARM"),
        (" ALARM(a)", "white space"),
        ("ALARM(a) ALARM(b)", "goes on with 'ALARM'"),
        ("ALARM(a", "ends, expected )"),
        ("ALARM()", "an alarm's name or ARN"),
        ('ALARM("a)', "a quoted name that ends"),
        ("BROKEN(a)", "has 'BROKEN', expected ALARM"),
        ("(" * 2000, "nested too deeply"),
    ],
)
def test_what_is_no_rule_is_refused_with_what_was_expected(rule: str, said: str):
    with pytest.raises(RuleError) as caught:
        alarm_rules.read(rule)
    assert said in str(caught.value)


def test_a_rule_counts_its_alarms_once_and_its_elements_each():
    rule = alarm_rules.read("(ALARM(a) OR OK(a)) AND TRUE")
    assert (rule.children, rule.elements) == (("a",), 4)
