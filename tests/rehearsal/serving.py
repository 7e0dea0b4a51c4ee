"""A mock AWS in this process: moto behind its whole front, or behind a front of the given layers."""

import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager

from werkzeug.serving import make_server

from infra.rehearsal.front.app import Front, Layer
from infra.rehearsal.moto import RequestHandler, application


def serving(*layers: Layer) -> AbstractContextManager[str]:
    """The URL where moto answers behind the layers."""
    return served(application(layers))


@contextmanager
def served(app: Front) -> Generator[str]:
    """The URL where it answers, on loopback, until the context ends."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=RequestHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
