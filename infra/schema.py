"""`python -m infra.schema`: the JSON Schema of `Pulumi.<environment>.yaml`, by which editors complete and check it.

It is kept in `infra/settings.schema.json`, which the first line of each such file names.
"""

import json
from pathlib import Path
from typing import Any

from infra.parsing import OUTSIDE
from infra.settings import Settings

FILE = Path(__file__).with_name("settings.schema.json")
OTHERS = "aws", "aws-native", "docker", "github", "kubernetes", "pulumi", "random", "tls"
"""Name spaces of Pulumi's own: any other is the project's."""


def document() -> dict[str, Any]:
    """The schema. A project's name is not known here: a key is its own unless it is of another name space."""
    model = Settings.model_json_schema()
    internal = [name for name in OUTSIDE if name in model["properties"]]
    region = {key: value for key, value in model["properties"]["region"].items() if key != "title"}
    keys = {f"^[^:]+:{name}$": value for name, value in model["properties"].items() if name not in internal}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The settings of one environment",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "properties": {"aws:region": region},
                "patternProperties": {**keys, f"^({'|'.join(OTHERS)}):": {}},
                "additionalProperties": False,
            }
        },
        "$defs": model["$defs"],
    }


def text() -> str:
    return json.dumps(document(), indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
