"""The rights to the tracking server: its database, balancer, certificate, tasks and passwords."""

from infra.account.scope import Right

LOOKS = """
DescribeLoadBalancers DescribeLoadBalancerAttributes DescribeTargetGroups DescribeTargetGroupAttributes
DescribeListeners DescribeListenerAttributes DescribeTags DescribeTargetHealth
"""
"""What has no resource type."""
SERVERS = (
    Right(
        service="rds",
        actions="""
        CreateDBInstance ModifyDBInstance DeleteDBInstance DescribeDBInstances RebootDBInstance AddTagsToResource
        RemoveTagsFromResource ListTagsForResource CreateDBSubnetGroup ModifyDBSubnetGroup DeleteDBSubnetGroup
        DescribeDBSubnetGroups CreateDBParameterGroup ModifyDBParameterGroup ResetDBParameterGroup
        DeleteDBParameterGroup DescribeDBParameterGroups DescribeDBParameters CreateDBSnapshot
        """,
        on=("db:{prefix}-*", "subgrp:{prefix}-*", "pg:{prefix}-*", "snapshot:{prefix}-*"),
    ),
    # A name of 32 characters has no room for the prefix: its tag says whose it is.
    Right(
        service="elasticloadbalancing",
        actions="CreateLoadBalancer CreateTargetGroup CreateListener AddTags",
        on=("loadbalancer/*", "targetgroup/*", "listener/*"),
        for_this_stack=True,
    ),
    Right(
        service="elasticloadbalancing",
        actions="""
        DeleteLoadBalancer ModifyLoadBalancerAttributes SetSecurityGroups SetSubnets SetIpAddressType DeleteTargetGroup
        ModifyTargetGroup ModifyTargetGroupAttributes CreateListener DeleteListener ModifyListener
        ModifyListenerAttributes AddTags RemoveTags
        """,
        on=("loadbalancer/*", "targetgroup/*", "listener/*"),
        of_this_stack=True,
    ),
    Right(service="elasticloadbalancing", actions=LOOKS, on=("*",)),
    Right(
        service="acm",
        actions="ImportCertificate AddTagsToCertificate",
        on=("certificate/*",),
        for_this_stack=True,
    ),
    Right(
        service="acm",
        actions="""
        ImportCertificate DeleteCertificate DescribeCertificate AddTagsToCertificate
        """,
        on=("certificate/*",),
        of_this_stack=True,
    ),
    Right(
        service="ecs",
        actions="""
        CreateCluster DeleteCluster UpdateCluster UpdateClusterSettings DescribeClusters CreateService UpdateService
        DeleteService DescribeServices RegisterTaskDefinition TagResource UntagResource ListTagsForResource
        """,
        on=("cluster/{prefix}-*", "service/{prefix}-*", "task-definition/{prefix}-*"),
    ),
    Right(
        service="ecs",
        actions="""
        DeregisterTaskDefinition DescribeTaskDefinition ListTaskDefinitions
        """,
        on=("*",),
    ),
    Right(
        service="secretsmanager",
        actions="""
        CreateSecret DeleteSecret UpdateSecret DescribeSecret GetResourcePolicy PutSecretValue GetSecretValue
        TagResource UntagResource
        """,
        on=("secret:{prefix}-*",),
    ),
    # RDS asks for it on behalf of whoever makes a database: the secret is its own.
    Right(
        service="secretsmanager",
        actions="CreateSecret TagResource",
        on=("secret:rds!*",),
    ),
    Right(
        service="secretsmanager",
        actions="GetRandomPassword",
        on=("*",),
    ),
)
