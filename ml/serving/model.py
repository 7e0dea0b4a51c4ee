"""A verified bundle, ready to answer requests."""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml import bundle
from ml.bundle import Bundle, BundleError
from ml.schema import Schema
from ml.serving.encoder import Encoder
from ml.serving.errors import RequestError
from ml.serving.habits import Habits
from ml.serving.payload import Record


class Model:
    """A bundle with what answers need of it: the encoder of its schema, and its release's name."""

    def __init__(self, loaded: Bundle) -> None:
        """Raises BundleError where the model's answers to a probe are not finite, or not probabilities."""
        probe(loaded)
        self.schema: Schema = loaded.schema
        self.release = bundle.release(loaded.sha256)
        self.encoder = Encoder(loaded.schema)
        self.habits = Habits(loaded.reference)
        self._bundle = loaded

    def predict(self, records: list[Record]) -> list[float]:
        """One finite number a record. Raises RequestError naming a field that cannot be encoded, or the row."""
        return finite(self.answers(self.encoder.matrix(records)))

    def answers(self, matrix: NDArray[np.float32]) -> list[float]:
        """The model's answer to each row of a rows x features matrix, as it is."""
        return self._bundle.predict(matrix).tolist()


def finite(predictions: list[float]) -> list[float]:
    """The predictions, if each is a number. Raises RequestError naming the row of one that is not."""
    for row, prediction in enumerate(predictions):
        if not math.isfinite(prediction):
            raise RequestError("prediction", f"row {row} has no finite answer from this model", 422)
    return predictions


def load(source: bytes | Path, sha256: str) -> Model:
    """The model in a bundle. Raises BundleError for one that must not take traffic."""
    try:
        return Model(bundle.load(source, sha256=sha256))
    except OSError as error:
        raise BundleError(f"{source} cannot be read: {error.strerror}") from error


def probe(loaded: Bundle) -> None:
    """Asks the model for answers to zeros, ones and missing values.

    A request is not at fault when the model answers NaN, so such a release is refused before it takes traffic.
    """
    nullable = np.array([feature.nullable for feature in loaded.schema.features])
    rows = np.zeros((3, len(nullable)), dtype=np.float32)
    rows[1] = 1
    rows[2, nullable] = np.nan
    for name, answer in zip(("zeros", "ones", "missing values"), loaded.predict(rows).tolist(), strict=True):
        if not math.isfinite(answer):
            raise BundleError(f"the model answers {answer} to {name}, expected a finite number")
        if loaded.schema.task == "binary" and not -1e-6 <= answer <= 1 + 1e-6:
            raise BundleError(f"the model answers {answer} to {name}, expected a probability")
