"""Images built and run for real, by buildah as root: no daemon, no registry, nothing outside the project's folder."""

import json
import os
import shutil
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.source import ROOT

STORE = ROOT / ".cache" / "containers"
BASE = "localhost/debian-python"
"""Stands in for the base image, which comes from a registry: Debian 12 with its Python 3.11, and no compiler."""
PACKAGES = "python3,python3-venv,ca-certificates"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
ISOLATED = ("--isolation", "chroot")
BUILD_SECONDS, RUN_SECONDS = 900, 180


def missing() -> str:
    """What this machine lacks to build images; empty where it has all."""
    lacking = [tool for tool in ("buildah", "debootstrap", "unshare", "ip") if not shutil.which(tool)]
    if lacking:
        return f"no {', '.join(lacking)} on this machine: install Debian's packages buildah, debootstrap and iproute2"
    return "" if os.geteuid() == 0 else "building an image without a daemon takes root here"


def buildah(*arguments: str, seconds: int = RUN_SECONDS, inside: Sequence[str] = ()) -> str:
    """What a command of buildah says. Raises AssertionError with its output where it fails.

    Args:
        inside: a command that buildah is started by, such as one that gives it a network of its own.
    """
    store = ("--root", str(STORE / "storage"), "--runroot", str(STORE / "run"))
    command = [*inside, "buildah", *store, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)[:200]}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
    return done.stdout


def base() -> str:
    """The base image, made once."""
    if not buildah("images", "--quiet", "--filter", f"reference={BASE}"):
        with working("scratch") as container:
            root = buildah("mount", container).strip()
            command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", root]
            subprocess.run(command, stdout=subprocess.DEVNULL, timeout=BUILD_SECONDS, check=True)
            # As the official image calls it.
            Path(root, "usr/bin/python").symlink_to("python3")
            buildah("umount", container)
            buildah("commit", "--quiet", "--format", "docker", container, BASE, seconds=BUILD_SECONDS)
    return BASE


def build(dockerfile: str, *, into: str, folder: Path) -> str:
    """The image of a Dockerfile of the project, under a name; steps that did not change are not taken again."""
    # Machines that reach the package index through a proxy trust the proxy's own certificate.
    trust = folder / "pip.conf"
    trust.write_text(f"[global]\ncert = {CERTIFICATES}\n")
    volumes = [f"{CERTIFICATES}:{CERTIFICATES}:ro", f"{trust}:/etc/pip.conf:ro"]
    mounted = [argument for volume in volumes for argument in ("--volume", volume)]
    given = ["--build-arg", f"BASE={base()}", "--build-arg", "SOURCE=0123456789abcdef"]
    format_ = ["--platform", "linux/amd64", "--format", "docker", "--layers"]
    named = ["--file", str(ROOT / dockerfile), "--tag", into, str(ROOT)]
    buildah("bud", *ISOLATED, *format_, *mounted, *given, *named, seconds=BUILD_SECONDS)
    return into


def described(image: str) -> dict[str, Any]:
    """Manifest and configuration of an image, as buildah keeps them."""
    found = json.loads(buildah("inspect", "--type", "image", image))
    return {"manifest": json.loads(found["Manifest"]), "config": found["OCIv1"]}


def pushed(image: str, folder: Path, format_: str) -> dict[str, Any]:
    """The manifest of an image pushed to a folder, `v2s2` or `oci`."""
    buildah("push", "--quiet", "--disable-compression", "--format", format_, image, f"dir:{folder}")
    manifest = json.loads((folder / "manifest.json").read_text())
    shutil.rmtree(folder)
    return manifest


@contextmanager
def working(image: str) -> Generator[str]:
    """A container of an image, removed in the end."""
    container = buildah("from", "--pull-never", image).strip()
    try:
        yield container
    finally:
        buildah("rm", container)


ALONE = ("unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
"""A network of its own, with a loopback and nothing else."""


def run(image: str, *command: str, user: str = "0:0") -> str:
    """What a command says inside a container that reaches nobody."""
    with working(image) as container:
        return buildah("run", *ISOLATED, "--user", user, container, "--", *command, inside=ALONE)


READ_ONLY = """
set -e
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount -t tmpfs tmpfs "$1/tmp"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
ip link set lo up
root=$1 user=$2; shift 2
exec chroot --userspec="$user" "$root" "$@"
"""


def run_read_only(image: str, *command: str, user: str) -> str:
    """What a command says inside a container whose root is read-only but for /tmp. buildah has no option for that."""
    config = described(image)["config"]["config"]
    with working(image) as container:
        root = buildah("mount", container).strip()
        alone = ["unshare", "--net", "--mount", "--propagation", "private", "--", "sh", "-c", READ_ONLY, "sh"]
        inside = ["/usr/bin/env", "-i", "-C", config["WorkingDir"], *config["Env"], *command]
        done = subprocess.run(
            [*alone, root, user, *inside], capture_output=True, text=True, timeout=RUN_SECONDS, check=False
        )
        buildah("umount", container)
    assert done.returncode == 0, f"{done.stdout[-2000:]}{done.stderr[-4000:]}"
    return done.stdout
