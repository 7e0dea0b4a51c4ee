"""SageMaker's instance types, and how many of them production needs."""

from functools import cache

from botocore.loaders import Loader

LEAST_IN_PRODUCTION = 2
"""One instance alone is an outage whenever it fails: control SageMaker.4."""

LOCAL_STORAGE = {"m5d", "c5d", "r5d", "m6gd", "c6gd", "r6gd", "m6id", "c6id", "r6id", "m7gd", "c7gd", "r7gd"} | {
    "g4dn", "g5", "g6", "g6e", "p3dn", "p4d", "p4de", "p5", "p5e", "p5en", "trn1", "trn1n", "trn2",
}  # fmt: skip
"""Families whose disks are part of the instance and encrypted by it: "You can't request a VolumeKmsKeyId" for them.

docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingClusterConfig.html
"""


BURSTABLE = ("ml.t2.",)
"""What does not scale: docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-console.html"""
UNGUARDED = ("ml.inf1.",)
"""Whose traffic SageMaker shifts all at once and without a bake, whatever was asked.

docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html
"""


SERVING, PROCESSING, TRAINING = "endpoints", "processing jobs", "training jobs"
"""What instances are for: SageMaker has not each type for each."""
SHAPES = {
    SERVING: "ProductionVariantInstanceType",
    PROCESSING: "ProcessingInstanceType",
    TRAINING: "TrainingInstanceType",
}
"""What its API calls the types that it takes for each."""


def known(kind: str) -> frozenset[str]:
    """The types that SageMaker's API knows for endpoints, processing jobs or training jobs."""
    return _by_kind()[kind]


@cache
def _by_kind() -> dict[str, frozenset[str]]:
    """Read once: the model of SageMaker's API is large."""
    shapes = Loader().load_service_model("sagemaker", "service-2")["shapes"]
    return {kind: frozenset(shapes[name]["enum"]) for kind, name in SHAPES.items()}


def has_own_disk(instance: str) -> bool:
    """Whether the disk of an instance type, such as ml.g5.xlarge, is part of it, so that it takes no key of ours."""
    return instance.split(".")[1] in LOCAL_STORAGE
