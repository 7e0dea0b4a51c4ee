"""Whether Pulumi's CLI is there, and new enough."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import yaml

from infra.doctor.result import Result, fault, fine, unknown

CHECK = "Pulumi CLI"
INSTALL = "install it: www.pulumi.com/docs/install"


def check(root: Path) -> Iterator[Result]:
    """Compares `pulumi version` with what `Pulumi.yaml` requires."""
    wanted = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8")).get("requiredPulumiVersion", "")
    program = shutil.which("pulumi")
    if program is None:
        yield fault(CHECK, f"there is no `pulumi` on the path, expected {wanted or 'any version'}", INSTALL)
        return
    try:
        done = subprocess.run([program, "version"], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        yield fault(CHECK, f"`pulumi version` does not answer: {error}", INSTALL)
        return
    version, least = _parts(done.stdout), _parts(wanted)
    if done.returncode or version is None:
        yield unknown(
            CHECK, f"`pulumi version` says {done.stdout.strip() or done.stderr.strip()!r}, no version", INSTALL
        )
    elif least is not None and version < least:
        # Older ones only warn where a resource hook fails.
        yield fault(
            CHECK, f"it is {_text(version)}, expected {wanted} (Pulumi.yaml)", "pulumi self-update or " + INSTALL
        )
    else:
        yield fine(CHECK, f"it is {_text(version)}, expected {wanted or 'any version'}")


def _parts(text: str) -> tuple[int, ...] | None:
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else None


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
