"""What a role may do with Pulumi's state of one environment.

Where the engine keeps it: github.com/pulumi/pulumi/blob/master/pkg/backend/diy/
"""

from infra.account.scope import Scope, Statement, allow

COMMON = ".pulumi/meta.yaml"
READ = (".pulumi/stacks/{project}/{environment}.*",)
KEPT = (
    ".pulumi/history/{project}/{environment}/*",
    ".pulumi/backups/{project}/{environment}/*",
    ".pulumi/locks/organization/{project}/{environment}/*",
)


def objects(scope: Scope, *keys: str) -> list[str]:
    filled = [key.format(project=scope.project, environment=scope.environment) for key in keys]
    return [f"arn:aws:s3:::{scope.state_bucket}/{key}" for key in filled]


def of_stack(scope: Scope, *, write: bool) -> list[Statement]:
    """Reads the environment's state, and no other's; writes it, its history and its lock as well."""
    bucket = [f"arn:aws:s3:::{scope.state_bucket}"]
    listed = allow("s3:ListBucket", on=bucket)
    if not write:
        return [
            listed,
            allow("s3:GetObject", on=objects(scope, COMMON, *READ)),
            allow("kms:Decrypt", on=[scope.state_key]),
        ]
    own = objects(scope, COMMON, *READ, *KEPT)
    return [
        listed,
        allow("s3:GetObject", on=own),
        allow("s3:PutObject", "s3:DeleteObject", on=own[1:]),
        allow("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", on=[scope.state_key]),
    ]
