"""The report of a replay: one self-contained HTML file."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from ml import charts
from ml.monitoring import calibration, drift, performance, prediction
from ml.replay import alarms, drifts, markdown, taken_back
from ml.serving.policy import RolloutPolicy

TEMPLATE = Path(__file__).with_name("report.html")
MEASURES = {"binary": ("auc", "brier"), "regression": ("rmse", "calibration_gap")}
WORDS = {
    "binary": {
        "bad": "low",
        "beyond": "below",
        "task": "rank",
        "hard": "few labels stand out",
        "mean": "observed rate",
    },
    "regression": {
        "bad": "high",
        "beyond": "above",
        "task": "predict",
        "hard": "labels are spread widely",
        "mean": "mean label",
    },
}
"""What is said of the first measure and of the labels, by task."""

SECTIONS = {
    "life": "Performance",
    "drift": "Drift",
    "decisions": "Decisions",
    "trainings": "Trainings",
    "rollouts": "Rollouts",
    "data": "Data",
    "latency": "Latency",
    "alarms": "False alarms",
    "card": "Model card",
}
OF_THE_PROGRAM = {"cost": "Cost", "resources": "Resources", "honesty": "Otherwise on AWS"}
"""The parts of the page, by anchor: the headings, and the words that lead to them."""


def render(replay: Mapping[str, Any], *, rehearsal: Mapping[str, Any] | None) -> str:
    """The page.

    Args:
        replay: the record of `ml.replay.Replay.run`.
        rehearsal: the program's resources, cost and what became of them; null where only the ML code ran.
    """
    environment = Environment(undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["inline"] = markdown.inline
    power_summary, power_tables = alarms.summarize(replay["power"])
    return environment.from_string(TEMPLATE.read_text()).render(
        sections=SECTIONS | (OF_THE_PROGRAM if rehearsal else {}),
        replay=replay,
        rehearsal=rehearsal,
        tiles=_tiles(replay, rehearsal),
        performance=_performance(replay),
        furthest=furthest(replay),
        drift=_drift(replay),
        drift_seen=drifts.seen(replay),
        taken_back=taken_back.releases(replay),
        bound=taken_back.BOUND,
        notable_windows=[window for window in replay["windows"] if window["acted"] or window["train"]],
        measures=MEASURES[replay["task"]],
        words=WORDS[replay["task"]],
        notable_batches=[batch for batch in map(_batch, replay["batches"]) if batch["status"] != "appended"],
        data_summary=_data(replay),
        calibration=_calibration(replay),
        card=markdown.to_html(replay["card"], below=2),
        power_summary=power_summary,
        power_tables=power_tables,
        policy=RolloutPolicy.from_json(replay["rollout"]),
        notes=notes(rehearsal["resources"]) if rehearsal else [],
    )


def _tiles(replay: Mapping[str, Any], rehearsal: Mapping[str, Any] | None) -> list[dict[str, str]]:
    trained = len(replay["trainings"])
    promoted = sum(rollout["promoted"] for rollout in replay["rollouts"])
    back, lost = len(replay["rollouts"]) - promoted, replay["latency"]["errors"]
    refused = sum(not run["passed"] for run in replay["trainings"])
    bad = taken_back.releases(replay)
    tiles = [
        (f"{replay['latency']['rows']:,}", "predictions served"),
        (str(trained), _words(trained, "training", "decided by the monitor")),
        (str(refused), _words(refused, "candidate", "refused by the gate")),
        (str(promoted), _words(promoted, "release", "promoted")),
        (str(back), _words(back, "release", "rolled back")),
        (str(len(bad)), _words(len(bad), "release", taken_back.tile(bad))),
        (str(lost), _words(lost, "request", "lost")),
    ]
    if rehearsal:
        tiles.append((f"{rehearsal['cost']['total']:.2f}", "USD a month for the idle stack"))
    return [{"value": value, "label": label} for value, label in tiles]


def _words(count: int, noun: str, rest: str) -> str:
    return f"{noun}{'' if count == 1 else 's'} {rest}"


def _performance(replay: Mapping[str, Any]) -> list[dict[str, str]]:
    times = [datetime.fromisoformat(window["end"]) for window in replay["windows"]]
    marks, spans = _marks(replay), taken_back.spans(replay)
    measured = _results(replay, performance.NAME)
    name, words = MEASURES[replay["task"]][0], WORDS[replay["task"]]
    values = [result["measures"].get(name) if result else None for result in measured]
    usual = [result["measures"].get("usual") if result else None for result in measured]
    gaps = _results(replay, calibration.NAME)
    return [
        {
            "svg": charts.over_time(
                times,
                {name.upper(): values, "usual in training": usual},
                bounds={name.upper(): [_bound(result, name) if result else None for result in measured]},
                label=name.upper(),
                marks=marks,
                spans=spans,
            ),
            "caption": f"{name.upper()} of the champion by window, and what was usual in its training period; "
            f"{words['beyond']} the dashed line it is a violation. "
            f"{unjudged(replay, performance.NAME)} {taken_back.answered(replay)}",
        },
        {
            "svg": charts.over_time(
                times,
                {"calibration gap": [result["value"] if result else None for result in gaps]},
                bounds={"calibration gap": [result["threshold"] if result else None for result in gaps]},
                label="|predicted - observed|",
                marks=marks,
                spans=spans,
            ),
            "caption": f"The gap between mean prediction and {words['mean']}; above the dashed line it is a "
            f"violation. {unjudged(replay, calibration.NAME)}",
        },
    ]


def _bound(result: Mapping[str, Any], name: str) -> float | None:
    """The measure at which the check is violated: its threshold is a loss against what is usual."""
    usual, threshold = result["measures"].get("usual"), result["threshold"]
    if usual is None or threshold is None:
        return None
    return usual - threshold if name == "auc" else usual * threshold


def furthest(replay: Mapping[str, Any]) -> str:
    """Why the window that is furthest from usual is, or is not, a violation."""
    name = MEASURES[replay["task"]][0]
    judged = [
        (result, gap, window)
        for result, gap, window in zip(
            _results(replay, performance.NAME), _results(replay, calibration.NAME), replay["windows"], strict=True
        )
        if result and result["threshold"] is not None and gap
    ]
    if not judged:
        return ""
    worst, gap, window = max(judged, key=lambda entry: entry[0]["value"])
    observed = sorted(entry[1]["measures"]["observed"] for entry in judged)
    bound = _bound(worst, name)
    verdict = "beyond the limit: a violation" if worst["status"] == "violation" else "within the limit: no violation"
    return (
        f"The furthest from usual is the window that ended {window['end'][:10]}: {name.upper()} "
        f"{worst['measures'][name]:.3g}, usual {worst['measures']['usual']:.3g}, limit {bound:.3g}, {verdict}. "
        f"Its mean label is {gap['measures']['observed']:.3g}; over all judged windows it goes from {observed[0]:.3g} "
        f"to {observed[-1]:.3g}, and is {observed[len(observed) // 2]:.3g} in the middle."
    )


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
        spans=taken_back.spans(replay),
        logarithmic=True,
    )
    return [
        {
            "svg": svg,
            "caption": "PSI against the champion's training data; it starts anew with each promotion. "
            f"{unjudged(replay, drift.NAME)}",
        }
    ]


def unjudged(replay: Mapping[str, Any], name: str) -> str:
    """Which windows one check has no point for, and why; empty where it has all."""
    missing: dict[str, list[str]] = {}
    for window in replay["windows"]:
        result = next((result for result in window["results"] if result["name"] == name), None)
        if result is None or result["status"] == "not enough data":
            why = result["detail"] if result else "the check did not run"
            missing.setdefault(why, []).append(window["end"][:10])
    if not missing:
        return ""
    count = sum(map(len, missing.values()))
    reasons = "; ".join(f"that ended {', '.join(ends)}: {why}" for why, ends in missing.items())
    return f"No point for {count} of {len(replay['windows'])} windows ({reasons})."


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


def notes(resources: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each thing that was replaced, not rehearsed or otherwise than on AWS, once, with the resources it concerns.

    What went least far comes first, then what concerns most.
    """
    rank = {"not rehearsed": 0, "replaced": 1}
    concerned: dict[tuple[str, str], list[str]] = {}
    for resource in resources:
        # What stood in for one resource is told in one piece; what moto leaves out is alike for many.
        pieces = [resource["note"]] if resource["how"] in rank else resource["note"].split("; ")
        for note in filter(None, pieces):
            concerned.setdefault((resource["how"], note), []).append(f"{resource['type']} {resource['name']}")
    ordered = sorted(concerned.items(), key=lambda entry: (rank.get(entry[0][0], 2), -len(entry[1]), entry[0]))
    return [{"how": how, "note": note, "resources": names} for (how, note), names in ordered]
