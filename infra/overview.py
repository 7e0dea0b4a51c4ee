"""What people look at: the dashboard, the alarm that calls a person, and those on what runs beside the endpoint."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import alarm, alarms, dashboard, documents, endpoint_alarms
from infra.batch import BatchScoring
from infra.endpoint_lambda import LambdaEndpoint
from infra.endpoint_sagemaker import SageMakerEndpoint
from infra.monitoring import Monitoring
from infra.place import Place
from infra.rollout import CHAMPION
from infra.settings import Settings
from infra.tracking import Tracking
from infra.training import Training

PAGE = "page"
"""The composite alarm's name, and its runbook's."""


@dataclass(frozen=True, kw_only=True)
class OverviewArgs:
    place: Place
    settings: Settings
    monitoring: Monitoring
    tracking: Tracking
    training: Training
    endpoint: SageMakerEndpoint | LambdaEndpoint
    batch: BatchScoring | None = None


class Overview(pulumi.ComponentResource):
    """One page to look at, and one alarm to wake up for."""

    page_alarm: pulumi.Output[str]

    def __init__(self, name: str, args: OverviewArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Overview", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        endpoint, topic = args.place.endpoint_name, args.monitoring.topic_arn
        namespace, stream = args.place.metrics_namespace, args.endpoint.capture_stream
        own = [
            alarm.make(name, each, topic, child)
            for each in (
                endpoint_alarms.of_capture(endpoint, CHAMPION, args.settings.serving, namespace, stream),
                *alarms.of_training(args.training.pipeline_name, args.training.queue_name),
                *args.tracking.alarms,
            )
        ]
        page = aws.cloudwatch.CompositeAlarm(
            f"{name}-{PAGE}",
            # The provider makes up no name for it.
            alarm_name=f"{name}-{PAGE}",
            alarm_description=alarm.described(PAGE, "The endpoint's callers are affected: a person is needed now."),
            alarm_rule=pulumi.Output.all(*args.monitoring.paging).apply(rule),
            alarm_actions=[topic],
            ok_actions=[topic],
            opts=child,
        )
        aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=endpoint,
            dashboard_body=documents.dumps(
                dashboard.body(
                    args.settings,
                    endpoint=endpoint,
                    namespace=namespace,
                    stream=stream,
                    alarm_arns=[
                        page.arn,
                        *args.monitoring.alarm_arns,
                        *args.endpoint.alarm_arns,
                        *(made.arn for made in own),
                        *(args.batch.alarm_arns if args.batch else ()),
                    ],
                )
            ),
            opts=child,
        )
        self.page_alarm = page.alarm_name
        self.register_outputs({"pageAlarm": self.page_alarm})


def rule(names: Sequence[str]) -> str:
    """A composite alarm's rule that holds while any of the alarms is in ALARM."""
    return " OR ".join(f'ALARM("{name}")' for name in names)
