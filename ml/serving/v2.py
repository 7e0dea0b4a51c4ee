"""The V2 inference protocol (REST) of KServe and Triton: one input tensor a feature, one row an element."""

from typing import Any

from ml.schema import Schema
from ml.serving.errors import RequestError, quote
from ml.serving.payload import Record, load_json, transpose

NUMBERS = frozenset({"FP16", "FP32", "FP64", *(f"{sign}INT{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64))})
PREDICTION = "prediction"

SERVER = {"name": "mlops", "version": "2", "extensions": []}


def metadata(schema: Schema, release: str) -> dict[str, Any]:
    """What `GET /v2/models/{name}` answers."""
    return {
        "name": schema.name,
        "versions": [release],
        "platform": "onnxruntime_onnxv1",
        "inputs": [
            {"name": feature.name, "datatype": "FP32" if feature.kind == "number" else "BYTES", "shape": [-1]}
            for feature in schema.features
        ],
        "outputs": [
            {"name": PREDICTION, "datatype": "FP32", "shape": [-1]},
            {"name": schema.id_column, "datatype": "BYTES", "shape": [-1]},
        ],
    }


def parse(body: bytes, schema: Schema) -> tuple[list[Record], str | None]:
    """The rows of an inference request, and its id. Raises RequestError naming a tensor or key that is wrong."""
    document = load_json(body)
    if type(document) is not dict:
        raise RequestError("body", f"is {quote(document)}, expected an object with inputs")
    request_id, inputs = document.get("id"), document.get("inputs")
    if request_id is not None and type(request_id) is not str:
        raise RequestError("id", f"is {quote(request_id)}, expected a string")
    if type(inputs) is not list:
        raise RequestError("inputs", f"is {quote(inputs)}, expected a list of tensors")
    categories = {feature.name for feature in schema.features if feature.kind == "category"} | {schema.id_column}
    columns: dict[str, list[Any]] = {}
    for tensor in inputs:
        name = tensor.get("name") if type(tensor) is dict else None
        if type(name) is not str:
            raise RequestError("inputs", f"has {quote(tensor)}, expected a tensor with name, shape, datatype and data")
        if name in columns:
            raise RequestError(name, "is there twice")
        columns[name] = _data(name, tensor, frozenset({"BYTES"}) if name in categories else NUMBERS)
    return transpose(columns), request_id


def answer(
    schema: Schema, release: str, request_id: str | None, predictions: list[float], ids: list[str]
) -> dict[str, Any]:
    """An inference response; a request's id is given back."""
    shape = [len(predictions)]
    response = {
        "model_name": schema.name,
        "model_version": release,
        "outputs": [
            {"name": PREDICTION, "datatype": "FP32", "shape": shape, "data": predictions},
            {"name": schema.id_column, "datatype": "BYTES", "shape": shape, "data": ids},
        ],
    }
    return response if request_id is None else {"id": request_id, **response}


def _data(name: str, tensor: dict[str, Any], datatypes: frozenset[str]) -> list[Any]:
    datatype, shape, data = tensor.get("datatype"), tensor.get("shape"), tensor.get("data")
    if type(datatype) is not str or datatype not in datatypes:
        raise RequestError(name, f"has datatype {quote(datatype)}, expected one of {', '.join(sorted(datatypes))}")
    if type(data) is not list:
        raise RequestError(name, f"has data {quote(data)}, expected a list")
    if shape not in ([len(data)], [len(data), 1]):
        raise RequestError(name, f"has shape {quote(shape)}, expected [{len(data)}] as its data")
    return data
