"""Who read or wrote which object, and what the model is for: the audit trail and the model card."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra import about, documents
from infra.about import About
from infra.data import AUDIT_PREFIX, DataLake
from infra.image import Image
from infra.permissions import bucket_arn
from infra.place import Place
from infra.settings import Settings


@dataclass(frozen=True, kw_only=True)
class GovernanceArgs:
    place: Place
    data: DataLake
    image: Image
    settings: Settings


class Governance(pulumi.ComponentResource):
    """A trail of each access to an object of the data and models buckets, and the model card in SageMaker."""

    trail_arn: pulumi.Output[str]

    def __init__(self, name: str, args: GovernanceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Governance", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        trail = aws.cloudtrail.Trail(
            f"{name}-trail",
            s3_bucket_name=args.data.logs,
            s3_key_prefix=AUDIT_PREFIX,
            kms_key_id=args.data.key_arn,
            enable_log_file_validation=True,
            # Data events of this region alone: the account's own trail has the rest.
            include_global_service_events=False,
            is_multi_region_trail=False,
            advanced_event_selectors=[_accesses(list(args.data.buckets.values()))],
            opts=child,
        )
        aws.sagemaker.ModelCard(
            f"{name}-card",
            model_card_name=args.place.prefix,
            # What the settings name came in by a reviewed change. The status never changes: SageMaker refuses an
            # update of content and status in one call, and the provider makes but one.
            model_card_status="Approved",
            content=documents.dumps(card(args.settings, about.read(), args.image.uri)),
            security_config={"kms_key_id": args.data.key_arn},
            opts=child,
        )
        self.trail_arn = trail.arn
        self.register_outputs({"trailArn": self.trail_arn})


def _accesses(buckets: list[pulumi.Output[str]]) -> aws.cloudtrail.TrailAdvancedEventSelectorArgsDict:
    return {
        "name": "Reads and writes of objects in the data and models buckets",
        "field_selectors": [
            {"field": "eventCategory", "equals": ["Data"]},
            {"field": "resources.type", "equals": ["AWS::S3::Object"]},
            {"field": "resources.ARN", "starts_withs": [bucket_arn(bucket).apply("{}/".format) for bucket in buckets]},
        ],
    }


def card(settings: Settings, said: About, image: pulumi.Input[str]) -> Mapping[str, Any]:
    """The card of the model that the settings name, by SageMaker's JSON schema of model cards.

    What a run measured is in the card that it leaves in MLflow: the settings name the release and no measure.
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html#model-cards-json-schema
    """
    model = settings.model
    overview: dict[str, Any] = {
        "model_name": settings.project,
        "model_description": said.purpose if model else f"The baseline until there is a release. {said.purpose}",
        "model_owner": settings.owner,
        "inference_environment": {"container_image": [image]},
    }
    if model:
        overview |= {"model_id": model.sha256, "model_artifact": [model.url]}
    return {
        "model_overview": overview,
        "intended_uses": {
            "purpose_of_model": said.purpose,
            "factors_affecting_model_efficiency": said.limits,
            "risk_rating": "Unknown",
        },
        "additional_information": {
            "caveats_and_recommendations": said.limits,
            "custom_details": {
                "environment": settings.environment,
                "bundle sha256": model.sha256 if model else "none: the baseline that the image carries",
            },
        },
    }
