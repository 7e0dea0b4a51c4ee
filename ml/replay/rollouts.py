"""A release on its way from challenger to champion, or back: deployed, judged, ended, and told to the registry."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from ml import agreed, baseline, bundle, pipeline
from ml.monitoring import canary, job, paired, restoration
from ml.monitoring.window import Window
from ml.registry import Registry, Release
from ml.replay.acting import Acting
from ml.replay.configurations import Configurations
from ml.replay.record import Record
from ml.replay.traffic import Traffic
from ml.serving.endpoint import LocalEndpoint
from ml.store import Bucket
from ml.wiring import Wiring


@dataclass(frozen=True)
class Rollout:
    """One challenger; `release` is None for a planted one, which the registry does not know."""

    release: Release | None
    sha256: str
    start: datetime
    requests_before: int
    lost_before: int


@dataclass
class Rollouts:
    """The rollouts of one endpoint, one at a time."""

    wiring: Wiring
    endpoint: LocalEndpoint
    folder: Path
    record: Record
    acting: Acting
    traffic: Traffic
    current: Rollout | None = None
    planted: str = field(default="", init=False)
    """The planted release, once there is one."""
    slipped: bool = field(default=False, init=False)
    """Whether it was released past the bake."""

    def __post_init__(self) -> None:
        self.configurations = Configurations(self.endpoint)

    def start_endpoint(self, at: datetime) -> None:
        archive = baseline.bundle_bytes()
        path = self._keep(archive)
        self.endpoint.start(path, bundle.digest(archive))
        self.configurations.took_over(path, at)
        self.record.event(at, "served", f"{self.wiring.endpoint_name} answers with the baseline: no model exists yet")

    def begin(self, now: datetime, sha256: str, release: Release | None) -> None:
        """Deploys the release as the challenger."""
        with self.acting("serve"):
            archive = self._archive(sha256)
        self.endpoint.deploy_challenger(self._keep(archive), sha256)
        if release is None:
            self.planted = sha256
        self.current = Rollout(release, sha256, now, self.traffic.requests, self.traffic.lost)
        self._tell_step(now, sha256)

    def slip(self, now: datetime) -> None:
        """Gives the planted release all requests at once: as on AWS, where a bake is over before any label comes."""
        with self.acting("serve"):
            path = self._keep(self._archive(self.planted))
        self.endpoint.replace(path, self.planted)
        self.configurations.took_over(path, now)
        self.slipped = True
        name = bundle.release(self.planted)
        why = "past its bake on purpose, as happens where labels come late"
        self.record.event(now, "released", f"the planted {name} answers all requests: {why}")

    def restore(self, now: datetime) -> None:
        """The monitor's last step: back to the release before, where labels show that the present one is worse."""
        record = restoration.run(self.wiring, self.configurations, now=now)
        if record:
            self.record.restorations.append(record)
            source, target = (bundle.release(record[which]["release"]) for which in ("from", "to"))
            self.record.event(now, "restored", f"{target} in place of {source}: {'; '.join(record['reasons'])}")

    def judge_at_once(self, now: datetime) -> None:
        """Ends the rollout if errors, latency or scores alone say that the challenger harms."""
        if not self.current:
            return
        verdict = canary.judge(*self.endpoint.samples(), self._policy)
        if verdict.action == "roll_back":
            self.end(now, promoted=False, reasons=verdict.reasons)

    def judge_with_labels(self, now: datetime) -> None:
        """Ends the rollout, or gives the challenger its next share, by the labels known by now."""
        if not self.current:
            return
        seen = job.observe(self.wiring, Window(self.current.start, now), now=now).frame
        challenger = bundle.load(self._archive(self.current.sha256), sha256=self.current.sha256)
        verdict = canary.judge(
            *self.endpoint.samples(),
            self._policy,
            labelled=paired.answers(seen, pipeline.champion(self.wiring), challenger),
            elapsed_days=(now - self.current.start) / timedelta(days=1),
        )
        if verdict.action != "wait":
            self.end(now, promoted=verdict.action == "promote", reasons=verdict.reasons)
        elif self.endpoint.next_step():
            self._tell_step(now, self.current.sha256)

    def end(self, now: datetime, *, promoted: bool, reasons: list[str]) -> None:
        """Promotes the challenger or rolls it back; nothing where there is none."""
        rollout, self.current = self.current, None
        if rollout is None:
            return
        _champion, challenger = self.endpoint.samples()
        if promoted:
            self.endpoint.promote()
            self.configurations.took_over(self._keep(self._archive(rollout.sha256)), now)
        else:
            self.endpoint.roll_back()
        if rollout.release:
            with self.acting("release"):
                self._tell_registry(rollout.release.version, promoted=promoted, reasons=reasons)
            if promoted:
                self.record.champion(self.folder / f"{rollout.start:%Y-%m-%d}")
        name = bundle.release(rollout.sha256)
        self.record.event(now, "promoted" if promoted else "rolled back", f"{name}: {'; '.join(reasons)}")
        self.record.rollouts.append(
            {
                "start": rollout.start.isoformat(),
                "end": now.isoformat(),
                "release": name,
                "planted": rollout.release is None,
                "promoted": promoted,
                "reasons": reasons,
                "requests": self.traffic.requests - rollout.requests_before,
                "challenger_requests": challenger.requests,
                "lost": self.traffic.lost - rollout.lost_before,
            }
        )

    @property
    def _policy(self) -> canary.CanaryPolicy:
        return canary.CanaryPolicy(bake_days=self.endpoint.policy.bake_days)

    def _tell_step(self, now: datetime, sha256: str) -> None:
        self.record.event(now, self.endpoint.policy.strategy, f"{bundle.release(sha256)} {self.endpoint.words()}")

    def _tell_registry(self, version: str, *, promoted: bool, reasons: list[str]) -> None:
        registry = Registry(self.wiring)
        if promoted:
            registry.promote(version)
        else:
            registry.reject(version, reasons)

    def _archive(self, sha256: str) -> bytes:
        return Bucket(self.wiring.models_bucket).get(agreed.bundle_key(sha256)) or b""

    def _keep(self, archive: bytes) -> Path:
        path = self.folder / "bundles" / bundle.digest(archive) / agreed.BUNDLE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(archive)
        return path
