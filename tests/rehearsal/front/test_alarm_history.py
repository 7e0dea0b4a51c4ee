"""CloudWatch tells which states an alarm has been in: the changes alone, by time."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra import served
from tests.rehearsal.front.hosted import Account


@pytest.fixture
def tripped(account: Account) -> Account:
    """The alarm `errors` went off, was set again, and recovered."""
    for state in ("ALARM", "ALARM", "OK"):
        account.alarm(state)
    return account


def history(account: Account, **asked: Any) -> list[dict[str, Any]]:
    return account.cloudwatch.describe_alarm_history(**{"AlarmName": "errors", **asked})["AlarmHistoryItems"]


def test_each_change_of_state_is_told_the_newest_first(tripped: Account):
    newest, oldest = history(tripped)
    assert [newest["HistorySummary"], oldest["HistorySummary"]] == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
    ]
    assert oldest["AlarmName"] == "errors"
    data = json.loads(oldest["HistoryData"])
    assert (data["oldState"]["stateValue"], data["newState"]["stateValue"]) == ("OK", "ALARM")
    assert data["newState"]["stateReason"] == "a test"
    assert oldest["Timestamp"] < newest["Timestamp"]
    assert history(tripped, ScanBy="TimestampAscending") == [oldest, newest]


def test_only_what_is_asked_for_is_told(tripped: Account):
    newest, oldest = history(tripped, HistoryItemType="StateUpdate")
    assert history(tripped, HistoryItemType="Action") == []
    assert history(tripped, AlarmName="another") == []
    assert history(tripped, StartDate=datetime.now(UTC) + timedelta(hours=1)) == []
    assert history(tripped, EndDate=datetime.now(UTC) - timedelta(hours=1)) == []
    assert history(tripped, StartDate=datetime.now(UTC) - timedelta(hours=1)) == [newest, oldest]


def test_an_alarm_of_the_time_before_an_update_is_not_blamed_for_its_rollback(tripped: Account):
    now, hour = datetime.now(UTC), timedelta(hours=1)
    (blamed,) = served.tripped(tripped.cloudwatch, ["errors", "another"], now - hour)
    assert blamed.startswith("errors (at ")
    assert served.tripped(tripped.cloudwatch, ["errors"], now + hour) == []
