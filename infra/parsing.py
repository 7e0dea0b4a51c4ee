"""Stack configuration to `Settings`: every problem at once, each with its key, value, file and what was expected."""

import difflib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import pulumi
from botocore.loaders import Loader
from botocore.regions import EndpointResolver
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from infra import fitting, limits, names, rollout_limits, scaling_limits
from infra.limits import Problem
from infra.settings import (
    Async,
    FargateTracking,
    Function,
    ManagedTracking,
    RealTime,
    Serverless,
    Settings,
    UrlTracking,
)

TAGGED: dict[tuple[str, str], type[BaseModel]] = {
    ("serving", "serverless"): Serverless,
    ("serving", "real-time"): RealTime,
    ("serving", "async"): Async,
    ("serving", "lambda"): Function,
    ("tracking", "managed"): ManagedTracking,
    ("tracking", "fargate"): FargateTracking,
    ("tracking", "url"): UrlTracking,
}
OUTSIDE = {"project": "Pulumi.yaml: name", "environment": "the stack's name", "region": "aws:region"}
"""Fields that are no key of the project's own: what a report calls them."""
RULES = (rollout_limits.broken, limits.broken, scaling_limits.broken)
"""Rules over several settings, or over one that pydantic cannot judge alone."""
EXAMPLES = {"alertEmail": "someone@example.com", "region": "eu-west-1", "project": "example", "environment": "example"}


class SettingsError(pulumi.RunError):
    """Settings that cannot be used. Pulumi prints its text without a traceback."""


def from_pulumi() -> Settings:
    """The settings of the stack that Pulumi is running. Raises SettingsError."""
    from pulumi.runtime import config

    values = {**config.get_config_env(), **config.CONFIG.get()}
    secrets = {key for key in values if config.is_config_secret(key)} | set(config.get_config_secret_keys_env())
    return parse(values, project=pulumi.get_project(), environment=pulumi.get_stack(), secrets=secrets)


def parse(values: Mapping[str, Any], *, project: str, environment: str, secrets: Collection[str] = ()) -> Settings:
    """The settings in a stack's configuration, of `<project>:<key>` and `aws:region`. Raises SettingsError."""
    if not names.is_project(project):
        # Else each key would be one of another project's.
        expected = names.UNRESERVED if names.is_reserved(project) else Settings.model_fields["project"].description
        raise SettingsError(f"{OUTSIDE['project']} is {project!r}, expected {expected}")
    own = of_project(values, project)
    hidden = [key for key in own if f"{project}:{key}" in secrets]
    problems = [Problem(key, "is a secret, expected a plain value: no setting is secret") for key in hidden]
    problems += [Problem(key, _unknown(key, _keys(Settings))) for key in OUTSIDE if key in own]
    problems += [Problem(key, text) for key, text in _misplaced(values, project)]
    data = {key: value for key, value in own.items() if value is not None and key not in (*hidden, "region")}
    data |= {"project": project, "environment": environment}
    if values.get("aws:region"):
        data["region"] = values["aws:region"]
    settings, found = _validate(data)
    settings = fitting.fitted(settings)
    problems += found + list(_outside(settings))
    failed = {problem.key for problem in problems}
    for problem in (broken for rules in RULES for broken in rules(settings)):
        if not any(_same(key, other) for key in (problem.key, *problem.others) for other in failed):
            problems.append(problem)
    if problems:
        raise SettingsError(_report(problems, project, environment))
    return settings


def of_project(values: Mapping[str, Any], project: str) -> dict[str, Any]:
    """The project's own keys, without its name before them, and their values as what they were before Pulumi."""
    space = f"{project}:"
    return {key.removeprefix(space): _decode(value) for key, value in values.items() if key.startswith(space)}


def _misplaced(values: Mapping[str, Any], project: str) -> Iterator[tuple[str, str]]:
    """Settings under another name than the project's: Pulumi hands them over, nobody would read them."""
    for key in values:
        space, _, name = key.partition(":")
        if space not in (project, "aws", "pulumi") and name in _keys(Settings):
            yield key, f"is not read, expected {project}:{name}"


def _decode(value: Any) -> Any:
    """Pulumi hands every value over as a string; structured ones are JSON."""
    if not isinstance(value, str) or (value[:1] not in ("{", "[") and value != "null"):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _validate(data: dict[str, Any]) -> tuple[Settings, list[Problem]]:
    """The settings, with defaults in place of what is wrong, and what is wrong."""
    try:
        return Settings.model_validate(data), []
    except ValidationError as error:
        problems = [_problem(details) for details in error.errors()]
        repaired = json.loads(json.dumps(data))
        for details in error.errors():
            _remove(repaired, details["loc"])
        for key, example in EXAMPLES.items():
            repaired.setdefault(key, example)
    settings, _ = _validate(repaired) if repaired != data else (Settings.model_validate(EXAMPLES), [])
    return settings, problems


