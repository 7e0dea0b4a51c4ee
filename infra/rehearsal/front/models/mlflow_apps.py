"""Managed MLflow apps: the app as a resource. Its MLflow server is another process, at another address."""

import secrets
import string
from typing import Any

from moto.core.utils import utcnow

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models.listing import after, before, equals, page, wanted
from infra.rehearsal.front.models.state import Clock, Operation, arn, backend, has_role, shelf

API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"
SOURCES = (
    f"{API}CreateMlflowApp.html",
    f"{API}UpdateMlflowApp.html",
    f"{API}DescribeMlflowApp.html",
    f"{API}ListMlflowApps.html",
    f"{API}DeleteMlflowApp.html",
    f"{API}CreatePresignedMlflowAppUrl.html",
    "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sagemaker/mlflow_app.go",
)
NOUN = "mlflow_apps"
ID_LETTERS = string.ascii_uppercase + string.digits
VERSION = "3.10.1"
"""The MLflow that the managed app was seen to run: docs/tracking.md, Clients."""
AFTER = {"Creating": "Created", "Updating": "Updated"}
DEFAULTS = {
    "AccountDefaultStatus": "DISABLED",
    "DefaultDomainIdList": [],
    "ModelRegistrationMode": "AutoModelRegistrationDisabled",
    "WeeklyMaintenanceWindowStart": "Sun:03:00",
}
FILTERS = {
    "Status": equals("Status"),
    "MlflowVersion": equals("MlflowVersion"),
    "AccountDefaultStatus": equals("AccountDefaultStatus"),
    "DefaultForDomainId": lambda app, domain: domain in app["DefaultDomainIdList"],
    "CreatedAfter": after("CreationTime"),
    "CreatedBefore": before("CreationTime"),
}
SUMMARY = ("Arn", "Name", "Status", "CreationTime", "LastModifiedTime", "MlflowVersion")


def create(call: Call, clock: Clock) -> dict[str, Any]:
    asked, role = dict(call.parameters), call.parameters["RoleArn"]
    if not has_role(role, call):
        # The words that the provider waits out while a new role spreads.
        raise ApiError("ValidationException", f"SageMaker is unable to perform: sts:AssumeRole on {role}.")
    app = arn("sagemaker", f"mlflow-app/app-{''.join(secrets.choice(ID_LETTERS) for _ in range(12))}", call)
    now = utcnow()
    _apps(call, clock)[app] = {
        **DEFAULTS,
        **asked,
        "Arn": app,
        "MlflowVersion": VERSION,
        "Status": "Creating",
        "CreationTime": now,
        "LastModifiedTime": now,
        "since": clock.now(),
    }
    return {"Arn": app}


def update(call: Call, clock: Clock) -> dict[str, Any]:
    app = _app(call, clock)
    if app["Status"] not in AFTER.values():
        raise ApiError(
            "ConflictException", f"The MLflow app {app['Arn']} is {app['Status']}: it cannot be updated now."
        )
    app |= {**call.parameters, "Status": "Updating", "LastModifiedTime": utcnow(), "since": clock.now()}
    return {"Arn": app["Arn"]}


def delete(call: Call, clock: Clock) -> dict[str, Any]:
    app = _app(call, clock)
    app |= {"Status": "Deleting", "LastModifiedTime": utcnow(), "since": clock.now()}
    return {"Arn": app["Arn"]}


def describe(call: Call, clock: Clock) -> dict[str, Any]:
    return _app(call, clock)


def list_(call: Call, clock: Clock) -> dict[str, Any]:
    apps = [app for app in _apps(call, clock).values() if wanted(app, call.parameters, FILTERS)]
    keys = {"Name": "Name", "CreationTime": "CreationTime", "Status": "Status"}
    answer = page(apps, call.parameters, keys, default=100)
    return {"Summaries": [{name: app[name] for name in SUMMARY} for app in answer.pop("items")], **answer}


def presign(call: Call, clock: Clock) -> dict[str, Any]:
    """An address of the form that AWS gives. Nothing answers there."""
    name = _app(call, clock)["Arn"].rpartition("/")[2].lower()
    token = secrets.token_urlsafe(32)
    return {"AuthorizedUrl": f"https://{name}.mlflow.sagemaker.{call.region}.app.aws/auth?authToken={token}"}


def _apps(call: Call, clock: Clock) -> dict[str, dict[str, Any]]:
    """The apps as they are by now."""
    apps = shelf(NOUN, backend("sagemaker", call))
    for name, app in list(apps.items()):
        if not clock.over(app["since"]):
            continue
        if app["Status"] == "Deleting":
            del apps[name]
        else:
            app["Status"] = AFTER.get(app["Status"], app["Status"])
    return apps


def _app(call: Call, clock: Clock) -> dict[str, Any]:
    name = call.parameters["Arn"]
    app = _apps(call, clock).get(name)
    if app is None:
        raise ApiError("ResourceNotFound", f"MLflow app {name} does not exist.")
    return app


OPERATIONS: dict[str, Operation] = {
    "sagemaker:CreateMlflowApp": create,
    "sagemaker:UpdateMlflowApp": update,
    "sagemaker:DescribeMlflowApp": describe,
    "sagemaker:ListMlflowApps": list_,
    "sagemaker:DeleteMlflowApp": delete,
    "sagemaker:CreatePresignedMlflowAppUrl": presign,
}
