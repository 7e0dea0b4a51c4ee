"""Every call is allowed by the policies that the program made, or refused: who, what, on what, and why not."""

from collections.abc import Mapping
from typing import Any

from infra.rehearsal.front.account import Account
from infra.rehearsal.front.call import Call
from infra.rehearsal.front.errors import ApiError
from infra.rehearsal.iam.actions import UnknownOperationError, needs
from infra.rehearsal.iam.decision import Policies, Request, decide
from infra.rehearsal.iam.document import MalformedPolicyDocumentError, StatementId
from infra.rehearsal.iam.facts import Need
from infra.rehearsal.iam.implied import implied
from infra.rehearsal.iam.kinds import PolicyTooLargeError
from infra.rehearsal.iam.principals import Principal


class Authority:
    """Decides about calls, and keeps count of the statements that let them through."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._used: set[StatementId] = set()
        self._refused: list[str] = []

    def __call__(self, call: Call) -> None:
        if call.name == "sts:AssumeRole" and {"Policy", "PolicyArns"} & set(call.parameters):
            raise ApiError("NotImplemented", "a session with policies of its own is not rehearsed", 501)
        principal = self._account.principal(call.access_key)
        try:
            own = needs(call, self._account)
        except UnknownOperationError as unknown:
            raise ApiError("AccessDenied", str(unknown), 403) from None
        beside = [*implied(call, self._account, own), *self._to_be_told_that_it_is_missing(call)]
        for need in [*own, *beside]:
            if reason := self.denied(need.who or principal, need, call.region):
                raise ApiError("AccessDenied", reason, 403)

    def _to_be_told_that_it_is_missing(self, call: Call) -> list[Need]:
        """Without s3:ListBucket S3 answers 403 and not 404 for an object that is not there.

        Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (permissions)
        """
        if call.name not in {"s3:GetObject", "s3:HeadObject"}:
            return []
        bucket, key = call.parameters["Bucket"], call.parameters["Key"]
        if self._account.object_exists(bucket, key, call.parameters.get("VersionId")):
            return []
        return [Need(action="s3:ListBucket", resource=f"arn:aws:s3:::{bucket}")]

    def ask(self, question: Mapping[str, Any]) -> str:
        """Why the holder of an access key may not do something that no call here does; empty where it may."""
        try:
            principal = self._account.principal(question["access_key"])
        except ApiError as error:
            return error.message
        need = Need(action=question["action"], resource=question["resource"], context=question["context"])
        return self.denied(principal, need, question["region"])

    def statements_used(self, _question: object) -> list[StatementId]:
        """The statements that let something through so far."""
        return sorted(self._used)

    def refusals(self, _question: object) -> list[str]:
        """Why requests were refused since the last look."""
        refused, self._refused = self._refused, []
        return refused

    def denied(self, principal: Principal, need: Need, region: str) -> str:
        """Why the principal may not do it; empty where it may."""
        try:
            identity, boundary = self._account.identity(principal)
            resource = self._account.resource_policy(need.action, need.resource)
        except (MalformedPolicyDocumentError, PolicyTooLargeError) as error:
            raise ApiError("MalformedPolicyDocument", str(error)) from None
        request = Request(
            principal=principal,
            action=need.action,
            resource=need.resource,
            context={**self._said(principal, region), **self._carried(need.resource), **need.context},
            resource_account=self._account.number,
        )
        decision = decide(request, Policies(identity=identity, boundary=boundary, resource=resource))
        if decision.allowed:
            self._used.update(decision.statements)
        else:
            self._refused.append(decision.reason)
        return decision.reason

    def _carried(self, resource: str) -> Mapping[str, str]:
        """The tags of what a request is about."""
        return {f"aws:ResourceTag/{key}": value for key, value in self._account.tags(resource).items()}

    def _said(self, principal: Principal, region: str) -> Mapping[str, str]:
        """What every request says of itself."""
        # The loopback stands for TLS; services say for whom they work.
        said = {"aws:SecureTransport": "true"}
        if principal.kind != "service":
            return said
        service = principal.service.partition(".")[0]
        of = {"aws:SourceAccount": self._account.number}
        return said | of | {"aws:SourceArn": f"arn:aws:{service}:{region}:{self._account.number}:rehearsal"}
