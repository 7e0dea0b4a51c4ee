"""`make bootstrap` on an empty account: what it makes, that it can be run again, and that others can go on from it."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from infra import offline, stackfiles
from infra.account import files, settings
from infra.account.backend import Backend
from infra.account.errors import BootstrapError
from infra.account.trust import AUDIENCE, ISSUER, URL
from infra.rehearsal.aws import Aws
from infra.rehearsal.environment import aws_variables, environment
from tests.rehearsal.delivery.conftest import PROJECT, REPOSITORY, answered
from tests.rehearsal.delivery.stand_ins import Pulumi, git, state

pytestmark = pytest.mark.slow


def test_the_state_s_bucket_is_private_versioned_encrypted_and_over_tls(run, root: Path, aws: Aws):
    run()
    bucket = state(root)
    assert aws.call("s3", "GetBucketVersioning", Bucket=bucket)["Status"] == "Enabled"
    blocked = aws.call("s3", "GetPublicAccessBlock", Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    rules = aws.call("s3", "GetBucketEncryption", Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    key = rules[0]["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    known = aws.call("kms", "DescribeKey", KeyId=f"alias/{PROJECT}-state")["KeyMetadata"]
    assert (known["Arn"], rules[0]["BucketKeyEnabled"]) == (key, True)
    assert aws.call("kms", "GetKeyRotationStatus", KeyId=key)["KeyRotationEnabled"]
    (denied,) = json.loads(aws.call("s3", "GetBucketPolicy", Bucket=bucket)["Policy"])["Statement"]
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_a_second_run_makes_nothing_and_changes_no_file(run, root: Path, aws: Aws):
    said, left, pulumi = run()
    assert [line for line in said if "will be made" in line]
    assert left == []
    inits = [command[command.index("init") + 1] for command in pulumi.commands if "init" in command]
    assert inits == ["account", "dev", "prod"]
    texts = {path: path.read_text() for path in root.rglob("*.yaml")}
    buckets, keys = aws.call("s3", "ListBuckets")["Buckets"], aws.pages("kms", "ListKeys", "Keys")
    again, left, pulumi = run()
    assert [line for line in again if "will be made" in line] == []
    assert left == []
    assert pulumi.commands == [["pulumi", "--cwd", "infra/account", "up", "--stack", "account"]]
    assert {path: path.read_text() for path in root.rglob("*.yaml")} == texts
    assert (aws.call("s3", "ListBuckets")["Buckets"], aws.pages("kms", "ListKeys", "Keys")) == (buckets, keys)
    assert len(aws.call("iam", "ListOpenIDConnectProviders")["OpenIDConnectProviderList"]) == 1


def test_who_clones_what_was_committed_plans_there(run, root: Path, tmp_path: Path):
    said, _, _ = run()
    add, commit = said[-2:]
    for line in (add, commit):
        subprocess.run(["bash", "-c", line], cwd=root, check=True, capture_output=True, env=git_identity())
    assert git(root, "status", "--porcelain") == ""
    git(tmp_path, "clone", "--quiet", str(root), "clone")
    clone = tmp_path / "clone"
    planned = offline.run(clone, "prod")
    bounded = {role.inputs["permissionsBoundary"] for role in planned.of_type("aws:iam/role:Role")}
    assert bounded == {f"arn:aws:iam::123456789012:policy/delivery/{PROJECT}-prod-boundary"}
    account = offline.run(clone / settings.FOLDER, "account")
    assert account.outputs["roles"].keys() == {"dev", "prod"}
    for file in ("Pulumi.dev.yaml", "Pulumi.prod.yaml", settings.FILE):
        written = yaml.safe_load((clone / file).read_text())
        assert written["secretsprovider"] == f"awskms://alias/{PROJECT}-state?region=eu-west-1"
        assert written["encryptedkey"]
        assert written["config"]["aws:allowedAccountIds"] == ["123456789012"]
    assert stackfiles.settings(clone, "dev").permissions_boundary == f"{PROJECT}-dev-boundary"


def git_identity() -> dict[str, str]:
    from os import environ

    names = {"NAME": "A Test", "EMAIL": "test@example.com"}
    roles = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in names.items()}
    return {**environ, **roles}


def test_without_the_cli_it_does_the_rest_and_says_what_is_left(run, root: Path, aws: Aws):
    _, left, _ = run(cli=False)
    provider = f"awskms://alias/{PROJECT}-state?region=eu-west-1"
    assert left == [
        ["pulumi", "--cwd", "infra/account", "stack", "init", "account", "--secrets-provider", provider],
        ["pulumi", "--cwd", "infra/account", "up", "--stack", "account"],
        ["pulumi", "stack", "init", "dev", "--secrets-provider", provider],
        ["pulumi", "stack", "init", "prod", "--secrets-provider", provider],
    ]
    assert "permissionsBoundary" not in (root / "Pulumi.dev.yaml").read_text()
    by_hand = Pulumi(root, aws)
    with environment(aws_variables(aws.endpoint, aws.region)):
        for command in left:
            by_hand(command)
    _, left, _ = run(cli=False)
    assert left == []
    assert stackfiles.settings(root, "prod").permissions_boundary == f"{PROJECT}-prod-boundary"


def test_a_provider_of_somebody_else_s_is_adopted(run, root: Path, aws: Aws):
    aws.call("iam", "CreateOpenIDConnectProvider", Url=URL, ClientIDList=[AUDIENCE], ThumbprintList=["0" * 40])
    said, _, _ = run()
    assert "GitHub's OIDC provider is not the account stack's: it is looked up and left as it is" in said
    assert settings.read(root).provider == "adopt"
    again, _, _ = run()
    assert "GitHub's OIDC provider is not the account stack's: it is looked up and left as it is" in again
    assert len(aws.call("iam", "ListOpenIDConnectProviders")["OpenIDConnectProviderList"]) == 1


def test_a_provider_that_is_not_for_aws_stops_it_with_the_command_that_mends_it(run, aws: Aws):
    aws.call("iam", "CreateOpenIDConnectProvider", Url=URL, ClientIDList=["other"], ThumbprintList=["0" * 40])
    arn = f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"
    with pytest.raises(BootstrapError, match=f"aws iam add-client-id-to.* {arn} --client-id {AUDIENCE}"):
        run()


def test_a_run_that_was_stopped_goes_on(run, root: Path, aws: Aws, monkeypatch: pytest.MonkeyPatch):
    """After the key, before its alias and the bucket."""
    made: list[str] = []

    def stop(found: Backend, _s3: object) -> str:
        made.append(found.project)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("infra.account.backend._make_bucket", stop)
        with pytest.raises(KeyboardInterrupt):
            run()
    aws.call("kms", "DeleteAlias", AliasName=f"alias/{PROJECT}-state")
    run()
    assert made
    tagged = [
        key["KeyArn"]
        for key in aws.pages("kms", "ListKeys", "Keys")
        if {"TagKey": "Stack", "TagValue": f"{PROJECT}-state"}
        in aws.call("kms", "ListResourceTags", KeyId=key["KeyId"])["Tags"]
    ]
    assert len(tagged) == 1


def test_credentials_of_another_account_are_refused_before_anything_is_made(run, root: Path, aws: Aws):
    path = root / "Pulumi.prod.yaml"
    path.write_text(path.read_text().replace("config:\n", 'config:\n  aws:allowedAccountIds: ["210987654321"]\n'))
    with pytest.raises(BootstrapError, match=r"are of account 123456789012, expected 210987654321 \(Pulumi.prod.yaml"):
        run()
    path.write_text((root / "Pulumi.dev.yaml").read_text())
    project = root / "Pulumi.yaml"
    project.write_text(project.read_text() + "backend:\n  url: s3://elsewhere\n")
    with pytest.raises(BootstrapError, match=r"Pulumi.yaml keeps state in s3://elsewhere, expected no `backend` yet"):
        run()
    assert aws.call("s3", "ListBuckets")["Buckets"] == []
    assert aws.pages("kms", "ListKeys", "Keys") == []


def test_state_stays_in_its_region_and_another_is_refused(run, root: Path):
    run()
    prod = root / "Pulumi.prod.yaml"
    prod.write_text(prod.read_text().replace("aws:region: eu-west-1", "aws:region: us-east-1"))
    said, _, _ = run()
    assert any("region eu-west-1" in line for line in said)
    files.set_config(root / settings.FILE, {"aws:region": "us-east-1"})
    with pytest.raises(BootstrapError, match=rf"is in eu-west-1, expected us-east-1: .* aws:region of {settings.FILE}"):
        run()


@pytest.mark.parametrize("missing", ["gh", "repository"])
def test_without_the_repository_s_numbers_nobody_can_deliver_and_it_says_so(run, root: Path, aws: Aws, missing: str):
    def refused(_command: Sequence[str]) -> str:
        raise FileNotFoundError("gh")

    said, _, _ = run(gh=refused, given=REPOSITORY.name if missing == "gh" else "")
    (note,) = [line for line in said if "nobody can deliver yet" in line]
    assert ("GitHub's CLI, gh, is not installed" in note) is (missing == "gh")
    assert aws.pages("iam", "ListRoles", "Roles") == []
    assert settings.read(root).missing == ["repository", "ownerId", "repositoryId"]


def test_a_repository_whose_tokens_say_something_else_is_warned_of(run):
    def old(command: Sequence[str]) -> str:
        return '{"use_default": true}' if command[-1].endswith("/sub") else answered(command)

    said, _, _ = run(gh=old)
    (note,) = [line for line in said if "immutable subjects" in line]
    assert "-F use_default=true -F use_immutable_subject=true" in note
