"""What a month of the program costs when nobody uses it. Pure."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra import definition, prices

RUN_HOURS = 0.25
"""What a run of a scheduled job is taken to last."""
JOB_HOURS = 0.1
"""What a job of a pipeline is taken to last, its start included."""
IMAGE_GB = 2
METRIC_ALARM, RELEASE = "aws:cloudwatch/metricAlarm:MetricAlarm", '"Release"'
TARGET = "aws:appautoscaling/target:Target"
ENDPOINT_CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"


@dataclass(frozen=True, kw_only=True)
class Line:
    """The cost of one resource, or of the alarms' own metrics. `usd` is None where the table has no price for it."""

    type: str
    name: str
    usd: float | None
    detail: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    lines: list[Line]
    """What has a price, idle or by use, and what has none in the table."""
    free: int
    """How many resources are left out, because they cost nothing by themselves."""
    resources: int

    @property
    def total(self) -> float:
        return sum(line.usd or 0 for line in self.lines)

    @property
    def unpriced(self) -> list[Line]:
        return [line for line in self.lines if line.usd is None]

    @property
    def left_out(self) -> str:
        return f"Left out, for they cost nothing by themselves: {self.free} of {self.resources} resources."


def estimate(resources: Iterable[tuple[str, str, Mapping[str, Any]]]) -> Estimate:
    """The estimate for (type, name, inputs) of each resource, inputs in the engine's camelCase."""
    resources = list(resources)
    lines, free = _written_by_releases(resources), 0
    targets = [inputs for type_, _name, inputs in resources if type_ == TARGET]
    fewest = {inputs["resourceId"].split("/")[-1]: inputs["minCapacity"] for inputs in targets}
    for type_, name, inputs in resources:
        if type_ == ENDPOINT_CONFIG and fewest:
            inputs = _idle(inputs, fewest)
        if type_ in prices.FREE:
            free += 1
            continue
        rule = RULES.get(type_)
        usd, detail, price = rule(inputs) if rule else (None, "no price in infra/cost.py", None)
        source = f"{price.source}, {price.date}" if price else ""
        lines.append(Line(type=type_, name=name, usd=usd, detail=detail, source=source))
    return Estimate(lines=lines, free=free, resources=len(resources))


def _idle(inputs: Mapping[str, Any], fewest: Mapping[str, float]) -> Mapping[str, Any]:
    """A configuration whose variants that are scaled have as few instances as they may."""
    scaled = [
        {**variant, "initialInstanceCount": fewest.get(variant["variantName"], variant.get("initialInstanceCount"))}
        for variant in inputs["productionVariants"]
    ]
    return {**inputs, "productionVariants": scaled}


Priced = tuple[float | None, str, prices.Price | None]


def _fixed(price: prices.Price, count: float = 1) -> Callable[[Mapping[str, Any]], Priced]:
    return lambda _inputs: (price.usd * count, f"{count:g} x {price.usd:g} $ per {price.unit}", price)


def _by_use(price: prices.Price) -> Callable[[Mapping[str, Any]], Priced]:
    return lambda _inputs: (0.0, f"by use: {price.usd:g} $ per {price.unit}", price)


def _alarm(inputs: Mapping[str, Any]) -> Priced:
    """Each metric of an expression counts as an alarm."""
    count = sum("metric" in query for query in inputs.get("metricQueries") or ()) or 1
    return _fixed(prices.ALARM, count)(inputs)


def _written_by_releases(resources: Sequence[tuple[str, str, Mapping[str, Any]]]) -> list[Line]:
    """What a release writes into its log: each metric that an alarm of it reads, once, and only when it is asked."""
    alarms = [inputs for type_, _, inputs in resources if type_ == METRIC_ALARM]
    read = {
        name
        for inputs in alarms
        for names in [_own(inputs)]
        if any(RELEASE in name for name in names)
        for name in names
    }
    detail = f"by use: at most {len(read)} x {prices.METRIC.usd:g} $ per {prices.METRIC.unit}"
    line = Line(
        type="aws:cloudwatch/metric:Metric",
        name="of a release",
        usd=0.0,
        detail=detail,
        source=f"{prices.METRIC.source}, {prices.METRIC.date}",
    )
    return [line] if read else []


