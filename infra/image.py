"""An image: its repository, and its build in the account."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra import documents, source
from infra.build import ImageBuild
from infra.data import DataLake
from infra.permissions import allow, bucket_arn, objects, pull_image, service_role, use_key, write_logs
from infra.place import Place
from infra.session import connection
from infra.settings import ImageSettings
from infra.source import APP, Recipe

KEPT_IMAGES = 50
SOURCE_PREFIX = "image-source/"
LOGIN = 'aws ecr get-login-password | docker login --username AWS --password-stdin "${REPOSITORY%%/*}"'
# SageMaker takes one architecture and a Docker v2 manifest without attestations.
BUILD = (
    "docker buildx build --platform linux/{architecture} --file {dockerfile} --provenance=false --sbom=false "
    '--build-arg SOURCE="$TAG" '
    '--output "type=image,name=$REPOSITORY:$TAG,push=true,oci-mediatypes=false" .'
)


@dataclass(frozen=True, kw_only=True)
class ImageArgs:
    place: Place
    data: DataLake
    settings: ImageSettings
    recipe: Recipe = APP


class Image(pulumi.ComponentResource):
    """A repository with immutable tags, and the image in it that the stack runs."""

    uri: pulumi.Output[str]
    """The image by its digest."""
    content: str
    """Changes with what the image is made of, and is known before it is built."""
    repository_arn: pulumi.Output[str]
    repository_name: pulumi.Output[str]
    repository_url: pulumi.Output[str]

    def __init__(self, name: str, args: ImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mlops:index:Image", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        repository = aws.ecr.Repository(
            f"{name}-repository",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": args.data.key_arn}],
            force_delete=not args.data.protect,
            # AWS deletes no repository that holds images, but by force.
            opts=pulumi.ResourceOptions(parent=self, protect=args.data.protect, retain_on_delete=args.data.protect),
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-lifecycle",
            repository=repository.name,
            policy=documents.dumps({"rules": [_expire_after(KEPT_IMAGES)]}),
            opts=child,
        )
        files = {} if args.settings.digest else source.files(content=args.recipe.content)
        self.content = args.settings.digest or source.digest(files)
        digest = args.settings.digest or self._build(name, args, repository, files)

        self.uri = pulumi.Output.concat(repository.repository_url, "@", digest)
        self.repository_arn = repository.arn
        self.repository_name = repository.name
        self.repository_url = repository.repository_url
        self.register_outputs({"uri": self.uri, "repositoryUrl": self.repository_url})

    def _build(
        self, name: str, args: ImageArgs, repository: aws.ecr.Repository, files: dict[str, Path]
    ) -> pulumi.Output[str]:
        """The digest of the image that CodeBuild makes of the project's source."""
        child = pulumi.ResourceOptions(parent=self)
        recipe, tag = args.recipe, self.content
        archive = aws.s3.BucketObjectv2(
            f"{name}-source",
            bucket=args.data.models,
            key=f"{SOURCE_PREFIX}{tag}.zip",
            source=pulumi.AssetArchive({path: pulumi.FileAsset(str(file)) for path, file in files.items()}),
            opts=child,
        )
        group = aws.cloudwatch.LogGroup(
            f"{name}-build-logs",
            name=f"/aws/codebuild/{name}-build",
            retention_in_days=30,
            kms_key_id=args.data.key_arn,
            opts=child,
        )
        role, policy = service_role(
            f"{name}-build-role",
            service="codebuild",
            place=args.place,
            statements=[
                *objects(args.data.models, read=[SOURCE_PREFIX]),
                # CodeBuild asks whose the bucket is before it reads from it.
                allow("s3:GetBucketAcl", "s3:GetBucketLocation", on=bucket_arn(args.data.models)),
                use_key(args.data.key_arn),
                *pull_image(repository.arn),
                allow(
                    "ecr:InitiateLayerUpload",
                    "ecr:UploadLayerPart",
                    "ecr:CompleteLayerUpload",
                    "ecr:PutImage",
                    on=repository.arn,
                ),
                write_logs(args.place, f"/aws/codebuild/{name}-build"),
            ],
            opts=child,
        )
        project = aws.codebuild.Project(
            f"{name}-build",
            description=f"Builds {recipe.purpose}",
            service_role=role.arn,
            encryption_key=args.data.key_arn,
            build_timeout=45,
            artifacts={"type": "NO_ARTIFACTS"},
            source={
                "type": "S3",
                "location": pulumi.Output.concat(args.data.models, "/", archive.key),
                "buildspec": documents.dumps(_buildspec(recipe)),
            },
            environment={
                "type": recipe.builder,
                "compute_type": "BUILD_GENERAL1_SMALL",
                "image": recipe.builder_image,
                # Docker runs inside the build.
                "privileged_mode": True,
                "environment_variables": [
                    {"name": "REPOSITORY", "value": repository.repository_url},
                    {"name": "TAG", "value": tag},
                ],
            },
            logs_config={"cloudwatch_logs": {"group_name": group.name}},
            opts=child,
        )
        return ImageBuild(
            f"{name}-built",
            repository=repository.name,
            tag=tag,
            project=project.name,
            connection=connection(args.place.region),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[archive, policy]),
        ).digest


def _buildspec(recipe: Recipe) -> dict:
    build = BUILD.format(architecture=recipe.architecture, dockerfile=recipe.dockerfile)
    return {"version": 0.2, "phases": {"build": {"commands": [LOGIN, build]}}}


def _expire_after(count: int) -> dict:
    return {
        "rulePriority": 1,
        "description": f"keep the last {count} images",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count},
        "action": {"type": "expire"},
    }
