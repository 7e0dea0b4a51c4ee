"""What EventBridge takes as a schedule. Pure.

Source: docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re

RATE = re.compile(r"rate\([1-9]\d* (minutes?|hours?|days?)\)")
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


def checked(text: str) -> str:
    """The schedule itself. Raises ValueError, in words, for one that EventBridge refuses."""
    if problem := out_of_range(text) or days(text):
        raise ValueError(problem)
    return text


def cron(text: str) -> list[str]:
    """The six fields of a cron expression; empty for anything else."""
    found = CRON.fullmatch(text)
    fields = found[1].split() if found else []
    return fields if len(fields) == len(FIELDS) else []


def out_of_range(text: str) -> str:
    """The first field of a cron expression that is not within its numbers; empty where all are."""
    for (name, allowed), field in zip(FIELDS.items(), cron(text), strict=False):
        for part in field.split(","):
            if not _is_within(name, part, *allowed):
                return f"{part!r} as {name}, expected {allowed[0][0]} to {allowed[0][-1]}"
    return ""


def days(text: str) -> str:
    """What is wrong with the two kinds of day of a cron expression, one of which is left open; empty for nothing."""
    fields = cron(text)
    if fields and (fields[2] == "?") == (fields[4] == "?"):
        return f"{fields[2]!r} as day of month and {fields[4]!r} as day of week, expected ? in exactly one of them"
    return ""


def _is_within(name: str, part: str, numbers: range, names: list[str], alone: str) -> bool:
    """Whether one part of a field is a sign, a value, a range or a step, all within the field's numbers."""
    if len(part) == 1 and part in alone:
        return True
    if name == "day of month" and re.fullmatch(r"\d+W|LW", part, re.ASCII):
        return part == "LW" or int(part[:-1]) in numbers
    if name == "day of week" and (nth := re.fullmatch(r"(\w+)#[1-5]|(\w+)L", part)):
        return _number(nth[1] or nth[2], names) in numbers
    start, slash, step = part.partition("/")
    if slash and not (re.fullmatch(r"[0-9]+", step) and int(step) > 0):
        return False
    ends = [_number(end, names) for end in start.split("-")] if start != "*" else [numbers[0]]
    return len(ends) <= 2 and all(end in numbers for end in ends)


def _number(text: str, names: list[str]) -> int:
    """A field's number by itself or by its name; -1 for neither."""
    if re.fullmatch(r"[0-9]+", text):
        return int(text)
    return names.index(text.upper()) + 1 if text.upper() in names else -1
