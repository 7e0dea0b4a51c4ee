import json
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ml.serving.app import BATCH_ROWS
from tests.ml.serving.small_models import ROW, SCHEMA, Client

TWO = [ROW, {"weight": None, "size": "tiny", "distance": 0.5}]
COLUMNS = list(ROW)
DATA = [[row[name] for name in COLUMNS] for row in TWO]
TENSORS = [
    {"name": "weight", "shape": [2], "datatype": "FP32", "data": [2.5, None]},
    {"name": "size", "shape": [2, 1], "datatype": "BYTES", "data": ["large", "tiny"]},
    {"name": "distance", "shape": [2], "datatype": "INT64", "data": [7, 0.5]},
]


def test_health_says_no_until_a_model_is_loaded(tmp_path):
    empty = Client(tmp_path / "capture", loaded=False)
    assert empty("/ping").status == 503
    assert empty("/v2/health/ready").status == 503
    assert empty("/v2/health/live").status == 200
    assert empty.invoke({"instances": [ROW]}).status == 503
    empty.close()


def test_health_says_yes_once_a_model_is_loaded(client):
    assert client("/ping").status == 200
    assert client("/ping", method="HEAD").status == 200
    assert client("/v2/health/ready").json == {"ready": True}
    assert client("/v2/models/parcels/ready").json == {"name": "parcels", "ready": True}


@pytest.mark.parametrize(
    "document",
    [
        {"dataframe_records": TWO},
        {"dataframe_split": {"columns": COLUMNS, "data": DATA}},
        {"dataframe_split": {"columns": COLUMNS[::-1], "data": [row[::-1] for row in DATA], "index": [0, 1]}},
        {"instances": TWO},
        {"instances": DATA},
        {"inputs": {name: [row[name] for row in TWO] for name in COLUMNS}},
        {"inputs": TWO},
    ],
)
def test_every_form_of_the_scoring_protocol_gives_the_same_answer(client, document):
    answer = client.invoke(document)
    assert answer.status == 200
    # sigmoid(0.1 * 2.5 + 0.3 * 1 + 0.05 * 7 - 1) and sigmoid(0 + 0 + 0.05 * 0.5 - 1)
    assert answer.json["predictions"] == pytest.approx([0.47502, 0.27388], abs=1e-5)
    assert [line["features"] for line in client.lines()] == TWO


def test_csv_gives_the_same_answer_and_empty_fields_are_missing(client):
    answer = client("/invocations", b"weight,size,distance\r\n2.5,large,7\n,tiny,5e-1\n", content_type="text/csv")
    assert answer.json["predictions"] == pytest.approx([0.47502, 0.27388], abs=1e-5)


def test_v2_gives_the_same_answer_and_the_request_id_back(client):
    body = json.dumps({"id": "r-1", "inputs": TENSORS, "outputs": [{"name": "prediction"}]}).encode()
    answer = client("/v2/models/parcels/infer", body).json
    prediction, ids = answer["outputs"]
    assert answer["id"] == "r-1"
    assert (answer["model_name"], len(answer["model_version"])) == ("parcels", 12)
    assert prediction["data"] == pytest.approx([0.47502, 0.27388], abs=1e-5)
    assert (prediction["shape"], prediction["datatype"]) == ([2], "FP32")
    assert ids["data"] == ["r-1-0", "r-1-1"]


def test_v2_metadata_names_each_feature(client):
    assert client("/v2").json["name"] == "mlops"
    described = client("/v2/models/parcels").json
    assert [(tensor["name"], tensor["datatype"]) for tensor in described["inputs"]] == [
        ("weight", "FP32"),
        ("size", "BYTES"),
        ("distance", "FP32"),
    ]


