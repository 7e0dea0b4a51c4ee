"""JSON documents, such as policies, in which some values are known only once a resource was made."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi


def written(statements: Sequence[Mapping[str, Any]]) -> str:
    """A policy document of statements in which everything is known."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


def dumps(document: Any) -> pulumi.Output[str]:
    """The document as JSON, as `Output.json_dumps` gives it, which makes futures and a task of every constant in it."""
    outputs: dict[int, pulumi.Output[Any]] = {}

    def gather(value: Any) -> None:
        if not isinstance(value, pulumi.Output):
            raise TypeError(f"{value!r} is a {type(value).__name__}, expected JSON or an output of Pulumi")
        outputs[id(value)] = value

    json.dumps(document, default=gather)

    def filled(values: list[Any]) -> str:
        known = dict(zip(outputs, values, strict=True))
        return json.dumps(document, default=lambda output: known[id(output)])

    return pulumi.Output.all(*outputs.values()).apply(filled)
