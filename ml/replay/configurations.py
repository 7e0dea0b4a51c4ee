"""What the local endpoint has run, by names of their own, as SageMaker keeps configurations."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ml import baseline, bundle
from ml.releases import Running
from ml.serving.endpoint import CHALLENGER, CHAMPION, LocalEndpoint


@dataclass
class Configurations:
    """The local endpoint as `ml.monitoring.restoration` knows one."""

    endpoint: LocalEndpoint
    current: str = ""
    _kept: dict[str, tuple[Path, str, datetime]] = field(default_factory=dict)

    def took_over(self, path: Path, since: datetime) -> None:
        """Notes that the endpoint runs the bundle in a file since then."""
        sha256 = self.endpoint.releases[CHAMPION]
        self.current = f"{len(self._kept) + 1:03d}-{bundle.release(sha256)}"
        self._kept[self.current] = path, sha256, since

    def running(self) -> Running | None:
        if CHALLENGER in self.endpoint.releases:
            return None
        _path, sha256, since = self._kept[self.current]
        is_baseline = sha256 == bundle.digest(baseline.bundle_bytes())
        return Running(config=self.current, sha256="" if is_baseline else sha256, since=since)

    def has(self, config: str) -> bool:
        return config in self._kept

    def switch(self, config: str) -> None:
        path, sha256, _since = self._kept[config]
        self.endpoint.replace(path, sha256)
        self.current = config
