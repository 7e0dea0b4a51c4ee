import re

from tests.rehearsal.front.clusters import PREFIX, refused


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
