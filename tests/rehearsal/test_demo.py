"""`make demo`, run as a user runs it: to the end, and interrupted."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from infra.rehearsal.demo import NEXT
from ml import bundle
from tests.rehearsal.processes import processes_of
from tests.rehearsal.stack import shipped

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "infra.rehearsal", "demo", "--fast"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demo needs of the project, as it is shipped; the report of the user's own last run stays."""
    folder = tmp_path_factory.mktemp("demo")
    for name in ("infra", "ml", "requirements", "tracking"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Dockerfile", folder)
    return shipped(folder)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def to_its_end(project: Path, home: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home), "MPLCONFIGDIR": str(project / ".cache")}
    return subprocess.run(COMMAND, cwd=project, capture_output=True, text=True, env=environ, check=False)


@pytest.fixture(scope="module")
def finished(project: Path, home: Path) -> subprocess.CompletedProcess[str]:
    return to_its_end(project, home)


def test_it_ends_with_a_report_and_says_what_to_do_next(project: Path, finished: subprocess.CompletedProcess[str]):
    assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr[-3000:]
    assert finished.stdout.rstrip().endswith(NEXT.format(env="dev").rstrip())
    assert sorted(path.name for path in (project / ".demo").iterdir()) == ["record.json", "report.html"]


def test_the_loop_closed(project: Path, finished: subprocess.CompletedProcess[str]):
    loop = json.loads((project / ".demo" / "record.json").read_text())["loop"]
    assert loop["latency"]["errors"] == 0
    assert loop["aliases"]["champion"]
    assert any(run["passed"] for run in loop["trainings"])
    assert any(batch["status"] == "refused" for batch in loop["batches"])
    planted = [rollout for rollout in loop["rollouts"] if rollout["planted"]]
    # On what was surely seen, not for want of proof; on a busy day its scores alone can show it, before its labels.
    seen = r"loss is [\d.]+ higher|the scores are distributed unlike"
    unproven = [reason for rollout in planted for reason in rollout["reasons"] if not re.match(seen, reason)]
    assert ([rollout["promoted"] for rollout in planted], unproven) == ([False], [])
    # The same release, past the bake: what no canary saw, labels show.
    (restored,) = loop["restorations"]
    assert restored["outcome"] == "restored"
    assert bundle.release(restored["from"]["release"]) == planted[0]["release"]
    assert re.match(r"loss is [\d.]+ higher", restored["reasons"][0])
    captured = sum(window["rows"] for window in loop["windows"])
    assert captured > 0


def test_the_planted_release_is_said_to_be_given_all_requests_on_purpose_and_to_be_taken_back(
    project: Path, finished: subprocess.CompletedProcess[str]
):
    (line,) = (line for line in finished.stdout.splitlines() if " released " in line)
    assert re.search(r"released the planted \w{12} answers all requests: past its bake on purpose", line)
    page = (project / ".demo" / "report.html").read_text()
    assert "release taken back by labels, after 7 days of all requests" in page


def test_nothing_is_left(project: Path, finished: subprocess.CompletedProcess[str]):
    assert "destroyed: nothing is left" in finished.stdout
    assert processes_of(project) == []


def test_nothing_outside_the_project_is_touched(home: Path, finished: subprocess.CompletedProcess[str]):
    assert finished.returncode == 0
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_the_report_holds_every_part(project: Path, finished: subprocess.CompletedProcess[str]):
    page = (project / ".demo" / "report.html").read_text()
    for part in ("life", "drift", "decisions", "trainings", "rollouts", "data", "latency", "card", "cost", "resources"):
        assert f'<section id="{part}">' in page
    assert "not rehearsed" in page
    # Self-contained: nothing is fetched.
    assert "src=" not in page
    assert "<link" not in page


def test_the_report_says_how_far_the_rehearsal_went(project: Path, finished: subprocess.CompletedProcess[str]):
    summary = json.loads((project / ".demo" / "record.json").read_text())["program"]["summary"]
    assert summary in (project / ".demo" / "report.html").read_text()
    size = (
        r"\d+ resources, in \d+ components that group them: [1-9]\d* rehearsed on moto, [1-9]\d* rehearsed on our model"
    )
    (told,) = re.findall(size, summary)
    assert f"applied: {told}" in finished.stdout
    statements, used = map(int, re.findall(r"Of the (\d+) statements of roles, (\d+) let through", summary)[0])
    assert 20 < used <= statements


