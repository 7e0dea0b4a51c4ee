import json
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.schema import SchemaError
from ml.serving.encoder import Encoder
from ml.serving.errors import RequestError
from tests.ml.serving.small_models import ROW, SCHEMA, Client

JSON = "application/json"
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
number = st.none() | st.integers() | st.floats() | st.just(10**40)
record = st.fixed_dictionaries(
    {"distance": number | anything},
    optional={"weight": number | anything, "size": st.text() | anything, "prediction_id": st.text() | anything},
)
document = anything | st.one_of(
    st.fixed_dictionaries({"instances": st.lists(record, max_size=3) | anything}),
    st.fixed_dictionaries({"inputs": st.dictionaries(st.sampled_from([*ROW, "x"]), st.lists(anything)) | anything}),
    st.builds(
        lambda columns, data: {"dataframe_split": {"columns": columns, "data": data}},
        st.lists(st.sampled_from(list(ROW)), unique=True) | anything,
        st.lists(st.lists(anything, max_size=3), max_size=3) | anything,
    ),
    st.fixed_dictionaries(
        {
            "inputs": st.lists(
                st.fixed_dictionaries(
                    {"name": st.sampled_from(list(ROW)), "datatype": st.sampled_from(["FP32", "BYTES"])},
                    optional={"shape": st.just([1]) | anything, "data": st.lists(number | anything, max_size=2)},
                ),
                max_size=3,
            )
        }
    ),
)
hostile = document.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")) | st.binary(max_size=200)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory) -> Iterator[Client]:
    client = Client(tmp_path_factory.mktemp("hostile") / "capture.jsonl")
    yield client
    client.close()


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    body=hostile,
    path=st.sampled_from(["/invocations", "/v2/models/parcels/infer"]),
    content_type=st.sampled_from([JSON, JSON, "text/csv"]),
)
def test_whatever_is_sent_gets_strict_json_and_never_a_5xx(lasting, body, path, content_type):
    before = lasting.capture.stat().st_size
    answer = lasting(path, body, content_type=content_type)
    assert answer.status < 500, answer.body
    assert answer.json  # parsed strictly
    with lasting.capture.open("rb") as file:
        file.seek(before)
        captured = file.read().splitlines()
    if answer.status == 200:
        outputs = answer.json.get("predictions") or answer.json["outputs"][0]["data"]
        assert len(captured) == len(outputs)
        assert all(math.isfinite(output) for output in outputs)
    else:
        assert set(answer.json["error"]) == {"field", "message"}
        assert not captured


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(sent=st.lists(record, min_size=1, max_size=3))
def test_records_are_encoded_as_the_schema_says(sent):
    sent = [{name: value for name, value in row.items() if name != "prediction_id"} for row in sent]
    columns = {name: [row.get(name) for row in sent] for name in SCHEMA.names}
    encoder = Encoder(SCHEMA)
    try:
        expected = SCHEMA.encode(columns)
    except SchemaError:
        with pytest.raises(RequestError):
            encoder.matrix(sent)
        return
    assert np.array_equal(encoder.matrix(sent), expected, equal_nan=True)
    buffer = bytearray(4 * len(SCHEMA.features))
    for row, wanted in zip(sent, expected, strict=True):
        encoder.row_into(memoryview(buffer), row)
        assert np.array_equal(memoryview(buffer).cast("f"), wanted, equal_nan=True)
