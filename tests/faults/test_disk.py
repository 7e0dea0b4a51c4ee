"""Disks that are full or cannot be written to, mounted for real."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import polars as pl
import pytest

from infra.rehearsal.environment import environment
from ml import runs
from ml.dataset import TABLES
from ml.process import ProcessError
from ml.serving.delivery import parse
from ml.serving.server import BAD_SETTINGS
from ml.tables import TableError, Tables
from tests.faults.conftest import Stack
from tests.faults.demo import Demo, demo_project
from tests.faults.rides import UNTIL
from tests.ml.serving.processes import server
from tests.ml.serving.small_models import ROW, save

pytestmark = pytest.mark.slow

Mount = Callable[..., Path]
READ_ONLY = """set -e
mount --make-rprivate /
mount -t tmpfs -o size=64m tmpfs "$VOLUME"
mount -o remount,bind,ro /
if touch "$ELSEWHERE/probe" 2>/dev/null; then echo "the root is not read-only" >&2; exit 99; fi
export TMPDIR="$VOLUME" HOME="$VOLUME"
exec "$@"
"""


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mounts a small file system on a folder: its options, such as `size=64k` or `ro`."""
    mounted: list[Path] = []

    def mount(options: str, folder: Path | None = None) -> Path:
        folder = folder or tmp_path / f"disk{len(mounted)}"
        folder.mkdir(exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"this machine lets us mount nothing: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield mount
    for folder in reversed(mounted):
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def in_read_only_root(command: list[str], volume: Path, elsewhere: Path) -> list[str]:
    """The command in a mount namespace whose root cannot be written to, but for one volume."""
    probe = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"this machine gives us no mount namespace: {probe.stderr.strip()}")
    variables = [f"VOLUME={volume}", f"ELSEWHERE={elsewhere}"]
    return ["env", *variables, "unshare", "--mount", "sh", "-c", READ_ONLY, "sh", *command]


def test_a_full_disk_costs_records_that_are_counted_and_never_an_answer(tmp_path: Path, mount: Mount):
    disk = mount("size=64k")
    capture = disk / "capture.jsonl"
    process, port = server(tmp_path, *save(tmp_path), MLOPS_CAPTURE=str(capture))
    url = f"http://127.0.0.1:{port}"
    answered: list[str] = []

    def ask(count: int) -> None:
        for _ in range(count):
            id_ = f"p{len(answered)}"
            answer = session.post("/invocations", json={"instances": [{**ROW, "prediction_id": id_}]})
            assert (answer.status_code, answer.json()["prediction_ids"]) == (200, [id_])
            answered.append(id_)

    with process, httpx.Client(base_url=url) as session:
        (disk / "others").write_bytes(bytes(40 * 1024))
        ask(200)
        assert httpx.get(f"{url}/ping").status_code == 200
        full = lost(url)
        assert 0 < full < 200
        (disk / "others").unlink()
        ask(20)
        assert lost(url) == full
    lines = [parse(line) for line in capture.read_bytes().splitlines()]
    whole = [line["id"] for line in lines if line]
    assert len(whole) == len(set(whole)) == len(answered) - full
    assert set(answered[-20:]) <= set(whole)
    assert lines.count(None) <= 1
    assert process.tail() == ""


def test_a_server_that_cannot_open_its_capture_says_so_and_takes_no_traffic(tmp_path: Path, mount: Mount):
    capture = mount("ro") / "capture.jsonl"
    process, _ = server(tmp_path, *save(tmp_path), MLOPS_CAPTURE=str(capture))
    with pytest.raises(ProcessError) as caught:
        process.start()
    assert caught.value.returncode == BAD_SETTINGS
    assert process.tail() == f"MLOPS_CAPTURE is {capture}, which cannot be opened: Read-only file system"


def lost(url: str) -> int:
    """What the server says that it could not capture."""
    text = httpx.get(f"{url}/metrics").text
    [line] = [line for line in text.splitlines() if line.startswith("mlops_capture_lost_total ")]
    return int(float(line.split()[1]))


def test_a_pipeline_without_room_says_so_and_holds_no_lock(stack: Stack, mount: Mount, undisturbed: str):
    disk = mount("size=48k")
    done = stack.run("pipeline", *UNTIL, TMPDIR=str(disk))
    assert done.code == 6, done
    assert "No space left on device" in done.said
    assert list(stack.bucket("models").keys("r")) == [runs.STARTED]
    assert list(disk.iterdir()) == []


def test_a_table_on_a_full_disk_keeps_what_it_had_and_takes_the_batch_when_there_is_room(mount: Mount):
    disk = mount("size=512k")
    tables, name = Tables(str(disk)), next(iter(TABLES))
    rows = pl.DataFrame({"id": [f"{number * 7919 % 100_003}" for number in range(20_000)]})
    assert tables.append(name, rows[:1000], "first")
    (disk / "others").write_bytes(bytes(disk_free(disk) - 8192))
    with pytest.raises(TableError, match=f"{name} under .* cannot be written: .*No space left"):
        tables.append(name, rows[1000:], "second")
    assert (tables.batches(name), tables.read(name).height) == (["first"], 1000)
    (disk / "others").unlink()
    assert tables.append(name, rows[1000:], "second")
    assert tables.read(name).sort("id").equals(rows.sort("id"))


def disk_free(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


def test_the_server_needs_no_disk_that_it_can_write_to(tmp_path: Path):
    volume, elsewhere = tmp_path / "volume", tmp_path / "elsewhere"
    volume.mkdir(), elsewhere.mkdir()
    process, port = server(tmp_path, *save(tmp_path))
    process.command = in_read_only_root(process.command, volume, elsewhere)
    with process:
        answer = httpx.post(f"http://127.0.0.1:{port}/invocations", json={"instances": [ROW]})
        assert answer.status_code == 200
    assert process.tail() == ""


def test_the_pipeline_needs_a_volume_for_temporary_files_and_no_other_disk(
    stack: Stack, tmp_path: Path, undisturbed: str
):
    volume, elsewhere = tmp_path / "volume", tmp_path / "elsewhere"
    volume.mkdir(), elsewhere.mkdir()
    command = [sys.executable, "-B", "-m", "ml.cli", "pipeline", *UNTIL]
    with environment(stack.environ):
        done = subprocess.run(
            in_read_only_root(command, volume, elsewhere),
            cwd=stack.project,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sha256"] == undisturbed


@pytest.mark.parametrize(("options", "said"), [("ro", "Read-only file system"), ("size=64k", "disk")])
def test_a_demo_that_cannot_write_says_so(tmp_path: Path, mount: Mount, options: str, said: str):
    project = demo_project(tmp_path / "project")
    mount(options, project / ".demo")
    with Demo(project) as demo:
        text = demo.process.communicate(timeout=200)[0]
    assert demo.process.returncode == 1, text
    assert "Traceback" not in text.partition("the rehearsal stopped: ")[0]
    assert said in text.partition("the rehearsal stopped: ")[2], text
    assert list((project / ".demo").iterdir()) == []
