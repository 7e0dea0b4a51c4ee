"""Answers are taken as they are or refused with a sentence; nothing in between."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from cookiecutter.exceptions import CookiecutterException
from hypothesis import given, settings
from hypothesis.strategies import characters, text

from infra.names import PROJECT_LIMIT

DEFAULTS = {
    "project_name": "MLOps demo",
    "description": "An ML project and the AWS infrastructure that trains, serves and watches its model.",
}

REFUSED = {
    "empty name": {"project_name": "", "project_slug": "fine"},
    "blank name": {"project_name": "   ", "project_slug": "fine"},
    "name of two lines": {"project_name": "two\nlines"},
    "name of 61 letters": {"project_name": "x" * 61},
    "capital slug": {"project_slug": "Flights"},
    "slug of a letter too many": {"project_slug": "x" * (PROJECT_LIMIT + 1)},
    "slug of 200 letters": {"project_slug": "x" * 200},
    "slug that starts with a digit": {"project_slug": "2flights"},
    "slug with a space": {"project_slug": "late flights"},
    "slug with an underscore": {"project_slug": "late_flights"},
    "slug with a quote": {"project_slug": "late'flights"},
    "slug that leaves the folder": {"project_slug": "../flights"},
    "slug that is a path": {"project_slug": "late/flights"},
    "slug that ends with a newline": {"project_slug": "flights\n"},
    "slug with two hyphens": {"project_slug": "late--flights"},
    "slug that YAML reads as nothing": {"project_slug": "null"},
    "slug that is a provider's name": {"project_slug": "aws"},
    "slug in another script": {"project_slug": "航班"},
    "slug that no load balancer may begin with": {"project_slug": "internal"},
    "slug that no security group may begin with": {"project_slug": "sg-flights"},
    "slug that no bucket may begin with": {"project_slug": "amzn-s3-demo-flights"},
    "slug that no bucket may end with": {"project_slug": "flights-s3alias"},
    "empty description": {"description": ""},
    "description of two lines": {"description": "one\ntwo"},
    "description with a bell": {"description": "ding \a"},
    "description that turns the text around": {"description": "abc \u202e def"},
    "description with a lone surrogate": {"description": "abc \ud800"},
    "description of 201 letters": {"description": "x" * 201},
    "repository without owner": {"github_repository": "flights"},
    "repository as URL": {"github_repository": "https://github.com/org/flights"},
    "repository that leaves": {"github_repository": "org/.."},
    "region of China": {"aws_region": "cn-north-1"},
    "zone for a region": {"aws_region": "eu-west-1a"},
    "address without domain": {"alert_email": "team"},
    "two addresses": {"alert_email": "a@example.com, b@example.com"},
    "budget in words": {"monthly_budget": "fifty"},
    "budget with a sign": {"monthly_budget": "$50"},
    "no budget": {"monthly_budget": "0"},
    "budget below nothing": {"monthly_budget": "-5"},
    "fraction of a dollar": {"monthly_budget": "49.99"},
}


def test_an_awkward_answer_arrives_as_it_was_given(awkward: tuple[dict[str, str], Path]):
    answers, project = awkward
    expected = DEFAULTS | answers

    pyproject = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    program = yaml.safe_load((project / "Pulumi.yaml").read_text())
    assert (pyproject["name"], pyproject["description"]) == (project.name, expected["description"])
    assert (program["name"], program["description"]) == (project.name, expected["description"])
    assert expected["project_name"] in (project / "README.md").read_text()
    assert project.name == answers.get("project_slug", project.name)
    for stack in ("dev", "prod"):
        config = yaml.safe_load((project / f"Pulumi.{stack}.yaml").read_text())["config"]
        assert all(isinstance(value, str | int | float | bool | dict | list) for value in config.values())
        assert {key.partition(":")[0] for key in config} == {"aws", project.name}


@pytest.mark.parametrize("answers", REFUSED.values(), ids=REFUSED)
def test_a_wrong_answer_is_refused_before_a_file_is_written(
    bake: Callable[..., Path], tmp_path: Path, capfd: pytest.CaptureFixture[str], answers: dict[str, str]
):
    folder = tmp_path / "in" / "here"
    folder.mkdir(parents=True)
    with pytest.raises(CookiecutterException):
        bake(folder, **answers)

    name, value = next(iter(answers.items()))
    said = capfd.readouterr().err
    assert f"{name} is {value!r}: expected " in said
    assert not [path for path in tmp_path.rglob("*") if not path.is_dir()]


@pytest.mark.slow
@given(description=text(characters(exclude_characters="{"), max_size=30))
@settings(max_examples=100, deadline=None)
def test_any_text_arrives_as_it_was_given_or_is_refused(bake: Callable[..., Path], description: str):
    with TemporaryDirectory() as folder:
        try:
            project = bake(Path(folder), description=description)
        except CookiecutterException:
            assert "}" in description or not description.isprintable() or not description
            assert not list(Path(folder).iterdir())
        else:
            assert tomllib.loads((project / "pyproject.toml").read_text())["project"]["description"] == description
            assert yaml.safe_load((project / "Pulumi.yaml").read_text())["description"] == description


def test_all_wrong_answers_are_named_at_once(
    bake: Callable[..., Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    with pytest.raises(CookiecutterException):
        bake(tmp_path, project_slug="X", aws_region="moon", monthly_budget="much", alert_email="team")

    said = capfd.readouterr().err
    sentences = [line for line in said.splitlines() if ": expected " in line]
    assert [line.split()[0] for line in sentences] == ["project_slug", "aws_region", "alert_email", "monthly_budget"]
    assert "in <module>" not in said, "the hook itself leaves no traceback"


def test_an_empty_slug_writes_nothing(bake: Callable[..., Path], tmp_path: Path):
    with pytest.raises(CookiecutterException, match="already exists"):
        bake(tmp_path, project_slug="")
    assert not list(tmp_path.iterdir())


def test_an_unknown_serving_target_is_refused(bake: Callable[..., Path], tmp_path: Path):
    with pytest.raises(ValueError, match=r"nope.*serving.*serverless"):
        bake(tmp_path, serving="nope")
    assert not list(tmp_path.iterdir())


def test_there_are_at_most_eight_questions_and_each_explains_itself(template: Path):
    text = json.loads((template / "cookiecutter.json").read_text())
    questions = [key for key in text if not key.startswith("_")]
    assert len(questions) <= 8
    assert list(text["__prompts__"]) == questions
    assert list(text["__prompts__"]["serving"])[1:] == text["serving"]
