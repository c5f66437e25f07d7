"""A program that runs for us, such as JupyterLab, and never outlives us: who ends us ends it, too.

Which program that is, is said by :mod:`cxlens.publish.serve` and by the command line.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

ENDING = ("SIGINT", "SIGTERM", "SIGHUP")  # Ctrl-C, kill, and a terminal that is closed; Windows has no last one
PATIENCE = 10  # seconds in which it may save and end by itself
AS_A_SHELL = 128  # a shell tells of a signal by this code and the signal's number


class _Ended(BaseException):
    """Somebody asks us to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run_beside(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program until it ends, or until we are to end.

    Parameters
    ----------
    command
        The program and its arguments.
    environment
        All variables that it sees.

    Returns
    -------
    int
        Its exit code; of a signal that ended us what a shell tells, such as 130 for Ctrl-C and 143 for SIGTERM.
    """
    try:
        with _signals_raised(), subprocess.Popen(command, env=environment) as child:
            try:
                return child.wait()
            except _Ended:
                child.terminate()  # of Ctrl-C in a terminal it has heard already, and may have asked whether to end
                with suppress(subprocess.TimeoutExpired):
                    child.wait(PATIENCE)
                raise
            finally:
                child.kill()  # it takes too long, or we are asked a second time; one that has ended stays as it is
    except _Ended as ended:
        return AS_A_SHELL + ended.number


@contextmanager
def _signals_raised() -> Iterator[None]:
    """Signals to end are raised as errors; one that is ignored, as by ``nohup``, stays so."""
    numbers = [signal.Signals[name] for name in ENDING if name in signal.Signals.__members__]
    before = {number: signal.getsignal(number) for number in numbers}
    heard = [number for number in numbers if before[number] is not signal.SIG_IGN]
    for number in heard:
        signal.signal(number, _raise)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number])


def _raise(number: int, _frame: FrameType | None) -> None:
    """Leave what we do."""
    raise _Ended(number)
