"""moto's server, without what its own start spends on every request: `python -m infra.rehearsal.moto --port N`."""

from moto import backends, server
from moto.moto_server.werkzeug_app import MotoRequestHandler


class RequestHandler(MotoRequestHandler):
    """A connection, and a thread, for each client instead of for each request; no line for what was answered."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def main() -> None:
    modules = tuple(backends.list_of_moto_modules())
    # A look into the package's folder, a hundred files each time.
    backends.list_of_moto_modules = lambda: modules  # ty: ignore[invalid-assignment]
    server.MotoRequestHandler = RequestHandler  # ty: ignore[invalid-assignment]
    server.main()


if __name__ == "__main__":
    main()
