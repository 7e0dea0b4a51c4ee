"""What the ML code is told about the stack it runs in: the one contract with `infra/`."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Self

NO_ACCESS = "none"
"""The tracking server is a managed app, which IAM guards, or not the stack's."""


class WiringError(Exception):
    """The environment does not say what the stack made."""


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """Names and addresses of one environment's stack, each from the variable `MLOPS_<FIELD>`.

    `infra/` fills these variables for every job and container that it starts. AWS credentials, region and endpoint
    URLs are boto3's own variables, MLflow's user and password are MLflow's own.
    """

    project: str
    environment: str
    raw_bucket: str
    tables_bucket: str
    models_bucket: str
    capture_bucket: str
    tracking_uri: str
    endpoint_name: str
    metrics_namespace: str
    capture_form: str
    """How the endpoint captures: `lines`, one a prediction, or `platform`, SageMaker's own records of requests."""
    rollout: str
    """The rollout policy in local terms, JSON."""
    monitor: str
    """The monitor's settings, JSON: window, cool-down and schedule in days."""
    tracking_access: str = NO_ACCESS
    """The secret that holds what the tracking server asks of its clients, where it is the stack's own."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Reads the variables. Raises WiringError naming every one that is missing or empty."""
        missing = [
            variable(field.name)
            for field in fields(cls)
            if field.default is MISSING and not environ.get(variable(field.name))
        ]
        if missing:
            raise WiringError(
                f"not set: {', '.join(missing)}. They come from the stack's output `wiring`: "
                "docs/operating.md has the commands that export it into a shell."
            )
        given = {field.name: environ.get(variable(field.name)) for field in fields(cls)}
        return cls(**{name: value for name, value in given.items() if value})

    @classmethod
    def variables(cls) -> list[str]:
        return [variable(field.name) for field in fields(cls)]


def variable(field: str) -> str:
    """The environment variable of a Wiring field."""
    return f"MLOPS_{field.upper()}"
