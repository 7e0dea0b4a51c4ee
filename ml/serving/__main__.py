"""`python -m ml.serving`: the model server."""

import argparse
import sys

from ml.serving.server import BAD_SETTINGS, run
from ml.serving.settings import ServerSettings, SettingsError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m ml.serving", description="Serve one model bundle over HTTP.")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 in a container (default: loopback)")
    arguments = parser.parse_args()
    try:
        return run(ServerSettings.from_env(), host=arguments.host, port=arguments.port)
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return BAD_SETTINGS


sys.exit(main())
