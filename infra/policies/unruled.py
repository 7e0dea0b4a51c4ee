"""Types that no rule is about: each is listed with the reason why that is right, or is found."""

from collections.abc import Collection, Iterator

from infra.policies.belonging import OF_THE_ENGINE, OURS
from infra.policies.rule import Resource, ResourceRule

UNRULED = {
    "aws:appautoscaling/policy:Policy": "changes the number of instances alone",
    "aws:appautoscaling/scheduledAction:ScheduledAction": "changes the number of instances alone",
    "aws:appautoscaling/target:Target": "changes the number of instances alone",
    "aws:budgets/budget:Budget": "warns of costs",
    "aws:cloudwatch/dashboard:Dashboard": "shows what is ruled",
    "aws:cloudwatch/eventRule:EventRule": "matches events, and gives nobody a right",
    "aws:cloudwatch/logStream:LogStream": "is what its group is",
    "aws:ec2/eip:Eip": "is the address of a NAT gateway",
    "aws:ec2/internetGateway:InternetGateway": "leads to NAT gateways alone: nothing else has a public address",
    "aws:ec2/natGateway:NatGateway": "lets out and nothing in",
    "aws:ec2/route:Route": "leads out alone",
    "aws:ec2/routeTable:RouteTable": "is what its routes are",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "is what its routes are",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "is reached through a security group that is ruled",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "lets nobody in: which tokens, each role says, and is ruled",
    "aws:kms/alias:Alias": "is a name",
    "aws:lambda/alias:Alias": "is a name",
    "aws:lb/targetGroup:TargetGroup": "is reached through a load balancer and security groups that are ruled",
    "aws:rds/subnetGroup:SubnetGroup": "is the subnets that are ruled",
    "aws:s3/bucketObjectv2:BucketObjectv2": "is what its bucket is",
    "aws:sagemaker/mlflowApp:MlflowApp": "keeps nothing itself: its role and its bucket are ruled",
    "aws:sagemaker/modelCard:ModelCard": "is a text about the model",
    "pulumi-python:dynamic:Certificate": "keeps no key: its listener is ruled",
    "pulumi-python:dynamic:Converged": "makes nothing: asks what the endpoint runs",
    "pulumi-python:dynamic:Fleet": "makes nothing: counts instances, and ends the scaling of a variant that changes",
    "pulumi-python:dynamic:ImageBuild": "calls a build that is ruled",
    "pulumi-python:dynamic:Password": "keeps no value: its secret is ruled",
    "pulumi-python:dynamic:Retained": "makes nothing: stops where the endpoint failed, and removes what it left",
    "pulumi-python:dynamic:Shifted": "makes nothing: moves an alias between versions of a function that is ruled",
}
"""Types that the program makes and no rule is about, beside those about everything, and why that is right."""


def rule(ruled: Collection[str]) -> ResourceRule:
    """The rule about what no other is about; `ruled` are the types that the others are about."""

    def type_has_a_rule(resource: Resource) -> Iterator[str]:
        """Every type has a rule that reads it, or a reason in `UNRULED` why none has to."""
        known = resource.type in ruled or resource.type in UNRULED
        if not known and not resource.type.startswith((OURS, OF_THE_ENGINE)):
            yield f"no rule reads {resource.type}, expected one, or a reason in infra/policies/unruled.py, UNRULED"

    return ResourceRule(check=type_has_a_rule, on=(), ids=())
