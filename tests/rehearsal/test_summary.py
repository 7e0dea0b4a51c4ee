import json
from typing import Any

from infra.rehearsal import summary
from infra.rehearsal.entry import How, Resource
from infra.rehearsal.rehearse import MLFLOW_BY_URL


def made(type_: str, how: How = How.MOTO, **inputs: Any) -> Resource:
    return Resource(type=type_, name="a", how=how, inputs=inputs)


def document(*effects: str) -> str:
    return json.dumps({"Statement": [{"Effect": effect} for effect in effects]})


def test_the_size_counts_what_the_plan_counts_and_says_how_far_each_got():
    resources = [
        made("mlops:index:DataLake", How.COMPONENT),
        made("mlops:index:PrivateBucket", How.COMPONENT),
        made("aws:s3/bucket:Bucket"),
        made("aws:s3/bucket:Bucket"),
        made("aws:sagemaker/endpoint:Endpoint", How.MODEL),
        made("aws:rds/instance:Instance", How.NOT),
    ]
    expected = (
        "4 resources, in 2 components that group them: 2 rehearsed on moto, 1 rehearsed on our model, 1 not rehearsed"
    )
    assert summary.size(resources) == expected
    # What stands in for a tracking server is no resource of the program.
    assert summary.size([*resources, made(MLFLOW_BY_URL, How.REPLACED)]) == expected


def test_the_statements_that_let_something_through_are_told_with_all_that_could():
    resources = [
        made("aws:iam/role:Role", assumeRolePolicy=document("Allow")),
        made("aws:iam/rolePolicy:RolePolicy", policy=document("Allow", "Allow", "Allow", "Deny")),
        made("aws:s3/bucketPolicy:BucketPolicy", policy=document("Deny", "Allow")),
        made("aws:ecr/lifecyclePolicy:LifecyclePolicy", policy=json.dumps({"rules": []})),
        made("aws:kms/key:Key"),
    ]
    used = {("role/policy", 0), ("role/policy", 2), ("trust of role", 0)}
    assert summary.decided(resources, used) == (
        "IAM was enforced. Of the 3 statements of roles, 2 let through what the loop asked for; of the 2 in trust, "
        "bucket, key and topic policies, 1. The others are for what this run did not do."
    )
