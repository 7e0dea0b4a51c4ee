from typing import Any

from ml.replay import report


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
    assert report.found(chance, None) == "60%"
    assert report.found({"found": 1.0, "delay": 3.0}, chance) == "100% (+40, after 3)"
    assert report.found({"found": 0.6, "delay": 2.0}, chance) == "60% (+0)"
    assert report.found({"found": 0.5, "delay": 3.0}, chance) == "50% (-10)"


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
