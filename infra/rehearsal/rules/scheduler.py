"""When a schedule of EventBridge Scheduler runs."""

import re
import zoneinfo
from datetime import datetime

from infra import schedules
from infra.rehearsal.rules.rule import Key, Request, Rule, expected

AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")


def an_expression_is_a_rate_a_time_or_a_cron(request: Request) -> str | None:
    """docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"""
    text = request["ScheduleExpression"]
    if schedules.RATE.fullmatch(text) or schedules.cron(text):
        return None
    if at := AT.fullmatch(text):
        try:
            datetime.fromisoformat(at[1])
        except ValueError as error:
            return expected("ScheduleExpression", text, f"a time that exists ({error})")
        return None
    return expected("ScheduleExpression", text, "rate(1 day), at(2026-01-31T08:00:00) or cron() with six fields")


def cron_fields_are_within_their_ranges(request: Request) -> str | None:
    """docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html, "Cron-based schedules"."""
    problem = schedules.out_of_range(request["ScheduleExpression"])
    return f"ScheduleExpression: {problem}" if problem else None


def a_cron_leaves_one_kind_of_day_open(request: Request) -> str | None:
    """? in the day of month or of the week.

    docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html, "Cron-based schedules"
    """
    problem = schedules.days(request["ScheduleExpression"])
    return f"ScheduleExpression: {problem}" if problem else None


def a_flexible_window_has_a_length(request: Request) -> str | None:
    """docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html"""
    window = request["FlexibleTimeWindow"]
    if (window["Mode"] == "FLEXIBLE") != ("MaximumWindowInMinutes" in window):
        length = window.get("MaximumWindowInMinutes", "no length")
        return expected("FlexibleTimeWindow", f"{window['Mode']} with {length}", "a length with FLEXIBLE alone")
    return None


def a_timezone_exists(request: Request) -> str | None:
    """docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html, "Time zones"."""
    zone = request.get("ScheduleExpressionTimezone", "UTC")
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return expected("ScheduleExpressionTimezone", zone, "a time zone such as Europe/Dublin")
    return None


def a_schedule_starts_before_it_ends(request: Request) -> str | None:
    """docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html, EndDate"""
    start, end = request.get("StartDate"), request.get("EndDate")
    return expected("EndDate", end, f"after StartDate ({start})") if start and end and end <= start else None


_SCHEDULE: list[Rule] = [
    an_expression_is_a_rate_a_time_or_a_cron,
    cron_fields_are_within_their_ranges,
    a_cron_leaves_one_kind_of_day_open,
    a_flexible_window_has_a_length,
    a_timezone_exists,
    a_schedule_starts_before_it_ends,
]
RULES: dict[Key, list[Rule]] = {("scheduler", name): _SCHEDULE for name in ("CreateSchedule", "UpdateSchedule")}
