"""Each environment, in each mode of serving, by each strategy: refused in a sentence, or made and unmade whole."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from infra import environments, stackfiles
from infra.account import settings as account
from infra.offline import run
from infra.parsing import SettingsError
from infra.policies.rules import findings
from infra.rehearsal.apply import Cloud
from infra.rehearsal.destroy import destroy
from infra.rehearsal.entry import Resource
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.request import plain
from infra.rehearsal.roles import Roles
from infra.settings import Rollout
from infra.source import ROOT
from ml import agreed
from ml.store import Bucket
from ml.wiring import Wiring
from tests.rehearsal.conftest import Bench
from tests.rehearsal.delivery.conftest import ORDER
from tests.rehearsal.modes import MODES
from tests.rehearsal.stack import RELEASE, stack

STRATEGIES: tuple[str, ...] = Rollout.model_fields["strategy"].annotation.__args__  # ty: ignore[missing-attribute]
ENVIRONMENTS = ("dev", "staging", "prod")
PAGE = (ROOT / "docs" / "serving.md").read_text()


NIGHT = {"begin": "20:00", "end": "07:00", "timeZone": "Europe/Amsterdam"}
SCALED: dict[str, dict[str, Any]] = {
    "by invocations": {
        "serving": {"mode": "real-time", "instances": 10},
        "scaling": {"minInstances": 2, "maxInstances": 20, "metric": "invocations", "target": 900},
        "offHours": {**NIGHT, "minInstances": 2, "maxInstances": 4},
    },
    "by concurrency, in an A/B test": {
        "serving": {"mode": "real-time", "instances": 10},
        "scaling": {"minInstances": 4, "maxInstances": 20, "metric": "concurrency", "target": 5},
        "rollout": {"strategy": "a-b"},
        "challenger": RELEASE,
    },
    "to none": {
        "serving": {"mode": "async", "instances": 10},
        "scaling": {"minInstances": 0, "maxInstances": 20, "metric": "backlog", "target": 5},
        "offHours": {**NIGHT, "days": "daily", "minInstances": 0, "maxInstances": 1},
    },
}


def project(folder: Path, mode: str, strategy: str) -> Path:
    """A project whose environments dev and prod serve so, and staging, which was made like prod."""
    settings = {
        "serving": {"mode": mode, **MODES[mode]},
        "rollout": {"strategy": strategy, "bakeMinutes": 4},
        "model": RELEASE,
    }
    if strategy in ("shadow", "a-b"):
        settings["challenger"] = RELEASE
    for env in ("dev", "prod"):
        stack(folder, "small", env, settings)
    (folder / account.FOLDER).mkdir(parents=True, exist_ok=True)
    (folder / account.FOLDER / "Pulumi.yaml").write_text(f"name: {account.SPACE}\nruntime: python\n")
    (folder / account.FILE).write_text(ORDER)
    return folder


def refusal(root: Path, env: str) -> str:
    """Why the settings cannot be used; empty where they can."""
    try:
        stackfiles.settings(root, env)
    except SettingsError as error:
        return str(error)
    return ""


def outcomes(folder: Path) -> dict[tuple[str, str], str]:
    """The refusal of each mode and strategy, which is the same in each environment."""
    told = {}
    for mode, strategy in product(MODES, STRATEGIES):
        root = project(folder, mode, strategy)
        lines = {env: refusal(root, env).splitlines()[1:] for env in ("dev", "prod")}
        assert lines["dev"] == lines["prod"]
        told[mode, strategy] = lines["prod"][0].strip().removeprefix("small:") if lines["prod"] else ""
    return told


def test_the_page_says_which_strategy_goes_with_which_mode(tmp_path: Path):
    told = outcomes(tmp_path)
    modes = [
        f"| `{strategy}` | {' | '.join('no' if told[mode, strategy] else 'yes' for mode in MODES)} |"
        for strategy in STRATEGIES
    ]
    refusals = [f"| {mode} | `{strategy}` | {text} |" for (mode, strategy), text in told.items() if text]
    for right in (modes, refusals):
        assert "\n".join(right) in PAGE, "docs/serving.md: put this in place of the rows:\n" + "\n".join(right)


@pytest.mark.slow
@pytest.mark.parametrize("env", ENVIRONMENTS)
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("mode", MODES)
def test_it_is_refused_or_breaks_no_policy_and_leaves_nothing(
    mode: str, strategy: str, env: str, apply: Bench, tmp_path: Path
):
    root = project(tmp_path, mode, strategy)
    if refusal(root, "prod"):
        with pytest.raises(SettingsError, match=r"rollout\.strategy is"):
            environments.add(root, "staging", like="prod")
        return
    environments.add(root, "staging", like="prod")
    _made_and_unmade(root, env, apply)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_the_first_release_is_served_by_the_stack_that_was_made_without_one(mode: str, apply: Bench, tmp_path: Path):
    """As the demo goes on: nothing is applied anew for a release."""
    root, aws = stack(tmp_path, "small", "dev", {"serving": {"mode": mode, **MODES[mode]}}), apply.aws
    with environment(aws_variables(aws.endpoint, aws.region)):
        outputs = plain(run(root, "dev", mocks=Cloud(aws)).outputs)
    buckets, key, none = outputs["buckets"], agreed.bundle_key("a" * 64), agreed.bundle_key("b" * 64)
    aws.call("s3", "PutObject", Bucket=buckets["models"], Key=key, Body=b"a bundle", IfNoneMatch="*")
    roles = Roles(aws, outputs, {}, mlflow_ready=lambda: None)
    with roles.acting("serve"):
        assert (Bucket(buckets["models"]).get(key), Bucket(buckets["models"]).get(none)) == (b"a bundle", None)
    with roles.acting("call"):
        pass
    with roles.acting("deliver"):
        folder = "platform" if Wiring.from_env().capture_form == "platform" else "capture"
        Bucket(buckets["capture"]).put(f"{folder}/{outputs['endpoint_name']}/a", b"")


@pytest.mark.slow
@pytest.mark.parametrize("env", ["dev", "prod"])
@pytest.mark.parametrize("how", SCALED)
def test_what_scales_breaks_no_policy_and_leaves_nothing(how: str, env: str, apply: Bench, tmp_path: Path):
    root = stack(tmp_path, "small", env, SCALED[how])
    made = _made_and_unmade(root, env, apply)
    assert "aws:appautoscaling/target:Target" in {entry.type for entry in made}


def _made_and_unmade(root: Path, env: str, apply: Bench) -> list[Resource]:
    planned = run(root, env)
    assert findings(planned.resources) == []
    cloud, aws = Cloud(apply.aws), apply.aws
    with environment(aws_variables(aws.endpoint, aws.region)):
        run(root, env, mocks=cloud)
        made = list(cloud.resources)
        left = destroy(cloud.resources, aws, before=apply.before)
    assert len(made) == len(planned.resources)
    assert [entry.name for entry in made if "not sent to the API" in entry.note] == []
    assert str(left) == "nothing is left"
    return made
