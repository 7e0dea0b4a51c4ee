"""The database's password is replaced while the server runs, and nobody has to do anything."""

import time

import pytest

from tests.rehearsal.server.task import Task
from tracking.__main__ import REFRESH_SECONDS
from tracking.configuration import CLIENT

pytestmark = pytest.mark.slow

SEARCH = "/api/2.0/mlflow/experiments/search"
CREATE = "/api/2.0/mlflow/experiments/create"


def test_a_replaced_password_is_found_by_the_server_that_runs(task: Task):
    assert task.ask("POST", CREATE, CLIENT, name="before").status_code == 200
    task.rotate()
    task.disconnect()
    deadline = time.monotonic() + 3 * REFRESH_SECONDS
    while (answer := task.ask("POST", SEARCH, max_results=10)).status_code != 200 and time.monotonic() < deadline:
        time.sleep(1)
    assert answer.status_code == 200, task.log.read_text()[-2000:]
    assert "before" in {entry["name"] for entry in answer.json()["experiments"]}
    assert task.ask("POST", CREATE, CLIENT, name="after").status_code == 200


def test_a_server_that_starts_anew_finds_what_was_there_and_takes_new_passwords_of_its_users(task: Task):
    task.ask("POST", CREATE, CLIENT, name="kept")
    task.process.stop()
    task.rotate()
    old, task.passwords[CLIENT] = task.passwords[CLIENT], "another password of the jobs"
    task.start()
    names = {entry["name"] for entry in task.ask("POST", SEARCH, CLIENT, max_results=10).json()["experiments"]}
    assert "kept" in names
    task.passwords[CLIENT], new = old, task.passwords[CLIENT]
    assert task.ask("POST", SEARCH, CLIENT, max_results=10).status_code == 401
    task.passwords[CLIENT] = new


def test_no_password_is_in_the_log(task: Task):
    text = task.log.read_text()
    assert not [password for password in task.passwords.values() if password in text]
