import json

import pytest

from infra import stackfiles
from infra.account import settings as account
from infra.offline import run
from infra.parsing import SettingsError

HOSTILE = {
    "a list": ("- a\n- b\n", "holds a list, expected a mapping"),
    "nothing": ("", "is empty, expected a mapping"),
    "a word": ("config\n", "holds no keys, expected a mapping"),
    "a key twice": (
        "config:\n  aws:region: a\n  aws:region: b\n",
        "line 3 is not YAML that Pulumi reads: the key 'aws:region'",
    ),
    "a tab": ("config:\n\taws:region: eu-west-1\n", "line 2 is not YAML that Pulumi reads"),
    "an open bracket": ("config: [1, 2\n", "is not YAML that Pulumi reads"),
    "a tag": ("config: !!python/object/apply:os.system [id]\n", "line 1 is not YAML that Pulumi reads"),
    "an unknown alias": ("config: *nobody\n", "line 1 is not YAML that Pulumi reads"),
    "a control character": ("config: \x01\n", "is not YAML that Pulumi reads"),
    "a config that is a string": ("config: none\n", "config is 'none', expected a mapping"),
    "a key that is a number": ("config:\n  5: x\n", "the key 5 is not a string"),
    "a key that is a list": ("config:\n  ? [1, 2]\n  : x\n", "is not YAML that Pulumi reads"),
    "a date that is none": ("config:\n  aws:region: 2026-99-99\n", "is not YAML that Pulumi reads"),
    "a number without end": ("config:\n  aws:region: " + "9" * 5000, "is not YAML that Pulumi reads"),
    "a key misspelt": (
        "confg:\n  aws:region: eu-west-1\n",
        "does not read the key 'confg'; did you mean config? expected",
    ),
    "a setting beside config": (
        "config:\naws:region: eu-west-1\n",
        "'aws:region'; settings stand under config; expected",
    ),
    "a key of no meaning": (
        "config:\n5: x\n",
        "does not read the key 5; expected config, encryptedkey, encryptionsalt,",
    ),
    "deep nesting": ("config: " + "[" * 700, "is not YAML that Pulumi reads"),
}


def test_environments_are_found_by_their_files(shipped):
    assert stackfiles.environments(shipped) == ["dev", "prod"]


def test_an_unknown_environment_lists_those_that_exist(project):
    with pytest.raises(SettingsError, match="no environment 'prod': expected try "):
        run(project(), "prod")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_no_configuration_gives_one_clear_sentence(project, name):
    text, expected = HOSTILE[name]
    with pytest.raises(SettingsError) as caught:
        run(project(text), "try")
    assert str(caught.value).startswith("Pulumi.try.yaml")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_give_one_clear_sentence(project):
    root = project()
    (root / "Pulumi.try.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"Pulumi\.try\.yaml is not YAML that Pulumi reads"):
        run(root, "try")


def test_a_secret_is_refused_and_its_value_not_repeated(project):
    for value in ({"secure": "v1:abcdef"}, {"mode": {"secure": "v1:abcdef"}}):
        with pytest.raises(SettingsError, match="serving is a secret, expected a plain value") as caught:
            run(project({"serving": value}), "try")
        assert "abcdef" not in str(caught.value)


def test_defaults_in_the_project_file_count_and_the_stack_s_own_values_win(project):
    root = project({"owner": "mine"})
    (root / "Pulumi.yaml").write_text(
        "name: mlops-demo\nruntime: python\nconfig:\n  owner: {default: theirs}\n  costCenter: {value: '42'}\n"
    )
    stack = stackfiles.read(root, "try")
    assert stack.config["mlops-demo:owner"] == "mine"
    assert stack.config["mlops-demo:costCenter"] == "42"


def test_a_day_without_quotes_is_that_day(project):
    root = project()
    with (root / "Pulumi.try.yaml").open("a") as file:
        file.write("  mlops-demo:expires: 2027-01-01\n")
    assert stackfiles.settings(root, "try").expires == "2027-01-01"


def test_a_time_without_quotes_is_that_text_as_pulumi_reads_it(project):
    root = project()
    with (root / "Pulumi.try.yaml").open("a") as file:
        file.write("  mlops-demo:scaling: {min: 1, max: 2}\n  mlops-demo:owner: 1:30:00.5\n")
        file.write("  mlops-demo:offHours: {begin: 20:00, end: 06:30}\n  mlops-demo:monthlyBudget: 100\n")
    config = stackfiles.read(root, "try").config
    assert json.loads(config["mlops-demo:offHours"]) == {"begin": "20:00", "end": "06:30"}
    assert (config["mlops-demo:owner"], config["mlops-demo:monthlyBudget"]) == ("1:30:00.5", "100")


def test_what_pulumi_itself_writes_beside_the_settings_is_passed_over(project):
    root = project()
    with (root / "Pulumi.try.yaml").open("a") as file:
        file.write("secretsprovider: awskms://a\nencryptedkey: b\nencryptionsalt: c\nenvironment: [d]\n")
    assert stackfiles.settings(root, "try").region == "eu-west-1"


def test_no_stack_file_means_no_environment(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: x")
    with pytest.raises(SettingsError, match="expected none yet "):
        stackfiles.read(tmp_path, "dev")


@pytest.mark.parametrize("name", ["dév", "../dev", "account", "a-b", "Staging"])
def test_a_name_that_no_environment_can_have_comes_without_the_advice_to_add_it(shipped, name):
    with pytest.raises(SettingsError) as refused:
        stackfiles.read(shipped, name)
    assert str(refused.value) == f"there is no environment {name!r}: expected dev or prod"
    with pytest.raises(SettingsError, match=r"\(`make env NAME=staging` adds one\)$"):
        stackfiles.read(shipped, "staging")


def test_no_environment_at_all_is_said_in_a_sentence(shipped):
    with pytest.raises(SettingsError, match=r"^no environment is given: expected dev or prod, such as ENV=dev$"):
        stackfiles.read(shipped, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("runtime: python\n", "Pulumi.yaml: name is missing, expected the project's name"),
        ("name: 5\n", "Pulumi.yaml: name is 5, expected the project's name"),
        ("name: Some Thing\n", "Pulumi.yaml: name is 'Some Thing', expected a name of at most 24 lower-case letters"),
    ],
)
def test_a_project_without_a_usable_name_is_one_sentence_about_that_file(project, text, expected):
    root = project()
    (root / "Pulumi.yaml").write_text(text)
    with pytest.raises(SettingsError) as refused:
        stackfiles.settings(root, "try")
    assert str(refused.value).startswith(expected)
    assert "\n" not in str(refused.value)


def test_the_account_s_file_is_named_with_its_folder(tmp_path):
    folder = tmp_path / account.FOLDER
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: mlops-account\n")
    (folder / "Pulumi.account.yaml").write_text("config: [\n")
    with pytest.raises(SettingsError, match=r"^infra/account/Pulumi\.account\.yaml line 2 is not YAML"):
        account.read(tmp_path)
