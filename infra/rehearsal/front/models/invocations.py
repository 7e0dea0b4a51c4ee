"""How endpoints are asked: an asynchronous one by an object alone, the others by their requests alone.

Nothing answers: no container runs behind this API.
"""

import secrets
from typing import Any

from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.front.models.state import Clock, Operation, backend

SOURCES = (
    "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html",
    "https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html",
)


def invoke_async(call: Call, _clock: Clock) -> dict[str, Any]:
    asked = call.parameters
    config = _runs(call).async_inference_config
    if not config:
        raise _refusal(f"Endpoint {asked['EndpointName']} is not an asynchronous endpoint")
    if ("Body" in asked) == ("InputLocation" in asked):
        raise _refusal("Exactly one of Body and InputLocation must be given")
    id_ = asked.get("InferenceId") or secrets.token_hex(16)
    output = config["OutputConfig"]
    places = {"OutputLocation": output.get("S3OutputPath"), "FailureLocation": output.get("S3FailurePath")}
    return {"InferenceId": id_, **{name: f"{place}/{id_}.out" for name, place in places.items() if place}}


def invoke(call: Call, _clock: Clock) -> None:
    if _runs(call).async_inference_config:
        raise _refusal(f"Endpoint {call.parameters['EndpointName']} takes only InvokeEndpointAsync")


def _runs(call: Call) -> Any:
    """moto's record of the configuration that the endpoint runs."""
    sagemaker, name = backend("sagemaker", call), call.parameters["EndpointName"]
    if name not in sagemaker.endpoints:
        raise _refusal(f"Endpoint {name} of account not found")
    return sagemaker.endpoint_configs[sagemaker.endpoints[name].endpoint_config_name]


def _refusal(message: str) -> ApiError:
    return ApiError("ValidationError", f"{message}.")


OPERATIONS: dict[str, Operation] = {
    "sagemaker-runtime:InvokeEndpoint": invoke,
    "sagemaker-runtime:InvokeEndpointAsync": invoke_async,
}
