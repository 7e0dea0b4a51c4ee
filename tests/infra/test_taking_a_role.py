"""What docs/operating.md puts into a shell for a role of the stack is what the ML code then reads."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jmespath
import pytest

from infra.offline import Program
from infra.source import ROOT
from ml.wiring import Wiring, WiringError
from tests.infra.aws_cli import SESSION, known_to_the_cli

PAGE = (ROOT / "docs" / "operating.md").read_text()
PART = PAGE.partition("\n## Take a role of the stack\n")[2].partition("\n## ")[0]
BLOCK, INGEST = re.findall(r"```sh\n(.*?)```", PART, re.DOTALL)
ARN = "arn:aws:iam::123456789012:role/mlops-demo-prod-access-releaser-1234567"
KEYS = {"AccessKeyId": "ASIA1", "SecretAccessKey": "a/b+c=", "SessionToken": "x" * 300 + "=="}
STAND_IN = """#!{python}
import json, sys
told = json.loads({told!r})
asked = " ".join(sys.argv[1:])
sys.exit(f"{{asked}}: not expected") if asked not in told else print(told[asked])
"""
"""A command that knows a few questions, and the answer to each."""


def awkward(variable: str) -> str:
    return json.dumps({"of": variable, "text": "it's $HOME; `id`"})


@pytest.fixture
def taken(tmp_path: Path, prod: Program) -> dict[str, str]:
    """The variables of a shell that ran the page's commands, with stand-ins for Pulumi's CLI and AWS's."""
    query = re.findall(r"credentials='(.+)'", BLOCK)[0]
    roles = dict.fromkeys(prod.outputs["roles"], "another") | {"releaser": ARN}
    pulumi = {
        "stack output wiring --json --stack prod": json.dumps({name: awkward(name) for name in prod.outputs["wiring"]}),
        "stack output roles --json --stack prod": json.dumps(roles),
        "config get aws:region --stack prod": "eu-west-1",
    }
    assume = f"sts assume-role --role-arn {ARN} --role-session-name someone --query {query} --output json"
    given = jmespath.search(query, {"Credentials": KEYS | {"Expiration": "2026-01-01T00:00:00Z"}})
    for name, told in {"pulumi": pulumi, "aws": {assume: json.dumps(given)}}.items():
        file = tmp_path / name
        file.write_text(STAND_IN.format(python=sys.executable, told=json.dumps(told)))
        file.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MLOPS_"))}
    environ = kept | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "USER": "someone"}
    script = f"set -e -o pipefail\n{BLOCK}\nenv -0\n"
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(entry.split("=", 1) for entry in done.stdout.split("\0") if entry)


def test_the_stack_s_variables_are_those_that_the_ml_code_reads_whatever_is_in_them(taken: dict[str, str]):
    wiring = Wiring.from_env(taken)
    assert wiring.rollout == awkward("MLOPS_ROLLOUT")
    assert {name: taken[name] for name in Wiring.variables()} == {name: awkward(name) for name in Wiring.variables()}


def test_the_role_s_credentials_and_the_region_are_boto3_s_own(taken: dict[str, str]):
    own = {name: value for name, value in taken.items() if name.startswith("AWS_")}
    assert own == {
        "AWS_ACCESS_KEY_ID": KEYS["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": KEYS["SecretAccessKey"],
        "AWS_SESSION_TOKEN": KEYS["SessionToken"],
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    answer = SESSION.get_service_model("sts").operation_model("AssumeRole").output_shape.members["Credentials"]
    assert set(KEYS) < set(answer.members)


def test_the_commands_for_aws_are_the_cli_s_and_the_roles_the_stack_s(prod: Program):
    (assume,) = re.findall(r"aws sts assume-role .*? --output json", BLOCK)
    known_to_the_cli(assume)
    assert set(re.findall(r"`(\w+)` (?:brings|asks|moves)", PART)) == set(prod.outputs["roles"])


def test_who_has_no_variables_is_sent_to_that_page():
    with pytest.raises(WiringError, match=r"docs/operating\.md has the commands"):
        Wiring.from_env({})


def test_a_batch_is_brought_in_by_a_command_with_such_options():
    words = INGEST.split()
    shown = subprocess.run(
        [sys.executable, *words[1:4], "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert words[:4] == [".venv/bin/python", "-m", "ml.cli", "ingest"]
    known = re.findall(r"--[\w-]+", shown.stdout)
    assert [word for word in words if word.startswith("--") and word not in known] == []
