"""The example's model in three formats, each for its server, and one row to ask all of them about."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl

from ml import bundle, dataset, features, training
from ml.dataset import SCHEMA

NAME = "model"


@dataclass
class Served:
    """A model fitted on the frame's rows, and the first of them without a missing value."""

    frame: pl.DataFrame

    @cached_property
    def fitted(self) -> Any:
        return training.fit(self.frame, SCHEMA, seed=1)

    @cached_property
    def archive(self) -> bytes:
        return bundle.write(model=training.to_onnx(self.fitted, SCHEMA), schema=SCHEMA, reference={})

    @property
    def row(self) -> dict[str, Any]:
        return self.frame.select(SCHEMA.names).drop_nulls().row(0, named=True)

    @property
    def numbers(self) -> list[float]:
        """The row as the booster takes it: categories by their codes."""
        return training.matrix(pl.DataFrame([self.row], schema=self.frame.schema, strict=False), SCHEMA)[0].tolist()

    @property
    def expected(self) -> float:
        return float(self.fitted.predict(np.array([self.numbers], dtype=np.float32))[0])

    @property
    def our_body(self) -> bytes:
        return orjson.dumps({"dataframe_records": [self.row]})

    @property
    def mlflow_body(self) -> bytes:
        return orjson.dumps({"dataframe_records": [dict(zip(SCHEMA.names, self.numbers, strict=True))]})

    @property
    def mlserver_body(self) -> bytes:
        """One tensor for all features: MLServer's quickest way, and 200 bytes less than a tensor each."""
        data = {"name": "features", "datatype": "FP32", "shape": [1, len(self.numbers)], "data": self.numbers}
        return orjson.dumps({"inputs": [data]})

    def for_us(self, folder: Path) -> dict[str, str]:
        """Our bundle; what the server's environment says of it."""
        path = folder / "model.tar.gz"
        path.write_bytes(self.archive)
        return {"MLOPS_MODEL_DIR": str(path), "MLOPS_MODEL_SHA256": bundle.digest(self.archive)}

    def for_mlflow(self, folder: Path) -> Path:
        import mlflow.xgboost

        booster = self.fitted.get_booster().copy()
        booster.feature_names = list(SCHEMA.names)
        mlflow.xgboost.save_model(booster, folder / "mlflow", pip_requirements=[], model_format="json")
        return folder / "mlflow"

    def for_mlserver(self, folder: Path, ports: dict[str, int]) -> Path:
        home = folder / "mlserver"
        home.mkdir()
        self.fitted.save_model(home / "model.json")
        # With workers of its own it needs a uvloop older than 0.22, and is no faster with one of them.
        settings = {"host": "127.0.0.1", "parallel_workers": 0, "debug": False, "metrics_endpoint": None, **ports}
        model = {
            "name": NAME,
            "implementation": "mlserver_xgboost.XGBoostModel",
            "parameters": {"uri": "./model.json"},
        }
        (home / "settings.json").write_text(json.dumps(settings))
        (home / "model-settings.json").write_text(json.dumps(model))
        return home


def example(days: int = 90) -> Served:
    """A model of the data set's first days, of the example's size."""
    end = dataset.START + (dataset.END - dataset.START) * (days / 365)
    return Served(features.build(dataset.arrivals(dataset.START, end)).filter(pl.col(dataset.LABEL).is_not_null()))
