"""Names of things in AWS: what a project and an environment may be called, and names cut to a limit."""

import hashlib
import re

PROJECT = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
PROJECT_LIMIT = 24
RESERVED = re.compile(r"(internal|sg|sthree|amzn-s3-demo)(-.*)?|.*-s3alias")
"""What AWS refuses later: names of load balancers, security groups and buckets begin with the project and a dash.

Of S3's other reserved names, each has a dot or two dashes in a row, as no project has.
"""
UNRESERVED = (
    "a name that AWS takes: no internal, sg, sthree or amzn-s3-demo alone or before a dash, no -s3alias at the end"
)
ENVIRONMENT = re.compile(r"[a-z][a-z0-9]*")
"""One word: <project>-<environment> is then one project's and one environment's alone."""
ENVIRONMENT_LIMIT = 10
PRODUCTION = "prod"
"""The environment that settings and policies are stricter with."""
HASH_LENGTH = 8
CONFIG_PREFIX_LIMIT = 63 - 26
"""The provider puts 26 characters behind the prefix of an endpoint configuration's name."""
ACCOUNT = "account"
"""The stack of the account project, so no environment's name."""
DELIVERY_PATH = "/delivery/"
"""The path of the account's own roles and policies in IAM: no pattern over an environment's names reaches them."""


def settings_file(environment: str) -> str:
    return f"Pulumi.{environment}.yaml"


def shorten(name: str, limit: int) -> str:
    """The name, or its start and a digest of it where it is longer than `limit`."""
    if len(name) <= limit:
        return name
    return f"{name[: limit - 7].rstrip('-')}-{content_hash(name)[:6]}"


def config_start(prefix: str) -> str:
    """What the names of all endpoint configurations of a stack start with."""
    return f"{shorten(prefix, CONFIG_PREFIX_LIMIT - HASH_LENGTH - 2)}-"


def content_hash(*parts: object) -> str:
    """`HASH_LENGTH` hex characters that change with any of the parts."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:HASH_LENGTH]


def is_reserved(project: str) -> bool:
    return RESERVED.fullmatch(project) is not None


def is_project(name: str) -> bool:
    return len(name) <= PROJECT_LIMIT and PROJECT.fullmatch(name) is not None and not is_reserved(name)


def is_environment(name: str) -> bool:
    return name != ACCOUNT and len(name) <= ENVIRONMENT_LIMIT and ENVIRONMENT.fullmatch(name) is not None
