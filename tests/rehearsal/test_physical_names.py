"""The names that things get in AWS: within their limits, and each stack's own."""

import itertools
import json
from pathlib import Path
from typing import Any

import pulumi_aws
import pytest

from infra import names
from infra.offline import Program, Resource, run
from infra.rehearsal.apply import Cloud
from infra.rehearsal.bounds import violations
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.names import Naming
from infra.rehearsal.table import ENTRIES
from tests.rehearsal.name_limits import DOCUMENTED, MODELLED, NAMELESS, ONE_TO_AN_ACCOUNT
from tests.rehearsal.sent import shape_of
from tests.rehearsal.stack import RELEASE, stack

pytestmark = pytest.mark.slow

PROJECT, ENV = "p" * names.PROJECT_LIMIT, "e" * names.ENVIRONMENT_LIMIT
SERVERLESS: dict[str, Any] = {"serving": {"mode": "serverless"}}
REAL_TIME: dict[str, Any] = {
    "network": {"nat": "none"},
    "tracking": {"mode": "fargate"},
    "serving": {"mode": "real-time"},
    "rollout": {"strategy": "a-b"},
    "model": RELEASE,
    "challenger": RELEASE,
}
ASYNC: dict[str, Any] = {
    "serving": {"mode": "async"},
    "rollout": {"strategy": "all-at-once"},
    "scaling": {"minInstances": 0, "maxInstances": 4, "metric": "backlog", "target": 5},
    "offHours": {"begin": "20:00", "end": "07:00", "timeZone": "Etc/UTC", "minInstances": 0, "maxInstances": 1},
}
LAMBDA: dict[str, Any] = {"serving": {"mode": "lambda"}}
SETTINGS = {"lambda": LAMBDA, "serverless": SERVERLESS, "real-time": REAL_TIME, "async": ASYNC}


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Plans a stack once for all who ask."""
    programs: dict[tuple[str, str, str], Program] = {}

    def plan(project: str, env: str, kind: str = "serverless") -> Program:
        key = (project, env, kind)
        if key not in programs:
            programs[key] = run(stack(tmp_path_factory.mktemp("stack"), project, env, SETTINGS[kind]), env)
        return programs[key]

    return plan


def limit_of(type_: str) -> int:
    if type_ in DOCUMENTED:
        return DOCUMENTED[type_][0]
    service, operation, path = MODELLED[type_]
    shape = shape_of(service, operation)
    for member in path.split("."):
        shape = shape.members[member]
    return shape.metadata["max"]


def naming_of(type_: str) -> Naming:
    entry = ENTRIES.get(type_)
    return entry.naming if entry and entry.naming else Naming(limit=limit_of(type_))


def named(program: Program) -> list[Resource]:
    """What has a name in AWS. A type that no table knows is an error."""
    custom = [entry for entry in program.resources if entry.custom]
    unknown = {entry.type for entry in custom} - {*MODELLED, *DOCUMENTED, *NAMELESS}
    assert not unknown, f"{unknown}: add a limit with its source to tests/rehearsal/name_limits.py"
    return [entry for entry in custom if entry.type not in NAMELESS]


def stem(entry: Resource) -> str:
    """The name without what the engine or the provider puts behind it by chance."""
    naming = naming_of(entry.type)
    prefix = "bucketPrefix" if naming.field == "bucket" else f"{naming.field}Prefix"
    return entry.inputs.get(naming.field) or entry.inputs.get(prefix) or entry.name


def stems(program: Program) -> set[tuple[str, str]]:
    """Types and stems, and what the runs of the scheduled jobs are called."""
    targets = [entry.inputs["target"] for entry in program.of_type("aws:scheduler/schedule:Schedule")]
    jobs = [json.loads(target["input"]) for target in targets if "input" in target]
    return {(entry.type, stem(entry)) for entry in named(program)} | {("job", job["ProcessingJobName"]) for job in jobs}


def test_the_rehearsal_knows_the_limits_that_aws_states():
    known = {type_: entry.naming.limit for type_, entry in ENTRIES.items() if entry.naming}
    assert known == {type_: limit_of(type_) for type_ in known}
    assert not known.keys() & NAMELESS.keys()
    assert ENTRIES.keys() <= {*known, *NAMELESS, *ONE_TO_AN_ACCOUNT}


@pytest.mark.parametrize("kind", SETTINGS)
def test_the_longest_names_fit_with_what_is_put_behind_them(planned, kind):
    entries = named(planned(PROJECT, ENV, kind))
    assert {entry.type for entry in entries} >= {"aws:s3/bucket:Bucket", "aws:iam/role:Role"}
    for entry in entries:
        naming, limit = naming_of(entry.type), limit_of(entry.type)
        # Raises where the name is too long.
        name = Naming(limit=limit, field=naming.field, lower=naming.lower, start=naming.start).name(
            entry.name, entry.inputs
        )
        if entry.type in MODELLED:
            service, operation, path = MODELLED[entry.type]
            request: Any = name
            for member in reversed(path.split(".")):
                request = {member: request}
            assert violations(shape_of(service, operation), request) == []


def test_a_type_without_a_known_limit_fails():
    queue = Resource(
        urn="",
        type="aws:mq/broker:Broker",
        name="queue",
        parent="",
        inputs={},
        dependencies=(),
        protect=False,
        retain_on_delete=False,
        custom=True,
        request=None,
    )
    with pytest.raises(AssertionError, match=r"aws:mq/broker:Broker.*name_limits\.py"):
        named(Program(project="p", environment="e", resources=[queue], outputs={}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("mlops-demo", "dev", "serverless"), ("mlops-demo", "prod", "real-time")),
        ((PROJECT, ENV, "real-time"), (PROJECT, f"{ENV[:-1]}f", "real-time")),
        (("p", "e", "real-time"), ("p", "e2", "real-time")),
        (("p", "e", "real-time"), ("p-e", "e", "real-time")),
    ],
)
def test_two_environments_share_no_name(planned, one, other):
    first, second = stems(planned(*one)), stems(planned(*other))
    assert len(first) > 20
    assert not first & second


@pytest.mark.parametrize("kind", SETTINGS)
def test_no_project_whose_name_begins_as_another_s_stack_shares_a_name_with_it(planned, kind):
    """p-e-<rest> against p-e-x-<rest>, for every x that the end of a project and its environment may be called."""
    rests = Rests()
    for type_, text in stems(planned("p", "e", kind)):
        rests.add(type_, text)
    assert len(rests) > 20
    assert rests.shared() == []


def test_a_name_that_two_such_stacks_share_is_found():
    rests = Rests()
    for text in (
        "p-e-data-key",
        "p-e-image-data-key",
        "p-e",
        "/aws/p-e-data-key",
        "p-e-muchtoolongforanything-data-key",
    ):
        rests.add("type", text)
    assert set(rests.shared()) == {"p-e-data-key", "p-e-image-data-key"}


def is_stack(prefix: str) -> bool:
    """Whether a project and an environment may have the prefix."""
    project, _, environment = prefix.rpartition("-")
    return names.is_project(project) and names.is_environment(environment)


class Rests:
    """What comes after p-e in the names of one stack, by type and by what comes before."""

    def __init__(self) -> None:
        self.of: dict[tuple[str, str], set[str]] = {}

    def __len__(self) -> int:
        return sum(map(len, self.of.values()))

    def add(self, type_: str, text: str) -> None:
        before, _, rest = text.partition("p-e")
        self.of.setdefault((type_, before), set()).add(rest)

    def shared(self) -> list[str]:
        """The names that a stack called p-e-x would give to something of its own."""
        return [
            f"{before}p-e{longer}"
            for (_type, before), rests in self.of.items()
            for longer, shorter in itertools.permutations(rests, 2)
            if longer.endswith(shorter) and is_stack(f"p-e{longer.removesuffix(shorter)}")
        ]


def test_nothing_is_made_of_which_an_account_has_one(planned):
    tokens = (Path(pulumi_aws.__file__)).read_text()
    assert [type_ for type_ in ONE_TO_AN_ACCOUNT if f'"{type_}"' not in tokens] == []
    for kind in SETTINGS:
        program = planned("p", "e", kind)
        assert not {entry.type for entry in program.resources} & ONE_TO_AN_ACCOUNT.keys()
        for app in program.of_type("aws:sagemaker/mlflowApp:MlflowApp"):
            # Only one app is the account's default.
            assert app.inputs["accountDefaultStatus"] == "DISABLED"


@pytest.mark.parametrize("kind", SETTINGS)
def test_no_request_with_the_longest_names_is_refused(aws, tmp_path, kind):
    cloud = Cloud(aws)
    with environment(aws_variables(aws.endpoint, aws.region)):
        run(stack(tmp_path, PROJECT, ENV, SETTINGS[kind]), ENV, mocks=cloud)
    assert len(cloud.resources) > 50
