"""What the promote role may do: read release records and make a version champion in MLflow, and nothing else."""

from infra.account.previewing import releases
from infra.account.scope import Right, Scope, Statement

CHAMPION = Right(service="sagemaker", actions="CallMlflowAppApi", on=("mlflow-app/*",), of_this_stack=True)
"""`python -m ml.cli promote`: one action covers the REST API of the managed MLflow app."""


def statements(scope: Scope) -> list[Statement]:
    return [CHAMPION.statement(scope), *releases(scope)]
