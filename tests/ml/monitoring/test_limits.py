import pytest

from ml.monitoring import limits


def test_a_smaller_window_may_stray_further_and_a_larger_one_may_not():
    limit = limits.fit([0.01, 0.02, 0.03, 0.02, 0.01, 0.02], [1000] * 6, spread=0.4)

    small, same, large = (limits.threshold(limit, rows) for rows in (250, 1000, 4000))

    assert small is not None
    assert same is not None
    assert small > same == large
    # Two standard errors of what the smaller window adds: 0.4 * sqrt(1/250 - 1/1000).
    assert small - same == pytest.approx(2 * 0.4 * 0.003**0.5)


def test_too_few_blocks_give_no_threshold():
    assert limits.fit([0.1] * (limits.MIN_BLOCKS - 1), [1000] * (limits.MIN_BLOCKS - 1), spread=0.4) is None
    assert limits.fit([float("nan")] * 10, [1000] * 10, spread=0.4) is None
    assert limits.threshold(None, 1000) is None
