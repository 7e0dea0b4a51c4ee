"""SageMaker's model cards.

docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html
"""

import json
from collections.abc import Mapping
from typing import Any

from infra.rehearsal.rules.rule import Key, Request, Rule, expected, one_of

SECTIONS = (
    "model_overview",
    "model_package_details",
    "intended_uses",
    "business_details",
    "training_details",
    "evaluation_details",
    "additional_information",
)
RISKS = ("High", "Medium", "Low", "Unknown")
LONGEST = {"model_overview": 1024, "intended_uses": 2048, "additional_information": 2048}


def a_card_has_the_sections_of_its_schema(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html, the schema"""
    card = _card(request)
    if card is None:
        return expected("Content", request["Content"], "a JSON object")
    unknown = [name for name in card if name not in SECTIONS]
    return expected("Content", ", ".join(unknown), one_of(SECTIONS)) if unknown else None


def a_text_of_a_card_is_not_too_long(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html, maxLength in the schema"""
    card = _card(request) or {}
    for section, longest in LONGEST.items():
        for name, text in (card.get(section) or {}).items():
            if isinstance(text, str) and len(text) > longest:
                return expected(f"Content.{section}.{name}", f"{len(text)} characters", f"at most {longest}")
    return None


def a_risk_is_rated_in_the_schema_s_words(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html, risk_rating in the schema"""
    rated = ((_card(request) or {}).get("intended_uses") or {}).get("risk_rating", RISKS[0])
    return None if rated in RISKS else expected("Content.intended_uses.risk_rating", rated, one_of(RISKS))


def content_and_status_change_one_at_a_time(request: Request) -> str | None:
    """docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateModelCard.html, Content"""
    both = "Content" in request and "ModelCardStatus" in request
    return expected("ModelCardStatus", "one beside Content", "one of the two in a call") if both else None


def _card(request: Request) -> Mapping[str, Any] | None:
    try:
        card = json.loads(request["Content"])
    except ValueError:
        return None
    return card if isinstance(card, Mapping) else None


RULES: dict[Key, list[Rule]] = {
    ("sagemaker", "CreateModelCard"): [
        a_card_has_the_sections_of_its_schema,
        a_text_of_a_card_is_not_too_long,
        a_risk_is_rated_in_the_schema_s_words,
    ],
    ("sagemaker", "UpdateModelCard"): [content_and_status_change_one_at_a_time],
}
