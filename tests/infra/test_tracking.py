"""The tracking server's settings, and what the program asks of AWS for it."""

import json

import pytest

from infra import relay
from infra.parsing import SettingsError, parse
from infra.quotas import MLFLOW_APP_REGIONS
from tests.infra.planned import PROJECT, mlflow_container, one, settings_of, statements
from tracking.configuration import Configuration, variable

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b"
FARGATE = {"mode": "fargate"}


def refusal(**config) -> str:
    with pytest.raises(SettingsError) as caught:
        settings_of(**config)
    return str(caught.value)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"tracking": FARGATE}, "network is missing, expected {} or more: tracking.mode fargate runs in a network"),
        (
            {"network": {}, "tracking": {**FARGATE, "domain": "mlflow.example.com"}},
            "tracking.certificate is missing, expected one for tracking.domain",
        ),
        (
            {"network": {}, "tracking": {**FARGATE, "certificate": CERTIFICATE}},
            "tracking.domain is missing, expected one for tracking.certificate",
        ),
        (
            {
                "network": {},
                "tracking": {
                    **FARGATE,
                    "domain": "mlflow.example.com",
                    "certificate": CERTIFICATE.replace("eu-west-1", "us-east-1"),
                },
            },
            "tracking.certificate is in us-east-1, expected one in eu-west-1: a load balancer takes no other",
        ),
        ({"network": {}, "tracking": {**FARGATE, "domain": "https://a b"}}, "tracking.domain is 'https://a b'"),
        ({"network": {}, "tracking": {**FARGATE, "size": 2}}, "tracking.size is not a setting"),
        ({"tracking": {"mode": "server"}}, "tracking.mode is 'server', expected managed, fargate or url"),
    ],
)
def test_what_cannot_be_of_a_tracking_server_is_refused(config, expected):
    assert expected in refusal(**config)


def test_a_region_without_mlflow_apps_is_refused_for_the_managed_app_alone():
    there = {"aws:region": "eu-south-1", f"{PROJECT}:alertEmail": "a@example.com"}
    with pytest.raises(SettingsError) as caught:
        parse(there, project=PROJECT, environment="try")
    expected = f"{PROJECT}:tracking.mode is 'managed', but eu-south-1 has no MLflow apps: expected fargate or url"
    assert expected in str(caught.value)
    own = {f"{PROJECT}:network": "{}", f"{PROJECT}:tracking": json.dumps(FARGATE)}
    assert parse({**there, **own}, project=PROJECT, environment="try").region == "eu-south-1"
    assert "eu-west-1" in MLFLOW_APP_REGIONS


def test_the_task_is_told_everything_that_the_server_reads_and_its_secrets_by_reference(prod):
    task = mlflow_container(prod)
    told = {entry["name"]: entry["value"] for entry in task["environment"]}
    secret = {entry["name"]: entry["valueFrom"] for entry in task["secrets"]}
    # The image itself says where its files are.
    given = {**told, **secret, variable("scratch"): "/scratch", variable("database_ca"): "/opt/ca.pem"}
    configuration = Configuration.from_env(given)
    assert all(arn.endswith(":password::") for arn in secret.values())
    assert set(secret) == {variable(field) for field in ("admin_password", "client_password", "session_key")}
    assert configuration.artifacts.startswith("s3://mlops-demo-prod-data-models-bucket")
    assert "password" not in configuration.database_uri("mlflow")
    assert "verify-full" in configuration.database_uri("mlflow")


def test_the_image_is_built_for_arm_from_the_server_s_own_source(prod):
    project = one(prod, "aws:codebuild/project:Project", "-mlimage-build")
    assert project.inputs["environment"]["type"] == "ARM_CONTAINER"
    assert project.inputs["environment"]["image"].startswith("aws/codebuild/amazonlinux-aarch64-standard:")
    assert "--platform linux/arm64 --file tracking/Dockerfile" in project.inputs["source"]["buildspec"]
    source = one(prod, "aws:s3/bucketObjectv2:BucketObjectv2", "-mlimage-source").inputs["source"]
    assert {"tracking/Dockerfile", "tracking/__main__.py", "requirements/tracking.txt"} <= set(source.assets)
    assert not [path for path in source.assets if path.startswith("ml/")]
    tasks = prod.of_type("aws:ecs/taskDefinition:TaskDefinition")
    assert len(tasks) == 2
    for task in tasks:
        assert task.inputs["runtimePlatform"] == {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}


def edges(program) -> set[tuple[str, str, int]]:
    """Who may open a connection to whom, by the names of the groups: both sides must agree."""
    groups = {f"{entry.name}-0000000": entry.name.removeprefix("mlops-demo-prod-") for entry in program.resources}

    def of(type_: str, source: str, target: str) -> set[tuple[str, str, int]]:
        rules = [
            entry.inputs for entry in program.of_type(f"aws:vpc/securityGroup{type_}Rule:SecurityGroup{type_}Rule")
        ]
        return {
            (groups[rule[source]], groups[rule[target]], int(rule["fromPort"]))
            for rule in rules
            if rule.get(source)
            if rule.get(target)
        }

    out = of("Egress", "securityGroupId", "referencedSecurityGroupId")
    assert out == of("Ingress", "referencedSecurityGroupId", "securityGroupId")
    return out


