"""The captured lines of the variants, brought to the capture bucket: every answered prediction exactly once."""

import gzip
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from ml.serving import records

Put = Callable[[str, bytes], None]
Line = dict[str, Any]
FAST = 3
"""A level of gzip: a sixth of the default's time, for a sixth more bytes."""


class Delivery:
    """Reads capture files on from where it stopped, and puts what is new as gzipped JSON lines, one object a day."""

    def __init__(self, endpoint: str, form: str = "lines") -> None:
        """`form` is `Wiring.capture_form`: what is captured on AWS, and so read by the monitor."""
        self.torn = 0
        """Lines that were not whole: a disk was full, or a server was killed while it wrote."""
        self._endpoint, self._form = endpoint, form
        # Objects of an earlier run of this endpoint keep their names.
        self._run = time.time_ns()
        self._numbers = count()
        self._offsets: dict[Path, int] = {}
        self._pending: dict[str, tuple[int, bytes]] = {}

    def deliver(self, files: list[Path], *, settled: int, unanswered: set[int], put: Put) -> int:
        """Puts the new lines of the files, and what an earlier failure of `put` left behind. Returns their count.

        Lines of attempts from `settled` on wait for the next call; those of `unanswered` attempts are left out: the
        caller got its answer, and its line, from another variant.
        """
        days: dict[tuple[str, str], list[Line]] = {}
        for file in files:
            for line in self._new_lines(file, settled):
                if int(line.get("request", 0)) not in unanswered:
                    variant = line["variant"] if self._form == "platform" else ""
                    days.setdefault((str(line["event_time"])[:10], variant), []).append(line)
        for (day, variant), lines in sorted(days.items()):
            name = f"{self._run}-{next(self._numbers):06d}.jsonl"
            if self._form == "platform":
                key = f"platform/{self._endpoint}/{variant}/{day.replace('-', '/')}/00/{name}"
                self._pending[key] = (len(lines), records.of(lines))
                continue
            rest = ({key: value for key, value in line.items() if key != "request"} for line in lines)
            body = b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in rest)
            self._pending[f"capture/{self._endpoint}/{day}/{name}.gz"] = (
                len(lines),
                gzip.compress(body, FAST, mtime=0),
            )
        delivered = 0
        for key, (lines, body) in list(self._pending.items()):
            # The same key and bytes when an earlier try failed: an object that did arrive is written over by itself.
            put(key, body)
            del self._pending[key]
            delivered += lines
        return delivered

    def _new_lines(self, file: Path, settled: int) -> Iterator[Line]:
        if not file.exists():
            return
        with file.open("rb") as lines:
            lines.seek(self._offsets.get(file, 0))
            for text in lines:
                if not text.endswith(b"\n"):
                    return
                line = parse(text)
                if line is not None and int(line.get("request", 0)) >= settled:
                    return
                self._offsets[file] = self._offsets.get(file, 0) + len(text)
                if line is not None:
                    yield line
                else:
                    self.torn += 1


def parse(text: bytes) -> Line | None:
    """A captured line, None for one that is not whole."""
    try:
        line = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return line if isinstance(line, dict) and "event_time" in line else None
