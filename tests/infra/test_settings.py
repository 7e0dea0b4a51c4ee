import re

import pytest

from infra import names
from infra.parsing import SettingsError, parse
from infra.rehearsal.rules import ec2, elasticloadbalancing, s3
from infra.settings import RealTime, Serverless
from tests.infra.planned import PROJECT, refusal, settings_of

RELEASE = {"url": f"s3://models/approved/{'a' * 64}/model.tar.gz", "sha256": "a" * 64}


def test_what_is_not_set_has_a_default():
    settings = settings_of()
    assert isinstance(settings.serving, Serverless)
    assert settings.monthly_budget == 100
    assert settings.data.protect


def test_the_engine_s_strings_become_numbers_truths_and_mappings():
    settings = settings_of(monthlyBudget="250", data={"protect": False}, serving={"mode": "real-time", "instances": 10})
    assert settings.monthly_budget == 250
    assert settings.data.protect is False
    assert isinstance(settings.serving, RealTime)


@pytest.mark.parametrize(
    "written", ["2027-01-01", "2027-01-01 00:00:00 +0000 UTC", "2027-01-01T00:00:00Z", "2027-01-01 00:00:00+00:00"]
)
def test_a_day_that_yaml_takes_for_a_time_is_that_day(written: str):
    assert settings_of(expires=written).expires == "2027-01-01"


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        settings_of().monthly_budget = 5  # ty: ignore[invalid-assignment]


def test_every_problem_is_reported_at_once_with_key_value_file_and_what_was_expected():
    text = refusal(
        alertEmail="nobody",
        monthlyBuget=5,
        serving={"mode": "serverless", "memoryMb": 1500},
        data={"protect": "maybe"},
        rollout={"strategy": "linear", "percent": 5},
    )
    assert text.startswith("Pulumi.try.yaml has 5 problems:")
    assert f"{PROJECT}:alertEmail is 'nobody', expected the e-mail address" in text
    assert f"{PROJECT}:monthlyBuget is not a setting; did you mean monthlyBudget?" in text
    assert (
        f"{PROJECT}:serving.memoryMb is 1500, expected 1024, 2048, 3072, 4096, 5120 or 6144: memory of a serverless"
        in text
    )
    assert f"{PROJECT}:data.protect is 'maybe', expected true" in text
    assert f"{PROJECT}:rollout.percent is 5, expected 10 to 50 for a linear step" in text


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"serving": {"memoryMb": 2048}}, "serving.mode is missing, expected serverless, real-time, async or lambda"),
        ({"serving": {"mode": "edge"}}, "serving.mode is 'edge', expected serverless, real-time, async or lambda"),
        ({"serving": "serverless"}, "serving is 'serverless', expected a mapping of keys"),
        ({"serving": {"mode": "serverless", "instances": 2}}, "serving.instances is not a setting"),
        ({"serving": {"mode": "serverless", "maxConcurency": 2}}, "did you mean maxConcurrency?"),
        ({"serving": {"mode": "serverless", "maxConcurrency": 201}}, "maxConcurrency is 201, expected"),
        ({"tracking": {"mode": "url"}}, "tracking.url is missing, expected the https:// address"),
        ({"tracking": {"mode": "url", "url": "https://me:pw@host"}}, "without user or password"),
        ({"image": {"digest": "latest"}}, "image.digest is 'latest', expected the digest of an image"),
        ({"image": {"tag": "latest"}}, "image.tag is not a setting; expected digest"),
        ({"training": {"maxHours": 25}}, "training.maxHours is 25, expected 1 to 24: hours after which a training"),
        ({"training": {"schedule": "daily"}}, "training.schedule is 'daily', expected an EventBridge schedule"),
        ({"training": {"schedule": "cron(77 3 ? * MON *)"}}, "('77' as minutes, expected 0 to 59)"),
        ({"model": {"url": RELEASE["url"]}}, "model.sha256 is missing, expected the bundle's sha256"),
        (
            {"model": {**RELEASE, "sha256": "b" * 64}},
            f"expected s3://<models bucket>/approved/{'b' * 64}/model.tar.gz, which",
        ),
        ({"challenger": RELEASE}, "challenger is set, but rollout.strategy is not set: expected shadow or a-b"),
        ({"challenger": RELEASE, "rollout": {"strategy": "canary"}}, "is set, but rollout.strategy is 'canary'"),
        (
            {"monitor": {"cooldownDays": 100}},
            "monitor.scheduleDays is 90, expected at least monitor.cooldownDays (100)",
        ),
        ({"region": "eu-west-1"}, "region is not a setting; did you mean aws:region?"),
        ({"project": "x"}, "project is not a setting"),
        ({"permissionsBoundary": "x"}, f"permissionsBoundary is 'x', expected {PROJECT}-try-boundary, as `make bootst"),
        ({"expires": "soon"}, "expires is 'soon', expected the date from which nobody needs the environment"),
        ({"expires": "2027-02-30"}, "expires is '2027-02-30', expected a day of the calendar, or never"),
        ({"expires": "2027-01-01 05:00:00 +0000 UTC"}, "expires is '2027-01-01 05:00:00 +0000 UTC', expected the date"),
        ({"monthlyBudget": 0}, "monthlyBudget is '0', expected 1 to 9999999: a whole number of US dollars"),
        ({"monthlyBudget": 10_000_000}, "monthlyBudget is '10000000', expected 1 to 9999999: a whole number"),
        ({"batch": {"days": True}}, "batch.days is true (a boolean), expected 1 to 3650: the latest closed days"),
        ({"rollout": {"percent": True}}, "rollout.percent is true (a boolean), expected 1 to 99: the percentage"),
        ({"monitor": {"inputShift": True}}, "monitor.inputShift is true (a boolean), expected the share of rows"),
        ({"rollout": {"strategy": None}}, "rollout.strategy is null, expected all-at-once, canary"),
        ({"training": {"instance": "ml.m5.huge"}}, "training.instance is 'ml.m5.huge', expected a type that SageMaker"),
        # SageMaker has it for endpoints alone.
        (
            {"training": {"instance": "ml.c5.large"}},
            "for processing jobs and training jobs (did you mean ml.c5.x",
        ),
        ({"batch": {"instance": "ml.c5.large"}}, "a type that SageMaker has for processing jobs (did you mean ml.c5"),
        (
            {"serving": {"mode": "real-time", "instance": "ml.t3.medium"}},
            "a type that SageMaker has for endpoints",
        ),
    ],
)
def test_a_bad_setting_names_itself_and_what_was_expected(config, expected):
    text = refusal(**config)
    assert expected in text
    assert "Pulumi.try.yaml has 1 problem:" in text


