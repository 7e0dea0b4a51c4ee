"""What AWS allows, where settings and requests are both held to it: the numbers that have two readers."""

import math

SERVERLESS_MEMORY_MB = range(1024, 6144 + 1, 1024)
"""docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantServerlessConfig.html"""
CANARY_PERCENT_LIMIT = 50
LINEAR_PERCENTS = range(10, 50 + 1)
"""What SageMaker shifts in one step, of a variant's instances: .../API_TrafficRoutingConfig.html"""
ROLLING_PERCENTS = range(5, 50 + 1)
"""What SageMaker replaces in one batch, of a variant's instances: .../API_RollingUpdatePolicy.html"""
ALARMS_LIMIT = 10
"""How many alarms may roll an update back: .../API_AutoRollbackConfig.html"""

MLFLOW_APP_REGIONS = {
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
    *("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3"),
    *("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
}
"""Where SageMaker has MLflow apps, as announced with them; not confirmed since.

aws.amazon.com/blogs/aws/accelerate-ai-development-using-amazon-sagemaker-ai-with-serverless-mlflow/
"""


def real_share(percent: int, instances: int) -> float:
    """The percent of traffic that whole instances give: SageMaker shifts capacity, at least one instance of it."""
    return 100 * math.ceil(instances * percent / 100 - 1e-9) / instances
