"""One rehearsal: servers up, the program applied, and everything unmade at the end."""

import importlib
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra import offline, stackfiles
from infra.rehearsal import account
from infra.rehearsal.apply import Cloud, RehearsalError
from infra.rehearsal.aws import Aws
from infra.rehearsal.credentials import ADMIN, NOBODY, Credentials
from infra.rehearsal.destroy import PROTECTED, RETAINED, Leftovers, destroy
from infra.rehearsal.entry import How, Resource
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.platform import Platform
from infra.rehearsal.request import plain
from infra.rehearsal.roles import Roles
from infra.rehearsal.servers import Mlflow, mlflow_server, moto_server
from infra.rehearsal.started import Start, since
from infra.rehearsal.table import inventory
from tracking.configuration import CLIENT, variable
from tracking.server import ADMIN as ADMIN_USER

MLFLOW_APP = "aws:sagemaker/mlflowApp:MlflowApp"
SERVICE = "aws:ecs/service:Service"
MLFLOW_BY_URL = "mlflow:url"
"""Not a resource of the program: what stands in for a tracking server that exists elsewhere."""
TRACKING_URI = "MLOPS_TRACKING_URI"
NOT_ASKED = "the stack's own server is not asked: a real MLflow server on this machine answers in its place"

OnEvent = Callable[[str], None]


@dataclass(kw_only=True)
class Rehearsal:
    """The program as applied, and the servers that answer for AWS and MLflow."""

    resources: list[Resource]
    """How far each resource was rehearsed, in order of creation; the list stays as it is after `destroy`."""
    outputs: dict[str, Any]
    """The stack's outputs."""
    aws: Aws
    _tracking: Mlflow
    _before: set[str]
    _on_event: OnEvent
    _standing: list[Resource] = field(init=False)
    _roles: Roles = field(init=False)
    _replaced: dict[str, str] = field(init=False)
    """Variables that lead to what stands in for a part of the stack."""

    def __post_init__(self) -> None:
        self._standing = list(self.resources)
        self._replaced = {**self._tracking.client_variables, TRACKING_URI: self._tracking.url}
        self._roles = Roles(self.aws, self.outputs, self._replaced, self._tracking.wait_ready)

    def acting(self, step: str) -> AbstractContextManager[None]:
        """This process as it is in one step of the loop: the credentials of the role that the program made for it.

        The first step that asks MLflow waits for it: it takes some seconds to start.
        """
        return self._roles.acting(step)

    def started(self) -> list[Start]:
        """The runs of the pipeline that events have started since somebody last asked."""
        return since(self.aws, self._replaced, self._tracking.process.wait_ready)

    @property
    def variables(self) -> dict[str, str]:
        """The stack's wiring and what points boto3, delta-rs and MLflow at the rehearsal's servers, without a role."""
        return {
            **self.outputs["wiring"],
            **aws_variables(self.aws.endpoint, self.aws.region, NOBODY),
            **self._tracking.client_variables,
            TRACKING_URI: self._tracking.url,
        }

    @property
    def environ(self) -> dict[str, str]:
        """The same once MLflow answers."""
        self._tracking.wait_ready()
        return self.variables

    @property
    def administrator(self) -> dict[str, str]:
        """`environ` with the credentials of who applies the program, for a look at what it made."""
        return {**self.environ, **ADMIN.variables}

    def destroy(self) -> Leftovers:
        """Deletes everything in reverse order of creation and looks for what is left. Safe to call again."""
        with environment(aws_variables(self.aws.endpoint, self.aws.region)):
            return destroy(self._standing, self.aws, before=self._before, on_event=self._on_event)