def test_nothing_but_the_needed_connections_is_let_through(prod, planned):
    needed = {
        ("net-jobs", "mlflow-front-group", 443),
        ("mlflow-front-group", "mlflow-group", 5000),
        ("mlflow-group", "mlflow-db-group", 5433),
        ("mlflow-relay-group", "mlflow-front-group", 443),
    }
    assert edges(prod) == needed


def test_without_nat_aws_is_reached_by_endpoints_and_nothing_else_is(planned):
    program = planned(network={"nat": "none"}, tracking=FARGATE)
    assert not program.of_type("aws:ec2/natGateway:NatGateway")
    assert not program.of_type("aws:ec2/internetGateway:InternetGateway")
    endpoints = [entry.inputs for entry in program.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")]
    names = {entry["serviceName"].removeprefix("com.amazonaws.eu-west-1.") for entry in endpoints}
    assert names == {
        "s3",
        "events",
        "ecr.api",
        "ecr.dkr",
        "logs",
        "monitoring",
        "sagemaker.api",
        "secretsmanager",
        "ssmmessages",
    }
    rules = program.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert not [rule for rule in rules if rule.inputs.get("cidrIpv4")]


def test_jobs_may_read_their_own_password_and_no_other(prod):
    for job in ("train-job", "watch-job"):
        (secret,) = [
            entry["Resource"]
            for entry in statements(one(prod, "aws:iam/rolePolicy:RolePolicy", f"{job}-role-policy"))
            if "secretsmanager:GetSecretValue" in entry["Action"]
        ]
        assert secret.endswith("mlflow-access-0000000")
        assert prod.outputs["wiring"]["MLOPS_TRACKING_ACCESS"] == secret


def test_only_the_task_reads_the_database_s_password_and_only_its_prefix_of_the_bucket(prod):
    role = statements(one(prod, "aws:iam/rolePolicy:RolePolicy", "mlflow-role-policy"))
    assert [entry["Resource"] for entry in role if "secretsmanager:GetSecretValue" in entry["Action"]] == [
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-0"
    ]
    (written,) = [entry["Resource"] for entry in role if "s3:PutObject" in entry["Action"]]
    assert [arn.partition("/")[2] for arn in written] == ["mlflow/*"]


PARAMETERS = {
    "rds.force_ssl": ("1", "pending-reboot"),
    "log_connections": (None, "pending-reboot"),
    "log_min_duration_statement": (None, "pending-reboot"),
}
"""The default of a parameter in the family postgres17, and the method that RDS gives back while it is the default.

docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html (on since 15), and
.../USER_LogAccess.Concepts.PostgreSQL.Query_Logging.html (none)
"""


def test_a_parameter_at_its_default_is_as_rds_gives_it_back_and_the_others_are_applied_at_once(prod):
    """Else the provider sees a change in every `up`."""
    parameters = one(prod, "aws:rds/parameterGroup:ParameterGroup").inputs["parameters"]
    assert {entry["name"] for entry in parameters} == set(PARAMETERS)
    for entry in parameters:
        default, method = PARAMETERS[entry["name"]]
        assert entry.get("applyMethod", "immediate") == (method if entry["value"] == default else "immediate")


def test_the_relay_may_open_channels_and_nothing_else_and_ends_by_itself(prod):
    (may,) = statements(one(prod, "aws:iam/rolePolicy:RolePolicy", "relay-role-policy"))
    assert all(action.startswith("ssmmessages:") for action in may["Action"])
    task = one(prod, "aws:ecs/taskDefinition:TaskDefinition", "relay-task").inputs
    (container,) = json.loads(task["containerDefinitions"])
    assert container["entryPoint"] == ["python", "-c", f"import time; time.sleep({relay.HOURS * 3600})"]
    assert not {"secrets", "environment"} & set(container)
    assert not [entry for entry in prod.of_type("aws:ecs/service:Service") if "relay" in entry.name]


def test_no_secret_value_is_an_input_of_any_resource(prod):
    """Passwords are made by Secrets Manager and RDS, the certificate's key in memory: Pulumi sees none of them."""
    for entry in prod.resources:
        text = json.dumps({key: str(value) for key, value in entry.inputs.items() if key != "__provider"})
        assert "PRIVATE KEY" not in text
        for key in ("secretString", "secretBinary", "password", "masterPassword"):
            assert key not in entry.inputs, (entry.name, key)


def test_a_domain_of_the_user_s_has_their_certificate_and_no_authority_of_ours(planned):
    tracking = {**FARGATE, "domain": "mlflow.example.com", "certificate": CERTIFICATE}
    program = planned(network={}, tracking=tracking)
    assert one(program, "aws:lb/listener:Listener").inputs["certificateArn"] == CERTIFICATE
    assert not program.of_type("pulumi-python:dynamic:Certificate")
    assert program.outputs["mlflow"] == "https://mlflow.example.com"
    assert "mlflow.example.com" in json.dumps(mlflow_container(program))
    (access,) = [entry for entry in program.of_type("pulumi-python:dynamic:Password") if "access" in entry.name]
    assert set(access.inputs["beside"]) == {"username"}
