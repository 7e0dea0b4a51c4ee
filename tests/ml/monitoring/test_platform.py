"""SageMaker's own capture, read: records as SageMaker writes them, of requests that the app answered."""

import base64
import gzip
import json
from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from ml.monitoring import job, platform
from ml.monitoring.captures import captured
from ml.monitoring.window import containing
from ml.serving import records
from ml.wiring import Wiring
from tests.ml.serving.small_models import ROW, SCHEMA, Client

SECOND = "2026-11-25T10:00:00Z"
CSV = "prediction_id,weight,size,distance\nmine,2.5,large,7\n,,small,1\n"
JSON = json.dumps({"dataframe_split": {"columns": list(ROW), "data": [list(ROW.values())]}})


@pytest.fixture
def client(tmp_path):
    client = Client(tmp_path / "capture.jsonl")
    yield client
    client.close()


def half(mode: str, body: str, kind: str, encoding: str) -> dict[str, str]:
    data = base64.b64encode(body.encode()).decode() if encoding == "BASE64" else body
    return {"observedContentType": kind, "mode": mode, "data": data, "encoding": encoding}


def record(client: Client, body: str, kind: str, *, sent: str, given: str = "JSON", **headers: str) -> dict[str, Any]:
    """What SageMaker would keep of a request, by its documentation."""
    answer = client("/invocations", body.encode(), content_type=kind, **headers)
    return {
        "captureData": {
            "endpointInput": half("INPUT", body, kind, sent),
            "endpointOutput": half("OUTPUT", answer.body.decode(), "application/json", given),
        },
        "eventMetadata": {"eventId": "4651a1bf-4b00-4248-a309-4a18b11e4277", "inferenceTime": SECOND},
        "eventVersion": "0",
    }


def read(*found: dict[str, Any] | bytes) -> pl.DataFrame:
    lines = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in found]
    return captured(platform.lines(lines, "champion", SCHEMA), SCHEMA)


def same(frame: pl.DataFrame, client: Client) -> bool:
    """Whether the frame holds what the server's own lines hold, but for the clock and the latency."""
    own = captured(client.capture.read_bytes().splitlines(), SCHEMA)
    told = ["prediction_id", "prediction", "release", "variant", *SCHEMA.names]
    return frame.select(told).equals(own.select(told))


@pytest.mark.parametrize(
    ("body", "kind", "sent", "given"),
    [
        (JSON, "application/json", "JSON", "JSON"),
        (JSON, "application/json", "BASE64", "BASE64"),
        (CSV, "text/csv", "CSV", "JSON"),
        (CSV, "text/csv; charset=utf-8", "BASE64", "JSON"),
    ],
)
def test_a_record_gives_the_rows_that_the_server_s_own_lines_would(client, body, kind, sent, given):
    frame = read(record(client, body, kind, sent=sent, given=given))
    assert frame.height == (2 if kind.startswith("text/csv") else 1)
    assert same(frame, client)
    assert frame["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ").unique().to_list() == [SECOND]
    assert frame["event_time"].to_list() == frame["at"].to_list()
    assert frame["latency_ms"].null_count() == frame.height


def test_the_event_time_that_a_caller_names_is_in_the_answer_and_so_in_the_record(client):
    named = "event_time=2013-02-03T04:05:06+00:00"
    made = record(client, JSON, "application/json", sent="JSON", **{"x-amzn-sagemaker-custom-attributes": named})
    assert str(read(made)["event_time"][0]) == "2013-02-03 04:05:06+00:00"


def test_what_is_torn_or_was_not_answered_by_predictions_is_passed_over(client):
    good = record(client, JSON, "application/json", sent="JSON")
    refused = record(client, '{"instances": []}', "application/json", sent="JSON")
    wrong = {**good, "captureData": {**good["captureData"], "endpointInput": half("INPUT", "x", "a/b", "JSON")}}
    undecodable = json.loads(json.dumps(good))
    undecodable["captureData"]["endpointInput"] |= {"data": "?", "encoding": "BASE64"}
    short = json.loads(json.dumps(good))
    short["captureData"]["endpointOutput"]["data"] = '{"release": "a", "predictions": [], "prediction_ids": []}'
    rows = read(good, json.dumps(good).encode()[:100], refused, wrong, undecodable, short, b"", b"[]", b'{"a": 1}')
    assert rows.height == 1


def test_a_variant_s_records_lie_in_folders_of_the_hour():
    assert platform.folder("shop-prod", "champion", date(2026, 1, 2)) == "platform/shop-prod/champion/2026/01/02/"


def test_the_monitor_reads_both_forms_of_a_window(client, monkeypatch):
    client.invoke({"instances": [ROW]})
    (line,) = client.lines()
    day = datetime.fromisoformat(line["at"])
    objects = {
        f"capture/e/{day:%Y-%m-%d}/a.jsonl.gz": gzip.compress(json.dumps({**line, "id": "by line"}).encode()),
        f"platform/e/challenger/{day:%Y/%m/%d}/07/a.jsonl": records.of([{**line, "id": "by platform"}]),
        f"platform/other/champion/{day:%Y/%m/%d}/07/a.jsonl": records.of([{**line, "id": "another's"}]),
    }

    class Bucket:
        def __init__(self, _name: str) -> None: ...
        def keys(self, prefix: str) -> list[str]:
            return [key for key in objects if key.startswith(prefix)]

        def get(self, key: str) -> bytes:
            return objects[key]

    monkeypatch.setattr(job, "Bucket", Bucket)
    monkeypatch.setattr(job, "SCHEMA", SCHEMA)
    wiring = Wiring(**{**dict.fromkeys(Wiring.__dataclass_fields__, "x"), "endpoint_name": "e"})
    found = job.predictions(wiring, containing(day))
    assert set(zip(found["prediction_id"], found["variant"], strict=True)) == {
        ("by line", "champion"),
        ("by platform", "challenger"),
    }


def test_the_local_endpoint_s_model_of_the_platform_keeps_a_record_a_request(client):
    client.invoke({"instances": [ROW, ROW]}, **{"x-mlops-request": "1"})
    client.invoke({"instances": [ROW]}, **{"x-mlops-request": "2"})
    made = records.of(client.lines()).splitlines()
    assert [
        len(json.loads(json.loads(one)["captureData"]["endpointInput"]["data"])["dataframe_records"]) for one in made
    ] == [2, 1]
    assert same(read(*made), client)
