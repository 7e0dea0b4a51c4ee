import re

import pytest

from tests.rehearsal.front.clusters import PREFIX, UUID, VIEW, Clusters, refused


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
