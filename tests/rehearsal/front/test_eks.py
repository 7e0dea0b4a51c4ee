import json
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

PREFIX = "arn:aws:eks:eu-west-1:123456789012"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Clusters:
    """A cluster `c`, and the roles that it names."""

    def __init__(self, modelled: Any, clock: Any, mode: str | None = "API") -> None:
        self.eks, self.clock, self.iam = modelled("eks"), clock, modelled("iam")
        policy = json.dumps({"Version": "2012-10-17", "Statement": []})
        self.role, self.other = (
            self.iam.create_role(RoleName=name, Path="/team/", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
            for name in ("first", "second")
        )
        self.make("c", **({"accessConfig": {"authenticationMode": mode}} if mode else {}))

    def make(self, name: str, **request: Any) -> None:
        self.eks.create_cluster(
            name=name,
            version="1.33",
            roleArn="arn:aws:iam::123456789012:role/c",
            resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]},
            **request,
        )

    def describe(self) -> dict[str, Any]:
        return self.eks.describe_cluster(name="c")["cluster"]

    def nodes(self) -> None:
        self.eks.create_nodegroup(
            clusterName="c", nodegroupName="n", nodeRole="arn:aws:iam::123456789012:role/n", subnets=["subnet-1"]
        )

    def addon(self, name: str) -> dict[str, Any]:
        return self.eks.describe_addon(clusterName="c", addonName=name)["addon"]

    def access(self, operation: str, principal: str = "", **request: Any) -> dict[str, Any]:
        return getattr(self.eks, operation)(clusterName="c", principalArn=principal or self.role, **request)


@pytest.fixture
def clusters(modelled, clock) -> Clusters:
    return Clusters(modelled, clock)


@contextmanager
def refused(code: str, status: int, message: str) -> Generator[None]:
    """The call inside is refused with this code, status and, somewhere in it, message."""
    with pytest.raises(ClientError, match=rf"\({code}\).*{re.escape(message)}") as error:
        yield
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_cluster_tells_how_it_authenticates_and_configmap_is_the_default(clusters):
    assert clusters.describe()["accessConfig"]["authenticationMode"] == "API"
    clusters.make("plain")
    told = clusters.eks.describe_cluster(name="plain")["cluster"]["accessConfig"]
    assert told == {"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": True}


def test_the_authentication_mode_goes_one_way_one_step_at_a_time(modelled, clock):
    clusters = Clusters(modelled, clock, mode=None)

    def change(mode: str) -> dict[str, Any]:
        return clusters.eks.update_cluster_config(name="c", accessConfig={"authenticationMode": mode})["update"]

    with refused("InvalidParameterException", 400, "Unsupported authentication mode update from CONFIG_MAP to API"):
        change("API")
    for mode in ("API_AND_CONFIG_MAP", "API"):
        update = change(mode)
        assert (update["type"], update["status"]) == ("AccessConfigUpdate", "InProgress")
        clock.step()
        assert clusters.describe()["accessConfig"]["authenticationMode"] == mode
    with refused("InvalidParameterException", 400, "from API to CONFIG_MAP"):
        change("CONFIG_MAP")


def test_other_changes_of_a_cluster_are_motos(clusters):
    config = {"clusterLogging": [{"types": ["audit"], "enabled": True}]}
    clusters.eks.update_cluster_config(name="c", logging=config)
    assert clusters.describe()["logging"] == config


def test_a_version_update_takes_a_while_and_its_record_can_be_looked_at(clusters):
    update = clusters.eks.update_cluster_version(name="c", version="1.34")["update"]
    assert (update["type"], update["params"]) == ("VersionUpdate", [{"type": "Version", "value": "1.34"}])
    assert (clusters.describe()["status"], clusters.describe()["version"]) == ("UPDATING", "1.33")
    assert clusters.eks.describe_update(name="c", updateId=update["id"])["update"]["status"] == "InProgress"
    clusters.clock.step()
    assert clusters.eks.describe_update(name="c", updateId=update["id"])["update"]["status"] == "Successful"
    assert (clusters.describe()["status"], clusters.describe()["version"]) == ("ACTIVE", "1.34")
    assert clusters.eks.list_updates(name="c")["updateIds"] == [update["id"]]


