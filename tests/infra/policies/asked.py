"""Resources and policy documents for rules to read, without a program."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

ACCOUNT = "123456789012"
FOREIGN = "210987654321"
KEY_ARN = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/abc"
DIGEST = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/images@sha256:{'0' * 64}"
OWNER = "urn:pulumi:prod::demo::mlops:index:Thing::demo-prod-data"
HERE = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


@dataclass(frozen=True, kw_only=True)
class Asked:
    type: str
    inputs: Mapping[str, Any]
    uses: Mapping[str, Collection[str]]
    name: str
    environment: str
    parent: str
    protect: bool

    @property
    def urn(self) -> str:
        return urn(self.type, self.name, self.environment)


def ask(
    type_: str,
    *,
    name: str = "demo-prod-data-it",
    env: str = "prod",
    uses: Mapping[str, Collection[str]] | None = None,
    parent: str = OWNER,
    protect: bool = True,
    **inputs: Any,
) -> Asked:
    return Asked(
        type=type_,
        inputs=inputs,
        uses=uses or {},
        name=name,
        environment=env,
        parent=parent,
        protect=protect,
    )


def urn(type_: str, name: str = "demo-prod-data-it", env: str = "prod") -> str:
    return f"urn:pulumi:{env}::demo::{type_}::{name}"


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allowed(action: str | list[str], resource: str | list[str], **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trusted(principal: Any, **more: Any) -> str:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})
