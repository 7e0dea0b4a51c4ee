import os

import boto3

from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.servers import mlflow_server

VARIABLES = aws_variables("http://127.0.0.1:9", "eu-west-1")


def test_nothing_of_the_users_own_account_is_seen(monkeypatch, tmp_path):
    config = tmp_path / "config"
    config.write_text("[profile mine]\nregion = us-west-2\nendpoint_url = https://elsewhere.example.com\n")
    own = {
        "AWS_PROFILE": "mine",
        "AWS_CONFIG_FILE": str(config),
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL_S3": "https://s3.example.com",
        "MLFLOW_TRACKING_URI": "https://mlflow.example.com",
        "HTTPS_PROXY": "http://proxy.example.com:3128",
    }
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    with environment(VARIABLES):
        s3, credentials = boto3.client("s3"), boto3.Session().get_credentials()
        assert s3.meta.endpoint_url == "http://127.0.0.1:9"
        assert s3.meta.region_name == "eu-west-1"
        assert credentials
        assert (credentials.access_key, credentials.token) == ("rehearsal", None)
        assert "MLFLOW_TRACKING_URI" not in os.environ
        assert "127.0.0.1" in os.environ["NO_PROXY"]
    assert {name: os.environ[name] for name in own} == own


def test_the_variables_are_put_back_after_an_error(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "mine")
    before = dict(os.environ)
    try:
        with environment(VARIABLES):
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert dict(os.environ) == before


def test_a_default_session_from_before_is_not_used():
    boto3.setup_default_session(region_name="us-west-2")
    try:
        with environment(VARIABLES):
            assert boto3.client("sns").meta.region_name == "eu-west-1"
        assert boto3.client("sns").meta.region_name == "us-west-2"
    finally:
        boto3.DEFAULT_SESSION = None


def test_a_second_run_in_the_same_folder_does_not_meet_the_first_ones_password(tmp_path):
    first = mlflow_server(tmp_path, "s3://bucket/mlflow", "http://127.0.0.1:9", "eu-west-1")
    (tmp_path / "auth.db").write_bytes(b"the first one's users")
    second = mlflow_server(tmp_path, "s3://bucket/mlflow", "http://127.0.0.1:9", "eu-west-1")
    assert first.password != second.password
    assert not (tmp_path / "auth.db").exists()