@pytest.mark.parametrize("version", ["1.35", "1.33", "1.32"])
def test_a_version_goes_up_one_minor_at_a_time(clusters, version):
    message = f"Unsupported Kubernetes minor version update from 1.33 to {version}"
    with refused("InvalidParameterException", 400, message):
        clusters.eks.update_cluster_version(name="c", version=version)


def test_one_update_of_a_cluster_at_a_time(clusters):
    update = clusters.eks.update_cluster_version(name="c", version="1.34")["update"]
    message = f"Cannot VersionUpdate because cluster c currently has update {update['id']} in progress"
    with refused("ResourceInUseException", 409, message):
        clusters.eks.update_cluster_version(name="c", version="1.35")
    with refused("InvalidRequestException", 400, "Cluster 'c' is not in ACTIVE status"):
        clusters.eks.create_addon(clusterName="c", addonName="vpc-cni")


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("create_addon", {"addonName": "vpc-cni"}),
        ("list_addons", {}),
        ("create_access_entry", {"principalArn": "arn:aws:iam::123456789012:role/r"}),
        ("list_pod_identity_associations", {}),
    ],
)
def test_the_cluster_must_be_there(clusters, operation, request_):
    with refused("ResourceNotFoundException", 404, "No cluster found for name: no."):
        getattr(clusters.eks, operation)(clusterName="no", **request_)


def test_an_update_that_is_not_there_is_not_found(clusters):
    with refused("ResourceNotFoundException", 404, "No update found for ID: no"):
        clusters.eks.describe_update(name="c", updateId="no")


def test_an_addon_is_creating_active_updating_deleting_and_gone(clusters):
    request = {"addonVersion": "v1.20.4-eksbuild.2", "tags": {"team": "ml"}}
    made = clusters.eks.create_addon(clusterName="c", addonName="vpc-cni", **request)["addon"]
    assert re.fullmatch(rf"{PREFIX}:addon/c/vpc-cni/{UUID}", made["addonArn"])
    assert (made["status"], made["tags"]) == ("CREATING", {"team": "ml"})
    with refused("ResourceInUseException", 409, "Addon vpc-cni is in CREATING status"):
        clusters.eks.update_addon(clusterName="c", addonName="vpc-cni", addonVersion="v1.20.5-eksbuild.1")
    clusters.clock.step()
    assert clusters.addon("vpc-cni")["status"] == "ACTIVE"
    assert clusters.eks.list_addons(clusterName="c")["addons"] == ["vpc-cni"]
    version = {"addonVersion": "v1.20.5-eksbuild.1"}
    update = clusters.eks.update_addon(clusterName="c", addonName="vpc-cni", **version)["update"]
    assert (clusters.addon("vpc-cni")["status"], clusters.describe()["status"]) == ("UPDATING", "ACTIVE")
    clusters.clock.step()
    assert clusters.addon("vpc-cni")["addonVersion"] == "v1.20.5-eksbuild.1"
    told = clusters.eks.describe_update(name="c", updateId=update["id"], addonName="vpc-cni")["update"]
    assert (told["type"], told["status"]) == ("AddonUpdate", "Successful")
    assert clusters.eks.list_updates(name="c")["updateIds"] == []
    assert clusters.eks.delete_addon(clusterName="c", addonName="vpc-cni")["addon"]["status"] == "DELETING"
    assert clusters.addon("vpc-cni")["status"] == "DELETING"
    clusters.clock.step()
    with refused("ResourceNotFoundException", 404, "No addon: vpc-cni found in cluster: c"):
        clusters.addon("vpc-cni")


def test_pods_without_nodes_degrade_an_addon_until_nodes_come(clusters):
    clusters.eks.create_addon(clusterName="c", addonName="coredns")
    clusters.clock.step()
    degraded = clusters.addon("coredns")
    assert degraded["status"] == "DEGRADED"
    assert [issue["code"] for issue in degraded["health"]["issues"]] == ["InsufficientNumberOfReplicas"]
    clusters.nodes()
    active = clusters.addon("coredns")
    assert (active["status"], active["health"]["issues"]) == ("ACTIVE", [])


