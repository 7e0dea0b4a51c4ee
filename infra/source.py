"""The image's source: which files go into it, and the hash that names what they build."""

import hashlib
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
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for entry in inside:
            relative = entry.relative_to(root)
            left_out = any(part == "__pycache__" or part.startswith(".") for part in relative.parts)
            if entry.is_file() and not left_out:
                found[relative.as_posix()] = entry
    return found


def digest(found: dict[str, Path]) -> str:
    """A hash of paths and contents, not of times or modes: the same on every machine."""
    total = hashlib.sha256()
    for name, path in sorted(found.items()):
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()[:16]
