import re
from typing import Any

import pytest

from ml.replay import alarms, markdown, report


def resource(name: str, how: str, note: str) -> dict[str, Any]:
    return {"type": "a", "name": name, "how": how, "note": note}


def test_a_note_is_told_once_with_all_resources_that_it_concerns_and_what_went_least_far_first():
    notes = report.notes(
        [
            resource("one", "rehearsed on moto", "nothing expires"),
            resource("two", "rehearsed on moto", "not asked; nothing expires"),
            resource("three", "replaced", "a record; a process answers"),
            resource("four", "rehearsed on moto", ""),
            resource("five", "not rehearsed", "no such API"),
        ]
    )
    assert [(note["note"], note["resources"]) for note in notes] == [
        ("no such API", ["a five"]),
        ("a record; a process answers", ["a three"]),
        ("nothing expires", ["a one", "a two"]),
        ("not asked", ["a two"]),
    ]


def test_a_fault_is_found_as_far_as_more_is_found_than_without_any():
    chance = {"found": 0.6, "delay": 2.0}
    assert alarms.found(chance, None) == "60%"
    assert alarms.found({"found": 1.0, "delay": 3.0}, chance) == "100% (+40, after 3)"
    assert alarms.found({"found": 0.6, "delay": 2.0}, chance) == "60% (+0)"
    assert alarms.found({"found": 0.5, "delay": 3.0}, chance) == "50% (-10)"


def window(end: str, auc: float, observed: float, status: str = "ok") -> dict[str, Any]:
    measured = {"status": status, "value": 0.7 - auc, "threshold": 0.1, "measures": {"auc": auc, "usual": 0.7}}
    gap = {"status": "ok", "value": 0.0, "threshold": 0.1, "measures": {"observed": observed}}
    return {"end": end, "results": [{"name": "performance", **measured}, {"name": "calibration", **gap}]}


def test_the_window_furthest_from_usual_is_explained_by_its_limit():
    windows = [window("2013-09-30", 0.62, 0.1), window("2013-06-03", 0.75, 0.3), window("2013-07-01", 0.7, 0.4)]
    assert report.furthest({"task": "binary", "windows": windows}) == (
        "The furthest from usual is the window that ended 2013-09-30: AUC 0.62, usual 0.7, limit 0.6, "
        "within the limit: no violation. Its mean label is 0.1; over all judged windows it goes from 0.1 to 0.4, "
        "and is 0.3 in the middle."
    )
    windows[0] = window("2013-09-30", 0.55, 0.1, "violation")
    assert "limit 0.6, beyond the limit: a violation" in report.furthest({"task": "binary", "windows": windows})
    assert report.furthest({"task": "binary", "windows": []}) == ""


def test_a_window_without_a_point_is_told_with_the_reason():
    judged = [window("2013-04-08", 0.7, 0.2), window("2013-04-15", 0.7, 0.2)]
    assert report.unjudged({"windows": judged}, "performance") == ""
    no_model = {"name": "performance", "status": "not enough data", "detail": "the model has no reference statistics"}
    windows = [{"end": "2013-04-01", "results": [no_model]}, *judged, {"end": "2013-04-22", "results": []}]
    assert report.unjudged({"windows": windows}, "performance") == (
        "No point for 2 of 4 windows (that ended 2013-04-01: the model has no reference statistics; "
        "that ended 2013-04-22: the check did not run)."
    )


TRAINING = {
    "at": "2013-04-02",
    "because": "no model",
    "rows": 1000,
    "candidate": {"auc": 0.74, "brier": 0.15},
    "champion": {"auc": 0.5, "brier": 0.18},
    "passed": False,
    "reasons": ["worse"],
    "seconds": 5.0,
}
REPLAY: dict[str, Any] = {
    "project": "late",
    "environment": "dev",
    "task": "binary",
    "about": {"purpose": "Who is late."},
    "period": "1 April 2013 to 8 April 2013",
    "rollout": '{"strategy": "canary"}',
    "batches": [],
    "windows": [],
    "trainings": [TRAINING],
    "rollouts": [],
    "power": None,
    "card": "# late: model card\n\n| | |\n|---|---|\n| task | binary |\n\n- <b>bold</b>\n",
    "calibration": [],
    "counted_apart": {},
    "table_versions": {"flights": 3},
    "latency": {"requests": 10, "rows": 1200, "errors": 0, "p50": 1.0, "p99": 2.0},
}
REHEARSAL: dict[str, Any] = {
    "resources": [],
    "summary": "3 resources",
    "notes": ["serving.mode serverless: <all at once>", "`pulumi up` builds the image."],
    "destroyed": "Gone.",
    "leftovers": False,
    "cost": {"total": 3.4, "note": "", "lines": [], "unpriced": []},
}


@pytest.fixture(scope="module")
def page() -> str:
    windows = [{**window("2013-04-01", 0.7, 0.2), "acted": "", "train": False, "release": "a", "rows": 1}]
    windows[0] |= {"labelled": 1, "reason": ""}
    return report.render(REPLAY | {"windows": windows}, rehearsal=REHEARSAL)


def section(page: str, id_: str) -> str:
    return page.partition(f'<section id="{id_}">')[2].partition("</section>")[0]


def test_the_words_that_lead_to_a_part_are_its_heading(page: str):
    links = re.findall(r'<a href="#(\w+)">([^<]+)</a>', page)
    assert links == re.findall(r'<section id="(\w+)"><h2>([^<]+)</h2>', page)
    assert len(links) == 12


def test_one_thing_is_told_in_the_singular(page: str):
    tiles = dict(re.findall(r'<div class="tile"><b>([^<]+)</b><span>([^<]+)</span>', page)[::-1])
    assert tiles["1"] == "training decided by the monitor"
    assert ">candidate refused by the gate<" in page
    assert ">requests lost<" in page


def test_each_measure_of_a_training_says_whose_it_is(page: str):
    headings = re.findall(r'<th class="n">(\w+, \w+)</th>', section(page, "trainings"))
    assert headings == ["auc, candidate", "auc, champion", "brier, candidate", "brier, champion"]


def test_what_aws_does_otherwise_stands_beside_the_rollouts(page: str):
    rollouts = section(page, "rollouts")
    assert "make plan ENV=dev" in rollouts
    assert "<li>serving.mode serverless: &lt;all at once&gt;</li>" in rollouts
    assert "<li><code>pulumi up</code> builds the image.</li>" in rollouts
    alone = report.render(REPLAY | {"windows": []}, rehearsal=None)
    assert "make plan" not in alone
    assert "#cost" not in alone


def test_the_model_card_is_rendered_under_the_page_s_own_headings(page: str):
    card = section(page, "card")
    assert "<h3>late: model card</h3>" in card
    assert "<td>binary</td>" in card
    assert "&lt;b&gt;bold&lt;/b&gt;" in card
    assert "<h1" not in card


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "text <img src=x onerror=alert(1)>",
        "![picture](https://example.com/a.png)",
        "[here](javascript:alert(1))",
        "| a |\n|---|\n| <iframe src=x> |",
    ],
)
def test_a_card_can_neither_run_nor_fetch_anything(hostile: str):
    for html in (markdown.to_html(hostile), markdown.inline(hostile)):
        assert not re.search(r"<(script|img|iframe)|href=.javascript", html)
