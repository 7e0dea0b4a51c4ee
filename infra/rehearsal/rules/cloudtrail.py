"""CloudTrail: trails, and the events that they keep."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.rehearsal.rules.rule import Key, Request, Rule, exactly_one, expected

NAME = re.compile(r"(?=.{3,128}$)[A-Za-z0-9]+([._-][A-Za-z0-9]+)*")
ALONE = ("eventCategory", "resources.type")
"""Fields that take Equals with one value, and nothing else."""


def a_trail_s_name_is_3_to_128_letters_digits_and_single_marks(request: Request) -> str | None:
    """docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html, Name"""
    name = request["Name"]
    return None if NAME.fullmatch(name) else expected("Name", name, "3 to 128 letters and digits, single ._- between")


def a_trail_is_told_events_in_one_way(request: Request) -> str | None:
    """docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html"""
    return exactly_one(request, "selectors", "EventSelectors", "AdvancedEventSelectors")


def a_selector_says_of_which_category_its_events_are(request: Request) -> str | None:
    """Data events say the type of their resources, too.

    docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
    """
    for index, fields in _selectors(request):
        category = fields.get("eventCategory", {}).get("Equals", ["none"])
        needed = ALONE if category == ["Data"] else ALONE[:1]
        for name in needed:
            if name not in fields:
                return expected(f"AdvancedEventSelectors[{index}]", f"no {name}", "one")
    return None


def category_and_type_are_one_value_each(request: Request) -> str | None:
    """docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html"""
    for index, fields in _selectors(request):
        for name in ALONE:
            field = {key: value for key, value in fields.get(name, {}).items() if key != "Field"}
            if field and (field.keys() != {"Equals"} or len(field["Equals"]) != 1):
                return expected(f"AdvancedEventSelectors[{index}].{name}", field, "Equals with one value")
    return None


def _selectors(request: Request) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The fields of each selector by their names."""
    for index, selector in enumerate(request.get("AdvancedEventSelectors", ())):
        yield index, {field["Field"]: field for field in selector["FieldSelectors"]}


RULES: dict[Key, list[Rule]] = {
    ("cloudtrail", "CreateTrail"): [a_trail_s_name_is_3_to_128_letters_digits_and_single_marks],
    ("cloudtrail", "PutEventSelectors"): [
        a_trail_is_told_events_in_one_way,
        a_selector_says_of_which_category_its_events_are,
        category_and_type_are_one_value_each,
    ],
}
