"""IAM roles and policies."""

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming


def create_role(inputs: Inputs, aws: Aws) -> Made:
    rename = {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument", "tagsAll": "Tags"}
    request = {name: value for name, value in inputs.items() if name != "forceDetachPolicies"}
    role = aws.send("iam", "CreateRole", request, rename)["Role"]
    return Made(id=inputs["name"], outputs={"arn": role["Arn"], "uniqueId": role["RoleId"]})


def delete_role(name: str, _inputs: Inputs, aws: Aws) -> None:
    for policy in aws.pages("iam", "ListRolePolicies", "PolicyNames", RoleName=name):
        aws.call("iam", "DeleteRolePolicy", RoleName=name, PolicyName=policy)
    for policy in aws.pages("iam", "ListAttachedRolePolicies", "AttachedPolicies", RoleName=name):
        aws.call("iam", "DetachRolePolicy", RoleName=name, PolicyArn=policy["PolicyArn"])
    aws.call("iam", "DeleteRole", RoleName=name)


def create_role_policy(inputs: Inputs, aws: Aws) -> Made:
    aws.send("iam", "PutRolePolicy", inputs, {"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"})
    return Made(id=f"{inputs['role']}:{inputs['name']}")


def delete_role_policy(_id: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("iam", "DeleteRolePolicy", RoleName=inputs["role"], PolicyName=inputs["name"])


def create_attachment(inputs: Inputs, aws: Aws) -> Made:
    aws.send("iam", "AttachRolePolicy", inputs, {"role": "RoleName"})
    return Made(id=f"{inputs['role']}-{inputs['policyArn']}")


def delete_attachment(_id: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("iam", "DetachRolePolicy", RoleName=inputs["role"], PolicyArn=inputs["policyArn"])


def create_policy(inputs: Inputs, aws: Aws) -> Made:
    rename = {"name": "PolicyName", "policy": "PolicyDocument", "tagsAll": "Tags"}
    policy = aws.send("iam", "CreatePolicy", inputs, rename)["Policy"]
    return Made(id=policy["Arn"], outputs={"arn": policy["Arn"], "policyId": policy["PolicyId"]})


def delete_policy(arn: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("iam", "DeletePolicy", PolicyArn=arn)


def create_provider(inputs: Inputs, aws: Aws) -> Made:
    rename = {"clientIdLists": "ClientIDList", "thumbprintLists": "ThumbprintList", "tagsAll": "Tags"}
    arn = aws.send("iam", "CreateOpenIDConnectProvider", inputs, rename)["OpenIDConnectProviderArn"]
    return Made(id=arn, outputs={"arn": arn})


def delete_provider(arn: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("iam", "DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=arn)


def remaining(aws: Aws) -> list[str]:
    roles = [role["Arn"] for role in aws.pages("iam", "ListRoles", "Roles")]
    policies = [policy["Arn"] for policy in aws.pages("iam", "ListPolicies", "Policies", Scope="Local")]
    providers = aws.call("iam", "ListOpenIDConnectProviders")["OpenIDConnectProviderList"]
    return roles + policies + [provider["Arn"] for provider in providers]


ENTRIES = {
    "aws:iam/role:Role": Entry(create=create_role, delete=delete_role, naming=Naming(limit=64)),
    "aws:iam/rolePolicy:RolePolicy": Entry(
        create=create_role_policy, delete=delete_role_policy, naming=Naming(limit=128)
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Entry(create=create_attachment, delete=delete_attachment),
    "aws:iam/policy:Policy": Entry(create=create_policy, delete=delete_policy, naming=Naming(limit=128)),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": Entry(
        create=create_provider, delete=delete_provider, note="no token of GitHub's is checked against it"
    ),
}
