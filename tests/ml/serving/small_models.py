"""Small bundles, a caller that needs no network, and bodies that a server of them answers."""

import asyncio
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from ml import bundle
from ml.schema import Feature, Schema
from ml.serving import model
from ml.serving.app import App
from ml.serving.capture import Capture
from ml.serving.metrics import Metrics

SCHEMA = Schema(
    name="parcels",
    task="binary",
    features=(
        Feature(name="weight"),
        Feature(name="size", kind="category", categories=("small", "large")),
        Feature(name="distance", nullable=False),
    ),
)
ROW = {"weight": 2.5, "size": "large", "distance": 7}
GOOD = {"weight": 0.5, "size": "small", "distance": 7}
"""A row that is like those of the reference."""
REFERENCE: dict[str, Any] = {
    "drift": {
        "features": {
            "weight": {"edges": [0.0, 1.0, 2.0, 3.0], "counts": [0, 40, 30, 30, 0, 0]},
            "size": {"categories": ["small", "large"], "counts": [50, 50, 0, 0]},
            "distance": {"edges": [0.0, 100.0], "counts": [0, 50, 0, 50]},
        }
    },
    "prediction": {"prediction": {"edges": [0.0, 0.5, 1.0], "counts": [0, 80, 20, 0, 0]}},
}


def onnx_model(*, weights=(0.1, 0.3, 0.05), bias=-1.0, sigmoid=True, missing=0.0) -> bytes:
    """A linear model; `missing` stands in for NaN, None leaves NaN as it is."""
    nodes = []
    features = "features"
    if missing is not None:
        nodes += [
            helper.make_node("IsNaN", ["features"], ["absent"]),
            helper.make_node("Where", ["absent", "missing", "features"], ["filled"]),
        ]
        features = "filled"
    nodes += [
        helper.make_node("MatMul", [features, "weights"], ["products"]),
        helper.make_node("Add", ["products", "bias"], ["sum" if sigmoid else "prediction"]),
    ]
    if sigmoid:
        nodes.append(helper.make_node("Sigmoid", ["sum"], ["prediction"]))
    constants = {"weights": [[w] for w in weights], "bias": [bias], "missing": [missing or 0.0]}
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, len(weights)])],
        [helper.make_tensor_value_info("prediction", TensorProto.FLOAT, [None, 1])],
        [numpy_helper.from_array(np.array(value, dtype=np.float32), name) for name, value in constants.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def archive(schema: Schema = SCHEMA, **options) -> bytes:
    return bundle.write(model=onnx_model(**options), schema=schema, reference={})


def save(folder: Path, **options) -> tuple[Path, str]:
    """A bundle's path and its sha256."""
    content = archive(**options)
    path = folder / f"{bundle.digest(content)[:12]}.tar.gz"
    path.write_bytes(content)
    return path, bundle.digest(content)


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        def refuse(text: str) -> float:
            raise ValueError(f"{text} is not JSON")

        return json.loads(self.body, parse_constant=refuse)

    @property
    def field(self) -> str:
        return self.json["error"]["field"]


class Client:
    """Calls an app in this process, as a server would."""

    def __init__(self, capture: Path, *, loaded: bool = True, **options) -> None:
        self.metrics = Metrics()
        self.capture = capture
        self.app = App(metrics=self.metrics, capture=Capture.to(str(capture), self.metrics), variant="champion")
        self.loop = asyncio.new_event_loop()
        if loaded:
            content = archive(**options)
            self.app.use(model.load(content, bundle.digest(content)))

    def __call__(self, path: str, body: bytes | None = None, method: str = "", **headers: str) -> Response:
        method = method or ("GET" if body is None else "POST")
        sent = {"content-type": "application/json"} if body is not None else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        }
        messages: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body or b"", "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        self.loop.run_until_complete(self.app(scope, receive, send))
        start, end = messages
        answer_headers = {name.decode(): value.decode() for name, value in start["headers"]}
        assert int(answer_headers["content-length"]) == len(end["body"])
        return Response(start["status"], answer_headers, end["body"])

    def invoke(self, document: Any, **headers: str) -> Response:
        return self("/invocations", json.dumps(document).encode(), **headers)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.capture.read_text().splitlines()]

    def close(self) -> None:
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()


def folder(tmp_path: Path) -> tuple[Path, str]:
    """A bundle as SageMaker unpacks it."""
    path, sha256 = save(tmp_path)
    with tarfile.open(path) as tar:
        tar.extractall(tmp_path / "model", filter="data")
    return tmp_path / "model", sha256
