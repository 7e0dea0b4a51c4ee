"""Buckets: private, versioned, logged, tidied up, over TLS only."""

import re
from collections.abc import Collection, Iterator, Sequence

from infra.policies import tokens
from infra.policies.rule import Resource, ResourceRule, StackRule, at, entries, unless
from infra.policies.statements import Statement, actions, conditions, principals, resources, statements

COMPANIONS = {
    tokens.BUCKET_BLOCK: "public access block",
    tokens.BUCKET_OWNERSHIP: "ownership controls",
    tokens.BUCKET_POLICY: "policy",
    tokens.BUCKET_VERSIONING: "versioning",
    tokens.BUCKET_ENCRYPTION: "encryption",
    tokens.BUCKET_LIFECYCLE: "lifecycle configuration",
}
"""What every bucket has beside itself, each a resource whose `bucket` is that bucket."""

MODELS_POLICY = "-models-policy"
"""How the name of the models bucket's policy ends."""
APPROVED = "approved/"
OVERWRITES = [("Null", "s3:if-none-match", ["true"]), ("Bool", "s3:objectcreationoperation", ["true"])]
"""When a write may put one object in another's place. The parts of an upload make none."""


def bucket_blocks_public_access(block: Resource) -> Iterator[str]:
    """A bucket's public access block blocks ACLs and policies, new ones and those that exist."""
    for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
        yield from unless(block, key, True)


def bucket_owner_owns_objects(ownership: Resource) -> Iterator[str]:
    """Whoever owns the bucket owns all objects in it, and ACLs mean nothing."""
    yield from unless(ownership, "rule.objectOwnership", "BucketOwnerEnforced")


def bucket_has_no_acl(resource: Resource) -> Iterator[str]:
    """No bucket has an access control list."""
    # "private" is what the provider fills in where the program says nothing.
    if resource.type == tokens.BUCKET_ACL or at(resource.inputs, "acl") not in (None, "private"):
        yield "has an ACL, expected none: say who may do what in a policy"


def bucket_is_versioned(versioning: Resource) -> Iterator[str]:
    """A bucket keeps the versions that are overwritten or deleted."""
    yield from unless(versioning, "versioningConfiguration.status", "Enabled")


def bucket_is_tidied_up(lifecycle: Resource) -> Iterator[str]:
    """A bucket's lifecycle aborts uploads that never end and expires superseded versions, for all objects."""
    rules = [rule for rule in entries(at(lifecycle.inputs, "rules")) if _for_all_objects(rule)]
    for path in ("abortIncompleteMultipartUpload.daysAfterInitiation", "noncurrentVersionExpiration.noncurrentDays"):
        if not any(at(rule, path) for rule in rules):
            yield f"no enabled rule for all objects has {path}, expected one that has"


def bucket_is_over_tls_only(policy: Resource) -> Iterator[str]:
    """A bucket's policy denies every request that does not come over TLS."""
    if not any(_denies_plain_http(statement) for statement in statements(policy)):
        yield (
            "no statement denies s3:* to all principals on the bucket and its objects where "
            "aws:SecureTransport is false, expected one"
        )


def approved_models_are_written_once(policy: Resource) -> Iterator[str]:
    """The policy of the models bucket denies everybody to write over what is approved, or to delete it."""
    if not policy.name.endswith(MODELS_POLICY):
        return
    denied = [entry for entry in statements(policy) if _denies_everybody(entry, APPROVED)]
    if not any("s3:PutObject" in actions(entry) and list(conditions(entry)) == OVERWRITES for entry in denied):
        yield f"no statement denies s3:PutObject on {APPROVED}* where s3:if-none-match is missing, expected one"
    kept = {action for entry in denied if "Condition" not in entry for action in actions(entry)}
    if missing := [action for action in ("s3:DeleteObject", "s3:DeleteObjectVersion") if action not in kept]:
        yield f"no statement denies {' and '.join(missing)} on {APPROVED}* to all principals, expected one"


def bucket_name_cannot_be_guessed(bucket: Resource) -> Iterator[str]:
    """A bucket's name has a random end: nobody can take it first."""
    given = at(bucket.inputs, "bucket")
    if given is not None and not re.search(r"-[0-9a-f]{7}$", given):
        yield f"bucket is {given!r}, expected none: Pulumi's own names end at random"


