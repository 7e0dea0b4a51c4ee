"""How a client of the stack's own tracking server gets in."""

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from ml.access import AccessError, take
from ml.wiring import Wiring

WIRED = dict.fromkeys(Wiring.variables(), "a")
OF_MLFLOW = ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_SERVER_CERT_PATH")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for name in OF_MLFLOW:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def wired(text: str) -> Wiring:
    arn = boto3.client("secretsmanager").create_secret(Name="access", SecretString=text)["ARN"]
    return Wiring.from_env({**WIRED, "MLOPS_TRACKING_ACCESS": arn})


@mock_aws
def test_user_password_and_authority_come_from_the_secret():
    take(wired(json.dumps({"username": "jobs", "password": "p", "authority": "-----BEGIN"})))
    assert (os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_TRACKING_PASSWORD"]) == ("jobs", "p")
    assert Path(os.environ["MLFLOW_TRACKING_SERVER_CERT_PATH"]).read_text() == "-----BEGIN"


def test_the_authority_s_file_goes_with_the_process():
    program = "from ml.access import _kept; path = _kept('-----BEGIN'); print(path, path.read_text())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    path, text = done.stdout.split()
    assert text == "-----BEGIN"
    assert not Path(path).exists()


@mock_aws
def test_a_server_with_a_certificate_of_the_user_s_needs_no_authority():
    take(wired(json.dumps({"username": "jobs", "password": "p"})))
    assert "MLFLOW_TRACKING_SERVER_CERT_PATH" not in os.environ


def test_where_nothing_is_asked_nothing_is_fetched():
    take(Wiring.from_env({**WIRED, "MLOPS_TRACKING_ACCESS": ""}))
    assert not [name for name in OF_MLFLOW if name in os.environ]


@mock_aws
@pytest.mark.parametrize("text", ["no JSON", "[]", '{"username": "jobs"}'])
def test_a_secret_of_another_form_is_named_and_not_shown(text: str):
    with pytest.raises(AccessError, match="is not JSON with username and password") as caught:
        take(wired(text))
    assert text not in str(caught.value)
