"""The ways of serving that the tests plan, and the types that a program which serves is looked through for."""

from typing import Any

from tests.rehearsal.stack import RELEASE

MODEL = "aws:sagemaker/model:Model"
CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

REAL_TIME: dict[str, Any] = {
    "serving": {"mode": "real-time", "instances": 2},
    "rollout": {"strategy": "canary", "percent": 50},
}
LAMBDA: dict[str, Any] = {"serving": {"mode": "lambda", "memoryMb": 3000, "timeoutSeconds": 20, "concurrency": 7}}
NIGHT = {"begin": "20:00", "end": "07:30", "timeZone": "Europe/Amsterdam", "minInstances": 1, "maxInstances": 2}
BUSY: dict[str, Any] = {
    "serving": {"mode": "real-time", "instances": 10},
    "scaling": {"minInstances": 4, "maxInstances": 20, "metric": "invocations", "target": 900},
    "offHours": NIGHT,
}
QUEUE: dict[str, Any] = {
    "serving": {"mode": "async", "instances": 10},
    "scaling": {"minInstances": 0, "maxInstances": 10, "metric": "backlog", "target": 5},
}
MODES: dict[str, dict[str, Any]] = {
    "serverless": {"serving": {"mode": "serverless"}},
    "real-time": {"serving": {"mode": "real-time", "instances": 10}},
    "async": {"serving": {"mode": "async", "instances": 10, "concurrency": 7}},
}
"""The modes of a SageMaker endpoint."""
WAYS: dict[str, dict[str, Any]] = {
    "serverless": {},
    "real-time": REAL_TIME,
    "async": {"serving": {"mode": "async", "instances": 2}, "rollout": {"strategy": "canary", "percent": 50}},
    "async to zero": QUEUE,
    "lambda": {"serving": {"mode": "lambda", "concurrency": 10}},
    "with batch scoring": {"batch": {}},
    "with an MLflow server": {"network": {}, "tracking": {"mode": "fargate"}},
    "with a challenger": {**REAL_TIME, "rollout": {"strategy": "a-b"}, "challenger": RELEASE},
}
"""Every mode, and what a stack may have beside it."""


def release(letter: str) -> dict[str, str]:
    """A model of the settings; another letter, another model."""
    return {"url": f"s3://models/approved/{letter * 64}/model.tar.gz", "sha256": letter * 64}
