"""The report of a replay: one self-contained HTML file."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from ml import charts
from ml.monitoring import calibration, drift, performance, prediction

TEMPLATE = Path(__file__).with_name("report.html")
MEASURES = {"binary": ("auc", "brier"), "regression": ("rmse", "calibration_gap")}


def render(replay: Mapping[str, Any], *, rehearsal: Mapping[str, Any] | None) -> str:
    """The page.

    Args:
        replay: the record of `ml.replay.Replay.run`.
        rehearsal: the program's resources, cost and what became of them; null where only the ML code ran.
    """
    environment = Environment(undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    power_summary, power_tables = _power(replay["power"])
    return environment.from_string(TEMPLATE.read_text()).render(
        replay=replay,
        rehearsal=rehearsal,
        tiles=_tiles(replay, rehearsal),
        performance=_performance(replay),
        drift=_drift(replay),
        measures=MEASURES[replay["task"]],
        notable_batches=[batch for batch in map(_batch, replay["batches"]) if batch["status"] != "appended"],
        data_summary=_data(replay),
        calibration=_calibration(replay),
        power_summary=power_summary,
        power_tables=power_tables,
    )


def _tiles(replay: Mapping[str, Any], rehearsal: Mapping[str, Any] | None) -> list[dict[str, str]]:
    promoted = sum(rollout["promoted"] for rollout in replay["rollouts"])
    tiles = [
        (f"{replay['latency']['rows']:,}", "predictions served"),
        (str(len(replay["trainings"])), "trainings decided by the monitor"),
        (str(sum(not run["passed"] for run in replay["trainings"])), "candidates refused by the gate"),
        (str(promoted), "releases promoted"),
        (str(len(replay["rollouts"]) - promoted), "releases rolled back"),
        (str(replay["latency"]["errors"]), "requests lost"),
    ]
    if rehearsal:
        tiles.append((f"{rehearsal['cost']['total']:.2f} USD", "a month for the idle stack"))
    return [{"value": value, "label": label} for value, label in tiles]


def _performance(replay: Mapping[str, Any]) -> list[dict[str, str]]:
    times = [datetime.fromisoformat(window["end"]) for window in replay["windows"]]
    marks = _marks(replay)
    measured = _results(replay, performance.NAME)
    name = MEASURES[replay["task"]][0]
    values = [result["measures"].get(name) if result else None for result in measured]
    usual = [result["measures"].get("usual") if result else None for result in measured]
    gaps = _results(replay, calibration.NAME)
    return [
        {
            "svg": charts.over_time(times, {name: values, "usual in training": usual}, label=name.upper(), marks=marks),
            "caption": f"{name.upper()} of the champion by window, and what was usual in its training period.",
        },
        {
            "svg": charts.over_time(
                times,
                {"calibration gap": [result["value"] if result else None for result in gaps]},
                bounds={"calibration gap": [result["threshold"] if result else None for result in gaps]},
                label="|predicted - observed|",
                marks=marks,
            ),
            "caption": "The gap between mean prediction and observed rate; above the dashed line it is a violation.",
        },
    ]


def _drift(replay: Mapping[str, Any]) -> list[dict[str, str]]:
    times = [datetime.fromisoformat(window["end"]) for window in replay["windows"]]
    inputs = _results(replay, drift.NAME)
    largest = [
        max((v for v in result["measures"].values() if v is not None), default=None) if result else None
        for result in inputs
    ]
    scores = [result["value"] if result else None for result in _results(replay, prediction.NAME)]
    svg = charts.over_time(
        times,
        {"largest feature PSI": largest, "prediction PSI": scores},
        label="PSI",
        marks=_marks(replay),
        logarithmic=True,
    )
    return [{"svg": svg, "caption": "PSI against the champion's training data; it starts anew with each promotion."}]


def _results(replay: Mapping[str, Any], name: str) -> list[dict[str, Any] | None]:
    """The results of one check by window; null where there was not enough data."""
    found = []
    for window in replay["windows"]:
        result = next((result for result in window["results"] if result["name"] == name), None)
        found.append(result if result and result["status"] != "not enough data" else None)
    return found


def _marks(replay: Mapping[str, Any]) -> list[tuple[datetime, str]]:
    trained = [(datetime.fromisoformat(run["at"]), "trained") for run in replay["trainings"]]
    ended = [
        (datetime.fromisoformat(rollout["end"]), "promoted" if rollout["promoted"] else "rolled back")
        for rollout in replay["rollouts"]
    ]
    return trained + ended


def _batch(batch: Mapping[str, Any]) -> dict[str, Any]:
    return {**batch, "what": f"{batch['table']} {batch['batch_id']}, {batch['rows']:,} rows"}


def _data(replay: Mapping[str, Any]) -> str:
    appended = [batch for batch in replay["batches"] if batch["status"] == "appended"]
    rows = sum(batch["rows"] for batch in appended)
    apart = ", ".join(f"{count:,} {reason}" for reason, count in replay["counted_apart"].items())
    versions = ", ".join(f"{name} v{version}" for name, version in replay["table_versions"].items())
    return (
        f"{len(appended)} batches with {rows:,} rows were checked and appended; the tables are now at {versions}. "
        f"Without a label for good, counted apart and never imputed: {apart or 'none'}. Below: the others."
    )


def _calibration(replay: Mapping[str, Any]) -> str:
    return charts.calibration(replay["calibration"], "svg").decode() if replay["calibration"] else ""


def _power(power: Mapping[str, Any] | None) -> tuple[str, list[dict[str, Any]]]:
    """What the alarms were found to be worth, in a sentence and two tables."""
    if power is None:
        return "Not measured in this run: the short demo leaves it out.", []
    windows = power["windows"]
    summary = (
        f"Measured in this run, on every third row: a model of {windows['training']} windows, then {windows['live']} "
        "live ones; "
        f"false alarms on {power['shuffles']} years whose weeks were shuffled, so that every alarm is false."
    )
    kinds = list(power["real"])
    alarms = [
        [
            kind,
            *(f"{power[year][kind]['windows']:.0%}" for year in ("real", "shuffled")),
            *(f"{power[year][kind]['firings_a_year']:.1f}" for year in ("real", "shuffled")),
        ]
        for kind in kinds
    ]
    columns = ("alarm", "windows, real year", "windows, shuffled", "firings a year, real", "firings a year, shuffled")
    found = [[name, *(_found(kind) for kind in by_kind.values())] for name, by_kind in power["found"].items()]
    return summary, [
        {"columns": columns, "rows": alarms},
        {"columns": ("planted fault: found within 8 windows (median delay)", *kinds), "rows": found},
    ]


def _found(kind: Mapping[str, Any]) -> str:
    return f"{kind['found']:.0%}" + (f" ({kind['delay']:g})" if kind["delay"] else "")
