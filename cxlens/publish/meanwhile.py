"""A piece of work that a second process does meanwhile, where one can be forked: it finds all that is in memory.

Nothing has to be handed over, only what comes of the work comes back. Which work that is belongs to
:mod:`cxlens.publish.report`.
"""

from __future__ import annotations

import gc
import io
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from functools import partial
from multiprocessing import current_process, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import RLock, current_thread, main_thread
from time import monotonic
from typing import NamedTuple, TypeVar

from tqdm import tqdm

T = TypeVar("T")
PATIENCE = 600  # seconds of waiting after which the work is done here instead
STUCK = 10  # and such without any computing: a process that waits for a thread that it does not have
USER, SYSTEM = 11, 12  # places of computing times in what Linux tells of a process, after its name


class _Answer(NamedTuple):
    """What came of the work, and the warnings of it."""

    value: object
    warned: list[warnings.WarningMessage]


@contextmanager
def meanwhile(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Begin a piece of work in a second process; what is given waits for what comes of it.

    Where no process can be forked, or it fails in any way, the work is done here when it is waited for: so its errors
    are told as ever.
    """
    if not can_fork():
        yield work
        return
    context = get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_done_and_sent, args=(work, sender, receiver), daemon=True)
    with warnings.catch_warnings():
        # From 3.12 on Python warns that a fork leaves threads behind: the work must need none of theirs.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    sender.close()
    try:
        yield partial(_received, receiver, process.pid, work)
    finally:
        process.kill()  # one that is stuck would never come to a handler of a gentler signal
        process.join()
        receiver.close()


def can_fork() -> bool:
    """Whether a second process would be faster, and safe.

    System libraries of macOS break when forked. From another thread than the main one, as in a server, it is not done:
    the others may be in the midst of something, and what they hold stays locked in the second process for ever. Nor in
    a notebook, whose kernel has threads of its own.
    """
    in_notebook = "ipykernel" in sys.modules
    several_cores = (os.cpu_count() or 1) > 1
    in_main_thread = current_thread() is main_thread()
    may_have_children = not current_process().daemon
    is_safe = in_main_thread and may_have_children and not in_notebook
    return sys.platform == "linux" and several_cores and is_safe


def _done_and_sent(work: Callable[[], object], sender: Connection, receiver: Connection) -> None:
    """Do the work and send what comes of it, in the second process; if it fails, nothing."""
    receiver.close()  # else it would wait for itself to read, should the first process be gone
    tqdm.set_lock(RLock())  # another thread may have held the old one at the fork
    gc.freeze()  # what was there stays until the end: looked through for what can be freed, it would be copied, too
    with redirect_stderr(io.StringIO()), suppress(Exception, KeyboardInterrupt):  # bars of its own would be in the way
        with warnings.catch_warnings(record=True) as warned:
            value = work()
        sender.send(_Answer(value, warned))


def _received(receiver: Connection, pid: int | None, work: Callable[[], T]) -> T:
    """What came of the work, waited for."""
    with suppress(EOFError):  # it failed
        if _comes(receiver, pid):
            answer = receiver.recv()
            for one in answer.warned:
                warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
            value: T = answer.value
            return value
    return work()


def _comes(receiver: Connection, pid: int | None) -> bool:
    """Whether there is something to read, waited for as long as the second process computes."""
    end = monotonic() + PATIENCE
    computed = -1
    while (left := end - monotonic()) > 0:
        if receiver.poll(min(left, STUCK)):
            return True
        before = computed
        computed = _computed(pid)
        if computed == before:
            return False
    return False


def _computed(pid: int | None) -> int:
    """How long a process has computed, in ticks of Linux."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    _, _, after_name = told.rpartition(")")
    fields = after_name.split()
    return int(fields[USER]) + int(fields[SYSTEM])
