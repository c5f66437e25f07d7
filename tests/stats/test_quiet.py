"""What HiGHS prints is not seen, what others write is."""

from __future__ import annotations

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from cxlens.stats import quiet as module
from cxlens.stats import schedule as schedules
from cxlens.stats.quiet import quiet
from tests.stats.test_schedule import problem

NOTE = b"HighsMipSolverData::transformNewIntegerFeasibleSolution tmpSolver.run();"


def print_in_c(words: bytes) -> None:
    ctypes.CDLL(None).puts(words)


def test_only_what_highs_prints_is_held_back(capfd):
    os.write(1, b"before\n")
    with quiet():
        print_in_c(NOTE)
        os.write(1, b"another thread\n")
        print_in_c(b"another library")
    os.write(1, b"after\n")
    assert capfd.readouterr().out.splitlines() == ["before", "another thread", "another library", "after"]


def test_it_is_quiet_until_the_last_of_several_threads_is_done(capfd):
    together = Barrier(4)

    def compute(_: int) -> None:
        with quiet():
            together.wait()
            print_in_c(NOTE)
            together.wait()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(compute, range(4)))
    assert capfd.readouterr().out == ""
    os.write(1, b"seen\n")
    assert capfd.readouterr().out == "seen\n"


def fails() -> None:
    with quiet():
        os.write(1, b"seen\n")
        raise ZeroDivisionError


def test_an_error_lets_it_go(capfd):
    with pytest.raises(ZeroDivisionError):
        fails()
    assert capfd.readouterr().out == "seen\n"


def test_without_standard_output_nothing_is_done(monkeypatch):
    def closed(_: int) -> int:
        raise OSError

    monkeypatch.setattr(module.os, "dup", closed)
    with quiet():
        assert module._SCREEN.held is None


def test_a_schedule_prints_nothing(capfd, monkeypatch):
    solve = schedules.milp

    def talkative(*given, **options):
        print_in_c(NOTE)
        return solve(*given, **options)

    monkeypatch.setattr(schedules, "milp", talkative)
    case = problem([3, 2], [5, 5], [9])
    schedules.schedule(case)
    schedules.clashes(case)
    assert capfd.readouterr().out == ""
