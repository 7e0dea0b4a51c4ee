"""What a bootstrap writes into files: its own keys, and nothing else that is there."""

from pathlib import Path

import pytest
import yaml

from infra.account import files
from infra.account.errors import BootstrapError

TEXT = """# A remark that stays.
config:
  # Another.
  aws:region: eu-west-1   # beside
  mlops-demo:data:
    protect: false
"""


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    path = tmp_path / "Pulumi.dev.yaml"
    path.write_text(TEXT)
    return path


def test_keys_are_added_and_everything_else_stays(stack: Path):
    files.set_config(stack, {"mlops-demo:permissionsBoundary": "a-boundary", "mlops-account:ownerId": "123456"})
    files.set_secrets_provider(stack, "awskms://alias/a?region=eu-west-1")
    files.bind(stack, "012345678901")
    read = yaml.safe_load(stack.read_text())
    assert read["config"].pop("mlops-demo:permissionsBoundary") == "a-boundary"
    # Digits stay a text: an account's number may begin with 0.
    assert read["config"].pop("mlops-account:ownerId") == "123456"
    assert read["config"].pop("aws:allowedAccountIds") == ["012345678901"]
    assert read.pop("secretsprovider") == "awskms://alias/a?region=eu-west-1"
    assert read == yaml.safe_load(TEXT)
    assert set(TEXT.splitlines()) <= set(stack.read_text().splitlines())


def test_what_is_written_already_changes_nothing(stack: Path):
    for _ in range(2):
        files.set_config(stack, {"aws:region": "eu-west-1", "mlops-demo:permissionsBoundary": "b"})
        files.set_secrets_provider(stack, "awskms://alias/a")
        files.bind(stack, "123456789012")
        text = stack.read_text()
    files.bind(stack, "123456789012")
    assert stack.read_text() == text
    assert text.count("permissionsBoundary") == 1


def test_another_value_is_put_in_place(stack: Path):
    files.set_config(stack, {"aws:region": "us-east-1"})
    assert yaml.safe_load(stack.read_text())["config"]["aws:region"] == "us-east-1"
    assert stack.read_text().count("aws:region") == 1


@pytest.mark.parametrize("text", ["", "config: {}\n", "config: {aws:region: eu-west-1}\n", "other: 1\n"])
def test_a_file_of_another_shape_is_left_as_it_is(stack: Path, text: str):
    stack.write_text(text)
    with pytest.raises(BootstrapError, match=r"Pulumi.dev.yaml: expected `config:` on a line of its own"):
        files.set_config(stack, {"mlops-demo:permissionsBoundary": "b"})
    assert stack.read_text() == text


def test_a_key_and_a_place_of_another_s_are_refused(stack: Path):
    files.set_secrets_provider(stack, "awskms://alias/a")
    with pytest.raises(BootstrapError, match="has secretsprovider awskms://alias/a, expected awskms://alias/b"):
        files.set_secrets_provider(stack, "awskms://alias/b")
    files.set_backend(stack, "s3://a")
    files.check_backend(stack, "s3://a")
    with pytest.raises(BootstrapError, match="keeps state in s3://a, expected s3://b"):
        files.check_backend(stack, "s3://b")


def test_a_file_that_is_no_yaml_is_named(stack: Path):
    stack.write_text("a: [")
    with pytest.raises(BootstrapError, match=r"Pulumi.dev.yaml cannot be read"):
        files.check_account(stack, "1")
