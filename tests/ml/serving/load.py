"""Concurrent clients of a local endpoint, and the bucket that their answers are delivered to."""

import gzip
import json
import threading
import time
from collections import Counter

import httpx

from ml.serving.endpoint import LocalEndpoint
from tests.ml.serving.small_models import ROW

INVOKED = "x-amzn-invoked-production-variant"


class Load:
    """Clients that ask all the time, each answer kept by prediction id."""

    def __init__(self, endpoint: LocalEndpoint, clients: int = 6) -> None:
        self.url = f"{endpoint.url}/endpoints/{endpoint.name}/invocations"
        self.answers: dict[str, tuple[int, str, float]] = {}
        self.failures: list[str] = []
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(client,)) for client in range(clients)]

    def _ask(self, client: int) -> None:
        with httpx.Client(timeout=30) as session:
            number = 0
            while not self._done.is_set():
                number += 1
                id_ = f"{client}-{number}"
                try:
                    answer = session.post(self.url, json={"instances": [{**ROW, "prediction_id": id_}]})
                    body = answer.json()
                    assert body["prediction_ids"] == [id_]
                    self.answers[id_] = answer.status_code, answer.headers[INVOKED], body["predictions"][0]
                except Exception as error:  # noqa: BLE001
                    self.failures.append(f"{id_}: {error!r}")

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        self.more(50)
        return self

    def more(self, count: int) -> None:
        """Waits for so many more answers."""
        target, deadline = len(self.answers) + count, time.monotonic() + 30
        while len(self.answers) < target and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.answers) >= target, self.failures

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()


class Bucket(dict):
    def lines(self) -> list[dict]:
        return [json.loads(text) for body in self.values() for text in gzip.decompress(body).splitlines()]


def delivered_once(endpoint: LocalEndpoint, bucket: Bucket, load: Load) -> None:
    """Every answer was captured and delivered once, by the variant that gave it, and nothing else was."""
    endpoint.stop()
    assert not load.failures
    assert {status for status, _, _ in load.answers.values()} == {200}
    lines = {line["id"]: line for line in bucket.lines()}
    assert Counter(line["id"] for line in bucket.lines()) == Counter(load.answers.keys())
    for id_, (_, variant, prediction) in load.answers.items():
        assert (lines[id_]["variant"], lines[id_]["prediction"]) == (variant, prediction)
