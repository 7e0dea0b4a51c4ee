"""EC2's security groups: their names, and what is said of them and of their rules."""

import re
from collections.abc import Iterator

from infra.rehearsal.rules.rule import Key, Request, Rule, expected

LENGTH = 255
SAID = re.compile(rf"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{{}}!$*]{{0,{LENGTH}}}")
OF_PEERS = re.compile(SAID.pattern.replace("&", ""))
"""What is said of a rule whose other side is a group or a list of prefixes."""
CHARACTERS = f"at most {LENGTH} of a-z, A-Z, 0-9, spaces and ._-:/()#,@[]+=;{{}}!$*"
RESERVED_START = "sg-"
SIDES = {"IpRanges": SAID, "Ipv6Ranges": SAID, "PrefixListIds": OF_PEERS, "UserIdGroupPairs": OF_PEERS}
"""The members of a permission that may each have a description."""


def a_security_group_has_a_name_that_ec2_takes(request: Request) -> str | None:
    """docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html, GroupName"""
    name = request["GroupName"]
    if name.lower().startswith(RESERVED_START):
        return expected("GroupName", name, f"not to begin with {RESERVED_START}")
    return None if SAID.fullmatch(name) else expected("GroupName", name, f"{CHARACTERS} or &")


def a_security_group_s_description_has_no_other_characters(request: Request) -> str | None:
    """docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html, GroupDescription"""
    text = request["Description"]
    return None if SAID.fullmatch(text) else expected("Description", text, f"{CHARACTERS} or &")


def a_rule_s_description_has_no_other_characters(request: Request) -> str | None:
    """Of addresses & is allowed, of groups and prefix lists it is not.

    docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html and .../API_UserIdGroupPair.html, Description
    """
    for member, kind, text in _descriptions(request):
        if not SIDES[kind].fullmatch(text):
            return expected(member, text, f"{CHARACTERS}{' or &' if SIDES[kind] is SAID else ''}")
    return None


def _descriptions(request: Request) -> Iterator[tuple[str, str, str]]:
    """Member, kind of side and text of each description in a request."""
    for index, permission in enumerate(request.get("IpPermissions", ())):
        for kind in SIDES:
            for side in permission.get(kind, ()):
                yield f"IpPermissions[{index}].{kind}.Description", kind, side.get("Description", "")


_RULE: list[Rule] = [a_rule_s_description_has_no_other_characters]
RULES: dict[Key, list[Rule]] = {
    ("ec2", "CreateSecurityGroup"): [
        a_security_group_has_a_name_that_ec2_takes,
        a_security_group_s_description_has_no_other_characters,
    ],
    ("ec2", "AuthorizeSecurityGroupIngress"): _RULE,
    ("ec2", "AuthorizeSecurityGroupEgress"): _RULE,
}
