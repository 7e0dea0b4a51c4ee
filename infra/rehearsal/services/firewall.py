"""Security groups and network access lists."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming
from infra.rehearsal.services.ec2 import default_vpcs, tagged

UNFILTERED = "no packet is filtered"


def create_group(inputs: Inputs, aws: Aws) -> Made:
    id_ = aws.send("ec2", "CreateSecurityGroup", tagged(inputs, "security-group"), {"name": "groupName"})["GroupId"]
    # The provider takes out the rule that lets everything out.
    _revoke(aws, id_)
    return Made(id=id_, outputs={"arn": aws.arn("ec2", f"security-group/{id_}")})


def delete_group(id_: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("ec2", "DeleteSecurityGroup", GroupId=id_)


def close_default(inputs: Inputs, aws: Aws) -> Made:
    """Takes the VPC's own group over, without a rule."""
    filters = [{"Name": "vpc-id", "Values": [inputs["vpcId"]]}, {"Name": "group-name", "Values": ["default"]}]
    id_ = aws.pages("ec2", "DescribeSecurityGroups", "SecurityGroups", Filters=filters)[0]["GroupId"]
    _revoke(aws, id_)
    return Made(id=id_, outputs={"arn": aws.arn("ec2", f"security-group/{id_}")})


def _revoke(aws: Aws, group: str) -> None:
    of_group = [{"Name": "group-id", "Values": [group]}]
    rules = aws.pages("ec2", "DescribeSecurityGroupRules", "SecurityGroupRules", Filters=of_group)
    for egress, operation in ((True, "RevokeSecurityGroupEgress"), (False, "RevokeSecurityGroupIngress")):
        ids = [rule["SecurityGroupRuleId"] for rule in rules if rule["IsEgress"] is egress]
        if ids:
            aws.call("ec2", operation, GroupId=group, SecurityGroupRuleIds=ids)


def _rule(inputs: Inputs, aws: Aws, operation: str) -> Made:
    ends = {name: int(inputs[name]) for name in ("fromPort", "toPort") if name in inputs}
    said = {"Description": inputs["description"]} if "description" in inputs else {}
    permission = {"IpProtocol": inputs["ipProtocol"], **{name[0].upper() + name[1:]: end for name, end in ends.items()}}
    for name, member, key in (
        ("cidrIpv4", "IpRanges", "CidrIp"),
        ("prefixListId", "PrefixListIds", "PrefixListId"),
        ("referencedSecurityGroupId", "UserIdGroupPairs", "GroupId"),
    ):
        if name in inputs:
            permission[member] = [{key: inputs[name], **said}]
    tags = tagged({"tagsAll": inputs.get("tagsAll", {})}, "security-group-rule").get("tagSpecifications")
    asked = {"groupId": inputs["securityGroupId"], **({"tagSpecifications": tags} if tags else {})}
    made = aws.send("ec2", operation, {**asked, "ipPermissions": [permission]})["SecurityGroupRules"][0]
    return Made(id=made["SecurityGroupRuleId"])


def create_ingress(inputs: Inputs, aws: Aws) -> Made:
    return _rule(inputs, aws, "AuthorizeSecurityGroupIngress")


def create_egress(inputs: Inputs, aws: Aws) -> Made:
    return _rule(inputs, aws, "AuthorizeSecurityGroupEgress")


def delete_ingress(id_: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("ec2", "RevokeSecurityGroupIngress", GroupId=inputs["securityGroupId"], SecurityGroupRuleIds=[id_])


def delete_egress(id_: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("ec2", "RevokeSecurityGroupEgress", GroupId=inputs["securityGroupId"], SecurityGroupRuleIds=[id_])


def limit_default(inputs: Inputs, aws: Aws) -> Made:
    """Takes the VPC's own access list over: its rules go, the program's come."""
    id_ = inputs["defaultNetworkAclId"]
    for egress in (False, True):
        aws.call("ec2", "DeleteNetworkAclEntry", NetworkAclId=id_, RuleNumber=100, Egress=egress)
        for rule in inputs["egress" if egress else "ingress"]:
            ports = {"From": int(rule["fromPort"]), "To": int(rule["toPort"])}
            aws.call(
                "ec2",
                "CreateNetworkAclEntry",
                NetworkAclId=id_,
                RuleNumber=int(rule["ruleNo"]),
                Protocol={"tcp": "6"}.get(rule["protocol"], rule["protocol"]),
                RuleAction=rule["action"],
                Egress=egress,
                CidrBlock=rule["cidrBlock"],
                **({} if rule["protocol"] == "-1" else {"PortRange": ports}),
            )
    return Made(id=id_)


def remaining(aws: Aws) -> list[str]:
    groups, own = aws.pages("ec2", "DescribeSecurityGroups", "SecurityGroups"), default_vpcs(aws)
    return [aws.arn("ec2", f"security-group/{group['GroupId']}") for group in groups if group["VpcId"] not in own]


ENTRIES = {
    "aws:ec2/securityGroup:SecurityGroup": Entry(
        create=create_group, delete=delete_group, naming=Naming(limit=255), note=UNFILTERED
    ),
    # Both go with their VPC.
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Entry(create=close_default, note=UNFILTERED),
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": Entry(create=limit_default, note=UNFILTERED),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Entry(
        create=create_ingress, delete=delete_ingress, note=UNFILTERED
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Entry(
        create=create_egress, delete=delete_egress, note=UNFILTERED
    ),
}
