import json
import math

import pytest

from ml.serving.payload import MAX_ROWS
from ml.serving.request import MAX_BODY
from tests.ml.serving.small_models import ROW, Client


def rows(**changes) -> bytes:
    return json.dumps({"instances": [{**ROW, **changes}]}).encode()


def tensors(**changes) -> bytes:
    tensor = {"name": "distance", "shape": [1], "datatype": "FP32", "data": [1], **changes}
    return json.dumps({"inputs": [tensor]}).encode()


# name: (body, status, field)
JSON_FAULTS = {
    "empty": (b"", 400, "body"),
    "not JSON": (b"{", 400, "body"),
    "not UTF-8": (b'{"instances": ["\xff"]}', 400, "body"),
    "a lone surrogate": (b'{"instances": [{"size": "\\ud800"}]}', 400, "body"),
    "a lone surrogate beside NaN": (b'{"instances": [{"size": "\\ud800", "weight": NaN}]}', 400, "body"),
    "a list": (b"[1]", 400, "body"),
    "an unknown key": (b'{"rows": []}', 400, "rows"),
    "two formats": (b'{"instances": [], "inputs": []}', 400, "body"),
    "no format": (b"{}", 400, "body"),
    "no rows": (b'{"instances": []}', 400, "body"),
    "no columns": (b'{"inputs": {}}', 400, "body"),
    "rows of nothing": (b'{"instances": [null]}', 400, "instances"),
    "rows of two kinds": (b'{"instances": [[1, "small", 2], {}]}', 400, "instances"),
    "a short row": (b'{"instances": [[1]]}', 400, "instances"),
    "split without columns": (b'{"dataframe_split": {"data": []}}', 400, "dataframe_split.columns"),
    "split without data": (b'{"dataframe_split": {"columns": []}}', 400, "dataframe_split.data"),
    "split as a list": (b'{"dataframe_split": []}', 400, "dataframe_split"),
    "a column that is no name": (b'{"dataframe_split": {"columns": [1], "data": []}}', 400, "dataframe_split.columns"),
    "a column twice": (b'{"dataframe_split": {"columns": ["a", "a"], "data": []}}', 400, "dataframe_split.columns"),
    "a ragged row": (b'{"dataframe_split": {"columns": ["a"], "data": [[]]}}', 400, "dataframe_split.data"),
    "ragged columns": (b'{"inputs": {"weight": [1], "distance": [1, 2]}}', 400, "distance"),
    "a column that is no list": (b'{"inputs": {"weight": 1}}', 400, "weight"),
    "an unknown column": (rows(colour="red"), 400, "colour"),
    "a missing value": (b'{"instances": [{"weight": 1}]}', 400, "distance"),
    "null where none may be": (rows(distance=None), 400, "distance"),
    "a number as text": (rows(weight="2.5"), 400, "weight"),
    "NaN as text": (rows(weight="NaN"), 400, "weight"),
    "NaN": (rows(weight=math.nan), 400, "weight"),
    "Infinity": (rows(weight=math.inf), 400, "weight"),
    "-Infinity": (rows(weight=-math.inf), 400, "weight"),
    "1e308": (rows(weight=1e308), 400, "weight"),
    "1e999": (b'{"instances": [{"weight": 1e999, "distance": 1}]}', 400, "weight"),
    "a huge integer": (b'{"instances": [{"weight": 1%s, "distance": 1}]}' % (b"0" * 400), 400, "weight"),
    "a huger integer": (b'{"instances": [{"weight": 1%s, "distance": 1}]}' % (b"0" * 9000), 400, "weight"),
    "an integer past 64 bits": (rows(weight=10**39), 400, "weight"),
    "a bool": (rows(weight=True), 400, "weight"),
    "a list for a number": (rows(weight=[1]), 400, "weight"),
    "an object for a number": (rows(weight={"a": {"b": 1}}), 400, "weight"),
    "a number for a category": (rows(size=1), 400, "size"),
    "a bool for a category": (rows(size=False), 400, "size"),
    "a text without end": (rows(size="x" * 100_000), 400, "size"),
    "an id that is a number": (rows(prediction_id=7), 400, "prediction_id"),
    "an id without end": (rows(prediction_id="x" * 129), 400, "prediction_id"),
    "an empty id": (rows(prediction_id=""), 400, "prediction_id"),
    "an id that breaks the line": (rows(prediction_id="a\nb"), 400, "prediction_id"),
    "an id twice": (json.dumps({"instances": [{**ROW, "prediction_id": "a"}] * 2}).encode(), 400, "prediction_id"),
    "deep": (b'{"instances":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 413, "body"),
    "less deep": (b'{"instances":' + b"[" * 2000 + b"]" * 2000 + b"}", 400, "body"),
    "deep in a value": (b'{"instances":[{"weight":' + b"[" * 900 + b"]" * 900 + b"}]}", 400, "weight"),
    "too many rows": (json.dumps({"instances": [[1, "small", 2]] * (MAX_ROWS + 1)}).encode(), 413, "body"),
    "too many columns": (json.dumps({"inputs": {"weight": [1] * (MAX_ROWS + 1)}}).encode(), 413, "body"),
    "millions of objects": (b'{"instances":[' + b"{}," * 1_000_000 + b"{}]}", 413, "body"),
    "too many bytes": (b" " * (MAX_BODY + 1), 413, "body"),
}
LONGER = tensors(name="weight", shape=[2], data=[1, 2])
V2_FAULTS = {
    "a list": (b"[]", 400, "body"),
    "no inputs": (b"{}", 400, "inputs"),
    "no tensors": (b'{"inputs": []}', 400, "body"),
    "no tensor": (b'{"inputs": [1]}', 400, "inputs"),
    "a tensor without a name": (tensors(name=None), 400, "inputs"),
    "an unknown tensor": (tensors(name="colour"), 400, "colour"),
    "a tensor twice": (b'{"inputs": [%s, %s]}' % ((tensors()[12:-2],) * 2), 400, "distance"),
    "an unknown datatype": (tensors(datatype="FP8"), 400, "distance"),
    "bytes for a number": (tensors(datatype="BYTES", data=["1"]), 400, "distance"),
    "a bool tensor": (tensors(datatype="BOOL", data=[True]), 400, "distance"),
    "another shape": (tensors(shape=[2]), 400, "distance"),
    "another rank": (tensors(shape=[1, 1, 1]), 400, "distance"),
    "a nested list": (tensors(data=[[1]]), 400, "distance"),
    "data that is elsewhere": (tensors(data=None), 400, "distance"),
    "ragged": (b'{"inputs": [%s, %s]}' % (tensors()[12:-2], LONGER[12:-2]), 400, "weight"),
    "1e308": (tensors(data=[1e308]), 400, "distance"),
    "NaN": (tensors(data=[math.nan]), 400, "distance"),
    "an id that is a number": (b'{"id": 1, "inputs": []}', 400, "id"),
}  # fmt: skip
CSV_FAULTS = {
    "empty": (b"", 400, "body"),
    "a header only": (b"weight,distance\n", 400, "body"),
    "not UTF-8": (b"weight\n\xff", 400, "body"),
    "a null byte": (b"weight,distance\n1,\x00\n", 400, "distance"),
    "an open quote": (b'weight,distance\n"1,2\n', 400, "body"),
    "a column twice": (b"weight,weight\n1,2\n", 400, "header"),
    "an unknown column": (b"distance,colour\n1,red\n", 400, "colour"),
    "a short row": (b"weight,distance\n1\n", 400, "body"),
    "a long row": (b"weight,distance\n1,2,3\n", 400, "body"),
    "NaN": (b"weight,distance\nNaN,2\n", 400, "weight"),
    "inf": (b"weight,distance\ninf,2\n", 400, "weight"),
    "1e999": (b"weight,distance\n1e999,2\n", 400, "weight"),
    "underscores": (b"weight,distance\n1_000,2\n", 400, "weight"),
    "spaces": (b"weight,distance\n 1,2\n", 400, "weight"),
    "other digits": ("weight,distance\n\u0661,2\n".encode(), 400, "weight"),
    "nothing where a value must be": (b"weight,distance\n1,\n", 400, "distance"),
    "a field without end": (b"weight,distance\n1," + b"1" * 200_000, 400, "body"),
    "too many rows": (b"weight,distance\n" + b"1,2\n" * (MAX_ROWS + 1), 413, "body"),
}
HEADER_FAULTS = {
    "no content type": ({"content_type": ""}, 415, "content-type"),
    "another content type": ({"content_type": "application/x-www-form-urlencoded"}, 415, "content-type"),
    "another charset": ({"content_type": "application/json; charset=utf-16"}, 415, "content-type"),
    "gzip": ({"content_encoding": "gzip"}, 415, "content-encoding"),
    "a length that is too large": ({"content_length": "99999999999"}, 413, "body"),
    "an event time that is none": (
        {"x_amzn_sagemaker_custom_attributes": "event_time=yesterday"},
        400,
        "event_time",
    ),
    "an event time without offset": (
        {"x_amzn_sagemaker_custom_attributes": "event_time=2013-01-01T00:00:00"},
        400,
        "event_time",
    ),
    "an event time before time": (
        {"x_amzn_sagemaker_custom_attributes": "event_time=0001-01-01T00:00:00+23:00"},
        400,
        "event_time",
    ),
    "an id without end": (
        {"x_amzn_sagemaker_inference_id": "x" * 129},
        400,
        "X-Amzn-SageMaker-Inference-Id",
    ),
}


def check(answer, status: int, field: str, client: Client) -> None:
    assert (answer.status, answer.field) == (status, field), answer.body
    assert answer.json["error"]["message"]
    assert len(answer.body) < 1000
    assert not client.lines()


@pytest.mark.parametrize(("body", "status", "field"), JSON_FAULTS.values(), ids=JSON_FAULTS)
def test_json_is_refused_naming_the_field(client, body, status, field):
    check(client("/invocations", body), status, field, client)


@pytest.mark.parametrize(("body", "status", "field"), V2_FAULTS.values(), ids=V2_FAULTS)
def test_v2_is_refused_naming_the_field(client, body, status, field):
    check(client("/v2/models/parcels/infer", body), status, field, client)


@pytest.mark.parametrize(("body", "status", "field"), CSV_FAULTS.values(), ids=CSV_FAULTS)
def test_csv_is_refused_naming_the_field(client, body, status, field):
    check(client("/invocations", body, content_type="text/csv"), status, field, client)


@pytest.mark.parametrize(("headers", "status", "field"), HEADER_FAULTS.values(), ids=HEADER_FAULTS)
def test_headers_are_refused_naming_the_field(client, headers, status, field):
    check(client("/invocations", rows(), **headers), status, field, client)


def test_v2_takes_no_csv(client):
    check(client("/v2/models/parcels/infer", b"a\n1", content_type="text/csv"), 415, "content-type", client)


def test_other_paths_and_methods_are_refused(client):
    check(client("/v2/models/other/infer", rows()), 404, "path", client)
    check(client("/invocations", method="GET"), 405, "method", client)
    check(client("/ping", b"{}"), 405, "method", client)
    assert client("/ping", b"{}").headers["allow"] == "GET"


def test_utf_8_may_be_said(client):
    assert client("/invocations", rows(), content_type='Application/JSON; Charset="UTF-8"').status == 200


def test_a_body_sent_after_expect_is_not_left_on_the_connection(client):
    answer = client("/nowhere", b"{}", expect="100-continue")
    assert answer.headers["connection"] == "close"