def _own(inputs: Mapping[str, Any]) -> list[str]:
    """What tells the metrics of an alarm from others of the same namespace."""
    queries = [query["metric"] for query in inputs.get("metricQueries") or () if query.get("metric")]
    return [json.dumps([metric.get("metricName"), metric.get("dimensions")]) for metric in queries or [inputs]]


def _dashboard(inputs: Mapping[str, Any]) -> Priced:
    """The dashboard, and the metrics of our own on it, which the jobs publish once a day."""
    body = json.loads(inputs["dashboardBody"])
    lines = [line for widget in body["widgets"] for line in widget["properties"].get("metrics", ())]
    own = {json.dumps(line[:-1]) for line in lines if not line[0].lower().lstrip("/").startswith("aws/")}
    usd = len(own) * prices.METRIC.usd * prices.DAYS / prices.HOURS
    detail = (
        f"{len(own)} x {prices.DAYS:.0f} hours of {prices.METRIC.usd:g} $ per {prices.METRIC.unit}; "
        f"{prices.DASHBOARD.usd:g} $ per {prices.DASHBOARD.unit}"
    )
    return usd, detail, prices.METRIC


def _endpoint(inputs: Mapping[str, Any]) -> Priced:
    """An interface in each subnet; a gateway costs nothing."""
    if inputs.get("vpcEndpointType") != "Interface":
        return 0.0, "a gateway costs nothing", prices.VPC_ENDPOINT
    return _fixed(prices.VPC_ENDPOINT, len(inputs["subnetIds"]))(inputs)


def _task(inputs: Mapping[str, Any]) -> Priced:
    """One task that always runs, but for the relay, which people start and stop."""
    cpus, gigabytes = int(inputs["cpu"]) / 1024, int(inputs["memory"]) / 1024
    usd = cpus * prices.FARGATE_CPU.usd + gigabytes * prices.FARGATE_GB.usd
    if str(inputs["family"]).endswith("-relay"):
        return 0.0, f"by use: {usd / prices.HOURS:.3f} $ per hour", prices.FARGATE_CPU
    return usd, f"one task of {cpus:g} vCPU and {gigabytes:g} GB on ARM", prices.FARGATE_CPU


def _database(inputs: Mapping[str, Any]) -> Priced:
    """The instance and its disk, twice where there is a standby."""
    name, copies = inputs.get("instanceClass", ""), 2 if inputs.get("multiAz") else 1
    price = prices.DATABASES.get(name)
    if price is None:
        return None, f"no price for {name} in infra/prices.py", None
    gigabytes = inputs["allocatedStorage"]
    usd = copies * (price.usd + gigabytes * prices.DATABASE_GB.usd)
    return usd, f"{copies} x ({name} + {gigabytes:g} GB)", price


def _variants(inputs: Mapping[str, Any]) -> Priced:
    """Instances of an endpoint's variants; a serverless one costs nothing while it is idle."""
    total, details, used = 0.0, [], None
    for variant in [*inputs.get("productionVariants", ()), *(inputs.get("shadowProductionVariants") or ())]:
        if "instanceType" not in variant:
            memory = variant["serverlessConfig"]["memorySizeInMb"] / 1024
            details.append(f"by use: {prices.SERVERLESS.usd * memory:.6f} $ per second of {memory:g} GB")
            used = prices.SERVERLESS
            continue
        name, count = variant["instanceType"], variant["initialInstanceCount"]
        used = prices.INSTANCES.get(name)
        if used is None:
            return None, f"no price for {name} in infra/prices.py", None
        total += used.usd * count * prices.HOURS
        details.append(f"{count:g} x {name} x {prices.HOURS} h x {used.usd:g} $")
    return total, ", ".join(details), used


