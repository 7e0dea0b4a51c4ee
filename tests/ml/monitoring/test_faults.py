import polars as pl

from ml.monitoring import faults

FRAME = pl.DataFrame({"miles": [1.0, None], "hour": [23.0, 5.0], "kind": ["a", "b"], "label": [1.0, 0.0]})


def test_a_fault_changes_its_own_column_and_nothing_else():
    planted = {
        "miles": (faults.scaled("miles", 1.6, 1), [2.6, None]),
        "hour": (faults.shifted("hour", 5, modulo=24), [4.0, 10.0]),
        "kind": (faults.renamed("kind", "a", "new"), ["new", "b"]),
        "label": (faults.flipped("kind", "a"), [0.0, 0.0]),
    }
    for column, (fault, expected) in planted.items():
        assert fault(FRAME)[column].to_list() == expected
        assert fault(FRAME).drop(column).equals(FRAME.drop(column))
