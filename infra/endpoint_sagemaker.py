"""The endpoint on SageMaker: serverless, real-time or asynchronous, one name from the first day on."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from infra import names, restoring, rollout, tags, variants
from infra.capture import PLATFORM_PREFIX, CaptureDelivery, CaptureDeliveryArgs, by_platform
from infra.converged import Converged
from infra.endpoint import LOG_DAYS, EndpointArgs
from infra.fleet import Fleet
from infra.permissions import (
    Statement,
    allow,
    objects,
    pull_image,
    put_metrics,
    put_objects,
    read_objects,
    service_role,
    use_key,
    write_logs,
)
from infra.place import Place
from infra.release_alarms import BASELINE, ReleaseAlarms, ReleaseAlarmsArgs
from infra.retained import Owned, Retained
from infra.scaling import Autoscaling, AutoscalingArgs
from infra.session import connection
from infra.settings import Async, Function, Hosted, RealTime, Release, Serverless, Settings
from ml.agreed import APPROVED


class SageMakerEndpoint(pulumi.ComponentResource):
    """Answers requests with the released model."""

    endpoint_name: pulumi.Output[str]
    config_name: pulumi.Output[str]
    """The configuration that the endpoint was seen to run."""
    capture_stream: pulumi.Output[str] | None
    """What delivers captured lines; none where SageMaker captures by itself."""
    alarm_arns: list[pulumi.Output[str]]
    """The alarms of the releases that it runs, and those that start its first instances."""
    url: pulumi.Output[str] | None = None
    """It is asked by its name, through SageMaker's API."""

    def __init__(self, name: str, args: EndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:SageMakerEndpoint", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        # The previous release stays: a rollback returns to it.
        kept = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        settings, serving = args.settings, hosted(args.settings)

        self.alarm_arns = []
        alarms: list[pulumi.Output[str]] = []
        # A serverless update has no guardrails: nothing could roll it back.
        if not isinstance(serving, Serverless):
            topic = args.monitoring.topic_arn
            of_release = ReleaseAlarms(
                f"{name}-release", ReleaseAlarmsArgs(place=args.place, topic_arn=topic, settings=settings), child
            )
            alarms = [*args.monitoring.rollback_alarms, *of_release.names]
            self.alarm_arns = of_release.arns
        # Where a line is captured for each prediction, the group holds them: it is encrypted and it expires.
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/sagemaker/Endpoints/{args.place.endpoint_name}",
            retention_in_days=LOG_DAYS,
            kms_key_id=args.data.key_arn,
            opts=child,
        )
        role, policy = service_role(
            f"{name}-role",
            service="sagemaker",
            place=args.place,
            statements=[
                *objects(args.data.models, read=[APPROVED]),
                *_writes(args, alarms),
                use_key(args.data.key_arn),
                *pull_image(args.image.repository_arn),
                write_logs(args.place, f"/aws/sagemaker/Endpoints/{args.place.endpoint_name}"),
                put_metrics("/aws/sagemaker/Endpoints"),
            ],
            opts=child,
        )

        def model(variant: str, release: Release | None) -> tuple[pulumi.Output[str], str]:
            """The name and the content hash of a variant's model."""
            environment = variants.environment(variant, release, args.place, lines=not by_platform(serving))
            content = names.content_hash(args.image.content, sorted(environment.items()))
            made = aws.sagemaker.Model(
                # Pulumi puts random digits behind it: the release before keeps its model, and may come back.
                f"{name}-{content}",
                execution_role_arn=role.arn,
                # Serverless containers cannot be isolated.
                enable_network_isolation=not isinstance(serving, Serverless),
                primary_container=variants.container(args.image.uri, environment, release),
                opts=pulumi.ResourceOptions.merge(kept, pulumi.ResourceOptions(depends_on=[policy])),
            )
            return made.name, content

        champion, content = model(rollout.CHAMPION, settings.model)
        models = [champion]
        share, other_share = rollout.weights(settings.rollout)
        served = {rollout.CHAMPION: (champion, share)}
        shadow: list[Any] = []
        if settings.challenger is not None:
            challenger, other = model(rollout.CHALLENGER, settings.challenger)
            models.append(challenger)
            content += other
            if settings.rollout.strategy == "shadow":
                shadow.append(variants.production(rollout.CHALLENGER, challenger, serving, 1))
            else:
                served[rollout.CHALLENGER] = challenger, other_share or 1
        prefix = variants.config_prefix(args.place.prefix, content, serving)
        aws_at = connection(args.place.region)
        fleet = None
        if not isinstance(serving, Serverless):
            fleet = Fleet(
                f"{name}-fleet",
                endpoint=args.place.endpoint_name,
                content=pulumi.Output.concat(prefix, *models),
                variants={
                    variant: {"instance": serving.instance, "count": serving.instances, "weight": weight}
                    for variant, (_model, weight) in served.items()
                },
                connection=aws_at,
                opts=child,
            )
        production = [
            variants.production(variant, model_name, serving, weight, fleet.counts if fleet else None)
            for variant, (model_name, weight) in served.items()
        ]
        config = aws.sagemaker.EndpointConfiguration(
            f"{name}-config",
            name_prefix=prefix,
            production_variants=production,
            shadow_production_variants=shadow or None,
            data_capture_config=variants.data_capture(
                args.data.capture, PLATFORM_PREFIX, args.data.key_arn, serving.capture_percent
            )
            if isinstance(serving, RealTime)
            else None,
            async_inference_config=variants.asynchronous(
                serving, args.data.capture, args.data.key_arn, args.monitoring.topic_arn
            )
            if isinstance(serving, Async)
            else None,
            kms_key_arn=args.data.key_arn if variants.takes_key(serving) else None,
            opts=kept,
        )
        owned: Owned = {
            "configs": names.config_start(args.place.prefix),
            "models": restoring.models_start(args.place),
            "stack": args.place.tags[tags.STACK],
        }
        left = Retained(
            f"{name}-retained", endpoint=args.place.endpoint_name, owned=owned, connection=aws_at, opts=child
        )
        endpoint = aws.sagemaker.Endpoint(
            f"{name}-endpoint",
            name=args.place.endpoint_name,
            endpoint_config_name=config.name,
            deployment_config=rollout.sagemaker(settings.rollout, serving, alarms),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[policy, logs, left],
                # SageMaker cannot update serverless to instances or back, nor an endpoint's production variants while
                # guardrails are on. The name is fixed, so the old one goes first.
                replacement_trigger=rollout.fixed(settings),
                delete_before_replace=True,
            ),
        )
        converged = Converged(
            f"{name}-converged",
            endpoint=endpoint.name,
            config=config.name,
            owned=owned,
            record=restoring.record_url(args.data.models, settings.model.sha256 if settings.model else BASELINE),
            connection=aws_at,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[endpoint]),
        )
        if fleet and settings.scaling:
            scaling = Autoscaling(
                f"{name}-scaling",
                AutoscalingArgs(
                    endpoint=endpoint.name,
                    variants=list(served),
                    registration=fleet.registration,
                    scaling=settings.scaling,
                    settings=settings,
                ),
                child,
            )
            self.alarm_arns += scaling.alarm_arns
        self.endpoint_name = endpoint.name
        self.config_name = converged.config
        self.capture_stream = None
        if not by_platform(serving):
            delivery = CaptureDeliveryArgs(place=args.place, data=args.data, logs=logs.name)
            self.capture_stream = CaptureDelivery(f"{args.place.prefix}-capture", delivery, child).stream_name
        self.register_outputs({"endpointName": self.endpoint_name, "configName": self.config_name})


def hosted(settings: Settings) -> Hosted:
    """The mode of serving. Raises TypeError for one that is not SageMaker's."""
    if isinstance(settings.serving, Function):
        raise TypeError(f"serving.mode is {settings.serving.mode}, expected one of SageMaker's")
    return settings.serving


def _writes(args: EndpointArgs, alarms: Sequence[pulumi.Input[str]]) -> list[Statement]:
    """What SageMaker does with the model's role in one mode and not in another."""
    serving, capture = hosted(args.settings), args.data.capture
    if isinstance(serving, Serverless):
        return []
    if isinstance(serving, RealTime):
        return [*put_objects(capture, PLATFORM_PREFIX), *_watch(args.place, alarms)]
    return [
        read_objects(capture, variants.REQUESTS),
        *put_objects(capture, variants.RESULTS, variants.FAILURES),
        allow("sns:Publish", on=args.monitoring.topic_arn),
        *_watch(args.place, alarms),
    ]


def _watch(place: Place, alarms: Sequence[pulumi.Input[str]]) -> list[Statement]:
    """Lets SageMaker see the alarms that roll back."""
    start = place.arn("cloudwatch", "alarm:")
    arns = [pulumi.Output.concat(start, name) for name in alarms]
    return [allow("cloudwatch:DescribeAlarms", on=arns)] if arns else []
