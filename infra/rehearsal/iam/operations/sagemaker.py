"""SageMaker, its runtime, and Application Auto Scaling, which scales its endpoints.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html
"""

from infra.rehearsal.iam.operations.rows import Row, Table

MODEL, CONFIG, ENDPOINT = "model/{ModelName}", "endpoint-config/{EndpointConfigName}", "endpoint/{EndpointName}"
JOB, PIPELINE, SCHEDULE = (
    "processing-job/{ProcessingJobName}",
    "pipeline/{PipelineName}",
    ("monitoring-schedule/{MonitoringScheduleName}"),
)
CARD = "model-card/{ModelCardName}"
TRAINING = "training-job/{TrainingJobName}"
GROUP, APP = "model-package-group/{ModelPackageGroupName}", "{Arn}"
VPC = {"sagemaker:VpcSecurityGroupIds": "VpcConfig.SecurityGroupIds[]", "sagemaker:VpcSubnets": "VpcConfig.Subnets[]"}
OF_MODEL = {"sagemaker:NetworkIsolation": "EnableNetworkIsolation", **VPC}
OF_CONFIG = {
    "sagemaker:InstanceTypes": "ProductionVariants[].InstanceType",
    "sagemaker:VolumeKmsKey": "KmsKeyId",
    "sagemaker:ServerlessMaxConcurrency": "ProductionVariants[].ServerlessConfig.MaxConcurrency",
    "sagemaker:ServerlessMemorySize": "ProductionVariants[].ServerlessConfig.MemorySizeInMB",
}
OF_JOB = {
    "sagemaker:InstanceTypes": "ProcessingResources.ClusterConfig.InstanceType",
    "sagemaker:VolumeKmsKey": "ProcessingResources.ClusterConfig.VolumeKmsKeyId",
    "sagemaker:OutputKmsKey": "ProcessingOutputConfig.KmsKeyId",
    "sagemaker:MaxRuntimeInSeconds": "StoppingCondition.MaxRuntimeInSeconds",
    "sagemaker:NetworkIsolation": "NetworkConfig.EnableNetworkIsolation",
    "sagemaker:InterContainerTrafficEncryption": "NetworkConfig.EnableInterContainerTrafficEncryption",
    "sagemaker:VpcSecurityGroupIds": "NetworkConfig.VpcConfig.SecurityGroupIds[]",
    "sagemaker:VpcSubnets": "NetworkConfig.VpcConfig.Subnets[]",
}
OF_TARGET = {
    "application-autoscaling:service-namespace": "ServiceNamespace",
    "application-autoscaling:scalable-dimension": "ScalableDimension",
}
# Application Auto Scaling makes up a target's id.
OF_TARGETS = """
RegisterScalableTarget DeregisterScalableTarget PutScalingPolicy DeleteScalingPolicy
PutScheduledAction DeleteScheduledAction
"""
OF_TRAINING = {
    "sagemaker:InstanceTypes": "ResourceConfig.InstanceType",
    "sagemaker:VolumeKmsKey": "ResourceConfig.VolumeKmsKeyId",
    "sagemaker:OutputKmsKey": "OutputDataConfig.KmsKeyId",
    "sagemaker:MaxRuntimeInSeconds": "StoppingCondition.MaxRuntimeInSeconds",
    "sagemaker:NetworkIsolation": "EnableNetworkIsolation",
    "sagemaker:InterContainerTrafficEncryption": "EnableInterContainerTrafficEncryption",
    **VPC,
}

TABLE = Table(
    prefix="sagemaker",
    arn="arn:aws:sagemaker:{region}:{account}:",
    tagging="sagemaker:AddTags",
    tagging_key="sagemaker:TaggingAction",
    rows={
        "CreateModel": Row(on=MODEL, keys=OF_MODEL),
        "DescribeModel": MODEL,
        "DeleteModel": MODEL,
        "ListModels": "*",
        "CreateEndpointConfig": Row(on=CONFIG, keys=OF_CONFIG),
        "DescribeEndpointConfig": CONFIG,
        "DeleteEndpointConfig": CONFIG,
        "ListEndpointConfigs": "*",
        "CreateEndpoint": Row(on=(ENDPOINT, CONFIG)),
        "UpdateEndpoint": Row(on=(ENDPOINT, CONFIG)),
        "UpdateEndpointWeightsAndCapacities": ENDPOINT,
        "DescribeEndpoint": ENDPOINT,
        "DeleteEndpoint": ENDPOINT,
        "ListEndpoints": "*",
        "CreateProcessingJob": Row(on=JOB, keys=OF_JOB),
        "DescribeProcessingJob": JOB,
        "StopProcessingJob": JOB,
        "ListProcessingJobs": "*",
        "CreatePipeline": PIPELINE,
        "UpdatePipeline": PIPELINE,
        "DescribePipeline": PIPELINE,
        "DeletePipeline": PIPELINE,
        "ListPipelines": "*",
        "StartPipelineExecution": PIPELINE,
        "DescribePipelineExecution": "{PipelineExecutionArn}",
        "ListPipelineExecutions": PIPELINE,
        "ListPipelineParametersForExecution": "{PipelineExecutionArn}",
        "CreateTrainingJob": Row(on=TRAINING, keys=OF_TRAINING),
        "DescribeTrainingJob": TRAINING,
        "StopTrainingJob": TRAINING,
        "ListTrainingJobs": "*",
        "CreateMonitoringSchedule": SCHEDULE,
        "UpdateMonitoringSchedule": SCHEDULE,
        "DescribeMonitoringSchedule": SCHEDULE,
        "StartMonitoringSchedule": SCHEDULE,
        "StopMonitoringSchedule": SCHEDULE,
        "DeleteMonitoringSchedule": SCHEDULE,
        "ListMonitoringSchedules": "*",
        "ListMonitoringExecutions": "*",
        **dict.fromkeys(["CreateModelCard", "DescribeModelCard", "UpdateModelCard", "DeleteModelCard"], CARD),
        "ListModelCards": "*",
        "CreateModelPackageGroup": GROUP,
        "DescribeModelPackageGroup": GROUP,
        "DeleteModelPackageGroup": GROUP,
        "ListModelPackageGroups": "*",
        # SageMaker makes up the app's id.
        "CreateMlflowApp": "mlflow-app/*",
        "UpdateMlflowApp": APP,
        "DescribeMlflowApp": APP,
        "DeleteMlflowApp": APP,
        "ListMlflowApps": "*",
        "AddTags": "{ResourceArn}",
        "DeleteTags": Row(on="{ResourceArn}", keys={"aws:TagKeys": "TagKeys[]"}),
        "ListTags": "{ResourceArn}",
    },
)
SCALING = Table(
    prefix="application-autoscaling",
    arn="arn:aws:application-autoscaling:{region}:{account}:",
    tagging="application-autoscaling:TagResource",
    rows={
        **dict.fromkeys(OF_TARGETS.split(), Row(on="scalable-target/*", keys=OF_TARGET)),
        **dict.fromkeys(["DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScheduledActions"], "*"),
    },
)
RUNTIME = Table(
    prefix="sagemaker",
    arn=TABLE.arn,
    rows={
        "InvokeEndpoint": Row(on=ENDPOINT, keys={"sagemaker:TargetModel": "TargetModel"}),
        "InvokeEndpointAsync": ENDPOINT,
    },
)
