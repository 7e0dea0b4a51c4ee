"""The server process: uvicorn, one app, one model."""

import asyncio
import contextlib
import gc
import socket
import sys

import uvicorn

from ml import bundle
from ml.bundle import BundleError
from ml.serving import model
from ml.serving.app import App
from ml.serving.capture import Capture
from ml.serving.connection import Connection, watch
from ml.serving.emitted import BASELINE, Emitted
from ml.serving.metrics import Metrics
from ml.serving.outbox import Outbox
from ml.serving.settings import ServerSettings

# From sysexits.h. uvicorn itself ends with 1 where it cannot listen.
BUNDLE_REFUSED = 65
BAD_SETTINGS = 78
GRACE_SECONDS = 20


def config(app: object, *, host: str, port: int, capture: Capture | None = None) -> uvicorn.Config:
    """How every server of this project runs on uvicorn; the router of the local endpoint too."""
    protocol = type("Connection", (Connection,), {"outbox": Outbox(capture)})
    return uvicorn.Config(
        app,  # ty: ignore[invalid-argument-type]
        host=host,
        port=port,
        loop="auto",
        http=protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def run(settings: ServerSettings, *, host: str, port: int) -> int:
    """Serves until SIGTERM, which lets requests in flight finish. Returns the exit code."""
    metrics = Metrics()
    capture = Capture.to(settings.capture, metrics)
    emitted = _emitted(settings)
    app = App(metrics=metrics, capture=capture, variant=settings.variant, emitted=emitted)
    server = Server(config(app, host=host, port=port, capture=capture), emitted)
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        return runner.run(_serve(server, app, settings))


class Server(uvicorn.Server):
    """Writes down what was counted last when no request is left: after that, the signal ends the process."""

    def __init__(self, config: uvicorn.Config, emitted: Emitted | None) -> None:
        super().__init__(config)
        self._emitted = emitted

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        if self._emitted is not None:
            self._emitted.write()


def _emitted(settings: ServerSettings) -> Emitted | None:
    if not settings.metrics_namespace:
        return None
    return Emitted(
        namespace=settings.metrics_namespace,
        endpoint=settings.endpoint,
        release=bundle.release(settings.sha256) or BASELINE,
        descriptor=sys.stdout.fileno(),
    )


async def _serve(server: uvicorn.Server, app: App, settings: ServerSettings) -> int:
    """Listens at once, and takes traffic when the model is verified: health checks see the difference."""
    watching = asyncio.create_task(watch(server.server_state.connections))
    loading = asyncio.create_task(asyncio.to_thread(_load, settings))
    refused = []

    def loaded(task: asyncio.Task[model.Model]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            refused.append(error)
            server.should_exit = True
        elif not task.cancelled():
            app.use(task.result())
            # What is alive now stays: the collector need not look at it again while requests wait.
            gc.collect()
            gc.freeze()

    loading.add_done_callback(loaded)
    await server.serve()
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    if not refused:
        return 0
    if not isinstance(refused[0], BundleError):
        raise refused[0]
    print(f"the bundle is refused and takes no traffic: {refused[0]}", file=sys.stderr)  # noqa: T201
    return BUNDLE_REFUSED


def _load(settings: ServerSettings) -> model.Model:
    if settings.model is not None:
        return model.load(settings.model, settings.sha256)
    from ml.baseline import bundle_bytes

    archive = bundle_bytes()
    return model.load(archive, bundle.digest(archive))


def listener(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A bound socket, for a server that is told its port."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound
