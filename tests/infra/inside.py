"""Runs inside a container: starts the server as told, asks it, ends it, and prints what it found as JSON."""

import json
import os
import subprocess
import sys
import tempfile
import time
from urllib.error import URLError
from urllib.request import Request, urlopen

PATIENCE_SECONDS = 90
URL = "http://127.0.0.1:8080"
FOLDERS = ("/", "/opt/app", "/tmp")  # noqa: S108


def writes(folder: str) -> str:
    """Why a folder cannot be written to; empty where it can."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return str(error.strerror)


def ping() -> int:
    """The status of /ping, once there is a server."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urlopen(f"{URL}/ping") as answer:  # noqa: S310
                return answer.status
        except (URLError, OSError):
            if time.monotonic() > deadline or server.poll() is not None:
                raise
            time.sleep(0.2)


started, body = json.loads(sys.argv[1]), sys.argv[2].encode()
found = {"user": os.getuid(), "writes": {folder: writes(folder) for folder in FOLDERS}}
with tempfile.TemporaryFile("w+") as log:
    server = subprocess.Popen(started, stdout=log, stderr=log)
    try:
        found["ping"] = ping()
        request = Request(f"{URL}/invocations", body, {"Content-Type": "application/json"})  # noqa: S310
        with urlopen(request) as answer:  # noqa: S310
            found["invocations"] = [answer.status, json.loads(answer.read())]
    finally:
        server.terminate()
        found["code"] = server.wait(30)
        log.seek(0)
        found["log"] = log.read()[-2000:]
        sys.stdout.write(json.dumps(found))
