"""An endpoint on this machine: model servers as real processes behind the router, rolled out by the stack's policy."""

import asyncio
import threading
from collections.abc import Coroutine
from itertools import count
from pathlib import Path
from typing import Any, Self, TypeVar

import uvicorn

from ml.bundle import release
from ml.monitoring.canary import Sample
from ml.process import Process
from ml.serving.choice import SmoothChoice
from ml.serving.connection import watch
from ml.serving.delivery import Delivery, Put, parse
from ml.serving.policy import RolloutPolicy
from ml.serving.router import Router, Table
from ml.serving.server import config, listener
from ml.serving.upstream import Counters
from ml.serving.variant import DeploymentError, Variant

T = TypeVar("T")

CHAMPION, CHALLENGER = "champion", "challenger"
DRAIN_SECONDS = 30.0


class LocalEndpoint:
    """Champion, challenger and router, with SageMaker's runtime path at `url`.

    boto3's `sagemaker-runtime` client works against it by `endpoint_url=endpoint.url`. Used as a context manager, or
    ended by `stop`; its methods are for one thread at a time.
    """

    def __init__(
        self, name: str, policy: RolloutPolicy, folder: Path, *, put: Put | None = None, capture: str = "lines"
    ) -> None:
        """`folder` gets logs and captured lines; `put(key, body)` writes an object to the capture bucket.

        `capture` is `Wiring.capture_form`: in which form.
        """
        self.name, self.policy = name, policy
        self._folder, self._put = folder, put
        self._numbers = count(1)
        self._router = Router(name)
        self._delivery = Delivery(name, capture)
        self._variants: dict[str, Variant] = {}
        self._files: list[Path] = []
        self._step = 0
        self._socket = listener()
        self._server = uvicorn.Server(config(self._router, host="127.0.0.1", port=0))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._serve, name=f"router {name}", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def start(self, bundle: Path | None = None, sha256: str = "") -> Self:
        """Starts the champion, by default the baseline, and the router. Raises DeploymentError."""
        champion = self._launch(bundle, sha256, CHAMPION)
        self._variants = {CHAMPION: champion}
        self._thread.start()
        while self._loop is None or not self._server.started:
            self._thread.join(0.005)
            if not self._thread.is_alive():
                raise DeploymentError(f"the router of {self.name} did not start on {self.url}")
        self._route(0)
        return self

    def deploy_challenger(self, bundle: Path, sha256: str) -> None:
        """Starts a challenger and gives it the policy's first share of the requests.

        Raises DeploymentError, and leaves the champion as it was, when the challenger does not get ready.
        """
        if CHALLENGER in self._variants:
            raise DeploymentError(f"{self.name} has a challenger already: promote it or roll it back first")
        challenger = self._launch(bundle, sha256, CHALLENGER)
        champion = self._variants[CHAMPION]
        champion.sample_start = champion.capture.stat().st_size
        champion.upstream.counters = Counters()
        self._variants[CHALLENGER] = challenger
        self._step = 0
        self._route(self.policy.share)

    @property
    def weights(self) -> dict[str, int]:
        """The share of each variant, in percent."""
        table = self._router.table
        return {name: table.choice.weights.get(name, 0) for name in self._variants} if table else {}

    @property
    def releases(self) -> dict[str, str]:
        """The bundle's sha256 of each variant; empty for the baseline."""
        return {name: variant.sha256 for name, variant in self._variants.items()}

    @property
    def processes(self) -> dict[str, Process]:
        return {name: variant.process for name, variant in self._variants.items()}

    def next_step(self) -> bool:
        """Gives the challenger the policy's next share. False when there is none left: promote it or roll it back."""
        self._challenger()
        if self._step + 1 >= len(self.policy.percent):
            return False
        self._step += 1
        self._route(self.policy.percent[self._step])
        return True

    def words(self) -> str:
        """What the challenger does at this step of the policy."""
        return self.policy.words(self._step)

    def promote(self) -> None:
        """Makes the challenger the champion; the old one answers what it has begun, and ends."""
        challenger, old = self._challenger(), self._variants[CHAMPION]
        self._variants = {CHAMPION: challenger}
        self._route(0)
        self._retire(old)

    def roll_back(self) -> None:
        """Gives all requests to the champion; the challenger answers what it has begun, and ends."""
        challenger = self._challenger()
        del self._variants[CHALLENGER]
        self._route(0)
        self._retire(challenger)

    def replace(self, bundle: Path, sha256: str) -> None:
        """Gives all requests to another release at once, without a bake; the old one answers what it has begun.

        Raises DeploymentError, and leaves the champion as it was, when the release does not get ready.
        """
        if CHALLENGER in self._variants:
            raise DeploymentError(f"{self.name} has a challenger: promote it or roll it back first")
        fresh, old = self._launch(bundle, sha256, CHAMPION), self._variants[CHAMPION]
        self._variants = {CHAMPION: fresh}
        self._route(0)
        self._retire(old)

    def counters(self) -> dict[str, Counters]:
        """What each variant did since the last deployment."""

        async def copy() -> dict[str, Counters]:
            return {name: variant.upstream.counters.copy() for name, variant in self._variants.items()}

        return self._call(copy())

    def samples(self) -> tuple[Sample, Sample]:
        """Champion and challenger since the challenger was deployed, for `canary.judge`; labels are added there."""
        self._challenger()
        counters = self.counters()
        champion, challenger = (
            Sample(
                requests=counters[name].requests,
                errors=counters[name].errors,
                latencies_ms=tuple(counters[name].latencies_ms),
                scores=self._scores(variant),
            )
            for name, variant in self._variants.items()
        )
        return champion, challenger

    def deliver(self, put: Put | None = None) -> int:
        """Brings the captured lines that are new to the capture bucket. Returns their count."""
        put = put or self._put
        if put is None:
            raise ValueError(f"{self.name} was made without put=, so captured lines have nowhere to go")
        settled, unanswered = self._fates()
        return self._delivery.deliver(self._files, settled=settled, unanswered=unanswered, put=put)

    def stop(self) -> None:
        """Ends the router, then the variants, and delivers what is left. Safe to call twice."""
        try:
            if self._thread.is_alive():
                self._server.should_exit = True
                self._thread.join(DRAIN_SECONDS)
            self._socket.close()
        finally:
            for variant in self._variants.values():
                variant.process.stop()
        if self._put is not None:
            self.deliver()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _launch(self, bundle: Path | None, sha256: str, role: str) -> Variant:
        folder = self._folder / "variants" / f"{next(self._numbers):03d}-{release(sha256) or 'baseline'}"
        variant = Variant(folder, bundle, sha256, role)
        variant.start()
        self._files.append(variant.capture)
        return variant

    def _challenger(self) -> Variant:
        if CHALLENGER not in self._variants:
            raise DeploymentError(f"{self.name} has no challenger: deploy one first")
        return self._variants[CHALLENGER]

    def _scores(self, variant: Variant) -> tuple[float, ...]:
        with variant.capture.open("rb") as file:
            file.seek(variant.sample_start)
            lines = [parse(text) for text in file]
        return tuple(line["prediction"] for line in lines if line is not None)

    def _fates(self) -> tuple[int, set[int]]:
        """Up to which attempt all have ended, and which of them nobody got an answer from."""

        async def fates() -> tuple[int, set[int]]:
            return self._router.settled, set(self._router.unanswered)

        return self._call(fates()) if self._thread.is_alive() else (self._router.settled, self._router.unanswered)

    def _route(self, percent: int) -> None:
        async def swap() -> None:
            shadow = CHALLENGER if self.policy.shadow and CHALLENGER in self._variants else None
            weights = {CHAMPION: 100 - percent, CHALLENGER: percent}
            upstreams = {name: variant.upstream for name, variant in self._variants.items()}
            self._router.table = Table(CHAMPION, upstreams, SmoothChoice(weights), shadow, self.policy.sticky)

        self._call(swap())

    def _retire(self, variant: Variant) -> None:
        self._call(variant.upstream.drain(DRAIN_SECONDS))
        variant.process.stop()

    def _serve(self) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            watching = asyncio.create_task(watch(self._server.server_state.connections))
            await self._server.serve(sockets=[self._socket])
            watching.cancel()
            for variant in self._variants.values():
                await variant.upstream.drain(0)

        with asyncio.Runner(loop_factory=self._server.config.get_loop_factory()) as runner:
            runner.run(serve())

    def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            coroutine.close()
            raise DeploymentError(f"{self.name} was not started")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()
