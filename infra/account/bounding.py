"""What no role of an environment can go beyond: what its jobs, services and people do, on its own things alone.

A boundary grants nothing. It is wider than any role needs, since every role of the environment has to fit in; what it
leaves out is what no role may have: other environments' data, IAM but for passing roles on, and the state.
"""

from infra import placement
from infra.account.scope import Right, Scope, Statement, allow, deny
from infra.names import DELIVERY_PATH
from infra.permissions import CHANNELS
from ml import events

RIGHTS = (
    Right(
        service="s3",
        actions="""
        ListBucket ListBucketVersions GetBucketLocation GetBucketAcl GetObject GetObjectVersion GetObjectTagging
        PutObject PutObjectTagging DeleteObject DeleteObjectVersion AbortMultipartUpload ListMultipartUploadParts
        """,
        on=("{prefix}-*",),
    ),
    Right(
        service="kms",
        actions="Decrypt GenerateDataKey GenerateDataKeyWithoutPlaintext DescribeKey CreateGrant",
        on=("key/*",),
        of_this_stack=True,
    ),
    Right(
        service="logs",
        actions="""
        CreateLogGroup CreateLogStream DescribeLogStreams PutLogEvents GetLogEvents FilterLogEvents PutRetentionPolicy
        """,
        on=("log-group:/aws/*/{prefix}*", "log-group:/aws/sagemaker/*Jobs:*", "log-group:RDSOSMetrics:*"),
    ),
    Right(
        service="ecr",
        actions="""
        BatchCheckLayerAvailability BatchGetImage GetDownloadUrlForLayer InitiateLayerUpload UploadLayerPart
        CompleteLayerUpload PutImage DescribeImages
        """,
        on=("repository/{prefix}-*",),
    ),
    Right(service="cloudwatch", actions="DescribeAlarms DescribeAlarmHistory", on=("alarm:{prefix}-*",)),
    Right(
        service="sagemaker",
        actions="InvokeEndpoint InvokeEndpointAsync DescribeEndpoint ListTags",
        on=("endpoint/{prefix}",),
    ),
    # The monitor's way back to a release that served before: it makes and deletes nothing.
    Right(
        service="sagemaker",
        actions="UpdateEndpoint DescribeEndpointConfig DescribeModel",
        on=("endpoint/{prefix}", "endpoint-config/{config}*", "model/{prefix}-*"),
    ),
    Right(service="lambda", actions="InvokeFunctionUrl InvokeFunction", on=("function:{prefix}:*",)),
    Right(service="sns", actions="Publish"),
    Right(service="ec2", actions="CreateNetworkInterface", on=("subnet/*", "security-group/*"), of_this_stack=True),
    Right(
        service="sagemaker",
        actions="CreateProcessingJob CreateTrainingJob AddTags",
        on=("processing-job/*", "training-job/pipelines-*"),
        for_this_stack=True,
    ),
    Right(
        service="sagemaker",
        actions="CallMlflowAppApi DescribeProcessingJob StopProcessingJob DescribeTrainingJob StopTrainingJob",
        on=("mlflow-app/*", "processing-job/pipelines-*", "training-job/pipelines-*"),
        of_this_stack=True,
    ),
    Right(service="sagemaker", actions="StartPipelineExecution", on=("pipeline/{prefix}",)),
    Right(service="sqs", actions="SendMessage", on=("{prefix}-*",)),
    Right(service="secretsmanager", actions="GetSecretValue", on=("secret:{prefix}-*",)),
    Right(service="firehose", actions="PutRecord PutRecordBatch", on=("deliverystream/{prefix}-*",)),
)
OWN = [row for row in RIGHTS if row.of_this_stack]
ANYWHERE = ("ecr:GetAuthorizationToken", "logs:DescribeLogGroups", *placement.LOOKS, *CHANNELS)
"""Actions without a resource type."""
OF_SAGEMAKER = ("/aws/sagemaker/Endpoints", "/aws/sagemaker/ProcessingJobs", "/aws/sagemaker/TrainingJobs")
"""The namespaces in which SageMaker publishes under the roles of what it starts."""
DATABASE_TAG = "aws:ResourceTag/aws:rds:primaryDBInstanceArn"
"""docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html"""
JOBS = ("sagemaker.amazonaws.com",)
"""The services that roles of the program start something with, under other roles of it."""


def statements(scope: Scope) -> list[Statement]:
    namespaces = [f"{scope.project}/{scope.environment}", *OF_SAGEMAKER]
    database = f"arn:aws:rds:{scope.region}:{scope.account}:db:{scope.prefix}-*"
    return [
        *(row.statement(scope) for row in RIGHTS if not row.of_this_stack),
        # One statement for all that is known by its tag: each action is about things of its own service alone.
        allow(
            *(f"{row.service}:{name}" for row in OWN for name in row.actions.split()),
            on=[arn for row in OWN for arn in scope.arns(row.service, *row.on)],
            when=scope.of_this_stack,
        ),
        allow(*placement.INTERFACES, on=scope.arns("ec2", "network-interface/*")),
        allow(*ANYWHERE, on=["*"]),
        # RDS names the secret of a database itself, and says in a tag whose it is.
        allow(
            "secretsmanager:GetSecretValue",
            on=scope.arns("secretsmanager", "secret:rds!*"),
            when={"ArnLike": {DATABASE_TAG: database}},
        ),
        allow("cloudwatch:PutMetricData", on=["*"], when={"StringEquals": {"cloudwatch:namespace": namespaces}}),
        allow(
            "events:PutEvents",
            on=scope.arns("events", "event-bus/default"),
            when={"StringEquals": {"events:source": events.source(scope.prefix)}},
        ),
        allow(
            "iam:PassRole",
            on=scope.arns("iam", "role/{prefix}-*"),
            when={"StringEquals": {"iam:PassedToService": list(JOBS)}},
        ),
        deny("sts:AssumeRole", on=scope.arns("iam", f"role{DELIVERY_PATH}*")),
    ]
