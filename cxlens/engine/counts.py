"""Tables in which a row stands for many: how often each row is read.

Each row is repeated as often as it counts, so that everything that follows is exact without knowing of counts. What a
count may be belongs to :mod:`cxlens.engine.entries`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.entries import read_counts
from cxlens.errors import FileError, ValuesError

MOST = 2_000_000  # answers in memory: 12 touchpoints take some 500 MB


class Counted(NamedTuple):
    """A table, and how often each of its rows counts; None: once."""

    frame: pd.DataFrame
    times: NDArray[np.int64] | None


def counted(frame: pd.DataFrame, column: str | None) -> Counted:
    """The rows of a table that stand for anybody, and for how many each.

    Raises
    ------
    ValuesError
        When a count is no whole number of 0 or more, all are 0, or they add up to more than memory should hold.
    """
    if column is None or frame.empty:
        return Counted(frame, None)
    times = read_counts(column, frame[column])
    total = times.sum(dtype=float)
    if total == 0:
        raise ValuesError(f"count column {column!r} is zero in every row. Give counts, or leave count=None.")
    if total > MOST:
        raise ValuesError(
            f"count column {column!r} adds up to {total:,.0f} answers; counts may add up to {MOST:,}. "
            f"{_one_row_an_answer(column)}"
        )
    is_there = times > 0
    return Counted(frame[is_there], times[is_there])


def check_size(rows: int, column: str) -> None:
    """Refuse a file of counts that is too large for memory.

    Raises
    ------
    FileError
        When it has more than two million rows.
    """
    if rows > MOST:
        raise FileError(
            f"the file has {rows:,} rows; with counts ({column!r}) it may have {MOST:,}. {_one_row_an_answer(column)}"
        )


def _one_row_an_answer(column: str) -> str:
    """How to write a table that is read in batches, however large."""
    return (
        "Write one row an answer to a Parquet file, which is read in batches: "
        f"data.loc[data.index.repeat(data[{column!r}])].to_parquet('answers.parquet')."
    )