def _pipeline(inputs: Mapping[str, Any]) -> Priced:
    """A run of a pipeline: its jobs, at the price on demand where one waits for spot capacity."""
    found = json.loads(inputs["pipelineDefinition"])
    defaults = {entry["Name"]: entry.get("DefaultValue") for entry in found["Parameters"]}
    count, name = len(definition.jobs(found)), str(defaults["Instance"])
    price = prices.INSTANCES.get(name)
    if price is None:
        return None, f"no price for {name} in infra/prices.py", None
    run = count * JOB_HOURS * price.usd
    return 0.0, f"by use: {run:.3f} $ per run of {count} jobs of {JOB_HOURS:g} h of {name}, at most", price


def _schedule(inputs: Mapping[str, Any]) -> Priced:
    """The runs of a scheduled job."""
    if inputs.get("state") == "DISABLED":
        return 0.0, "disabled", None
    try:
        if ":pipeline/" in inputs["target"]["arn"]:
            return 0.0, "starts the pipeline, whose runs are priced", prices.SCHEDULING
        request = json.loads(inputs["target"]["input"])
        cluster = request["ProcessingResources"]["ClusterConfig"]
        name, count = cluster["InstanceType"], cluster["InstanceCount"]
    except (KeyError, TypeError, ValueError):
        return None, "the job it starts is not known", None
    price, runs = prices.INSTANCES.get(name), runs_a_month(str(inputs.get("scheduleExpression", "")))
    if price is None:
        return None, f"no price for {name} in infra/prices.py", None
    if runs is None:
        usd = count * price.usd * RUN_HOURS
        return 0.0, f"by use: {usd:.3f} $ per run of {RUN_HOURS:g} h of {_several(count)}{name}", price
    usd = runs * RUN_HOURS * count * price.usd
    return usd, f"runs: {runs:.0f} x {RUN_HOURS:g} h of {_several(count)}{name} x {price.usd:g} $", price


def _several(count: int) -> str:
    return f"{count} x " if count > 1 else ""


def runs_a_month(expression: str) -> float | None:
    """How often a rate runs in a month; None for a cron expression."""
    match = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if match is None:
        return None
    return prices.DAYS / (int(match[1]) * {"minute": 1 / 1440, "hour": 1 / 24, "day": 1}[match[2]])


RULES: dict[str, Callable[[Mapping[str, Any]], Priced]] = {
    "aws:kms/key:Key": _fixed(prices.KMS_KEY),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _fixed(prices.COMPOSITE_ALARM),
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:cloudwatch/logGroup:LogGroup": _by_use(prices.LOGS),
    "aws:s3/bucket:Bucket": _by_use(prices.STORAGE),
    "aws:ecr/repository:Repository": _fixed(prices.IMAGES, IMAGE_GB),
    "aws:cloudtrail/trail:Trail": _by_use(prices.DATA_EVENTS),
    "aws:codebuild/project:Project": _by_use(prices.BUILD),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": _by_use(prices.DELIVERY),
    ENDPOINT_CONFIG: _variants,
    "aws:ecs/taskDefinition:TaskDefinition": _task,
    "aws:lb/loadBalancer:LoadBalancer": _fixed(prices.BALANCER),
    "aws:rds/instance:Instance": _database,
    "aws:secretsmanager/secret:Secret": _fixed(prices.SECRET),
    "aws:ec2/eip:Eip": _fixed(prices.ADDRESS),
    "aws:ec2/natGateway:NatGateway": _fixed(prices.NAT),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:sagemaker/pipeline:Pipeline": _pipeline,
    "aws:lambda/function:Function": _by_use(prices.FUNCTION),
    "aws:scheduler/schedule:Schedule": _schedule,
}
