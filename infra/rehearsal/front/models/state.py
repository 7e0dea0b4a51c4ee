"""Time as the models see it, and where they keep what they hold."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from moto.backends import get_backend
from moto.iam.models import get_account_id_from

from infra.rehearsal.front.call import Call

GLOBAL = ("iam", "s3")
"""Services that moto keeps once for all regions."""


class Clock:
    """How long a state lasts that AWS passes through: `Creating`, `Updating` and the like.

    States move on when somebody looks; a look after several states have passed sees the last one.

    Args:
        now: seconds, from any start; a test steps them.
        lasting: seconds that each passing state lasts. Minutes on AWS.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, lasting: float = 0.1) -> None:
        self.now, self.lasting = now, lasting

    def over(self, since: float) -> bool:
        """Whether a state that began then has passed."""
        return self.now() - since >= self.lasting


Operation = Callable[[Call, Clock], Mapping[str, Any] | None]
"""Answers as a layer does: raises ApiError, returns the output, or None to let the call pass to moto."""


def backend(service: str, call: Call) -> Any:
    """moto's own backend of a service, of the caller's account and region."""
    account = get_account_id_from(call.access_key)
    return get_backend(service)[account]["aws" if service in GLOBAL else call.region]  # ty: ignore[no-matching-overload]


def has_role(role: str, call: Call) -> bool:
    """Whether the account has the role of an ARN."""
    return role in {known.arn for known in backend("iam", call).roles.values()}


def shelf(noun: str, owner: Any) -> dict[str, Any]:
    """What a model keeps under a noun, on a backend or an object of moto's: it goes when moto is reset."""
    return vars(owner).setdefault(f"modelled_{noun}", {})


def arn(service: str, resource: str, call: Call) -> str:
    """The ARN of a resource in the caller's account and region."""
    return f"arn:aws:{service}:{call.region}:{get_account_id_from(call.access_key)}:{resource}"
