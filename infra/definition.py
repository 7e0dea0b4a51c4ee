"""The pipeline's definition, compiled from `ml.steps` by `make pipeline`, and filled in for one stack."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.instances import has_own_disk
from infra.source import ROOT, SourceError, missing

FILE = Path(__file__).with_name("pipeline.json")
INPUTS = (
    "ml/steps.py",
    "ml/wiring.py",
    "infra/definition.py",
    "infra/sagemaker_pipeline.py",
    "requirements/pipeline.txt",
)
"""What the definition depends on."""
COMMAND = ("python", "-m", "ml.cli", "step")
HANDED_ON = "pipeline"
"""The prefix of the models bucket under which steps hand files on."""
STRINGS = ("Role", "Image", "Key", "Region", "Instance", "TrainingInstance")
INTEGERS = ("MaxSeconds", "MaxWaitSeconds")
"""The parameters that the stack fills in, beside the variables of `ml.wiring`."""
JOBS = ("Processing", "Training")


def inputs_digest(root: Path = ROOT) -> str:
    """A hash of what the definition depends on. Raises SourceError where a file is missing."""
    total = hashlib.sha256()
    for name in INPUTS:
        if not (root / name).exists():
            raise missing(root, name, "the pipeline is compiled from")
        total.update(f"{name}\0{hashlib.sha256((root / name).read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def load(file: Path = FILE) -> dict[str, Any]:
    """The definition as it was compiled.

    Raises SourceError where it is missing or no definition, or where what it depends on has changed since.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        compiled, made_from = content["definition"], content["inputs"]
    except FileNotFoundError:
        raise SourceError(f"infra/{file.name} is missing: `make pipeline` makes it from {INPUTS[0]}") from None
    except (ValueError, LookupError, TypeError):
        raise SourceError(f"infra/{file.name} is not what `make pipeline` wrote: run `make pipeline` again") from None
    if made_from != inputs_digest():
        raise SourceError(
            f"infra/{file.name} is stale: one of {', '.join(INPUTS)} has changed since. Run `make pipeline`"
        )
    return compiled


def filled(
    definition: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    tags: Mapping[str, str],
    vpc_config: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The definition with the stack's values as defaults, so that a person can start it by its name alone.

    What depends on the values and cannot be a parameter is put in or left out: the stack's tags, the network's
    interfaces, and the key of a disk that is part of the instance.
    """
    copy = json.loads(json.dumps(definition))
    for parameter in copy["Parameters"]:
        if parameter["Name"] in values:
            parameter["DefaultValue"] = values[parameter["Name"]]
    for step in jobs(copy):
        cluster, instance = _cluster(step)
        if has_own_disk(str(values[instance])):
            cluster.pop("VolumeKmsKeyId", None)
        step["Arguments"]["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        if vpc_config:
            arguments = step["Arguments"]
            (arguments if step["Type"] == "Training" else arguments["NetworkConfig"])["VpcConfig"] = vpc_config
    return copy


def jobs(definition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps that are jobs, those inside of conditions too, in order."""
    found: list[dict[str, Any]] = []
    for step in definition["Steps"]:
        if step["Type"] in JOBS:
            found.append(step)
        for branch in ("IfSteps", "ElseSteps"):
            found += jobs({"Steps": step.get("Arguments", {}).get(branch, [])})
    return found


def _cluster(step: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """A job's cluster, and the parameter that names its instance type."""
    if step["Type"] == "Training":
        return step["Arguments"]["ResourceConfig"], "TrainingInstance"
    return step["Arguments"]["ProcessingResources"]["ClusterConfig"], "Instance"
