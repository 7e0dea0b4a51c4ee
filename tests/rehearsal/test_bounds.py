from collections.abc import Iterator
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.utils import get_service_model

from infra.rehearsal.bounds import ACCEPTED, PatternError, compiled, violations
from infra.rehearsal.table import SERVICES
from tests.rehearsal.sent import operations, shape_of

USED = sorted({service for service, _operation in operations()} | {"sts"})
FORBID_NOTHING = {r"[\S\s]*", r"[\s\S]+", r"(.*[\n\r\t\f\ ]?)*", r".*(?:[ \r\n\t].*)*"}
"""Patterns that every text matches."""
UNREACHED = 2**31 - 1
"""A maximum that no request comes up to."""
NO_CHOICE, NO_MATCH = "no-such-choice", ":/\\\n\0"


def of_shape(service: str, name: str) -> Shape:
    return get_service_model(service).shape_for(name)


@pytest.mark.parametrize(
    ("service", "operation", "request_", "expected"),
    [
        (
            "sagemaker",
            "CreateModel",
            {"ModelName": "m" * 64},
            ["ModelName: " + "m" * 60 + "..., expected at most 63 characters, not 64"],
        ),
        (
            "sagemaker",
            "CreateEndpointConfig",
            {"ProductionVariants": [{"VariantName": "ok"}, {"VariantName": "-v"}]},
            ["ProductionVariants[1].VariantName: -v, expected what matches [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"],
        ),
        (
            "sagemaker",
            "CreateEndpointConfig",
            {"ProductionVariants": [{"ServerlessConfig": {"MemorySizeInMB": 8192, "MaxConcurrency": 0}}]},
            [
                "ProductionVariants[0].ServerlessConfig.MemorySizeInMB: 8192, expected at most 6144, not 8192",
                "ProductionVariants[0].ServerlessConfig.MaxConcurrency: 0, expected at least 1, not 0",
            ],
        ),
        (
            "scheduler",
            "CreateSchedule",
            {"State": "ON"},
            ["State: ON, expected one of ENABLED, DISABLED"],
        ),
        (
            "logs",
            "CreateLogGroup",
            {"tags": {"team": "a&b"}},
            [r"tags['team']: a&b, expected what matches ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"],
        ),
        ("logs", "CreateLogGroup", {"tags": {}}, ["tags: {}, expected at least 1 entries, not 0"]),
        ("kms", "Encrypt", {"Plaintext": b""}, ["Plaintext: b'', expected at least 1 bytes, not 0"]),
        (
            "cloudwatch",
            "PutMetricAlarm",
            {"OKActions": list("abcdef")},
            ["OKActions: ['a', 'b', 'c', 'd', 'e', 'f'], expected at most 5 items, not 6"],
        ),
    ],
)
def test_a_violation_names_path_value_and_what_was_expected(service, operation, request_, expected):
    assert violations(shape_of(service, operation), request_) == expected


def test_a_value_in_order_and_a_member_that_the_model_lacks_say_nothing():
    variant = {"VariantName": "champion", "InstanceType": "ml.m5.large", "InitialVariantWeight": 0.5}
    request = {"EndpointConfigName": "c", "ProductionVariants": [variant], "Colour": "x" * 999}
    assert violations(shape_of("sagemaker", "CreateEndpointConfig"), request) == []


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", "Équipe 7", "a&b"),
        (r"[\w+=,.@-]+", "role-1", "rôle"),
        (r"\d{12}", "123456789012", "١٢٣٤٥٦٧٨٩٠١٢"),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "table 😀", "a\nb"),
        (r"^(?![^:\\]*/action/|(?i).*<script>.*</script>.*)[^:\\]+$", "budget", "a<SCRIPT></Script>"),
        (r"a(?i)b", "aB", "AB"),
        (r"[\w-_]*", "a-_", "a b"),
        ("[a-z]+", "abc", "abc\n"),
        ("^[a-z]+$", "abc", "abc\n"),
    ],
)
def test_patterns_are_read_as_java_reads_them(pattern, matching, other):
    assert compiled(pattern).fullmatch(matching)
    assert not compiled(pattern).fullmatch(other)


def test_every_pattern_of_the_services_in_use_can_be_compiled():
    assert len(USED) >= len(SERVICES)
    patterns = {limits["pattern"] for service in USED for limits in _limits_of(service) if "pattern" in limits}
    assert len(patterns) > 300
    for pattern in patterns:
        compiled(pattern)


def test_a_pattern_that_cannot_be_compiled_is_not_passed_over():
    shape = of_shape("rbin", "RuleArn")
    with pytest.raises(PatternError, match=r"rule/\[0-9a-zA-Z\]\{11\}\{0,1011\}.*multiple repeat"):
        violations(shape, "arn:aws:rbin:eu-west-1:123456789012:rule/abcdefghijk")


