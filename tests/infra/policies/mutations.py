"""Every way in which a program is broken on purpose, with the rule that it breaks."""

from infra.offline import Program
from infra.policies.rules import RULES
from tests.infra.policies.broken_data import DATA
from tests.infra.policies.broken_delivery import DELIVERY
from tests.infra.policies.broken_network import NETWORK
from tests.infra.policies.broken_rights import RIGHTS
from tests.infra.policies.broken_running import RUNNING
from tests.infra.policies.broken_tracking import TRACKING

BROKEN = [
    (rule, what, mutation)
    for rule, ways in {**DATA, **RIGHTS, **DELIVERY, **RUNNING, **NETWORK, **TRACKING}.items()
    for what, mutation in ways.items()
]


def whole(rule: str, dev: Program, prod: Program) -> Program:
    """The program in which a rule is to be broken: prod, or dev for what prod has not."""
    (on,) = [known.on for known in RULES if known.name == rule]
    return prod if any(entry.type in on for entry in prod.resources) else dev
