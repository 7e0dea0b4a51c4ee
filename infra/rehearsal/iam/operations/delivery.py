"""What builds, keeps and starts images, and what watches the cost and the tags.

Sources: the pages list_amazonelasticcontainerregistry, list_awscodebuild, list_amazoneventbridgescheduler,
list_awsbudgetservice, list_awscloudtrail and list_amazonresourcegrouptaggingapi of
https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from infra.rehearsal.iam.facts import Call, Facts, Need
from infra.rehearsal.iam.operations.rows import Row, Table, found

REPOSITORY, PROJECT = "repository/{repositoryName}", "project/{name}"
SCHEDULE, GROUP = "schedule/{GroupName|default}/{Name}", "schedule-group/{Name}"
BUDGET, TRAIL = "budget/{BudgetName}", "trail/{Name}"
OF_REPOSITORIES = """
CreateRepository DeleteRepository ListImages DescribeImages BatchGetImage PutImage BatchDeleteImage
BatchCheckLayerAvailability GetDownloadUrlForLayer InitiateLayerUpload UploadLayerPart CompleteLayerUpload
PutLifecyclePolicy GetLifecyclePolicy DeleteLifecyclePolicy SetRepositoryPolicy GetRepositoryPolicy
DeleteRepositoryPolicy
"""


def _builds(call: Call, facts: Facts) -> list[Need]:
    """Builds are asked for on their project: the part of their id before the colon."""
    ids = [str(id_).rpartition("/")[2] for id_ in found(call.parameters, "ids[]")]
    projects = dict.fromkeys(id_.partition(":")[0] for id_ in ids)
    start = f"arn:aws:codebuild:{call.region}:{facts.number}:project/"
    return [Need(action=f"codebuild:{call.operation}", resource=start + project) for project in projects]


OF_FUNCTIONS = """
CreateFunction GetFunction GetFunctionConfiguration DeleteFunction UpdateFunctionCode UpdateFunctionConfiguration
PublishVersion ListVersionsByFunction PutFunctionConcurrency GetFunctionConcurrency CreateAlias GetAlias UpdateAlias
DeleteAlias
"""
URL = {"lambda:FunctionUrlAuthType": "AuthType"}
LAMBDA = Table(
    prefix="lambda",
    arn="arn:aws:lambda:{region}:{account}:",
    tagging="lambda:TagResource",
    rows={
        **dict.fromkeys(OF_FUNCTIONS.split(), "function:{FunctionName}"),
        **{
            f"{verb}FunctionUrlConfig": Row(on="function:{FunctionName}", keys=URL)
            for verb in ("Create", "Get", "Update", "Delete")
        },
        "ListFunctions": "*",
    },
)
TAGGING = Table(prefix="tag", arn="*", rows={"GetResources": "*"})
ECR = Table(
    prefix="ecr",
    arn="arn:aws:ecr:{region}:{account}:",
    tagging="ecr:TagResource",
    rows={
        "GetAuthorizationToken": "*",
        "DescribeRepositories": "repository/{repositoryNames[]|*}",
        **dict.fromkeys(OF_REPOSITORIES.split(), REPOSITORY),
        "ListTagsForResource": "{resourceArn}",
        "TagResource": "{resourceArn}",
    },
)
CODEBUILD = Table(
    prefix="codebuild",
    arn="arn:aws:codebuild:{region}:{account}:",
    rows={
        "CreateProject": PROJECT,
        "UpdateProject": PROJECT,
        "DeleteProject": PROJECT,
        "BatchGetProjects": "project/{names[]}",
        "ListProjects": "*",
        "StartBuild": "project/{projectName}",
        "BatchGetBuilds": _builds,
    },
)
SCHEDULER = Table(
    prefix="scheduler",
    arn="arn:aws:scheduler:{region}:{account}:",
    tagging="scheduler:TagResource",
    rows={
        "CreateSchedule": SCHEDULE,
        "UpdateSchedule": SCHEDULE,
        "GetSchedule": SCHEDULE,
        "DeleteSchedule": SCHEDULE,
        "ListSchedules": "*",
        "CreateScheduleGroup": GROUP,
        "GetScheduleGroup": GROUP,
        "DeleteScheduleGroup": GROUP,
        "ListScheduleGroups": "*",
        "ListTagsForResource": "{ResourceArn}",
    },
)
BUDGETS = Table(
    prefix="budgets",
    arn="arn:aws:budgets::{account}:",
    tagging="budgets:TagResource",
    rows={
        "CreateBudget": Row(on="budget/{Budget.BudgetName}", action="ModifyBudget"),
        "UpdateBudget": Row(on="budget/{NewBudget.BudgetName}", action="ModifyBudget"),
        "DeleteBudget": Row(on=BUDGET, action="ModifyBudget"),
        "DescribeBudget": Row(on=BUDGET, action="ViewBudget"),
        "DescribeNotificationsForBudget": Row(on=BUDGET, action="ViewBudget"),
        "DescribeSubscribersForNotification": Row(on=BUDGET, action="ViewBudget"),
        "DescribeBudgets": Row(on="budget/*", action="ViewBudget"),
        "ListTagsForResource": "{ResourceARN}",
    },
)
CLOUDTRAIL = Table(
    prefix="cloudtrail",
    arn="arn:aws:cloudtrail:{region}:{account}:",
    tagging="cloudtrail:AddTags",
    rows={
        **dict.fromkeys(
            ["CreateTrail", "UpdateTrail", "DeleteTrail", "GetTrail", "StartLogging", "StopLogging"], TRAIL
        ),
        "GetTrailStatus": TRAIL,
        "PutEventSelectors": "trail/{TrailName}",
        "GetEventSelectors": "trail/{TrailName}",
        "DescribeTrails": "*",
        "ListTrails": "*",
    },
)
