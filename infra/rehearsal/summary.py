"""What the demo's report says of the program: its resources, its cost, and which of its policies the loop needed."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from infra import cost, notes, prices
from infra.rehearsal.destroy import Leftovers
from infra.rehearsal.entry import How, Resource
from infra.rehearsal.rehearse import MLFLOW_BY_URL, Rehearsal
from infra.settings import Settings

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
DOCUMENTS = {
    ROLE_POLICY: "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:iam/role:Role": "assumeRolePolicy",
    "aws:kms/key:Key": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
}
"""The resources that hold a policy document, and the input that it is."""


def of(rehearsal: Rehearsal, leftovers: Leftovers, settings: Settings) -> dict[str, Any]:
    """The report's part on a rehearsal that was destroyed, as JSON data."""
    real = [resource for resource in rehearsal.resources if resource.how is not How.COMPONENT]
    estimate = cost.estimate((resource.type, resource.name, resource.inputs) for resource in real)
    return {
        "resources": [_row(resource) for resource in rehearsal.resources],
        "summary": f"The program has {size(rehearsal.resources)}. They were applied in dependency order and destroyed "
        f"in reverse. {decided(rehearsal.resources, rehearsal.aws.statements_used())}",
        "notes": [*notes.of(settings), *notes.of_budget(settings, estimate)],
        "destroyed": f"After the loop everything was deleted in reverse order, and {leftovers}. "
        + " ".join(f"{kept[0].upper()}{kept[1:]}." for kept in leftovers.kept),
        "leftovers": bool(leftovers),
        "cost": {
            "total": estimate.total,
            "note": f"{prices.BASIS}. What is billed by use says its rate. {estimate.left_out}",
            "lines": [
                {"name": line.name, "what": line.detail, "monthly": line.usd, "source": line.source}
                for line in estimate.lines
                if line.usd is not None
            ],
            "unpriced": [f"{line.type} {line.name}: {line.detail}" for line in estimate.unpriced],
        },
    }


def size(resources: Sequence[Resource]) -> str:
    """What the plan counts, in its words, and how far each resource got."""
    counts = Counter(resource.how for resource in resources if resource.type != MLFLOW_BY_URL)
    components = counts.pop(How.COMPONENT, 0)
    parts = ", ".join(f"{counts[how]} {how}" for how in How if counts[how])
    return f"{notes.size(counts.total(), components)}: {parts}"


def decided(resources: Sequence[Resource], used: set[tuple[str, int]]) -> str:
    """How many of the statements that allow something let the loop through.

    Args:
        used: as `Aws.statements_used` gives them.
    """
    allowing = Counter[str]()
    for resource in resources:
        if document := resource.inputs.get(DOCUMENTS.get(resource.type, "")):
            allowing[resource.type] += sum(entry["Effect"] == "Allow" for entry in json.loads(document)["Statement"])
    # A role's own policies are named behind the role.
    own = sum("/" in policy for policy, _index in used)
    of_roles = allowing.pop(ROLE_POLICY, 0)
    return (
        f"IAM was enforced. Of the {of_roles} statements of roles, {own} let through what the loop asked for; of the "
        f"{allowing.total()} in trust, bucket, key and topic policies, {len(used) - own}. The others are for what this "
        "run did not do."
    )


def _row(resource: Resource) -> dict[str, Any]:
    return {
        "type": resource.type,
        "name": resource.name,
        "parent": resource.parent,
        "protect": resource.protect,
        "how": str(resource.how),
        "note": resource.note,
    }
