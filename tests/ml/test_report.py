import re
from typing import Any

import pytest

from ml.monitoring import power
from ml.replay import alarms, drifts, markdown, report


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


def by_kind(**figures: float) -> dict[str, dict[str, float]]:
    """The same figures for each kind of alarm."""
    return dict.fromkeys(power.KINDS, figures)


POWER: dict[str, Any] = {
    "windows": {"training": 13, "live": 39, "faulty": 16, "days": 7},
    "shuffles": 4,
    "onsets": 36,
    "real": by_kind(windows=0.1, firings_a_year=3.3),
    "shuffled": by_kind(windows=0.2, firings_a_year=4.4),
    "found": {
        power.NO_FAULT: by_kind(windows=0.2, found=0.39, delay=3.5),
        "clock in UTC": by_kind(windows=0.7, found=0.89, delay=2.0),
    },
}
"""What `ml.monitoring.power.measure` gives."""


def test_the_table_of_faults_says_what_it_counts_and_of_how_many():
    summary, (rates, found) = alarms.summarize(POWER)
    assert "a model trained once, on 13 windows, and then left alone for 39" in summary
    assert "4 years whose weeks were shuffled" in summary
    assert "then 4 windows' rest" in rates["note"]
    assert "each of the first 9 live windows of the 4 shuffled years, 36 in all" in found["note"]
    assert "only 8 of the 36 have no window in common" in found["note"]


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


def drifted(inputs: str, scores: str, labels: str, psi: float = 0.1) -> dict[str, Any]:
    """A window by the outcomes of its checks."""
    found = {"data drift": inputs, "prediction drift": scores, "performance": "ok", "calibration": labels}
    return {"results": [{"name": name, "status": status, "measures": {"x": psi}} for name, status in found.items()]}


def test_drift_is_counted_beside_what_labels_showed():
    windows = [
        drifted("ok", "violation", "violation", psi=3.0),
        drifted("ok", "ok", "violation"),
        drifted("violation", "violation", "ok", psi=3.0),
        drifted("ok", "ok", "ok", psi=0.3),
        drifted("violation", "violation", "not enough data"),
    ]
    assert drifts.seen({"windows": windows}) == (
        "In 3 of the 4 windows that could be judged some feature had a PSI over 0.2, the usual rule of thumb. Measured "
        "against the training period, data drift was raised in 1, prediction drift in 2. Labels showed a violation in "
        "2 windows: in these, data drift was raised in 0, prediction drift in 1."
    )
    assert drifts.seen({"windows": windows[-1:]}) == ""


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
    "restorations": [],
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


BAD, GOOD = "bad0" * 16, "600d" * 16
RESTORATION: dict[str, Any] = {
    "at": "2013-04-08T00:00:00+00:00",
    "from": {"release": BAD, "config": "2", "since": "2013-04-02T00:00:00+00:00"},
    "to": {"release": GOOD, "config": "1"},
    "reasons": ["loss is 0.06 higher than the champion's"],
    "measures": {"loss": 0.18969, "loss_before": 0.12991},
    "outcome": "restored",
}
WINDOW = {**window("2013-04-01", 0.7, 0.2), "acted": "", "train": False, "release": "a", "rows": 1}
WINDOW |= {"labelled": 1, "reason": ""}


@pytest.fixture(scope="module")
def page() -> str:
    return report.render(REPLAY | {"windows": [WINDOW]}, rehearsal=REHEARSAL)


def page_with(**changed: Any) -> str:
    return report.render(REPLAY | {"windows": [WINDOW]} | changed, rehearsal=None)


def section(page: str, id_: str) -> str:
    return page.partition(f'<section id="{id_}">')[2].partition("</section>")[0]


def rows(table: str) -> list[list[str]]:
    """The cells of each row of a table's body."""
    return [
        re.findall(r"<td[^>]*>(.*?)</td>", row) for row in re.findall("<tr>(.*?)</tr>", table.partition("<tbody>")[2])
    ]


