"""The settings that a bootstrap writes into the project's files, without touching what else is in them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from infra.account.errors import BootstrapError

BOUND = "aws:allowedAccountIds"
"""The setting by which the provider refuses other accounts' credentials."""


def check_backend(path: Path, url: str) -> None:
    """Raises BootstrapError for a project whose state is elsewhere; `url` is empty where there is no place yet."""
    known = _backend(path)
    if known not in (None, url):
        raise BootstrapError(
            f"{path.name} keeps state in {known}, expected {url or 'no `backend` yet'}: your credentials are of "
            "another account, or `backend` is to be taken out of that file"
        )


def set_backend(path: Path, url: str) -> None:
    """Says in a project's file where state is."""
    if _backend(path) is None:
        _append(path, f"backend:\n  url: {url}\n")


def _backend(path: Path) -> str | None:
    return (_read(path).get("backend") or {}).get("url")


def set_secrets_provider(path: Path, url: str) -> None:
    """Says in a stack's file which key encrypts. Raises BootstrapError for another key."""
    known = _read(path).get("secretsprovider")
    if known not in (None, url):
        raise BootstrapError(
            f"{path.name} has secretsprovider {known}, expected {url}: "
            "`pulumi stack change-secrets-provider` moves a stack to another key"
        )
    if known is None:
        _append(path, f"secretsprovider: {url}\n")


def set_config(path: Path, values: Mapping[str, str | list[str]]) -> None:
    """Sets keys under `config` in a stack's file. Raises BootstrapError."""
    config = _read(path).get("config") or {}
    changed = {key: value for key, value in values.items() if str(config.get(key)) != str(value)}
    text = path.read_text(encoding="utf-8")
    for key, value in changed.items():
        line = f"  {key}: {json.dumps(value)}\n"
        there = re.compile(rf"^ +[\"']?{re.escape(key)}[\"']?:.*\n?", re.MULTILINE)
        text = (
            there.sub(line, text, count=1)
            if there.search(text)
            else re.sub(r"^config:[ \t]*\n", f"config:\n{line}", text, count=1, flags=re.MULTILINE)
        )
    after = (yaml.safe_load(text) or {}).get("config") or {}
    if any(after.get(key) != value for key, value in changed.items()):
        raise BootstrapError(f"{path.name}: expected `config:` on a line of its own, with keys indented below it")
    path.write_text(text, encoding="utf-8")


def bind(path: Path, account: str) -> None:
    """Binds a stack to its account, unless it is."""
    if not _bound(path):
        set_config(path, {BOUND: [account]})


def check_account(path: Path, account: str) -> None:
    """Raises BootstrapError for a stack of another account."""
    known = _bound(path)
    if known and account not in known:
        raise BootstrapError(
            f"your credentials are of account {account}, expected {' or '.join(known)} ({path.name}: {BOUND})"
        )


def _bound(path: Path) -> list[str]:
    return [str(account) for account in (_read(path).get("config") or {}).get(BOUND) or ()]


def _append(path: Path, lines: str) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text + ("" if text.endswith("\n") or not text else "\n") + lines, encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise BootstrapError(f"{path.name} cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise BootstrapError(f"{path.name} holds {type(found).__name__}, expected a mapping of keys to values")
    return found
