"""The stacks that a bootstrap makes with Pulumi's CLI, and the same as commands for a person to run."""

import gzip
import json
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra import names
from infra.account import settings
from infra.account.backend import Backend
from infra.account.errors import BootstrapError

Pulumi = list[str]
"""A command of Pulumi's CLI, run in the project's folder."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack of one of the two Pulumi projects."""

    project: str
    """The Pulumi project's name."""
    name: str
    folder: str
    """The Pulumi project's folder, from the project's own."""

    @property
    def file(self) -> str:
        return str(Path(self.folder) / names.settings_file(self.name))

    def init(self, backend: Backend) -> Pulumi:
        # --cwd rather than another folder's process: the command can be copied as it is.
        return ["pulumi", *self._there, "stack", "init", self.name, "--secrets-provider", backend.secrets_provider]

    @property
    def up(self) -> Pulumi:
        return ["pulumi", *self._there, "up", "--stack", self.name]

    @property
    def _there(self) -> list[str]:
        return ["--cwd", self.folder] if self.folder != "." else []

    def has_state(self, backend: Backend, s3: Any) -> bool:
        """Whether the bucket holds state of it."""
        return bool(self._key(backend, s3))

    def made(self, id_: str, backend: Backend, s3: Any) -> bool:
        """Whether its state has a resource of that id that it made itself, not one that it only looks up."""
        key = self._key(backend, s3)
        if not key:
            return False
        body = s3.get_object(Bucket=backend.bucket, Key=key)["Body"].read()
        state = json.loads(gzip.decompress(body) if key.endswith(".gz") else body)
        # A stack that was only just made has nothing yet.
        resources = (state["checkpoint"].get("latest") or {}).get("resources") or ()
        return any(entry.get("id") == id_ and not entry.get("external") for entry in resources)

    def _key(self, backend: Backend, s3: Any) -> str:
        """Where its state is; empty where it has none. What `pulumi stack rm` leaves, a .bak, is none."""
        if not backend.bucket:
            return ""
        start = f".pulumi/stacks/{self.project}/{self.name}.json"
        listed = s3.list_objects_v2(Bucket=backend.bucket, Prefix=start).get("Contents", ())
        return next((entry["Key"] for entry in listed if entry["Key"] in (start, f"{start}.gz")), "")


ACCOUNT = Stack(project=settings.SPACE, name=names.ACCOUNT, folder=settings.FOLDER)


def environment(project: str, name: str) -> Stack:
    return Stack(project=project, name=name, folder=".")


def remaining(backend: Backend, stacks: Sequence[Stack], s3: Any, *, account_is_up: bool) -> Iterator[Pulumi]:
    """The commands that are left to run: every stack made, and the account's brought up."""
    if not ACCOUNT.has_state(backend, s3):
        yield ACCOUNT.init(backend)
    if not account_is_up:
        yield ACCOUNT.up
    for stack in stacks:
        if not stack.has_state(backend, s3):
            yield stack.init(backend)


def run(command: Pulumi, root: Path) -> None:
    """Runs a command where a person can follow it. Raises BootstrapError where it fails."""
    # What is asked is asked before: the bootstrap as a whole was confirmed.
    confirmed = [*command, "--yes"] if "up" in command else command
    try:
        subprocess.run([*confirmed, "--non-interactive"], cwd=root, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise BootstrapError(f"`{shlex.join(command)}` failed ({error}): put that right and run this again") from None
