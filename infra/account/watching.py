"""The rights to what watches an environment: alarms, logs, notices, the audit trail, the model card and the budget."""

from infra.account.scope import Right

ALARMS = Right(
    service="cloudwatch",
    actions="""
    PutMetricAlarm PutCompositeAlarm DescribeAlarms DescribeAlarmHistory DeleteAlarms ListTagsForResource TagResource
    UntagResource
    """,
    on=("alarm:{prefix}-*",),
)
DASHBOARDS = Right(
    service="cloudwatch", actions="PutDashboard GetDashboard DeleteDashboards", on=("dashboard/{prefix}",)
)
LOGS = (
    Right(
        service="logs",
        actions="""
        CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey ListTagsForResource
        TagResource UntagResource ListTagsLogGroup CreateLogStream DeleteLogStream DescribeLogStreams
        PutSubscriptionFilter DeleteSubscriptionFilter DescribeSubscriptionFilters
        """,
        on=("log-group:/aws/*/{prefix}", "log-group:/aws/*/{prefix}:*", "log-group:/aws/*/{prefix}-*"),
    ),
    Right(service="logs", actions="DescribeLogGroups", on=("*",)),
)
TOPICS = (
    Right(
        service="sns",
        actions="""
        CreateTopic DeleteTopic GetTopicAttributes SetTopicAttributes ListTagsForResource TagResource UntagResource
        Subscribe ListSubscriptionsByTopic
        """,
    ),
    Right(service="sns", actions="GetSubscriptionAttributes Unsubscribe", on=("*",)),
)
STREAMS = Right(
    service="firehose",
    actions="""
    CreateDeliveryStream DescribeDeliveryStream DeleteDeliveryStream UpdateDestination ListTagsForDeliveryStream
    TagDeliveryStream UntagDeliveryStream StartDeliveryStreamEncryption StopDeliveryStreamEncryption
    """,
    on=("deliverystream/{prefix}-*",),
)
BUDGETS = Right(
    service="budgets",
    actions="ModifyBudget ViewBudget ListTagsForResource TagResource UntagResource",
    on=("budget/{prefix}-*",),
)
TRAILS = (
    Right(
        service="cloudtrail",
        actions="""
        CreateTrail UpdateTrail DeleteTrail GetTrail GetTrailStatus StartLogging StopLogging PutEventSelectors
        GetEventSelectors GetInsightSelectors AddTags RemoveTags ListTags
        """,
        on=("trail/{prefix}-*",),
    ),
    Right(service="cloudtrail", actions="DescribeTrails", on=("*",)),
)
CARDS = Right(
    service="sagemaker",
    actions="CreateModelCard DescribeModelCard UpdateModelCard DeleteModelCard AddTags ListTags DeleteTags",
    on=("model-card/{prefix}",),
)
