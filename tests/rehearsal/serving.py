"""A mock AWS in this process: moto behind its whole front, or behind a front of the given layers."""

import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

from werkzeug.serving import make_server

from infra.rehearsal.front.app import Front, Layer
from infra.rehearsal.moto import RequestHandler, application


def serving(*layers: Layer) -> AbstractContextManager[str]:
    """The URL where moto answers behind the layers."""
    return served(lambda _url: application(layers))


def not_yet(_environ: object, _start_response: object) -> list[bytes]:
    """What a server has for an app until its port is known."""
    return []


@contextmanager
def served(build: Callable[[str], Front]) -> Generator[str]:
    """The URL where the app that is built for it answers, on loopback, until the context ends."""
    server = make_server("127.0.0.1", 0, not_yet, threaded=True, request_handler=RequestHandler)
    url = f"http://127.0.0.1:{server.server_port}"
    server.app = build(url)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()
