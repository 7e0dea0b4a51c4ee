"""The variables that point AWS and MLflow clients at the rehearsal, and at nothing of the user's own."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cache

import boto3
import botocore.session
from botocore.loaders import create_loader

from infra.rehearsal.credentials import ADMIN, Credentials

LOADER = create_loader()
"""Keeps what it has read, for every session of this process."""
AMBIENT = ("AWS_", "BOTO", "MLFLOW_", "MLOPS_")
LOOPBACK = "127.0.0.1,localhost"


def aws_variables(endpoint: str, region: str, credentials: Credentials = ADMIN) -> dict[str, str]:
    """What every AWS client reads: the endpoint, credentials that no account knows, and no profile, file or role."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        **credentials.variables,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        # delta-rs refuses plain HTTP without it.
        "AWS_ALLOW_HTTP": "true",
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
    }


def detached(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables without those of an AWS account, an MLflow server or a stack."""
    return {name: value for name, value in environ.items() if not name.startswith(AMBIENT)}


@contextmanager
def environment(variables: Mapping[str, str]) -> Generator[None]:
    """This process with the given variables and none of the user's own AWS, MLflow or stack; put back at the end."""
    before, session = dict(os.environ), boto3.DEFAULT_SESSION
    _become({**detached(before), **variables})
    boto3.DEFAULT_SESSION = _session(os.environ.get("AWS_ACCESS_KEY_ID", ""))
    try:
        yield
    finally:
        _become(before)
        boto3.DEFAULT_SESSION = session


@cache
def _session(_access_key: str) -> boto3.Session:
    """The session of one caller, which does not read the models of the services anew."""
    session = botocore.session.get_session()
    session.register_component("data_loader", LOADER)
    return boto3.Session(botocore_session=session)


def _become(variables: Mapping[str, str]) -> None:
    for name in set(os.environ) - set(variables):
        del os.environ[name]
    os.environ.update(variables)
