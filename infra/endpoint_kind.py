"""Which endpoint the settings ask for."""

from infra.endpoint import EndpointArgs
from infra.endpoint_lambda import LambdaEndpoint
from infra.endpoint_sagemaker import SageMakerEndpoint
from infra.settings import Function


def made_endpoint(name: str, args: EndpointArgs) -> SageMakerEndpoint | LambdaEndpoint:
    """The endpoint that `serving.mode` asks for."""
    serving = args.settings.serving
    return LambdaEndpoint(name, args, serving) if isinstance(serving, Function) else SageMakerEndpoint(name, args)
