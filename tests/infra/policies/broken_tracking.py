"""How the tracking server can go wrong unseen, by the rule that must find it."""

import json
from collections.abc import Callable
from typing import Any

from infra.policies import tokens
from tests.infra.policies.breaking import Mutation, change, put


def container(alter: Callable[[dict[str, Any]], object]) -> Mutation:
    """Alters the container of the server's task."""

    def rewrite(inputs: dict[str, Any]) -> None:
        found = json.loads(inputs["containerDefinitions"])
        alter(found[0])
        inputs["containerDefinitions"] = json.dumps(found)

    return change(tokens.TASK, rewrite, "mlflow-task")


def database(path: str, value: Any) -> Mutation:
    return put(tokens.DATABASE, path, value)


TRACKING: dict[str, dict[str, Mutation]] = {
    "database-is-private": {"a public database": database("publiclyAccessible", True)},
    "database-is-encrypted": {"a database in clear": database("storageEncrypted", False)},
    "database-refuses-its-deletion": {"a database that can be lost": database("deletionProtection", False)},
    "database-lets-iam-in": {"passwords alone": database("iamDatabaseAuthenticationEnabled", False)},
    "database-is-backed-up": {"a day of backups": database("backupRetentionPeriod", 1.0)},
    "database-takes-minor-versions": {"an engine that grows old": database("autoMinorVersionUpgrade", False)},
    "database-is-not-where-everybody-looks": {"the engine's own port": database("port", 5432.0)},
    "database-password-is-managed": {"a password in the program": database("password", "secret")},
    "database-log-is-kept": {"a log that is lost": database("enabledCloudwatchLogsExports", [])},
    "database-outlives-a-zone": {"one zone in prod": database("multiAz", False)},
    "database-is-over-tls-only": {"a database without TLS": put(tokens.PARAMETERS, "parameters.0.value", "0")},
    "task-is-not-root": {"a task as root": container(lambda found: found.pop("user"))},
    "task-cannot-change-its-image": {
        "a task that writes everywhere": container(lambda found: found.update(readonlyRootFilesystem=False))
    },
    "task-has-a-network-of-its-own": {"the host's network": put(tokens.TASK, "networkMode", "host")},
    "task-holds-no-secret": {
        "a password in a task": container(
            lambda found: found["environment"].append({"name": "TRACKING_ADMIN_PASSWORD", "value": "a"})
        )
    },
    "task-writes-logs": {"a task without a log": container(lambda found: found.pop("logConfiguration"))},
    "task-image-is-named-by-digest": {"a task's image by tag": container(lambda found: found.update(image="a:1"))},
    "service-has-no-public-address": {
        "a task with a public address": put(tokens.SERVICE, "networkConfiguration.assignPublicIp", True)
    },
    "service-runs-on-the-latest-platform": {"an old platform": put(tokens.SERVICE, "platformVersion", "1.3.0")},
    "nobody-runs-commands-in-a-service": {"a shell in a task": put(tokens.SERVICE, "enableExecuteCommand", True)},
    "cluster-is-watched": {"a cluster unseen": put(tokens.CLUSTER, "settings", None)},
    "balancer-is-private": {"a public load balancer": put(tokens.BALANCER, "internal", False)},
    "balancer-is-strict-about-headers": {"any header": put(tokens.BALANCER, "dropInvalidHeaderFields", False)},
    "balancer-logs-requests": {"requests unseen": put(tokens.BALANCER, "accessLogs", None)},
    "balancer-refuses-its-deletion": {
        "a load balancer that can be lost": put(tokens.BALANCER, "enableDeletionProtection", False)
    },
    "listener-is-over-tls-only": {"a listener of plain HTTP": put(tokens.LISTENER, "protocol", "HTTP")},
    "secret-is-encrypted": {"a secret without a key": put(tokens.VAULT, "kmsKeyId", None)},
}