def test_the_page_shows_how_often_each_alarm_is_false_and_what_it_finds_of_a_planted_fault():
    part = section(page_with(power=POWER), "alarms")
    assert re.findall("<h3>(.*?)</h3>", part) == ["Does it cry wolf?", "Does it see a fault?"]
    rates, found = re.findall("<table>.*?</table>", part, re.DOTALL)
    assert rows(rates) == [[kind, "10%", "20%", "3.3", "4.4"] for kind in power.KINDS]
    assert re.findall('<th class="n">(.*?)</th>', found) == list(power.KINDS)
    assert rows(found) == [
        [power.NO_FAULT, *["39%"] * len(power.KINDS)],
        ["clock in UTC", *["89% (+50, after 2)"] * len(power.KINDS)],
    ]


def test_where_the_alarms_were_not_measured_the_page_says_so(page: str):
    part = section(page, "alarms")
    assert "Not measured in this run" in part
    assert "<table" not in part


def test_the_words_that_lead_to_a_part_are_its_heading(page: str):
    links = re.findall(r'<a href="#(\w+)">([^<]+)</a>', page.partition("<nav>")[2].partition("</nav>")[0])
    assert links == re.findall(r'<section id="(\w+)"><h2>([^<]+)</h2>', page)
    assert len(links) == 12


def test_one_thing_is_told_in_the_singular(page: str):
    tiles = dict(re.findall(r'<div class="tile"><b>([^<]+)</b><span>([^<]+)</span>', page)[::-1])
    assert tiles["1"] == "training decided by the monitor"
    assert ">candidate refused by the gate<" in page
    assert ">requests lost<" in page


def test_a_release_that_labels_took_back_is_told_where_the_page_begins_in_the_charts_and_among_the_rollouts():
    told = page_with(restorations=[RESTORATION])
    assert "<b>1</b><span>release taken back by labels, after 6 days of all requests</span>" in told
    assert section(told, "life").count("a release that was taken back") == 2
    assert section(told, "drift").count("a release that was taken back") == 1
    words = "Shaded, from 2013-04-02 to 2013-04-08, bad0bad0bad0 answered: its Brier score was 0.1897, where"
    assert f"{words} 600d600d600d would have had 0.1299." in section(told, "life")
    rollouts = section(told, "rollouts")
    row = re.findall(r"<td[^>]*>(.*?)</td>", rollouts.rpartition("<tbody>")[2])
    assert row[:3] == ["2013-04-02", "2013-04-08", "6"]
    assert row[3] == "<code>bad0bad0bad0</code>"
    assert row[4:] == ["loss is 0.06 higher than the champion&#39;s", "<code>600d600d600d</code>"]
    assert "every 7 days here, on AWS every day" in rollouts


def test_where_nothing_was_taken_back_nothing_is_shaded(page: str):
    assert "<b>0</b><span>releases taken back by labels</span>" in page
    assert "a release that was taken back" not in page
    assert "haded" not in page
    assert "after the bake" not in section(page, "rollouts")


def test_a_release_that_was_planted_is_said_to_be_given_all_requests_on_purpose():
    rollout: dict[str, Any] = {"start": "2013-03-01", "end": "2013-03-08", "release": BAD[:12], "reasons": []}
    rollout |= {"planted": True, "promoted": False, "requests": 1, "challenger_requests": 1, "lost": 0}
    on_purpose = "the planted release was given all requests once more"
    assert on_purpose in page_with(restorations=[RESTORATION], rollouts=[rollout])
    assert on_purpose not in page_with(restorations=[RESTORATION])


def test_a_release_that_could_not_be_taken_back_is_not_said_to_be():
    told = page_with(restorations=[RESTORATION | {"outcome": "not restored: the configuration is gone"}])
    assert "<b>0</b><span>releases taken back by labels</span>" in told
    assert "after the bake" not in section(told, "rollouts")


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
