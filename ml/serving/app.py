"""The ASGI app: SageMaker's `/ping` and `/invocations`, the V2 inference protocol, and `/metrics`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

from orjson import dumps

from ml.serving import v2
from ml.serving.capture import Capture, event_time_of
from ml.serving.emitted import Emitted
from ml.serving.errors import DisconnectedError, RequestError, quote
from ml.serving.identity import prediction_ids
from ml.serving.metrics import CONTENT_TYPE, Metrics
from ml.serving.model import Model, finite
from ml.serving.payload import Record, from_json
from ml.serving.request import Headers, Receive, Send, parser, read_body
from ml.serving.turn import Turn

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]
Handler = Callable[[Headers, Any], Awaitable[Answer]]

# A larger batch is predicted in a thread, so that health checks and other callers do not wait for it.
BATCH_ROWS = 512
LONGEST_LABEL = 64
JSON = (b"content-type", b"application/json")
TEXT = (b"content-type", CONTENT_TYPE)

logger = logging.getLogger(__name__)


class App:
    """Serves one model. It answers health checks from the start, and predictions once `use` gave it a model."""

    def __init__(
        self, *, metrics: Metrics, capture: Capture | None, variant: str, emitted: Emitted | None = None
    ) -> None:
        self._metrics, self._capture, self._variant, self._emitted = metrics, capture, variant, emitted
        self._model: Model | None = None
        self._routes: dict[str, dict[str, Handler]] = {
            "/invocations": {"POST": self._invocations},
            "/ping": {"GET": self._ping},
            "/metrics": {"GET": self._exposition},
            "/v2": {"GET": self._server},
            "/v2/health/live": {"GET": self._live},
            "/v2/health/ready": {"GET": self._ready},
        }

    def use(self, model: Model) -> None:
        """Takes traffic with a verified model from now on."""
        self._release = (b"x-mlops-release", model.release.encode())
        self._metrics.release = model.release
        if self._emitted is not None:
            self._emitted.use(model.habits)
        name = f"/v2/models/{model.schema.name}"
        self._routes |= {
            name: {"GET": self._metadata},
            f"{name}/ready": {"GET": self._model_ready},
            f"{name}/infer": {"POST": self._infer},
        }
        self._turn = Turn(model)
        self._model = model

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"{scope['type']} is not served, expected http")
        headers: Headers = dict(scope["headers"])
        path = scope["path"]
        try:
            methods = self._routes.get(path)
            if methods is None:
                path = "other"
                raise RequestError("path", f"{quote(scope['path'])} is not served", 404)
            handler = methods.get(scope["method"].replace("HEAD", "GET"))
            if handler is None:
                raise RequestError("method", f"is {quote(scope['method'])}, expected {next(iter(methods))}", 405)
            status, answer_headers, body = await handler(headers, receive)
        except RequestError as refused:
            status, answer_headers, body = self._refusal(refused, headers)
            if status == 405:
                answer_headers.append((b"allow", next(iter(methods or ())).encode()))
        except DisconnectedError:
            return
        except Exception:
            logger.exception("%s failed", path)
            status, answer_headers = 500, [JSON]
            body = dumps(RequestError("server", "failed, see its log").to_dict())
        self._metrics.requests[path, status] += 1
        if self._emitted is not None:
            self._emitted.answered(path, status)
        answer_headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": answer_headers})
        await send({"type": "http.response.body", "body": body})

    async def _invocations(self, headers: Headers, receive: Receive) -> Answer:
        model = self._loaded()
        parse = parser(headers.get(b"content-type", b""), headers.get(b"content-encoding"))
        body = await read_body(headers, receive)
        started = perf_counter()
        records = parse(body, model.schema)
        ids = self._ids(model, records, headers, None)
        predictions = await self._predict(model, records)
        time = self._keep(model, records, ids, predictions, headers, perf_counter() - started)
        # What SageMaker's own capture keeps of an answer is its body.
        answer = {"release": model.release, "predictions": predictions, "prediction_ids": ids}
        if time is not None:
            answer["event_time"] = time
        return 200, [JSON, self._release], dumps(answer)

    async def _infer(self, headers: Headers, receive: Receive) -> Answer:
        model = self._loaded()
        if parser(headers.get(b"content-type", b""), headers.get(b"content-encoding")) is not from_json:
            raise RequestError("content-type", "is text/csv, expected application/json", 415)
        body = await read_body(headers, receive)
        started = perf_counter()
        records, request_id = v2.parse(body, model.schema)
        ids = self._ids(model, records, headers, request_id)
        predictions = await self._predict(model, records)
        self._keep(model, records, ids, predictions, headers, perf_counter() - started)
        return _json(v2.answer(model.schema, model.release, request_id, predictions, ids), more=(self._release,))

    @staticmethod
    def _ids(model: Model, records: list[Record], headers: Headers, request_id: str | None) -> list[str]:
        header = headers.get(b"x-amzn-sagemaker-inference-id")
        return prediction_ids(
            records, model.schema.id_column, request_id if header is None else header.decode("latin-1")
        )

    async def _predict(self, model: Model, records: list[Record]) -> list[float]:
        try:
            if len(records) == 1:
                return finite([await self._turn.predict(records[0])])
            if len(records) <= BATCH_ROWS:
                return model.predict(records)
            return await asyncio.to_thread(model.predict, records)
        except RequestError as refused:
            self._metrics.not_finite += refused.status == 422
            raise

    def _keep(
        self,
        model: Model,
        records: list[Record],
        ids: list[str],
        predictions: list[float],
        headers: Headers,
        seconds: float,
    ) -> str | None:
        """Counts and captures what is about to be answered, and says which event time the caller named.

        What is refused never comes here.
        """
        attributes = headers.get(b"x-amzn-sagemaker-custom-attributes")
        time = event_time_of(attributes) if attributes else None
        self._metrics.observe(seconds)
        self._metrics.predictions += len(predictions)
        if self._emitted is not None:
            self._emitted.predicted(seconds, records, predictions)
        if self._capture is not None:
            self._capture.write(
                ids,
                predictions,
                records,
                release=model.release,
                variant=_label(headers.get(b"x-mlops-variant")) or self._variant,
                seconds=seconds,
                event_time=time,
                request=_label(headers.get(b"x-mlops-request")),
            )
        return time

    async def _ping(self, _: Headers, __: Receive) -> Answer:
        return 200 if self._model else 503, [JSON], b"{}"

    async def _exposition(self, _: Headers, __: Receive) -> Answer:
        return 200, [TEXT], self._metrics.exposition()

    async def _server(self, _: Headers, __: Receive) -> Answer:
        return _json(v2.SERVER)

    async def _live(self, _: Headers, __: Receive) -> Answer:
        return _json({"live": True})

    async def _ready(self, _: Headers, __: Receive) -> Answer:
        return _json({"ready": self._model is not None}, 200 if self._model else 503)

    async def _metadata(self, _: Headers, __: Receive) -> Answer:
        model = self._loaded()
        return _json(v2.metadata(model.schema, model.release))

    async def _model_ready(self, _: Headers, __: Receive) -> Answer:
        return _json({"name": self._loaded().schema.name, "ready": True})

    def _loaded(self) -> Model:
        if self._model is None:
            raise RequestError("model", "is not loaded yet", 503)
        return self._model

    @staticmethod
    def _refusal(refused: RequestError, headers: Headers) -> Answer:
        answer_headers = [JSON]
        if b"expect" in headers:
            # The caller still waits for 100 Continue: what it sends next on this connection would be taken for a body.
            answer_headers.append((b"connection", b"close"))
        return refused.status, answer_headers, dumps(refused.to_dict())


def _json(document: dict[str, Any], status: int = 200, more: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    return status, [JSON, *more], dumps(document)


def _label(value: bytes | None) -> str:
    return value[:LONGEST_LABEL].decode("latin-1") if value else ""
