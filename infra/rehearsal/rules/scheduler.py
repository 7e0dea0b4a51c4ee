"""When a schedule of EventBridge Scheduler runs."""

import re
import zoneinfo
from datetime import datetime

from infra.rehearsal.rules.rule import Key, Request, Rule, expected

RATE = re.compile(r"rate\([1-9]\d* (minutes?|hours?|days?)\)")
AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")
CRON = re.compile(r"cron\((.+)\)")
MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
FIELDS: dict[str, tuple[range, list[str], str]] = {
    "minutes": (range(60), [], "*"),
    "hours": (range(24), [], "*"),
    "day of month": (range(1, 32), [], "*?L"),
    "month": (range(1, 13), MONTHS, "*"),
    "day of week": (range(1, 8), WEEKDAYS, "*?L"),
    "year": (range(1970, 2200), [], "*"),
}
"""Of each field of a cron expression: its numbers, their names, and the signs that may stand alone."""


def an_expression_is_a_rate_a_time_or_a_cron(request: Request) -> str | None:
    """docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"""
    text = request["ScheduleExpression"]
    if RATE.fullmatch(text) or _cron(request):
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
    for (name, allowed), field in zip(FIELDS.items(), _cron(request), strict=False):
        for part in field.split(","):
            if not _is_cron(name, part, *allowed):
                return expected("ScheduleExpression", f"{part} as {name}", f"{allowed[0][0]} to {allowed[0][-1]}")
    return None


def a_cron_leaves_one_kind_of_day_open(request: Request) -> str | None:
    """? in the day of month or of the week.

    docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html, "Cron-based schedules"
    """
    fields = _cron(request)
    if fields and (fields[2] == "?") == (fields[4] == "?"):
        return expected("ScheduleExpression", f"days {fields[2]} and {fields[4]}", "? in exactly one of them")
    return None


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


def _cron(request: Request) -> list[str]:
    cron = CRON.fullmatch(request["ScheduleExpression"])
    fields = cron[1].split() if cron else []
    return fields if len(fields) == len(FIELDS) else []


def _is_cron(name: str, part: str, numbers: range, names: list[str], alone: str) -> bool:
    """Whether one part of a field is a sign, a value, a range or a step, all within the field's numbers."""
    if len(part) == 1 and part in alone:
        return True
    if name == "day of month" and re.fullmatch(r"\d+W|LW", part):
        return part == "LW" or int(part[:-1]) in numbers
    if name == "day of week" and (nth := re.fullmatch(r"(\w+)#[1-5]|(\w+)L", part)):
        return _number(nth[1] or nth[2], names) in numbers
    start, slash, step = part.partition("/")
    if slash and not (step.isdigit() and int(step) > 0):
        return False
    ends = [_number(end, names) for end in start.split("-")] if start != "*" else [numbers[0]]
    return len(ends) <= 2 and all(end in numbers for end in ends)


def _number(text: str, names: list[str]) -> int:
    """A field's number by itself or by its name; -1 for neither."""
    if text.isdigit():
        return int(text)
    return names.index(text.upper()) + 1 if text.upper() in names else -1


_SCHEDULE: list[Rule] = [
    an_expression_is_a_rate_a_time_or_a_cron,
    cron_fields_are_within_their_ranges,
    a_cron_leaves_one_kind_of_day_open,
    a_flexible_window_has_a_length,
    a_timezone_exists,
    a_schedule_starts_before_it_ends,
]
RULES: dict[Key, list[Rule]] = {("scheduler", name): _SCHEDULE for name in ("CreateSchedule", "UpdateSchedule")}
