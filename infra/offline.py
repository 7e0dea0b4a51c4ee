"""Runs the program in process, without the CLI, credentials or a network."""

import asyncio
import gc
import pickle
import runpy
import sys
import threading
from collections import Counter
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import rpc, settings
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.stack import run_in_stack

from infra import stackfiles

ACCOUNT = "123456789012"
STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource as the program asked for it; `inputs` are in the engine's camelCase."""

    urn: str
    type: str
    name: str
    parent: str
    """The parent's URN."""
    inputs: dict[str, Any]
    dependencies: tuple[str, ...]
    protect: bool
    retain_on_delete: bool
    custom: bool
    """False for a component, which is nothing in the cloud."""
    request: Any
    """The engine's message: aliases, hooks, ignored changes and more."""

    @cached_property
    def uses(self) -> dict[str, tuple[str, ...]]:
        """The URNs of the resources that each input comes from."""
        return {key: tuple(found.urns) for key, found in self.request.propertyDependencies.items()}


@dataclass(frozen=True, kw_only=True)
class Program:
    """What one run of the program asked for."""

    project: str
    environment: str
    resources: list[Resource]
    """In the order in which they were registered; a resource comes after all that it depends on."""
    outputs: dict[str, Any]

    @property
    def stack(self) -> str:
        """The URN of the stack, the parent of what has no other."""
        return f"urn:pulumi:{self.environment}::{self.project}::{STACK}::{self.project}-{self.environment}"

    def of_type(self, type_: str) -> list[Resource]:
        return [resource for resource in self.resources if resource.type == type_]


NAMED_BY = ("name", "bucket", "pipelineName")
"""The inputs that say what a resource is called."""
ARN_STARTS = {
    "EventRule": "events:{region}:{account}:rule/",
    "Queue": "sqs:{region}:{account}:",
    "FirehoseDeliveryStream": "firehose:{region}:{account}:deliverystream/",
    "OpenIdConnectProvider": "iam::{account}:oidc-provider/",
    "MlflowApp": "sagemaker:{region}:{account}:mlflow-app/",
    "Certificate": "acm:{region}:{account}:certificate/",
    "Instance": "rds:{region}:{account}:db:",
    "Listener": "elasticloadbalancing:{region}:{account}:listener/app/",
    "LoadBalancer": "elasticloadbalancing:{region}:{account}:loadbalancer/app/",
    "Secret": "secretsmanager:{region}:{account}:secret:",
    "TargetGroup": "elasticloadbalancing:{region}:{account}:targetgroup/",
    "TaskDefinition": "ecs:{region}:{account}:task-definition/",
    "Topic": "sns:{region}:{account}:",
}
"""ARNs that do not start with the module and end with the type and the name."""


