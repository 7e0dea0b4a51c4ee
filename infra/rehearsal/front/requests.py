"""Requests held to what AWS checks in them: botocore's model of the operation, and the rules across fields."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from infra.rehearsal.aws import Aws, RefusedError
from infra.rehearsal.checks import refusals
from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError


class Requests:
    """Refuses what AWS refuses before it does anything. The code is one for all; each service has its own on AWS."""

    def __init__(self, url: str) -> None:
        """`url` is where the mock AWS answers: some rules look at what is there already."""
        self._aws = cache(lambda region: Aws(url, region))

    def __call__(self, call: Call) -> None:
        def ask(service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any] | None:
            try:
                return self._aws(call.region).call(service, operation, **request)
            except RefusedError as refused:
                if refused.missing:
                    return None
                raise

        if found := refusals(call.model, call.parameters, ask):
            raise ApiError("ValidationException", "; ".join(found))
