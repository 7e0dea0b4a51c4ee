"""What carries a fixed name is the same resource to Pulumi in every mode of serving.

Pulumi makes what is new before it deletes what is left over. The same name of the same type under another URN would
be made while it is there: AWS refuses that, and the change fails half-way.
"""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from infra.offline import Program
from infra.rehearsal.table import ENTRIES
from tests.infra.ways import LAMBDA, MODES

EVERY: dict[str, dict[str, Any]] = {**MODES, "lambda": LAMBDA}


def fixed(program: Program) -> dict[tuple[str, str], str]:
    """The URNs of what has a name that is written in the program, by type and name."""
    found: dict[tuple[str, str], str] = {}
    for resource in program.resources:
        naming = ENTRIES[resource.type].naming if resource.type in ENTRIES else None
        if naming is None or not (name := resource.inputs.get(naming.field)) or resource.uses.get(naming.field):
            continue
        key = (resource.type, name)
        assert key not in found, f"{resource.urn} and {found[key]} are both called {name}"
        found[key] = resource.urn
    return found


@pytest.mark.parametrize(("before", "after"), list(combinations(EVERY, 2)))
def test_a_change_of_the_mode_makes_no_name_that_is_there(planned: Callable[..., Program], before: str, after: str):
    old, new = fixed(planned(**EVERY[before])), fixed(planned(**EVERY[after]))
    assert old.keys() & new.keys()
    assert not {key: (old[key], urn) for key, urn in new.items() if old.get(key, urn) != urn}
