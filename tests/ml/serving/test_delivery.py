import gzip
import json

import pytest

from ml.serving.delivery import Delivery


def line(number: int, day: int = 1) -> bytes:
    return json.dumps({"id": f"p{number}", "event_time": f"2013-01-0{day}T00:00:00", "request": str(number)}).encode()


class Bucket(dict):
    """Objects by key; `failing` makes the next puts fail."""

    failing = 0

    def put(self, key: str, body: bytes) -> None:
        if self.failing:
            self.failing -= 1
            raise OSError("no route")
        self[key] = body

    def ids(self) -> list[str]:
        return [json.loads(text)["id"] for body in self.values() for text in gzip.decompress(body).splitlines()]


@pytest.fixture
def capture(tmp_path):
    return tmp_path / "capture.jsonl"


def test_lines_are_put_once_by_the_day_of_their_event_time(capture):
    bucket, delivery = Bucket(), Delivery("flights")
    capture.write_bytes(b"".join(line(n, day) + b"\n" for n, day in enumerate([1, 2, 1])))
    for _ in range(2):
        delivery.deliver([capture], settled=9, unanswered=set(), put=bucket.put)
    with capture.open("ab") as file:
        file.write(line(3) + b"\n")
    assert delivery.deliver([capture], settled=9, unanswered=set(), put=bucket.put) == 1
    assert bucket.ids() == ["p0", "p2", "p1", "p3"]
    assert [key.split("/")[:3] for key in bucket] == [["capture", "flights", f"2013-01-0{day}"] for day in (1, 2, 1)]
    assert all(key.endswith(".jsonl.gz") for key in bucket)
    assert b"request" not in gzip.decompress(next(iter(bucket.values())))


def test_what_a_failing_bucket_did_not_take_is_put_again_and_only_that(capture):
    bucket, delivery = Bucket(), Delivery("flights")
    capture.write_bytes(line(0, 1) + b"\n" + line(1, 2) + b"\n")
    bucket.failing = 1
    with pytest.raises(OSError, match="no route"):
        delivery.deliver([capture], settled=9, unanswered=set(), put=bucket.put)
    assert delivery.deliver([capture], settled=9, unanswered=set(), put=bucket.put) == 2
    assert delivery.deliver([capture], settled=9, unanswered=set(), put=bucket.put) == 0
    assert sorted(bucket.ids()) == ["p0", "p1"]


def test_lines_wait_until_it_is_known_whether_they_were_answered(capture):
    bucket, delivery = Bucket(), Delivery("flights")
    capture.write_bytes(line(1) + b"\n" + line(2) + b"\n" + line(3) + b"\n")
    assert delivery.deliver([capture], settled=2, unanswered=set(), put=bucket.put) == 1
    assert delivery.deliver([capture], settled=9, unanswered={2}, put=bucket.put) == 1
    assert bucket.ids() == ["p1", "p3"]


def test_a_line_that_a_killed_server_left_half_is_not_put(capture):
    bucket, delivery = Bucket(), Delivery("flights")
    capture.write_bytes(line(1) + b"\n" + line(2)[:20])
    assert delivery.deliver([capture], settled=9, unanswered=set(), put=bucket.put) == 1
    with capture.open("ab") as file:
        file.write(b"\n" + line(3) + b"\n")
    assert delivery.deliver([capture], settled=9, unanswered=set(), put=bucket.put) == 1
    assert (bucket.ids(), delivery.torn) == (["p1", "p3"], 1)


def test_a_later_run_overwrites_nothing(capture):
    bucket = Bucket()
    capture.write_bytes(line(1) + b"\n")
    for _ in range(2):
        Delivery("flights").deliver([capture], settled=9, unanswered=set(), put=bucket.put)
    assert len(bucket) == 2
