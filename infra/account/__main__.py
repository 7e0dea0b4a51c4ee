"""What Pulumi runs in this folder: the project's own folder is two above."""

import sys
from pathlib import Path

root = Path(__file__).resolve().parents[2]
if str(root) not in sys.path:
    sys.path.insert(0, str(root))

from infra.account import program  # noqa: E402

program.make(root)
