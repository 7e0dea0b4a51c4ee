"""The stack: settings, components, exports."""

import pulumi

from infra import everywhere, parsing, wired
from infra.access import Access, AccessArgs
from infra.batch import BatchScoringArgs, batch_scoring
from infra.data import DataLake, DataLakeArgs
from infra.endpoint import EndpointArgs
from infra.endpoint_kind import made_endpoint
from infra.governance import Governance, GovernanceArgs
from infra.image import Image, ImageArgs
from infra.monitoring import Monitoring, MonitoringArgs
from infra.network import needed_network
from infra.notifications import Notifications, NotificationsArgs
from infra.overview import Overview, OverviewArgs
from infra.place import Place
from infra.tracking import Tracking, TrackingArgs
from infra.training import Training, TrainingArgs

settings = parsing.from_pulumi()
place = Place.of(settings)
everywhere.apply(place, settings.permissions_boundary)
name = place.prefix

data = DataLake(f"{name}-data", DataLakeArgs(place=place, settings=settings.data))
image = Image(f"{name}-image", ImageArgs(place=place, data=data, settings=settings.image))
network = needed_network(f"{name}-net", place, data, settings.network)
track = Tracking(f"{name}-tracking", TrackingArgs(place=place, data=data, network=network, settings=settings))
wiring = wired.environment(settings, place, data, track)
topic = Notifications(f"{name}-notify", NotificationsArgs(place=place, data=data, settings=settings)).topic_arn
train = Training(
    f"{name}-train",
    TrainingArgs(place=place, data=data, image=image, tracking=track, environment=wiring, settings=settings),
)
watch = Monitoring(
    f"{name}-watch",
    MonitoringArgs(
        place=place, data=data, image=image, tracking=track, environment=wiring, settings=settings, topic_arn=topic
    ),
)
endpoint = made_endpoint(
    f"{name}-endpoint",
    EndpointArgs(place=place, data=data, image=image, monitoring=watch, settings=settings),
)
batch = batch_scoring(
    f"{name}-batch",
    BatchScoringArgs(place=place, data=data, image=image, environment=wiring, settings=settings, topic_arn=topic),
)
Overview(
    f"{name}-overview",
    OverviewArgs(
        place=place, settings=settings, monitoring=watch, tracking=track, training=train, endpoint=endpoint, batch=batch
    ),
)
access = Access(f"{name}-access", AccessArgs(place=place, data=data, tracking=track, serving=settings.serving))
Governance(f"{name}-govern", GovernanceArgs(place=place, data=data, image=image, settings=settings))

pulumi.export("wiring", wiring)
pulumi.export("endpoint_name", endpoint.endpoint_name)
pulumi.export("endpoint_url", endpoint.url)
pulumi.export("image_repository", image.repository_url)
pulumi.export("buckets", data.buckets)
pulumi.export("roles", access.roles)
schedules = {"train": train.schedule_name, "watch": watch.schedule_name}
pulumi.export("schedules", schedules | ({"score": batch.schedule_name} if batch else {}))
pulumi.export("capture_stream", endpoint.capture_stream)
pulumi.export("topic", topic)
pulumi.export("mlflow", track.tracking_uri)
