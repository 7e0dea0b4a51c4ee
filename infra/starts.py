"""What starts the pipeline: the schedule and the monitor's decision, and a queue for starts that did not succeed."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.permissions import Statement, allow, document, service_role
from infra.place import Place
from infra.settings import TrainingSettings
from ml import events

KEPT_SECONDS = 14 * 86_400
"""How long a start that did not succeed is kept: SQS's longest."""
AGE_SECONDS, ATTEMPTS = 3600, 3
"""How long, and how often, a start is tried again."""


@dataclass(frozen=True, kw_only=True)
class StartsArgs:
    place: Place
    pipeline_arn: pulumi.Input[str]
    settings: TrainingSettings


class Starts(pulumi.ComponentResource):
    """A schedule and a rule that start the pipeline."""

    schedule_name: pulumi.Output[str]
    queue_name: pulumi.Output[str]
    """The queue of starts that did not succeed."""

    def __init__(self, name: str, args: StartsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Starts", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        queue = aws.sqs.Queue(
            f"{name}-failed",
            # SQS's own key: EventBridge cannot say to KMS for which account it writes, and a refusal would lose the
            # event without a word.
            sqs_managed_sse_enabled=True,
            message_retention_seconds=KEPT_SECONDS,
            opts=child,
        )
        rule = aws.cloudwatch.EventRule(
            f"{name}-decided",
            description="The monitor has decided that a model is to be trained.",
            event_pattern=json.dumps(events.pattern(args.place.prefix)),
            opts=child,
        )
        policy = aws.sqs.QueuePolicy(
            f"{name}-failed-policy",
            queue_url=queue.id,
            policy=document(*_failed(queue.arn, rule.arn)),
            opts=child,
        )
        start = allow("sagemaker:StartPipelineExecution", on=args.pipeline_arn)
        decider, decider_policy = service_role(
            f"{name}-decider", service="events", place=args.place, statements=[start], opts=child
        )
        aws.cloudwatch.EventTarget(
            f"{name}-target",
            rule=rule.name,
            arn=args.pipeline_arn,
            role_arn=decider.arn,
            sagemaker_pipeline_target={
                "pipeline_parameter_lists": [
                    {"name": parameter, "value": path} for parameter, path in events.PARAMETERS.items()
                ]
            },
            dead_letter_config={"arn": queue.arn},
            retry_policy={"maximum_event_age_in_seconds": AGE_SECONDS, "maximum_retry_attempts": ATTEMPTS},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[decider_policy, policy]),
        )
        scheduler, scheduler_policy = service_role(
            f"{name}-timer",
            service="scheduler",
            place=args.place,
            statements=[start, allow("sqs:SendMessage", on=queue.arn)],
            opts=child,
        )
        schedule = aws.scheduler.Schedule(
            f"{name}-schedule",
            schedule_expression=args.settings.schedule,
            state="ENABLED" if args.settings.enabled else "DISABLED",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": args.pipeline_arn,
                "role_arn": scheduler.arn,
                "dead_letter_config": {"arn": queue.arn},
                "retry_policy": {"maximum_event_age_in_seconds": AGE_SECONDS, "maximum_retry_attempts": ATTEMPTS},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[scheduler_policy]),
        )
        self.schedule_name, self.queue_name = schedule.name, queue.name
        self.register_outputs({"scheduleName": self.schedule_name, "queueName": self.queue_name})


def _failed(queue_arn: pulumi.Input[str], rule_arn: pulumi.Input[str]) -> list[Statement]:
    """EventBridge may put there what the rule could not start; nobody may without TLS."""
    return [
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
        },
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": queue_arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]
