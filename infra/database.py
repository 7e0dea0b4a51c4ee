"""The tracking server's database: PostgreSQL on RDS, private, encrypted, its password kept and replaced by RDS."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import firewall, names
from infra.data import DataLake
from infra.network import Network
from infra.permissions import allow, service_role
from infra.place import Place
from infra.settings import FargateTracking

ENGINE, VERSION, FAMILY = "postgres", "17", "postgres17"
NAME, USER = "mlflow", "mlflow"
PORT = 5433
"""Not the port that everybody tries."""
INSTANCE = "db.t4g.micro"
STORAGE_GB, LARGEST_GB = 20, 200
BACKUP_DAYS = 14
IDENTIFIER_LIMIT = 63
SUFFIX = 7
"""The digits that Pulumi puts behind the name of what it makes."""
LOG_DAYS = 90
EXPORTED = ("postgresql", "upgrade")
HOST_METRICS = "RDSOSMetrics"
"""The log group that RDS writes the host's figures to, one for all databases of the account."""


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    place: Place
    data: DataLake
    network: Network
    settings: FargateTracking


class Database(pulumi.ComponentResource):
    """One PostgreSQL database."""

    host: pulumi.Output[str]
    identifier: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    """The secret that holds user and password; RDS replaces the password every week."""
    group_id: pulumi.Output[str]
    """The security group that lets its clients in."""

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Database", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        protect, identifier = args.data.protect, names.shorten(name, IDENTIFIER_LIMIT)
        last = names.shorten(f"{name}-last", IDENTIFIER_LIMIT - SUFFIX - 1)
        group = firewall.security_group(
            f"{name}-group", vpc_id=args.network.vpc_id, description="Database of the tracking server", opts=child
        )
        logs = [
            aws.cloudwatch.LogGroup(
                f"{name}-{kind}",
                name=f"/aws/rds/instance/{identifier}/{kind}",
                retention_in_days=LOG_DAYS,
                kms_key_id=args.data.key_arn,
                opts=child,
            )
            for kind in EXPORTED
        ]
        subnets = aws.rds.SubnetGroup(
            f"{name}-subnets",
            description="Where the tracking server's database is",
            subnet_ids=args.network.private_subnets,
            opts=child,
        )
        parameters = aws.rds.ParameterGroup(
            f"{name}-parameters",
            family=FAMILY,
            description="TLS alone; slow statements and connections are logged",
            parameters=[
                # The family's default, which RDS gives back with this method: with `immediate`, each `up` would change
                # it again (github.com/hashicorp/terraform-provider-aws/issues/39252).
                {"name": "rds.force_ssl", "value": "1", "apply_method": "pending-reboot"},
                {"name": "log_connections", "value": "1"},
                {"name": "log_min_duration_statement", "value": "1000"},
            ],
            opts=child,
        )
        watcher, may_watch = self._watcher(name, args, child) if args.settings.standby else (None, None)
        instance = aws.rds.Instance(
            f"{name}-instance",
            identifier=identifier,
            engine=ENGINE,
            engine_version=VERSION,
            instance_class=INSTANCE,
            db_name=NAME,
            username=USER,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=args.data.key_arn,
            port=PORT,
            publicly_accessible=False,
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[group.id],
            parameter_group_name=parameters.name,
            storage_type="gp3",
            allocated_storage=STORAGE_GB,
            max_allocated_storage=LARGEST_GB,
            storage_encrypted=True,
            kms_key_id=args.data.key_arn,
            iam_database_authentication_enabled=True,
            backup_retention_period=BACKUP_DAYS,
            copy_tags_to_snapshot=True,
            auto_minor_version_upgrade=True,
            enabled_cloudwatch_logs_exports=list(EXPORTED),
            multi_az=args.settings.standby,
            monitoring_interval=60 if watcher else 0,
            monitoring_role_arn=watcher.arn if watcher else None,
            deletion_protection=protect,
            skip_final_snapshot=not protect,
            # A stack that is made again has another, as RDS refuses a second snapshot of one name.
            final_snapshot_identifier=pulumi.Output.concat(last, "-", subnets.name.apply(_suffix)) if protect else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*logs, may_watch] if may_watch else logs),
        )
        self.host, self.identifier = instance.address, instance.identifier
        self.secret_arn = instance.master_user_secrets.apply(lambda secrets: secrets[0].secret_arn or "")
        self.group_id = group.id
        self.register_outputs({"host": self.host, "secretArn": self.secret_arn})

    def _watcher(
        self, name: str, args: DatabaseArgs, child: pulumi.ResourceOptions
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """The role by which RDS writes down how the host is, and its policy."""
        streams = args.place.arn("logs", f"log-group:{HOST_METRICS}:*")
        return service_role(
            f"{name}-watcher",
            service="monitoring.rds",
            place=args.place,
            statements=[
                allow("logs:CreateLogGroup", "logs:PutRetentionPolicy", on=streams),
                allow("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams", on=streams),
            ],
            opts=child,
        )


def _suffix(made: str) -> str:
    return made[-SUFFIX:]
