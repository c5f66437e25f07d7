"""Programs that run for us: their exit code, and that they end when we are ended, by real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing

import pytest

from cxlens.datasets.samples import sample_folder
from cxlens.publish.child import run_beside

AIRPORT = sample_folder() / "airport" / "study.toml"
MAIN = "import sys; from cxlens.cli import main; sys.exit(main(sys.argv[1:]))"
PARENT = """
import os, sys
from cxlens.publish.child import run_beside
sys.exit(run_beside([sys.executable, "-c", sys.argv[1]], os.environ))
"""
SLEEPS = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
STAYS = f"import signal; [signal.signal(n, signal.SIG_IGN) for n in (signal.SIGTERM, signal.SIGINT)]; {SLEEPS}"
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def is_running(pid: int) -> bool:
    """Whether there is a process of that number; where nobody waits for one that has ended, its number goes."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def ends(pid: int, seconds: float = 5.0) -> bool:
    """Whether a process ends in so many seconds."""
    end = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not is_running(pid)


def hears_all() -> None:
    """Whoever runs the tests may ignore some, as ``nohup`` does."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)


def parent_of(code: str, begin=hears_all) -> subprocess.Popen:
    command = [sys.executable, "-c", PARENT, code]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=begin)


@pytest.mark.parametrize("code", [0, 7])
def test_its_exit_code_is_ours(code):
    assert run_beside([sys.executable, "-c", f"raise SystemExit({code})"], os.environ) == code


def test_our_own_handlers_are_back_afterwards():
    before = [signal.getsignal(number) for number in SIGNALS]
    run_beside([sys.executable, "-c", ""], os.environ)
    assert [signal.getsignal(number) for number in SIGNALS] == before


@pytest.mark.parametrize("number", SIGNALS)
def test_it_ends_when_we_are_ended(number):
    with parent_of(SLEEPS) as parent:
        pid = int(parent.stdout.readline())
        parent.send_signal(number)
        assert parent.wait(10) == 128 + number
    assert ends(pid)


def test_one_that_does_not_end_by_itself_is_ended_at_the_second_signal():
    with parent_of(STAYS) as parent:
        pid = int(parent.stdout.readline())
        parent.terminate()
        time.sleep(0.5)
        assert parent.poll() is None  # it has time to save
        parent.terminate()
        assert parent.wait(5) == 128 + signal.SIGTERM
    assert ends(pid)


def test_what_is_to_stay_when_its_terminal_is_closed_stays():
    with parent_of(SLEEPS, lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as parent:
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        assert is_running(pid)
        parent.terminate()
    assert ends(pid)


def free_port() -> int:
    with closing(socket.socket()) as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def listens(port: int) -> bool:
    with closing(socket.socket()) as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


def test_nothing_listens_any_more_when_a_dashboard_is_ended():
    pytest.importorskip("voila")
    port = free_port()
    command = [sys.executable, "-c", MAIN, "dashboard", str(AIRPORT), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as dashboard:
        end = time.monotonic() + 60
        while not listens(port) and time.monotonic() < end:
            time.sleep(0.1)
        assert listens(port)
        dashboard.terminate()
        assert dashboard.wait(15) == 128 + signal.SIGTERM
    assert not listens(port)
