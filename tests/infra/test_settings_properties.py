"""Whatever the settings: a clear refusal at once, or a program that plans and passes the policies."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings

from infra import stackfiles
from infra.offline import STACK, Program, run
from infra.parsing import SettingsError
from infra.policies.rules import findings
from infra.settings import Settings
from tests.infra.any_settings import hostile, well_formed
from tests.infra.planned import PROJECT

pytestmark = pytest.mark.slow

REFUSAL_SECONDS = 2
WORKLESS = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def read(root: Path, values: Mapping[str, Any]) -> Settings | str:
    """The settings in a file with these values, or the refusal. What Pulumi itself refuses as YAML is a refusal too."""
    config = {"aws:region": "eu-west-1"} | {f"{PROJECT}:{key}": value for key, value in values.items()}
    (root / "Pulumi.any.yaml").write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    began = time.process_time()
    try:
        return stackfiles.settings(root, "any")
    except SettingsError as refused:
        return str(refused)
    finally:
        assert time.process_time() - began < REFUSAL_SECONDS


@settings(WORKLESS, max_examples=500)
@given(values=hostile())
def test_what_cannot_be_used_is_refused_with_the_file_and_what_was_expected(shipped, values):
    result = read(shipped, values)
    if isinstance(result, str):
        assert "Pulumi.any.yaml" in result or "Pulumi.yaml" in result
        problems = [line for line in result.splitlines()[1:] if line.strip()] or [result]
        for problem in problems:
            assert re.search(r"expected|is not a setting|did you mean|is not YAML", problem), result


@settings(WORKLESS, max_examples=40)
@given(values=well_formed())
def test_what_can_be_used_plans_and_breaks_no_policy(shipped, values):
    assume(isinstance(read(shipped, values), Settings))
    program = run(shipped, "any")
    assert [finding for finding in findings(program.resources) if finding.mandatory] == []
    assert orphans(program) == []


def orphans(program: Program) -> list[str]:
    """Resources that no component holds."""
    return [entry.urn for entry in program.resources if entry.custom and entry.parent.split("::")[2] == STACK]


def test_enough_of_what_is_drawn_can_be_used(shipped):
    drawn = []

    @settings(WORKLESS, max_examples=60)
    @given(values=well_formed())
    def draw(values):
        drawn.append(isinstance(read(shipped, values), Settings))

    draw()
    assert sum(drawn) > len(drawn) / 6
