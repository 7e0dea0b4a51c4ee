"""What the alarms were found to be worth, for the report: how often they cry wolf, and what they see of a fault."""

from collections.abc import Mapping
from typing import Any

from ml.monitoring import drift, power, prediction

FALSE_ALARMS = (
    "In how many windows each alarm is raised, and how often a year the trigger's rule (2 of the last 5 windows, the "
    f"latest included, then {power.REST} windows' rest) would fire on it. A PSI over {power.NAIVE} is the usual rule "
    f"of thumb. {drift.NAME.capitalize()} and {prediction.NAME}, measured against the training period, are reported. "
    f"The trigger acts on {power.ACTED_ON}, which need labels."
)


def summarize(measured: Mapping[str, Any] | None) -> tuple[str, list[dict[str, Any]]]:
    """A sentence and two tables from what `ml.monitoring.power.measure` gives; null where nothing was measured."""
    if measured is None:
        return "Not measured in this run: the short demo leaves it out.", []
    windows = measured["windows"]
    summary = (
        f"Measured in this run, on every third row: a model trained once, on {windows['training']} windows, and then "
        f"left alone for {windows['live']}, in the real year and in {measured['shuffles']} years whose weeks were "
        "shuffled. In those nothing changes but by chance, so every alarm is false."
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
        {
            "title": "Does it see a fault?",
            "note": _found_note(measured),
            "columns": ("planted", *kinds),
            "rows": by_fault,
        },
    ]


def _found_note(measured: Mapping[str, Any]) -> str:
    """What an onset is, of how many, and how little they weigh; then how to read a cell."""
    years, onsets, faulty = measured["shuffles"], measured["onsets"], measured["windows"]["faulty"]
    apart = years * (faulty // power.WITHIN)
    return (
        f"An onset is a window from which on a fault is planted: here each of the first {onsets // years} live windows "
        f"of the {years} shuffled years, {onsets} in all. The table has the share of them after which the trigger's "
        f'rule fires within {power.WITHIN} windows. "{power.NO_FAULT}" is the same with nothing planted: what is found '
        "by chance. In brackets, how many points more than that, and after how many windows (median): near +0, the "
        "alarm says nothing about the fault, however high the share. "
        f"Onsets overlap: only {apart} of the {onsets} have no window in common. One cluster of false alarms counts at "
        f'each onset that it follows within {power.WITHIN} windows, so "{power.NO_FAULT}" is no rate of firings, and '
        "other shuffles would give other shares."
    )


def found(kind: Mapping[str, Any], chance: Mapping[str, Any] | None) -> str:
    """The share that was found, and how much more that is than without any fault."""
    if chance is None:
        return f"{kind['found']:.0%}"
    more = round(100 * (kind["found"] - chance["found"]))
    late = f", after {kind['delay']:g}" if kind["delay"] and more > 0 else ""
    return f"{kind['found']:.0%} ({more:+d}{late})"
