"""What a running process uses, with all that it started, as Linux counts it."""

import os
from pathlib import Path

from tests.benchmarks.figures import CannotMeasureError

TICKS = os.sysconf("SC_CLK_TCK")
MEGABYTE = 1024


def family(pid: int) -> list[int]:
    """The process and its descendants."""
    if not Path("/proc/self/smaps_rollup").exists():
        raise CannotMeasureError("memory and CPU are read from /proc, which is Linux': run this on Linux")
    children = [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in _words(task / "children")]
    return [pid, *(member for child in children for member in family(child))]


def memory(pid: int) -> tuple[float, float]:
    """RSS and PSS in MB. PSS shares out what several processes map, so it adds up; RSS counts it in each."""
    totals = {"Rss:": 0, "Pss:": 0}
    for member in family(pid):
        for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
            key, *value = line.split()
            if key in totals:
                totals[key] += int(value[0])
    return totals["Rss:"] / MEGABYTE, totals["Pss:"] / MEGABYTE


def cpu_seconds(pid: int) -> float:
    """CPU time so far, of what still runs."""
    ticks = 0
    for member in family(pid):
        user, system = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()[11:13]
        ticks += int(user) + int(system)
    return ticks / TICKS


def peak(pid: int | str = "self") -> float:
    """The most memory that a process has had so far (RSS), in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / MEGABYTE
    raise CannotMeasureError("/proc says no VmHWM: run this on Linux")


def _words(path: Path) -> list[str]:
    return path.read_text().split()