def test_auto_mode_brings_nodes_of_its_own(clusters):
    clusters.make("auto", computeConfig={"enabled": True})
    clusters.eks.create_addon(clusterName="auto", addonName="coredns")
    clusters.clock.step()
    assert clusters.eks.describe_addon(clusterName="auto", addonName="coredns")["addon"]["status"] == "ACTIVE"


def test_addons_that_cannot_be_installed(clusters):
    clusters.eks.create_addon(clusterName="c", addonName="vpc-cni")
    with refused("ResourceInUseException", 409, "Addon already exists."):
        clusters.eks.create_addon(clusterName="c", addonName="vpc-cni")
    with refused("InvalidParameterException", 400, "Addon no specified is not supported in 1.33 kubernetes version"):
        clusters.eks.create_addon(clusterName="c", addonName="no")
    with refused("InvalidParameterException", 400, "Addon version specified is not supported"):
        clusters.eks.create_addon(clusterName="c", addonName="coredns", addonVersion="latest")


def test_an_addon_brings_its_pod_identities(clusters):
    wanted = [{"serviceAccount": "ebs-csi-controller-sa", "roleArn": clusters.role}]
    request = {"addonName": "aws-ebs-csi-driver", "podIdentityAssociations": wanted}
    addon = clusters.eks.create_addon(clusterName="c", **request)["addon"]
    [association] = clusters.eks.list_pod_identity_associations(clusterName="c")["associations"]
    assert addon["podIdentityAssociations"] == [association["associationArn"]]
    assert association["namespace"] == "kube-system"


def test_an_access_entry_is_made_changed_and_deleted(clusters):
    made = clusters.access("create_access_entry", kubernetesGroups=["viewers"])["accessEntry"]
    assert re.fullmatch(rf"{PREFIX}:access-entry/c/role/123456789012/team/first/{UUID}", made["accessEntryArn"])
    assert (made["type"], made["kubernetesGroups"]) == ("STANDARD", ["viewers"])
    assert made["username"] == "arn:aws:sts::123456789012:assumed-role/first/{{SessionName}}"
    with refused("ResourceInUseException", 409, "The specified access entry resource is already in use"):
        clusters.access("create_access_entry")
    clusters.access("update_access_entry", kubernetesGroups=["editors"])
    assert clusters.access("describe_access_entry")["accessEntry"]["kubernetesGroups"] == ["editors"]
    assert clusters.eks.list_access_entries(clusterName="c")["accessEntries"] == [clusters.role]
    clusters.access("delete_access_entry")
    with refused("ResourceNotFoundException", 404, "The specified principalArn could not be found."):
        clusters.access("describe_access_entry")


def test_nodes_have_entries_without_groups_names_or_policies_of_their_own(clusters):
    with refused("InvalidParameterException", 400, "cannot be given for an access entry of type EC2_LINUX"):
        clusters.access("create_access_entry", type="EC2_LINUX", kubernetesGroups=["viewers"])
    made = clusters.access("create_access_entry", type="EC2_LINUX")["accessEntry"]
    assert (made["username"], made["kubernetesGroups"]) == ("system:node:{{EC2PrivateDNSName}}", ["system:nodes"])
    with refused("InvalidParameterException", 400, "cannot be associated with an access entry of type EC2_LINUX"):
        clusters.access("associate_access_policy", policyArn=VIEW, accessScope={"type": "cluster"})
    with refused("InvalidParameterException", 400, "of type EC2_LINUX cannot be updated"):
        clusters.access("update_access_entry", kubernetesGroups=["viewers"])
    with refused("InvalidParameterException", 400, "The specified type is invalid: NO"):
        clusters.access("create_access_entry", clusters.other, type="NO")


def test_a_principal_must_be_there(clusters):
    with refused("InvalidParameterException", 400, "The specified principalArn is invalid: invalid principal."):
        clusters.access("create_access_entry", "arn:aws:iam::123456789012:role/no")


@pytest.mark.parametrize("operation", ["create_access_entry", "describe_access_entry", "delete_access_entry"])
def test_a_cluster_that_reads_its_configmap_has_no_entries(modelled, clock, operation):
    clusters = Clusters(modelled, clock, mode="CONFIG_MAP")
    message = "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP]"
    with refused("InvalidRequestException", 400, message):
        clusters.access(operation)


