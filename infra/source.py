"""The image's source: which files go into it, and the hash that names what they build."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ("Dockerfile", "requirements/train.txt", "ml")


def files(root: Path = ROOT) -> dict[str, Path]:
    """The files that the image is built from, by their path in the project.

    Raises FileNotFoundError where one of `CONTENT` is missing.
    """
    found = {}
    for name in CONTENT:
        path = root / name
        if not path.exists():
            raise FileNotFoundError(f"{name} is missing in {root.name}/: the image is built from it")
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
