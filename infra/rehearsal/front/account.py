"""What moto holds, as far as a decision about a request needs it: roles, sessions, policies, and who has which key."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.acm.models import acm_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import FakeKey, s3_backends
from moto.sagemaker.models import sagemaker_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.sts.models import sts_backends

from infra.rehearsal.credentials import ADMIN, SERVICE
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models import mlflow_apps
from infra.rehearsal.front.models.state import shelf
from infra.rehearsal.iam import kinds
from infra.rehearsal.iam.document import Policy, read
from infra.rehearsal.iam.principals import Principal

PARTITION = "aws"


class Account:
    """The one account of the rehearsal, in the process that moto runs in."""

    number = DEFAULT_ACCOUNT_ID

    def principal(self, access_key: str) -> Principal:
        """Whose key it is. Raises ApiError for one that nobody has, or that has expired."""
        if access_key == ADMIN.access_key:
            return Principal(kind="account", account=self.number)
        if access_key.startswith(SERVICE):
            return Principal(kind="service", service=f"{access_key.removeprefix(SERVICE)}.amazonaws.com")
        session = sts_backends[self.number][PARTITION].get_assumed_role_from_access_key(access_key)
        if session is None:
            raise ApiError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
        if session.expiration < datetime.now(UTC).replace(tzinfo=None):
            raise ApiError("ExpiredToken", "The security token included in the request is expired", 403)
        return Principal(kind="role", account=self.number, arn=session.role_arn, session_arn=session.arn)

    def identity(self, principal: Principal) -> tuple[list[Policy], Policy | None]:
        """The policies of a role, and its permissions boundary."""
        role = self._role(principal.arn) if principal.kind == "role" else None
        if role is None:
            return [], None
        name = principal.arn.rpartition("/")[2]
        inline = [read(f"{name}/{policy}", text, kinds.INLINE) for policy, text in role.policies.items()]
        managed = [read(policy.name, _current(policy), kinds.MANAGED) for policy in role.managed_policies.values()]
        boundary = role.permissions_boundary_arn
        if boundary is None:
            return inline + managed, None
        limit = self._iam.get_policy(boundary)
        return inline + managed, read(limit.name, _current(limit), kinds.MANAGED)

    def resource_policy(self, action: str, resource: str) -> Policy | None:
        """The policy of what a request is about, where it has one."""
        service = action.partition(":")[0]
        if resource == "*":
            return None
        if action == "sts:AssumeRole" and (role := self._role(resource)):
            return read(f"trust of {role.name}", role.assume_role_policy_document, kinds.TRUST)
        if service == "s3":
            bucket = resource.removeprefix("arn:aws:s3:::").partition("/")[0]
            policy = self.kept(bucket, "policy") if self.has_bucket(bucket) else None
            return read(f"policy of {bucket}", policy["Policy"], kinds.BUCKET) if policy else None
        if service == "kms" and (key := self._key(resource)):
            return read(f"policy of key {key.id}", key.policy, kinds.KEY)
        if service == "sns" and (topic := self._topic(resource)):
            return read(f"policy of {topic.name}", topic.policy, kinds.TOPIC)
        if service == "sqs" and (queue := self._queue(resource)) and queue.policy:
            return read(f"policy of {queue.name}", _text(queue.policy), kinds.QUEUE)
        if service == "ecr" and (repository := self._repository(resource)) and repository.policy:
            return read(f"policy of {repository.name}", repository.policy, kinds.REPOSITORY)
        return None

    def kept(self, bucket: str, what: str) -> dict[str, Any]:
        """What the front keeps on a bucket of moto's, and moto knows nothing of. Raises ApiError for no bucket."""
        found = self._bucket(bucket)
        if found is None:
            raise ApiError("NoSuchBucket", "The specified bucket does not exist", 404)
        return vars(found).setdefault(f"front_{what}", {})

    def role_arn(self, name: str) -> str | None:
        """The ARN of a role."""
        return next((role.arn for role in self._iam.get_roles() if role.name == name), None)

    def role_boundary(self, name: str) -> str | None:
        """The ARN of a role's permissions boundary."""
        return next((role.permissions_boundary_arn for role in self._iam.get_roles() if role.name == name), None)

    def key_arn(self, key: str, region: str) -> str | None:
        """The ARN of the key that an id, an alias or an ARN of either names."""
        backend = kms_backends[self.number][region]
        named = key.partition(":key/")[2] or key
        alias = named.partition(":alias/")[2] or named.removeprefix("alias/")
        found: Any = backend.keys.get(named) or next(
            (known for known in backend.keys.values() if f"alias/{alias}" in known.aliases), None
        )
        return found.arn if found else None

    def has_bucket(self, bucket: str) -> bool:
        """Whether there is such a bucket here."""
        return self._bucket(bucket) is not None

    def bucket_key(self, bucket: str) -> str | None:
        """The ARN of the key that a bucket encrypts with by default; None for S3's own."""
        default = self._encryption(bucket).get("ApplyServerSideEncryptionByDefault", {})
        return default.get("KMSMasterKeyID") if default.get("SSEAlgorithm") == "aws:kms" else None

    def bucket_key_is_shared(self, bucket: str) -> bool:
        """Whether S3 Bucket Keys are on."""
        return str(self._encryption(bucket).get("BucketKeyEnabled", "")).lower() == "true"

    def object_key(self, bucket: str, key: str, version: str | None) -> str | None:
        """The ARN of the key that an object is encrypted with: the request's, else that of its bucket."""
        found = self._object(bucket, key, version)
        if found is None:
            return None
        return found.kms_key_id or (None if found.encryption == "AES256" else self.bucket_key(bucket))

    def object_exists(self, bucket: str, key: str, version: str | None = None) -> bool:
        return self._object(bucket, key, version) is not None

    def topic_key(self, arn: str) -> str | None:
        """The key of a topic, as the topic names it."""
        topic = self._topic(arn)
        return topic.kms_master_key_id or None if topic else None

    def model(self, name: str) -> Mapping[str, Any] | None:
        """A model of SageMaker as it describes it."""
        return _described(held._models.get(name) for held in sagemaker_backends[self.number].values())

    def route_table(self, association: str) -> str | None:
        """The id of the route table that an association gives a subnet."""
        tables = (table for held in ec2_backends[self.number].values() for table in held.route_tables.values())
        return next((table.id for table in tables if association in table.all_associations_ids), None)

    def endpoint_config(self, name: str) -> Mapping[str, Any] | None:
        """An endpoint configuration of SageMaker as it describes it."""
        return _described(held.endpoint_configs.get(name) for held in sagemaker_backends[self.number].values())

    def endpoint_runs(self, name: str) -> str | None:
        """The name of the configuration that an endpoint runs."""
        known = (held.endpoints.get(name) for held in sagemaker_backends[self.number].values())
        return next((endpoint.endpoint_config_name for endpoint in known if endpoint), None)

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of what AWS names itself, so that policies know it by them alone."""
        if ":kms:" in arn and (key := self._key(arn)):
            return kms_backends[self.number][_region(arn)].tagger.get_tag_dict_for_resource(key.id)
        if ":mlflow-app/" in arn:
            apps = shelf(mlflow_apps.NOUN, sagemaker_backends[self.number][_region(arn)])
            return {tag["Key"]: tag["Value"] for tag in apps.get(arn, {}).get("Tags", ())}
        if ":ec2:" in arn:
            return dict(ec2_backends[self.number][_region(arn)].tags.get(arn.rpartition("/")[2], {}))
        if ":elasticloadbalancing:" in arn:
            return elbv2_backends[self.number][_region(arn)].tagging_service.get_tag_dict_for_resource(arn)
        if ":acm:" in arn:
            held = acm_backends[self.number][_region(arn)]._certificates.get(arn)
            return {key: value or "" for key, value in held.tags.items()} if held else {}
        if job := re.search(r":(processing|training)-job/(.+)", arn):
            held = getattr(sagemaker_backends[self.number][_region(arn)], f"{job[1]}_jobs").get(job[2])
            return {tag["Key"]: tag["Value"] for tag in held.tags} if held else {}
        return {}

    @property
    def _iam(self) -> Any:
        return iam_backends[self.number][PARTITION]

    def _bucket(self, name: str) -> Any:
        return s3_backends[self.number][PARTITION].buckets.get(name)

    def _encryption(self, bucket: str) -> dict[str, Any]:
        found = self._bucket(bucket)
        rules = found.encryption.get("Rule", {}) if found and found.encryption else {}
        return rules[0] if isinstance(rules, list) else rules

    def _object(self, bucket: str, key: str, version: str | None) -> Any:
        found = self._bucket(bucket)
        if found is None:
            return None
        if version is None:
            latest = found.keys.get(key)
            return latest if isinstance(latest, FakeKey) else None
        versions = found.keys.getlist(key, default=[])
        return next((item for item in versions if str(item.version_id) == version), None)

    def _role(self, arn: str) -> Any:
        return next((role for role in self._iam.get_roles() if role.arn == arn), None)

    def _key(self, arn: str) -> Any:
        return kms_backends[self.number][_region(arn)].keys.get(arn.rpartition("/")[2])

    def _topic(self, arn: str) -> Any:
        return sns_backends[self.number][_region(arn)].topics.get(arn)

    def _queue(self, arn: str) -> Any:
        return sqs_backends[self.number][_region(arn)].queues.get(arn.rpartition(":")[2])

    def _repository(self, arn: str) -> Any:
        return ecr_backends[self.number][_region(arn)].repositories.get(arn.partition("repository/")[2])


def _current(policy: Any) -> str:
    return _text(
        next(version.document for version in policy.versions if version.version_id == policy.default_version_id)
    )


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _described(found: Iterable[Any]) -> Mapping[str, Any] | None:
    return next((held.response_object for held in found if held), None)


def _region(arn: str) -> str:
    return arn.split(":")[3]
