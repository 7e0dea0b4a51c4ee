"""What breaks the rules on schedules, what they call, and builds."""

from datetime import UTC, datetime

from infra.rehearsal.rules import codebuild, scheduler, target
from tests.rehearsal.broken.case import Case

SCHEDULE, BUILD = ("scheduler", "CreateSchedule"), ("codebuild", "CreateProject")

CASES: list[Case] = [
    Case(
        SCHEDULE,
        scheduler.an_expression_is_a_rate_a_time_or_a_cron,
        {"ScheduleExpression": "rate(0 days)"},
        "rate(0 days), expected rate(1 day)",
    ),
    Case(
        SCHEDULE, scheduler.an_expression_is_a_rate_a_time_or_a_cron, {"ScheduleExpression": "cron(0 3 * * ?)"}, "six"
    ),
    Case(
        SCHEDULE,
        scheduler.an_expression_is_a_rate_a_time_or_a_cron,
        {"ScheduleExpression": "at(2026-02-30T00:00:00)"},
        "a time that exists",
    ),
    *(
        Case(SCHEDULE, scheduler.cron_fields_are_within_their_ranges, {"ScheduleExpression": text}, said)
        for text, said in {
            "cron(60 3 ? * MON *)": "'60' as minutes, expected 0 to 59",
            "cron(0 24 ? * MON *)": "'24' as hours, expected 0 to 23",
            "cron(0 3 32W * ? *)": "'32W' as day of month, expected 1 to 31",
            "cron(0 3 ? JUNE MON *)": "'JUNE' as month",
            "cron(0 3 ? * MON#6 *)": "'MON#6' as day of week",
            "cron(0/x 3 ? * MON *)": "'0/x' as minutes",
            "cron(0 3 ? * MON 1969)": "'1969' as year, expected 1970 to 2199",
        }.items()
    ),
    Case(
        SCHEDULE,
        scheduler.a_cron_leaves_one_kind_of_day_open,
        {"ScheduleExpression": "cron(0 3 * * MON *)"},
        "'*' as day of month and 'MON' as day of week, expected ?",
    ),
    Case(SCHEDULE, scheduler.a_flexible_window_has_a_length, {"FlexibleTimeWindow.Mode": "OFF"}, "OFF with 5"),
    Case(
        SCHEDULE,
        scheduler.a_timezone_exists,
        {"ScheduleExpressionTimezone": "Europe/Atlantis"},
        "such as Europe/Dublin",
    ),
    Case(
        SCHEDULE,
        scheduler.a_schedule_starts_before_it_ends,
        {"EndDate": datetime(2026, 1, 1, tzinfo=UTC)},
        "after StartDate",
    ),
    *(
        Case(
            SCHEDULE,
            target.a_universal_target_names_a_call_that_changes_something,
            {"Target.Arn": f"arn:aws:scheduler:::aws-sdk:{call}"},
            said,
        )
        for call, said in {
            "sagemaker:createProcesingJob": "<service>:<action in camelCase>",
            "sagemakr:createProcessingJob": "<service>:<action in camelCase>",
            "sagemaker:CreateProcessingJob": "camelCase",
            "sagemaker:listModels": "no call that only reads",
        }.items()
    ),
    Case(SCHEDULE, target.a_universal_target_has_json, {"Target.Input": "{"}, "expected JSON"),
    Case(
        BUILD, codebuild.a_source_in_s3_is_bucket_and_path, {"source.location": "s3://b/s.zip"}, "<bucket>/<path>.zip"
    ),
    Case(
        BUILD, codebuild.a_pipeline_is_source_and_destination, {"artifacts.type": "CODEPIPELINE"}, "in both or in none"
    ),
    Case(
        BUILD,
        codebuild.a_build_without_source_has_a_buildspec,
        {"source": {"type": "NO_SOURCE"}},
        "none with NO_SOURCE",
    ),
    Case(
        BUILD, codebuild.a_buildspec_has_version_and_phases, {"source.buildspec": "version: 2\nphases: {}"}, "0.1, 0.2"
    ),
    Case(BUILD, codebuild.a_buildspec_has_version_and_phases, {"source.buildspec": "version: 0.2\n"}, "no phases"),
    Case(BUILD, codebuild.a_buildspec_has_version_and_phases, {"source.buildspec": "a: [\n"}, "expected YAML"),
    Case(
        BUILD,
        codebuild.lambda_compute_is_for_lambda_containers,
        {"environment.computeType": "BUILD_LAMBDA_1GB"},
        "BUILD_LAMBDA_1GB with LINUX_CONTAINER",
    ),
    Case(
        BUILD,
        codebuild.variables_are_not_codebuild_s_own,
        {"environment.environmentVariables.0.name": "CODEBUILD_SRC_DIR"},
        "CODEBUILD_SRC_DIR",
    ),
]
