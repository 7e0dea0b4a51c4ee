"""The images' sources: which files go into each, and the hash that names what they build."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ("Dockerfile", "requirements/train.txt", "ml")


class SourceError(Exception):
    """A file that the program is made from is missing or cannot be used. `__main__.py` says so without a traceback."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """An image: what it is built from, and for which machines."""

    purpose: str
    dockerfile: str
    content: tuple[str, ...]
    """Files and folders of the project."""
    architecture: str
    """As Docker calls it."""
    builder: str
    """The type of CodeBuild's environment, of the same architecture."""
    builder_image: str


APP = Recipe(
    purpose="the image that trains and serves",
    dockerfile="Dockerfile",
    content=CONTENT,
    # SageMaker takes one architecture.
    architecture="amd64",
    builder="LINUX_CONTAINER",
    builder_image="aws/codebuild/amazonlinux-x86_64-standard:5.0",
)
TRACKING = Recipe(
    purpose="the image of the MLflow server",
    dockerfile="tracking/Dockerfile",
    content=("tracking", "requirements/tracking.txt"),
    architecture="arm64",
    builder="ARM_CONTAINER",
    builder_image="aws/codebuild/amazonlinux-aarch64-standard:3.0",
)


def missing(root: Path, name: str, use: str) -> SourceError:
    """What is said of a file or folder of the project that is not there; `use` ends "what"."""
    return SourceError(
        f"{name} is missing in {root.name}/, expected what {use}: `git checkout -- {name}` brings it back"
    )


def files(root: Path = ROOT, content: Sequence[str] = CONTENT) -> dict[str, Path]:
    """The files that an image is built from, by their path in the project.

    Raises SourceError where one of `content` is missing.
    """
    found = {}
    for name in content:
        path = root / name
        if not path.exists():
            raise missing(root, name, "an image is built from")
        for entry in sorted(_inside(path)) if path.is_dir() else [path]:
            found[entry.relative_to(root).as_posix()] = entry
    return found


def _inside(path: Path) -> Iterator[Path]:
    """The files in a folder and its folders, without what is compiled or hidden."""
    for entry in path.iterdir():
        if entry.name == "__pycache__" or entry.name.startswith("."):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _inside(entry)
        elif entry.is_file():
            yield entry


def digest(found: dict[str, Path]) -> str:
    """A hash of paths and contents, not of times or modes: the same on every machine."""
    total = hashlib.sha256()
    for name, path in sorted(found.items()):
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()[:16]
