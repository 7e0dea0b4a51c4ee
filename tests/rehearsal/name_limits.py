"""How long AWS lets names be, by resource type and with the source of each."""

MODELLED: dict[str, tuple[str, str, str]] = {
    "aws:appautoscaling/policy:Policy": ("application-autoscaling", "PutScalingPolicy", "PolicyName"),
    "aws:appautoscaling/scheduledAction:ScheduledAction": (
        "application-autoscaling",
        "PutScheduledAction",
        "ScheduledActionName",
    ),
    "aws:budgets/budget:Budget": ("budgets", "CreateBudget", "Budget.BudgetName"),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": ("cloudwatch", "PutCompositeAlarm", "AlarmName"),
    "aws:cloudwatch/eventRule:EventRule": ("events", "PutRule", "Name"),
    "aws:cloudwatch/logGroup:LogGroup": ("logs", "CreateLogGroup", "logGroupName"),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": ("logs", "PutMetricFilter", "filterName"),
    "aws:cloudwatch/logStream:LogStream": ("logs", "CreateLogStream", "logStreamName"),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": ("logs", "PutSubscriptionFilter", "filterName"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("cloudwatch", "PutMetricAlarm", "AlarmName"),
    "aws:codebuild/project:Project": ("codebuild", "CreateProject", "name"),
    "aws:ecr/repository:Repository": ("ecr", "CreateRepository", "repositoryName"),
    "aws:eks/cluster:Cluster": ("eks", "CreateCluster", "name"),
    "aws:iam/instanceProfile:InstanceProfile": ("iam", "CreateInstanceProfile", "InstanceProfileName"),
    "aws:iam/policy:Policy": ("iam", "CreatePolicy", "PolicyName"),
    "aws:iam/role:Role": ("iam", "CreateRole", "RoleName"),
    "aws:iam/rolePolicy:RolePolicy": ("iam", "PutRolePolicy", "PolicyName"),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        "firehose",
        "CreateDeliveryStream",
        "DeliveryStreamName",
    ),
    "aws:kms/alias:Alias": ("kms", "CreateAlias", "AliasName"),
    "aws:lambda/alias:Alias": ("lambda", "CreateAlias", "Name"),
    "aws:sagemaker/endpoint:Endpoint": ("sagemaker", "CreateEndpoint", "EndpointName"),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": (
        "sagemaker",
        "CreateEndpointConfig",
        "EndpointConfigName",
    ),
    "aws:sagemaker/mlflowApp:MlflowApp": ("sagemaker", "CreateMlflowApp", "Name"),
    "aws:sagemaker/modelCard:ModelCard": ("sagemaker", "CreateModelCard", "ModelCardName"),
    "aws:sagemaker/model:Model": ("sagemaker", "CreateModel", "ModelName"),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": (
        "sagemaker",
        "CreateModelPackageGroup",
        "ModelPackageGroupName",
    ),
    "aws:sagemaker/pipeline:Pipeline": ("sagemaker", "CreatePipeline", "PipelineName"),
    "aws:scheduler/schedule:Schedule": ("scheduler", "CreateSchedule", "Name"),
    "aws:scheduler/scheduleGroup:ScheduleGroup": ("scheduler", "CreateScheduleGroup", "Name"),
    "aws:secretsmanager/secret:Secret": ("secretsmanager", "CreateSecret", "Name"),
}
"""Service, operation and member whose `max` and `pattern` in botocore's model are the limit."""
DOCUMENTED: dict[str, tuple[int, str]] = {
    "aws:ecs/taskDefinition:TaskDefinition": (
        255,
        "docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html",
    ),
    "aws:rds/parameterGroup:ParameterGroup": (
        255,
        "docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBParameterGroup.html",
    ),
    "aws:rds/subnetGroup:SubnetGroup": (
        255,
        "docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html",
    ),
    "aws:cloudtrail/trail:Trail": (128, "docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html"),
    "aws:ec2/securityGroup:SecurityGroup": (
        255,
        "docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html",
    ),
    "aws:cloudwatch/dashboard:Dashboard": (
        255,
        "docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html",
    ),
    "aws:ecs/cluster:Cluster": (255, "docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html"),
    "aws:ecs/service:Service": (255, "docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html"),
    "aws:lambda/function:Function": (64, "docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"),
    "aws:lb/loadBalancer:LoadBalancer": (
        32,
        "docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html",
    ),
    "aws:lb/targetGroup:TargetGroup": (
        32,
        "docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html",
    ),
    "aws:rds/instance:Instance": (63, "docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html"),
    "aws:s3/bucket:Bucket": (63, "docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"),
    "aws:sns/topic:Topic": (256, "docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html"),
    "aws:sqs/queue:Queue": (80, "docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"),
}
"""Limit and source, of names that no model limits."""
NAMELESS: dict[str, str] = {
    "aws:appautoscaling/target:Target": "an endpoint and a variant",
    **dict.fromkeys(
        [
            f"aws:ec2/{kind[0].lower()}{kind[1:]}:{kind}"
            for kind in (
                *("Eip", "FlowLog", "InternetGateway", "NatGateway", "Route", "RouteTable", "RouteTableAssociation"),
                *("Subnet", "Vpc", "VpcEndpoint"),
            )
        ],
        "AWS gives it an id",
    ),
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": "one to a VPC",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "one to a VPC",
    "aws:lb/listener:Listener": "one to a port of a load balancer",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "AWS gives it an id",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "AWS gives it an id",
    "aws:cloudwatch/eventTarget:EventTarget": "an id within its rule",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "one to a repository",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "one to a repository",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "a role and a policy",
    "aws:kms/key:Key": "AWS gives it an id",
    "aws:lambda/functionUrl:FunctionUrl": "one to an alias of a function",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "one to a bucket",
    "aws:s3/bucketLogging:BucketLogging": "one to a bucket",
    "aws:s3/bucketObjectv2:BucketObjectv2": "a key within its bucket: a rule of infra/rehearsal/rules/s3.py",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "one to a bucket",
    "aws:s3/bucketPolicy:BucketPolicy": "one to a bucket",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "one to a bucket",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": "one to a bucket",
    "aws:s3/bucketVersioning:BucketVersioning": "one to a bucket",
    "aws:sqs/queuePolicy:QueuePolicy": "one to a queue",
    "aws:sns/topicPolicy:TopicPolicy": "one to a topic",
    "aws:sns/topicSubscription:TopicSubscription": "AWS gives it an id",
    **dict.fromkeys(
        [
            f"pulumi-python:dynamic:{kind}"
            for kind in ("Certificate", "Converged", "Fleet", "ImageBuild", "Password", "Retained", "Shifted")
        ],
        "nothing of AWS's own",
    ),
}
"""What has no name of its own in AWS, and why."""
ONE_TO_AN_ACCOUNT: dict[str, str] = {
    "aws:account/alternativeContact:AlternativeContact": "accounts/latest/reference/API_PutAlternateContact.html",
    "aws:account/primaryContact:PrimaryContact": "accounts/latest/reference/API_PutContactInformation.html",
    "aws:account/region:Region": "accounts/latest/reference/API_EnableRegion.html",
    "aws:apigateway/account:Account": "apigateway/latest/api/API_UpdateAccount.html",
    "aws:backup/globalSettings:GlobalSettings": "aws-backup/latest/devguide/API_UpdateGlobalSettings.html",
    "aws:backup/regionSettings:RegionSettings": "aws-backup/latest/devguide/API_UpdateRegionSettings.html",
    "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration": (
        "bedrock/latest/APIReference/API_PutModelInvocationLoggingConfiguration.html"
    ),
    "aws:cfg/deliveryChannel:DeliveryChannel": "config/latest/APIReference/API_PutDeliveryChannel.html",
    "aws:cfg/recorder:Recorder": "config/latest/APIReference/API_PutConfigurationRecorder.html",
    "aws:cloudwatch/logAccountPolicy:LogAccountPolicy": (
        "AmazonCloudWatchLogs/latest/APIReference/API_PutAccountPolicy.html"
    ),
    "aws:costexplorer/costAllocationTag:CostAllocationTag": (
        "aws-cost-management/latest/APIReference/API_UpdateCostAllocationTagsStatus.html"
    ),
    "aws:ebs/defaultKmsKey:DefaultKmsKey": "AWSEC2/latest/APIReference/API_ModifyEbsDefaultKmsKeyId.html",
    "aws:ebs/encryptionByDefault:EncryptionByDefault": (
        "AWSEC2/latest/APIReference/API_EnableEbsEncryptionByDefault.html"
    ),
    "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess": (
        "AWSEC2/latest/APIReference/API_EnableSnapshotBlockPublicAccess.html"
    ),
    **dict.fromkeys(
        [f"aws:ec2/default{kind}:Default{kind}" for kind in ("RouteTable", "Subnet", "Vpc", "VpcDhcpOptions")],
        "vpc/latest/userguide/default-vpc.html",
    ),
    "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess": (
        "AWSEC2/latest/APIReference/API_EnableImageBlockPublicAccess.html"
    ),
    "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults": (
        "AWSEC2/latest/APIReference/API_ModifyInstanceMetadataDefaults.html"
    ),
    "aws:ec2/serialConsoleAccess:SerialConsoleAccess": (
        "AWSEC2/latest/APIReference/API_EnableSerialConsoleAccess.html"
    ),
    "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions": (
        "AWSEC2/latest/APIReference/API_ModifyVpcBlockPublicAccessOptions.html"
    ),
    "aws:ecr/accountSetting:AccountSetting": "AmazonECR/latest/APIReference/API_PutAccountSetting.html",
    "aws:ecr/registryPolicy:RegistryPolicy": "AmazonECR/latest/APIReference/API_PutRegistryPolicy.html",
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": (
        "AmazonECR/latest/APIReference/API_PutRegistryScanningConfiguration.html"
    ),
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": (
        "AmazonECR/latest/APIReference/API_PutReplicationConfiguration.html"
    ),
    "aws:ecs/accountSettingDefault:AccountSettingDefault": (
        "AmazonECS/latest/APIReference/API_PutAccountSettingDefault.html"
    ),
    "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration": (
        "emr/latest/APIReference/API_PutBlockPublicAccessConfiguration.html"
    ),
    "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings": (
        "glue/latest/webapi/API_PutDataCatalogEncryptionSettings.html"
    ),
    "aws:glue/resourcePolicy:ResourcePolicy": "glue/latest/webapi/API_PutResourcePolicy.html",
    "aws:guardduty/detector:Detector": "guardduty/latest/APIReference/API_CreateDetector.html",
    "aws:iam/accountAlias:AccountAlias": "IAM/latest/APIReference/API_CreateAccountAlias.html",
    "aws:iam/accountPasswordPolicy:AccountPasswordPolicy": (
        "IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html"
    ),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": (
        "IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html"
    ),
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": "IAM/latest/APIReference/API_CreateServiceLinkedRole.html",
    "aws:inspector2/enabler:Enabler": "inspector/v2/APIReference/API_Enable.html",
    "aws:lakeformation/dataLakeSettings:DataLakeSettings": (
        "lake-formation/latest/APIReference/API_PutDataLakeSettings.html"
    ),
    "aws:macie2/account:Account": "macie/latest/APIReference/macie.html",
    "aws:organizations/organization:Organization": "organizations/latest/APIReference/API_CreateOrganization.html",
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": (
        "AmazonS3/latest/API/API_control_PutPublicAccessBlock.html"
    ),
    "aws:sagemaker/servicecatalogPortfolioStatus:ServicecatalogPortfolioStatus": (
        "sagemaker/latest/APIReference/API_EnableSagemakerServicecatalogPortfolio.html"
    ),
    "aws:securityhub/account:Account": "securityhub/1.0/APIReference/API_EnableSecurityHub.html",
    "aws:servicequotas/serviceQuota:ServiceQuota": (
        "servicequotas/2019-06-24/apireference/API_RequestServiceQuotaIncrease.html"
    ),
    "aws:ssm/defaultPatchBaseline:DefaultPatchBaseline": (
        "systems-manager/latest/APIReference/API_RegisterDefaultPatchBaseline.html"
    ),
    "aws:ssm/serviceSetting:ServiceSetting": "systems-manager/latest/APIReference/API_UpdateServiceSetting.html",
    "aws:xray/encryptionConfig:EncryptionConfig": "xray/latest/api/API_PutEncryptionConfig.html",
}
"""Types of which an account or one of its regions has one, by the page under docs.aws.amazon.com that says so.

Two environments in one account would take them from each other. They belong into `infra/account/`.
"""
