"""Batches of rows, worked on while the next ones are read.

What is made of a batch does not belong here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from pyarrow import RecordBatch, Table

_T = TypeVar("_T")
Floats = NDArray[np.float64]
_B = TypeVar("_B", "RecordBatch", "Table")


def listed(parts: Iterable[list[_T]]) -> list[_T]:
    """The lists of several batches as one."""
    return list(chain.from_iterable(parts))


def added(parts: Iterable[Floats]) -> Floats:
    """The sum of the arrays of several batches."""
    return np.asarray(sum(parts))


def in_turn(
    reader: Iterable[_B],
    job: Callable[[_B, int], _T],
    at_work: int = 2,
) -> Iterator[_T]:
    """What a job makes of each batch and the number of its first row; two are at work while the next is read.

    With ``at_work`` 1 a job begins when the one before is done. A reader may be such work, too.
    """
    start = 0
    waiting = deque[Future[_T]]()
    with (
        ThreadPoolExecutor(at_work) as pool,
        threadpool_limits(1, user_api="blas"),  # its threads disturb small products
        ExitStack() as at_end,
    ):
        if isinstance(reader, Generator):
            at_end.callback(reader.close)  # after an error, too: work inside this one gives back its threads first
        for batch in reader:
            promise = pool.submit(job, batch, start)
            waiting.append(promise)
            start += batch.num_rows
            if len(waiting) > 2:
                yield waiting.popleft().result()
        for promise in waiting:
            yield promise.result()
