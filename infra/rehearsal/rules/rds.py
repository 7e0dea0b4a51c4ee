"""RDS databases: names, who keeps the password, and who watches the host."""

import re

from infra.rehearsal.rules.rule import Key, Request, Rule, expected

LABEL = re.compile(r"[a-zA-Z]([a-zA-Z0-9]|-(?=[a-zA-Z0-9]))*")
"""Letters, digits and single hyphens, a letter first and no hyphen last."""
DATABASE = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,62}")
USER = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,15}")
SUBNETS = re.compile(r"[a-zA-Z][a-zA-Z0-9._ -]{0,254}")
IDENTIFIER, GROUP = 63, 255
DEFAULT = "default"


def an_instance_has_an_identifier_that_rds_takes(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html, DBInstanceIdentifier"""
    return _label(request, "DBInstanceIdentifier", IDENTIFIER)


def a_postgres_database_has_a_name_that_it_takes(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html, DBName, RDS for PostgreSQL"""
    name = request.get("DBName")
    if request["Engine"] != "postgres" or name is None or DATABASE.fullmatch(name):
        return None
    return expected("DBName", name, "1 to 63 letters, digits and _, a letter first")


def a_master_user_has_a_name_that_rds_takes(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html, MasterUsername"""
    name = request.get("MasterUsername")
    if name is None or USER.fullmatch(name):
        return None
    return expected("MasterUsername", name, "1 to 16 letters, digits and _, a letter first")


def a_password_is_the_caller_s_or_rds_s(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html, ManageMasterUserPassword"""
    if request.get("ManageMasterUserPassword") and "MasterUserPassword" in request:
        return expected("MasterUserPassword", "with ManageMasterUserPassword", "one of the two")
    return None


def a_secret_s_key_is_for_a_password_of_rds_s(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html, MasterUserSecretKmsKeyId"""
    if "MasterUserSecretKmsKeyId" in request and not request.get("ManageMasterUserPassword"):
        return expected("MasterUserSecretKmsKeyId", "without ManageMasterUserPassword", "both or none")
    return None


def a_host_is_watched_by_a_role_at_an_interval(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html, MonitoringInterval"""
    interval = request.get("MonitoringInterval", 0)
    if bool(interval) != ("MonitoringRoleArn" in request):
        role = "with" if "MonitoringRoleArn" in request else "without"
        return expected("MonitoringInterval", f"{interval} {role} MonitoringRoleArn", "an interval and a role, or none")
    return None


def a_subnet_group_has_a_name_that_rds_takes(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html, DBSubnetGroupName"""
    name = request["DBSubnetGroupName"]
    if SUBNETS.fullmatch(name) and name.lower() != DEFAULT:
        return None
    text = f"1 to {GROUP} letters, digits, spaces and ._-, a letter first, and not {DEFAULT}"
    return expected("DBSubnetGroupName", name, text)


def a_parameter_group_has_a_name_that_rds_takes(request: Request) -> str | None:
    """docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBParameterGroup.html, DBParameterGroupName"""
    return _label(request, "DBParameterGroupName", GROUP)


def _label(request: Request, member: str, limit: int) -> str | None:
    name = request[member]
    if len(name) <= limit and LABEL.fullmatch(name):
        return None
    return expected(member, name, f"1 to {limit} letters, digits and single hyphens, a letter first, no hyphen last")


RULES: dict[Key, list[Rule]] = {
    ("rds", "CreateDBInstance"): [
        an_instance_has_an_identifier_that_rds_takes,
        a_postgres_database_has_a_name_that_it_takes,
        a_master_user_has_a_name_that_rds_takes,
        a_password_is_the_caller_s_or_rds_s,
        a_secret_s_key_is_for_a_password_of_rds_s,
        a_host_is_watched_by_a_role_at_an_interval,
    ],
    ("rds", "CreateDBSubnetGroup"): [a_subnet_group_has_a_name_that_rds_takes],
    ("rds", "CreateDBParameterGroup"): [a_parameter_group_has_a_name_that_rds_takes],
}
