"""What EventBridge does with the program's pipeline: it starts it when the clock or an event says so."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from infra.rehearsal.aws import EVENTS, Aws, RefusedError
from infra.rehearsal.credentials import of_service
from infra.rehearsal.platform import Platform


class Starting:
    """The starts of one account's pipelines, each under the role that the program made for it."""

    def __init__(self, aws: Aws) -> None:
        self._aws, self._platform = aws, Platform(aws)

    def delivered(self) -> list[str]:
        """Starts what the events that were put since the last look ask for; the executions' ARNs, in order.

        A start that is refused is left to the queue, as on AWS.
        """
        found = []
        for event in self._aws.page(EVENTS):
            for rule in event.pop("rules"):
                try:
                    found.append(self.decided(event, rule))
                except RefusedError:
                    continue
        return found

    def started(self, schedule: str) -> str:
        """Starts the pipeline of a schedule, as its time had come; the execution's ARN."""
        target = self._aws.call("scheduler", "GetSchedule", Name=schedule)["Target"]
        scheduler = self._platform.assume(target["RoleArn"], service="scheduler")
        # Where the start goes that does not succeed.
        scheduler.ask("sqs:SendMessage", target["DeadLetterConfig"]["Arn"])
        return self._start_pipeline(scheduler, target["Arn"], {})

    def decided(self, event: Mapping[str, Any], rule: str) -> str:
        """Starts the pipeline of a rule that matched an event, with what the rule takes from it; the execution's ARN.

        Where it cannot be started, the event goes to the target's queue of failures, and RefusedError is raised.
        """
        (target,) = self._aws.pages("events", "ListTargetsByRule", "Targets", Rule=rule)
        paths = target["SageMakerPipelineParameters"]["PipelineParameterList"]
        parameters = {entry["Name"]: _at(event, entry["Value"]) for entry in paths}
        try:
            caller = self._platform.assume(target["RoleArn"], service="events")
            return self._start_pipeline(caller, target["Arn"], parameters)
        except RefusedError:
            queue = self._aws.call("sqs", "GetQueueUrl", QueueName=target["DeadLetterConfig"]["Arn"].split(":")[-1])
            self._as_rule(rule, target["DeadLetterConfig"]["Arn"])
            self._aws.call("sqs", "SendMessage", QueueUrl=queue["QueueUrl"], MessageBody=json.dumps(event))
            raise

    def _start_pipeline(self, caller: Aws, arn: str, parameters: Mapping[str, str]) -> str:
        given = [{"Name": name, "Value": value} for name, value in parameters.items()]
        answer = caller.call(
            "sagemaker",
            "StartPipelineExecution",
            PipelineName=arn.rpartition("/")[2],
            PipelineParameters=given,
            ClientRequestToken=secrets.token_hex(16),
        )
        return answer["PipelineExecutionArn"]

    def _as_rule(self, rule: str, queue_arn: str) -> None:
        """What the queue's policy says of EventBridge, which names the rule it sends for."""
        arn = self._aws.arn("events", f"rule/{rule}")
        self._aws.acting(of_service("events")).ask("sqs:SendMessage", queue_arn, {"aws:SourceArn": arn})


def _at(event: Mapping[str, Any], path: str) -> str:
    """The value at a path such as $.detail.reason; another text stands for itself.

    Source: docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html, "Target parameters"
    """
    if not path.startswith("$."):
        return path
    value: Any = event
    for name in path.removeprefix("$.").split("."):
        value = value[name]
    return str(value)
