"""The tools that generate from the template, kept away from the user's own settings."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
IDENTITY = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "A Test", "EMAIL": "test@example.com"}.items()
}


@dataclass(frozen=True)
class Tools:
    """Commands run as a user runs them; `isolated` gives them a home and a git identity of their own."""

    home: Path

    def __call__(self, *command: str | Path, cwd: Path, isolated: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs to the end and returns what was said on stdout and stderr together, whatever the exit code."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("GIT_", "MAKE", "MFLAGS", "COOKIECUTTER_")) and name not in ("ARGS", "ENV")
        }
        inherited.setdefault("UV_CACHE_DIR", str(ROOT / ".cache" / "uv"))
        own = {"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1", **IDENTITY}
        return subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=inherited | own if isolated else inherited,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def succeed(self, *command: str | Path, cwd: Path, isolated: bool = True) -> str:
        done = self(*command, cwd=cwd, isolated=isolated)
        assert done.returncode == 0, f"{command} exited with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def cookiecutter(self, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
        return self(sys.executable, "-m", "cookiecutter", *arguments, cwd=cwd)

    def cruft(self, *arguments: str | Path, cwd: Path) -> str:
        return self.succeed(sys.executable, "-m", "cruft", *arguments, cwd=cwd)

    def commit(self, repository: Path, message: str) -> None:
        self.succeed("git", "add", "--all", cwd=repository)
        self.succeed("git", "commit", "--quiet", "--message", message, cwd=repository)
