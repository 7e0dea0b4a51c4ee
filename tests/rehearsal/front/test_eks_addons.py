import re

from tests.rehearsal.front.clusters import PREFIX, UUID, refused


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
