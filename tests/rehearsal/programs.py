"""Bodies of small programs; `conftest.project` puts the imports in front of them."""

VERSIONED_BUCKET = """
bucket = aws.s3.Bucket("data", tags={"team": "ml"})
versioning = aws.s3.BucketVersioning(
    "versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}
)
"""
ROLE = """
trust = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {
        "Service": ["sagemaker.amazonaws.com", "scheduler.amazonaws.com", "codebuild.amazonaws.com",
        "firehose.amazonaws.com", "lambda.amazonaws.com"]}}]}
role = aws.iam.Role("role", assume_role_policy=json.dumps(trust))
"""
ENDPOINT = (
    ROLE
    + """
model = aws.sagemaker.Model("model", execution_role_arn=role.arn, primary_container={"image": "i"})
config = aws.sagemaker.EndpointConfiguration("config", name_prefix="c-", production_variants=[
    {"variant_name": "v", "model_name": model.name, "initial_instance_count": 1, "instance_type": "ml.m5.large"}])
endpoint = aws.sagemaker.Endpoint("endpoint", endpoint_config_name=config.name)
"""
)
NETWORK = """
vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
subnet = aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/24", availability_zone="eu-west-1a")
aws.ec2.DefaultSecurityGroup("closed", vpc_id=vpc.id)
group = aws.ec2.SecurityGroup("group", vpc_id=vpc.id, description="jobs")
aws.vpc.SecurityGroupIngressRule("rule", security_group_id=group.id, referenced_security_group_id=group.id,
    ip_protocol="tcp", from_port=443, to_port=443)
"""
SERVER = """
aws.rds.ParameterGroup("parameters", family="postgres17", parameters=[{"name": "rds.force_ssl", "value": "1"}])
aws.lb.TargetGroup("target", name_prefix="a", vpc_id=vpc.id, target_type="ip", protocol="HTTP", port=5000,
    deregistration_delay=30)
aws.ecs.Cluster("cluster")
aws.secretsmanager.Secret("secret")
"""
EVERYTHING = (
    VERSIONED_BUCKET
    + ENDPOINT
    + NETWORK
    + SERVER
    + """
aws.iam.RolePolicy("policy", role=role.name, policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}))
key = aws.kms.Key("key", enable_key_rotation=True)
aws.kms.Alias("alias", target_key_id=key.key_id)
aws.ecr.Repository("repository")
aws.sqs.Queue("queue")
aws.cloudwatch.EventRule("rule", event_pattern='{"source": ["a"]}')
topic = aws.sns.Topic("topic")
aws.sns.TopicSubscription("mail", topic=topic.arn, protocol="email", endpoint="a@example.com")
audited = aws.s3.BucketPolicy("audited", bucket=bucket.id, policy=bucket.arn.apply(lambda arn: json.dumps({
    "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["s3:GetBucketAcl", "s3:PutObject"], "Resource": [arn, arn + "/*"]}]})))
aws.cloudtrail.Trail("trail", s3_bucket_name=bucket.id, opts=pulumi.ResourceOptions(depends_on=[audited]))
aws.cloudwatch.LogGroup("logs", retention_in_days=30)
aws.cloudwatch.MetricAlarm("alarm", comparison_operator="GreaterThanThreshold", evaluation_periods=1,
    metric_name="m", namespace="n", period=60, statistic="Sum", threshold=0.5)
aws.scheduler.Schedule("schedule", schedule_expression="rate(1 days)", flexible_time_window={"mode": "OFF"},
    target={"arn": "arn:aws:scheduler:::aws-sdk:sns:publish", "role_arn": role.arn,
        "input": pulumi.Output.json_dumps({"TopicArn": topic.arn, "Message": "a message"})})
aws.budgets.Budget("budget", budget_type="COST", limit_amount="100", limit_unit="USD", time_unit="MONTHLY")
aws.sagemaker.MlflowApp("app", artifact_store_uri="s3://b/p", role_arn=role.arn)
target = aws.appautoscaling.Target("target", service_namespace="sagemaker", min_capacity=1, max_capacity=2,
    scalable_dimension="sagemaker:variant:DesiredInstanceCount",
    resource_id=endpoint.name.apply(lambda name: f"endpoint/{name}/variant/v"))
aws.appautoscaling.Policy("load", policy_type="TargetTrackingScaling", service_namespace="sagemaker",
    scalable_dimension=target.scalable_dimension, resource_id=target.resource_id,
    target_tracking_scaling_policy_configuration={"target_value": 5, "predefined_metric_specification": {
        "predefined_metric_type": "SageMakerVariantInvocationsPerInstance"}})
aws.kinesis.FirehoseDeliveryStream("stream", destination="extended_s3", extended_s3_configuration={
    "role_arn": role.arn, "bucket_arn": bucket.arn})
function = aws.lambda_.Function("function", role=role.arn, package_type="Image", publish=True,
    image_uri="123456789012.dkr.ecr.eu-west-1.amazonaws.com/an@sha256:" + "0" * 64)
live = aws.lambda_.Alias("live", name="live", function_name=function.name, function_version=function.version)
aws.lambda_.FunctionUrl("url", function_name=function.name, qualifier=live.name, authorization_type="AWS_IAM")
aws.codebuild.Project("build", service_role=role.arn, artifacts={"type": "NO_ARTIFACTS"},
    environment={"type": "LINUX_CONTAINER", "image": "i", "compute_type": "BUILD_GENERAL1_SMALL"},
    source={"type": "S3", "location": "bucket/source.zip",
        "buildspec": "{version: 0.2, phases: {build: {commands: [make]}}}"})
"""
)
MLFLOW_BY_URL = """
models = aws.s3.Bucket("models")
pulumi.export("wiring", {"MLOPS_MODELS_BUCKET": models.bucket, "MLOPS_TRACKING_URI": "https://mlflow.example.com"})
"""
