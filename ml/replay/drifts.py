"""Why drift is reported and not acted on, in what the replay itself saw."""

from collections.abc import Mapping, Sequence
from typing import Any

from ml.monitoring import checks, drift, power, prediction

Window = Mapping[str, Mapping[str, Any]]
"""The results of a window, by the check's name."""


def seen(replay: Mapping[str, Any]) -> str:
    """How often each drift was raised, and how often where labels showed a violation; empty where neither was judged.

    Only windows count that could be judged by both kinds of drift and by labels.
    """
    windows = [{result["name"]: result for result in window["results"]} for window in replay["windows"]]
    needed = (drift.NAME, prediction.NAME, *checks.ACTED_ON)
    judged = [window for window in windows if all(_judged(window, name) for name in needed)]
    if not judged:
        return ""
    wrong = [window for window in judged if any(_raised(window, name) for name in checks.ACTED_ON)]
    far = sum(any((psi or 0) > power.NAIVE for psi in window[drift.NAME]["measures"].values()) for window in judged)
    return (
        f"In {far} of the {len(judged)} windows that could be judged some feature had a PSI over {power.NAIVE}, the "
        f"usual rule of thumb. Measured against the training period, {_counts(judged)}. Labels showed a violation in "
        f"{len(wrong)} windows: in these, {_counts(wrong)}."
    )


def _judged(window: Window, name: str) -> bool:
    return name in window and window[name]["status"] != "not enough data"


def _raised(window: Window, name: str) -> bool:
    return window[name]["status"] == "violation"


def _counts(windows: Sequence[Window]) -> str:
    inputs, scores = (sum(_raised(window, name) for window in windows) for name in (drift.NAME, prediction.NAME))
    return f"{drift.NAME} was raised in {inputs}, {prediction.NAME} in {scores}"