@pytest.mark.parametrize(
    ("rollout", "serving", "expected"),
    [
        ({"strategy": "canary", "percent": 10}, {"instances": 2}, "2 instance(s) give 50 % of the traffic"),
        ({"strategy": "canary", "percent": 10}, {"instances": 2}, "traffic; expected 50, or serving.instances: 10"),
        ({"strategy": "canary"}, {"instances": 1}, "rollout.strategy is 'canary', but 1 instance has no share to give"),
        ({"strategy": "linear"}, {"instances": 1}, "expected all-at-once or blue-green, or serving.instances: 2"),
        ({"percent": 20}, {"instances": 2}, "rollout.percent is 20, but 2 instance(s) give 50 % of the traffic"),
        ({"strategy": "canary", "percent": 10}, {"instances": 4}, "expected 25 or 50, or serving.instances: 10"),
        ({"strategy": "canary", "percent": 1}, {"instances": 14}, "expected 7, 14, 21, 28, 35 or 42 ..., or serving"),
        ({"strategy": "canary", "percent": 200}, {"instances": 2}, "percent is 200, expected 1 to 99: the percentage"),
        ({"strategy": "canary", "percent": 0}, {"instances": 2}, "percent is 0, expected 1 to 99: the percentage"),
        ({"strategy": "canary", "percent": 50}, {"instances": 1}, "give 100 % of the traffic; expected strategy"),
        ({"strategy": "canary", "percent": 60}, {"instances": 10}, "expected 1 to 50 for a canary"),
        ({"strategy": "linear", "percent": 10, "bakeMinutes": 60}, {"instances": 10}, "660 minutes in 11 bakes"),
        ({"strategy": "shadow", "percent": 10}, {"instances": 2}, "expected none: shadow has no share"),
        ({"strategy": "linear", "percent": 9}, {"instances": 100}, "is 9, expected 10 to 50 for a linear step"),
        ({"strategy": "rolling", "percent": 4}, {"instances": 100}, "is 4, expected 5 to 50 for a rolling batch"),
        ({"strategy": "rolling", "percent": 51}, {"instances": 100}, "is 51, expected 5 to 50 for a rolling batch"),
        ({"strategy": "rolling", "percent": 10}, {"instances": 2}, "2 instance(s) give 50 % of the traffic"),
        ({"strategy": "rolling", "percent": 50}, {"instances": 1}, "1 instance(s) give 100 % of the traffic"),
        ({"strategy": "rolling", "percent": 5, "bakeMinutes": 10}, {"instances": 20}, "200 minutes in 20 bakes"),
        ({"strategy": "canary"}, {"instances": 10, "instance": "ml.inf1.xlarge"}, "on ml.inf1.xlarge"),
    ],
)  # fmt: skip
def test_a_rollout_that_sagemaker_cannot_do_is_refused_with_the_real_share(rollout, serving, expected):
    assert expected in refusal(rollout=rollout, serving={"mode": "real-time", **serving})