def _limits_of(service: str) -> Iterator[dict[str, Any]]:
    model = get_service_model(service)
    yield from (model.shape_for(name).metadata for name in model.shape_names)


def test_the_examples_that_aws_publishes_are_in_order():
    """botocore ships them beside its models; two of KMS hold a cluster's name that was made up."""
    loader, found, count = Loader(), [], 0
    for service in ("ecr", "iam", "kms", "s3", "sts"):
        for operation, examples in loader.load_service_model(service, "examples-1")["examples"].items():
            for example in examples:
                count += 1
                found += violations(shape_of(service, operation), example.get("input", {}))
    assert count > 200
    assert [text for text in found if not text.startswith("CloudHsmClusterId: cluster-1a23b4cdefg,")] == []


@pytest.mark.parametrize(
    ("service", "shape", "accepted"),
    [
        ("s3", "BucketCannedACL", "log-delivery-write"),
        ("logs", "LogGroupArn", "arn:aws:logs:eu-west-1:1:log-group:g:*"),
    ],
)
def test_what_aws_accepts_beside_its_model_is_accepted_and_nothing_more(service, shape, accepted):
    assert shape in ACCEPTED
    assert violations(of_shape(service, shape), accepted) == []
    assert violations(of_shape(service, shape), accepted + "?")


def broken(shape: Shape) -> Iterator[tuple[str, Any]]:
    """A value for each limit of a shape, with the words that must be said of it."""
    limits, kind = shape.metadata, shape.type_name
    fill = {"string": "x", "blob": b"x", "list": ["x"]}.get(kind)
    if limits.get("max", UNREACHED) < 10**7:
        above = limits["max"] + 1
        many = {str(number): "x" for number in range(above)} if kind == "map" else fill and fill * above
        yield "at most", many or above
    if limits.get("min", 0) > 0 or (kind not in ("string", "blob", "list", "map") and "min" in limits):
        yield "at least", {"string": "", "blob": b"", "list": [], "map": {}}.get(kind, limits["min"] - 1)
    if "enum" in limits:
        yield "one of", NO_CHOICE
    if limits.get("pattern", r"[\S\s]*") not in FORBID_NOTHING:
        yield "what matches", NO_MATCH


def members(shape: Shape, above: tuple[str, ...] = ()) -> Iterator[tuple[str, Shape, Any]]:
    """The start of a message, the shape, and a function from a value to the smallest request that holds it."""
    if shape.name in above:
        return
    yield ": ", shape, lambda value: value
    inside = (*above, shape.name)
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            for path, found, put in members(member, inside):
                yield f".{name}{path}", found, lambda value, name=name, put=put: {name: put(value)}
    elif isinstance(shape, ListShape):
        for path, found, put in members(shape.member, inside):
            yield f"[0]{path}", found, lambda value, put=put: [put(value)]
    elif isinstance(shape, MapShape):
        yield "[", shape.key, lambda value: {value: None}
        for path, found, put in members(shape.value, inside):
            yield f"['k']{path}", found, lambda value, put=put: {"k": put(value)}


def is_caught(shape: Shape, request: Any, path: str, said: str) -> bool:
    return any(text.startswith(path.lstrip(".")) and said in text for text in violations(shape, request))


def test_every_limit_of_every_operation_that_is_sent_is_held_to():
    count = 0
    for service, operation in operations():
        root = shape_of(service, operation)
        for path, shape, put in members(root):
            for said, value in broken(shape):
                count += 1
                assert is_caught(root, put(value), path, said), (service, operation, path, said)
    assert count > 1000


def mutations(shape: Shape, value: Any) -> Iterator[tuple[str, str, Any]]:
    """The start of a message, its words, and the request with one value of it broken."""
    yield from ((": ", said, wrong) for said, wrong in broken(shape))
    if isinstance(shape, StructureShape):
        for name, item in value.items():
            for path, said, wrong in mutations(shape.members[name], item):
                yield f".{name}{path}", said, {**value, name: wrong}
    elif isinstance(shape, ListShape):
        for index, item in enumerate(value):
            for path, said, wrong in mutations(shape.member, item):
                yield f"[{index}]{path}", said, [*value[:index], wrong, *value[index + 1 :]]
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            for said, wrong in broken(shape.key):
                yield "[", said, {**value, wrong: item}
            for path, said, wrong in mutations(shape.value, item):
                yield f"[{key!r}]{path}", said, {**value, key: wrong}


@pytest.mark.slow
def test_the_program_s_requests_are_in_order_and_each_mutation_of_them_is_caught(sent):
    caught = set()
    for request in sent.requests:
        shape = shape_of(request.service, request.operation)
        assert violations(shape, request.parameters) == [], request
        for path, said, wrong in mutations(shape, request.parameters):
            assert is_caught(shape, wrong, path, said), (request, path, said)
            caught.add((request.service, request.operation, path, said))
    print(f"{len(caught)} mutations caught")  # noqa: T201  the figure
    assert len(caught) > 300