INVENTED: dict[str, dict[str, Any]] = {
    "Certificate": {"authority": "-----BEGIN CERTIFICATE-----", "expires": "2027-01-01T00:00:00+00:00"},
    "Instance": {
        "address": "db.example.internal",
        "masterUserSecrets": [{"secretArn": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:rds!db-0"}],
    },
    "LoadBalancer": {"arnSuffix": "app/balancer/0", "dnsName": "internal-balancer.example.internal"},
    "Password": {"version": "0"},
    "TargetGroup": {"arnSuffix": "targetgroup/target/0"},
    "Vpc": {"defaultNetworkAclId": "acl-00000000"},
    "VpcEndpoint": {"prefixListId": "pl-00000000"},
}
"""What AWS alone knows of some types."""


class Cloud(Mocks):
    """Answers as AWS would after a creation: the inputs, an id and invented names and addresses."""

    def __init__(self, region: str = "eu-west-1", account: str = ACCOUNT) -> None:
        self.region = region
        self.account = account

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        outputs = dict(args.inputs)
        if args.resource_id:
            # Looked up, not made: by its ARN, or by an id that says nothing of it.
            return args.resource_id, outputs | ({"arn": args.resource_id} if args.resource_id[:4] == "arn:" else {})
        if not args.custom:
            return None, outputs
        prefix = outputs.get("namePrefix") or f"{args.name}-"
        name = next((outputs[key] for key in NAMED_BY if outputs.get(key)), f"{prefix}0000000")
        path = outputs.get("path", "/").lstrip("/")
        _, module, kind = args.typ.split(":")
        invented = {
            "name": name,
            "arn": self._arn(module.split("/")[0], kind, path + outputs.get("url", name).removeprefix("https://")),
            "keyId": name,
            "repositoryUrl": f"{self.account}.dkr.ecr.{self.region}.amazonaws.com/{name}",
            "digest": "sha256:" + "0" * 64,
            **INVENTED.get(kind, {}),
        }
        return name, {**invented, **outputs}

    def _arn(self, service: str, kind: str, name: str) -> str:
        if service == "s3":
            return f"arn:aws:s3:::{name}"
        region = "" if service == "iam" else self.region
        start = ARN_STARTS.get(kind, f"{service}:{region}:{self.account}:{kind[0].lower()}{kind[1:]}/")
        return f"arn:aws:{start.format(region=region, account=self.account)}{name}"

    def call(self, args: MockCallArgs) -> dict[str, Any]:  # ty: ignore[incompatible-method-override]
        return {
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": self.account},
            "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": [f"{self.region}{end}" for end in "abc"]},
            "aws:index/getRegion:getRegion": {"region": self.region},
        }.get(args.token, {})


class Recorder(MockMonitor):
    """Pulumi's engine, as far as a program sees it; writes down what is registered."""

    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.resources_asked: list[Resource] = []
        self.outputs: dict[str, Any] = {}
        self._lock = threading.Lock()

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """A URN as the engine's, which holds the types of all parents; the mock's holds the last one's."""
        parents = parent.split("::")[2] if parent else STACK
        return super().make_urn("", type_ if parents == STACK else f"{parents}${type_}", name)

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        reply = super().RegisterResource(request)
        # The stack itself is registered twice: once by set_mocks.
        if request.type != STACK:
            resource = Resource(
                urn=reply.urn,
                type=request.type,
                name=request.name,
                parent=request.parent,
                inputs=rpc.deserialize_properties(request.object),
                dependencies=tuple(sorted(request.dependencies)),
                protect=bool(request.protect),
                retain_on_delete=bool(request.retainOnDelete),
                custom=bool(request.custom),
                request=request,
            )
            with self._lock:
                self.resources_asked.append(resource)
        return reply

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        if request.urn.split("::")[2] == STACK:
            # The stack that set_mocks makes has none, and may come in last.
            self.outputs.update(rpc.deserialize_properties(request.outputs))
        return super().RegisterResourceOutputs(request)


def run(root: Path, env: str, mocks: Mocks | None = None, *, preview: bool = False) -> Program:
    """Runs the program of the project in `root` for one environment.

    Raises SettingsError for settings that cannot be used, and what else the program or the mocks raise.
    """
    root = root.resolve()
    stack = stackfiles.read(root, env)
    monitor = Recorder(mocks or Cloud(region=stack.region))
    with _loop() as loop, _pickler():
        # What a run that failed left behind waits on a loop that is closed.
        settings.SETTINGS.rpc_manager.clear()
        settings.SETTINGS.outputs.clear()
        settings.set_root_resource(None)  # ty: ignore[invalid-argument-type]
        pulumi.runtime.set_mocks(monitor.mocks, stack.project, env, preview, monitor=monitor)
        # set_mocks made a stack and finished it; run_in_stack makes its own.
        settings.set_root_resource(None)  # ty: ignore[invalid-argument-type]
        pulumi.runtime.set_all_config(dict(stack.config), sorted(stack.secrets))
        loop.run_until_complete(run_in_stack(lambda: _main(root)))
    twice = [urn for urn, count in Counter(entry.urn for entry in monitor.resources_asked).items() if count > 1]
    if twice:
        raise ValueError(f"the program makes the same thing twice: {', '.join(twice)}")
    return Program(project=stack.project, environment=env, resources=monitor.resources_asked, outputs=monitor.outputs)


def _main(root: Path) -> None:
    # The program's body is a module: it runs when it is imported for the first time.
    sys.modules.pop("infra.program", None)
    runpy.run_path(str(root / "__main__.py"), run_name="__main__")


@contextmanager
def _pickler() -> Generator[None]:
    """Python's pickler stays as it was: Pulumi wraps this method once more for each dynamic resource that it sends."""
    method = "_batch_setitems"
    before = getattr(pickle._Pickler, method)
    try:
        yield
    finally:
        setattr(pickle._Pickler, method, before)


@contextmanager
def _loop() -> Generator[asyncio.AbstractEventLoop]:
    """One event loop for set_mocks and for the program: two would wait for each other.

    The threads that speak for the engine have one each; Pulumi would make one where it is missing and leave it open.
    """
    loops = [asyncio.new_event_loop()]
    loop = loops[0]

    def begin() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    loop.set_default_executor(ThreadPoolExecutor(initializer=begin))
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        # A program that fails leaves tasks and threads; its error is raised, theirs follow from it.
        loop.set_exception_handler(lambda _loop, _context: None)
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        for each in loops:
            each.close()


if __name__ == "__main__":
    # A plan is over before there is garbage: looking for it took a fifth of its time.
    gc.disable()
    from infra.plan import app

    app()