def test_policies_are_associated_listed_and_disassociated(clusters):
    for principal in (clusters.role, clusters.other):
        clusters.access("create_access_entry", principal)
    for scope in ({"type": "cluster"}, {"type": "namespace", "namespaces": ["ml"]}):
        answer = clusters.access("associate_access_policy", policyArn=VIEW, accessScope=scope)
        assert answer["associatedAccessPolicy"]["accessScope"] == scope
    [associated] = clusters.access("list_associated_access_policies")["associatedAccessPolicies"]
    assert (associated["policyArn"], associated["accessScope"]["namespaces"]) == (VIEW, ["ml"])
    listed = clusters.eks.list_access_entries(clusterName="c", associatedPolicyArn=VIEW)["accessEntries"]
    assert listed == [clusters.role]
    clusters.access("disassociate_access_policy", policyArn=VIEW)
    assert clusters.access("list_associated_access_policies")["associatedAccessPolicies"] == []
    with refused("ResourceNotFoundException", 404, "policyArn is not associated with the access entry"):
        clusters.access("disassociate_access_policy", policyArn=VIEW)
    assert VIEW in [policy["arn"] for policy in clusters.eks.list_access_policies()["accessPolicies"]]


@pytest.mark.parametrize(
    ("policy", "scope", "message"),
    [
        ("arn:aws:iam::aws:policy/AdministratorAccess", {"type": "cluster"}, "The specified policyArn is invalid"),
        (VIEW, {"type": "namespace"}, "An access scope of type namespace names its namespaces"),
        (VIEW, {"type": "cluster", "namespaces": ["ml"]}, "one of type cluster names none"),
    ],
    ids=["policy of IAM", "no namespace", "namespaces of a cluster"],
)
def test_policies_that_cannot_be_associated(clusters, policy, scope, message):
    clusters.access("create_access_entry")
    with refused("InvalidParameterException", 400, message):
        clusters.access("associate_access_policy", policyArn=policy, accessScope=scope)


def test_an_association_is_made_changed_listed_and_deleted(clusters):
    account = {"clusterName": "c", "namespace": "ml", "serviceAccount": "serving"}
    made = clusters.eks.create_pod_identity_association(**account, roleArn=clusters.role)["association"]
    name = made["associationId"]
    assert re.fullmatch(r"a-[a-z0-9]{17}", name)
    assert made["associationArn"] == f"{PREFIX}:podidentityassociation/c/{name}"
    with refused("ResourceInUseException", 409, f"Association already exists: {name}"):
        clusters.eks.create_pod_identity_association(**account, roleArn=clusters.other)
    known = {"clusterName": "c", "associationId": name}
    clusters.eks.update_pod_identity_association(**known, roleArn=clusters.other)
    assert clusters.eks.describe_pod_identity_association(**known)["association"]["roleArn"] == clusters.other
    clusters.eks.create_pod_identity_association(**{**account, "namespace": "web"}, roleArn=clusters.role)
    listed = clusters.eks.list_pod_identity_associations(clusterName="c", namespace="ml")["associations"]
    assert [association["associationId"] for association in listed] == [name]
    pages = clusters.eks.get_paginator("list_pod_identity_associations").paginate(
        clusterName="c", PaginationConfig={"PageSize": 1}
    )
    assert [len(page["associations"]) for page in pages] == [1, 1]
    clusters.eks.delete_pod_identity_association(**known)
    with refused("ResourceNotFoundException", 404, f"No association found with ID: {name}"):
        clusters.eks.describe_pod_identity_association(**known)


def test_associations_that_cannot_be(clusters):
    account = {"clusterName": "c", "namespace": "ml", "serviceAccount": "serving"}
    with refused("InvalidParameterException", 400, "Role provided in the request does not exist"):
        clusters.eks.create_pod_identity_association(**account, roleArn="arn:aws:iam::123456789012:role/no")
    made = clusters.eks.create_pod_identity_association(**account, roleArn=clusters.role)["association"]
    known = {"clusterName": "c", "associationId": made["associationId"]}
    with refused("InvalidParameterException", 400, "An update must change at least one of roleArn"):
        clusters.eks.update_pod_identity_association(**known)
    with refused("InvalidParameterException", 400, "Role provided in the request does not exist"):
        clusters.eks.update_pod_identity_association(**known, roleArn="arn:aws:iam::123456789012:role/no")
