"""What breaks the rules on the tracking server's network, database and tasks, and the requests that keep them."""

from typing import Any

from infra.rehearsal.rules import ec2, ecs, elasticloadbalancing, rds
from tests.rehearsal.broken.case import GONE, Case
from tests.rehearsal.in_order import KEY, ROLE

GROUP, IN, OUT = (
    ("ec2", "CreateSecurityGroup"),
    ("ec2", "AuthorizeSecurityGroupIngress"),
    ("ec2", "AuthorizeSecurityGroupEgress"),
)
BALANCER, TARGET = ("elbv2", "CreateLoadBalancer"), ("elbv2", "CreateTargetGroup")
DATABASE, SUBNETS, PARAMETERS = (
    ("rds", "CreateDBInstance"),
    ("rds", "CreateDBSubnetGroup"),
    ("rds", "CreateDBParameterGroup"),
)
CLUSTER, SERVICE, TASK = ("ecs", "CreateCluster"), ("ecs", "CreateService"), ("ecs", "RegisterTaskDefinition")
PEERS = [
    {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "UserIdGroupPairs": [{"GroupId": "sg-0", "Description": "a_b.c-d:e/(f)#g,h@i [j]+=k;{l}!$*"}],
        "IpRanges": [{"CidrIp": "10.0.0.0/16", "Description": "people & jobs"}],
        "PrefixListIds": [{"PrefixListId": "pl-0"}],
    }
]
IN_ORDER: dict[tuple[str, str], dict[str, Any]] = {
    GROUP: {"GroupName": "small-dev-group", "Description": "Jobs & people: 2 [of 3]", "VpcId": "vpc-0"},
    IN: {"GroupId": "sg-0", "IpPermissions": PEERS},
    OUT: {"GroupId": "sg-0", "IpPermissions": PEERS},
    BALANCER: {"Name": "small-dev-internal-and-mlflow-32", "Scheme": "internal", "Subnets": ["subnet-0", "subnet-1"]},
    TARGET: {"Name": "a", "Protocol": "HTTP", "Port": 5000, "VpcId": "vpc-0", "TargetType": "ip"},
    DATABASE: {
        "DBInstanceIdentifier": "small-dev-db",
        "DBInstanceClass": "db.t4g.micro",
        "Engine": "postgres",
        "DBName": "runs_2",
        "MasterUsername": "mlflow",
        "ManageMasterUserPassword": True,
        "MasterUserSecretKmsKeyId": KEY,
        "MonitoringInterval": 60,
        "MonitoringRoleArn": ROLE,
    },
    SUBNETS: {
        "DBSubnetGroupName": "small dev_default.subnets",
        "DBSubnetGroupDescription": "d",
        "SubnetIds": ["subnet-0", "subnet-1"],
    },
    PARAMETERS: {
        "DBParameterGroupName": "small-dev-parameters",
        "DBParameterGroupFamily": "postgres17",
        "Description": "TLS alone",
    },
    CLUSTER: {"clusterName": "small_dev-cluster"},
    SERVICE: {"serviceName": "small_dev-service", "cluster": "small_dev-cluster"},
    TASK: {
        "family": "small_dev-task",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": ".5 vCPU",
        "memory": "1024",
        "containerDefinitions": [{"name": "mlflow", "image": "i"}],
    },
}
NAMED = ecs.a_name_is_255_letters_digits_hyphens_and_underscores
SIZED = ecs.a_task_on_fargate_has_a_size_that_fargate_has
UNPEERED = ec2.a_rule_s_description_has_no_other_characters

