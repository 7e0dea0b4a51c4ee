"""What an endpoint is made of, wherever it runs."""

from dataclasses import dataclass

from infra.data import DataLake
from infra.image import Image
from infra.monitoring import Monitoring
from infra.place import Place
from infra.settings import Settings

LOG_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class EndpointArgs:
    place: Place
    data: DataLake
    image: Image
    settings: Settings
    """`model` is the released bundle, else the baseline in the image answers; `challenger` the second variant's."""
    monitoring: Monitoring
    """Has the alarms that roll an update back: they exist before the endpoint does."""
