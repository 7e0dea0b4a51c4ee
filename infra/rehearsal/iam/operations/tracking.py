"""What the tracking server is made of: its database, its load balancer and certificate, its task and its secrets.

Sources: the pages list_amazonrds, list_elasticloadbalancingv2, list_awscertificatemanager,
list_amazonelasticcontainerservice and list_awssecretsmanager of
https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from infra.rehearsal.iam.facts import Call, Facts, Need
from infra.rehearsal.iam.operations.rows import Row, Table, tag_keys, tags_of


def _new_service(call: Call, facts: Facts) -> list[Need]:
    """A service's ARN has its cluster's name in it; the request may name the cluster by its ARN."""
    cluster, name = str(call.parameters["cluster"]).rpartition("/")[2], call.parameters["serviceName"]
    arn = f"arn:aws:ecs:{call.region}:{facts.number}:service/{cluster}/{name}"
    context = tag_keys(tags_of(call.parameters))
    actions = ["ecs:CreateService", *(["ecs:TagResource"] if context else [])]
    return [Need(action=action, resource=arn, context=context) for action in actions]


DATABASE, GROUP, PARAMETERS = "db:{DBInstanceIdentifier}", "subgrp:{DBSubnetGroupName}", "pg:{DBParameterGroupName}"
RDS = Table(
    prefix="rds",
    arn="arn:aws:rds:{region}:{account}:",
    tagging="rds:AddTagsToResource",
    rows={
        "CreateDBInstance": Row(on=(DATABASE, GROUP, PARAMETERS)),
        "ModifyDBInstance": DATABASE,
        "DeleteDBInstance": DATABASE,
        "DescribeDBInstances": "db:{DBInstanceIdentifier|*}",
        "CreateDBSubnetGroup": GROUP,
        "DeleteDBSubnetGroup": GROUP,
        "DescribeDBSubnetGroups": "subgrp:{DBSubnetGroupName|*}",
        "CreateDBParameterGroup": PARAMETERS,
        "ModifyDBParameterGroup": PARAMETERS,
        "DeleteDBParameterGroup": PARAMETERS,
        "DescribeDBParameterGroups": "pg:{DBParameterGroupName|*}",
    },
)
ELB = Table(
    prefix="elasticloadbalancing",
    arn="arn:aws:elasticloadbalancing:{region}:{account}:",
    tagging="elasticloadbalancing:AddTags",
    rows={
        "CreateLoadBalancer": "loadbalancer/app/{Name}/*",
        "ModifyLoadBalancerAttributes": "{LoadBalancerArn}",
        "DeleteLoadBalancer": "{LoadBalancerArn}",
        "CreateTargetGroup": "targetgroup/{Name}/*",
        "ModifyTargetGroupAttributes": "{TargetGroupArn}",
        "DeleteTargetGroup": "{TargetGroupArn}",
        "CreateListener": "{LoadBalancerArn}",
        "DeleteListener": "{ListenerArn}",
        "DescribeLoadBalancers": "*",
        "DescribeTargetGroups": "*",
    },
)
ACM = Table(
    prefix="acm",
    arn="arn:aws:acm:{region}:{account}:",
    tagging="acm:AddTagsToCertificate",
    rows={
        "ImportCertificate": "certificate/{CertificateArn|*}",
        "DeleteCertificate": "{CertificateArn}",
        "DescribeCertificate": "{CertificateArn}",
        "ListCertificates": "*",
    },
)
ECS = Table(
    prefix="ecs",
    arn="arn:aws:ecs:{region}:{account}:",
    tagging="ecs:TagResource",
    rows={
        "CreateCluster": "cluster/{clusterName}",
        "DeleteCluster": "{cluster}",
        "DescribeClusters": "{clusters[]}",
        "ListClusters": "*",
        "RegisterTaskDefinition": "task-definition/{family}:*",
        "DeregisterTaskDefinition": "*",
        "DescribeTaskDefinition": "*",
        "ListTaskDefinitions": "*",
        "CreateService": _new_service,
        "UpdateService": "{service}",
        "DeleteService": "{service}",
    },
)
SECRETS = Table(
    prefix="secretsmanager",
    arn="arn:aws:secretsmanager:{region}:{account}:",
    tagging="secretsmanager:TagResource",
    rows={
        "CreateSecret": "secret:{Name}-*",
        "DeleteSecret": "{SecretId}",
        "GetSecretValue": "{SecretId}",
        "PutSecretValue": "{SecretId}",
        "GetRandomPassword": "*",
        "ListSecrets": "*",
    },
)
