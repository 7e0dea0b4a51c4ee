"""What the alarms are worth, measured: how often each kind cries wolf, and what it finds of planted faults.

False alarms are counted on years whose weeks are shuffled: without a trend, every alarm is false. (Shuffled rows would
flatter: the rows of a day are alike.) Faults are planted in shuffled years too, so that no season helps to find them.
"""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, median
from typing import Any

import numpy as np
import polars as pl

from ml.monitoring import checks, drift, prediction, trigger, window
from ml.monitoring.crossfit import FOLDS, Train, cross_fit
from ml.monitoring.faults import Fault
from ml.monitoring.result import Result
from ml.schema import Schema

NAIVE = 0.2
"""The PSI that is taken for drift by a common rule of thumb."""
WITHIN = 8
"""A fault must be found within so many windows."""
REST = 4
"""After the trigger's rule has fired it rests for so many windows."""
NO_FAULT = "no fault"

Alarms = Mapping[str, Sequence[bool]]
"""By kind of alarm: whether it was raised in each window, in order."""


def _naive_inputs(results: Mapping[str, Result]) -> bool:
    return any(value is not None and value > NAIVE for value in results[drift.NAME].measures.values())


def _naive_prediction(results: Mapping[str, Result]) -> bool:
    return (results[prediction.NAME].value or 0) > NAIVE


def _violated(*names: str) -> Callable[[Mapping[str, Result]], bool]:
    return lambda results: any(results[name].status == "violation" for name in names)


ACTED_ON = "performance or calibration"
KINDS: dict[str, Callable[[Mapping[str, Result]], bool]] = {
    f"PSI of any feature over {NAIVE}": _naive_inputs,
    f"PSI of the prediction over {NAIVE}": _naive_prediction,
    drift.NAME: _violated(drift.NAME),
    prediction.NAME: _violated(prediction.NAME),
    **{name: _violated(name) for name in checks.ACTED_ON},
    ACTED_ON: _violated(*checks.ACTED_ON),
}


def measure(
    frame: pl.DataFrame,
    train: Train,
    schema: Schema,
    *,
    faults: Mapping[str, Fault],
    shuffles: int = 4,
    training_windows: int = 13,
    fault_windows: int = 16,
    folds: int = FOLDS,
    days: int = window.DAYS,
    seed: int = 0,
) -> dict[str, Any]:
    """The rates of each kind of alarm in a model that is trained once and then left alone.

    Args:
        frame: labelled rows of at least a few dozen windows.
        train: fits a model; called (`folds` + 1) times for each shuffle and once more for the real order.
        schema: the model's.
        faults: what to plant, by name.
        shuffles: years to shuffle.
        training_windows: windows to train on; the rest of the year is live.
        fault_windows: live windows of each shuffled year in which faults are planted.
        folds, days, seed: of the cross-fit, the windows, the shuffling.
    Returns:
        `real` and `shuffled`: by kind, the share of windows with an alarm and how often a year the rule of the trigger
        (2 of the last 5, then a month's rest) fires. `found`: by fault and kind, the share of windows with an alarm, of
        onsets found by that rule within `WITHIN` windows, and the median delay. "no fault" is what chance finds.
    """
    weeks = [frame[rows] for rows in window.blocks(frame, days)]
    if len(weeks) < training_windows + WITHIN:
        raise ValueError(f"the frame has {len(weeks)} windows, expected at least {training_windows + WITHIN}")
    live_windows = len(weeks) - training_windows
    faulty = min(fault_windows, live_windows)
    random = np.random.default_rng(seed)

    def alarms(order: Sequence[int], planted: Mapping[str, Fault], last: int | None) -> dict[str, Alarms]:
        past = pl.concat([weeks[number] for number in order[:training_windows]])
        live = [weeks[number] for number in order[training_windows:]]
        reference = checks.fit(cross_fit(past, train, folds=folds, days=days), schema, days=days)
        predict = train(past)

        def judge(fault: Fault, windows: Sequence[pl.DataFrame]) -> Alarms:
            data = [fault(week) for week in windows]
            data = [week.with_columns(pl.Series("prediction", predict(week))) for week in data]
            results = [{result.name: result for result in checks.calculate(week, reference, schema)} for week in data]
            return {kind: [raised(result) for result in results] for kind, raised in KINDS.items()}

        return {NO_FAULT: judge(lambda week: week, live)} | {
            name: judge(fault, live[:last]) for name, fault in planted.items()
        }

    real = alarms(range(len(weeks)), {}, None)[NO_FAULT]
    shuffled = [alarms(random.permutation(len(weeks)).tolist(), faults, faulty) for _ in range(shuffles)]
    per_year = 365.25 / days
    return {
        "windows": {"training": training_windows, "live": live_windows, "faulty": faulty, "days": days},
        "shuffles": shuffles,
        "onsets": shuffles * len(onsets(faulty)),
        "real": _rates([real], per_year),
        "shuffled": _rates([year[NO_FAULT] for year in shuffled], per_year),
        "found": {name: _found(shuffled, name, faulty) for name in (NO_FAULT, *faults)},
    }


def firings(violations: Sequence[bool], rest: int = REST) -> int:
    """How often the trigger's rule fires over windows, with so many windows of rest after each time."""
    count, free = 0, 0
    for number in range(len(violations)):
        if number >= free and trigger.persistent(violations[: number + 1]):
            count, free = count + 1, number + rest
    return count


def onsets(windows: int) -> range:
    """The windows from which on a fault may be planted, in so many: those that `WITHIN` windows are left for."""
    return range(max(1, windows - WITHIN + 1))


def delay(before: Sequence[bool], after: Sequence[bool]) -> int | None:
    """How many windows after the onset the rule fires; null where it does not within `WITHIN`."""
    for number in range(1, min(WITHIN, len(after)) + 1):
        if trigger.persistent([*before, *after[:number]]):
            return number
    return None


def _rates(years: Sequence[Alarms], per_year: float) -> dict[str, dict[str, float]]:
    return {
        kind: {
            "windows": fmean(fmean(year[kind]) for year in years),
            "firings_a_year": fmean(firings(year[kind]) * per_year / len(year[kind]) for year in years),
        }
        for kind in KINDS
    }


def _found(years: Sequence[Mapping[str, Alarms]], fault: str, last: int) -> dict[str, dict[str, float | None]]:
    found = {}
    for kind in KINDS:
        delays = []
        for year in years:
            clean, faulty = year[NO_FAULT][kind][:last], year[fault][kind][:last]
            delays += [delay(clean[:onset], faulty[onset:]) for onset in onsets(len(faulty))]
        known = [number for number in delays if number is not None]
        found[kind] = {
            "windows": fmean(fmean(year[fault][kind][:last]) for year in years),
            "found": len(known) / len(delays),
            "delay": float(median(known)) if known else None,
        }
    return found
