"""Refuse answers that would fail later: a sentence each, all of them at once, before any file is written."""

import json
import re
import sys

RULES = {
    "project_name": (
        r"(?=.*[^\W_])[^{}]{1,60}",
        "1 to 60 printable characters on one line, with a letter, no braces",
    ),
    "project_slug": (
        (
            r"(?!(aws|pulumi|null|true|false|yes|off)$)(?!(internal|sg|sthree|amzn-s3-demo)(-|$)|.*-s3alias$)"
            r"(?=.{3,24}$)[a-z][a-z0-9]*(-[a-z0-9]+)*"
        ),
        (
            "3 to 24 lowercase letters, digits and single hyphens, a letter first, no reserved word such as aws, and "
            "what AWS takes: no internal, sg, sthree or amzn-s3-demo alone or before a hyphen, no -s3alias at the end"
        ),
    ),
    "description": (r"[^{}]{1,200}", "1 to 200 printable characters on one line, no braces"),
    "github_repository": (r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!\.+$)[A-Za-z0-9._-]{1,100}", "owner/name, as on GitHub"),
    "aws_region": (
        r"(af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-[1-9]",
        "a region of the standard AWS partition, such as eu-west-1",
    ),
    "alert_email": (
        r"[A-Za-z0-9][A-Za-z0-9._%+-]*@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}",
        "an e-mail address of letters, digits and . _ % + - before its @",
    ),
    "monthly_budget": (r"[1-9][0-9]{0,6}", "a whole number of US dollars from 1 to 9999999, without a currency sign"),
}
ANSWERS = {name: str(answer) for name, answer in json.loads(r"""{{ cookiecutter | tojson }}""").items()}

wrong = [
    f"{name} is {ANSWERS[name]!r}: expected {expected}."
    for name, (rule, expected) in RULES.items()
    if not (re.fullmatch(rule, ANSWERS[name]) and ANSWERS[name].isprintable())
]
if wrong:
    sys.exit("\n".join(wrong))
