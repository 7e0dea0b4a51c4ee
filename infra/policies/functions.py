"""Lambda functions and their URLs."""

from collections.abc import Iterator

from infra.policies import tokens
from infra.policies.rule import Resource, ResourceRule, at, unless
from infra.policies.statements import ACCOUNT


def function_url_asks_who_calls(url: Resource) -> Iterator[str]:
    """A function's URL takes signed requests alone."""
    yield from unless(url, "authorizationType", "AWS_IAM")


def function_is_not_public(permission: Resource) -> Iterator[str]:
    """A function's own policy lets in named accounts alone, and services for named accounts."""
    principal = at(permission.inputs, "principal")
    if principal in (None, "*"):
        yield f"principal is {principal!r}, expected a service or an account"
    sources = [str(at(permission.inputs, key)) for key in ("sourceAccount", "sourceArn")]
    if str(principal).endswith(".amazonaws.com") and not any(map(ACCOUNT.search, sources)):
        yield f"lets {principal} in for every account, expected sourceAccount, or a sourceArn with an account"
    if at(permission.inputs, "functionUrlAuthType") == "NONE":
        yield "functionUrlAuthType is 'NONE', expected 'AWS_IAM'"


def function_is_limited(function: Resource) -> Iterator[str]:
    """A function runs no more often at a time than the program says: else it takes what the account has."""
    reserved = at(function.inputs, "reservedConcurrentExecutions")
    if not reserved or reserved < 0:
        yield f"reservedConcurrentExecutions is {reserved!r}, expected a number (serving.concurrency)"


RULES = (
    ResourceRule(check=function_url_asks_who_calls, on=(tokens.FUNCTION_URL,), ids=("Lambda.1", "CKV_AWS_258")),
    ResourceRule(
        check=function_is_not_public, on=(tokens.FUNCTION_PERMISSION,), ids=("Lambda.1", "CKV_AWS_301", "CKV_AWS_364")
    ),
    ResourceRule(check=function_is_limited, on=(tokens.FUNCTION,), ids=("CKV_AWS_115",)),
)
