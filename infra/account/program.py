"""The account's stack: GitHub's OIDC provider, and for each environment its boundary and delivery roles."""

from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra import names, stackfiles, tags
from infra.account import settings
from infra.account.delivery import Delivery, DeliveryArgs
from infra.account.provider import GitHubProvider
from infra.account.scope import Scope
from infra.account.trust import Repository


def make(root: Path) -> None:
    """Makes the stack for the project in a folder. Raises SettingsError."""
    account_settings = settings.from_pulumi(root)
    environments = [stackfiles.settings(root, name) for name in account_settings.environments]
    last = environments[-1]
    tags.apply(tags.of(last.model_copy(update={"environment": names.ACCOUNT})))
    name = f"{last.project}-{names.ACCOUNT}"

    account = aws.get_caller_identity_output().account_id
    provider = GitHubProvider(f"{name}-github", account=account, adopt=account_settings.provider == "adopt")
    pulumi.export("environments", account_settings.environments)
    pulumi.export("provider", provider.arn)
    if account_settings.missing:
        return
    repository = Repository(
        name=account_settings.repository or "",
        owner_id=account_settings.owner_id or "",
        repository_id=account_settings.repository_id or "",
    )
    made = {
        environment.environment: Delivery(
            f"{name}-{environment.environment}",
            DeliveryArgs(
                scope=Scope(
                    account="0" * 12,
                    region=environment.region,
                    project=environment.project,
                    environment=environment.environment,
                    state_bucket=account_settings.state_bucket or "",
                    state_key=account_settings.state_key or "",
                    unprotected=not environment.data.protect,
                ),
                account=account,
                repository=repository,
                provider_arn=provider.arn,
            ),
        )
        for environment in environments
    }
    pulumi.export("boundaries", {env: delivery.boundary for env, delivery in made.items()})
    pulumi.export("roles", {env: delivery.roles for env, delivery in made.items()})
