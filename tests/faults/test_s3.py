"""S3 that refuses, is slow, breaks off or gives other bytes: overcome, or ended in a sentence; never half a result."""

from collections.abc import Callable, Iterator

import pytest

from infra.rehearsal.environment import aws_variables, environment
from infra.rehearsal.servers import Server
from ml import store
from ml.store import ATTEMPTS, Bucket, StoreError
from tests.faults.conftest import REGION, made
from tests.faults.proxy import Fault, Proxy, cut_off, flipped, refused, slow, to, truncated

pytestmark = pytest.mark.slow
CONTENT = bytes(range(256)) * 400
PASSING: dict[str, tuple[Fault, int]] = {
    "503 once": (refused(503, "ServiceUnavailable"), 1),
    "SlowDown twice": (refused(503, "SlowDown"), 2),
    "cut off once": (cut_off(), 1),
    "truncated twice": (truncated(), 2),
    "a flipped bit once": (flipped(), 1),
}
LASTING: dict[str, tuple[Fault, str]] = {
    "403": (refused(403, "AccessDenied"), "AccessDenied"),
    "no bucket": (refused(404, "NoSuchBucket"), "NoSuchBucket"),
    "503": (refused(503, "ServiceUnavailable"), "ServiceUnavailable"),
    "SlowDown": (refused(503, "SlowDown"), "SlowDown"),
    "a clock 15 minutes off": (
        refused(403, "RequestTimeTooSkewed", "The difference is too large"),
        "RequestTimeTooSkewed",
    ),
    "cut off": (cut_off(), "Connection was closed"),
    "truncated": (truncated(), "51200 more expected"),
    "a flipped bit": (flipped(), "checksum"),
}
ASKED: dict[str, Callable[[Bucket], object]] = {
    "get": lambda bucket: bucket.get("there"),
    "put": lambda bucket: bucket.put("new", b"x"),
    "put_new": lambda bucket: bucket.put_new("new", b"x"),
    "put_over": lambda bucket: bucket.put_over("there", b"x", known=CONTENT),
    "keys": lambda bucket: list(bucket.keys("")),
    "delete": lambda bucket: bucket.delete("there"),
}
REPEATED = ("503", "SlowDown", "cut off")
"""Asked again by boto3, after waits of seconds: one way to read and one to write are enough."""
BODY = ("truncated", "a flipped bit")
CASES = [(how, ask) for how in LASTING for ask in ASKED if not (how in BODY and ask != "get")]
CASES = [(how, ask) for how, ask in CASES if how not in REPEATED or ask in ("get", "put_new")]


@pytest.fixture(scope="module")
def objects(moto: Server) -> str:
    with environment(aws_variables(moto.url, REGION)):
        return made("faults-objects")


@pytest.fixture
def proxied(moto: Server, objects: str) -> Iterator[tuple[Proxy, Bucket]]:
    """A bucket with one object in it, behind a proxy."""
    with environment(aws_variables(moto.url, REGION)):
        for key in list(Bucket(objects).keys("")):
            Bucket(objects).delete(key)
        Bucket(objects).put("there", CONTENT)
    with Proxy(moto.url) as proxy, environment(aws_variables(proxy.url, REGION)):
        yield proxy, Bucket(objects)


@pytest.mark.parametrize("how", PASSING)
def test_a_fault_that_passes_is_overcome(proxied: tuple[Proxy, Bucket], how: str):
    proxy, bucket = proxied
    fault, times = PASSING[how]
    with proxy.broken(fault, times=times) as planted:
        assert bucket.get("there") == CONTENT
    assert planted.met == times
    assert len(proxy.requests) == times + 1


@pytest.mark.parametrize(("how", "ask"), CASES)
def test_a_fault_that_lasts_ends_in_one_sentence_after_a_few_tries(proxied: tuple[Proxy, Bucket], how: str, ask: str):
    proxy, bucket = proxied
    fault, said = LASTING[how]
    with proxy.broken(fault), pytest.raises(StoreError) as caught:
        ASKED[ask](bucket)
    message = str(caught.value)
    assert message.startswith(f"s3://{bucket.name}/")
    assert said in message
    assert len(message.splitlines()) == 1
    assert len(proxy.requests) == (ATTEMPTS if how in REPEATED + BODY else 1)


def test_a_silent_s3_is_given_up(proxied: tuple[Proxy, Bucket], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "SILENCE_SECONDS", 0.3)
    proxy, bucket = proxied
    store._client.cache_clear()
    try:
        with proxy.broken(slow(60)), pytest.raises(StoreError, match="timeout"):
            Bucket(bucket.name).get("there")
    finally:
        store._client.cache_clear()
    assert len(proxy.requests) == ATTEMPTS


def test_a_writer_whose_answer_was_lost_knows_its_own_object(proxied: tuple[Proxy, Bucket]):
    proxy, bucket = proxied
    with proxy.broken(cut_off(), when=to("PUT"), times=1) as planted:
        assert bucket.put_new("lock", b"mine")
    with proxy.broken(cut_off(), when=to("PUT"), times=1) as again:
        assert bucket.put_over("lock", b"still mine", known=b"mine")
    assert (planted.met, again.met) == (1, 1)
    assert not bucket.put_new("lock", b"another's")
    assert not bucket.put_over("lock", b"another's", known=b"mine")
    assert bucket.get("lock") == b"still mine"
