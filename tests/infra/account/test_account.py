"""The account project: one small stack, whose delivery roles are made once it is known for whom."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from infra import offline, plan, stackfiles
from infra.account import settings
from infra.offline import ACCOUNT, Program
from infra.parsing import SettingsError
from infra.policies import tokens
from infra.policies.rules import findings
from infra.source import ROOT
from tests.infra.planned import one, statements
from tests.infra.policy_documents import documents, faults
from tests.rehearsal.delivery.conftest import project, shipped

PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"


def test_it_has_a_boundary_and_three_roles_for_each_environment_and_one_provider(account: Program):
    roles = sorted(entry.inputs["name"] for entry in account.of_type(tokens.ROLE))
    assert roles == [f"mlops-demo-{env}-{role}" for env in ("dev", "prod") for role in ("deploy", "preview", "promote")]
    assert account.outputs["boundaries"] == {env: f"mlops-demo-{env}-boundary" for env in ("dev", "prod")}
    assert all(entry.inputs["path"] == "/delivery/" for entry in account.of_type(tokens.ROLE))
    provider = one(account, PROVIDER)
    assert (provider.protect, provider.retain_on_delete) == (True, True)
    assert provider.inputs["clientIdLists"] == ["sts.amazonaws.com"]


def test_it_breaks_no_policy_and_belongs_to_its_components(account: Program):
    assert findings(account.resources) == []
    components = {entry.urn: entry for entry in account.resources if not entry.custom}
    assert all(entry.parent in components for entry in account.resources if entry.custom)


def test_what_its_policies_say_exists(account: Program):
    checked = list(documents(account))
    assert len(checked) > 60
    denied = [entry for _, entry in checked if entry["Effect"] == "Deny"]
    assert len(denied) > 10
    # A denial is no wider for naming what is not there.
    allowed = [(name, entry) for name, entry in checked if entry["Effect"] == "Allow" and "Principal" not in entry]
    assert [f"{name}: {fault}" for name, entry in allowed for fault in faults(entry)] == []


def test_a_provider_that_is_there_is_looked_up_and_never_made(tmp_path: Path):
    adopted = offline.run(project(tmp_path / "adopted", provider="adopt") / settings.FOLDER, "account")
    assert adopted.of_type(PROVIDER) == []
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    roles = adopted.of_type(tokens.ROLE)
    assert len(roles) == 6
    for role in roles:
        assert statements(role, "assumeRolePolicy")[0]["Principal"] == {"Federated": arn}


@pytest.mark.parametrize("missing", ["repository", "ownerId", "repositoryId", "stateBucket", "stateKey"])
def test_without_one_of_them_the_roles_are_not_made_and_the_plan_says_so(tmp_path: Path, missing: str):
    folder = project(tmp_path / "project", without=missing)
    shown = CliRunner().invoke(plan.app, ["account", "--root", str(folder), "--json"])
    assert shown.exit_code == 0
    planned: dict[str, Any] = json.loads(shown.stdout)
    assert [entry["type"] for entry in planned["resources"] if not entry["component"]] == [PROVIDER]
    (said,) = [note for note in planned["notes"] if "are not made" in note]
    assert f"not made: {missing} of {settings.FILE} is not set. `make bootstrap` fills it in." in said


def test_several_that_are_not_set_are_told_together(tmp_path: Path):
    (said,) = [note for note in settings.notes(settings.read(shipped(tmp_path / "project"))) if "are not made" in note]
    assert f"stateKey of {settings.FILE} are not set. `make bootstrap` fills them in." in said


def test_this_project_s_own_account_plans_and_says_the_order_of_releases():
    shown = CliRunner().invoke(plan.app, ["account"])
    assert shown.exit_code == 0
    assert f"a release passes through {' -> '.join(settings.read(ROOT).environments)}" in shown.stdout


def test_each_environment_s_roles_name_its_own_region(tmp_path: Path):
    folder = project(tmp_path / "project")
    path = folder / "Pulumi.prod.yaml"
    path.write_text(path.read_text().replace("eu-west-1", "us-east-1"))
    planned = offline.run(folder / settings.FOLDER, "account")
    regions = {
        entry.name.split("-")[3]: {
            arn.split(":")[3] for found in statements(entry) for arn in found["Resource"] if arn != "*"
        }
        for entry in planned.of_type(tokens.POLICY)
        if entry.name.endswith("-boundary")
    }
    assert {env: found - {""} for env, found in regions.items()} == {"dev": {"eu-west-1"}, "prod": {"us-east-1"}}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"environments": ["dev"]}, "environments is dev, expected each of dev or prod once"),
        ({"environments": ["dev", "dev", "prod"]}, "environments is dev, dev, prod, expected each of"),
        ({"environments": None}, "environments is missing, expected the environments in the order"),
        ({"ownerId": "octo-org"}, "ownerId is 'octo-org', expected the number of the repository's owner"),
        ({"repository": "octo-repo"}, "repository is 'octo-repo', expected the GitHub repository that delivers"),
        ({"provider": "other"}, "provider is 'other', expected make, or adopt"),
        ({"owner": "me"}, "owner is 'me', expected one of environments, repository"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file_and_what_was_expected(tmp_path: Path, config: dict, expected: str):
    folder = project(tmp_path / "project", **config)
    with pytest.raises(SettingsError) as refused:
        settings.read(folder)
    assert f"infra/account/Pulumi.account.yaml: mlops-account:{expected}" in str(refused.value)


def test_the_account_is_no_environment_and_its_project_has_the_root_s_toolchain():
    assert "account" not in stackfiles.environments(ROOT)
    root, own = (yaml.safe_load((ROOT / folder / "Pulumi.yaml").read_text()) for folder in ("", settings.FOLDER))
    # Without `main`, Pulumi takes the path from the project file's folder: docs/bootstrap.md.
    assert own["runtime"]["options"] == {"toolchain": "pip", "virtualenv": "../../.venv"}
    assert root["runtime"]["options"] == {"toolchain": "pip", "virtualenv": ".venv"}
    assert "main" not in own
    assert own["requiredPulumiVersion"] == root["requiredPulumiVersion"]
