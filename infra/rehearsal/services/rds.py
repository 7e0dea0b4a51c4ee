"""RDS databases, with the secret that RDS keeps for each."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming

NO_DATABASE = "no database runs: the tracking server of this machine keeps its runs in SQLite"
PROVIDER_ONLY = {"applyImmediately", "skipFinalSnapshot", "finalSnapshotIdentifier", "deleteAutomatedBackups"}


def create_instance(inputs: Inputs, aws: Aws) -> Made:
    rename = {
        "identifier": "DBInstanceIdentifier",
        "instanceClass": "DBInstanceClass",
        "dbName": "DBName",
        "dbSubnetGroupName": "DBSubnetGroupName",
        "parameterGroupName": "DBParameterGroupName",
        "username": "MasterUsername",
        "manageMasterUserPassword": "ManageMasterUserPassword",
        "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
        "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
        "multiAz": "MultiAZ",
        "tagsAll": "Tags",
    }
    asked = {name: value for name, value in inputs.items() if name not in PROVIDER_ONLY}
    made = aws.send("rds", "CreateDBInstance", asked, rename)["DBInstance"]
    # moto has an address at once, and the secret.
    described = aws.call("rds", "DescribeDBInstances", DBInstanceIdentifier=inputs["identifier"])["DBInstances"][0]
    secret = described["MasterUserSecret"]["SecretArn"]
    return Made(
        id=described["DbiResourceId"],
        outputs={
            "arn": made["DBInstanceArn"],
            "address": described["Endpoint"]["Address"],
            "masterUserSecrets": [{"secretArn": secret, "secretStatus": "active"}],
        },
    )


def delete_instance(_id: str, inputs: Inputs, aws: Aws) -> None:
    name = inputs["identifier"]
    if inputs.get("deletionProtection"):
        aws.call("rds", "ModifyDBInstance", DBInstanceIdentifier=name, DeletionProtection=False)
    aws.call("rds", "DeleteDBInstance", DBInstanceIdentifier=name, SkipFinalSnapshot=True)


def create_subnet_group(inputs: Inputs, aws: Aws) -> Made:
    rename = {"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription", "tagsAll": "Tags"}
    made = aws.send("rds", "CreateDBSubnetGroup", inputs, rename)["DBSubnetGroup"]
    return Made(id=inputs["name"], outputs={"arn": made["DBSubnetGroupArn"]})


def delete_subnet_group(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("rds", "DeleteDBSubnetGroup", DBSubnetGroupName=name)


def create_parameter_group(inputs: Inputs, aws: Aws) -> Made:
    rename = {"name": "DBParameterGroupName", "family": "DBParameterGroupFamily", "tagsAll": "Tags"}
    asked = {name: value for name, value in inputs.items() if name != "parameters"}
    made = aws.send("rds", "CreateDBParameterGroup", asked, rename)["DBParameterGroup"]
    values = [
        {
            "ParameterName": parameter["name"],
            "ParameterValue": parameter["value"],
            "ApplyMethod": parameter.get("applyMethod", "immediate"),
        }
        for parameter in inputs.get("parameters", [])
    ]
    aws.call("rds", "ModifyDBParameterGroup", DBParameterGroupName=inputs["name"], Parameters=values)
    return Made(id=inputs["name"], outputs={"arn": made["DBParameterGroupArn"]})


def delete_parameter_group(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("rds", "DeleteDBParameterGroup", DBParameterGroupName=name)


def remaining(aws: Aws) -> list[str]:
    return [
        *(item["DBInstanceArn"] for item in aws.pages("rds", "DescribeDBInstances", "DBInstances")),
        *(item["DBSubnetGroupArn"] for item in aws.pages("rds", "DescribeDBSubnetGroups", "DBSubnetGroups")),
        *(item["DBParameterGroupArn"] for item in aws.pages("rds", "DescribeDBParameterGroups", "DBParameterGroups")),
    ]


ENTRIES = {
    "aws:rds/instance:Instance": Entry(
        create=create_instance, delete=delete_instance, naming=Naming(limit=63, field="identifier"), note=NO_DATABASE
    ),
    "aws:rds/subnetGroup:SubnetGroup": Entry(
        create=create_subnet_group, delete=delete_subnet_group, naming=Naming(limit=255)
    ),
    "aws:rds/parameterGroup:ParameterGroup": Entry(
        create=create_parameter_group, delete=delete_parameter_group, naming=Naming(limit=255)
    ),
}
