"""What AWS asks: the prices that `infra/cost.py` reckons with, and the types of resources that cost nothing. Pure."""

from dataclasses import dataclass

REGION = "us-east-1"
"""Whose list the prices are of."""
BASIS = f"list prices of {REGION}"
HOURS = 730
"""Hours in a month, as AWS counts them."""
DAYS = HOURS / 24


@dataclass(frozen=True)
class Price:
    """US dollars for one unit, from the list of `REGION`."""

    usd: float
    unit: str
    source: str
    date: str = "2026-11-21"


KMS_KEY = Price(1.00, "key and month", "aws.amazon.com/kms/pricing")
ALARM = Price(0.10, "alarm and month", "aws.amazon.com/cloudwatch/pricing")
COMPOSITE_ALARM = Price(0.50, "alarm and month", "aws.amazon.com/cloudwatch/pricing")
METRIC = Price(
    0.30, "custom metric and month, by the hour in which it is published", "aws.amazon.com/cloudwatch/pricing"
)
DASHBOARD = Price(3.00, "dashboard and month beyond the account's first three", "aws.amazon.com/cloudwatch/pricing")
LOGS = Price(0.50, "GB written", "aws.amazon.com/cloudwatch/pricing")
DELIVERY = Price(0.032, "GB delivered and decompressed", "aws.amazon.com/firehose/pricing", "2026-11-25")
STORAGE = Price(0.023, "GB and month", "aws.amazon.com/s3/pricing")
IMAGES = Price(0.10, "GB and month", "aws.amazon.com/ecr/pricing")
SCHEDULING = Price(0.000001, "start", "aws.amazon.com/eventbridge/pricing")
BUILD = Price(0.005, "minute of a build", "aws.amazon.com/codebuild/pricing")
FUNCTION = Price(0.0000166667, "second and GB", "aws.amazon.com/lambda/pricing", "2026-11-29")
SERVERLESS = Price(0.00002, "second and GB", "aws.amazon.com/sagemaker/ai/pricing")
NAT = Price(0.045 * HOURS, "NAT gateway and month", "aws.amazon.com/vpc/pricing", "2026-11-29")
ADDRESS = Price(0.005 * HOURS, "public IPv4 address and month", "aws.amazon.com/vpc/pricing", "2026-11-29")
VPC_ENDPOINT = Price(0.01 * HOURS, "endpoint, zone and month", "aws.amazon.com/privatelink/pricing", "2026-11-29")
BALANCER = Price(
    0.0225 * HOURS,
    "load balancer and month, without its use",
    "aws.amazon.com/elasticloadbalancing/pricing",
    "2026-11-29",
)
SECRET = Price(0.40, "secret and month", "aws.amazon.com/secrets-manager/pricing", "2026-11-29")
FARGATE_CPU = Price(0.03238 * HOURS, "ARM vCPU and month", "aws.amazon.com/fargate/pricing", "2026-11-29")
FARGATE_GB = Price(0.00356 * HOURS, "GB and month on ARM", "aws.amazon.com/fargate/pricing", "2026-11-29")
DATABASE_GB = Price(0.115, "GB and month", "aws.amazon.com/rds/postgresql/pricing", "2026-11-29")
DATABASES = {
    "db.t4g.micro": Price(
        0.016 * HOURS, "db.t4g.micro and month", "aws.amazon.com/rds/postgresql/pricing", "2026-11-29"
    )
}
INSTANCES = {
    name: Price(usd, "hour", "aws.amazon.com/sagemaker/ai/pricing")
    for name, usd in {
        "ml.t3.medium": 0.05,
        "ml.t3.large": 0.10,
        "ml.m5.large": 0.115,
        "ml.m5.xlarge": 0.23,
        "ml.m5.2xlarge": 0.461,
        "ml.c5.large": 0.102,
        "ml.c5.xlarge": 0.204,
    }.items()
}
DATA_EVENTS = Price(0.10, "100,000 reads and writes of objects", "aws.amazon.com/cloudtrail/pricing", "2026-11-29")
FREE = {
    "aws:appautoscaling/policy:Policy",
    "aws:appautoscaling/scheduledAction:ScheduledAction",
    "aws:appautoscaling/target:Target",
    "aws:budgets/budget:Budget",
    "aws:cloudwatch/logStream:LogStream",
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
    *(
        f"aws:ec2/{kind[0].lower()}{kind[1:]}:{kind}"
        for kind in (
            *("DefaultNetworkAcl", "DefaultSecurityGroup", "FlowLog", "InternetGateway", "Route", "RouteTable"),
            *("RouteTableAssociation", "SecurityGroup", "Subnet", "Vpc"),
        )
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:lb/listener:Listener",
    "aws:lb/targetGroup:TargetGroup",
    "aws:rds/parameterGroup:ParameterGroup",
    "aws:rds/subnetGroup:SubnetGroup",
    "aws:ecs/cluster:Cluster",
    "aws:ecs/service:Service",
    "pulumi-python:dynamic:Certificate",
    "pulumi-python:dynamic:Password",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    "aws:iam/policy:Policy",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:kms/alias:Alias",
    "aws:lambda/alias:Alias",
    "aws:lambda/functionUrl:FunctionUrl",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:sagemaker/endpoint:Endpoint",
    "aws:sagemaker/model:Model",
    "aws:sagemaker/mlflowApp:MlflowApp",
    "aws:sagemaker/modelCard:ModelCard",
    "aws:sns/topic:Topic",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:sqs/queue:Queue",
    "aws:sqs/queuePolicy:QueuePolicy",
    "pulumi-python:dynamic:Converged",
    "pulumi-python:dynamic:Fleet",
    "pulumi-python:dynamic:ImageBuild",
    "pulumi-python:dynamic:Retained",
    "pulumi-python:dynamic:Shifted",
}
"""No price, or within what AWS gives for nothing at the scale of one project."""
