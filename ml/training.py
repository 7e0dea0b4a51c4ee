"""The fit: XGBoost on a frame of features, handed over as ONNX."""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.checkpoints import Checkpoints
from ml.dataset import LABEL
from ml.monitoring import crossfit
from ml.schema import Feature, Schema, SchemaError

SETTINGS: dict[str, Any] = {
    "max_depth": 4,
    "n_estimators": 150,
    "learning_rate": 0.1,
    "subsample": 0.5,
    "colsample_bytree": 0.5,
    # Rows of one day are alike: small leaves would learn days.
    "min_child_weight": 50,
    "tree_method": "hist",
    # Sums of floats depend on the order of the threads, and a second one does not pay.
    "n_jobs": 1,
}
ROUNDS_AT_ONCE = 50
"""A fit is kept after so many rounds. Each part starts from the bytes of the one before it and draws by a seed of its
own: XGBoost's random numbers do not survive a restart, so that one long fit could not go on."""
OBJECTIVES = {"binary": "binary:logistic", "regression": "reg:squarederror"}
OPSETS = {"": 15, "ai.onnx.ml": 3}
"""Versions of ONNX's own operators and of its tree ensembles."""
IR_VERSION = 8


class TrainingError(Exception):
    """A frame that no model can be fitted to."""


def train(
    frame: pl.DataFrame,
    schema: Schema,
    *,
    seed: int,
    settings: Mapping[str, Any] = SETTINGS,
    checkpoints: Path | None = None,
) -> bytes:
    """The ONNX model of the frame's labelled rows. The same frame, seed and settings give the same bytes.

    Args and errors as of `fit`.
    """
    return to_onnx(fit(frame, schema, seed=seed, settings=settings, checkpoints=checkpoints), schema)


def cross_fit(
    frame: pl.DataFrame,
    schema: Schema,
    *,
    seed: int,
    days: int,
    settings: Mapping[str, Any] = SETTINGS,
    checkpoints: Path | None = None,
) -> pl.DataFrame:
    """The frame's labelled rows with a `prediction` of models, trained like this one, that did not see their block."""
    train_quickly = trainer(schema, seed=seed, settings=settings, checkpoints=checkpoints)
    return crossfit.cross_fit(_labelled(frame), train_quickly, days=days)


def trainer(
    schema: Schema, *, seed: int, settings: Mapping[str, Any] = SETTINGS, checkpoints: Path | None = None
) -> crossfit.Train:
    """A function that fits a frame and gives the model's predictions of others, for what needs many quick fits.

    They are XGBoost's own, which differ from those of the ONNX graph in the seventh digit.
    """

    def train_quickly(frame: pl.DataFrame) -> crossfit.Predict:
        model = fit(frame, schema, seed=seed, settings=settings, checkpoints=checkpoints)
        return lambda rows: model.predict(matrix(rows, schema))

    return train_quickly


def fit(
    frame: pl.DataFrame,
    schema: Schema,
    *,
    seed: int,
    settings: Mapping[str, Any] = SETTINGS,
    checkpoints: Path | None = None,
) -> Any:
    """XGBoost's own model of the frame's labelled rows.

    Args:
        checkpoints: where the fit is kept as it goes on; one of the same rows, seed and settings that was stopped
            goes on there, and ends with the same model.

    Raises TrainingError where there are no labels, or only one value of a binary one.
    """
    labelled = _labelled(frame)
    label = labelled[LABEL].to_numpy().astype(np.float32)
    parameters = {**settings, "objective": OBJECTIVES[schema.task], "base_score": _start(label, schema)}
    rows = matrix(labelled, schema)
    kept = Checkpoints(checkpoints, _digest(parameters, seed, rows, label)) if checkpoints else None
    found = kept.latest() if kept else None
    done, booster = found or (0, None)
    while done < settings["n_estimators"]:
        rounds = min(ROUNDS_AT_ONCE, settings["n_estimators"] - done)
        part = _model({**parameters, "n_estimators": rounds, "random_state": seed + done})
        part.fit(rows, label, xgb_model=None if booster is None else _model(parameters, booster).get_booster())
        done, booster = done + rounds, part.get_booster().save_raw("ubj")
        if kept:
            kept.keep(done, booster)
    return _model(parameters, booster)


