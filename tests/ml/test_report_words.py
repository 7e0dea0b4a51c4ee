"""The report's words fit the task: a low AUC is bad, and so is a high RMSE."""

import re
from typing import Any

import pytest

from ml.monitoring import calibration, performance
from ml.replay import report

RECORD: dict[str, Any] = {
    "project": "rides",
    "environment": "dev",
    "about": {"purpose": "Rides."},
    "period": "1 April 2024 to 8 April 2024",
    "rollout": '{"strategy": "canary"}',
    "calibration": [],
    "card": "",
    "power": None,
    "counted_apart": {},
    "table_versions": {},
    "latency": {"requests": 1, "rows": 1, "errors": 0, "p50": 1.0, "p99": 2.0},
    **{name: [] for name in ("batches", "trainings", "rollouts", "restorations")},
}
OF_BINARY = (
    "When is a low AUC a violation?",
    "harder to rank for any model",
    "few labels stand out",
    "a low measure is that",
    "below the dashed line it is a violation",
    "mean prediction and observed rate",
)
OF_REGRESSION = (
    "When is a high RMSE a violation?",
    "harder to predict for any model",
    "labels are spread widely",
    "a high measure is that",
    "mean prediction and mean label",
)


def performance_of(task: str) -> str:
    """The part on performance, without its pictures."""
    measure = report.MEASURES[task][0]
    checks = {
        performance.NAME: {"value": 0.9, "threshold": 1.2, "measures": {measure: 4.2, "usual": 4.6}},
        calibration.NAME: {"value": 0.1, "threshold": 0.3, "measures": {"observed": 20.5}},
    }
    results = [{"name": name, "status": "ok", **result} for name, result in checks.items()]
    window: dict[str, Any] = {
        "end": "2024-04-08",
        "results": results,
        "acted": "",
        "train": False,
        "release": "a",
        "reason": "",
    }
    window |= {"rows": 1, "labelled": 1}
    page = report.render(RECORD | {"task": task, "windows": [window]}, rehearsal=None)
    life = page.partition('<section id="life">')[2].partition("</section>")[0]
    return re.sub(r"<svg.*?</svg>", "", life, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("task", "own", "others"), [("binary", OF_BINARY, OF_REGRESSION), ("regression", OF_REGRESSION, OF_BINARY)]
)
def test_each_task_has_words_of_its_own(task: str, own: tuple[str, ...], others: tuple[str, ...]):
    said = performance_of(task)
    assert [words for words in own if words not in said] == []
    assert [words for words in others if words in said] == []


def test_the_limit_of_a_regression_is_above_what_is_usual():
    said = performance_of("regression")
    assert "RMSE 4.2, usual 4.6, limit 5.52, within the limit: no violation." in said
