"""A request that AWS would take, for each operation that has rules, and what is there when it comes."""

import json
from datetime import UTC, datetime
from typing import Any

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/role"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/6762f42f-f191-4aee-a411-b704d1350a0f"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:topic"
IMAGE = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/image@sha256:{'0' * 64}"
TAGS = [{"Key": "team", "Value": "ml"}]


def policy(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


TRUST = policy(Principal={"Service": "sagemaker.amazonaws.com"}, Action="sts:AssumeRole")
READS = policy(Action="s3:GetObject", Resource="*")
KEY_POLICY = policy(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Action="kms:*", Resource="*")
TOPIC_POLICY = policy(Principal={"Service": "budgets.amazonaws.com"}, Action="sns:Publish", Resource=TOPIC)
BUCKET_POLICY = policy(Principal="*", Action="s3:GetObject", Resource=["arn:aws:s3:::data", "arn:aws:s3:::data/*"])
IMAGES: dict[str, Any] = {
    "rulePriority": 1,
    "description": "keep the last 50 images of this repository",
    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 50},
    "action": {"type": "expire"},
}
JOB = {
    "ProcessingJobName": "train-<aws.scheduler.execution-id>",
    "RoleArn": ROLE,
    "AppSpecification": {"ImageUri": IMAGE},
    "ProcessingResources": {
        "ClusterConfig": {
            "InstanceCount": 1,
            "InstanceType": "ml.m5.large",
            "VolumeSizeInGB": 30,
            "VolumeKmsKeyId": KEY,
        }
    },
    "Tags": TAGS,
}
UPDATE = {
    "EndpointName": "e",
    "EndpointConfigName": "c",
    "DeploymentConfig": {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY",
                "WaitIntervalInSeconds": 600,
                "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            },
            "TerminationWaitInSeconds": 600,
            "MaximumExecutionTimeoutInSeconds": 5400,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]},
    },
}
SCHEDULE = {
    "Name": "s",
    "ScheduleExpression": "cron(0/15 3 ? 1,JUN MON-FRI 2026-2030)",
    "ScheduleExpressionTimezone": "Europe/Dublin",
    "StartDate": datetime(2026, 1, 1, tzinfo=UTC),
    "EndDate": datetime(2030, 1, 1, tzinfo=UTC),
    "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
    "Target": {
        "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createProcessingJob",
        "RoleArn": ROLE,
        "Input": json.dumps(JOB),
    },
}
REQUESTS: dict[tuple[str, str], dict[str, Any]] = {
    ("sagemaker", "CreateModel"): {
        "ModelName": "m",
        "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://models/a/model.tar.gz"},
        "Tags": TAGS,
    },
    ("sagemaker", "CreateEndpointConfig"): {
        "EndpointConfigName": "c",
        "ProductionVariants": [
            {
                "VariantName": "champion",
                "ModelName": "m",
                "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5, "ProvisionedConcurrency": 5},
            }
        ],
        "KmsKeyId": KEY,
        "Tags": TAGS,
    },
    ("sagemaker", "CreateEndpoint"): {**UPDATE, "Tags": TAGS},
    ("sagemaker", "UpdateEndpoint"): UPDATE,
    ("sagemaker", "CreateMlflowApp"): {"Name": "a", "ArtifactStoreUri": "s3://b/p", "RoleArn": ROLE, "Tags": TAGS},
    ("sagemaker", "CreateModelPackageGroup"): {"ModelPackageGroupName": "g", "Tags": TAGS},
    ("sagemaker", "CreateProcessingJob"): {**JOB, "ProcessingJobName": "train"},
    ("sagemaker", "CreatePipeline"): {
        "PipelineName": "p",
        "PipelineDefinition": '{"Version": "2020-12-01", "Steps": [{"Name": "a"}, {"Name": "b"}]}',
        "ClientRequestToken": "0" * 32,
        "RoleArn": ROLE,
        "Tags": TAGS,
    },
    ("cloudwatch", "PutMetricAlarm"): {
        "AlarmName": "a",
        "Namespace": "AWS/SageMaker",
        "MetricName": "ModelLatency",
        "Dimensions": [{"Name": "EndpointName", "Value": "e"}, {"Name": "VariantName", "Value": "champion"}],
        "ExtendedStatistic": "p99",
        "EvaluateLowSampleCountPercentile": "ignore",
        "Threshold": 0.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "Period": 3600,
        "EvaluationPeriods": 168,
        "DatapointsToAlarm": 3,
        "TreatMissingData": "notBreaching",
        "Tags": TAGS,
    },
    ("cloudwatch", "PutCompositeAlarm"): {"AlarmName": "c", "AlarmRule": 'ALARM("a") OR (NOT OK(b) AND TRUE)'},
    ("cloudwatch", "PutMetricData"): {
        "Namespace": "small/dev",
        "MetricData": [{"MetricName": "m", "Value": 1.0, "Timestamp": datetime.now(UTC).replace(tzinfo=None)}],
    },
    ("cloudwatch", "PutDashboard"): {"DashboardName": "d", "DashboardBody": '{"widgets": [{"x": 12, "width": 12}]}'},
    ("logs", "PutRetentionPolicy"): {"logGroupName": "g", "retentionInDays": 90},
    ("logs", "CreateLogGroup"): {"logGroupName": "/aws/codebuild/g", "kmsKeyId": KEY, "tags": {"team": "ml"}},
    ("logs", "PutMetricFilter"): {
        "logGroupName": "g",
        "filterName": "f",
        "filterPattern": "",
        "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1", "defaultValue": 0.0}],
    },
    ("kms", "CreateKey"): {"Policy": KEY_POLICY, "Tags": [{"TagKey": "team", "TagValue": "ml"}]},
    ("kms", "PutKeyPolicy"): {"KeyId": KEY, "Policy": KEY_POLICY},
    ("kms", "CreateAlias"): {"AliasName": "alias/a", "TargetKeyId": KEY},
    ("kms", "EnableKeyRotation"): {"KeyId": KEY},
    ("kms", "ScheduleKeyDeletion"): {"KeyId": KEY, "PendingWindowInDays": 7},
    ("iam", "CreateRole"): {"RoleName": "r", "AssumeRolePolicyDocument": TRUST, "Tags": TAGS},
    ("iam", "CreatePolicy"): {"PolicyName": "p", "PolicyDocument": READS, "Tags": TAGS},
    ("iam", "CreatePolicyVersion"): {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/p", "PolicyDocument": READS},
    ("iam", "UpdateAssumeRolePolicy"): {"RoleName": "r", "PolicyDocument": TRUST},
    ("iam", "PutRolePolicy"): {"RoleName": "r", "PolicyName": "p", "PolicyDocument": READS},
    ("iam", "AttachRolePolicy"): {"RoleName": "r", "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/p"},
    ("ecr", "CreateRepository"): {
        "repositoryName": "image",
        "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": KEY},
        "tags": TAGS,
    },
    ("ecr", "PutLifecyclePolicy"): {"repositoryName": "image", "lifecyclePolicyText": json.dumps({"rules": [IMAGES]})},
    ("ecr", "SetRepositoryPolicy"): {"repositoryName": "image", "policyText": policy(Principal="*", Action="ecr:*")},
    ("codebuild", "CreateProject"): {
        "name": "build",
        "source": {
            "type": "S3",
            "location": "models/source.zip",
            "buildspec": '{"version": 0.2, "phases": {"build": {}}}',
        },
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": {
            "type": "LINUX_CONTAINER",
            "image": "i",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": "TAG", "value": "t"}],
        },
        "serviceRole": ROLE,
        "tags": [{"key": "team", "value": "ml"}],
    },
    ("sns", "CreateTopic"): {"Name": "topic", "Attributes": {"Policy": TOPIC_POLICY}, "Tags": TAGS},
    ("sns", "SetTopicAttributes"): {"TopicArn": TOPIC, "AttributeName": "Policy", "AttributeValue": TOPIC_POLICY},
    ("sns", "Subscribe"): {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "a@example.com"},
    ("scheduler", "CreateSchedule"): SCHEDULE,
    ("scheduler", "UpdateSchedule"): SCHEDULE,
    ("scheduler", "CreateScheduleGroup"): {"Name": "g", "Tags": TAGS},
    ("budgets", "CreateBudget"): {
        "AccountId": ACCOUNT,
        "Budget": {
            "BudgetName": "b",
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "100", "Unit": "USD"},
            "CostFilters": {"TagKeyValue": ["user:Stack$small-dev"]},
        },
        "NotificationsWithSubscribers": [
            {
                "Notification": {"NotificationType": kind, "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0},
                "Subscribers": [{"SubscriptionType": "SNS", "Address": TOPIC}],
            }
            for kind in ("ACTUAL", "FORECASTED")
        ],
        "ResourceTags": TAGS,
    },
    ("s3", "CreateBucket"): {"Bucket": "small-dev-data"},
    ("s3", "PutBucketTagging"): {"Bucket": "data", "Tagging": {"TagSet": TAGS}},
    ("s3", "PutBucketPolicy"): {"Bucket": "data", "Policy": BUCKET_POLICY},
    ("s3", "PutBucketEncryption"): {
        "Bucket": "data",
        "ServerSideEncryptionConfiguration": {
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}]
        },
    },
    ("s3", "PutBucketLogging"): {
        "Bucket": "data",
        "BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "data/"}},
    },
    ("s3", "PutBucketLifecycleConfiguration"): {
        "Bucket": "data",
        "LifecycleConfiguration": {
            "Rules": [
                {
                    "ID": "superseded",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                },
                {
                    "ID": "expired",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "Expiration": {"Days": 365},
                    "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}],
                },
            ]
        },
    },
    ("s3", "PutObject"): {
        "Bucket": "data",
        "Key": "k",
        "Body": b"x",
        "Metadata": {"a": "b"},
        "Tagging": "team=ml",
        "SSEKMSKeyId": KEY,
        "ServerSideEncryption": "aws:kms",
    },
}
ANSWERS: dict[str, Any] = {
    "DescribeModel": {"ModelName": "m", "PrimaryContainer": {"Image": IMAGE}},
    "DescribeEndpointConfig": {"ProductionVariants": [{"InitialInstanceCount": 2}]},
    "DescribeAlarms": {"MetricAlarms": [{"AlarmName": "errors"}]},
    "DescribeKey": {"KeyMetadata": {"KeySpec": "SYMMETRIC_DEFAULT"}},
    "ListRolePolicies": {"PolicyNames": ["p", "q"]},
    "GetRolePolicy": {"PolicyDocument": {"Version": "2012-10-17", "Statement": []}},
    "ListAttachedRolePolicies": {"AttachedPolicies": []},
    "GetBucketVersioning": {"Status": "Enabled"},
    "GetBucketEncryption": {
        "ServerSideEncryptionConfiguration": {
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        }
    },
}
"""What is there, by the call that asks for it."""
