"""A real PostgreSQL server that takes TLS alone, for a test."""

import os
import shutil
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ml.process import free_port

ADMIN = "postgres"
HOST = "localhost"
"""As the server's certificate calls it."""


@dataclass(frozen=True, kw_only=True)
class Postgres:
    port: int
    folder: Path
    _psql: Path
    _account: str | None

    def run(self, statement: str, database: str = "postgres") -> None:
        """A statement of the superuser's, whom the socket's folder lets in."""
        command = [self._psql, "-qX", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p", str(self.port), "-U", ADMIN]
        subprocess.run([*command, "-d", database, "-c", statement], check=True, user=self._account, cwd="/")


def binaries() -> Path:
    """The folder of PostgreSQL's programs; skips the test where there are none."""
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("initdb")
    if not known and not on_path:
        pytest.skip("PostgreSQL is not installed (Debian's package postgresql)")
    return known[-1] if known else Path(on_path or "").parent


@contextmanager
def postgres(folder: Path, certificate: tuple[bytes, bytes]) -> Generator[Postgres]:
    """A server with its data in the folder, which ends with the context.

    Args:
        certificate: one for HOST, and its key, PEM.
    """
    programs, port = binaries(), free_port()
    # PostgreSQL refuses to run as root.
    account = ADMIN if os.geteuid() == 0 else None
    data = folder / "data"
    for name, content in zip(("server.pem", "server.key"), certificate, strict=True):
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600 if name == "server.key" else 0o644)
    if account:
        for path in (folder, folder / "server.key"):
            shutil.chown(path, account, account)
        folder.chmod(0o755)
    made = [programs / "initdb", "-D", data, "-U", ADMIN, "--auth-local=trust", "--auth-host=scram-sha-256"]
    subprocess.run([*made, "--no-sync"], check=True, user=account, cwd="/", stdout=subprocess.DEVNULL)
    (data / "pg_hba.conf").write_text("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": folder,
        "ssl": "on",
        "ssl_cert_file": folder / "server.pem",
        "ssl_key_file": folder / "server.key",
        "fsync": "off",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "postgres.log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, *options], user=account, cwd="/", stdout=log, stderr=log
        )
        try:
            _wait(server, folder, port)
            yield Postgres(port=port, folder=folder, _psql=programs / "psql", _account=account)
        finally:
            server.terminate()
            server.wait(20)


def _wait(server: subprocess.Popen[bytes], folder: Path, port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            server.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    pytest.fail((folder / "postgres.log").read_text())
