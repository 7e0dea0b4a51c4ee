from typing import Any

import pytest

from tests.rehearsal.front.clusters import Clusters, refused


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
