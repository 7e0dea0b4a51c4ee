"""What the alarms were found to be worth, for the report: how often they cry wolf, and what they see of a fault."""

from collections.abc import Mapping
from typing import Any

from ml.monitoring import power

FALSE_ALARMS = (
    "In how many windows each alarm is raised, and how often a year the trigger's rule (2 of the last 5 windows, then "
    "a rest) would fire on it."
)
FOUND = (
    f'The share of planted faults that the trigger\'s rule finds within {power.WITHIN} windows. "{power.NO_FAULT}" '
    "is the same rule on the same windows with nothing planted: what is found there is found by chance. In brackets, "
    "how many points more than that each fault is found, and after how many windows (median): near +0, the alarm says "
    "nothing about the fault, however high the share."
)


def summarize(measured: Mapping[str, Any] | None) -> tuple[str, list[dict[str, Any]]]:
    """A sentence and two tables from what `ml.monitoring.power.measure` gives; null where nothing was measured."""
    if measured is None:
        return "Not measured in this run: the short demo leaves it out.", []
    windows = measured["windows"]
    summary = (
        f"Measured in this run, on every third row: a model of {windows['training']} windows, then {windows['live']} "
        f"live ones; false alarms on {measured['shuffles']} years whose weeks were shuffled, so that every alarm is "
        "false."
    )
    kinds = list(measured["real"])
    alarms = [
        [
            kind,
            *(f"{measured[year][kind]['windows']:.0%}" for year in ("real", "shuffled")),
            *(f"{measured[year][kind]['firings_a_year']:.1f}" for year in ("real", "shuffled")),
        ]
        for kind in kinds
    ]
    columns = ("alarm", "windows, real year", "windows, shuffled", "firings a year, real", "firings a year, shuffled")
    chance = measured["found"][power.NO_FAULT]
    by_fault = [
        [name, *(found(kind, None if name == power.NO_FAULT else chance[alarm]) for alarm, kind in by_kind.items())]
        for name, by_kind in measured["found"].items()
    ]
    return summary, [
        {"title": "Does it cry wolf?", "note": FALSE_ALARMS, "columns": columns, "rows": alarms},
        {"title": "Does it see a fault?", "note": FOUND, "columns": ("planted", *kinds), "rows": by_fault},
    ]


def found(kind: Mapping[str, Any], chance: Mapping[str, Any] | None) -> str:
    """The share that was found, and how much more that is than without any fault."""
    if chance is None:
        return f"{kind['found']:.0%}"
    more = round(100 * (kind["found"] - chance["found"]))
    late = f", after {kind['delay']:g}" if kind["delay"] and more > 0 else ""
    return f"{kind['found']:.0%} ({more:+d}{late})"
