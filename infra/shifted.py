"""A dynamic resource that moves a function's alias to a new version, at once or by a canary that alarms can take back.

Lambda shares requests out between two versions of an alias and leaves it at that: who shifts the rest, or goes back, is
somebody else. Here it is whoever runs `pulumi up`, which fails where an alarm goes off, with every request back on the
version before.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from infra.session import client, given

INPUTS = ("function", "alias", "version", "connection")
WAIT_SECONDS = 10
KEPT = 10
"""The newest versions stay, beside the one that answers."""


class TakenBackError(Exception):
    """An alarm went off while the new version had a part of the requests."""


class GoneError(Exception):
    """Somebody has deleted the function or its alias."""


class ShiftedProvider(ResourceProvider):
    """Makes nothing: asks which version the alias is on, and moves it.

    Where it raises, Pulumi's state stays as it was, and the next `pulumi up` tries again.
    """

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return given(news, INPUTS)

    def create(self, props: dict[str, Any]) -> CreateResult:
        _shift(props)
        return CreateResult(f"{props['function']}:{props['alias']}", props)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        if any(_olds.get(name) != _news.get(name) for name in INPUTS):
            return DiffResult(changes=True)
        # It was there; who has moved the alias since then did not tell Pulumi.
        return DiffResult(changes=_looks(client("lambda", _news["connection"]), _news) != (_news["version"], {}))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        _shift(_news)
        return UpdateResult(_news)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        seen = _looks(client("lambda", props["connection"]), props)
        # Without an id, Pulumi forgets the resource.
        return ReadResult(id_, {**props, "version": seen[0]}) if seen else ReadResult(None, {})


def _looks(functions: Any, props: dict[str, Any]) -> tuple[str, dict[str, float]] | None:
    """The version of an alias, and the shares of others beside it; None where function or alias is gone."""
    try:
        alias = functions.get_alias(FunctionName=props["function"], Name=props["alias"])
    except functions.exceptions.ResourceNotFoundException:
        return None
    return alias["FunctionVersion"], alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})


def _shift(props: dict[str, Any]) -> None:
    functions, version = client("lambda", props["connection"]), props["version"]
    seen = _looks(functions, props)
    if seen is None:
        raise GoneError(
            f"there is no alias {props['alias']} of the function {props['function']}, expected it on {version}: "
            "run `pulumi up --refresh`"
        )
    before, shares = seen
    if before != version and props["percent"]:
        _put(functions, props, before, {version: props["percent"] / 100})
        try:
            tripped = _bake(client("cloudwatch", props["connection"]), props)
        except BaseException:
            # Nobody watches it any more.
            _put(functions, props, before, {})
            raise
        if tripped:
            _put(functions, props, before, {})
            raise TakenBackError(
                f"version {version} of {props['function']} had {props['percent']:g} % of the requests when the alarm "
                f"{', '.join(tripped)} went off, so version {before} has all of them again. `pulumi up` fails until "
                f"{version} or another version holds: take the change of Pulumi.<env>.yaml back, or remove the cause, "
                "and run `pulumi up` again."
            )
    if before != version or shares:
        _put(functions, props, version, {})
    _collect(functions, props)


def _put(functions: Any, props: dict[str, Any], version: str, shares: dict[str, float]) -> None:
    functions.update_alias(
        FunctionName=props["function"],
        Name=props["alias"],
        FunctionVersion=version,
        RoutingConfig={"AdditionalVersionWeights": shares},
    )


def _bake(cloudwatch: Any, props: dict[str, Any]) -> list[str]:
    """The first alarms that go off in the bake; none where none does."""
    deadline = time.monotonic() + props["bake_minutes"] * 60
    while True:
        seen = cloudwatch.describe_alarms(AlarmNames=list(props["alarms"]), StateValue="ALARM")["MetricAlarms"]
        if seen or time.monotonic() >= deadline:
            return sorted(alarm["AlarmName"] for alarm in seen)
        time.sleep(WAIT_SECONDS)


def _collect(functions: Any, props: dict[str, Any]) -> None:
    """Deletes the oldest versions: each names an image that must stay as long as it does."""
    pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=props["function"])
    versions = sorted(int(one["Version"]) for page in pages for one in page["Versions"] if one["Version"].isdigit())
    for version in versions[:-KEPT]:
        if str(version) != props["version"]:
            functions.delete_function(FunctionName=props["function"], Qualifier=str(version))


class Shifted(Resource, name="Shifted"):
    """The version that an alias is on."""

    version: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        function: pulumi.Input[str],
        alias: pulumi.Input[str],
        version: pulumi.Input[str],
        percent: int,
        bake_minutes: int,
        alarms: Sequence[pulumi.Input[str]],
        connection: Mapping[str, Any],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """
        Args:
            percent: of the requests, for the new version during the bake; 0 to move all at once.
        """
        props = {
            "function": function,
            "alias": alias,
            "version": version,
            "percent": percent,
            "bake_minutes": bake_minutes,
            "alarms": list(alarms),
            "connection": connection,
        }
        super().__init__(ShiftedProvider(), name, props, opts)
