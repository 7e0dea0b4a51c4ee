import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ml.process import Process, ProcessError, answers, free_port, left_running

SERVER = """
import sys, http.server as h
h.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), h.SimpleHTTPRequestHandler).serve_forever()
"""


def server(tmp_path: Path, code: str = SERVER, **options) -> tuple[Process, str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-c", code, str(port)]
    return Process(command, name="files", log=tmp_path / "files.log", ready=options.pop("ready", url), **options), url


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone(pid: int, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def test_a_server_answers_inside_the_block_and_is_gone_after_it(tmp_path):
    process, url = server(tmp_path)
    with process:
        assert answers(url)
        assert process.running
    assert not answers(url)
    assert process.returncode == -signal.SIGTERM
    process.stop()


def test_one_that_ends_before_it_is_ready_says_its_code_and_its_last_words(tmp_path):
    process, _ = server(tmp_path, "import sys; print('no model here', file=sys.stderr); sys.exit(7)")
    with pytest.raises(ProcessError, match=r"files ended with exit code 7 .*\n.*no model here") as caught:
        process.start()
    assert caught.value.returncode == 7


def test_one_that_is_never_ready_is_stopped_at_the_time_limit(tmp_path):
    process, _ = server(tmp_path, ready=lambda: False, timeout=0.3)
    with pytest.raises(ProcessError, match=r"not ready within 0\.3 s"):
        process.start()
    assert gone(process.pid)


def test_a_command_that_does_not_exist_is_named(tmp_path):
    process = Process(["/no/such/program"], name="ghost", log=tmp_path / "log", ready=lambda: True)
    with pytest.raises(ProcessError, match=r"ghost did not start.*no/such/program"):
        process.start()


def test_one_that_ignores_sigterm_is_killed_after_the_grace(tmp_path):
    process, _ = server(tmp_path, "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SERVER, grace=0.2)
    with process:
        pass
    assert process.returncode == -signal.SIGKILL


def test_output_and_environment_can_be_given(tmp_path):
    code = "import os, sys; print(os.environ['WORD'], flush=True); print('log', file=sys.stderr);" + SERVER
    process, _ = server(tmp_path, code, env={"WORD": "hello"}, output=tmp_path / "out")
    with process:
        assert (tmp_path / "out").read_text() == "hello\n"
        assert "hello" not in process.tail()


def test_it_outlives_the_thread_that_started_it(tmp_path):
    process, url = server(tmp_path)
    thread = threading.Thread(target=process.start)
    thread.start()
    thread.join()
    time.sleep(0.2)
    assert answers(url)
    process.stop()


GRANDPARENT = """
import sys, time
from pathlib import Path
from ml.process import Process
child = "import subprocess, sys, time; print(subprocess.Popen(['sleep', '300']).pid, flush=True); time.sleep(300)"
out = Path(sys.argv[1]) / "grandchild"
ready = lambda: out.exists() and out.read_text().endswith("\\n")
process = Process([sys.executable, "-c", child], name="child", log=Path(sys.argv[1]) / "log", output=out, ready=ready)
print(process.start().pid, flush=True)
time.sleep(300)
"""


def family(tmp_path: Path) -> tuple[subprocess.Popen[bytes], int, int]:
    parent = subprocess.Popen([sys.executable, "-c", GRANDPARENT, str(tmp_path)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent.stdout:
        child = int(parent.stdout.readline())
    return parent, child, int((tmp_path / "grandchild").read_text())


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_and_its_children_die_with_their_parent_however_that_ends(tmp_path, end):
    parent, child, grandchild = family(tmp_path)
    assert alive(child)
    assert alive(grandchild)
    os.kill(parent.pid, end)
    parent.wait(10)
    assert gone(child)
    assert gone(grandchild)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_stop_ends_what_the_process_started(tmp_path):
    code = "import subprocess; print(subprocess.Popen(['sleep', '300']).pid, flush=True);" + SERVER
    process, _ = server(tmp_path, code, output=tmp_path / "out")
    with process:
        grandchild = int((tmp_path / "out").read_text())
        assert alive(grandchild)
    assert gone(grandchild)


def test_what_is_still_running_is_named(tmp_path):
    process = Process(["sleep", "60"], name="a sleeper", log=tmp_path / "log", ready=lambda: True)
    process.launch()
    assert "a sleeper" in left_running(patience=0)
    process.kill()
    assert "a sleeper" not in left_running()
