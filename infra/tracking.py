"""MLflow: the managed SageMaker app, or a server that exists."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.data import DataLake
from infra.permissions import Statement, allow, service_role, use_key, write_objects
from infra.place import Place
from infra.settings import ManagedTracking, UrlTracking

ARTIFACTS = "mlflow/"


@dataclass(frozen=True, kw_only=True)
class TrackingArgs:
    place: Place
    data: DataLake
    settings: ManagedTracking | UrlTracking


class Tracking(pulumi.ComponentResource):
    """Where runs and model versions are recorded, and what a client needs to be allowed to."""

    tracking_uri: pulumi.Output[str]
    """What MLflow's client is given: the app's ARN, or the server's address."""
    reader_statements: list[Statement]
    """What a client needs that only asks."""
    client_statements: list[Statement]
    """IAM statements for a role that talks to it."""

    def __init__(self, name: str, args: TrackingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Tracking", name, {}, opts)
        if isinstance(args.settings, UrlTracking):
            self.tracking_uri = pulumi.Output.from_input(args.settings.url)
            self.reader_statements = self.client_statements = []
        else:
            app = self._managed(name, args)
            self.tracking_uri = app.arn
            # One action covers the app's whole REST API. Clients write artifacts to the bucket themselves.
            self.reader_statements = [allow("sagemaker:CallMlflowAppApi", on=app.arn)]
            self.client_statements = [*self.reader_statements, *write_objects(args.data.models, ARTIFACTS)]
        self.register_outputs({"trackingUri": self.tracking_uri})

    def _managed(self, name: str, args: TrackingArgs) -> aws.sagemaker.MlflowApp:
        child = pulumi.ResourceOptions(parent=self)
        role, policy = service_role(
            f"{name}-role",
            service="sagemaker",
            place=args.place,
            statements=[*write_objects(args.data.models, ARTIFACTS), use_key(args.data.key_arn)],
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
