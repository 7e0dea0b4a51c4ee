"""The file by which the server's connections learn of a new password."""

import json
import stat

import pytest

from tracking.configuration import Configuration, ConfigurationError
from tracking.passfile import Passfile, SecretError


def test_the_file_follows_the_secret_and_nobody_else_can_read_it(tmp_path):
    held = {"username": "mlflow", "password": "first"}
    passfile = Passfile(tmp_path / "database", lambda: json.dumps(held))
    assert passfile.refresh() == "mlflow"
    assert passfile.path.read_text() == "*:*:*:mlflow:first\n"
    assert stat.S_IMODE(passfile.path.stat().st_mode) == 0o600
    held["password"] = r"second:\ "
    passfile.refresh()
    assert passfile.path.read_text() == "*:*:*:mlflow:second\\:\\\\ \n"


def test_an_unchanged_secret_leaves_the_file_alone(tmp_path):
    passfile = Passfile(tmp_path / "database", lambda: '{"username": "a", "password": "b"}')
    passfile.refresh()
    before = passfile.path.stat().st_ino
    passfile.refresh()
    assert passfile.path.stat().st_ino == before


BESIDE = {"username": "a", "password": "b\n*:*:*:c:d"}


@pytest.mark.parametrize(
    "secret",
    [
        *("", "no JSON", "[]", "{}", '{"username": "a"}', '{"username": "a", "password": ""}'),
        *('{"username": "a", "password": 5}', json.dumps(BESIDE)),
    ],
)
def test_a_secret_of_another_form_is_refused_and_not_shown(tmp_path, secret):
    with pytest.raises(SecretError) as caught:
        Passfile(tmp_path / "database", lambda: secret).refresh()
    assert not secret or secret not in str(caught.value)
    assert not (tmp_path / "database").exists()


def test_every_variable_that_is_missing_is_named():
    with pytest.raises(ConfigurationError, match="TRACKING_ADDRESS, TRACKING_PORT, TRACKING_DATABASE_HOST"):
        Configuration.from_env({})
