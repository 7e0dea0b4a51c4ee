"""What GitHub says of the repository that delivers: its numbers, and how it writes the subject of its tokens.

docs.github.com/en/rest/actions/oidc
"""

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from infra.account.trust import Repository

Run = Callable[[Sequence[str]], str]
"""Runs a command and gives what it printed. Raises OSError or subprocess.CalledProcessError."""
URL = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(\.git)?/?$")


def named(root: Path) -> str:
    """The repository that the project's own file names; empty where it names none."""
    import tomllib

    try:
        urls = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return ""
    found = URL.match(str(urls.get("Repository", "")))
    return found[1] if found else ""


def look_up(name: str, run: Run) -> Repository | str:
    """The repository with its numbers, or why they are not known."""
    try:
        known = json.loads(run(["gh", "api", f"repos/{name}"]))
        return Repository(name=known["full_name"], owner_id=str(known["owner"]["id"]), repository_id=str(known["id"]))
    except FileNotFoundError:
        return "GitHub's CLI, gh, is not installed"
    except (OSError, subprocess.CalledProcessError, ValueError, KeyError, TypeError) as error:
        said = getattr(error, "stderr", None) or str(error)
        return (
            f"`gh api repos/{name}` failed: {str(said).strip().splitlines()[0] if str(said).strip() else 'no reason'}"
        )


def warnings(repository: Repository, run: Run) -> Iterator[str]:
    """What of the repository's tokens would not be what the roles trust: nobody would get in."""
    path = f"repos/{repository.name}/actions/oidc/customization/sub"
    try:
        subject: dict[str, Any] = json.loads(run(["gh", "api", path]))
    except (OSError, subprocess.CalledProcessError, ValueError):
        yield f"how {repository.name} writes its tokens' subjects is not known: see `gh api {path}`"
        return
    if subject.get("use_default") is not True or subject.get("use_immutable_subject") is not True:
        yield (
            f"{repository.name} does not write GitHub's own immutable subjects, which the roles trust: "
            f"`gh api --method PUT {path} -F use_default=true -F use_immutable_subject=true`"
        )
