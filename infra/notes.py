"""What a reader of the plan, or of the rehearsal's report, should know and no table shows."""

import math
from datetime import UTC, date, datetime

from infra import prices, tags
from infra.cost import ENDPOINT_CONFIG, Estimate
from infra.fitting import SHARES
from infra.settings import BAKE_MINUTES, Async, Function, ManagedTracking, RealTime, Serverless, Settings

PLACEHOLDERS = ("@example.com", "@example.org", "@example.net")
"""Domains that are nobody's: RFC 2606."""


def size(resources: int, components: int) -> str:
    """How much a program makes, in the words of the plan and of the rehearsal."""
    made = "1 resource" if resources == 1 else f"{resources} resources"
    return f"{made}, in 1 component" if components == 1 else f"{made}, in {components} components that group them"


def of(settings: Settings, today: date | None = None) -> list[str]:
    """The remarks that these settings call for."""
    remarks = []
    rollout = settings.rollout
    if isinstance(settings.serving, Serverless):
        remarks.append(
            "serving.mode serverless: SageMaker shifts all traffic at once and watches no alarm; the rollout policy "
            f"{settings.rollout.strategy} holds on the local endpoint. Predictions are captured as log lines."
        )
    if isinstance(settings.serving, RealTime):
        remarks.append(
            "serving.mode real-time: SageMaker captures requests and answers under platform/ of the capture bucket. "
            "The container writes none into its log: each prediction is kept once."
        )
    if isinstance(settings.serving, Async):
        remarks.append(
            "serving.mode async: requests and results are objects under async/ of the capture bucket. SageMaker's own "
            "capture does not apply: predictions are captured as log lines."
        )
    if isinstance(settings.serving, Function):
        remarks.append(
            "serving.mode lambda: nothing runs and nothing is paid while nobody asks, and the first request then waits "
            "for the model to be fetched. Predictions are captured as log lines. The function keeps "
            f"{settings.serving.concurrency} of the account's concurrent executions to itself."
        )
    fixed = f"serving.mode {settings.serving.mode} is fixed by the endpoint: "
    fixed += "a change of it replaces the endpoint, which answers nobody for some minutes."
    if isinstance(settings.serving, RealTime):
        fixed += " So does the start or the end of an a-b test."
    remarks.append(fixed)
    if not isinstance(settings.serving, Serverless | Function):
        remarks += _chosen(settings)
        batch = math.ceil(settings.serving.instances * rollout.share / 100)
        beside = f"{_counted(batch)} more" if rollout.strategy == "rolling" else "twice the instances"
        remarks.append(f"an update runs {beside} for a while: see that the account's quota allows it.")
    if rollout.strategy in ("shadow", "a-b") and settings.challenger is None:
        nothing = "no request is copied" if rollout.strategy == "shadow" else "no request is shared out"
        remarks.append(
            f"rollout.strategy {rollout.strategy} without a challenger: {nothing}. It begins with challenger, the url "
            "and sha256 of a bundle, and ends when that is taken out."
        )
    if (scaling := settings.scaling) and not isinstance(settings.serving, Serverless | Function):
        remarks.append(
            f"scaling between {scaling.min_instances} and {scaling.max_instances} instances: a release starts with as "
            f"many as run then, at least {settings.serving.instances}. The cost above is that of "
            f"{scaling.min_instances} all month."
        )
        if off := settings.off_hours:
            remarks.append(
                f"offHours from {off.begin} to {off.end} ({off.days}, {off.time_zone}): between {off.min_instances} "
                f"and {off.max_instances} instances then, which the cost above does not count."
            )
    if settings.model is None:
        remarks.append("no model is set: the endpoint answers with the baseline that the image carries.")
    if settings.image.digest is None:
        remarks.append("image.digest is not set: `pulumi up` builds the image in the account, with CodeBuild.")
    if isinstance(settings.tracking, ManagedTracking):
        remarks.append("tracking.mode managed: AWS chooses the MLflow server's version, and IAM is its only guard.")
    if settings.region != prices.REGION:
        remarks.append(f"prices are {prices.BASIS}: in {settings.region} they may differ.")
    if settings.expires != "never" and date.fromisoformat(settings.expires) < (today or datetime.now(UTC).date()):
        remarks.append(f"expires is {settings.expires}, which is past: everything is tagged as no longer needed.")
    remarks.append(
        f"the budget of {settings.monthly_budget} $ counts what is tagged {tags.STACK}={settings.prefix}, "
        "and only once that tag is activated as a cost allocation tag of the account."
    )
    if settings.alert_email.endswith(PLACEHOLDERS):
        remarks.append(f"alertEmail is {settings.alert_email}, which nobody reads: expected an address of yours.")
    else:
        remarks.append(f"{settings.alert_email} gets a mail to confirm: nobody is told of an alarm before.")
    return remarks


def of_budget(settings: Settings, estimate: Estimate) -> list[str]:
    """That an idle month alone is more than the budget, where it is, or that its largest part is not in it."""
    if estimate.total <= settings.monthly_budget:
        if not any(line.type == ENDPOINT_CONFIG for line in estimate.unpriced):
            return []
        unpriced = "the endpoint's instances have no price here (infra/prices.py), and are not in the total"
        return [f"{unpriced}: look theirs up before `pulumi up`, and set monthlyBudget by it."]
    beside = " without what is not priced" if estimate.unpriced else ""
    cost = f"an idle month costs {estimate.total:.2f} ${beside}, and monthlyBudget is {settings.monthly_budget}"
    return [f"{cost}: the budget's mails would come every month."]


def _chosen(settings: Settings) -> list[str]:
    """What was chosen of a rollout on instances, where the settings leave it open."""
    rollout, told, has_share = settings.rollout, settings.rollout.model_fields_set, settings.rollout.strategy in SHARES
    open_ = {
        "strategy": "strategy" not in told,
        "percent": has_share and "percent" not in told,
        "bakeMinutes": "bake_minutes" not in told and rollout.bake_minutes != BAKE_MINUTES,
    }
    left = [f"rollout.{name}" for name, is_open in open_.items() if is_open]
    if not left or isinstance(settings.serving, Serverless | Function):
        return []
    share = f" with {rollout.share} % at a time" if has_share else ""
    bakes = f" and bakes of {rollout.bake_minutes} minutes" if open_["bakeMinutes"] else ""
    how = f"{rollout.strategy}{share}{bakes}, chosen to fit {_counted(settings.serving.instances)}"
    return [f"{' and '.join(left)} {'is' if len(left) == 1 else 'are'} not set: the rollout is {how}."]


def _counted(instances: int) -> str:
    return "1 instance" if instances == 1 else f"{instances} instances"
