from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from ml import bundle, training
from ml.monitoring.paired import answers, loss_difference
from ml.schema import Feature, Schema

SCHEMA = Schema(name="things", task="regression", features=(Feature(name="size"),))
THREE = np.array([[3.0]], dtype=np.float32)
START = datetime(2024, 1, 1, tzinfo=UTC)


def model(slope: float) -> bundle.Bundle:
    size = np.repeat(np.arange(4.0), 100)
    frame = pl.DataFrame({"size": size, "label": slope * size})
    archive = bundle.write(model=training.train(frame, SCHEMA, seed=0), schema=SCHEMA, reference={})
    return bundle.load(archive, sha256=bundle.digest(archive))


@pytest.fixture(scope="module")
def champion() -> bundle.Bundle:
    return model(1.0)


@pytest.fixture(scope="module")
def challenger() -> bundle.Bundle:
    return model(-1.0)


def seen(rows: list[tuple[str, bundle.Bundle, float]]) -> pl.DataFrame:
    """Captured rows of (id, who answered, size), each answered with 100, which no model says by itself."""
    return pl.DataFrame(
        {
            "prediction_id": [name for name, _, _ in rows],
            "event_time": [START + timedelta(hours=hour) for hour in range(len(rows))],
            "release": [bundle.release(who.sha256) for _, who, _ in rows],
            "prediction": [100.0 for _ in rows],
            "label": [1.0 for _ in rows],
            "size": [size for _, _, size in rows],
        }
    )


def test_both_models_answer_every_row_and_what_was_answered_counts_as_captured(champion, challenger):
    both = answers(seen([("a", champion, 3.0), ("b", challenger, 3.0)]), champion, challenger)

    assert both.columns == ["event_time", "label", "champion", "challenger"]
    captured_first, captured_second = both.rows()
    assert captured_first[2:] == (100.0, pytest.approx(challenger.predict(THREE)[0]))
    assert captured_second[2:] == (pytest.approx(champion.predict(THREE)[0]), 100.0)


def test_a_row_that_a_shadow_answers_too_counts_once_by_the_shadows_own_answer(champion, challenger):
    both = answers(seen([("a", champion, 3.0), ("a", challenger, 3.0)]), champion, challenger)

    assert both.height == 1
    assert both["challenger"].to_list() == [100.0]


def rows(champion: list[float], challenger: list[float], label: Sequence[float | None], day: list[int]) -> pl.DataFrame:
    times = [START + timedelta(days=number) for number in day]
    return pl.DataFrame({"event_time": times, "champion": champion, "challenger": challenger, "label": label})


def test_the_difference_is_of_labelled_rows_with_the_larger_error_of_rows_and_days():
    day = [0, 0, 1, 1, 2, 2]
    alike = loss_difference(rows([0.0] * 6, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0], [0.0] * 6, day))
    assert alike is not None
    assert (alike.mean, alike.champion, alike.rows, alike.days) == (pytest.approx(14 / 3), 0, 6, 3)
    # Three days with means 1, 4 and 9: their standard error, as if each were one row.
    assert alike.error == pytest.approx(np.std([1, 4, 9], ddof=1) / np.sqrt(3))
    assert alike.deviations == pytest.approx(alike.mean / alike.error)

    apart = loss_difference(rows([0.0] * 6, [1.0, 3.0] * 3, [0.0] * 6, day))
    assert apart is not None
    assert apart.error == pytest.approx(np.std([1, 9] * 3, ddof=1) / np.sqrt(6))

    assert loss_difference(rows([0.0] * 2, [1.0] * 2, [None, 0.0], [0, 1])) is None


def test_about_the_means_of_the_days_the_level_of_a_day_does_not_count():
    label = [0.0, 1.0, 0.0, 1.0]
    shifted = rows(label, [0.5, 1.5, -2.0, -1.0], label, [0, 0, 1, 1])
    assert (plain := loss_difference(shifted)) is not None
    assert plain.mean > 1
    assert (within := loss_difference(shifted, within_days=True)) is not None
    assert within.mean == pytest.approx(0)
