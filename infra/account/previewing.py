"""What the preview role may do: what `pulumi preview` asks for when it runs the code of a pull request.

It reads the environment's state and release records, and what the dynamic resources look at. It writes nothing, and
reads no data, image or secret: a pull request's author could print it.
"""

from infra.account.scope import Right, Scope, Statement, allow, deny
from infra.account.state import COMMON, READ, objects, of_stack

RELEASES = "{prefix}-data-models-*/releases/*"
LOOKS = (
    # infra/network.py asks in which zones its subnets may be.
    Right(service="ec2", actions="DescribeAvailabilityZones", on=("*",)),
    # The diff of infra/shifted.py asks which version answers.
    Right(service="lambda", actions="GetAlias", on=("function:{prefix}",)),
    # The diff of infra/converged.py asks what the endpoint runs.
    Right(service="sagemaker", actions="DescribeEndpoint", on=("endpoint/{prefix}",)),
    Right(service="sagemaker", actions="DescribeEndpointConfig", on=("endpoint-config/{config}*",)),
    Right(service="cloudwatch", actions="DescribeAlarms", on=("alarm:{prefix}-*",)),
    Right(service="ecr", actions="DescribeImages", on=("repository/{prefix}-*",)),
)
WRITES = """
ecr:PutImage ecr:InitiateLayerUpload ecr:UploadLayerPart ecr:CompleteLayerUpload s3:PutObject s3:DeleteObject
s3:DeleteObjectVersion kms:CreateGrant kms:GenerateDataKey iam:PassRole sts:AssumeRole
"""
VALUES = "secretsmanager:GetSecretValue secretsmanager:BatchGetSecretValue ssm:GetParameter ssm:GetParameters"
MESSAGES = "logs:GetLogEvents logs:FilterLogEvents logs:StartQuery"
LAYERS = "ecr:BatchGetImage ecr:GetDownloadUrlForLayer"


def releases(scope: Scope) -> list[Statement]:
    """Reads the release records, and decrypts nothing else of the environment."""
    bucket = scope.arns("s3", RELEASES.partition("/")[0])
    return [
        allow("s3:ListBucket", on=bucket, when={"StringLike": {"s3:prefix": ["releases/*"]}}),
        allow("s3:GetObject", on=scope.arns("s3", RELEASES)),
        allow(
            "kms:Decrypt",
            on=scope.arns("kms", "key/*"),
            when={
                "StringEquals": {
                    **scope.of_this_stack["StringEquals"],
                    "kms:ViaService": f"s3.{scope.region}.amazonaws.com",
                }
            },
        ),
    ]


def statements(scope: Scope) -> list[Statement]:
    readable = [*objects(scope, COMMON, *READ), *scope.arns("s3", RELEASES)]
    return [
        *(row.statement(scope) for row in LOOKS),
        *of_stack(scope, write=False),
        *releases(scope),
        # These hold whatever somebody attaches to the role later.
        deny("s3:GetObject", "s3:GetObjectVersion", but=readable),
        deny(*f"{WRITES} {VALUES} {MESSAGES} {LAYERS}".split()),
    ]
