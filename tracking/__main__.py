"""`python -m tracking`: prepares the database, starts MLflow, and keeps the database's password current."""

import logging
import os
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import boto3

from tracking import server
from tracking.configuration import Configuration, ConfigurationError
from tracking.passfile import Passfile

REFRESH_SECONDS = 15
"""How long new connections may fail after the database's password was replaced."""
log = logging.getLogger("tracking")


def main() -> int:
    """Returns the server's exit code: whoever runs the container starts it anew."""
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    try:
        configuration = Configuration.from_env()
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    secrets = boto3.client("secretsmanager")

    def current() -> str:
        return secrets.get_secret_value(SecretId=configuration.database_secret)["SecretString"]

    passfile = Passfile(configuration.passfile, current)
    user = passfile.refresh()
    subprocess.run([sys.executable, "-m", "tracking.setup", user], check=True)  # noqa: S603
    return _watch(_start(configuration, configuration.database_uri(user)), passfile)


def _start(configuration: Configuration, database: str) -> subprocess.Popen[bytes]:
    configuration.auth_file.write_text(server.auth_file(database))
    hosts = configuration.hosts.split(",")
    command = server.command(
        address=configuration.address,
        port=int(configuration.port),
        database=database,
        storage=server.proxied(configuration.artifacts),
        hosts=hosts,
        origins=[f"https://{host}" for host in hosts],
    )
    given = {
        **server.variables(configuration.auth_file, urlsplit(configuration.artifacts).netloc),
        "MLFLOW_AUTH_ADMIN_PASSWORD": configuration.admin_password,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": configuration.session_key,
    }
    own = {name: value for name, value in os.environ.items() if not name.startswith("TRACKING_")}
    # A session of its own, so that all of its processes can be stopped together.
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "mlflow", *command], env={**own, **given}, start_new_session=True
    )


def _watch(process: subprocess.Popen[bytes], passfile: Passfile) -> int:
    def stop(_signal: int, _frame: object) -> None:
        os.killpg(process.pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while True:
        try:
            return process.wait(REFRESH_SECONDS)
        except subprocess.TimeoutExpired:
            try:
                passfile.refresh()
            except Exception as error:  # noqa: BLE001  connections that are open go on; the next look may succeed
                log.warning("the database's password could not be read: %s", type(error).__name__)


if __name__ == "__main__":
    sys.exit(main())
