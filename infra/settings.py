"""Every setting of a stack: its name, its kind, its default and what is expected of it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from infra.kinds import Day, Fraction, Integer, OptionalInteger, Schedule
from infra.quotas import SERVERLESS_MEMORY_MB

SHA256 = r"^[0-9a-f]{64}$"
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
POLICY = r"^[\w+=,.@-]{1,128}$"
INSTANCE = r"^ml\.[a-z0-9-]+\.[a-z0-9]+$"
TIME = r"^([01]\d|2[0-3]):[0-5]\d$"
INSTANCES_LIMIT = 100
"""Of one variant. AWS has no fixed number: the account's quota decides."""
PERCENT, BAKE_MINUTES = 10, 10
"""What a rollout's percent and bakes are where nobody says otherwise and the endpoint can give them."""


class Section(BaseModel):
    """Keys that belong together. A field's bounds and description are what an error says was expected."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, use_attribute_docstrings=True)


class DataSettings(Section):
    protect: bool = True
    """true to refuse and survive the deletion of buckets, key and images, or false"""
    retention_days: Integer = Field(30, ge=1, le=3650)
    """days that a replaced object version is kept"""
    capture_days: Integer = Field(365, ge=1, le=3650)
    """days that captured predictions are kept"""


class ImageSettings(Section):
    digest: str | None = Field(None, pattern=r"^sha256:[0-9a-f]{64}$")
    """the digest of an image in the stack's repository, sha256:<64 hex digits>; none to build it"""


class ManagedTracking(Section):
    mode: Literal["managed"] = "managed"
    """managed (a SageMaker MLflow app), fargate (a server in the stack's network) or url (a server that exists)"""


class FargateTracking(Section):
    mode: Literal["fargate"]
    """managed (a SageMaker MLflow app), fargate (a server in the stack's network) or url (a server that exists)"""
    standby: bool = True
    """true for a second database in another zone that takes over, or false"""
    domain: str | None = Field(None, pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=253)
    """a DNS name that leads to the load balancer, such as mlflow.example.com; none for the load balancer's own"""
    certificate: str | None = Field(None, pattern=r"^arn:aws:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]+$")
    """the ARN of the domain's certificate in ACM; none for one that the stack makes"""


class UrlTracking(Section):
    mode: Literal["url"]
    """managed (a SageMaker MLflow app), fargate (a server in the stack's network) or url (a server that exists)"""
    url: str = Field(pattern=r"^https://[^\s@]+$")
    """the https:// address of an MLflow server, without user or password"""


Tracking = Annotated[ManagedTracking | FargateTracking | UrlTracking, Field(discriminator="mode")]


class NetworkSettings(Section):
    cidr: str = Field("10.0.0.0/16", pattern=r"^[0-9./]{1,18}$")
    """a private IPv4 block of /16 to /24, such as 10.0.0.0/16"""
    zones: Integer = Field(2, ge=2, le=3)
    """the number of availability zones"""
    nat: Literal["none", "one", "per-zone"] = "one"
    """none (AWS is reached by interface endpoints, nothing else is), one (a NAT gateway) or per-zone"""


class TrainingSettings(Section):
    schedule: Schedule = "rate(30 days)"
    """an EventBridge schedule such as rate(30 days) or cron(0 3 ? * MON *)"""
    enabled: bool = True
    """true to train on the schedule, or false"""
    instance: str = Field("ml.m5.large", pattern=INSTANCE)
    """a SageMaker instance type such as ml.m5.large"""
    max_hours: Integer = Field(2, ge=1, le=24)
    """hours after which a training run is stopped"""


class BatchSettings(Section):
    schedule: Schedule = "rate(1 day)"
    """an EventBridge schedule such as rate(1 day) or cron(0 3 ? * * *)"""
    instance: str = Field("ml.m5.large", pattern=INSTANCE)
    """a SageMaker instance type such as ml.m5.large"""
    instances: Integer = Field(1, ge=1, le=INSTANCES_LIMIT)
    """the instances that share the days"""
    days: Integer = Field(7, ge=1, le=3650)
    """the latest closed days that each run looks at"""
    fresh_hours: Integer = Field(48, ge=1, le=168)
    """hours after which the newest scored day is too old"""
    max_hours: Integer = Field(2, ge=1, le=24)
    """hours after which a run is stopped"""


