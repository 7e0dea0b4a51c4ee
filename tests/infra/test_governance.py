"""Who read or wrote what is recorded, and what the model is for is said."""

import json
from typing import Any

import pytest

from infra import about
from infra.offline import Program
from infra.source import SourceError
from ml.dataset import ABOUT
from tests.infra.planned import one, statements

TRAIL, CARD = "aws:cloudtrail/trail:Trail", "aws:sagemaker/modelCard:ModelCard"
RELEASE = {"url": f"s3://models/approved/{'a' * 64}/model.tar.gz", "sha256": "a" * 64}


def test_the_trail_records_each_access_to_data_and_models_and_nothing_else(program: Program):
    trail = one(program, TRAIL).inputs
    (selector,) = trail["advancedEventSelectors"]
    fields = {field["field"]: field for field in selector["fieldSelectors"]}
    assert fields["eventCategory"]["equals"] == ["Data"]
    buckets = program.outputs["buckets"]
    assert set(buckets) == {"raw", "tables", "models", "capture"}
    recorded = fields["resources.ARN"]["startsWiths"]
    assert sorted(recorded) == sorted(f"arn:aws:s3:::{bucket}/" for bucket in buckets.values())
    # What is unique in an account, or of all its regions, is the account's own trail's.
    assert (trail["isMultiRegionTrail"], trail["includeGlobalServiceEvents"]) == (False, False)
    assert trail["enableLogFileValidation"]


def test_only_the_trails_of_this_stack_write_to_the_log_bucket_and_through_the_key(program: Program):
    of_trail: list[dict[str, Any]] = [
        statement
        for entry in (one(program, "aws:s3/bucketPolicy:BucketPolicy", "logs-policy"), one(program, "aws:kms/key:Key"))
        for statement in statements(entry)
        if "cloudtrail" in json.dumps(statement.get("Principal"))
    ]
    assert len(of_trail) == 4
    prefix = program.outputs["endpoint_name"]
    for statement in of_trail:
        arn = f"arn:aws:cloudtrail:eu-west-1:123456789012:trail/{prefix}-*"
        assert statement["Condition"]["ArnLike"] == {"aws:SourceArn": arn}
    assert one(program, TRAIL).name.startswith(f"{prefix}-")


def test_the_trail_waits_for_the_bucket_s_policy(program: Program):
    policy = one(program, "aws:s3/bucketPolicy:BucketPolicy", "logs-policy")
    assert policy.urn in one(program, TRAIL).dependencies


def test_the_card_says_what_the_data_set_says_and_that_there_is_no_release_yet(program: Program):
    made = one(program, CARD).inputs
    card = json.loads(made["content"])
    assert card["intended_uses"]["purpose_of_model"] == ABOUT.purpose
    assert card["additional_information"]["caveats_and_recommendations"] == " ".join(ABOUT.limits)
    assert card["model_overview"]["model_description"].startswith("The baseline until there is a release.")
    image = card["model_overview"]["inference_environment"]["container_image"]
    assert image == [one(program, "aws:sagemaker/model:Model").inputs["primaryContainer"]["image"]]


@pytest.mark.slow
def test_a_release_changes_the_card_s_content_and_not_its_status(planned):
    before, after = (one(planned(**config), CARD).inputs for config in ({}, {"model": RELEASE}))
    assert before["content"] != after["content"]
    assert before["modelCardStatus"] == after["modelCardStatus"]


def test_the_card_names_the_release_that_the_settings_name(planned):
    made = one(planned(model=RELEASE, owner="search"), CARD).inputs
    overview = json.loads(made["content"])["model_overview"]
    assert (overview["model_id"], overview["model_artifact"]) == (RELEASE["sha256"], [RELEASE["url"]])
    assert overview["model_owner"] == "search"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "\nABOUT = About(purpose=TEXT, limits=())",
            "line 2: purpose of ABOUT is not a literal text, expected ABOUT =",
        ),
        ("ABOUT = About(purpose=f'{a}', limits=())", "line 1: purpose of ABOUT is not a literal text"),
        ("ABOUT = About(purpose=1, limits=())", "line 1: purpose of ABOUT is not a literal text"),
        ("ABOUT = About(\n purpose='a',\n limits=('a', B))", "line 3: limits of ABOUT is not a tuple of literal texts"),
        ("ABOUT = About(purpose='a', limits='b')", "limits of ABOUT is not a tuple of literal texts"),
        ("ABOUT = About(limits=('a',))", "line 1: ABOUT has no purpose"),
        ("SCHEMA = 1", "ml/dataset.py has no line ABOUT = "),
        ("\n\nABOUT = About(purpose='a", "ml/dataset.py line 3 is not Python: unterminated"),
        ("ABOUT = '\0'", "ml/dataset.py is not Python: source code string cannot contain null bytes"),
        (f"ABOUT = About(purpose='{'a' * 901}', limits=())", "has 901 characters, expected at most 900"),
        (f"ABOUT = About(purpose='a', limits=('{'a' * 2049}',))", "limits of ABOUT in ml/dataset.py has 2049"),
    ],
)
def test_what_a_card_cannot_be_made_of_is_said(tmp_path, text: str, said: str):
    (tmp_path / "dataset.py").write_text(text)
    with pytest.raises(SourceError) as caught:
        about.read(tmp_path / "dataset.py")
    assert said in str(caught.value)


def test_a_data_set_that_is_not_there_is_said(tmp_path):
    with pytest.raises(SourceError, match=r"^ml/dataset.py cannot be read: No such file"):
        about.read(tmp_path / "dataset.py")
