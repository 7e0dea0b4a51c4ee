"""What the account project has made before an environment's program is applied: the boundary of its roles."""

from pathlib import Path

from infra import stackfiles
from infra.account import bounding
from infra.account.scope import Scope
from infra.documents import written
from infra.names import DELIVERY_PATH
from infra.rehearsal.aws import Aws


def prepare(root: Path, env: str, aws: Aws) -> None:
    """Makes the policy that the environment's settings name as its roles' boundary, if they name one.

    Raises SettingsError.
    """
    stack = stackfiles.read(root, env)
    if f"{stack.project}:permissionsBoundary" not in stack.config:
        return
    settings = stackfiles.settings(root, env)
    if (name := settings.permissions_boundary) is None:
        return
    scope = Scope(
        account=aws.account,
        region=settings.region,
        project=settings.project,
        environment=settings.environment,
        # A boundary says nothing of the state.
        state_bucket="",
        state_key="",
        unprotected=not settings.data.protect,
    )
    policy = written(bounding.statements(scope))
    aws.call("iam", "CreatePolicy", PolicyName=name, Path=DELIVERY_PATH, PolicyDocument=policy)