class Serverless(Section):
    mode: Literal["serverless"] = "serverless"
    """serverless, real-time, async or lambda"""
    memory_mb: Integer = Field(
        2048, ge=SERVERLESS_MEMORY_MB[0], le=SERVERLESS_MEMORY_MB[-1], multiple_of=SERVERLESS_MEMORY_MB.step
    )
    """memory of a serverless container in MB"""
    max_concurrency: Integer = Field(5, ge=1, le=200)
    """requests answered at the same time"""


class RealTime(Section):
    mode: Literal["real-time"]
    """serverless, real-time, async or lambda"""
    instance: str = Field("ml.m5.large", pattern=INSTANCE)
    """a SageMaker instance type such as ml.m5.large"""
    instances: Integer = Field(2, ge=1, le=INSTANCES_LIMIT)
    """the number of instances; with scaling, the least that a release starts with"""
    capture_percent: Integer = Field(100, ge=1, le=100)
    """the percentage of requests that is captured"""


class Async(Section):
    mode: Literal["async"]
    """serverless, real-time, async or lambda"""
    instance: str = Field("ml.m5.large", pattern=INSTANCE)
    """a SageMaker instance type such as ml.m5.large"""
    instances: Integer = Field(1, ge=1, le=INSTANCES_LIMIT)
    """the number of instances; with scaling, the least that a release starts with"""
    concurrency: Integer = Field(4, ge=1, le=1000)
    """requests that one instance works on at the same time"""


class Function(Section):
    mode: Literal["lambda"]
    """serverless, real-time, async or lambda"""
    memory_mb: Integer = Field(2048, ge=512, le=10_240)
    """memory of a function in MB, with a processor for each 1769 of them"""
    timeout_seconds: Integer = Field(30, ge=3, le=900)
    """seconds after which a request is given up"""
    concurrency: Integer = Field(5, ge=1, le=1000)
    """requests answered at the same time, reserved out of the account's limit"""


Hosted = Serverless | RealTime | Async
"""The modes of an endpoint on SageMaker."""
Serving = Hosted | Function


class Scaling(Section):
    min_instances: Integer = Field(1, ge=0, le=INSTANCES_LIMIT)
    """the fewest instances of a variant; none on async alone"""
    max_instances: Integer = Field(ge=1, le=INSTANCES_LIMIT)
    """the most instances of a variant"""
    metric: Literal["invocations", "concurrency", "backlog"]
    """what is kept near the target: invocations or concurrency on real-time, backlog on async"""
    target: Integer = Field(ge=1, le=1_000_000)
    """invocations of an instance in a minute, requests of a model at a time, or requests that wait for an instance"""


class OffHours(Section):
    begin: str = Field(pattern=TIME)
    """the time of day at which off-hours begin, such as 20:00"""
    end: str = Field(pattern=TIME)
    """the time of day at which off-hours end, such as 07:00"""
    days: Literal["daily", "weekdays"] = "weekdays"
    """the days on which they begin and end: daily, or weekdays, from Friday's begin to Monday's end over the weekend"""
    time_zone: str = Field(pattern=r"^[A-Za-z0-9_+/-]+$")
    """a time zone of the IANA database, such as Europe/Amsterdam"""
    min_instances: Integer = Field(ge=0, le=INSTANCES_LIMIT)
    """the fewest instances of a variant in off-hours; none on async alone"""
    max_instances: Integer = Field(ge=1, le=INSTANCES_LIMIT)
    """the most instances of a variant in off-hours"""


class Release(Section):
    url: str = Field(pattern=r"^s3://[a-z0-9.-]+/\S+/model\.tar\.gz$")
    """the address of a bundle, s3://<models bucket>/<path with its sha256>/model.tar.gz"""
    sha256: str = Field(pattern=SHA256)
    """the bundle's sha256, 64 hex digits"""


