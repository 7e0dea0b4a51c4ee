"""Stop when the source could not carry symlinks, and the real code did not arrive; else say what to do next."""

import json
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

for name in json.loads(r"""{{ cookiecutter._copy_without_render | tojson }}"""):
    path = Path(name)
    arrived = any(path.iterdir()) if path.is_dir() else path.is_file() and not path.read_text().startswith("../")
    if not arrived:
        sys.exit(f"{name} did not arrive: this source has no symlinks. Generate from a git URL or a git checkout.")

# A checkout in which something ran holds compiled code beside the code.
for compiled in [*Path().rglob("__pycache__")]:
    shutil.rmtree(compiled)

project = Path.cwd()
# `cruft diff` and `cruft update` generate into a folder of tempfile's, only to compare.
compared = project.parent.name.startswith(tempfile.gettempprefix()) and project.parent.parent.samefile(
    tempfile.gettempdir()
)
if not compared:
    sys.stdout.write(f"""
{project.name} was made: ML code in ml/, the Pulumi program in infra/, their tests, and a README to start from.
What to do next:
  cd {shlex.quote(str(project))}
  git init && git add . && git commit -m "From the template"
  make demo    # the whole loop on this machine: no AWS account, no cost
""")
