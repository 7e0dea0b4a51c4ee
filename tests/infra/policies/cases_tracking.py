"""Cases of the rules about the tracking server: its database, its task, its load balancer, its secrets."""

import json
from typing import Any

from infra.policies import tokens
from tests.infra.policies.asked import DIGEST, KEY_ARN, ask
from tests.infra.policies.case import Case, Inputs, each

PARAMETERS = ask(tokens.PARAMETERS, name="demo-prod-data-a", parameters=[{"name": "rds.force_ssl", "value": "1"}])
LOOSE = ask(tokens.PARAMETERS, name="demo-prod-data-b", parameters=[{"name": "rds.force_ssl", "value": "0"}])
ENCRYPTED = {"storageEncrypted": True, "kmsKeyId": KEY_ARN}
BACKED_UP = {"backupRetentionPeriod": 7.0, "copyTagsToSnapshot": True}
OWN = {"port": 5433.0, "username": "mlflow"}
MANAGED = {"manageMasterUserPassword": True, "masterUserSecretKmsKeyId": KEY_ARN}
WATCHED = {"multiAz": True, "monitoringInterval": 60.0}


def database(good: Inputs, bad: Inputs, *, fine: bool = False) -> Case:
    return each(tokens.DATABASE, good, bad, fine=fine)


DATABASES = {
    "database-is-private": database(
        {"publiclyAccessible": False, "dbSubnetGroupName": "a"}, {"publiclyAccessible": True, "dbSubnetGroupName": "a"}
    ),
    "database-is-encrypted": database(ENCRYPTED, {**ENCRYPTED, "storageEncrypted": False}),
    "database-refuses-its-deletion": database({"deletionProtection": True}, {"deletionProtection": False}),
    "database-lets-iam-in": database(
        {"iamDatabaseAuthenticationEnabled": True}, {"iamDatabaseAuthenticationEnabled": False}
    ),
    "database-is-backed-up": database(BACKED_UP, {**BACKED_UP, "backupRetentionPeriod": 1.0}),
    "database-takes-minor-versions": database(
        {"autoMinorVersionUpgrade": True}, {"autoMinorVersionUpgrade": False}, fine=True
    ),
    "database-is-not-where-everybody-looks": database(OWN, {**OWN, "port": 5432.0}),
    "database-password-is-managed": database(MANAGED, {**MANAGED, "password": "a"}),
    "database-log-is-kept": database(
        {"enabledCloudwatchLogsExports": ["postgresql"]}, {"enabledCloudwatchLogsExports": ["upgrade"]}
    ),
    "database-outlives-a-zone": database(WATCHED, {**WATCHED, "multiAz": False}),
    "database-is-over-tls-only": Case(
        keeps=[PARAMETERS, ask(tokens.DATABASE, uses={"parameterGroupName": [PARAMETERS.urn]})],
        breaks=[LOOSE, ask(tokens.DATABASE, uses={"parameterGroupName": [LOOSE.urn]})],
        lacks=[ask(tokens.DATABASE)],
    ),
}


def task(good: dict[str, Any], bad: dict[str, Any], *, fine: bool = False) -> Case:
    """A case of one container."""
    inputs = [{"containerDefinitions": json.dumps([container])} for container in (good, bad, {"name": "a"})]
    return each(tokens.TASK, *inputs, fine=fine)


LOGS = {"logConfiguration": {"options": {"awslogs-group": "a"}}}
NETWORK = {"networkConfiguration": {"subnets": ["a"], "assignPublicIp": False}}
PUBLIC = {"networkConfiguration": {"subnets": ["a"], "assignPublicIp": True}}
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
HTTPS = {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"}
CONTAINERS = {
    "task-is-not-root": task({"user": "1000"}, {"user": "0:0"}),
    "task-cannot-change-its-image": task({"readonlyRootFilesystem": True}, {"readonlyRootFilesystem": False}),
    "task-has-a-network-of-its-own": each(
        tokens.TASK, {"networkMode": "awsvpc"}, {"networkMode": "awsvpc", "pidMode": "host"}
    ),
    "task-holds-no-secret": task(
        {"environment": [{"name": "TRACKING_DATABASE_SECRET", "value": "arn"}]},
        {"environment": [{"name": "TRACKING_ADMIN_PASSWORD", "value": "a"}]},
        fine=True,
    ),
    "task-writes-logs": task(LOGS, {"logConfiguration": {"options": {}}}),
    "task-image-is-named-by-digest": task({"image": DIGEST}, {"image": "mlflow:latest"}),
    "service-has-no-public-address": each(tokens.SERVICE, NETWORK, PUBLIC),
    "service-runs-on-the-latest-platform": each(tokens.SERVICE, BREAKER, {**BREAKER, "platformVersion": "1.3.0"}),
    "nobody-runs-commands-in-a-service": each(
        tokens.SERVICE, {"enableExecuteCommand": False}, {"enableExecuteCommand": True}, fine=True
    ),
    "cluster-is-watched": each(
        tokens.CLUSTER,
        {"settings": [{"name": "containerInsights", "value": "enabled"}]},
        {"settings": [{"name": "containerInsights", "value": "disabled"}]},
    ),
    "balancer-is-private": each(tokens.BALANCER, {"internal": True}, {"internal": False}),
    "balancer-is-strict-about-headers": each(
        tokens.BALANCER,
        {"dropInvalidHeaderFields": True},
        {"dropInvalidHeaderFields": True, "desyncMitigationMode": "monitor"},
    ),
    "balancer-logs-requests": each(
        tokens.BALANCER,
        {"accessLogs": {"enabled": True, "bucket": "a"}},
        {"accessLogs": {"enabled": False, "bucket": "a"}},
    ),
    "balancer-refuses-its-deletion": each(
        tokens.BALANCER, {"enableDeletionProtection": True}, {"enableDeletionProtection": False}
    ),
    "listener-is-over-tls-only": each(tokens.LISTENER, HTTPS, {**HTTPS, "sslPolicy": "ELBSecurityPolicy-2016-08"}),
    "secret-is-encrypted": each(tokens.VAULT, {"kmsKeyId": KEY_ARN}, {"kmsKeyId": ""}),
}
