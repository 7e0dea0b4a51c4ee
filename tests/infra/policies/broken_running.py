"""How what runs can go wrong unseen, by the rule that must find it."""

from infra.policies import tokens
from tests.infra.policies.breaking import Mutation, add, drop, image, job, of_first, put, step, twin
from tests.infra.policies.broken_rights import ANYBODY

SHIFT = "deploymentConfig.blueGreenUpdatePolicy"
VARIANT = "productionVariants.0"

RUNNING: dict[str, dict[str, Mutation]] = {
    "repository-tags-never-change": {
        "tags that move": put(tokens.REPOSITORY, "imageTagMutability", "MUTABLE"),
    },
    "repository-scans-on-push": {
        "no scan": put(tokens.REPOSITORY, "imageScanningConfiguration.scanOnPush", False),
    },
    "repository-expires-images": {
        "images for ever": drop(tokens.REPOSITORY_LIFECYCLE),
    },
    "image-is-named-by-digest": {
        "an unpinned image": image(lambda uri: uri.replace("@sha256:", ":")),
        "an unpinned image of a job": job(lambda asked: asked["AppSpecification"].update(ImageUri="images:latest")),
        "an unpinned image of the pipeline": step(
            lambda job: job["AppSpecification"].update(ImageUri="images:latest"), "prepare"
        ),
        "an unpinned image of a build": put(tokens.BUILD, "environment.image", "somebody/docker:latest"),
    },
    "build-is-not-privileged": {
        "root for another build": of_first(tokens.BUILD, name="mlops-demo-prod-image-lint"),
    },
    "build-writes-logs": {
        "a build without logs": put(tokens.BUILD, "logsConfig", None),
        "a build's logs in clear": put(tokens.BUILD, "logsConfig.s3Logs", {"encryptionDisabled": True}),
    },
    "build-is-not-public": {
        "a build for everybody to see": put(tokens.BUILD, "projectVisibility", "PUBLIC_READ"),
    },
    "build-holds-no-credentials": {
        "a key in a variable": put(
            tokens.BUILD, "environment.environmentVariables", [{"name": "AWS_SECRET_ACCESS_KEY", "value": "a"}]
        ),
    },
    "training-job-is-isolated": {
        "a training job that reaches the network": step(lambda job: job.pop("EnableNetworkIsolation"), "train"),
    },
    "jobs-encrypt-what-they-say": {
        "a training job that talks in clear": step(
            lambda job: job.update(EnableInterContainerTrafficEncryption=False), "train"
        ),
        "a step that talks in clear": step(
            lambda job: job["NetworkConfig"].pop("EnableInterContainerTrafficEncryption"), "evaluate"
        ),
    },
    "jobs-encrypt-what-they-leave": {
        "a step that leaves files in clear": step(lambda job: job["ProcessingOutputConfig"].pop("KmsKeyId"), "tune"),
        "a training job that leaves a model in clear": step(
            lambda job: job["OutputDataConfig"].pop("KmsKeyId"), "train"
        ),
    },
    "lost-start-is-kept": {
        "a start that is lost": put(tokens.EVENT_TARGET, "deadLetterConfig", None),
    },
    "model-is-isolated": {
        "a model that reaches the network": put(tokens.MODEL, "enableNetworkIsolation", None),
    },
    "endpoint-outlives-an-instance": {
        "one instance in prod": put(tokens.ENDPOINT_CONFIG, f"{VARIANT}.initialInstanceCount", 1.0),
    },
    "update-is-rolled-back-by-alarms": {
        "an update without alarms": put(tokens.ENDPOINT, "deploymentConfig.autoRollbackConfiguration", None),
    },
    "update-on-instances-can-be-rolled-back": {
        "an update at once, unseen": put(tokens.ENDPOINT, "deploymentConfig", None),
    },
    "update-by-steps-bakes": {
        "a bake of no time": put(tokens.ENDPOINT, f"{SHIFT}.trafficRoutingConfiguration.waitIntervalInSeconds", 0.0),
        "no way back after the shift": put(tokens.ENDPOINT, f"{SHIFT}.terminationWaitInSeconds", 0.0),
    },
    "answers-are-captured": {
        "nothing captured": put(tokens.ENDPOINT_CONFIG, "dataCaptureConfig", None),
        "a capture switched off": put(tokens.ENDPOINT_CONFIG, "dataCaptureConfig.enableCapture", False),
        "a capture of none": put(tokens.ENDPOINT_CONFIG, "dataCaptureConfig.initialSamplingPercentage", 0.0),
    },
    "asynchronous-results-are-encrypted": {
        "results in clear": put(tokens.ENDPOINT_CONFIG, "asyncInferenceConfig", {"outputConfig": {}}),
    },
    "asynchronous-failures-are-told": {
        "failures that nobody hears of": put(
            tokens.ENDPOINT_CONFIG, "asyncInferenceConfig", {"outputConfig": {"s3FailurePath": "s3://a/b"}}
        ),
    },
    "function-url-asks-who-calls": {
        "a function for everybody": add(tokens.FUNCTION_URL, "-url", authorizationType="NONE"),
    },
    "function-is-not-public": {
        "a function that everybody may call": add(tokens.FUNCTION_PERMISSION, "-everybody", principal="*"),
        "a function for every account's events": add(
            tokens.FUNCTION_PERMISSION, "-events", principal="events.amazonaws.com"
        ),
        "a function behind an open URL": add(
            tokens.FUNCTION_PERMISSION, "-url", principal="123456789012", functionUrlAuthType="NONE"
        ),
    },
    "function-is-limited": {
        "a function without a limit": add(tokens.FUNCTION, "-function", imageUri=None),
    },
    "log-group-expires": {
        "logs for ever": put(tokens.LOG_GROUP, "retentionInDays", None),
    },
    "delivery-logs-its-failures": {
        "failures that nobody sees": put(tokens.STREAM, "extendedS3Configuration.cloudwatchLoggingOptions", None),
    },
    "alarm-has-dimensions": {
        "an alarm on nothing": put(tokens.ALARM, "dimensions", None, "watch-errors"),
        "an expression on nothing": put(tokens.ALARM, "metricQueries.1.metric.dimensions", None, "watch-failing"),
    },
    "alarm-tells-somebody": {
        "an alarm without an action": put(tokens.ALARM, "alarmActions", []),
        "an alarm that is mute": put(tokens.ALARM, "actionsEnabled", False),
        "a page that nobody gets": put(tokens.COMPOSITE_ALARM, "alarmActions", []),
    },
    "notices-are-not-sent-in-clear": {
        "notices in clear": put(tokens.SUBSCRIPTION, "protocol", "http"),
    },
    "alarm-knows-what-silence-means": {
        "silence without a meaning": put(tokens.ALARM, "treatMissingData", None),
    },
    "alarm-says-what-happened": {
        "an alarm without words": put(tokens.ALARM, "alarmDescription", None),
        "a page without words": put(tokens.COMPOSITE_ALARM, "alarmDescription", None),
    },
    "resource-says-whose-it-is": {
        "nobody's endpoint": put(tokens.ENDPOINT, "tags.Owner", None),
        "no tags": put(tokens.BUCKET, "tags", None),
    },
    "resource-belongs-to-a-component": {
        "a topic on its own": of_first(
            tokens.TOPIC, parent="urn:pulumi:prod::mlops-demo::pulumi:pulumi:Stack::mlops-demo-prod"
        ),
        "a stranger's name": of_first(tokens.TOPIC, name="topic"),
    },
    "name-is-used-once": {
        "a name used twice": twin,
    },
    "type-has-a-rule": {
        "a bucket of an older type": add("aws:s3/bucketV2:BucketV2", "-old", acl="public-read"),
        "a website": add("aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration", "-website"),
        "objects copied elsewhere": add("aws:s3/bucketReplicationConfig:BucketReplicationConfig", "-copies"),
        "a rule of an older type": add(
            "aws:ec2/securityGroupRule:SecurityGroupRule", "-in", type="ingress", cidrBlocks=["0.0.0.0/0"]
        ),
        "a server of its own": add("aws:ec2/instance:Instance", "-server"),
        "a key's policy beside it": add("aws:kms/keyPolicy:KeyPolicy", "-key-policy", policy=ANYBODY),
        "a grant of a key": add("aws:kms/grant:Grant", "-grant"),
        "a secret's policy": add("aws:secretsmanager/secretPolicy:SecretPolicy", "-shared", policy=ANYBODY),
        "a user": add("aws:iam/user:User", "-user"),
        "a user's key": add("aws:iam/accessKey:AccessKey", "-access"),
        "a user's policy": add("aws:iam/userPolicy:UserPolicy", "-user-policy", policy=ANYBODY),
        "a policy attached by its own type": add("aws:iam/policyAttachment:PolicyAttachment", "-attached"),
        "a notebook": add("aws:sagemaker/notebookInstance:NotebookInstance", "-notebook"),
        "a domain": add("aws:sagemaker/domain:Domain", "-domain"),
    },
    "data-is-protected": {
        "a bucket that can be lost": of_first(tokens.BUCKET, protect=False),
    },
}
