"""An account with the account project applied to it, and the delivery roles as GitHub's workflows have them."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from moto.sts.models import sts_backends

from infra import offline, session
from infra.account import bootstrap, files
from infra.account import settings as account_settings
from infra.account.bootstrap import Tools
from infra.account.trust import AUDIENCE, ISSUER, Repository
from infra.offline import ACCOUNT
from infra.rehearsal.apply import Cloud
from infra.rehearsal.aws import Aws
from infra.rehearsal.credentials import Credentials
from infra.rehearsal.entry import Resource
from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.iam import kinds
from infra.rehearsal.iam.decision import Policies, Request, decide
from infra.rehearsal.iam.document import read
from infra.rehearsal.iam.principals import Principal
from infra.source import ROOT
from tests.infra.planned import SHIPPED
from tests.rehearsal.delivery.stand_ins import Pulumi, git

REPOSITORY = Repository(name="octo-org/octo-repo", owner_id="123456", repository_id="456789")
PROJECT = "mlops-demo"
STATE = "mlops-demo-state-0123456789ab"
ORDER = f"config:\n  {account_settings.SPACE}:environments:\n    - dev\n    - prod\n"
CONNECTION = {"region": "eu-west-1", "profile": "", "endpoints": {}}
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"


def shipped(folder: Path) -> Path:
    """The project as it is shipped, whatever has been made of this one since."""
    own = folder / account_settings.FOLDER
    own.mkdir(parents=True)
    shutil.copy(ROOT / "__main__.py", folder)
    shutil.copy(ROOT / account_settings.FOLDER / "__main__.py", own)
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": PROJECT, "runtime": "python"}))
    (own / "Pulumi.yaml").write_text(yaml.safe_dump({"name": account_settings.SPACE, "runtime": "python"}))
    for env, config in SHIPPED.items():
        values = {"aws:region": "eu-west-1"} | {f"{PROJECT}:{key}": value for key, value in config.items()}
        (folder / f"Pulumi.{env}.yaml").write_text(yaml.safe_dump({"config": values}))
    (folder / account_settings.FILE).write_text(ORDER)
    return folder


def project(folder: Path, state_key: str = "", without: str = "", **more: Any) -> Path:
    """The shipped project with its account's settings filled in, its roles within their boundaries."""
    shipped(folder)
    for env in SHIPPED:
        files.set_config(folder / f"Pulumi.{env}.yaml", {f"{PROJECT}:permissionsBoundary": f"{PROJECT}-{env}-boundary"})
    given = {
        "environments": ["dev", "prod"],
        "repository": REPOSITORY.name,
        "ownerId": REPOSITORY.owner_id,
        "repositoryId": REPOSITORY.repository_id,
        "stateBucket": STATE,
        "stateKey": state_key or f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{'a' * 36}",
        **more,
    }
    values = {"aws:region": "eu-west-1"} | {
        f"{account_settings.SPACE}:{key}": value for key, value in given.items() if value is not None and key != without
    }
    (folder / account_settings.FILE).write_text(yaml.safe_dump({"config": values}))
    return folder


def claims(event: str, repository: Repository = REPOSITORY) -> dict[str, str]:
    """What a token of a run of the repository says."""
    return {
        "aud": AUDIENCE,
        "sub": repository.subject(event),
        "repository": repository.name,
        "repository_id": repository.repository_id,
        "repository_owner_id": repository.owner_id,
    }


def refusal(trust: str, token: dict[str, str]) -> str:
    """Why a role with this trust policy is not for the holder of a token; empty where it is."""
    request = Request(
        principal=Principal(kind="federated", arn=PROVIDER),
        action="sts:AssumeRoleWithWebIdentity",
        resource=f"arn:aws:iam::{ACCOUNT}:role/delivery/some",
        context={f"{ISSUER}:{claim}": value for claim, value in token.items()},
        resource_account=ACCOUNT,
    )
    return decide(request, Policies(resource=read("trust", trust, kinds.TRUST))).reason


