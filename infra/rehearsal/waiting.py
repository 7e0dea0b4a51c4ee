"""States that pass, waited for as the provider waits for them."""

import time
from collections.abc import Callable
from typing import Any

from infra.rehearsal.aws import RefusedError

PATIENCE_SECONDS, LOOK_SECONDS = 30, 0.05
"""The models' states pass in less than a second each."""


def wait(call: str, look: Callable[[], dict[str, Any]], status: str, passing: set[str], good: set[str]) -> None:
    """Looks until a state has passed, as the provider does. Raises RefusedError where what comes is not good.

    Args:
        call: the call that describes, for the message.
        status: the field that holds the state.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while (seen := look())[status] in passing and time.monotonic() < end:
        time.sleep(LOOK_SECONDS)
    if seen[status] not in good:
        raise RefusedError(call, f"{seen[status]}: {seen.get('FailureReason', 'no reason is given')}")


def wait_gone(call: str, look: Callable[[], dict[str, Any]]) -> None:
    """Looks until what is deleted is not there any more."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            look()
        except RefusedError as error:
            if error.missing:
                return
            raise
        time.sleep(LOOK_SECONDS)
    raise RefusedError(call, f"still there after {PATIENCE_SECONDS} s")
