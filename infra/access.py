"""The roles of those outside the stack: who brings data, who calls the endpoint, who moves releases."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import variants
from infra.data import DataLake
from infra.endpoint_lambda import ALIAS
from infra.permissions import Statement, allow, document, objects, put_objects, read_key, read_objects, use_key
from infra.place import Place
from infra.settings import Async, Function, Serving
from infra.tracking import Tracking


@dataclass(frozen=True, kw_only=True)
class AccessArgs:
    place: Place
    data: DataLake
    tracking: Tracking
    serving: Serving


class Access(pulumi.ComponentResource):
    """Roles that people and systems of this account take on, if their own policies let them."""

    producer: pulumi.Output[str]
    """Brings batches: `python -m ml.cli ingest`."""
    caller: pulumi.Output[str]
    """Asks the endpoint, and reads the tables that features are built from."""
    releaser: pulumi.Output[str]
    """Makes a version champion, or takes it back: `python -m ml.cli promote`."""

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Access", name, {}, opts)
        place, data = args.place, args.data
        self.producer = self._role(
            f"{name}-producer",
            place,
            [*objects(data.tables, write=[""]), *put_objects(data.raw, "quarantine/"), use_key(data.key_arn)],
        )
        self.caller = self._role(
            f"{name}-caller",
            place,
            [*_calls(args), *objects(data.tables, read=[""])],
        )
        self.releaser = self._role(f"{name}-releaser", place, args.tracking.client_statements)
        self.register_outputs(self.roles)

    @property
    def roles(self) -> dict[str, pulumi.Output[str]]:
        """The roles' ARNs by what they are for."""
        return {"producer": self.producer, "caller": self.caller, "releaser": self.releaser}

    def _role(self, name: str, place: Place, statements: list[Statement]) -> pulumi.Output[str]:
        trust = {"Effect": "Allow", "Principal": {"AWS": place.root_arn}, "Action": "sts:AssumeRole"}
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(name, assume_role_policy=document(trust), max_session_duration=3600, opts=child)
        if statements:
            aws.iam.RolePolicy(f"{name}-policy", role=role.id, policy=document(*statements), opts=child)
        return role.arn


def _calls(args: AccessArgs) -> list[Statement]:
    """Asks the endpoint. An asynchronous one is asked by an object, and answers by another."""
    if isinstance(args.serving, Function):
        function = args.place.arn("lambda", f"function:{args.place.endpoint_name}:{ALIAS}")
        return [
            # Both are asked for, and each for what comes through the URL alone:
            # docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
            allow(
                "lambda:InvokeFunctionUrl",
                on=function,
                when={"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
            ),
            allow("lambda:InvokeFunction", on=function, when={"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}),
            read_key(args.data.key_arn),
        ]
    endpoint = args.place.arn("sagemaker", f"endpoint/{args.place.endpoint_name}")
    if not isinstance(args.serving, Async):
        return [allow("sagemaker:InvokeEndpoint", on=endpoint), read_key(args.data.key_arn)]
    return [
        allow("sagemaker:InvokeEndpointAsync", on=endpoint),
        *put_objects(args.data.capture, variants.REQUESTS),
        read_objects(args.data.capture, variants.RESULTS, variants.FAILURES),
        use_key(args.data.key_arn),
    ]
