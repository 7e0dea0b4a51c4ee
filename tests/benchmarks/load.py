"""Load on a server by wrk, whose one thread asks for less CPU than any of the servers that are measured."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.figures import CannotMeasureError

CONNECTIONS = 32
SCRIPT = """wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.body = [==[%s]==]
function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\\nwrk {"requests":%%d,"us":%%d,"p99_us":%%f,"failed":%%d}\\n',
    summary.requests, summary.duration, latency:percentile(99), failed))
end
"""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What came back in one round."""

    requests: int
    rate: float
    """Answers a second."""
    p99: float
    """Of a whole request, in ms."""


def apply(url: str, body: bytes, folder: Path, *, seconds: float, connections: int = CONNECTIONS) -> Load:
    """POSTs the body on each connection again as soon as it is answered.

    Raises CannotMeasureError without wrk, and RuntimeError where any request failed: a refusal is quickly given.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise CannotMeasureError("wrk is not on the path: `apt-get install wrk`, or `brew install wrk`")
    script = folder / "post.lua"
    script.write_text(SCRIPT % body.decode())
    # wrk counts whole seconds.
    command = [wrk, "--threads=1", f"--connections={connections}", f"--duration={seconds:.0f}s", "--timeout=30s"]
    done = subprocess.run([*command, f"--script={script}", url], capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout.rpartition("\nwrk ")[2])
    if seen["failed"] or not seen["requests"]:
        raise RuntimeError(f"{seen['failed']} of {seen['requests']} requests to {url} failed")
    return Load(
        requests=seen["requests"],
        rate=seen["requests"] / seen["us"] * 1e6,
        p99=seen["p99_us"] / 1000,
    )
