"""How the shipped environments protect data, and what their roles may do."""

import json
import re
from collections.abc import Callable

from infra import protection
from infra.offline import Program
from tests.infra.aws_cli import known_to_the_cli
from tests.infra.planned import one, statements


def test_every_bucket_is_private_versioned_encrypted_logged_and_tls_only(program: Program):
    buckets = [entry.name.removesuffix("-bucket") for entry in program.of_type("aws:s3/bucket:Bucket")]
    assert len(buckets) == 5
    for name in buckets:
        block = one(program, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", f"{name}-private").inputs
        assert [value for key, value in block.items() if key != "bucket"] == [True] * 4
        versioning = one(program, "aws:s3/bucketVersioning:BucketVersioning", f"{name}-versioning").inputs
        assert versioning["versioningConfiguration"] == {"status": "Enabled"}
        ownership = one(program, "aws:s3/bucketOwnershipControls:BucketOwnershipControls", f"{name}-ownership").inputs
        assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
        lifecycle = one(
            program, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", f"{name}-lifecycle"
        )
        assert lifecycle.inputs["rules"][0]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
        denied = statements(one(program, "aws:s3/bucketPolicy:BucketPolicy", f"{name}-policy"))[0]
        assert denied["Effect"] == "Deny"
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        rule = one(
            program,
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            f"{name}-encryption",
        ).inputs["rules"][0]
        logged = [
            entry for entry in program.of_type("aws:s3/bucketLogging:BucketLogging") if entry.name == f"{name}-logging"
        ]
        if name.endswith("-logs"):
            # S3 cannot write access logs under a key of ours.
            assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}
        else:
            assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "aws:kms"
            assert rule["bucketKeyEnabled"]
            assert len(logged) == 1


def test_the_key_rotates_and_lets_alarms_budgets_and_logs_write_through_it(program: Program):
    key = one(program, "aws:kms/key:Key")
    assert key.inputs["enableKeyRotation"]
    services = json.dumps([statement["Principal"] for statement in statements(key)])
    for service in ("logs.eu-west-1.amazonaws.com", "cloudwatch.amazonaws.com", "budgets.amazonaws.com"):
        assert service in services


def test_prod_protects_and_keeps_its_data_and_images_with_the_key_that_reads_them(prod: Program):
    held = {entry.type for entry in prod.resources if entry.protect}
    assert held == {"aws:s3/bucket:Bucket", "aws:kms/key:Key", "aws:ecr/repository:Repository"}
    kept = {entry.name for entry in prod.resources if entry.retain_on_delete}
    assert {entry.name for entry in prod.resources if entry.protect} <= kept
    # A bucket that stays must not lose its privacy.
    assert {entry.name for entry in prod.of_type("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")} <= kept


OF_AWS = re.compile(r"(deletion|termination).?protection|(disable|prevent).*(deletion|termination)", re.IGNORECASE)
"""How inputs are called by which AWS refuses a deletion."""


def test_whatever_prod_protects_is_in_the_refusal_to_destroy_it_with_what_lifts_it(prod: Program):
    said = protection.refusal(prod)
    by_aws = {
        entry.urn for entry in prod.resources if any(OF_AWS.search(key) and entry.inputs[key] for key in entry.inputs)
    }
    assert {entry.urn for entry in protection.by_aws(prod)} == by_aws
    assert "AWS the load balancer mlops-demo-prod-mlflow and the database mlops-demo-prod-mlflow-db.\n" in said
    *lifts, last = [line.strip() for line in said.splitlines() if line.startswith("  aws ")]
    assert len(lifts) == len(by_aws) == 2
    assert "describe-load-balancers --names mlops-demo-prod-mlflow " in lifts[0]
    assert lifts[1].endswith(" --db-instance-identifier mlops-demo-prod-mlflow-db")
    for command in [*lifts, last]:
        for part in command.split('"$('):
            known_to_the_cli(part.rstrip('"'))
    assert {entry.type for entry in prod.resources if entry.protect} == set(protection.BY_PULUMI)
    assert "Pulumi refuses to delete 5 buckets, 2 repositories of images, 1 key;" in said
    database = one(prod, protection.DATABASE).inputs
    assert not database["skipFinalSnapshot"]
    assert database["finalSnapshotIdentifier"] == "mlops-demo-prod-mlflow-db-last-0000000"
    assert said.endswith(
        " USD a month. Of the database a last snapshot is kept:\n"
        "  aws rds describe-db-snapshots --db-instance-identifier mlops-demo-prod-mlflow-db"
    )


def test_where_aws_protects_nothing_only_pulumis_protection_is_spoken_of(planned: Callable[..., Program]):
    said = protection.refusal(planned())
    assert "Pulumi refuses to delete 5 buckets, 1 repository of images, 1 key.\n" in said
    assert "aws " not in said
    assert "everything else:\n  pulumi destroy --stack try --exclude-protected\n" in said


def test_dev_can_be_destroyed_with_all_that_it_holds(dev: Program):
    assert not [entry.name for entry in dev.resources if entry.protect]
    assert all(entry.inputs["forceDestroy"] for entry in dev.of_type("aws:s3/bucket:Bucket"))
    assert one(dev, "aws:ecr/repository:Repository").inputs["forceDelete"]


SAID_BY = {
    "firehose.amazonaws.com": {"StringEquals": {"sts:ExternalId": "123456789012"}},
    "logs.amazonaws.com": {"StringLike": {"aws:SourceArn": "arn:aws:logs:eu-west-1:123456789012:*"}},
}
"""How services say for which account they work, where it is not by `aws:SourceAccount`."""


def test_every_role_is_for_one_service_or_for_those_outside_and_for_this_account_only(program: Program):
    roles = program.of_type("aws:iam/role:Role")
    # Where SageMaker captures, nothing delivers.
    assert len(roles) >= (11 if "capture_stream" in program.outputs else 9)
    people = []
    for entry in roles:
        (trust,) = statements(entry, "assumeRolePolicy")
        service = trust["Principal"].get("Service")
        if service is None:
            people.append(entry.name.rpartition("-")[2])
            assert trust["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
            continue
        assert isinstance(service, str)
        by_account = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
        assert trust["Condition"] == SAID_BY.get(service, by_account), entry.name
    assert sorted(people) == ["caller", "producer", "releaser"]


def test_who_brings_data_reads_no_model_and_who_calls_the_endpoint_writes_nothing(program: Program):
    producer = statements(one(program, "aws:iam/rolePolicy:RolePolicy", "access-producer-policy"))
    caller = statements(one(program, "aws:iam/rolePolicy:RolePolicy", "access-caller-policy"))
    assert program.outputs["buckets"]["models"] not in json.dumps(producer)
    assert not re.search(r"Put|Delete|GenerateDataKey", json.dumps(caller))
    assert f"endpoint/{program.outputs['endpoint_name']}" in json.dumps(caller)


def test_a_role_that_starts_jobs_passes_its_job_s_role_to_sagemaker_only(program: Program):
    for ending in ("train-pipeline-role-policy", "watch-job-scheduler-policy"):
        passing = [
            s
            for s in statements(one(program, "aws:iam/rolePolicy:RolePolicy", ending))
            if "iam:PassRole" in s["Action"]
        ]
        assert passing[0]["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        assert passing[0]["Resource"].endswith("-job-role-0000000")