CASES: list[Case] = [
    *(
        Case(GROUP, ec2.a_security_group_has_a_name_that_ec2_takes, {"GroupName": name}, said)
        for name, said in {
            "sg-flights-dev": "not to begin with sg-",
            "SG-flights": "not to begin with sg-",
            "the team's": "at most 255 of",
            "x" * 256: "at most 255 of",
        }.items()
    ),
    *(
        Case(GROUP, ec2.a_security_group_s_description_has_no_other_characters, {"Description": text}, f"{text}, exp")
        for text in ("The server's database", "größer", "x" * 256, "two\nlines")
    ),
    Case(IN, UNPEERED, {"IpPermissions.0.IpRanges.0.Description": "people's"}, "[0].IpRanges.Description: people's"),
    Case(OUT, UNPEERED, {"IpPermissions.0.UserIdGroupPairs.0.Description": "a & b"}, "UserIdGroupPairs.Description"),
    Case(OUT, UNPEERED, {"IpPermissions.0.PrefixListIds.0.Description": "x" * 256}, "PrefixListIds.Description"),
    *(
        Case(BALANCER, elasticloadbalancing.a_load_balancer_has_a_name_that_aws_takes, {"Name": name}, said)
        for name, said in {
            "internal-dev-mlflow": "not to begin with internal-",
            "x" * 33: "1 to 32 letters",
            "dev-": "no hyphen first or last",
            "-dev": "no hyphen first or last",
            "dev_mlflow": "1 to 32 letters",
        }.items()
    ),
    *(
        Case(TARGET, elasticloadbalancing.a_target_group_has_a_name_that_aws_takes, {"Name": name}, "1 to 32 letters")
        for name in ("x" * 33, "dev-", "-dev", "dev.mlflow", "")
    ),
    *(
        Case(DATABASE, rds.an_instance_has_an_identifier_that_rds_takes, {"DBInstanceIdentifier": name}, "1 to 63")
        for name in ("x" * 64, "2-db", "db-", "db--2", "db_2")
    ),
    *(
        Case(DATABASE, rds.a_postgres_database_has_a_name_that_it_takes, {"DBName": name}, f"DBName: {name}")
        for name in ("my-runs", "2runs", "x" * 64)
    ),
    *(
        Case(DATABASE, rds.a_master_user_has_a_name_that_rds_takes, {"MasterUsername": name}, "1 to 16 letters")
        for name in ("ml-flow", "x" * 17, "_mlflow")
    ),
    Case(DATABASE, rds.a_password_is_the_caller_s_or_rds_s, {"MasterUserPassword": "secret12"}, "one of the two"),
    Case(
        DATABASE,
        rds.a_secret_s_key_is_for_a_password_of_rds_s,
        {"ManageMasterUserPassword": GONE, "MasterUserPassword": "secret12"},
        "without ManageMasterUserPassword",
    ),
    Case(DATABASE, rds.a_host_is_watched_by_a_role_at_an_interval, {"MonitoringInterval": 0}, "0 with Monitoring"),
    Case(DATABASE, rds.a_host_is_watched_by_a_role_at_an_interval, {"MonitoringRoleArn": GONE}, "60 without"),
    *(
        Case(SUBNETS, rds.a_subnet_group_has_a_name_that_rds_takes, {"DBSubnetGroupName": name}, "and not default")
        for name in ("Default", "2-subnets", "x" * 256, "a/b")
    ),
    *(
        Case(PARAMETERS, rds.a_parameter_group_has_a_name_that_rds_takes, {"DBParameterGroupName": name}, "1 to 255")
        for name in ("x" * 256, "2-parameters", "parameters-", "para--meters", "para.meters")
    ),
    Case(CLUSTER, NAMED, {"clusterName": "x" * 256}, "clusterName: xxx"),
    Case(SERVICE, NAMED, {"serviceName": "a.b"}, "serviceName: a.b, expected 1 to 255"),
    Case(TASK, NAMED, {"family": "a b"}, "family: a b"),
    Case(TASK, NAMED, {"containerDefinitions.0.name": "a/b"}, "containerDefinitions[0].name: a/b"),
    *(
        Case(TASK, SIZED, {"cpu": cpu, "memory": memory}, said)
        for cpu, memory, said in (
            ("512", "512", "memory: 512 with cpu 512, expected one of 1024, 2048, 3072, 4096"),
            ("256", "3072", "3072 with cpu 256"),
            ("1 vCPU", "9GB", "9GB with cpu 1024"),
            ("8192", "17 GB", "17 GB with cpu 8192"),
            ("16384", "36864", "36864 with cpu 16384"),
            ("768", "2048", "cpu: 768, expected one of 256"),
            ("half", "2048", "cpu: half"),
        )
    ),
    Case(TASK, SIZED, {"cpu": GONE}, "cpu: None"),
    Case(TASK, SIZED, {"memory": GONE}, "memory: None with cpu 512"),
]
