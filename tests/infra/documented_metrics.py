"""The metrics that AWS has of its own, with their dimensions, by where it has them; as its pages list them.

A metric under another name or with other dimensions is no error to CloudWatch: it is an empty graph, and an alarm that
never goes off.
"""

ENDPOINT = frozenset({"EndpointName", "VariantName"})
STREAM = frozenset({"DeliveryStreamName"})
EVERYWHERE = {
    # docs.aws.amazon.com/firehose/latest/dev/cloudwatch-metrics.html
    ("AWS/Firehose", "DeliveryToS3.Records"): STREAM,
    # docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-pipelines
    ("AWS/Sagemaker/ModelBuildingPipeline", "ExecutionFailed"): frozenset({"PipelineName"}),
    # docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    # docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    ("AWS/ApplicationELB", "HealthyHostCount"): frozenset({"LoadBalancer", "TargetGroup"}),
    # docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html
    ("AWS/CertificateManager", "DaysToExpiry"): frozenset({"CertificateArn"}),
    # docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
    ("AWS/RDS", "FreeStorageSpace"): frozenset({"DBInstanceIdentifier"}),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): frozenset({"QueueName"}),
}
REAL_TIME = {
    # docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-endpoint-invocation
    **{
        ("AWS/SageMaker", name): ENDPOINT
        for name in (
            "ConcurrentRequestsPerModel",
            "Invocation4XXErrors",
            "Invocation5XXErrors",
            "InvocationModelErrors",
            "Invocations",
            "InvocationsPerInstance",
            "ModelLatency",
            "OverheadLatency",
        )
    },
    # .../monitoring-cloudwatch.html#cloudwatch-metrics-endpoints; the Normalized ones are of inference components alone
    **{
        ("/aws/sagemaker/Endpoints", name): ENDPOINT
        for name in ("CPUUtilization", "DiskUtilization", "MemoryUtilization")
    },
}
SERVERLESS = {
    # docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints-monitoring.html, which says it is exhaustive
    **{
        ("AWS/SageMaker", name): ENDPOINT
        for name in (
            "Invocation4XXErrors",
            "Invocation5XXErrors",
            "Invocations",
            "ModelLatency",
            "ModelSetupTime",
            "OverheadLatency",
            "ServerlessConcurrentExecutionsUtilization",
        )
    },
    ("/aws/sagemaker/Endpoints", "MemoryUtilization"): ENDPOINT,
}
ASYNC = {
    **REAL_TIME,
    # docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html: of the queue, which no variant has
    **{
        ("AWS/SageMaker", name): frozenset({"EndpointName"})
        for name in (
            "ApproximateAgeOfOldestRequest",
            "ApproximateBacklogSize",
            "ApproximateBacklogSizePerInstance",
            "HasBacklogWithoutCapacity",
        )
    },
}
LAMBDA = {
    # docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html, .../urls-monitoring.html
    **{
        ("AWS/Lambda", name): frozenset({"FunctionName"})
        for name in (
            "ConcurrentExecutions",
            "Duration",
            "Errors",
            "Invocations",
            "Throttles",
            "Url4xxCount",
            "Url5xxCount",
            "UrlRequestCount",
            "UrlRequestLatency",
        )
    },
}
OF_MODE = {
    mode: {**EVERYWHERE, **own}
    for mode, own in {"async": ASYNC, "lambda": LAMBDA, "real-time": REAL_TIME, "serverless": SERVERLESS}.items()
}
STATISTICS = {
    "ConcurrentRequestsPerModel": {"Minimum", "Maximum"},
    "Invocation4XXErrors": {"Average", "Sum"},
    "Invocation5XXErrors": {"Average", "Sum"},
    "HealthyHostCount": {"Average", "Maximum", "Minimum"},
    "Invocations": {"Sum"},
    "ServerlessConcurrentExecutionsUtilization": {"Average", "Maximum", "Minimum"},
}
"""The statistics that mean something, where the page names them and they are not all."""