def bucket_has_companions(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """Every bucket has its access block, ownership, policy, versioning, encryption and lifecycle."""
    for bucket in (resource for resource in stack if resource.type == tokens.BUCKET):
        of_bucket = {resource.type for resource in stack if bucket.urn in _bucket(resource)}
        for type_, what in COMPANIONS.items():
            if type_ not in of_bucket:
                yield bucket, f"has no {what}, expected a {type_.rpartition(':')[2]}"


def bucket_accesses_are_logged(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """Every bucket writes its access log to another one; a log bucket does not log itself."""
    logged = {urn for resource in stack if resource.type == tokens.BUCKET_LOGGING for urn in _bucket(resource)}
    targets = log_buckets(stack)
    for resource in stack:
        if resource.type == tokens.BUCKET and resource.urn not in logged | targets:
            yield resource, "has no BucketLogging, expected one that writes to the log bucket"
        if resource.type == tokens.BUCKET_LOGGING:
            yield from ((resource, text) for text in _targets_another(resource))


def log_buckets(stack: Sequence[Resource]) -> set[str]:
    """The URNs of the buckets that access logs are written to."""
    logging = [resource for resource in stack if resource.type == tokens.BUCKET_LOGGING]
    buckets = {resource.urn for resource in stack if resource.type == tokens.BUCKET}
    return buckets & {urn for resource in logging for urn in resource.uses.get("targetBucket", ())}


def _bucket(resource: Resource) -> Collection[str]:
    """The URNs of the buckets that a resource belongs to."""
    return resource.uses.get("bucket", ())


def _targets_another(logging: Resource) -> Iterator[str]:
    if not at(logging.inputs, "targetBucket"):
        yield "targetBucket is not set, expected the log bucket"
    elif at(logging.inputs, "targetBucket") == at(logging.inputs, "bucket"):
        yield "targetBucket is the bucket itself, expected the log bucket: each line would make another"


def _for_all_objects(rule: object) -> bool:
    narrow = ("filter.prefix", "filter.tag", "filter.and", "filter.objectSizeGreaterThan", "filter.objectSizeLessThan")
    return at(rule, "status") == "Enabled" and not any(at(rule, path) for path in narrow) and not at(rule, "prefix")


def _denies_plain_http(statement: Statement) -> bool:
    return (
        statement.get("Effect") == "Deny"
        and "*" in principals(statement, "AWS")
        and "NotPrincipal" not in statement
        and "NotAction" not in statement
        and not {"s3:*", "*"}.isdisjoint(actions(statement))
        and _bucket_and_objects(resources(statement))
        and list(conditions(statement)) == [("Bool", "aws:securetransport", ["false"])]
    )


def _denies_everybody(statement: Statement, prefix: str) -> bool:
    """Whether a statement denies something to everybody on all objects under a prefix."""
    return (
        statement.get("Effect") == "Deny"
        and "*" in principals(statement, "AWS")
        and "NotPrincipal" not in statement
        and any(arn.partition("/")[2] in (f"{prefix}*", "*") for arn in resources(statement))
    )


def _bucket_and_objects(arns: list[str]) -> bool:
    """Whether ARNs are those of a bucket and of all objects in it."""
    return any(arn.endswith("/*") and arn.removesuffix("/*") in arns for arn in arns)


RULES = (
    ResourceRule(
        check=bucket_blocks_public_access,
        on=(tokens.BUCKET_BLOCK,),
        ids=("S3.1", "S3.8", "CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56"),
    ),
    ResourceRule(check=bucket_owner_owns_objects, on=(tokens.BUCKET_OWNERSHIP,), ids=("S3.12", "CKV2_AWS_65")),
    ResourceRule(
        check=bucket_has_no_acl, on=(tokens.BUCKET, tokens.BUCKET_ACL), ids=("S3.12", "CKV_AWS_20", "CKV_AWS_57")
    ),
    ResourceRule(check=bucket_is_versioned, on=(tokens.BUCKET_VERSIONING,), ids=("S3.14", "CKV_AWS_21")),
    ResourceRule(
        check=bucket_is_tidied_up,
        on=(tokens.BUCKET_LIFECYCLE,),
        ids=("S3.10", "S3.13", "CKV_AWS_300", "CKV2_AWS_61"),
    ),
    ResourceRule(check=bucket_is_over_tls_only, on=(tokens.BUCKET_POLICY,), ids=("S3.5", "CKV_AWS_379")),
    ResourceRule(check=approved_models_are_written_once, on=(tokens.BUCKET_POLICY,), ids=()),
    ResourceRule(
        check=bucket_name_cannot_be_guessed,
        on=(tokens.BUCKET,),
        ids=("s3_bucket_shadow_resource_vulnerability",),
        mandatory=False,
    ),
    StackRule(
        check=bucket_has_companions, on=(tokens.BUCKET,), ids=("S3.8", "S3.12", "S3.13", "CKV2_AWS_6", "CKV2_AWS_61")
    ),
    StackRule(check=bucket_accesses_are_logged, on=(tokens.BUCKET, tokens.BUCKET_LOGGING), ids=("S3.9", "CKV_AWS_18")),
)
