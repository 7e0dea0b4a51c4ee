"""What a reader of the plan, or of the rehearsal's report, should know and no table shows. Pure."""

from infra import prices, tags
from infra.settings import Async, Function, ManagedTracking, RealTime, Serverless, Settings


def size(resources: int, components: int) -> str:
    """How much a program makes, in the words of the plan and of the rehearsal."""
    made = "1 resource" if resources == 1 else f"{resources} resources"
    return f"{made}, in 1 component" if components == 1 else f"{made}, in {components} components that group them"


def of(settings: Settings) -> list[str]:
    """The remarks that these settings call for."""
    remarks = []
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
    remarks.append(
        f"serving.mode {settings.serving.mode} is fixed by the endpoint: a change of it replaces the endpoint, which "
        "answers nobody for some minutes. So does the start or the end of an a-b test."
    )
    if not isinstance(settings.serving, Serverless | Function):
        extra = "a batch more" if settings.rollout.strategy == "rolling" else "twice"
        remarks.append(f"an update runs {extra} the instances for a while: see that the account's quota allows it.")
    if (scaling := settings.scaling) and not isinstance(settings.serving, Serverless | Function):
        remarks.append(
            f"scaling between {scaling.min_instances} and {scaling.max_instances} instances: a release starts with as "
            f"many as run then, at least {settings.serving.instances}. The cost above is that of the fewest."
        )
    if settings.model is None:
        remarks.append("no model is set: the endpoint answers with the baseline that the image carries.")
    if settings.image.digest is None:
        remarks.append("image.digest is not set: `pulumi up` builds the image in the account, with CodeBuild.")
    if isinstance(settings.tracking, ManagedTracking):
        remarks.append("tracking.mode managed: AWS chooses the MLflow server's version, and IAM is its only guard.")
    if settings.region != prices.REGION:
        remarks.append(f"prices are {prices.BASIS}: in {settings.region} they may differ.")
    remarks.append(
        f"the budget of {settings.monthly_budget} $ counts what is tagged {tags.STACK}={settings.prefix}, "
        "and only once that tag is activated as a cost allocation tag of the account."
    )
    remarks.append(f"{settings.alert_email} gets a mail to confirm: nobody is told of an alarm before.")
    return remarks
