"""What a model server is told by its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ml.agreed import MODEL_SHA256

SAGEMAKER_FOLDER = Path("/opt/ml/model")


class SettingsError(Exception):
    """Variables that do not say which model to serve."""


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """The server's settings, from `MLOPS_MODEL_DIR`, `MLOPS_MODEL_SHA256`, `MLOPS_CAPTURE`, `MLOPS_VARIANT`,
    `MLOPS_ENDPOINT_NAME` and `MLOPS_METRICS_NAMESPACE`."""

    model: Path | None = None
    """The bundle: a folder or an archive. None: the baseline that the image carries."""
    sha256: str = ""
    capture: str = "stdout"
    """`stdout`, `off` or a file's path."""
    variant: str = "champion"
    endpoint: str = ""
    metrics_namespace: str = ""
    """Where CloudWatch keeps the metrics that go to the log. None: none are written."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ, folder: Path = SAGEMAKER_FOLDER) -> Self:
        """Reads the variables. Raises SettingsError for a model without the digest that it must have."""
        sha256, given = environ.get(MODEL_SHA256, ""), environ.get("MLOPS_MODEL_DIR", "")
        model = Path(given) if given else folder
        if not sha256 and (given or (folder.is_dir() and any(folder.iterdir()))):
            raise SettingsError(f"{model} holds a model but {MODEL_SHA256} is not set: no bundle is served unverified")
        return cls(
            model=model if sha256 else None,
            sha256=sha256,
            capture=environ.get("MLOPS_CAPTURE") or "stdout",
            variant=environ.get("MLOPS_VARIANT") or "champion",
            endpoint=environ.get("MLOPS_ENDPOINT_NAME", ""),
            metrics_namespace=environ.get("MLOPS_METRICS_NAMESPACE", ""),
        )
