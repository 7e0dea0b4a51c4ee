"""The project's `Pulumi.yaml` and `Pulumi.<environment>.yaml`, read without Pulumi's CLI."""

import difflib
import json
import re
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from infra import limits, names, parsing
from infra.parsing import SettingsError
from infra.settings import Settings

STACK_KEYS = ("config", "encryptedkey", "encryptionsalt", "environment", "secretsprovider")
"""What Pulumi reads in a stack's file; it passes over any other key."""
BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """What Pulumi's engine would hand to the program."""

    project: str
    config: dict[str, str]
    secrets: frozenset[str]

    @property
    def region(self) -> str:
        """The stack's region; any will do where none is set, since the program then says so."""
        return self.config.get("aws:region", "eu-west-1")


def environments(root: Path) -> list[str]:
    """The environments that have a `Pulumi.<environment>.yaml`."""
    return sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in root.glob("Pulumi.?*.yaml"))


def read(root: Path, environment: str) -> StackFile:
    """The configuration of an environment. Raises SettingsError where a file is missing or cannot be read."""
    found = environments(root)
    if environment not in found:
        raise SettingsError(_not_there(environment, found))
    # The account project is in a folder of the project's.
    whole = root.parent.parent if environment == names.ACCOUNT else root
    own = (root / "Pulumi.yaml").relative_to(whole)
    project = _mapping(whole, own)
    name = project.get("name")
    if not isinstance(name, str):
        found_name = "missing" if name is None else repr(name)
        raise SettingsError(f"{own}: name is {found_name}, expected the project's name")
    file = own.with_name(names.settings_file(environment))
    given = _mapping(whole, file)
    if unknown := [key for key in given if key not in STACK_KEYS]:
        raise SettingsError(f"{file}: {_unread(unknown[0])}")
    values = given.get("config") or {}
    if not isinstance(values, dict):
        raise SettingsError(f"{file}: config is {values!r}, expected a mapping of <project>:<key> to values")
    config, secrets = {}, set()
    for key, value in {**_defaults(project), **values}.items():
        if not isinstance(key, str):
            raise SettingsError(f"{file}: the key {key!r} is not a string, expected <project>:<key>")
        full = key if ":" in key else f"{name}:{key}"
        if _is_secret(value):
            secrets.add(full)
            value = "[secret]"
        config[full] = _handed_over(value)
    return StackFile(project=name, config=config, secrets=frozenset(secrets))


def _not_there(environment: str, found: list[str]) -> str:
    expected = f"expected {limits.one_of(found or ['none yet'])}"
    if not environment:
        return f"no environment is given: {expected}, such as ENV={(found or ['dev'])[0]}"
    advice = f" (`make env NAME={environment}` adds one)" if names.is_environment(environment) else ""
    return f"there is no environment {environment!r}: {expected}{advice}"


def _unread(key: Any) -> str:
    """What is wrong with a key beside `config`."""
    near = difflib.get_close_matches(str(key), STACK_KEYS, 1)
    hint = f"did you mean {near[0]}? " if near else "settings stand under config; " if ":" in str(key) else ""
    return f"Pulumi does not read the key {key!r}; {hint}expected {limits.one_of(STACK_KEYS)}"


def _handed_over(value: Any) -> str:
    """The string that Pulumi makes of a value: a day that YAML has read as one is none of JSON's."""
    if isinstance(value, str | date):
        return str(value)
    return json.dumps(value, default=str)


def settings(root: Path, environment: str) -> Settings:
    """The settings of an environment. Raises SettingsError."""
    stack = read(root, environment)
    return parsing.parse(stack.config, project=stack.project, environment=environment, secrets=stack.secrets)


def account_ids(stack: StackFile) -> list[str]:
    """The accounts that the stack may be brought up in, `aws:allowedAccountIds`; empty where it is bound to none.

    Raises SettingsError.
    """
    text = stack.config.get("aws:allowedAccountIds", "[]")
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(re.fullmatch(r"\d{12}", str(entry)) for entry in found):
        raise SettingsError(f"aws:allowedAccountIds is {text!r}, expected a list of account numbers of 12 digits")
    return [str(entry) for entry in found]


def _defaults(project: dict[str, Any]) -> dict[str, Any]:
    """The values that `Pulumi.yaml` itself gives, plain or under `value` or `default`."""
    given = project.get("config")
    if not isinstance(given, dict):
        return {}
    plain = {
        key: entry.get("value", entry.get("default")) if isinstance(entry, dict) else entry
        for key, entry in given.items()
    }
    return {key: value for key, value in plain.items() if value is not None}


def _is_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return "secure" in value or any(map(_is_secret, value.values()))
    return isinstance(value, list) and any(map(_is_secret, value))


class _Loader(yaml.SafeLoader):
    """YAML in which a key may appear once, and 20:00 is a text, as Pulumi reads it: no number to base 60."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> Any:
        if kind is yaml.ScalarNode and implicit[0] and BASE_60.fullmatch(value):
            return self.DEFAULT_SCALAR_TAG
        return super().resolve(kind, value, implicit)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} appears twice", problem_mark=key_node.start_mark)
            seen.add(key if isinstance(key, Hashable) else None)
        return super().construct_mapping(node, deep)


def _mapping(root: Path, file: Path) -> dict[str, Any]:
    """What a file holds, which an error calls by its path from the root."""
    try:
        data = yaml.load((root / file).read_text(encoding="utf-8"), _Loader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" line {mark.line + 1}" if mark else ""
        raise SettingsError(f"{file}{where} is not YAML that Pulumi reads: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        raise SettingsError(f"{file} is not YAML that Pulumi reads: {reason}") from error
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from error
    if not isinstance(data, dict):
        found = "is empty" if data is None else "holds a list" if isinstance(data, list) else "holds no keys"
        raise SettingsError(f"{file} {found}, expected a mapping of keys to values")
    return data
