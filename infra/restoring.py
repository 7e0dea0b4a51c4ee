"""What the monitor may do to the endpoint: give it back to a release that it ran before."""

import pulumi

from infra import names
from infra.data import DataLake
from infra.permissions import Statement, allow, lend_key, put_objects, read_objects
from infra.place import Place
from ml import agreed

KEPT = (agreed.SERVED, agreed.RESTORATIONS)


def statements(place: Place, data: DataLake) -> list[Statement]:
    """This endpoint, to configurations of this stack and no others. It can make none, nor delete any."""
    endpoint = place.arn("sagemaker", f"endpoint/{place.endpoint_name}")
    configs = place.arn("sagemaker", f"endpoint-config/{names.config_start(place.prefix)}*")
    return [
        read_objects(data.models, *KEPT),
        *put_objects(data.models, *KEPT),
        allow("sagemaker:DescribeEndpoint", on=endpoint),
        allow("sagemaker:DescribeEndpointConfig", on=configs),
        allow("sagemaker:DescribeModel", on=place.arn("sagemaker", f"model/{models_start(place)}*")),
        # AWS asks for both: what is updated, and what it is to run.
        allow("sagemaker:UpdateEndpoint", on=[endpoint, configs]),
        *lend_key(data.key_arn),
    ]


def models_start(place: Place) -> str:
    """What the names of the endpoint's models start with."""
    return f"{place.prefix}-endpoint-"


def record_url(models: pulumi.Output[str], name: str) -> pulumi.Output[str]:
    """Where the record of a release's restoration would be; `name` is its sha256, or baseline."""
    return pulumi.Output.concat("s3://", models, "/", agreed.RESTORATIONS, name, ".json")
