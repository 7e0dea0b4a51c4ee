"""Lambda functions of an image, their aliases and URLs: kept, and run by nobody here."""

from typing import Any

from infra.rehearsal.aws import Aws
from infra.rehearsal.entry import Entry, Inputs, Made
from infra.rehearsal.names import Naming

RENAMED = {"name": "functionName", "tagsAll": "tags"}
OTHERWISE = {"imageUri", "imageConfig", "reservedConcurrentExecutions"}
"""What the provider calls or does otherwise than the API."""


def create_function(inputs: Inputs, aws: Aws) -> Made:
    request = {name: value for name, value in inputs.items() if name not in OTHERWISE}
    request["code"] = {"imageUri": inputs["imageUri"]}
    request["imageConfig"] = {"command": inputs.get("imageConfig", {}).get("commands", [])}
    made = aws.send("lambda", "CreateFunction", request, RENAMED)
    if reserved := inputs.get("reservedConcurrentExecutions"):
        aws.call(
            "lambda",
            "PutFunctionConcurrency",
            FunctionName=inputs["name"],
            ReservedConcurrentExecutions=int(reserved),
        )
    arn = made["FunctionArn"]
    plain = arn.removesuffix(f":{made['Version']}")
    return Made(
        id=inputs["name"],
        outputs={"arn": plain, "qualifiedArn": f"{plain}:{made['Version']}", "version": made["Version"]},
    )


def delete_function(name: str, _inputs: Inputs, aws: Aws) -> None:
    aws.call("lambda", "DeleteFunction", FunctionName=name)


def create_alias(inputs: Inputs, aws: Aws) -> Made:
    arn = aws.send("lambda", "CreateAlias", inputs)["AliasArn"]
    return Made(id=arn, outputs={"arn": arn})


def delete_alias(_id: str, inputs: Inputs, aws: Aws) -> None:
    aws.call("lambda", "DeleteAlias", FunctionName=inputs["functionName"], Name=inputs["name"])


def create_url(inputs: Inputs, aws: Aws) -> Made:
    made = aws.send("lambda", "CreateFunctionUrlConfig", inputs, {"authorizationType": "authType"})
    return Made(
        id=f"{inputs['functionName']}/{inputs['qualifier']}",
        outputs={"functionUrl": made["FunctionUrl"], "functionArn": made["FunctionArn"]},
    )


def delete_url(_id: str, inputs: Inputs, aws: Aws) -> None:
    named: dict[str, Any] = {"FunctionName": inputs["functionName"], "Qualifier": inputs["qualifier"]}
    aws.call("lambda", "DeleteFunctionUrlConfig", **named)


def remaining(aws: Aws) -> list[str]:
    return [function["FunctionArn"] for function in aws.pages("lambda", "ListFunctions", "Functions")]


ENTRIES = {
    "aws:lambda/function:Function": Entry(
        create=create_function,
        delete=delete_function,
        naming=Naming(limit=64),
        note="answers nobody: the local endpoint's servers do",
    ),
    "aws:lambda/alias:Alias": Entry(create=create_alias, delete=delete_alias, naming=Naming(limit=128)),
    "aws:lambda/functionUrl:FunctionUrl": Entry(
        create=create_url, delete=delete_url, note="an address that nobody listens on"
    ),
}