def test_prediction_ids_are_the_callers_where_sent(client):
    def ids(rows, **headers):
        return client.invoke({"instances": rows}, **headers).json["prediction_ids"]

    assert ids([{**ROW, "prediction_id": "a"}, {**ROW, "prediction_id": "b"}]) == ["a", "b"]
    assert ids([ROW], x_amzn_sagemaker_inference_id="h") == ["h"]
    assert ids([ROW, ROW], x_amzn_sagemaker_inference_id="h") == ["h-0", "h-1"]
    assert ids([{**ROW, "prediction_id": "a"}, ROW], x_amzn_sagemaker_inference_id="h") == ["a", "h-1"]
    made = ids([ROW, ROW]) + ids([ROW])
    assert len(set(made)) == 3
    assert [line["id"] for line in client.lines()][-3:] == made


def test_each_row_is_captured_once_with_what_was_sent_and_answered(client):
    answer = client.invoke(
        {"dataframe_records": [{**ROW, "prediction_id": "x"}]},
        x_amzn_sagemaker_custom_attributes="trace=1,event_time=2013-04-01T02:30:00+02:00",
    )
    [line] = client.lines()
    assert answer.headers["x-mlops-release"] == line["release"]
    assert line["prediction"] == answer.json["predictions"][0]
    assert datetime.now(UTC) - datetime.fromisoformat(line["at"]) < timedelta(minutes=1)
    assert 0 <= line["latency_ms"] < 1000
    del line["at"], line["latency_ms"], line["prediction"], line["release"]
    assert line == {
        "capture": 1,
        "id": "x",
        "event_time": "2013-04-01T00:30:00+00:00",
        "variant": "champion",
        "features": ROW,
    }


def test_without_an_event_time_it_is_now(client):
    client.invoke({"instances": [ROW]})
    [line] = client.lines()
    assert line["event_time"] == line["at"]


def test_the_router_names_variant_and_request(client):
    client.invoke({"instances": [ROW]}, x_mlops_variant="challenger", x_mlops_request="17")
    [line] = client.lines()
    assert (line["variant"], line["request"]) == ("challenger", "17")


def test_the_line_is_written_before_the_answer(client):
    seen = []

    class Watching:
        def __init__(self, inner):
            self.inner = inner

        async def __call__(self, scope, receive, send):
            async def look(message):
                seen.append(len(client.lines()))
                await send(message)

            await self.inner(scope, receive, look)

    client.app = Watching(client.app)
    client.invoke({"instances": [ROW]})
    assert seen == [1, 1]


def test_a_large_batch_is_answered_like_its_rows(client):
    rows = [{**ROW, "weight": index / 100} for index in range(BATCH_ROWS + 1)]
    together = client.invoke({"instances": rows}).json["predictions"]
    assert together[::100] == [client.invoke({"instances": [row]}).json["predictions"][0] for row in rows[::100]]
    assert len(client.lines()) == len(rows) + len(rows[::100])


def test_metrics_count_requests_rows_and_time(client):
    client.invoke({"instances": [ROW, ROW]})
    client.invoke({"instances": []})
    client("/nothing/here")
    exposed = client("/metrics").body.decode()
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(exposed)
        for sample in family.samples
    }
    assert samples["mlops_requests_total", "/invocations", "200"] == 1
    assert samples["mlops_requests_total", "/invocations", "400"] == 1
    assert samples["mlops_requests_total", "other", "404"] == 1
    assert samples["mlops_predictions_total",] == 2
    assert samples["mlops_prediction_seconds_count",] == 1
    assert samples["mlops_prediction_seconds_bucket", "+Inf"] == 1
    assert samples["mlops_capture_lost_total",] == 0
    assert "process_resident_memory_bytes" in exposed


def test_a_feature_that_is_the_only_one_can_be_served(tmp_path):
    schema = type(SCHEMA)(name="one", task="regression", features=SCHEMA.features[:1])
    one = Client(tmp_path / "capture", schema=schema, weights=(2.0,), bias=0.0, sigmoid=False)
    assert one.invoke({"instances": [[1.5]]}).json["predictions"] == [3.0]
    one.close()
