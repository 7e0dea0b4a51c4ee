"""`make bootstrap`: an AWS account made ready for the project's environments, once.

First the bucket and the key of Pulumi's state, by API calls; then the account's own stack, and a stack for each
environment, by Pulumi's CLI. It can be run again at any time: what is there is left as it is.
"""

import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from infra import names, session, stackfiles, tags
from infra.account import backend, files, github, neighbours, settings, stacks
from infra.account.backend import Backend, Clients
from infra.account.errors import BootstrapError
from infra.account.scope import boundary_name
from infra.account.stacks import Pulumi
from infra.account.trust import AUDIENCE, ISSUER, Repository

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What a bootstrap reaches the world by."""

    clients: Clients
    gh: github.Run
    pulumi: Callable[[Pulumi], None] | None
    """Runs a command of Pulumi's CLI; None where it is not installed."""
    say: Say


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is there before anything is made."""

    project: str
    environments: list[str]
    state: Backend
    provider: str
    """make or adopt."""
    repository: Repository | None


def tools(root: Path, say: Say) -> Tools:
    """This machine's: the credentials and CLIs that are installed. Raises SettingsError."""
    environments = settings.read(root).environments
    for name in environments:
        stackfiles.settings(root, name)
    config = stackfiles.read(root, environments[-1]).config
    connection = session.connection_of({**config, "aws:region": region(root)})
    found = shutil.which("pulumi")
    return Tools(
        clients=cache(partial(session.client, connection=connection)),
        gh=_gh,
        pulumi=partial(stacks.run, root=root) if found else None,
        say=say,
    )


def region(root: Path) -> str:
    """Where the state is, or will be: beside the last environment, and there it stays. Raises SettingsError."""
    own = stackfiles.read(root / settings.FOLDER, names.ACCOUNT).config.get("aws:region")
    return own or stackfiles.read(root, settings.read(root).environments[-1]).region


