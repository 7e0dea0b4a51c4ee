"""What breaks the rules on trails and model cards, and the requests that keep them."""

import json
from typing import Any

from infra.rehearsal.rules import cloudtrail, model_cards
from tests.rehearsal.broken.case import GONE, Case

TRAIL, SELECTORS, CARD, CHANGED = (
    ("cloudtrail", "CreateTrail"),
    ("cloudtrail", "PutEventSelectors"),
    ("sagemaker", "CreateModelCard"),
    ("sagemaker", "UpdateModelCard"),
)
FIELDS = [
    {"Field": "eventCategory", "Equals": ["Data"]},
    {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
    {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::models/"]},
]
CONTENT = {"intended_uses": {"purpose_of_model": "a text", "risk_rating": "Unknown"}}
IN_ORDER: dict[tuple[str, str], dict[str, Any]] = {
    TRAIL: {"Name": "small-dev-trail", "S3BucketName": "logs", "TagsList": [{"Key": "team", "Value": "ml"}]},
    SELECTORS: {"TrailName": "t", "AdvancedEventSelectors": [{"Name": "n", "FieldSelectors": FIELDS}]},
    CARD: {
        "ModelCardName": "small-dev",
        "Content": json.dumps(CONTENT),
        "ModelCardStatus": "Draft",
        "Tags": [{"Key": "team", "Value": "ml"}],
    },
}
IN_ORDER[CHANGED] = {"ModelCardName": "small-dev", "Content": json.dumps(CONTENT)}
FIELD = "AdvancedEventSelectors.0.FieldSelectors"


def said(**intended: str) -> dict[str, str]:
    return {"Content": json.dumps({"intended_uses": intended})}


CASES: list[Case] = [
    Case(
        TRAIL,
        cloudtrail.a_trail_s_name_is_3_to_128_letters_digits_and_single_marks,
        {"Name": "a--b"},
        "a--b, expected 3 to 128",
    ),
    Case(
        SELECTORS,
        cloudtrail.a_trail_is_told_events_in_one_way,
        {"EventSelectors": [{"ReadWriteType": "All"}]},
        "exactly one of EventSelectors, AdvancedEventSelectors",
    ),
    Case(
        SELECTORS,
        cloudtrail.a_selector_says_of_which_category_its_events_are,
        {f"{FIELD}.1": GONE},
        "no resources.type",
    ),
    Case(
        SELECTORS,
        cloudtrail.category_and_type_are_one_value_each,
        {f"{FIELD}.1.Equals": ["AWS::S3::Object", "AWS::Lambda::Function"]},
        "Equals with one value",
    ),
    Case(CARD, model_cards.a_card_has_the_sections_of_its_schema, {"Content": "[]"}, "a JSON object"),
    Case(CARD, model_cards.a_card_has_the_sections_of_its_schema, {"Content": '{"about": {}}'}, "about, expected one"),
    Case(CARD, model_cards.a_text_of_a_card_is_not_too_long, said(purpose_of_model="a" * 2049), "2049 characters"),
    Case(
        CHANGED,
        model_cards.content_and_status_change_one_at_a_time,
        {"ModelCardStatus": "Approved"},
        "one of the two in a call",
    ),
    Case(CARD, model_cards.a_risk_is_rated_in_the_schema_s_words, said(risk_rating="some"), "some, expected one of"),
]
