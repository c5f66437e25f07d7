"""A piece of work that a second process does meanwhile, where one can be forked: it finds all that is in memory.

Nothing has to be handed over, only what comes of the work comes back. Which work that is belongs to
:mod:`cxlens.publish.report`.
"""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from functools import partial
from multiprocessing import current_process, get_context
from multiprocessing.connection import Connection
from threading import RLock
from typing import NamedTuple, TypeVar

from tqdm import tqdm

T = TypeVar("T")
PATIENCE = 600  # seconds of waiting after which the work is done here instead


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
    process = context.Process(target=_done_and_sent, args=(work, sender), daemon=True)
    with warnings.catch_warnings():
        # From 3.12 on Python warns that a fork leaves threads behind: the work must need none of theirs.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    sender.close()
    try:
        yield partial(_received, receiver, work)
    finally:
        process.terminate()
        process.join()
        receiver.close()


def can_fork() -> bool:
    """Whether a second process would be faster, and safe: system libraries of macOS break when forked."""
    return sys.platform == "linux" and (os.cpu_count() or 1) > 1 and not current_process().daemon


def _done_and_sent(work: Callable[[], object], sender: Connection) -> None:
    """Do the work and send what comes of it, in the second process; if it fails, nothing."""
    tqdm.set_lock(RLock())  # another thread may have held the old one at the fork
    with redirect_stderr(io.StringIO()), suppress(Exception, KeyboardInterrupt):  # bars of its own would be in the way
        with warnings.catch_warnings(record=True) as warned:
            value = work()
        sender.send(_Answer(value, warned))


def _received(receiver: Connection, work: Callable[[], T]) -> T:
    """What came of the work, waited for."""
    with suppress(EOFError):  # it failed
        if receiver.poll(PATIENCE):
            answer = receiver.recv()
            for one in answer.warned:
                warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
            value: T = answer.value
            return value
    return work()
