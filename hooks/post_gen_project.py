"""Stop when the source could not carry symlinks, and the real code did not arrive."""

import json
import sys
from pathlib import Path

for name in json.loads(r"""{{ cookiecutter._copy_without_render | tojson }}"""):
    path = Path(name)
    arrived = any(path.iterdir()) if path.is_dir() else path.is_file() and not path.read_text().startswith("../")
    if not arrived:
        sys.exit(f"{name} did not arrive: this source has no symlinks. Generate from a git URL or a git checkout.")
