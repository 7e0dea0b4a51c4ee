"""Images built and run for real, by buildah as root: no daemon, no registry, nothing outside the project's folder."""

import ctypes
import fcntl
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra import source
from infra.build import MANIFEST
from infra.source import ROOT, Recipe

STORE = ROOT / ".cache" / "containers"
BASE = "localhost/debian-python"
"""Stands in for the base image, which comes from a registry: Debian 12 with its Python 3.11, and no compiler."""
PACKAGES = "python3,python3-venv,ca-certificates"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
ISOLATED = ("--isolation", "chroot")
BUILD_SECONDS, RUN_SECONDS = 900, 180
HERE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
"""This machine's architecture, as Docker calls it."""
CLONE_NEWNET = 0x40000000
COMPILERS = ("gcc", "cc", "c++", "g++", "clang", "make", "ld", "as", "rustc", "go")


def missing() -> str:
    """What this machine lacks to build images; empty where it has all."""
    lacking = [tool for tool in ("buildah", "debootstrap", "unshare", "ip") if not shutil.which(tool)]
    if lacking:
        return f"no {', '.join(lacking)} on this machine: install Debian's packages buildah, debootstrap and iproute2"
    return "" if os.geteuid() == 0 else "building an image without a daemon takes root here"


def buildah(*arguments: str, seconds: int = RUN_SECONDS) -> str:
    """What a command of buildah says. Raises AssertionError with its output where it fails."""
    store = ("--root", str(STORE / "storage"), "--runroot", str(STORE / "run"))
    command = ["buildah", *store, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)[:200]}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
    return done.stdout


def base() -> str:
    """The base image, made once for all tests: whoever comes meanwhile waits."""
    STORE.mkdir(parents=True, exist_ok=True)
    with (STORE / "base.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make_base()
    return BASE


def _make_base() -> None:
    if not buildah("images", "--quiet", "--filter", f"reference={BASE}"):
        with working("scratch") as container:
            root = buildah("mount", container).strip()
            command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", root]
            subprocess.run(command, stdout=subprocess.DEVNULL, timeout=BUILD_SECONDS, check=True)
            # As the official image calls it.
            Path(root, "usr/bin/python").symlink_to("python3")
            buildah("umount", container)
            buildah("commit", "--quiet", "--format", "docker", container, BASE, seconds=BUILD_SECONDS)


def build(recipe: Recipe, *, architecture: str, into: str, folder: Path, **arguments: str) -> str:
    """The image of a recipe, under a name, from what is uploaded for it; steps that did not change are not taken again.

    Args:
        folder: an empty one, to work in.
        arguments: of the build, beside those that are the same for all.
    """
    context = folder / "context"
    for name, path in source.files(content=recipe.content).items():
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, context / name)
    # Machines that reach the package index through a proxy trust the proxy's own certificate.
    trust = folder / "pip.conf"
    trust.write_text(f"[global]\ncert = {CERTIFICATES}\n")
    volumes = [f"{CERTIFICATES}:{CERTIFICATES}:ro", f"{trust}:/etc/pip.conf:ro"]
    mounted = [argument for volume in volumes for argument in ("--volume", volume)]
    values = {"BASE": base(), "SOURCE": "0123456789abcdef", **arguments}
    given = [argument for name, value in values.items() for argument in ("--build-arg", f"{name}={value}")]
    format_ = ["--platform", f"linux/{architecture}", "--format", "docker", "--layers"]
    named = ["--file", str(context / recipe.dockerfile), "--tag", into, str(context)]
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


def assert_one_image(image: str, manifest: Mapping[str, Any], architecture: str) -> None:
    """One image for one architecture, with Docker's manifest and nothing beside it."""
    assert manifest["mediaType"] == MANIFEST
    assert manifest["config"]["mediaType"] == "application/vnd.docker.container.image.v1+json"
    assert {layer["mediaType"] for layer in manifest["layers"]} == {"application/vnd.docker.image.rootfs.diff.tar"}
    # An attestation would come beside the image in an index of manifests.
    assert "manifests" not in manifest
    config = described(image)["config"]
    assert (config["os"], config["architecture"]) == ("linux", architecture)


def tools(image: str, names: Sequence[str]) -> list[str]:
    """Where an image has programs of these names."""
    look = 'for tool; do command -v "$tool" || true; done'
    return run(image, "sh", "-c", look, "sh", *names).split()


@contextmanager
def working(image: str) -> Generator[str]:
    """A container of an image, removed in the end."""
    container = buildah("from", "--pull-never", image).strip()
    try:
        yield container
    finally:
        buildah("rm", container)


@contextmanager
def alone() -> Generator[None]:
    """A network with a loopback and nothing else, for this thread and all that it starts."""
    libc = ctypes.CDLL(None, use_errno=True)

    def succeeded(code: int) -> None:
        if code:
            raise OSError(ctypes.get_errno(), "no network of its own")

    with Path("/proc/thread-self/ns/net").open() as before:
        succeeded(libc.unshare(CLONE_NEWNET))
        try:
            subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
            yield
        finally:
            succeeded(libc.setns(before.fileno(), CLONE_NEWNET))


def run(image: str, *command: str, user: str = "0:0") -> str:
    """What a command says inside a container that reaches nobody."""
    with working(image) as container, alone():
        return buildah("run", *ISOLATED, "--user", user, container, "--", *command)


READ_ONLY = """
set -e
root=$1 user=$2 writable=$3; shift 3
touch "$root/etc/hosts"
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
for folder in $writable; do
  mount -t tmpfs -o "$(stat --format uid=%u,gid=%g,mode=%a "$root$folder")" tmpfs "$root$folder"
done
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind /etc/hosts "$root/etc/hosts"
exec chroot --userspec="$user" "$root" "$@"
"""


@contextmanager
def read_only(image: str, *, user: str, writable: Sequence[str]) -> Generator[list[str]]:
    """How a command is started in a container whose root is read-only: buildah has no option for that.

    Variables may stand before the command, as `NAME=value`.

    Args:
        writable: folders of the image that something empty is mounted over, with the folder's owner and mode.
    """
    config = described(image)["config"]["config"]
    with working(image) as container:
        root = buildah("mount", container).strip()
        apart = ["unshare", "--mount", "--propagation", "private", "--", "sh", "-c", READ_ONLY, "sh"]
        inside = ["/usr/bin/env", "-i", "-C", config["WorkingDir"], *config["Env"]]
        try:
            yield [*apart, root, user, " ".join(writable), *inside]
        finally:
            buildah("umount", container)


def run_read_only(image: str, *command: str, user: str, writable: Sequence[str]) -> str:
    """What a command says inside such a container, which reaches nobody."""
    with read_only(image, user=user, writable=writable) as started, alone():
        done = subprocess.run([*started, *command], capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    assert done.returncode == 0, f"{done.stdout[-2000:]}{done.stderr[-4000:]}"
    return done.stdout
