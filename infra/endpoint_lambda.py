"""The endpoint on Lambda: the same image as a function behind a URL, which costs nothing while nobody asks."""

import pulumi
import pulumi_aws as aws

from infra.capture import CaptureDelivery, CaptureDeliveryArgs
from infra.endpoint import LOG_DAYS, EndpointArgs
from infra.permissions import allow, document, objects, read_key, service_role
from infra.rollout import CHAMPION
from infra.session import connection
from infra.settings import Function
from infra.shifted import Shifted
from ml.agreed import APPROVED, MODEL_SHA256, MODEL_URL

ALIAS = "live"
"""What callers reach; versions come and go behind it."""
COMMAND = "function"
"""What the image starts instead of the server."""


class LambdaEndpoint(pulumi.ComponentResource):
    """Answers requests with the released model, by a function URL that asks for the caller's signature."""

    endpoint_name: pulumi.Output[str]
    url: pulumi.Output[str]
    capture_stream: pulumi.Output[str]
    alarm_arns: list[pulumi.Output[str]]
    """None of its own: the alarms on requests watch a new version too."""

    def __init__(
        self, name: str, args: EndpointArgs, serving: Function, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("mlops:index:LambdaEndpoint", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        place, release, rollout = args.place, args.settings.model, args.settings.rollout
        function_arn = place.arn("lambda", f"function:{place.endpoint_name}")

        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/lambda/{place.endpoint_name}",
            retention_in_days=LOG_DAYS,
            kms_key_id=args.data.key_arn,
            opts=child,
        )
        role, policy = service_role(
            f"{name}-role",
            service="lambda",
            place=place,
            # Lambda refuses roles of other accounts, and documents no key by which it would say its own.
            when={},
            statements=[
                # Also without a release: versions that served one before may still start.
                *objects(args.data.models, read=[APPROVED]),
                read_key(args.data.key_arn),
                allow("logs:CreateLogStream", "logs:PutLogEvents", on=pulumi.Output.concat(logs.arn, ":*")),
            ],
            opts=child,
        )
        pulled = aws.ecr.RepositoryPolicy(
            f"{name}-pull",
            repository=args.image.repository_name,
            policy=document(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                    "Condition": {
                        "StringLike": {"aws:SourceArn": [function_arn, pulumi.Output.concat(function_arn, ":*")]}
                    },
                }
            ),
            opts=child,
        )
        function = aws.lambda_.Function(
            f"{name}-function",
            name=place.endpoint_name,
            description=f"Answers requests of {place.prefix}",
            package_type="Image",
            image_uri=args.image.uri,
            image_config={"commands": [COMMAND]},
            architectures=["x86_64"],
            role=role.arn,
            memory_size=serving.memory_mb,
            timeout=serving.timeout_seconds,
            reserved_concurrent_executions=serving.concurrency,
            environment={
                "variables": {
                    "MLOPS_VARIANT": CHAMPION,
                    "MLOPS_CAPTURE": "stdout",
                    **({MODEL_URL: release.url, MODEL_SHA256: release.sha256} if release else {}),
                }
            },
            logging_config={"log_format": "Text", "log_group": logs.name},
            publish=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, pulled]),
        )
        alias = aws.lambda_.Alias(
            f"{name}-alias",
            name=ALIAS,
            function_name=function.name,
            function_version=function.version,
            # Where it is from the second version on is for the shift to say.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["functionVersion", "routingConfig"]),
        )
        url = aws.lambda_.FunctionUrl(
            f"{name}-url",
            function_name=function.name,
            qualifier=alias.name,
            authorization_type="AWS_IAM",
            invoke_mode="BUFFERED",
            opts=child,
        )
        shifted = Shifted(
            f"{name}-shifted",
            function=function.name,
            alias=alias.name,
            version=function.version,
            percent=rollout.share if rollout.strategy == "canary" else 0,
            bake_minutes=rollout.bake_minutes,
            alarms=args.monitoring.rollback_alarms,
            connection=connection(place.region),
            opts=child,
        )
        capture = CaptureDelivery(
            # Not the other endpoint's: where one replaces the other, both are there for a while, with their logs.
            f"{place.prefix}-url-capture",
            CaptureDeliveryArgs(place=place, data=args.data, logs=logs.name),
            child,
        )

        self.endpoint_name = pulumi.Output.all(function.name, shifted.version).apply(lambda made: str(made[0]))
        self.url = url.function_url
        self.capture_stream = capture.stream_name
        self.alarm_arns = []
        self.register_outputs({"endpointName": self.endpoint_name, "url": self.url})
