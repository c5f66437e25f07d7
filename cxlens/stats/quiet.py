"""Standard output without the lines that HiGHS prints there whatever it is told.

Now and then it tells of a step of its own by ``printf``, which no option turns off. What anybody else writes meanwhile
comes out afterwards.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from threading import Lock
from typing import IO

OUT = 1  # the file descriptor of standard output
OURS = b"HighsMipSolverData::"  # how such lines begin


@dataclass
class _Screen:
    """Who wants it quiet, in how many threads, and where output goes meanwhile."""

    lock: Lock
    users: int = 0
    real: int = -1
    held: IO[bytes] | None = None


_SCREEN = _Screen(Lock())


@contextmanager
def quiet() -> Iterator[None]:
    """Hold standard output back while HiGHS computes, and let it go without what HiGHS has printed.

    Several threads may do so at once: the first begins, the last ends it. Where there is no standard output, nothing is
    done.
    """
    with _SCREEN.lock:
        _SCREEN.users += 1
        if _SCREEN.users == 1:
            _hold()
    try:
        yield
    finally:
        with _SCREEN.lock:
            _SCREEN.users -= 1
            if not _SCREEN.users:
                _let_go()


def _hold() -> None:
    """Send standard output to a file."""
    try:
        _SCREEN.real = os.dup(OUT)
    except OSError:  # there is none, as under pythonw
        return
    _flush()
    _SCREEN.held = TemporaryFile()  # noqa: SIM115 - closed in _let_go
    os.dup2(_SCREEN.held.fileno(), OUT)


def _let_go() -> None:
    """Standard output as it was; what is in the file goes there, lines of HiGHS aside."""
    if _SCREEN.held is None:
        return
    _flush()
    os.dup2(_SCREEN.real, OUT)
    os.close(_SCREEN.real)
    with _SCREEN.held as held:
        held.seek(0)
        lines = held.readlines()
    _SCREEN.held = None
    theirs = b"".join(line for line in lines if not line.startswith(OURS))
    while theirs:
        theirs = theirs[os.write(OUT, theirs) :]


def _flush() -> None:
    """Write out what C has not written yet."""
    library = "ucrtbase" if os.name == "nt" else None
    ctypes.CDLL(library).fflush(None)
