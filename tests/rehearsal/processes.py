"""The processes that work in a folder."""

from pathlib import Path


def processes_of(project: Path) -> list[str]:
    """The command lines of processes whose working directory is the project's."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == project.resolve():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return [command for command in found if command]
