"""The model and the schema in a bundle: what does not fit the code or each other is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from ml import bundle
from ml.baseline import constant
from tests.ml.bundles import WIDTH, canonical, refusal
from tests.ml.orders import schema


def test_a_schema_of_another_version_is_refused(archive: bytes) -> None:
    odd = canonical(archive, schema=json.dumps({**schema().to_dict(), "version": 2}).encode())
    assert "version: is 2, expected 1: rebuild it, or update the image" in refusal(odd, bundle.digest(odd))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: {**data, "task": "ranking"},
        lambda data: {**data, "colour": "red"},
        lambda data: {name: value for name, value in data.items() if name != "features"},
        lambda data: {**data, "features": [{"name": "amount"}]},
        lambda data: [data],
        lambda data: None,
    ],
    ids=["task", "unknown field", "no features", "torn feature", "list", "null"],
)
def test_a_schema_that_this_code_does_not_know_is_refused(archive: bytes, change: Callable) -> None:
    odd = canonical(archive, schema=json.dumps(change(schema().to_dict())).encode())
    assert "schema.json or reference.json cannot be read" in refusal(odd, bundle.digest(odd))


def graph(width: int, outputs: list[str], dtype: int = TensorProto.FLOAT) -> bytes:
    """Sums the features, once for each output."""
    nodes = [helper.make_node("ReduceSum", ["features"], [name], keepdims=0) for name in outputs]
    ports = [helper.make_tensor_value_info(name, dtype, None) for name in outputs]
    entry = helper.make_tensor_value_info("features", dtype, [None, width])
    opsets = [helper.make_opsetid("", 15)]
    return helper.make_model(
        helper.make_graph(nodes, "g", [entry], ports), opset_imports=opsets, ir_version=8
    ).SerializeToString()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (b"", "does not answer 3 features"),
        (b"not a model", "does not answer 3 features"),
        (constant(0.1, width=WIDTH + 1), "does not answer 3 features"),
        (graph(WIDTH, ["sum"]), "answers float32 () for 2 rows, expected one float32 a row"),
        (graph(WIDTH, ["sum"], TensorProto.DOUBLE), "does not answer 3 features"),
    ],
    ids=["empty", "noise", "another width", "one number for all", "another type"],
)
def test_a_model_that_does_not_fit_the_schema_is_refused(archive: bytes, model: bytes, message: str) -> None:
    odd = canonical(archive, model=model)
    assert message in refusal(odd, bundle.digest(odd))


def test_a_second_output_is_refused(archive: bytes) -> None:
    model = onnx.load_from_string(constant(0.1, width=WIDTH))
    model.graph.node.append(helper.make_node("Identity", ["prediction"], ["again"]))
    model.graph.output.append(helper.make_tensor_value_info("again", TensorProto.FLOAT, [None]))
    odd = canonical(archive, model=model.SerializeToString())
    assert "answers float32 (2,), float32 (2,) for 2 rows" in refusal(odd, bundle.digest(odd))


def test_a_model_cannot_read_another_file(archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.bin").write_bytes(np.array([1, 2, 3], np.float32).tobytes())
    monkeypatch.chdir(tmp_path)
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[WIDTH], data_location=TensorProto.EXTERNAL)
    for key, value in {"location": "secret.bin", "offset": "0", "length": "12"}.items():
        weight.external_data.add(key=key, value=value)
    # Inside a branch: there ONNX Runtime reads the file without a question.
    branch = helper.make_graph(
        [helper.make_node("ReduceSum", ["w"], ["sum"], keepdims=1)],
        "branch",
        [],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, [1])],
        initializer=[weight],
    )
    nodes = [
        helper.make_node("ReduceMax", ["features"], ["most"], keepdims=0),
        helper.make_node("Cast", ["most"], ["choice"], to=TensorProto.BOOL),
        helper.make_node("If", ["choice"], ["read"], then_branch=branch, else_branch=branch),
        helper.make_node("Shape", ["features"], ["rows"], start=0, end=1),
        helper.make_node("Expand", ["read", "rows"], ["prediction"]),
    ]
    leak = helper.make_graph(
        nodes,
        "leak",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, WIDTH])],
        [helper.make_tensor_value_info("prediction", TensorProto.FLOAT, [None])],
    )
    model = helper.make_model(leak, opset_imports=[helper.make_opsetid("", 15)], ir_version=8).SerializeToString()
    for spelled in (model, model.replace(b"\x08location", b"\x88\x00location")):
        odd = canonical(archive, model=spelled)
        assert "takes weights from another file" in refusal(odd, bundle.digest(odd))