def test_a_canary_of_a_tenth_needs_ten_instances():
    settings = settings_of(
        rollout={"strategy": "canary", "percent": 10}, serving={"mode": "real-time", "instances": 10}
    )
    assert settings.rollout.share == 10


@pytest.mark.parametrize("strategy", ["shadow", "a-b"])
def test_two_variants_are_refused_where_the_endpoint_has_one(strategy):
    assert "a serverless endpoint has one variant" in refusal(rollout={"strategy": strategy})
    serving = {"mode": "async", "instances": 10}
    assert "an asynchronous endpoint has one variant" in refusal(rollout={"strategy": strategy}, serving=serving)


def test_a_serverless_endpoint_has_nothing_to_replace_in_batches():
    assert "has no instances to replace in batches" in refusal(rollout={"strategy": "rolling"})


@pytest.mark.parametrize("mode", ["real-time", "async"])
def test_one_instance_is_refused_in_prod_alone(mode):
    config = {"serving": {"mode": mode, "instances": 1}, "rollout": {"strategy": "all-at-once"}}
    with pytest.raises(SettingsError, match=r"serving\.instances is 1, expected at least 2 in prod: one"):
        settings_of("prod", **config)
    assert settings_of("staging", **config).serving.mode == mode


def test_a_rule_over_two_keys_is_silent_about_a_key_that_is_wrong_itself():
    text = refusal(rollout={"strategy": "canary", "percent": "much"}, serving={"mode": "real-time", "instances": 2})
    assert text.count("rollout.percent") == 1


def test_a_missing_region_and_a_mistyped_one_name_the_provider_s_key():
    for region, expected in ((None, "aws:region is missing"), ("eu-wset-1", "did you mean eu-west-1?")):
        values = {f"{PROJECT}:alertEmail": "a@example.com"} | ({"aws:region": region} if region else {})
        with pytest.raises(SettingsError, match=expected.replace("?", r"\?")) as refused:
            parse(values, project=PROJECT, environment="try")
        assert "tracking" not in str(refused.value)


def test_a_setting_under_another_project_s_name_is_pointed_out():
    values = {"aws:region": "eu-west-1", f"{PROJECT}:alertEmail": "a@example.com", "mlop-demo:serving": "{}"}
    with pytest.raises(SettingsError, match=f"mlop-demo:serving is not read, expected {PROJECT}:serving"):
        parse(values, project=PROJECT, environment="try")


@pytest.mark.parametrize("name", ["Demo", "1st", "a" * 25, "a--b", "demo_x", "démo"])
def test_a_name_that_aws_would_refuse_is_refused(name):
    values = {"aws:region": "eu-west-1", f"{name}:alertEmail": "a@example.com"}
    with pytest.raises(SettingsError, match=r"^Pulumi\.yaml: name is '.+', expected a name of .+$"):
        parse(values, project=name, environment="try")
    with pytest.raises(SettingsError, match="the stack's name is"):
        parse({**values, f"{PROJECT}:alertEmail": "a@example.com"}, project=PROJECT, environment=name)


KEPT = (elasticloadbalancing.RESERVED_START, ec2.RESERVED_START, *s3.RESERVED_STARTS)


@pytest.mark.parametrize(
    "name",
    [
        *(start.removesuffix("-") for start in KEPT),
        *(f"{start}flights" for start in KEPT),
        *(f"flights{end}" for end in s3.RESERVED_ENDS),
    ],
)
def test_a_name_that_aws_keeps_for_itself_is_no_project_s(name):
    assert not names.is_project(name)


@pytest.mark.parametrize("name", ["internals", "sgd", "sthrees-flights", "flights-internal", "flights-sg", "s3alias"])
def test_a_name_that_only_looks_like_one_of_those_is_taken(name):
    assert names.is_project(name)


def test_a_project_s_name_that_aws_keeps_for_itself_is_refused_with_what_it_keeps():
    values = {"aws:region": "eu-west-1", "sg-flights:alertEmail": "a@example.com"}
    said = "Pulumi.yaml: name is 'sg-flights', expected a name that AWS takes: no internal, sg, sthree or amzn-s3-demo"
    with pytest.raises(SettingsError, match=re.escape(said)):
        parse(values, project="sg-flights", environment="try")


@pytest.mark.parametrize("name", ["b-c", "a" * 11])
def test_an_environment_is_one_short_word_so_that_no_two_stacks_begin_their_names_alike(name):
    values = {"aws:region": "eu-west-1", f"{PROJECT}:alertEmail": "a@example.com"}
    expected = f"the stack's name is '{name}', expected one word of at most 10 lower-case letters and digits"
    with pytest.raises(SettingsError, match=expected):
        parse(values, project=PROJECT, environment=name)
    assert parse(values, project=PROJECT, environment="c2").prefix == f"{PROJECT}-c2"
