import json
import math

import pytest

from ml.monitoring.result import Result, judge, not_enough


def test_a_value_above_its_threshold_is_a_violation_and_one_at_it_is_not():
    assert judge("gap", 0.2, 0.1, "").status == "violation"
    assert judge("gap", 0.1, 0.1, "").status == "ok"


@pytest.mark.parametrize(("value", "threshold"), [(math.nan, 1.0), (1.0, math.nan), (math.inf, 1.0), (1.0, None)])
def test_what_is_not_a_number_is_never_ok(value: float, threshold: float | None):
    result = judge("gap", value, threshold, "", {"figure": math.nan})

    assert result.status == "not enough data"
    assert not result.judged
    json.dumps(result.to_dict(), allow_nan=False)


def test_a_result_comes_back_from_json():
    for result in (judge("gap", 0.2, 0.1, "so", {"a": 1.0}), not_enough("gap", "why")):
        assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result
