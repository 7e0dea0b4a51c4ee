"""Laptop, image and CI install the same bytes."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
GROUPS = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
LOCKS = {group: ROOT / ("requirements.txt" if group == "infra" else f"requirements/{group}.txt") for group in GROUPS}


APART = {"bench", "managed", "pipeline"}
"""Groups with an environment of their own."""


def pins(group: str) -> list[Requirement]:
    """The requirements of a lock, without their hashes."""
    text = LOCKS[group].read_text().replace("\\\n", " ")
    return [Requirement(line.partition(" --hash")[0]) for line in text.splitlines() if line.strip()]


def versions(group: str) -> dict[str, str]:
    return {canonicalize_name(pin.name): str(pin.specifier) for pin in pins(group)}


def direct(group: str) -> list[Requirement]:
    """The group's own requirements, included groups among them."""
    return [
        requirement
        for entry in GROUPS[group]
        for requirement in (direct(entry["include-group"]) if isinstance(entry, dict) else [Requirement(entry)])
    ]


def test_every_group_has_a_lock_and_every_lock_a_group():
    assert set((ROOT / "requirements").iterdir()) | {ROOT / "requirements.txt"} == set(LOCKS.values())


@pytest.mark.parametrize("group", ["train", "serve"])
def test_what_trains_and_serves_does_not_fork(group: str):
    names = [canonicalize_name(pin.name) for pin in pins(group)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("group", sorted(GROUPS.keys() - APART))
def test_groups_agree_on_every_version(group: str):
    train, other = versions("train"), versions(group)
    assert {name: train[name] for name in train.keys() & other.keys()} == {
        name: other[name] for name in train.keys() & other.keys()
    }


@pytest.mark.parametrize("group", GROUPS)
def test_every_requirement_is_pinned_and_hashed(group: str):
    lines = LOCKS[group].read_text().replace("\\\n", " ").splitlines()
    assert lines
    for line in lines:
        assert re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line


@pytest.mark.parametrize("group", GROUPS)
def test_a_lock_names_no_index_and_no_host(group: str):
    assert not re.search(
        r"://|index-url|find-links|trusted-host|^-| @ |\.(com|org|net|io)\b", LOCKS[group].read_text(), re.MULTILINE
    )


@pytest.mark.parametrize("group", GROUPS)
def test_a_lock_holds_what_its_group_asks_for(group: str):
    locked = {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in pins(group)}
    for requirement in direct(group):
        assert locked[canonicalize_name(requirement.name)] in requirement.specifier, requirement


@pytest.mark.parametrize("group", GROUPS)
def test_every_direct_dependency_has_a_lower_bound(group: str):
    for requirement in direct(group):
        assert {clause.operator for clause in requirement.specifier} & {">=", "==", "~="}, requirement