@pytest.fixture(scope="module")
def browser() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium on this machine: apt install chromium, to see the report as a reader does")
    return found


def in_browser(browser: str, folder: Path, *arguments: str) -> str:
    quiet = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync")
    command = [browser, "--headless", "--no-sandbox", *quiet, "--disable-component-update"]
    command += [f"--user-data-dir={folder}", "--enable-logging=stderr", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in done.stderr
    return done.stdout


def test_the_report_opens_in_a_browser(
    browser: str, project: Path, finished: subprocess.CompletedProcess[str], tmp_path: Path
):
    report = (project / ".demo" / "report.html").as_uri()
    picture = tmp_path / "report.png"
    in_browser(browser, tmp_path / "profile", "--window-size=1200,2400", f"--screenshot={picture}", report)
    # A blank page of that size compresses to a few kB.
    assert picture.stat().st_size > 100_000
    dom = in_browser(browser, tmp_path / "profile", "--dump-dom", report)
    assert dom.count("<svg") >= 3
    assert "requests lost" in dom


@pytest.mark.parametrize("width", [600, 1200])
def test_the_report_fits_the_window(
    browser: str, project: Path, finished: subprocess.CompletedProcess[str], tmp_path: Path, width: int
):
    page = (project / ".demo" / "report.html").read_text()
    probe = "<script>document.title = document.documentElement.scrollWidth + ' of ' + window.innerWidth</script>"
    probed = tmp_path / "probed.html"
    probed.write_text(page.replace("</body>", f"{probe}</body>"))
    dom = in_browser(browser, tmp_path / "profile", f"--window-size={width},1000", "--dump-dom", probed.as_uri())
    page_width, _, window = dom.partition("<title>")[2].partition("</title>")[0].partition(" of ")
    assert int(page_width) <= int(window) <= width


@pytest.fixture
def running(project: Path) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    with subprocess.Popen(COMMAND, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as demo:
        assert demo.stdout
        try:
            yield demo, demo.stdout
        finally:
            demo.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_is_ended_no_process_and_no_lock_is_left(
    project: Path, running: tuple[subprocess.Popen[str], IO[str]], how: signal.Signals
):
    demo, out = running
    for line in out:
        if " canary " in line:
            break
    assert len(processes_of(project)) > 4
    demo.send_signal(how)
    rest = out.read()
    code = demo.wait(60)
    if how is not signal.SIGKILL:
        assert code == 130
        assert "interrupted" in rest
        assert "Traceback" not in rest
        assert not list((project / ".demo").glob("run-*"))
    deadline = time.monotonic() + 60
    while processes_of(project) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert processes_of(project) == []


def test_it_ends_anew_where_it_ended_and_was_killed_before(
    project: Path, home: Path, finished: subprocess.CompletedProcess[str]
):
    results = [project / ".demo" / name for name in ("record.json", "report.html")]
    before = [file.stat().st_mtime_ns for file in results]
    again = to_its_end(project, home)
    assert again.returncode == 0, again.stdout[-3000:] + again.stderr[-3000:]
    assert "destroyed: nothing is left" in again.stdout
    assert sorted((project / ".demo").iterdir()) == results
    assert all(file.stat().st_mtime_ns > written for file, written in zip(results, before, strict=True))
    assert processes_of(project) == []


def test_a_role_that_may_not_do_its_work_stops_the_demo_and_is_named(project: Path, tmp_path: Path):
    broken = tmp_path / "broken"
    shutil.copytree(project, broken, ignore=shutil.ignore_patterns(".demo"))
    access = broken / "infra" / "access.py"
    allowed = ", use_key(data.key_arn)"
    assert allowed in access.read_text()
    access.write_text(access.read_text().replace(allowed, ""))
    done = subprocess.run(COMMAND, cwd=broken, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("the rehearsal stopped"))
    for part in ("a role may not do", "-access-producer-", "kms:GenerateDataKey on resource: arn:aws:kms:"):
        assert part in line
    assert processes_of(broken) == []
