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
    keeping,
    network,
    pipelines,
    serving,
    sharing,
    storage,
    trust,
    unruled,
    watching,
)
from infra.policies.rule import Finding, Resource, Rule, found

ABOUT: dict[str, tuple[Rule, ...]] = {
    "Buckets": storage.RULES,
    "Encryption": encryption.RULES,
    "Keeping": keeping.RULES,
    "Roles": (*iam.RULES, *trust.RULES),
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
RULED = frozenset(type_ for rules in ABOUT.values() for rule in rules for type_ in rule.on)
"""The types that rules are about, beside those about everything."""
SUBJECTS = {**ABOUT, "Types": (unruled.rule(RULED),)}
RULES: tuple[Rule, ...] = tuple(rule for rules in SUBJECTS.values() for rule in rules)


def findings(stack: Sequence[Resource]) -> list[Finding]:
    """What the rules find in the resources of one stack."""
    return list(found(RULES, stack))