def _model(parameters: Mapping[str, Any], booster: bytearray | None = None) -> Any:
    import xgboost

    model = xgboost.XGBRegressor(**parameters)
    if booster is not None:
        model.load_model(booster)
        # Read back it is a list, of the number in 32 bits.
        model.base_score = parameters["base_score"]
    return model


def _digest(parameters: Mapping[str, Any], seed: int, rows: NDArray[np.float32], label: NDArray[np.float32]) -> str:
    """A hash of all that a fit depends on."""
    total = hashlib.sha256(json.dumps([parameters, seed, ROUNDS_AT_ONCE, rows.shape], sort_keys=True).encode())
    total.update(rows.data)
    total.update(label.data)
    return total.hexdigest()


def to_onnx(model: Any, schema: Schema) -> bytes:
    """The model as one graph: `features` float32 [rows, features] in, `prediction` float32 [rows, 1] out."""
    from onnx import TensorProto, helper
    from onnxmltools.convert import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    width = len(schema.features)
    converted = convert_xgboost(model, initial_types=[("features", FloatTensorType([None, width]))])
    (trees,) = (node for node in converted.graph.node if node.op_type == "TreeEnsembleRegressor")
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in trees.attribute}
    # The graph is made anew from the trees alone: a converter's names and notes change from version to version.
    start, nodes, output = model.base_score, [], "prediction"
    if schema.task == "binary":
        start = math.log(start / (1 - start))
        nodes, output = [helper.make_node("Sigmoid", ["margin"], ["prediction"])], "margin"
    attributes["base_values"] = [start]
    nodes.insert(
        0, helper.make_node("TreeEnsembleRegressor", ["features"], [output], domain="ai.onnx.ml", **attributes)
    )
    graph = helper.make_graph(
        nodes,
        schema.name,
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info("prediction", TensorProto.FLOAT, [None, 1])],
    )
    opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION).SerializeToString(deterministic=True)


def matrix(frame: pl.DataFrame, schema: Schema) -> NDArray[np.float32]:
    """The frame's features as `Schema.encode` gives them, a column at once: float32, rows x features.

    Raises SchemaError for a column that is missing or holds a value of another kind.
    """
    columns = [_column(frame, feature) for feature in schema.features]
    # Rows lie together in memory: XGBoost and ONNX Runtime read them so.
    return np.ascontiguousarray(pl.DataFrame(columns).to_numpy(), dtype=np.float32)


def _column(frame: pl.DataFrame, feature: Feature) -> pl.Series:
    if feature.name not in frame.columns:
        if not feature.nullable:
            raise SchemaError(feature.name, "is missing")
        return pl.Series(feature.name, [None] * frame.height, dtype=pl.Float32)
    column = frame[feature.name]
    if not feature.nullable and column.null_count():
        raise SchemaError(feature.name, f"row {column.is_null().arg_max()} is null, expected a {feature.kind}")
    if feature.kind == "category":
        if column.dtype != pl.String:
            raise SchemaError(feature.name, f"holds {column.dtype}, expected strings")
        codes = range(len(feature.categories))
        return column.replace_strict(feature.categories, codes, default=None, return_dtype=pl.Float32)
    if not column.dtype.is_numeric():
        raise SchemaError(feature.name, f"holds {column.dtype}, expected numbers")
    number = column.cast(pl.Float32)
    if not number.is_finite().all():
        raise SchemaError(
            feature.name, f"row {(~number.is_finite()).arg_max()} is not a finite 32-bit number, nor null"
        )
    return number


def _labelled(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col(LABEL).is_not_null())


def _start(label: NDArray[np.float32], schema: Schema) -> float:
    """The prediction before the first tree: the mean of the labels."""
    if not len(label):
        raise TrainingError(f"no row has a {LABEL}: widen the period, or wait until labels are known")
    mean = float(label.mean(dtype=np.float64))
    if schema.task == "binary" and not 0 < mean < 1:
        raise TrainingError(f"every {LABEL} is {mean:g}, expected both 0 and 1: widen the period")
    return mean
