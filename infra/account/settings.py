"""The account's settings: which repository delivers which environments, and where their state is."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from infra import limits, names, stackfiles
from infra.parsing import SettingsError, of_project
from infra.settings import Section

SPACE = "mlops-account"
"""The account project's name, before each of its keys."""
FOLDER = "infra/account"
FILE = f"{FOLDER}/{names.settings_file(names.ACCOUNT)}"
REPOSITORY = r"^[\w.-]+/[\w.-]+$"
ID = r"^[1-9]\d{0,19}$"


class AccountSettings(Section):
    """What `make bootstrap` found out, and what a person decides."""

    environments: list[str] = Field(min_length=1)
    """the environments in the order in which a release passes through them"""
    repository: str | None = Field(None, pattern=REPOSITORY)
    """the GitHub repository that delivers, as owner/name"""
    owner_id: str | None = Field(None, pattern=ID)
    """the number of the repository's owner, as `gh api repos/<owner>/<name>` gives it"""
    repository_id: str | None = Field(None, pattern=ID)
    """the number of the repository, as `gh api repos/<owner>/<name>` gives it"""
    provider: Literal["make", "adopt"] = "make"
    """make, or adopt where the account has GitHub's OIDC provider from somebody else"""
    state_bucket: str | None = Field(None, pattern=r"^[a-z0-9-]{3,63}$")
    """the bucket that holds Pulumi's state"""
    state_key: str | None = Field(None, pattern=r"^arn:aws:kms:[a-z0-9-]+:\d{12}:key/[a-z0-9-]+$")
    """the ARN of the key that encrypts Pulumi's state"""

    @property
    def missing(self) -> list[str]:
        """The settings without which nobody can deliver."""
        needed = ("repository", "ownerId", "repositoryId", "stateBucket", "stateKey")
        return [key for key in needed if self.model_dump(by_alias=True)[key] is None]


def read(root: Path) -> AccountSettings:
    """The account's settings as its file has them. Raises SettingsError."""
    return parse(root, stackfiles.read(root / FOLDER, names.ACCOUNT).config)


def from_pulumi(root: Path) -> AccountSettings:
    """The settings of the account's stack, which Pulumi is running. Raises SettingsError."""
    from pulumi.runtime import config

    return parse(root, {**config.get_config_env(), **config.CONFIG.get()})


def parse(root: Path, values: dict[str, Any]) -> AccountSettings:
    """The settings among a stack's configuration. Raises SettingsError with every problem."""
    own = of_project(values, SPACE)
    try:
        settings = AccountSettings.model_validate(own)
    except ValidationError as error:
        raise SettingsError(_report(error)) from None
    there = stackfiles.environments(root)
    listed = settings.environments
    if sorted(listed) != sorted(there):
        raise SettingsError(
            f"{FILE}: {SPACE}:environments is {', '.join(listed)}, expected each of {limits.one_of(there)} once, "
            "in the order in which a release passes through them"
        )
    return settings


def _report(error: ValidationError) -> str:
    lines = []
    for details in error.errors():
        key = ".".join(map(str, details["loc"]))
        fields = {field.alias: field for field in AccountSettings.model_fields.values()}
        field = fields.get(str(details["loc"][0]))
        known = ", ".join(str(alias) for alias in fields)
        expected = field.description if field else f"one of {known}"
        value = "missing" if details["type"] == "missing" else repr(details["input"])
        lines.append(f"{FILE}: {SPACE}:{key} is {value}, expected {expected}")
    return "\n".join(lines)


def notes(settings: AccountSettings) -> list[str]:
    """What a reader of the account's plan should know."""
    remarks = [f"a release passes through {' -> '.join(settings.environments)}."]
    if settings.missing:
        one = len(settings.missing) == 1
        remarks.append(
            f"the delivery roles are not made: {', '.join(settings.missing)} of {FILE} "
            f"{'is' if one else 'are'} not set. `make bootstrap` fills {'it' if one else 'them'} in."
        )
    if settings.provider == "adopt":
        remarks.append("GitHub's OIDC provider was there before: it is looked up, and stays as it is.")
    return remarks