@dataclass(kw_only=True)
class Delivered:
    """The account, and what the account project made in it."""

    aws: Aws
    folder: Path
    outputs: dict[str, Any]
    resources: list[Resource] = field(default_factory=list)

    def acting(self, env: str, purpose: str, event: str | None = None) -> Aws:
        """The API as a workflow reaches it that has taken on a role. Raises AssertionError where its token may not."""
        arn = self.outputs["roles"][env][purpose]
        event = event or ("pull_request" if purpose == "preview" else f"environment:{env}")
        document = self.aws.call("iam", "GetRole", RoleName=arn.rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"]
        assert refusal(document if isinstance(document, str) else json.dumps(document), claims(event)) == ""
        # The front cannot read a call that is not signed: what STS answers when the trust policy allows it.
        session = sts_backends[self.aws.account]["aws"].assume_role_with_web_identity(
            region_name=self.aws.region,
            role_session_name="workflow",
            role_arn=arn,
            policy="",
            duration=3600,
            external_id="",
        )
        key = Credentials(session.access_key_id, session.secret_access_key, session.session_token)
        return self.aws.acting(key)

    def state_key(self) -> str:
        """The ARN of the key of Pulumi's state."""
        keys = [key["KeyArn"] for key in self.aws.pages("kms", "ListKeys", "Keys")]
        tags = {key: self.aws.call("kms", "ListResourceTags", KeyId=key)["Tags"] for key in keys}
        return next(key for key, own in tags.items() if {"TagKey": "Stack", "TagValue": f"{PROJECT}-state"} in own)

    def apply(self, env: str, who: Aws) -> tuple[Cloud, offline.Program]:
        """The environment's program, applied by somebody."""
        cloud = Cloud(who)
        with environment(aws_variables(who.endpoint, who.region, who.credentials)):
            return cloud, offline.run(self.folder, env, mocks=cloud)


def made(aws: Aws, folder: Path, **settings: Any) -> Delivered:
    """Applies the account project, as an administrator does, to an account that has the state's bucket and key."""
    tags = [{"TagKey": "Stack", "TagValue": f"{PROJECT}-state"}]
    key = aws.call("kms", "CreateKey", Tags=tags)["KeyMetadata"]["Arn"]
    aws.call("s3", "CreateBucket", Bucket=STATE, CreateBucketConfiguration={"LocationConstraint": aws.region})
    folder = project(folder, key, **settings)
    cloud = Cloud(aws)
    with environment(aws_variables(aws.endpoint, aws.region)):
        program = offline.run(folder / account_settings.FOLDER, "account", mocks=cloud)
    return Delivered(aws=aws, folder=folder, outputs=program.outputs, resources=cloud.resources)


@pytest.fixture
def deliver(aws: Aws, tmp_path: Path) -> Callable[..., Delivered]:
    """The account project applied to an empty account."""
    return lambda **settings: made(aws, tmp_path / "project", **settings)


@pytest.fixture
def delivered(deliver: Callable[..., Delivered]) -> Delivered:
    return deliver()


def answered(command: Sequence[str]) -> str:
    """What gh says of the repository."""
    owner = {"id": int(REPOSITORY.owner_id)}
    known = {"id": int(REPOSITORY.repository_id), "full_name": REPOSITORY.name, "owner": owner}
    subject = {"use_default": True, "use_immutable_subject": True}
    return json.dumps(subject if command[-1].endswith("/sub") else known)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The project as it is generated, in a repository of its own."""
    folder = shipped(tmp_path / "project")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "The project")
    return folder


@pytest.fixture
def run(aws: Aws, root: Path) -> Callable[..., tuple[list[str], list[list[str]], Pulumi | None]]:
    """A bootstrap of the project: what it said, which commands it left, and the CLI that it ran."""

    def bootstrapped(*, cli: bool = True, gh: Callable[[Sequence[str]], str] = answered, given: Any = REPOSITORY.name):
        said: list[str] = []
        pulumi = Pulumi(root, aws) if cli else None
        with environment(aws_variables(aws.endpoint, aws.region)):
            clients = cache(lambda service: session.client(service, CONNECTION))
            tools = Tools(clients=clients, gh=gh, pulumi=pulumi, say=said.append)
            known = bootstrap.look(root, tools, given)
            said += bootstrap.intentions(known, tools)
            left = bootstrap.make(root, known, tools)
        return said + bootstrap.to_commit(known), left, pulumi

    return bootstrapped