def _remove(data: dict[str, Any], location: Sequence[int | str]) -> None:
    """Takes the key at a location out; the whole section where the section itself is wrong or incomplete."""
    path = _path(location)
    section = data.get(path[0])
    if len(path) > 1 and isinstance(section, dict) and path[1] in section and path[1] != "mode":
        del section[path[1]]
    else:
        data.pop(path[0], None)


def _path(location: Sequence[int | str]) -> list[str]:
    """A location without the tags that pydantic puts in for the kind of a section."""
    path = [str(part) for part in location]
    return path[:1] + path[2:] if tuple(path[:2]) in TAGGED else path


def _problem(details: ErrorDetails) -> Problem:
    location = details["loc"]
    key, value, kind = ".".join(_path(location)), details["input"], details["type"]
    key = OUTSIDE.get(key, key)
    if kind == "extra_forbidden":
        return Problem(key, _unknown(str(location[-1]), _keys(_section(location[:-1]))))
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        key += ".mode"
        value = details["input"].get("mode")
        choices = limits.one_of(tag for name, tag in TAGGED if name == location[0])
        return Problem(key, f"is missing, expected {choices}" if value is None else f"is {value!r}, expected {choices}")
    field = _field(location)
    expected = _expected(field) if field else "a mapping of keys"
    if kind == "missing":
        return Problem(key, f"is missing, expected {expected}")
    if kind == "value_error":
        # A validator of ours says what is wrong inside of the value.
        return Problem(key, f"is {_written(value)} ({details['ctx']['error']}), expected {expected}")
    return Problem(key, f"is {_written(value)}, expected {expected}")


def _written(value: Any) -> str:
    """A value as YAML has it, where Python's own word for it is another."""
    return json.dumps(value) if value is None or isinstance(value, bool) else repr(value)


def _expected(field: FieldInfo) -> str:
    """What a field takes: its bounds, if it has any, and what it is."""
    bounds: dict[str, Any] = {}
    for entry in field.metadata:
        bounds |= {name: getattr(entry, name) for name in ("ge", "le", "multiple_of") if hasattr(entry, name)}
    what = field.description or "a mapping of keys"
    if "ge" not in bounds:
        return what
    if "le" not in bounds:
        return f"at least {bounds['ge']}: {what}"
    if "multiple_of" in bounds:
        return f"{limits.one_of(range(bounds['ge'], bounds['le'] + 1, bounds['multiple_of']))}: {what}"
    return f"{bounds['ge']} to {bounds['le']}: {what}"


def _field(location: Sequence[int | str]) -> FieldInfo | None:
    fields = _section(location[:-1]).model_fields.values()
    return next((field for field in fields if field.alias == location[-1]), None)


def _section(location: Sequence[int | str]) -> type[BaseModel]:
    tag = TAGGED.get((str(location[0]), str(location[1]))) if len(location) > 1 else None
    if tag is not None:
        return tag
    if not location:
        return Settings
    field = _field(location[:1])
    kinds = [field.annotation, *getattr(field.annotation, "__args__", ())] if field else []
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), Settings)


def _keys(section: type[BaseModel]) -> list[str]:
    internal = OUTSIDE if section is Settings else ()
    return [str(field.alias) for name, field in section.model_fields.items() if name not in internal]


def _unknown(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, 1, 0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    if key == "region":
        hint = "did you mean aws:region? "
    return f"is not a setting; {hint}expected {limits.one_of(known)}"


def _outside(settings: Settings) -> Iterator[Problem]:
    """Values that pydantic cannot judge alone."""
    fields = Settings.model_fields
    if not names.is_environment(settings.environment):
        yield Problem(
            OUTSIDE["environment"], f"is {settings.environment!r}, expected {fields['environment'].description}"
        )
    regions = _regions()
    if settings.region not in regions:
        near = difflib.get_close_matches(settings.region, regions, 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        yield Problem(OUTSIDE["region"], f"is {settings.region!r}, expected {fields['region'].description}{hint}")


@cache
def _regions() -> list[str]:
    # As `Session.get_available_regions("sagemaker")` does, which also loads the service's own model, twice the size.
    return EndpointResolver(Loader().load_data("endpoints")).get_available_endpoints("api.sagemaker")


def _same(key: str, other: str) -> bool:
    """Says whether one key is the other or a part of it."""
    return key == other or key.startswith(other + ".") or other.startswith(key + ".")


def _report(problems: list[Problem], project: str, environment: str) -> str:
    file = names.settings_file(environment)
    lines = [f"{file} has {len(problems)} problem{'s' if len(problems) > 1 else ''}:"]
    for problem in problems:
        where = problem.key if ":" in problem.key or problem.key in OUTSIDE.values() else f"{project}:{problem.key}"
        # A key may hold anything, a terminal's commands too.
        lines.append(f"  {where if where.isprintable() else ascii(where)} {problem.text}")
    return "\n".join(lines)
