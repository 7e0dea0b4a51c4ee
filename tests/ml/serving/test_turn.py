import asyncio

import numpy as np
import pytest
from xgboost import XGBRegressor

from ml import bundle, training
from ml.schema import Feature, Schema
from ml.serving import model
from ml.serving.errors import RequestError
from ml.serving.turn import ROWS, Turn
from tests.ml.serving.small_models import ROW, SCHEMA, archive


def load(content: bytes) -> model.Model:
    return model.load(content, bundle.digest(content))


def ask(turn: Turn, records: list[dict]) -> list[float | BaseException]:
    """Asks for all records in one turn of the event loop."""

    async def all_at_once() -> list[float | BaseException]:
        return await asyncio.gather(*(turn.predict(record) for record in records), return_exceptions=True)

    return asyncio.run(all_at_once())


@pytest.fixture(scope="module")
def trees() -> model.Model:
    rows = np.random.default_rng(0).normal(size=(2000, 5)).astype(np.float32)
    label = (rows[:, 0] + rows[:, 1] * rows[:, 2] > 0).astype(np.float32)
    fitted = XGBRegressor(**training.SETTINGS | {"n_estimators": 40}, objective="binary:logistic", base_score=0.5)
    schema = Schema(name="parcels", task="binary", features=tuple(Feature(name=name) for name in "abcde"))
    onnx = training.to_onnx(fitted.fit(rows, label), schema)
    return load(bundle.write(model=onnx, schema=schema, reference={}))


@pytest.mark.parametrize("together", [1, 2, ROWS - 1, ROWS, ROWS + 1, 3 * ROWS + 7])
def test_trees_answer_a_row_in_company_with_the_bits_of_the_row_alone(trees, together):
    values = np.random.default_rng(together).normal(size=(together, 5)).tolist()
    records = [dict(zip("abcde", [*row[:4], None], strict=True)) for row in values]
    alone = [trees.predict([record])[0] for record in records]
    assert ask(Turn(trees), records) == alone
    assert len(set(alone)) > together / 2


def test_rows_are_predicted_in_one_call_a_turn(trees, monkeypatch):
    calls, answers = [], trees.answers
    monkeypatch.setattr(trees, "answers", lambda matrix: calls.append(len(matrix)) or answers(matrix))
    ask(Turn(trees), [dict.fromkeys("abcde", 0.5)] * 5)
    assert calls == [5]


def test_a_row_that_is_refused_leaves_its_place_to_the_next():
    turn = Turn(load(archive(schema=SCHEMA)))

    async def with_a_bad_row() -> list[float]:
        first = turn.predict(dict(ROW))
        with pytest.raises(RequestError, match="distance"):
            turn.predict({**ROW, "distance": "far"})
        return [await first, await turn.predict({**ROW, "distance": 0})]

    assert asyncio.run(with_a_bad_row()) == pytest.approx([0.47502, 0.38936], abs=1e-5)


def test_a_failed_call_fails_the_requests_of_its_turn_and_no_other(trees, monkeypatch):
    turn, record = Turn(trees), dict.fromkeys("abcde", 0.5)
    with monkeypatch.context() as broken:
        broken.setattr(trees, "answers", lambda _matrix: 1 / 0)
        failed = ask(turn, [record] * 3)
    assert [type(answer) for answer in failed] == [ZeroDivisionError] * 3
    assert ask(turn, [record]) == trees.predict([record])


def test_a_caller_that_gave_up_does_not_spoil_the_turn(trees):
    turn, record = Turn(trees), dict.fromkeys("abcde", 0.5)

    async def one_gives_up() -> float:
        turn.predict(record).cancel()
        return await turn.predict(record)

    assert [asyncio.run(one_gives_up())] == trees.predict([record])
