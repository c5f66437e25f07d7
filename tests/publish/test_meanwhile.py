"""Work done meanwhile: by another process where there is one, with its warnings, and here where that one fails."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import Pipe, get_context
from threading import Event

import pytest

from cxlens.errors import ValuesError
from cxlens.publish import meanwhile as module
from cxlens.publish.meanwhile import can_fork, meanwhile

needs_fork = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked on Linux only")


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@needs_fork
def test_work_is_done_by_another_process_that_finds_what_is_in_memory(two_cores):
    given = object()
    with meanwhile(lambda: (os.getpid(), id(given))) as result:
        process, found = result()
    assert process != os.getpid()
    assert found == id(given)


@pytest.mark.parametrize(("platform", "cores"), [("darwin", 2), ("win32", 2), ("linux", 1), ("linux", None)])
def test_elsewhere_or_on_one_core_it_is_done_here(platform, cores, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert not can_fork()
    with meanwhile(os.getpid) as result:
        assert result() == os.getpid()


@needs_fork
def test_a_process_that_may_have_none_of_its_own_does_it_itself(two_cores):
    with meanwhile(can_fork) as result:
        assert not result()


@needs_fork
def test_errors_are_told_as_ever(two_cores, capfd):
    def fails():
        raise ValuesError("too few answers")

    with pytest.raises(ValuesError, match=r"^too few answers$"), meanwhile(fails) as result:
        result()
    assert capfd.readouterr().err == ""


@needs_fork
def test_what_another_process_cannot_do_is_done_here(two_cores, capfd):
    here = os.getpid()

    def ends():
        if os.getpid() != here:
            os._exit(1)
        return here

    with meanwhile(ends) as result:
        assert result() == here
    with meanwhile(lambda: lambda: here) as result:  # a function cannot be sent
        assert result()() == here
    assert capfd.readouterr().err == ""


@needs_fork
def test_who_says_nothing_is_not_waited_for_without_end(two_cores, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    here = os.getpid()

    def hangs():
        while os.getpid() != here:
            pass
        return here

    with meanwhile(hangs) as result:
        assert result() == here


@needs_fork
def test_who_computes_no_more_is_not_waited_for(two_cores, monkeypatch):
    monkeypatch.setattr(module, "STUCK", 0.05)
    here = os.getpid()

    def waits():
        if os.getpid() != here:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            Event().wait()
        return here

    with meanwhile(waits) as result:
        assert result() == here


@needs_fork
def test_nothing_is_forked_beside_the_main_thread(two_cores):
    with ThreadPoolExecutor(1) as pool:
        assert not pool.submit(can_fork).result()
    assert can_fork()


@needs_fork
def test_a_process_whose_reader_is_gone_ends(two_cores):
    receiver, sender = Pipe(duplex=False)
    work = partial(str, "x" * 1_000_000)
    process = get_context("fork").Process(target=module._done_and_sent, args=(work, sender, receiver))
    process.start()
    receiver.close()
    process.join(10)
    assert process.exitcode == 0


@needs_fork
def test_warnings_come_back_and_bars_stay_away(two_cores, capfd):
    def warns():
        sys.stderr.write("a bar")
        warnings.warn("few answers", UserWarning, stacklevel=1)
        return os.getpid()

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with meanwhile(warns) as result:
            assert result() != os.getpid()
    assert [str(one.message) for one in warned] == ["few answers"]
    assert warned[0].filename == __file__
    assert capfd.readouterr().err == ""


def test_a_notebook_is_not_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert not can_fork()
