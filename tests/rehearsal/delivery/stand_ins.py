"""What a bootstrap runs on the machine, as much of it as it uses: Pulumi's CLI, and git."""

import json
import subprocess
from pathlib import Path

import yaml

from infra import offline
from infra.rehearsal.apply import LOOKED_UP, Cloud
from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Resource


class Pulumi:
    """As much of Pulumi's CLI as a bootstrap uses: writes what `stack init` writes, and applies the account's stack."""

    def __init__(self, root: Path, aws: Aws) -> None:
        self.root, self.aws, self.commands = root, aws, []

    def __call__(self, command: list[str]) -> None:
        self.commands.append(command)
        folder = self.root / (command[command.index("--cwd") + 1] if "--cwd" in command else ".")
        if "init" in command:
            name = command[command.index("init") + 1]
            project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
            file = folder / f"Pulumi.{name}.yaml"
            assert yaml.safe_load(file.read_text())["secretsprovider"] == command[-1]
            before = file.read_text().replace("encryptedkey: AQICAHsealed\n", "")
            file.write_text(before + "encryptedkey: AQICAHsealed\n")
            bucket = project["backend"]["url"].removeprefix("s3://").partition("?")[0]
            self.keep(bucket, f"{project['name']}/{name}", [])
        else:
            self.up(folder)

    def up(self, folder: Path) -> None:
        if not self.aws.pages("iam", "ListPolicies", "Policies", Scope="Local"):
            cloud = Cloud(self.aws)
            offline.run(folder, "account", mocks=cloud)
            project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
            self.keep(state(self.root), f"{project['name']}/account", cloud.resources)

    def keep(self, bucket: str, stack: str, resources: list[Resource]) -> None:
        """Writes a stack's state, as much of it as a bootstrap reads."""
        held = [{"id": made.id, "external": made.note == LOOKED_UP} for made in resources]
        body = json.dumps({"version": 3, "checkpoint": {"latest": {"resources": held}}})
        self.aws.call("s3", "PutObject", Bucket=bucket, Key=f".pulumi/stacks/{stack}.json", Body=body.encode())


def state(root: Path) -> str:
    return yaml.safe_load((root / "Pulumi.yaml").read_text())["backend"]["url"].removeprefix("s3://").partition("?")[0]


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A Test", "-c", "user.email=test@example.com"]
    return subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout
