"""Instances that come and go with the load, and fewer of them in off-hours."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import metrics
from infra.alarm import described
from infra.fleet import DIMENSION, NAMESPACE, resource_id
from infra.settings import Async, OffHours, Scaling, Settings

PREDEFINED = {
    "invocations": "SageMakerVariantInvocationsPerInstance",
    "concurrency": "SageMakerVariantConcurrentRequestsPerModelHighResolution",
}
"""docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html"""
SCALE_OUT_SECONDS, SCALE_IN_SECONDS = 60, 300
"""What is waited for after instances came, and after instances went."""
WAITING = "HasBacklogWithoutCapacity"
"""1 while requests wait and there is no instance: .../sagemaker/latest/dg/async-inference-autoscale.html"""
DAYS = {"daily": "*", "weekdays": "MON-FRI"}


@dataclass(frozen=True, kw_only=True)
class AutoscalingArgs:
    endpoint: pulumi.Input[str]
    """The endpoint's name as the endpoint gives it: what is not there cannot be registered."""
    variants: Sequence[str]
    registration: pulumi.Input[str]
    """`Fleet.registration`: with another, everything is registered anew."""
    scaling: Scaling
    settings: Settings


class Autoscaling(pulumi.ComponentResource):
    """Scales each variant between its bounds, by one metric and by the clock."""

    alarm_arns: list[pulumi.Output[str]]
    """Those that start an endpoint's first instances."""

    def __init__(self, name: str, args: AutoscalingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Autoscaling", name, {}, opts)
        self.alarm_arns = []
        # In a preview nobody looked: an empty registration is no trigger, else each release would show replacements.
        trigger = pulumi.Output.from_input(args.registration).apply(lambda registration: registration or None)
        # The names are the same before and after: the old one goes first, or would take the new one away.
        anew = pulumi.ResourceOptions(parent=self, replacement_trigger=trigger, delete_before_replace=True)
        for variant in args.variants:
            target = aws.appautoscaling.Target(
                f"{name}-{variant}",
                service_namespace=NAMESPACE,
                scalable_dimension=DIMENSION,
                resource_id=pulumi.Output.from_input(args.endpoint).apply(
                    lambda endpoint, variant=variant: resource_id(endpoint, variant)
                ),
                min_capacity=args.scaling.min_instances,
                max_capacity=args.scaling.max_instances,
                opts=anew,
            )
            _track(f"{name}-{variant}-load", target, args, anew)
            if isinstance(args.settings.serving, Async) and fewest(args.settings) == 0:
                self.alarm_arns.append(_wake(f"{name}-{variant}", target, args, anew))
            if hours := args.settings.off_hours:
                _schedule(f"{name}-{variant}-down", target, hours.begin, hours, hours, anew)
                _schedule(f"{name}-{variant}-up", target, hours.end, hours, args.scaling, anew)
        self.register_outputs({})


def fewest(settings: Settings) -> int:
    """How many instances a variant may be left with, at any hour."""
    bounds = [section.min_instances for section in (settings.scaling, settings.off_hours) if section]
    return min(bounds, default=1)


def cron(time: str, days: str) -> str:
    """A time of day on some days, as Application Auto Scaling reads it."""
    hour, minute = time.split(":")
    return f"cron({int(minute)} {int(hour)} ? * {DAYS[days]} *)"


def _track(name: str, target: aws.appautoscaling.Target, args: AutoscalingArgs, opts: pulumi.ResourceOptions) -> None:
    """Adds and takes away instances so that the metric stays near its target."""
    metric = args.scaling.metric
    tracking: aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgsDict = {
        "target_value": args.scaling.target,
        "scale_out_cooldown": SCALE_OUT_SECONDS,
        "scale_in_cooldown": SCALE_IN_SECONDS,
    }
    if metric in PREDEFINED:
        tracking["predefined_metric_specification"] = {"predefined_metric_type": PREDEFINED[metric]}
    else:
        tracking["customized_metric_specification"] = {
            "namespace": metrics.INVOKED,
            "metric_name": metrics.BACKLOG,
            "statistic": "Average",
            "dimensions": [{"name": "EndpointName", "value": args.endpoint}],
        }
    aws.appautoscaling.Policy(
        name,
        policy_type="TargetTrackingScaling",
        target_tracking_scaling_policy_configuration=tracking,
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        opts=opts,
    )


def _wake(
    name: str, target: aws.appautoscaling.Target, args: AutoscalingArgs, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """Adds the first instance: where there is none, the backlog per instance has no value to track.

    Gives the ARN of the alarm that does it.
    """
    step = aws.appautoscaling.Policy(
        f"{name}-wake",
        policy_type="StepScaling",
        step_scaling_policy_configuration={
            "adjustment_type": "ChangeInCapacity",
            "metric_aggregation_type": "Average",
            "cooldown": SCALE_IN_SECONDS,
            "step_adjustments": [{"metric_interval_lower_bound": "0", "scaling_adjustment": 1}],
        },
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        opts=opts,
    )
    alarm = aws.cloudwatch.MetricAlarm(
        f"{name}-waiting",
        # Nobody has to do anything: it acts, and tells nobody.
        alarm_description=described("waiting", "Requests wait and there is no instance: one is started."),
        namespace=metrics.INVOKED,
        metric_name=WAITING,
        dimensions={"EndpointName": args.endpoint},
        statistic="Average",
        threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        period=60,
        evaluation_periods=2,
        # As AWS has it: silence neither starts an instance nor goes on starting them.
        treat_missing_data="missing",
        alarm_actions=[step.arn],
        opts=pulumi.ResourceOptions(parent=opts.parent),
    )
    return alarm.arn


def _schedule(
    name: str,
    target: aws.appautoscaling.Target,
    time: str,
    hours: OffHours,
    bounds: OffHours | Scaling,
    opts: pulumi.ResourceOptions,
) -> None:
    aws.appautoscaling.ScheduledAction(
        name,
        schedule=cron(time, hours.days),
        timezone=hours.time_zone,
        scalable_target_action={"min_capacity": bounds.min_instances, "max_capacity": bounds.max_instances},
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        opts=opts,
    )
