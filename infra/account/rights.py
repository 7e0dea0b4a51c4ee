"""The rights to make, update and delete what an environment's program makes: a row a service and kind of resource.

`tests/rehearsal/delivery/` applies and destroys the program under them, and names the action that a row lacks. What the
provider reads beside that is from its source, github.com/hashicorp/terraform-provider-aws: the mock does not read as it
does.
"""

from infra.account.networks import NETWORKS
from infra.account.scope import Right
from infra.account.servers import SERVERS
from infra.account.watching import ALARMS, BUDGETS, CARDS, DASHBOARDS, LOGS, STREAMS, TOPICS, TRAILS

BUCKETS = Right(
    service="s3",
    actions="""
    CreateBucket DeleteBucket ListBucket ListBucketVersions ListBucketMultipartUploads GetBucketLocation
    GetBucketTagging PutBucketTagging ListTagsForResource TagResource UntagResource GetBucketPolicy PutBucketPolicy
    DeleteBucketPolicy GetBucketAcl GetBucketCORS GetBucketWebsite GetBucketLogging PutBucketLogging
    GetBucketVersioning PutBucketVersioning GetAccelerateConfiguration GetBucketRequestPayment
    GetLifecycleConfiguration PutLifecycleConfiguration GetReplicationConfiguration GetEncryptionConfiguration
    PutEncryptionConfiguration GetBucketObjectLockConfiguration GetBucketPublicAccessBlock PutBucketPublicAccessBlock
    GetBucketOwnershipControls PutBucketOwnershipControls GetBucketNotification PutBucketNotification
    """,
)
SOURCES = Right(
    service="s3",
    actions="""
    GetObject GetObjectTagging GetObjectVersion PutObject PutObjectTagging DeleteObject DeleteObjectVersion
    AbortMultipartUpload
    """,
    on=("{prefix}-data-models-*/image-source/*",),
)
"""The source of the image, which the program uploads."""
RESTORATIONS = Right(service="s3", actions="GetObject", on=("{prefix}-data-models-*/releases/restorations/*",))
"""Why the endpoint runs another release than the program asks for: infra/converged.py. No other object is read."""
EMPTYING = Right(service="s3", actions="DeleteObject DeleteObjectVersion AbortMultipartUpload", on=("{prefix}-*/*",))
"""Only where the environment's data is not protected: a bucket goes with what is in it."""
KEYS = (
    Right(service="kms", actions="CreateKey", on=("*",), for_this_stack=True),
    # KMS does not say whether a key is new: one that carries another stack's tag is left alone.
    Right(service="kms", actions="TagResource", on=("key/*",), for_this_stack=True),
    Right(
        service="kms",
        actions="""
        DescribeKey GetKeyPolicy PutKeyPolicy GetKeyRotationStatus EnableKeyRotation DisableKeyRotation
        ListResourceTags UpdateKeyDescription UntagResource ScheduleKeyDeletion CancelKeyDeletion CreateAlias
        UpdateAlias DeleteAlias RetireGrant
        """,
        on=("key/*",),
        of_this_stack=True,
    ),
    Right(service="kms", actions="CreateAlias UpdateAlias DeleteAlias", on=("alias/{prefix}-*",)),
    Right(service="kms", actions="ListAliases", on=("*",)),
    # For disks, layers and streams: the service uses the key, not the role.
    Right(
        service="kms",
        actions="CreateGrant",
        on=("key/*",),
        of_this_stack=True,
        when={"Bool": {"kms:GrantIsForAWSResource": "true"}},
    ),
)
IMAGES = Right(
    service="ecr",
    actions="""
    CreateRepository DescribeRepositories DeleteRepository ListTagsForResource TagResource UntagResource
    DescribeImages PutLifecyclePolicy GetLifecyclePolicy DeleteLifecyclePolicy PutImageTagMutability
    PutImageScanningConfiguration GetRepositoryPolicy SetRepositoryPolicy DeleteRepositoryPolicy BatchGetImage
    GetDownloadUrlForLayer
    """,
    on=("repository/{prefix}-*",),
)
BUILDS = Right(
    service="codebuild",
    actions="CreateProject UpdateProject DeleteProject BatchGetProjects StartBuild BatchGetBuilds",
    on=("project/{prefix}-*",),
)
MODELS = (
    Right(
        service="sagemaker",
        actions="""
        CreateModel DescribeModel DeleteModel CreateEndpointConfig DescribeEndpointConfig DeleteEndpointConfig
        CreateEndpoint UpdateEndpoint DescribeEndpoint DeleteEndpoint AddTags ListTags DeleteTags
        """,
        on=("model/{prefix}-*", "endpoint-config/{config}*", "endpoint/{prefix}"),
    ),
    Right(service="sagemaker", actions="ListModels ListEndpointConfigs", on=("*",)),
)
PIPELINES = (
    Right(
        service="sagemaker",
        actions="CreatePipeline DescribePipeline UpdatePipeline DeletePipeline AddTags ListTags DeleteTags",
        on=("pipeline/{prefix}",),
    ),
    Right(
        service="events",
        actions="""
        PutRule DescribeRule DeleteRule PutTargets RemoveTargets ListTargetsByRule ListTagsForResource TagResource
        UntagResource
        """,
        on=("rule/{prefix}-*",),
    ),
    Right(
        service="sqs",
        actions="""
        CreateQueue DeleteQueue GetQueueAttributes SetQueueAttributes GetQueueUrl ListQueueTags TagQueue UntagQueue
        """,
        on=("{prefix}-*",),
    ),
)
FUNCTIONS = Right(
    service="lambda",
    actions="""
    CreateFunction GetFunction GetFunctionConfiguration GetFunctionCodeSigningConfig ListVersionsByFunction
    UpdateFunctionCode UpdateFunctionConfiguration PublishVersion DeleteFunction PutFunctionConcurrency
    GetFunctionConcurrency DeleteFunctionConcurrency CreateAlias GetAlias UpdateAlias DeleteAlias
    CreateFunctionUrlConfig GetFunctionUrlConfig UpdateFunctionUrlConfig DeleteFunctionUrlConfig TagResource
    UntagResource ListTags
    """,
    on=("function:{prefix}", "function:{prefix}:*"),
)
TRACKING = (
    Right(service="sagemaker", actions="CreateMlflowApp", on=("mlflow-app/*",), for_this_stack=True),
    Right(
        service="sagemaker",
        actions="AddTags",
        on=("mlflow-app/*",),
        for_this_stack=True,
        when={"StringEquals": {"sagemaker:TaggingAction": "CreateMlflowApp"}},
    ),
    Right(
        service="sagemaker",
        actions="DescribeMlflowApp UpdateMlflowApp DeleteMlflowApp AddTags DeleteTags ListTags",
        on=("mlflow-app/*",),
        of_this_stack=True,
    ),
)
SCHEDULES = Right(
    service="scheduler",
    actions="CreateSchedule GetSchedule UpdateSchedule DeleteSchedule",
    on=("schedule/default/{prefix}-*",),
)
SCALING = (
    # AWS makes up a target's id; it asks for the rights over the endpoint itself as well.
    Right(
        service="application-autoscaling",
        actions="RegisterScalableTarget TagResource",
        on=("scalable-target/*",),
        for_this_stack=True,
    ),
    Right(
        service="application-autoscaling",
        actions="""
        RegisterScalableTarget DeregisterScalableTarget PutScalingPolicy DeleteScalingPolicy PutScheduledAction
        DeleteScheduledAction ListTagsForResource
        """,
        on=("scalable-target/*",),
        of_this_stack=True,
    ),
    Right(
        service="application-autoscaling",
        actions="DescribeScalableTargets DescribeScalingPolicies DescribeScheduledActions",
        on=("*",),
    ),
    Right(service="sagemaker", actions="UpdateEndpointWeightsAndCapacities", on=("endpoint/{prefix}",)),
    # What follows a target's metric is an alarm that AWS names.
    Right(
        service="cloudwatch",
        actions="PutMetricAlarm DescribeAlarms DeleteAlarms",
        on=("alarm:TargetTracking-endpoint/{prefix}/*",),
    ),
    Right(
        service="iam",
        actions="CreateServiceLinkedRole",
        on=("role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/*",),
        when={"StringEquals": {"iam:AWSServiceName": "sagemaker.application-autoscaling.amazonaws.com"}},
    ),
)
ROLES = Right(
    service="iam",
    actions="""
    GetRole DeleteRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy TagRole UntagRole ListRoleTags
    ListRolePolicies GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole
    """,
    on=("role/{prefix}-*",),
)
PASSED_TO = (
    "codebuild.amazonaws.com",
    "events.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "firehose.amazonaws.com",
    "lambda.amazonaws.com",
    "logs.amazonaws.com",
    "monitoring.rds.amazonaws.com",
    "sagemaker.amazonaws.com",
    "scheduler.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
)
"""The services that run under roles of the program."""
RIGHTS = (
    BUCKETS,
    SOURCES,
    RESTORATIONS,
    *KEYS,
    IMAGES,
    BUILDS,
    *MODELS,
    *PIPELINES,
    FUNCTIONS,
    *TRACKING,
    SCHEDULES,
    ALARMS,
    *SCALING,
    DASHBOARDS,
    *LOGS,
    *TOPICS,
    STREAMS,
    *TRAILS,
    CARDS,
    *NETWORKS,
    *SERVERS,
    BUDGETS,
    ROLES,
)
