"""The two shipped environments, planned once."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pulumi.runtime.resource
import pytest
import yaml
from pulumi.runtime.proto import source_pb2

from infra.offline import Program, run
from infra.source import ROOT
from tests.infra.planned import PROJECT, SHIPPED

# Pulumi notes down where in the code each resource is made: with pytest's frames a tenth of a plan, and no test asks.
pulumi.runtime.resource._get_stack_trace = source_pb2.StackTrace  # ty: ignore[invalid-assignment]


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the environments that are shipped, whatever has been made of this project's own since."""
    folder = tmp_path_factory.mktemp("shipped")
    for env, config in SHIPPED.items():
        _project(folder, config, env=env)
    return folder


@pytest.fixture(scope="session")
def dev(shipped: Path) -> Program:
    return run(shipped, "dev")


@pytest.fixture(scope="session")
def prod(shipped: Path) -> Program:
    return run(shipped, "prod")


@pytest.fixture(scope="session", params=["dev", "prod"])
def program(request: pytest.FixtureRequest) -> Program:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Program]:
    """The program of an environment with the given settings, planned once for all who ask."""
    programs: dict[str, Program] = {}

    def plan(**config: Any) -> Program:
        key = repr(config)
        if key not in programs:
            programs[key] = run(_project(tmp_path_factory.mktemp("project"), config), "try")
        return programs[key]

    return plan


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """A project folder whose environment `try` has the given settings."""

    return partial(_project, tmp_path)


def _project(folder: Path, config: dict[str, Any] | str | None = None, name: str = PROJECT, env: str = "try") -> Path:
    shutil.copy(ROOT / "__main__.py", folder)
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": name, "runtime": "python"}))
    keys = {} if config is None or isinstance(config, str) else config
    given = {"aws:region": "eu-west-1", f"{name}:alertEmail": "a@example.com"} | {
        key if ":" in key else f"{name}:{key}": value for key, value in keys.items()
    }
    text = config if isinstance(config, str) else yaml.safe_dump({"config": given})
    (folder / f"Pulumi.{env}.yaml").write_text(text)
    return folder
