"""What dynamic resources are told of the place where they work, as Pulumi's provider is."""

from pathlib import Path

import pytest

from infra import session

CONFIG = """
[default]
aws_access_key_id = OF-default
aws_secret_access_key = x
[profile mine]
region = us-east-1
aws_access_key_id = OF-mine
aws_secret_access_key = x
"""


@pytest.fixture(autouse=True)
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text(CONFIG)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))


@pytest.mark.parametrize(("config", "key"), [({"aws:profile": "mine"}, "OF-mine"), ({}, "OF-default")])
def test_the_profile_of_the_stack_s_settings_is_the_one_that_asks(config: dict[str, str], key: str):
    place = session.connection_of({"aws:region": "eu-west-1", **config})
    client = session.client("sts", place)
    assert client._request_signer._credentials.access_key == key
    assert client.meta.region_name == "eu-west-1"


def test_an_endpoint_of_the_settings_is_asked_in_aws_s_place():
    endpoints = '[{"sts": "http://127.0.0.1:9", "appautoscaling": "http://127.0.0.1:8"}]'
    place = session.connection_of({"aws:region": "eu-west-1", "aws:endpoints": endpoints})
    assert session.client("sts", place).meta.endpoint_url == "http://127.0.0.1:9"
    # The provider calls it otherwise than boto3.
    assert session.client("application-autoscaling", place).meta.endpoint_url == "http://127.0.0.1:8"
    assert "127.0.0.1" not in session.client("s3", place).meta.endpoint_url
