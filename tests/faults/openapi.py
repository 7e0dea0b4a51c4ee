"""The model server's routes as an OpenAPI 3.1 document, made from a model's schema: what goes in and what comes out."""

from typing import Any

from ml.schema import FLOAT32_MAX, Feature, Schema
from ml.serving.encoder import LONGEST_STRING
from ml.serving.identity import LONGEST
from ml.serving.payload import MAX_ROWS

Json = dict[str, Any]
REFUSED: Json = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {
            "type": "object",
            "required": ["field", "message"],
            "additionalProperties": False,
            "properties": {"field": {"type": "string"}, "message": {"type": "string", "minLength": 1}},
        }
    },
}
PREDICTIONS: Json = {"type": "array", "items": {"type": "number"}, "minItems": 1, "maxItems": MAX_ROWS}
IDS: Json = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "maxItems": MAX_ROWS}


def document(schema: Schema) -> Json:
    """Health, metrics, `/invocations` and the V2 protocol's inference for one model."""
    model = f"/v2/models/{schema.name}"
    release = {"type": "string", "minLength": 1}
    predicted = _object(predictions=PREDICTIONS, prediction_ids=IDS, release=release)
    return {
        "openapi": "3.1.0",
        "info": {"title": schema.name, "version": "1"},
        "paths": {
            "/ping": {"get": {"responses": {"200": _json({"type": "object"})}}},
            "/metrics": {"get": {"responses": {"200": {"description": "Prometheus", "content": {"text/plain": {}}}}}},
            "/v2": {"get": {"responses": {"200": _json({"type": "object", "required": ["name", "version"]})}}},
            "/v2/health/live": {"get": {"responses": {"200": _json(_object(live={"const": True}))}}},
            "/v2/health/ready": {"get": {"responses": {"200": _json(_object(ready={"const": True}))}}},
            model: {"get": {"responses": {"200": _json({"type": "object", "required": ["inputs", "outputs"]})}}},
            "/invocations": {"post": _posted(_rows(schema), predicted)},
            f"{model}/infer": {"post": _posted(_tensors(schema), {"type": "object", "required": ["outputs"]})},
        },
    }


def _posted(body: Json, answer: Json) -> Json:
    statuses = {"400": "wrong", "413": "too large", "415": "of another type", "422": "without a finite answer"}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": _json(answer)} | {status: _json(REFUSED, why) for status, why in statuses.items()},
    }


def _rows(schema: Schema) -> Json:
    """MLflow's scoring protocol, as lists of objects and as one list a column."""
    values = {feature.name: _value(feature) for feature in schema.features}
    required = [feature.name for feature in schema.features if not feature.nullable]
    # Two rows that share an id are refused, which JSON Schema cannot say: ids are left out of these rows.
    row = {"type": "object", "additionalProperties": False, "required": required, "properties": values}
    rows = {"type": "array", "minItems": 1, "maxItems": MAX_ROWS, "items": row}
    one = {name: {"type": "array", "minItems": 1, "maxItems": 1, "items": value} for name, value in values.items()}
    columns = {"type": "object", "additionalProperties": False, "required": required, "properties": one}
    identified = {**row, "properties": {**values, schema.id_column: {**ID, "type": ["string", "null"]}}}
    forms = [
        _object(instances=rows),
        _object(dataframe_records=rows),
        _object(inputs=columns),
        _object(instances={**rows, "maxItems": 1, "items": identified}),
    ]
    return {"anyOf": forms}


ID: Json = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[ -~]+$"}


def _tensors(schema: Schema) -> Json:
    """One row as the V2 protocol's tensors, in the schema's order."""
    tensors = [
        _open(
            name={"const": feature.name},
            shape={"enum": [[1], [1, 1]]},
            datatype={"enum": ["FP32", "FP64", "INT64"] if feature.kind == "number" else ["BYTES"]},
            data={"type": "array", "minItems": 1, "maxItems": 1, "items": _value(feature)},
        )
        for feature in schema.features
    ]
    inputs = {"type": "array", "prefixItems": tensors, "items": False, "minItems": len(tensors)}
    return {
        "type": "object",
        "required": ["inputs"],
        "properties": {"id": {**ID, "type": ["string", "null"]}, "inputs": inputs},
    }


def _value(feature: Feature) -> Json:
    kind: Json = {"type": "number", "minimum": -FLOAT32_MAX, "maximum": FLOAT32_MAX}
    if feature.kind == "category":
        kind = {"type": "string", "maxLength": LONGEST_STRING}
    return {"anyOf": [kind, {"type": "null"}]} if feature.nullable else kind


def _object(**properties: Json) -> Json:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def _open(**properties: Json) -> Json:
    """An object that may hold more: the protocol has `parameters` in many places."""
    return {**_object(**properties), "additionalProperties": True}


def _json(schema: Json, description: str = "answered") -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
