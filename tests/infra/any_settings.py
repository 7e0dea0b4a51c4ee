"""Any settings: drawn from what `Settings` says of itself, so that a new setting is drawn without a word here."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from infra.settings import Settings

SCHEMA = Settings.model_json_schema()
INTERNAL = ("project", "environment", "region")
KEYS = [name for name in SCHEMA["properties"] if name not in INTERNAL]
RELEASE = {"url": f"s3://models/approved/{'a' * 64}/model.tar.gz", "sha256": "a" * 64}
LIKELY: dict[str, SearchStrategy[Any]] = {
    # What no pattern can say: an address that holds its own sha256, a type that is there.
    "model": st.just(RELEASE),
    "challenger": st.just(RELEASE),
    "instance": st.sampled_from(["ml.m5.large", "ml.m5.xlarge", "ml.c5.xlarge", "ml.g5.xlarge"]),
    "schedule": st.sampled_from(["rate(1 day)", "cron(0 3 ? * MON *)", "cron(30 */6 L JAN-JUN/2 ? 2030)"]),
    # A policy that bootstrap makes.
    "permissionsBoundary": st.none(),
    "alertEmail": st.just("someone@example.com"),
}


def well_formed() -> SearchStrategy[dict[str, Any]]:
    """Settings each of which is right by itself. Together AWS may still refuse them."""
    optional = {name: _named(name, SCHEMA["properties"][name]) for name in KEYS if name != "alertEmail"}
    return st.fixed_dictionaries({"alertEmail": LIKELY["alertEmail"]}, optional=optional)


def hostile() -> SearchStrategy[dict[str, Any]]:
    """Settings with anything anywhere: any JSON under any key, beside some that are right."""
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    anything = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
        max_leaves=8,
    )
    anywhere = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=12), anything, min_size=1, max_size=5)
    return st.builds(lambda good, bad: {**good, **bad}, well_formed(), anywhere)


def _named(name: str, schema: dict[str, Any]) -> SearchStrategy[Any]:
    return LIKELY[name] if name in LIKELY else _of(schema)


def _of(schema: dict[str, Any]) -> SearchStrategy[Any]:
    if "$ref" in schema:
        return _of(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return st.one_of([_of(choice) for choice in choices])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _OF_TYPE[schema["type"]](schema)


def _object(schema: dict[str, Any]) -> SearchStrategy[Any]:
    properties = schema["properties"]
    # A section's mode has a default, and must be said all the same.
    needed = {*schema.get("required", ()), *({"mode"} & set(properties))}
    drawn = {name: _named(name, part) for name, part in properties.items()}
    return st.fixed_dictionaries(
        {name: value for name, value in drawn.items() if name in needed},
        optional={name: value for name, value in drawn.items() if name not in needed},
    )


def _integer(schema: dict[str, Any]) -> SearchStrategy[int]:
    step, least = schema.get("multipleOf", 1), schema.get("minimum", 0)
    most = schema.get("maximum", least + 10_000)
    return st.integers(-(-least // step), most // step).map(lambda count: count * step)


def _string(schema: dict[str, Any]) -> SearchStrategy[str]:
    if "pattern" not in schema:
        return st.text(max_size=schema.get("maxLength", 30))
    found = st.from_regex(schema["pattern"], fullmatch=True, alphabet=st.characters(codec="ascii"))
    return found.filter(lambda text: len(text) <= schema.get("maxLength", 1000))


_OF_TYPE = {
    "object": _object,
    "integer": _integer,
    "number": lambda schema: st.floats(schema.get("minimum", 0), schema.get("maximum", 1e6)),
    "string": _string,
    "boolean": lambda _schema: st.booleans(),
    "null": lambda _schema: st.none(),
    "array": lambda schema: st.lists(_of(schema["items"]), min_size=schema.get("minItems", 0), max_size=4),
}
