"""One API request as its operation and parameters, read along botocore's model of the service."""

import io
from dataclasses import dataclass
from typing import Any

from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from infra.rehearsal.front.errors import ApiError

OF_SIGNING_NAME = {
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
"""Services that sign with another name than botocore calls them by."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to the API of one service."""

    service: str
    """The service as botocore calls it, such as `cloudwatch`."""
    operation: str
    """The operation as AWS calls it, such as `PutMetricData`."""
    parameters: dict[str, Any]
    """By the names of botocore's model; blobs are bytes, timestamps naive datetimes in UTC."""
    access_key: str
    region: str
    model: OperationModel
    protocol: str

    @property
    def name(self) -> str:
        """`service:Operation`, as the rehearsal names calls."""
        return f"{self.service}:{self.operation}"


def read(environ: dict[str, Any]) -> Call | None:
    """The call that a WSGI request makes; None for moto's own pages. The request's body stays readable.

    Raises ApiError where the request is not signed, or is none of the service's.
    """
    if environ.get("PATH_INFO", "").startswith("/moto-api"):
        return None
    request = _rewound(environ)
    access_key, region, signing_name = _scope(request.headers.get("Authorization", ""))
    service = _service(signing_name, environ["PATH_INFO"])
    try:
        operation, uri_parameters = get_service_router(service).match(request)
    except NotFound:
        raise ApiError(
            "UnknownOperationException", f"{request.method} {request.path} is no call of {service}"
        ) from None
    protocol = determine_request_protocol(get_service_model(service), request.content_type)
    parameters = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": uri_parameters,
        }
    )
    return Call(
        service=service,
        operation=operation.name,
        parameters=parameters or {},
        access_key=access_key,
        region=region,
        model=operation,
        protocol=protocol,
    )


def _rewound(environ: dict[str, Any]) -> Request:
    """The request with its body read; moto reads it again."""
    body = Request(environ).get_data(cache=False)
    environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "wsgi.input_terminated": True}
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return Request({**environ, "wsgi.input": io.BytesIO(body)})


def _scope(authorization: str) -> tuple[str, str, str]:
    """Access key, region and service of a signature (AWS Signature Version 4, credential scope)."""
    for part in authorization.replace(",", " ").split():
        name, _, value = part.partition("=")
        if name == "Credential":
            access_key, _date, region, service, _end = value.rsplit("/", 4)
            return access_key, region, service.lower()
    raise ApiError("MissingAuthenticationTokenException", "the request is not signed", 403)


def _service(signing_name: str, path: str) -> str:
    if signing_name == "sagemaker" and path.endswith(("/invocations", "/async-invocations")):
        return "sagemaker-runtime"
    return OF_SIGNING_NAME.get(signing_name, signing_name)
