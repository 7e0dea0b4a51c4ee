"""This project's program under another name, with another environment or other settings."""

from pathlib import Path
from typing import Any

import yaml

from infra.source import ROOT
from tests.infra.planned import PROJECT, SHIPPED

REGION = "eu-west-1"
RELEASE = {"url": f"s3://models/approved/{'a' * 64}/model.tar.gz", "sha256": "a" * 64}


def stack(folder: Path, project: str, env: str, settings: dict[str, Any]) -> Path:
    """A folder that holds the program of `project` with one environment, beside those that it holds already."""
    (folder / "__main__.py").write_text((ROOT / "__main__.py").read_text())
    own = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({**own, "name": project}))
    given = {"alertEmail": "a@example.com", **settings}
    config = {"aws:region": REGION} | {f"{project}:{key}": value for key, value in given.items()}
    (folder / f"Pulumi.{env}.yaml").write_text(yaml.safe_dump({"config": config}))
    return folder


def shipped(folder: Path) -> Path:
    """A folder that holds the program as it is shipped, whatever settings this project has come to."""
    folder.mkdir(exist_ok=True)
    for env, settings in SHIPPED.items():
        stack(folder, PROJECT, env, settings)
    return folder
