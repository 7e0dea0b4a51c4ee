"""The rights to make, update and delete what an environment's program makes: a row a service and kind of resource.

`tests/rehearsal/delivery/` applies and destroys the program under them, and names the action that a row lacks. What the
provider reads beside that is from its source, github.com/hashicorp/terraform-provider-aws: the mock does not read as it
does.
"""

from infra.account.scope import Right

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
        on=("model/{prefix}-*", "endpoint-config/{prefix}-*", "endpoint/{prefix}"),
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
ALARMS = Right(
    service="cloudwatch",
    actions="""
    PutMetricAlarm PutCompositeAlarm DescribeAlarms DescribeAlarmHistory DeleteAlarms ListTagsForResource TagResource
    UntagResource
    """,
    on=("alarm:{prefix}-*",),
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
DASHBOARDS = Right(
    service="cloudwatch", actions="PutDashboard GetDashboard DeleteDashboards", on=("dashboard/{prefix}",)
)
LOGS = (
    Right(
        service="logs",
        actions="""
        CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey ListTagsForResource
        TagResource UntagResource ListTagsLogGroup CreateLogStream DeleteLogStream DescribeLogStreams
        PutSubscriptionFilter DeleteSubscriptionFilter DescribeSubscriptionFilters
        """,
        on=("log-group:/aws/*/{prefix}", "log-group:/aws/*/{prefix}:*", "log-group:/aws/*/{prefix}-*"),
    ),
    Right(service="logs", actions="DescribeLogGroups", on=("*",)),
)
TOPICS = (
    Right(
        service="sns",
        actions="""
        CreateTopic DeleteTopic GetTopicAttributes SetTopicAttributes ListTagsForResource TagResource UntagResource
        Subscribe ListSubscriptionsByTopic
        """,
    ),
    Right(service="sns", actions="GetSubscriptionAttributes Unsubscribe", on=("*",)),
)
STREAMS = Right(
    service="firehose",
    actions="""
    CreateDeliveryStream DescribeDeliveryStream DeleteDeliveryStream UpdateDestination ListTagsForDeliveryStream
    TagDeliveryStream UntagDeliveryStream StartDeliveryStreamEncryption StopDeliveryStreamEncryption
    """,
    on=("deliverystream/{prefix}-*",),
)
NETWORKS = (
    Right(
        service="ec2",
        actions="""
        AllocateAddress AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateFlowLogs CreateInternetGateway
        CreateNatGateway CreateRouteTable CreateSecurityGroup CreateSubnet CreateTags CreateVpc CreateVpcEndpoint
        """,
        on=("*/*",),
        for_this_stack=True,
    ),
    # In the network, or part of it, as it is.
    Right(
        service="ec2",
        actions="""
        AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress
        CreateFlowLogs CreateNatGateway CreateNetworkAclEntry CreateRoute CreateRouteTable CreateSecurityGroup
        CreateSubnet CreateTags CreateVpcEndpoint DeleteFlowLogs DeleteInternetGateway DeleteNatGateway
        DeleteNetworkAclEntry DeleteRoute DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc
        DeleteVpcEndpoints DescribeVpcAttribute DetachInternetGateway DisassociateAddress DisassociateRouteTable
        ModifySecurityGroupRules ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint ReleaseAddress
        ReplaceNetworkAclEntry ReplaceRoute RevokeSecurityGroupEgress RevokeSecurityGroupIngress
        """,
        on=("*/*",),
        of_this_stack=True,
    ),
    # What comes with a new VPC carries no tag before it is taken over; what carries another's is left alone.
    Right(
        service="ec2",
        actions="""
        CreateNetworkAclEntry CreateTags DeleteNetworkAclEntry RevokeSecurityGroupEgress RevokeSecurityGroupIngress
        """,
        on=("network-acl/*", "security-group/*"),
        when={"Null": {"aws:ResourceTag/Stack": "true"}},
    ),
    Right(
        service="ec2",
        actions="""
        DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones DescribeFlowLogs DescribeInternetGateways
        DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces DescribePrefixLists DescribeRouteTables
        DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints DescribeVpcs
        """,
        on=("*",),
    ),
)
SERVERS = (
    Right(
        service="rds",
        actions="""
        CreateDBInstance ModifyDBInstance DeleteDBInstance DescribeDBInstances RebootDBInstance AddTagsToResource
        RemoveTagsFromResource ListTagsForResource CreateDBSubnetGroup ModifyDBSubnetGroup DeleteDBSubnetGroup
        DescribeDBSubnetGroups CreateDBParameterGroup ModifyDBParameterGroup ResetDBParameterGroup
        DeleteDBParameterGroup DescribeDBParameterGroups DescribeDBParameters CreateDBSnapshot
        """,
        on=("db:{prefix}-*", "subgrp:{prefix}-*", "pg:{prefix}-*", "snapshot:{prefix}-*"),
    ),
    # A name of 32 characters has no room for the prefix: its tag says whose it is.
    Right(
        service="elasticloadbalancing",
        actions="CreateLoadBalancer CreateTargetGroup CreateListener AddTags",
        on=("loadbalancer/*", "targetgroup/*", "listener/*"),
        for_this_stack=True,
    ),
    Right(
        service="elasticloadbalancing",
        actions="""
        DeleteLoadBalancer ModifyLoadBalancerAttributes SetSecurityGroups SetSubnets SetIpAddressType DeleteTargetGroup
        ModifyTargetGroup ModifyTargetGroupAttributes CreateListener DeleteListener ModifyListener
        ModifyListenerAttributes AddTags RemoveTags
        """,
        on=("loadbalancer/*", "targetgroup/*", "listener/*"),
        of_this_stack=True,
    ),
    Right(
        service="elasticloadbalancing",
        actions="""
        DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeTargetGroups DescribeTargetGroupAttributes
        DescribeListeners DescribeListenerAttributes DescribeTags DescribeTargetHealth
        """,
        on=("*",),
    ),
    Right(
        service="acm",
        actions="ImportCertificate AddTagsToCertificate",
        on=("certificate/*",),
        for_this_stack=True,
    ),
    Right(
        service="acm",
        actions="""
        ImportCertificate DeleteCertificate DescribeCertificate AddTagsToCertificate
        """,
        on=("certificate/*",),
        of_this_stack=True,
    ),
    Right(
        service="ecs",
        actions="""
        CreateCluster DeleteCluster UpdateCluster UpdateClusterSettings DescribeClusters CreateService UpdateService
        DeleteService DescribeServices RegisterTaskDefinition TagResource UntagResource ListTagsForResource
        """,
        on=("cluster/{prefix}-*", "service/{prefix}-*", "task-definition/{prefix}-*"),
    ),
    Right(
        service="ecs",
        actions="""
        DeregisterTaskDefinition DescribeTaskDefinition ListTaskDefinitions
        """,
        on=("*",),
    ),
    Right(
        service="secretsmanager",
        actions="""
        CreateSecret DeleteSecret UpdateSecret DescribeSecret GetResourcePolicy PutSecretValue GetSecretValue
        TagResource UntagResource
        """,
        on=("secret:{prefix}-*",),
    ),
    # RDS asks for it on behalf of whoever makes a database: the secret is its own.
    Right(
        service="secretsmanager",
        actions="CreateSecret TagResource",
        on=("secret:rds!*",),
    ),
    Right(
        service="secretsmanager",
        actions="GetRandomPassword",
        on=("*",),
    ),
)
BUDGETS = Right(
    service="budgets",
    actions="ModifyBudget ViewBudget ListTagsForResource TagResource UntagResource",
    on=("budget/{prefix}-*",),
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
    "cloudtrail.amazonaws.com",
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
AUDIT = (
    Right(
        service="cloudtrail",
        actions="""
        CreateTrail UpdateTrail DeleteTrail GetTrail GetTrailStatus StartLogging StopLogging PutEventSelectors
        GetEventSelectors AddTags RemoveTags ListTags
        """,
        on=("trail/{prefix}-*",),
    ),
    Right(service="cloudtrail", actions="DescribeTrails", on=("*",)),
    Right(
        service="sagemaker",
        actions="CreateModelCard DescribeModelCard UpdateModelCard DeleteModelCard AddTags DeleteTags ListTags",
        on=("model-card/{prefix}*",),
    ),
)
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
    *NETWORKS,
    *SERVERS,
    *AUDIT,
    BUDGETS,
    ROLES,
)