@contextmanager
def rehearse(
    root: Path,
    env: str,
    folder: Path,
    *,
    on_event: OnEvent = lambda _text: None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Generator[Rehearsal]:
    """Applies the program of an environment to servers of its own on loopback, which end with the context.

    Args:
        root: the project's folder.
        folder: where the servers keep data and logs; nothing else is written.
        on_event: told of each step, in a few words.
        meanwhile: called while moto starts; what it raises ends the rehearsal before anything is applied.

    Raises RehearsalError naming resource, type, API call and refusal; what had been made is deleted by then.
    """
    region = stackfiles.read(root, env).region
    with ExitStack() as servers:
        moto = moto_server(folder)
        # Nothing of theirs is kept: no grace at the end.
        servers.callback(moto.process.kill)
        moto.process.launch()
        # A second's import, while moto starts.
        importlib.import_module("pulumi_aws")
        meanwhile()
        moto.process.wait_ready()
        on_event(f"moto answers at {moto.url}")
        aws = Aws(moto.url, region)
        account.prepare(root, env, aws)
        before = inventory(aws)
        tracking = _Tracking(folder / "mlflow", aws, servers)

        def made(resource: Resource) -> None:
            if resource.how is not How.COMPONENT:
                on_event(f"{resource.how}: {resource.name} ({resource.type})")
            if resource.type == MLFLOW_APP:
                tracking.start_app(resource.inputs["artifactStoreUri"], resource.inputs["roleArn"])
            if resource.type == SERVICE:
                tracking.start_task(resource.inputs["taskDefinition"])

        program, resources = _apply(root, env, Cloud(aws, on_made=made), before, on_event)
        outputs = plain(program.outputs)
        server = tracking.server
        if server is None:
            server = tracking.start(f"s3://{outputs['wiring']['MLOPS_MODELS_BUCKET']}/mlflow")
            resources.append(Resource(type=MLFLOW_BY_URL, name="tracking", how=How.REPLACED, note=NOT_ASKED))
        yield Rehearsal(
            resources=resources,
            outputs=outputs,
            aws=aws,
            _tracking=server,
            _before=before,
            _on_event=on_event,
        )


class _Tracking:
    """The MLflow server, started beside the program as soon as its artifact store is known."""

    def __init__(self, folder: Path, aws: Aws, servers: ExitStack) -> None:
        self.folder, self.aws, self.servers = folder, aws, servers
        self.server: Mlflow | None = None

    def start_app(self, artifacts: str, role_arn: str) -> None:
        """As the managed app, with its role."""
        self.start(artifacts, Platform(self.aws).assume(role_arn, service="sagemaker").credentials)

    def start_task(self, definition: str) -> None:
        """As the task on Fargate, with its role, flags and users."""
        told, container = Platform(self.aws).task(definition)
        users = {ADMIN_USER: told[variable("admin_password")], CLIENT: told[variable("client_password")]}
        self.start(told[variable("artifacts")], container.credentials, users)

    def start(self, artifacts: str, role: Credentials | None = None, users: Mapping[str, str] | None = None) -> Mlflow:
        self.server = mlflow_server(self.folder, artifacts, self.aws.endpoint, self.aws.region, role, users)
        self.servers.callback(self.server.process.kill)
        self.server.process.launch()
        return self.server


def _apply(
    root: Path, env: str, cloud: Cloud, before: set[str], on_event: OnEvent
) -> tuple[offline.Program, list[Resource]]:
    """Runs the program against the API. Where it fails, what was made is deleted before the error is raised."""
    with environment(aws_variables(cloud.aws.endpoint, cloud.aws.region)):
        try:
            program = offline.run(root, env, mocks=cloud)
        except Exception as error:
            refusal = cloud.failure
            leftovers = destroy(cloud.stop(), cloud.aws, before=before, on_event=on_event)
            if refusal is None:
                raise
            raise _failure(refusal, leftovers) from error
    return program, _as_registered(cloud.resources, program)


def _failure(refusal: RehearsalError, leftovers: Leftovers) -> RehearsalError:
    end = f"\nand after deleting what had been made:\n{leftovers}" if leftovers else ""
    return RehearsalError(f"{refusal}{end}")


def _as_registered(resources: list[Resource], program: offline.Program) -> list[Resource]:
    """The resources with what only the program's own record knows: parent and protection."""
    asked = {(resource.type, resource.name): resource for resource in program.resources}
    for resource in resources:
        if known := asked.get((resource.type, resource.name)):
            *_, parent_type, parent_name = known.parent.split("::")
            resource.parent = "" if parent_type == offline.STACK else parent_name
            resource.protect = known.protect
            resource.remark(PROTECTED if known.protect else RETAINED if known.retain_on_delete else "")
    return resources
