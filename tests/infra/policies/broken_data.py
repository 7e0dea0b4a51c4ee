"""How data can lose its protection, by the rule that must find it."""

from infra.policies import tokens
from tests.infra.policies.breaking import Mutation, add, change, drop, job, put, say, step
from tests.infra.policies.cases_data import expires

DATA: dict[str, dict[str, Mutation]] = {
    "bucket-blocks-public-access": {
        "a public bucket": put(tokens.BUCKET_BLOCK, "blockPublicPolicy", False),
        "half a public access block": put(tokens.BUCKET_BLOCK, "ignorePublicAcls", None),
    },
    "bucket-owner-owns-objects": {
        "ACLs that count": put(tokens.BUCKET_OWNERSHIP, "rule.objectOwnership", "BucketOwnerPreferred"),
    },
    "bucket-has-no-acl": {
        "an ACL for all to read": put(tokens.BUCKET, "acl", "public-read"),
        "a BucketAcl": add(tokens.BUCKET_ACL, "-acl", acl="private"),
    },
    "bucket-is-versioned": {
        "versions suspended": put(tokens.BUCKET_VERSIONING, "versioningConfiguration.status", "Suspended"),
    },
    "bucket-is-tidied-up": {
        "superseded versions for ever": put(tokens.BUCKET_LIFECYCLE, "rules.0.noncurrentVersionExpiration", None),
        "a lifecycle switched off": put(tokens.BUCKET_LIFECYCLE, "rules.0.status", "Disabled"),
    },
    "bucket-is-over-tls-only": {
        "plain HTTP": say(tokens.BUCKET_POLICY, lambda found: found.pop(0), "logs-policy"),
        "plain HTTP to objects": say(tokens.BUCKET_POLICY, lambda found: found[0]["Resource"].pop()),
    },
    "approved-models-are-written-once": {
        "approved models written over": say(tokens.BUCKET_POLICY, lambda found: found.pop(1), "models-policy"),
        "approved models written over by copies": say(
            tokens.BUCKET_POLICY,
            lambda found: found[1]["Condition"].update(StringEquals={"s3:x-amz-copy-source": "a"}),
            "models-policy",
        ),
        "approved models deleted": say(tokens.BUCKET_POLICY, lambda found: found.pop(2), "models-policy"),
        "approved models behind delete markers": say(
            tokens.BUCKET_POLICY, lambda found: found[2]["Action"].remove("s3:DeleteObject"), "models-policy"
        ),
        "half of the approved models": say(
            tokens.BUCKET_POLICY, lambda found: found[2].update(Resource=found[2]["Resource"] + "a"), "models-policy"
        ),
    },
    "bucket-name-cannot-be-guessed": {
        "a name to guess": put(tokens.BUCKET, "bucket", "mlops-demo-prod-logs"),
    },
    "bucket-has-companions": {
        "no public access block": drop(tokens.BUCKET_BLOCK),
        "no encryption": drop(tokens.BUCKET_ENCRYPTION),
    },
    "bucket-accesses-are-logged": {
        "no access log": drop(tokens.BUCKET_LOGGING),
    },
    "protected-data-is-not-forced-away": {
        "a bucket that goes with its objects": put(tokens.BUCKET, "forceDestroy", True),
        "a repository that goes with its images": put(tokens.REPOSITORY, "forceDelete", True),
        "a secret that is gone at once": put(tokens.VAULT, "recoveryWindowInDays", 0.0),
        "logs of one day": put(tokens.LOG_GROUP, "retentionInDays", 1.0),
    },
    "approved-models-do-not-expire": {
        "approved models of a year": change(
            tokens.BUCKET_LIFECYCLE, lambda inputs: inputs["rules"].append(expires("approved/")), "models-lifecycle"
        ),
        "models of a year": change(
            tokens.BUCKET_LIFECYCLE, lambda inputs: inputs["rules"].append(expires("")), "models-lifecycle"
        ),
    },
    "key-stays-in-the-account-s-hands": {
        "a key that locks everybody out": put(tokens.KEY, "bypassPolicyLockoutSafetyCheck", True),
    },
    "key-rotates": {
        "a key that stays": put(tokens.KEY, "enableKeyRotation", False),
    },
    "key-is-in-use": {
        "a key switched off": put(tokens.KEY, "isEnabled", False),
    },
    "key-has-a-policy": {
        "a key without a policy": put(tokens.KEY, "policy", None),
    },
    "bucket-is-encrypted-with-a-key": {
        "no KMS": put(
            tokens.BUCKET_ENCRYPTION,
            "rules.0.applyServerSideEncryptionByDefault",
            {"sseAlgorithm": "AES256"},
            "raw-encryption",
        ),
        "no bucket key": put(tokens.BUCKET_ENCRYPTION, "rules.0.bucketKeyEnabled", False, "raw-encryption"),
        "KMS for access logs": put(
            tokens.BUCKET_ENCRYPTION,
            "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm",
            "aws:kms",
            "logs-encryption",
        ),
    },
    "trail-files-are-signed": {
        "a trail to forge": put(tokens.TRAIL, "enableLogFileValidation", False),
    },
    "trail-is-encrypted": {
        "a trail in clear": put(tokens.TRAIL, "kmsKeyId", None),
    },
    "trail-records": {
        "a trail switched off": put(tokens.TRAIL, "enableLogging", False),
    },
    "accesses-to-objects-are-recorded": {
        "no trail": drop(tokens.TRAIL),
        "a trail of writes alone": change(
            tokens.TRAIL,
            lambda inputs: inputs["advancedEventSelectors"][0]["fieldSelectors"].append(
                {"field": "readOnly", "equals": ["false"]}
            ),
        ),
        "a trail of some objects": put(
            tokens.TRAIL, "advancedEventSelectors.0.fieldSelectors.2.startsWiths", ["arn:aws:s3:::models/approved"]
        ),
    },
    "topic-is-encrypted": {
        "a topic in clear": put(tokens.TOPIC, "kmsMasterKeyId", None),
    },
    "queue-is-encrypted": {
        "a queue in clear": add(tokens.QUEUE, "-queue", sqsManagedSseEnabled=False),
    },
    "log-group-is-encrypted": {
        "logs in clear": put(tokens.LOG_GROUP, "kmsKeyId", None),
    },
    "repository-is-encrypted": {
        "images without our key": put(tokens.REPOSITORY, "encryptionConfigurations.0.encryptionType", "AES256"),
    },
    "build-is-encrypted": {
        "a build without our key": put(tokens.BUILD, "encryptionKey", None),
    },
    "stream-is-encrypted": {
        "a stream in clear": put(tokens.STREAM, "serverSideEncryption.enabled", False),
        "a delivery without our key": put(tokens.STREAM, "extendedS3Configuration.kmsKeyArn", None),
    },
    "endpoint-disks-are-encrypted": {
        "an endpoint's disks in clear": put(tokens.ENDPOINT_CONFIG, "kmsKeyArn", None),
    },
    "captured-data-is-encrypted": {
        "captured data in clear": put(tokens.ENDPOINT_CONFIG, "dataCaptureConfig.kmsKeyId", None),
    },
    "job-disks-are-encrypted": {
        "a step's disks in clear": step(
            lambda job: job["ProcessingResources"]["ClusterConfig"].pop("VolumeKmsKeyId"), "record"
        ),
        "a training job's disks in clear": step(lambda job: job["ResourceConfig"].pop("VolumeKmsKeyId"), "train"),
        "a job's disks in clear": job(
            lambda asked: asked["ProcessingResources"]["ClusterConfig"].pop("VolumeKmsKeyId")
        ),
    },
}