class Rollout(Section):
    strategy: Literal["all-at-once", "canary", "linear", "blue-green", "rolling", "shadow", "a-b"] = "canary"
    """all-at-once, canary, linear, blue-green, rolling, shadow or a-b; unless told, canary where there is a share"""
    percent: OptionalInteger = Field(None, ge=1, le=99)
    """the percentage of traffic that a canary or challenger gets, or a step or batch adds; unless told, 10 or more"""
    bake_minutes: Integer = Field(BAKE_MINUTES, ge=0, le=60)
    """minutes that alarms watch each step of an update; unless told, 10 or what all steps have room for"""
    bake_days: Integer = Field(7, ge=0, le=90)
    """days that a challenger is compared with the champion once labels come"""
    sticky: bool = False
    """true to answer one caller by one variant, or false"""

    @property
    def share(self) -> int:
        """The percent asked for, or the default."""
        return PERCENT if self.percent is None else self.percent


class MonitorSettings(Section):
    window_days: Integer = Field(7, ge=1, le=90)
    """days of predictions that one check looks at"""
    cooldown_days: Integer = Field(28, ge=1, le=365)
    """days after a training run in which the monitor asks for no other"""
    schedule_days: Integer = Field(90, ge=1, le=3650)
    """days after which a model is trained anew without any finding"""
    latency_p99_ms: Integer = Field(500, ge=1, le=60_000)
    """milliseconds of model latency that 1 in 100 requests may exceed"""
    concurrent_requests: Integer = Field(32, ge=1, le=10_000)
    """requests that are too many for one model at the same time, or, on async, for one instance to have in its queue"""
    input_shift: Fraction = Field(0.3, gt=0, lt=1)
    """the share of rows, 0 to 1, by which a new release's may be odd more often than those of the release before"""
    score_shift: Fraction = Field(0.4, gt=0, lt=1)
    """how far, from 0 to 1, a new release's scores may lie from those of the release before in its range"""


class Settings(Section):
    """One environment's settings, all checked."""

    project: str
    """a name of at most 24 lower-case letters, digits and single dashes, a letter first"""
    environment: str
    """one word of at most 10 lower-case letters and digits, a letter first, and not account"""
    region: str
    """an AWS region with SageMaker, such as eu-west-1"""
    alert_email: str = Field(pattern=EMAIL)
    """the e-mail address that alarms and the budget write to"""
    monthly_budget: Integer = Field(100, ge=1, le=9_999_999)
    """a whole number of US dollars a month"""
    owner: str = Field("ml-team", max_length=256, pattern=r"^[\w .:/=+@-]+$")
    """the team to tag everything with: letters, digits, spaces and _.:/=+-@"""
    cost_center: str = Field("ml", max_length=256, pattern=r"^[\w .:/=+@-]+$")
    """the cost centre to tag everything with: letters, digits, spaces and _.:/=+-@"""
    permissions_boundary: str | None = Field(None, pattern=POLICY)
    """the name of the account's policy that bounds every role, as `make bootstrap` writes it; none before that"""
    expires: Day = Field("never", pattern=r"^(never|\d{4}-\d\d-\d\d)$")
    """the date from which nobody needs the environment, such as 2027-06-30, or never; everything is tagged with it"""
    data: DataSettings = DataSettings()
    image: ImageSettings = ImageSettings()
    tracking: Tracking = ManagedTracking()
    network: NetworkSettings | None = None
    """a mapping of keys, {} for a network as it is by default; none for no network"""
    training: TrainingSettings = TrainingSettings()
    serving: Annotated[Serving, Field(discriminator="mode")] = Serverless()
    scaling: Scaling | None = None
    """the section of bounds, metric and target; none for a fixed number of instances"""
    off_hours: OffHours | None = None
    """the section of times and bounds; none for the same bounds at all hours"""
    model: Release | None = None
    """the url and sha256 of a bundle"""
    challenger: Release | None = None
    """the url and sha256 of a bundle"""
    rollout: Rollout = Rollout()
    batch: BatchSettings | None = None
    """the section of schedule, instances and days; none to score on request alone"""
    monitor: MonitorSettings = MonitorSettings()

    @property
    def prefix(self) -> str:
        """What the name of everything in this stack starts with."""
        return f"{self.project}-{self.environment}"