def _gh(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout  # noqa: S603


def look(root: Path, tools: Tools, given: Repository | str) -> Known:
    """Looks at the account, the project and the repository, and changes nothing.

    Args:
        given: the repository with its numbers, or the name to ask GitHub for.

    Raises BootstrapError, SettingsError, and botocore's errors.
    """
    own = settings.read(root)
    stack = stackfiles.read(root, own.environments[-1])
    account = tools.clients("sts").get_caller_identity()["Account"]
    for name in own.environments:
        files.check_account(root / names.settings_file(name), account)
    neighbours.check(stack.project, own.environments, tools.clients("iam"))
    state = backend.find(stack.project, account, region(root), tools.clients)
    files.check_backend(root / "Pulumi.yaml", state.url if state.bucket else "")
    return Known(
        project=stack.project,
        environments=own.environments,
        state=state,
        provider=_provider(state, tools),
        repository=_repository(root, own, given, tools),
    )


def _provider(state: Backend, tools: Tools) -> str:
    """Whether GitHub's OIDC provider is the account stack's. Raises BootstrapError where it is not for AWS."""
    iam = tools.clients("iam")
    listed = [entry["Arn"] for entry in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    found = [arn for arn in listed if arn.endswith(f":oidc-provider/{ISSUER}")]
    if not found:
        return "make"
    known = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=found[0])
    if AUDIENCE not in known["ClientIDList"]:
        raise BootstrapError(
            f"{found[0]} is for {', '.join(known['ClientIDList']) or 'nobody'}, expected {AUDIENCE} among them: "
            f"`aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn {found[0]} "
            f"--client-id {AUDIENCE}`"
        )
    mine = {"Key": tags.STACK, "Value": f"{state.project}-{names.ACCOUNT}"}
    # It stays when the stack goes: a new stack that does not know it would make it again.
    ours = mine in known.get("Tags", ()) and stacks.ACCOUNT.made(found[0], state, tools.clients("s3"))
    return "make" if ours else "adopt"


def _repository(root: Path, own: settings.AccountSettings, given: Repository | str, tools: Tools) -> Repository | None:
    """The repository that delivers, from what was given, from the settings, or from GitHub."""
    if isinstance(given, Repository):
        found = given
    elif own.repository and own.owner_id and own.repository_id and given in ("", own.repository):
        found = Repository(name=own.repository, owner_id=own.owner_id, repository_id=own.repository_id)
    elif name := given or own.repository or github.named(root):
        asked = github.look_up(name, tools.gh)
        if isinstance(asked, str):
            tools.say(f"note: {asked}, so nobody can deliver yet: give REPOSITORY, owner's and repository's numbers")
            return None
        found = asked
    else:
        tools.say("note: no repository is named, so nobody can deliver yet: --repository owner/name")
        return None
    for warning in github.warnings(found, tools.gh):
        tools.say(f"note: {warning}")
    return found


def intentions(known: Known, tools: Tools) -> Iterator[str]:
    """What would be made or changed, a line each."""
    state = known.state
    there = "is there" if state.bucket else "will be made"
    yield f"account {state.account}, region {state.region}, project {known.project}"
    yield f"key {backend.alias(known.project)}: {'is there' if state.key else 'will be made'}"
    yield f"bucket {state.bucket or f'{known.project}-state-<random>'}: {there}, its settings are put"
    provider = {
        "make": "is the account stack's",
        "adopt": "is not the account stack's: it is looked up and left as it is",
    }
    yield f"GitHub's OIDC provider {provider[known.provider]}"
    repository = known.repository
    yield f"delivery roles for {repository.name if repository else 'nobody: the repository is not known'}"
    s3 = tools.clients("s3")
    for stack in [stacks.ACCOUNT, *(stacks.environment(known.project, name) for name in known.environments)]:
        has = "has state" if stack.has_state(state, s3) else "will be made"
        yield f"stack {stack.name} of {stack.project}: {has if tools.pulumi else f'{has}, by you (no Pulumi CLI here)'}"
    yield "settings are written into Pulumi.yaml, the environments' files and infra/account/: you commit them"


def make(root: Path, known: Known, tools: Tools) -> list[Pulumi]:
    """Makes what is missing, and returns the commands of Pulumi's CLI that are left to a person.

    Raises BootstrapError and botocore's errors; it can be run again after either.
    """
    state = backend.make(known.state, tools.clients)
    tools.say(f"state: {state.url}")
    _write(root, known, state)
    s3, iam = tools.clients("s3"), tools.clients("iam")
    own = [stacks.environment(known.project, name) for name in known.environments]
    if tools.pulumi:
        for command in stacks.remaining(state, own, s3, account_is_up=False):
            tools.say(f"$ {shlex.join(command)}")
            tools.pulumi(command)
    bounded = [name for name in known.environments if _has_boundary(iam, known, state, name)]
    for name in bounded:
        key = f"{known.project}:permissionsBoundary"
        files.set_config(root / names.settings_file(name), {key: boundary_name(f"{known.project}-{name}")})
    is_up = bool(bounded) or (stacks.ACCOUNT.has_state(state, s3) and known.repository is None)
    return list(stacks.remaining(state, own, s3, account_is_up=is_up))


def _write(root: Path, known: Known, state: Backend) -> None:
    """The settings that the stacks need before they are made."""
    for folder in ("", settings.FOLDER):
        files.set_backend(root / folder / "Pulumi.yaml", state.url)
    files.set_secrets_provider(root / settings.FILE, state.secrets_provider)
    values = {"provider": known.provider, "stateBucket": state.bucket, "stateKey": state.key}
    if (repository := known.repository) is not None:
        values |= {
            "repository": repository.name,
            "ownerId": repository.owner_id,
            "repositoryId": repository.repository_id,
        }
    files.set_config(
        root / settings.FILE,
        {"aws:region": state.region, **{f"{settings.SPACE}:{key}": value for key, value in values.items()}},
    )
    for path in [root / settings.FILE, *(root / names.settings_file(name) for name in known.environments)]:
        files.bind(path, state.account)
    for name in known.environments:
        files.set_secrets_provider(root / names.settings_file(name), state.secrets_provider)


def _has_boundary(iam: Any, known: Known, state: Backend, environment: str) -> bool:
    name = boundary_name(f"{known.project}-{environment}")
    arn = f"arn:aws:iam::{state.account}:policy{names.DELIVERY_PATH}{name}"
    try:
        iam.get_policy(PolicyArn=arn)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def to_commit(known: Known) -> list[str]:
    """The lines that bring what was written to everybody else."""
    written = ["Pulumi.yaml", *map(names.settings_file, known.environments)]
    written += [f"{settings.FOLDER}/Pulumi.yaml", settings.FILE]
    return [shlex.join(["git", "add", *written]), shlex.join(["git", "commit", "-m", "Keep state in the account"])]
