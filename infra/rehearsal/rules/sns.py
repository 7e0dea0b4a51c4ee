"""SNS topics, their policies and subscriptions."""

import re

from infra.rehearsal.iam.kinds import TOPIC
from infra.rehearsal.rules.documents import statements
from infra.rehearsal.rules.rule import Key, Request, Rule, expected, one_of

NAME = re.compile(r"[A-Za-z0-9_-]{1,256}|(?=.{1,256}$)[A-Za-z0-9_-]+\.fifo")
STATEMENTS = 100
ACTIONS = {
    "sns:addpermission",
    "sns:deletetopic",
    "sns:getdataprotectionpolicy",
    "sns:gettopicattributes",
    "sns:listsubscriptionsbytopic",
    "sns:listtagsforresource",
    "sns:publish",
    "sns:putdataprotectionpolicy",
    "sns:receive",
    "sns:removepermission",
    "sns:settopicattributes",
    "sns:subscribe",
}
"""What a topic's policy may speak of; `Receive` is in the policies that AWS makes by default."""
ENDPOINTS = {
    "http": r"http://.+",
    "https": r"https://.+",
    "email": r"[^@\s]+@[^@\s]+",
    "email-json": r"[^@\s]+@[^@\s]+",
    "sms": r"\+?[0-9-]+",
    "sqs": r"arn:aws[a-z-]*:sqs:.+",
    "application": r"arn:aws[a-z-]*:sns:.+",
    "lambda": r"arn:aws[a-z-]*:lambda:.+",
    "firehose": r"arn:aws[a-z-]*:firehose:.+",
}


def a_topic_s_name_is_256_letters_digits_and_dashes(request: Request) -> str | None:
    """docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html, Name"""
    name, fifo = request["Name"], request.get("Attributes", {}).get("FifoTopic") == "true"
    if not NAME.fullmatch(name) or name.endswith(".fifo") != fifo:
        return expected("Name", name, "1 to 256 letters, digits, _ and -, and .fifo where FifoTopic is true")
    return None


def a_topic_policy_has_100_statements(request: Request) -> str | None:
    """docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html"""
    count = len(statements(request, TOPIC))
    return expected("Policy", f"{count} statements", f"at most {STATEMENTS}") if count > STATEMENTS else None


def a_topic_policy_speaks_of_what_a_topic_does(request: Request) -> str | None:
    """ "Policy statement action out of service scope" for others, sns:* among them.

    docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
    """
    for statement in statements(request, TOPIC):
        for action in () if statement.other_actions else statement.actions:
            if action.lower() not in ACTIONS:
                return expected("Policy", action, f"an action of a topic: {', '.join(sorted(ACTIONS))}")
    return None


def a_topic_policy_is_about_this_topic(request: Request) -> str | None:
    """docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html"""
    topic = request.get("TopicArn", "").rpartition(":")[2] or request.get("Name")
    for statement in statements(request, TOPIC):
        resources = () if statement.other_resources else statement.resources
        if len(resources) != 1 or resources[0].rpartition(":")[2] != topic:
            return expected("Policy", ", ".join(resources) or "no Resource", f"the ARN of {topic} alone as Resource")
    return None


def an_endpoint_fits_its_protocol(request: Request) -> str | None:
    """docs.aws.amazon.com/sns/latest/api/API_Subscribe.html, Endpoint"""
    protocol, endpoint = request["Protocol"], request.get("Endpoint", "")
    if protocol not in ENDPOINTS:
        return expected("Protocol", protocol, one_of(ENDPOINTS))
    if not re.fullmatch(ENDPOINTS[protocol], endpoint):
        return expected("Endpoint", endpoint, f"what fits {protocol}: {ENDPOINTS[protocol]}")
    return None


_POLICY: list[Rule] = [
    a_topic_policy_has_100_statements,
    a_topic_policy_speaks_of_what_a_topic_does,
    a_topic_policy_is_about_this_topic,
]
RULES: dict[Key, list[Rule]] = {
    ("sns", "CreateTopic"): [a_topic_s_name_is_256_letters_digits_and_dashes, *_POLICY],
    ("sns", "SetTopicAttributes"): _POLICY,
    ("sns", "Subscribe"): [an_endpoint_fits_its_protocol],
}
