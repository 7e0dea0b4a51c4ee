"""MLflow: the managed SageMaker app, a server of the stack's own, or one that exists."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.alarm import Alarm
from infra.data import DataLake
from infra.mlflow_server import MlflowServer, MlflowServerArgs
from infra.network import Network
from infra.permissions import Statement, allow, objects, service_role, use_key
from infra.place import Place
from infra.placement import Placement
from infra.settings import FargateTracking, Settings, UrlTracking

ARTIFACTS = "mlflow/"


@dataclass(frozen=True, kw_only=True)
class TrackingArgs:
    place: Place
    data: DataLake
    network: Network | None
    settings: Settings


class Tracking(pulumi.ComponentResource):
    """Where runs and model versions are recorded, and what a client needs to be allowed to."""

    tracking_uri: pulumi.Output[str]
    """What MLflow's client is given: the app's ARN, or the server's address."""
    client_statements: list[Statement]
    """IAM statements for a role that talks to it."""
    access_arn: pulumi.Output[str] | None
    """The secret that holds user, password and authority; None where IAM lets clients in, or nothing of ours does."""
    placement: Placement | None
    """Where in the network its clients run; None outside of one."""
    artifacts: list[str]
    """The prefixes of the models bucket where clients write artifacts themselves."""
    alarms: list[Alarm]
    """On a server of the stack's own."""

    def __init__(self, name: str, args: TrackingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Tracking", name, {}, opts)
        self.placement = args.network.jobs if args.network else None
        self.client_statements, self.artifacts, self.access_arn, self.alarms = [], [], None, []
        if isinstance(settings := args.settings.tracking, UrlTracking):
            self.tracking_uri = pulumi.Output.from_input(settings.url)
        elif isinstance(settings, FargateTracking):
            server = self._server(name, args, settings)
            self.tracking_uri, self.access_arn = server.url, server.access_arn
            self.client_statements, self.alarms = server.client_statements, server.alarms
        else:
            app = self._managed(name, args)
            self.tracking_uri = app.arn
            # One action covers the app's whole REST API.
            self.artifacts = [ARTIFACTS]
            self.client_statements = [allow("sagemaker:CallMlflowAppApi", on=app.arn)]
        self.register_outputs({"trackingUri": self.tracking_uri})

    def _server(self, name: str, args: TrackingArgs, settings: FargateTracking) -> MlflowServer:
        assert args.network is not None, "infra/limits.py asks for a network"  # noqa: S101
        return MlflowServer(
            f"{args.place.prefix}-mlflow",
            MlflowServerArgs(
                place=args.place, data=args.data, network=args.network, artifacts=ARTIFACTS, settings=settings
            ),
            pulumi.ResourceOptions(parent=self),
        )

    def _managed(self, name: str, args: TrackingArgs) -> aws.sagemaker.MlflowApp:
        child = pulumi.ResourceOptions(parent=self)
        role, policy = service_role(
            f"{name}-role",
            service="sagemaker",
            place=args.place,
            statements=[*objects(args.data.models, write=[ARTIFACTS]), use_key(args.data.key_arn)],
            opts=child,
        )
        return aws.sagemaker.MlflowApp(
            f"{name}-app",
            artifact_store_uri=pulumi.Output.concat("s3://", args.data.models, "/", ARTIFACTS.rstrip("/")),
            role_arn=role.arn,
            account_default_status="DISABLED",
            model_registration_mode="AutoModelRegistrationDisabled",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
