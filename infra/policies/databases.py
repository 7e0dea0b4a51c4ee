"""Databases: private, encrypted, kept, and with a password that nobody knows."""

from collections.abc import Iterator, Sequence

from infra.names import PRODUCTION
from infra.policies import tokens
from infra.policies.rule import Resource, ResourceRule, StackRule, at, entries, environment, unless, unset

USUAL_PORTS = {3306, 5432}
USUAL_ADMINISTRATORS = {"admin", "administrator", "master", "postgres", "root"}
LEAST_BACKUP_DAYS = 7
WATCHED_SECONDS = (1, 5, 10, 15, 30, 60)


def database_is_private(database: Resource) -> Iterator[str]:
    """A database has no public address, and is in subnets of the stack's network."""
    if at(database.inputs, "publiclyAccessible"):
        yield "publiclyAccessible is True, expected False"
    yield from unset(database, "dbSubnetGroupName", "a subnet group of the stack's network")


def database_is_encrypted(database: Resource) -> Iterator[str]:
    """A database's disk is encrypted with a key."""
    yield from unless(database, "storageEncrypted", True)
    yield from unset(database, "kmsKeyId", "the ARN of a KMS key")


def database_refuses_its_deletion(database: Resource) -> Iterator[str]:
    """In prod, a database refuses its deletion, and leaves a snapshot where it is deleted all the same."""
    if environment(database) == PRODUCTION:
        yield from unless(database, "deletionProtection", True)
        if at(database.inputs, "skipFinalSnapshot"):
            yield "skipFinalSnapshot is True, expected False"


def database_lets_iam_in(database: Resource) -> Iterator[str]:
    """People may sign in to a database with their role, without a password."""
    yield from unless(database, "iamDatabaseAuthenticationEnabled", True)


def database_is_backed_up(database: Resource) -> Iterator[str]:
    """A database is backed up every day for a week at least, and its snapshots have its tags."""
    days = at(database.inputs, "backupRetentionPeriod") or 0
    if days < LEAST_BACKUP_DAYS:
        yield f"backupRetentionPeriod is {days:g}, expected at least {LEAST_BACKUP_DAYS}"
    yield from unless(database, "copyTagsToSnapshot", True)


def database_takes_minor_versions(database: Resource) -> Iterator[str]:
    """A database takes its engine's minor versions by itself."""
    if at(database.inputs, "autoMinorVersionUpgrade") is False:
        yield "autoMinorVersionUpgrade is False, expected True"


def database_is_not_where_everybody_looks(database: Resource) -> Iterator[str]:
    """A database has a port and an administrator of its own."""
    if not (port := at(database.inputs, "port")) or port in USUAL_PORTS:
        yield f"port is {port if port is None else int(port)}, expected another than the engine's own"
    if not (name := at(database.inputs, "username")) or name in USUAL_ADMINISTRATORS:
        yield f"username is {name!r}, expected a name of its own"


def database_password_is_managed(database: Resource) -> Iterator[str]:
    """RDS makes a database's password, keeps it in a secret and replaces it; the program has none."""
    yield from unless(database, "manageMasterUserPassword", True)
    yield from unset(database, "masterUserSecretKmsKeyId", "the ARN of a KMS key")
    for key in ("password", "passwordWo"):
        if at(database.inputs, key):
            yield f"{key} is set, expected none"


def database_log_is_kept(database: Resource) -> Iterator[str]:
    """A database's log goes to CloudWatch."""
    if "postgresql" not in entries(at(database.inputs, "enabledCloudwatchLogsExports")):
        yield "enabledCloudwatchLogsExports has no postgresql, expected it"


def database_outlives_a_zone(database: Resource) -> Iterator[str]:
    """In prod, a database has a standby in another zone, and its host is watched closely."""
    if environment(database) == PRODUCTION:
        if at(database.inputs, "multiAz") is not True:
            yield "multiAz is not True, expected it in prod (tracking.standby)"
        if at(database.inputs, "monitoringInterval") not in WATCHED_SECONDS:
            yield "monitoringInterval is not set, expected 60 in prod (tracking.standby)"


def database_is_over_tls_only(stack: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    """A database takes no connection without TLS: its parameters say so."""
    groups = [resource for resource in stack if resource.type == tokens.PARAMETERS]
    forcing = {
        group.urn
        for group in groups
        for parameter in entries(at(group.inputs, "parameters"))
        if (at(parameter, "name"), at(parameter, "value")) == ("rds.force_ssl", "1")
    }
    for resource in stack:
        if resource.type == tokens.DATABASE and not forcing & set(resource.uses.get("parameterGroupName", ())):
            yield resource, "its ParameterGroup does not set rds.force_ssl to 1, expected it"


ONE = (tokens.DATABASE,)
RULES = (
    ResourceRule(check=database_is_private, on=ONE, ids=("RDS.2", "RDS.18", "CKV_AWS_17")),
    ResourceRule(check=database_is_encrypted, on=ONE, ids=("RDS.3", "CKV_AWS_16")),
    ResourceRule(check=database_refuses_its_deletion, on=ONE, ids=("RDS.8", "CKV_AWS_293")),
    ResourceRule(check=database_lets_iam_in, on=ONE, ids=("RDS.10", "CKV_AWS_161")),
    ResourceRule(check=database_is_backed_up, on=ONE, ids=("RDS.11", "RDS.17", "CKV_AWS_133", "CKV2_AWS_60")),
    ResourceRule(check=database_takes_minor_versions, on=ONE, ids=("RDS.13", "CKV_AWS_226")),
    ResourceRule(check=database_is_not_where_everybody_looks, on=ONE, ids=("RDS.23", "RDS.25")),
    ResourceRule(check=database_password_is_managed, on=ONE, ids=("SecretsManager.1",)),
    ResourceRule(check=database_log_is_kept, on=ONE, ids=("RDS.36", "CKV_AWS_129")),
    ResourceRule(check=database_outlives_a_zone, on=ONE, ids=("RDS.5", "RDS.6", "CKV_AWS_157", "CKV_AWS_118")),
    StackRule(check=database_is_over_tls_only, on=(*ONE, tokens.PARAMETERS), ids=("RDS.38", "CKV2_AWS_69")),
)
