"""Which variant answers a request: exact shares in turn, or one variant for each session."""

from collections.abc import Mapping
from hashlib import blake2b


class SmoothChoice:
    """Smooth weighted round-robin (as in nginx): in any run of sum(weights) requests the shares are exact."""

    def __init__(self, weights: Mapping[str, int]) -> None:
        self.weights = {name: weight for name, weight in weights.items() if weight > 0}
        self._total = sum(self.weights.values())
        self._current = dict.fromkeys(self.weights, 0)

    def next(self) -> str:
        for name, weight in self.weights.items():
            self._current[name] += weight
        chosen = max(self._current, key=self._current.__getitem__)
        self._current[chosen] -= self._total
        return chosen

    def sticky(self, key: bytes) -> str:
        """The variant of a session. When the last variant's weight grows, sessions only move to it, never from it."""
        point = int.from_bytes(blake2b(key, digest_size=8).digest()) % self._total
        for name, weight in self.weights.items():
            if point < weight:
                return name
            point -= weight
        raise AssertionError("the point lies within the total")
