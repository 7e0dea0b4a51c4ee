"""A user's first hour: generate, install, check, plan."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ml.dataset import FAULTS
from ml.monitoring import power
from tests.template.answers import AWKWARD
from tests.template.generators import Tools

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

SERVING = {
    "serverless": {"project_name": 'Überflug\'s "2013" model 🛫', "project_slug": "a-twenty-four-letter-one"},
    "real-time": {"project_name": "2nd model", "aws_region": "us-east-1", "monthly_budget": "7"},
}

COME_TO: dict[str, dict[str, Any]] = {
    "dev": {
        "aws:region": "us-west-2",
        "serving": {"mode": "real-time", "instances": 2},
        "rollout": {"strategy": "canary", "percent": 50},
        "tracking": {"mode": "url", "url": "https://mlflow.example.com"},
        "batch": {"instances": 2},
        "data": {"protect": True},
    },
    "staging": {"serving": {"mode": "async", "instances": 2}, "rollout": {"strategy": "all-at-once"}},
    "prod": {"serving": {"mode": "lambda"}, "rollout": {"strategy": "canary"}, "monthlyBudget": 7},
}
"""What a team may have made of the settings, an environment of its own among them."""


@pytest.fixture(scope="module")
def installed(
    bake: Callable[..., Path], tools: Tools, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Path]]:
    """A project for each serving target; the first installs its own .venv and lends it to the others."""
    projects: dict[str, Path] = {}
    for serving, answers in SERVING.items():
        project = bake(tmp_path_factory.mktemp("project"), serving=serving, **answers)
        if projects:
            (project / ".venv").symlink_to(next(iter(projects.values())) / ".venv")
        else:
            tools.succeed("make", "install", cwd=project, isolated=False)
        projects[serving] = project
    yield projects
    # pytest keeps the folders of its last runs, and a .venv is large.
    shutil.rmtree(next(iter(projects.values())) / ".venv")


def make(tools: Tools, project: Path, *arguments: str) -> str:
    """Runs make without installing anew: the lent .venv is older than the locks that were just copied."""
    return tools.succeed("make", "--silent", "--assume-old=.venv/.installed", *arguments, cwd=project, isolated=False)


def test_the_generated_projects_own_check_is_green(installed: dict[str, Path], tools: Tools):
    assert " passed" in make(tools, installed["serverless"], "check")


def test_the_check_is_green_whatever_the_settings_have_come_to(
    bake: Callable[..., Path], installed: dict[str, Path], tools: Tools, tmp_path: Path
):
    project = bake(tmp_path, serving="real-time")
    (project / ".venv").symlink_to(installed["serverless"] / ".venv")
    make(tools, project, "env", "NAME=staging")
    for environment, settings in COME_TO.items():
        file = project / f"Pulumi.{environment}.yaml"
        config = yaml.safe_load(file.read_text())["config"]
        config |= {key if ":" in key else f"{project.name}:{key}": value for key, value in settings.items()}
        # Without the comments that were there.
        file.write_text(yaml.safe_dump({"config": config}))
        make(tools, project, "plan", f"ENV={environment}")
    assert " passed" in make(tools, project, "check")


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize("serving", SERVING)
def test_the_generated_program_is_planned(installed: dict[str, Path], tools: Tools, serving: str, environment: str):
    project = installed[serving]
    plan = json.loads(make(tools, project, "plan", f"ENV={environment}", "ARGS=--json"))

    types = [resource["type"] for resource in plan["resources"]]
    assert types.count("aws:sagemaker/endpoint:Endpoint") == 1
    assert all("{{" not in json.dumps(resource) for resource in plan["resources"])
    assert plan["outputs"]["endpoint_name"].startswith(f"{project.name}-{environment}")


@pytest.mark.parametrize("answers", AWKWARD.values(), ids=AWKWARD)
def test_the_program_is_planned_from_awkward_answers(
    bake: Callable[..., Path],
    installed: dict[str, Path],
    tools: Tools,
    tmp_path: Path,
    answers: dict[str, str],
):
    project = bake(tmp_path, **answers)
    (project / ".venv").symlink_to(installed["serverless"] / ".venv")
    assert json.loads(make(tools, project, "plan", "ARGS=--json"))["resources"]


def test_the_generated_projects_demo_ends_with_a_report(installed: dict[str, Path], tools: Tools):
    project = installed["real-time"]
    make(tools, project, "demo")
    page = (project / ".demo" / "report.html").read_text()
    assert project.name in page
    # The short demo, which other tests run, leaves this out.
    part = page.partition('<section id="alarms">')[2].partition("</section>")[0]
    assert re.findall("<h3>(.*?)</h3>", part) == ["Does it cry wolf?", "Does it see a fault?"]
    assert re.findall('<tr><td class="d">(.*?)</td>', part) == [*power.KINDS, power.NO_FAULT, *FAULTS]
