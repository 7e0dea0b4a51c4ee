"""Every rule, by subject."""

from collections.abc import Sequence

from infra.policies import (
    audit,
    belonging,
    containers,
    databases,
    delivery,
    encryption,
    functions,
    hidden,
    iam,
    images,
    network,
    pipelines,
    serving,
    sharing,
    storage,
    watching,
)
from infra.policies.rule import Finding, Resource, Rule, found

SUBJECTS: dict[str, tuple[Rule, ...]] = {
    "Buckets": storage.RULES,
    "Encryption": encryption.RULES,
    "Roles": iam.RULES,
    "Delivery": delivery.RULES,
    "Secrets": hidden.RULES,
    "Sharing": sharing.RULES,
    "Images and builds": images.RULES,
    "Pipelines": pipelines.RULES,
    "Models and endpoints": serving.RULES,
    "Networks": network.RULES,
    "Functions": functions.RULES,
    "Databases": databases.RULES,
    "Containers": containers.RULES,
    "Logs and alarms": watching.RULES,
    "Audit": audit.RULES,
    "Belonging": belonging.RULES,
}
RULES: tuple[Rule, ...] = tuple(rule for rules in SUBJECTS.values() for rule in rules)


def findings(stack: Sequence[Resource]) -> list[Finding]:
    """What the rules find in the resources of one stack."""
    return list(found(RULES, stack))
