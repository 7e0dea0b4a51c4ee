"""What of an environment refuses to be deleted: by Pulumi's `protect`, or by AWS's own protection."""

from collections import Counter
from typing import NamedTuple

from infra import names, prices
from infra.offline import Program, Resource


class Guard(NamedTuple):
    """How AWS protects a kind of resource."""

    noun: str
    on: str
    """The input that turns the protection on."""
    named: str
    """The input that says what the resource is called."""
    lift: str
    """The command that turns it off."""


DATABASE = "aws:rds/instance:Instance"
BY_AWS = {
    "aws:lb/loadBalancer:LoadBalancer": Guard(
        noun="the load balancer",
        on="enableDeletionProtection",
        named="name",
        lift="aws elbv2 modify-load-balancer-attributes --attributes Key=deletion_protection.enabled,Value=false "
        '--load-balancer-arn "$(aws elbv2 describe-load-balancers --names {name} '
        "--query 'LoadBalancers[0].LoadBalancerArn' --output text)\"",
    ),
    DATABASE: Guard(
        noun="the database",
        on="deletionProtection",
        named="identifier",
        lift="aws rds modify-db-instance --no-deletion-protection --db-instance-identifier {name}",
    ),
}
BY_PULUMI = {
    "aws:s3/bucket:Bucket": ("bucket", "buckets"),
    "aws:ecr/repository:Repository": ("repository of images", "repositories of images"),
    "aws:kms/key:Key": ("key", "keys"),
}
"""What is protected, in words: one, and several."""
REFUSED = """{file} protects the data of {env} (data.protect: true).
{kept}.
To give up the data too:
  set data.protect to false in {file}, and commit it
  pulumi up --stack {env}        # takes the protection away
  make destroy ENV={env}
To keep what Pulumi protects, and remove everything else:
{lifts}  pulumi destroy --stack {env} --exclude-protected
What is kept costs its storage, and each key {key:.0f} USD a month.{last}"""

LAST = """ Of the database a last snapshot is kept:
  aws rds describe-db-snapshots --db-instance-identifier {name}"""


def refusal(program: Program) -> str:
    """Why an environment that protects its data is not destroyed, and the commands that destroy it all the same."""
    guarded = by_aws(program)
    counts = Counter(entry.type for entry in program.resources if entry.protect)
    kept = ", ".join(f"{counts[type_]} {BY_PULUMI[type_][counts[type_] > 1]}" for type_ in BY_PULUMI if counts[type_])
    called = [f"{BY_AWS[entry.type].noun} {name_of(entry)}" for entry in guarded]
    databases = [name_of(entry) for entry in guarded if entry.type == DATABASE]
    return REFUSED.format(
        file=names.settings_file(program.environment),
        env=program.environment,
        kept=f"Pulumi refuses to delete {kept}" + (f"; AWS {' and '.join(called)}" if called else ""),
        lifts="".join(f"  {BY_AWS[entry.type].lift.format(name=name_of(entry))}\n" for entry in guarded),
        key=prices.KMS_KEY.usd,
        last="".join(LAST.format(name=name) for name in databases),
    )


def by_aws(program: Program) -> list[Resource]:
    """The resources that AWS refuses to delete, whoever asks."""
    found = [entry for entry in program.resources if entry.type in BY_AWS and entry.inputs.get(BY_AWS[entry.type].on)]
    return sorted(found, key=lambda entry: entry.urn)


def name_of(entry: Resource) -> str:
    return entry.inputs[BY_AWS[entry.type].named]
