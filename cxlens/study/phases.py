"""Rows for starts and ends: two rows of one task become one event, with how long it took.

Which touchpoint an event is, and in which order events come, is settled in :mod:`cxlens.study.journeys`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import few
from cxlens.errors import ValuesError, listing
from cxlens.files.exports import BEGINS, BETWEEN, ENDS

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
STARTS = frozenset({"start", "started", "begin", "enter", "entered"})
STOPS = frozenset({"abort", "ate_abort", "pi_abort"})  # ends of another kind
SKIPS = {"autoskip", "manualskip", "reassign", "withdraw"}
ASIDE = frozenset({*(BEGINS - STARTS), *BETWEEN, *SKIPS})  # rows that are no work at a task


class Phases(NamedTuple):
    """Which rows are starts and which ends, one entry a row; a row that is neither is an event of its own."""

    starts: Flags
    ends: Flags


class Joined(NamedTuple):
    """Events: the row that each begins with, the row it ends with (the same where only one is there), seconds between.

    ``seconds`` is NaN where only one row is there.
    """

    rows: Ints
    last_rows: Ints
    seconds: NDArray[np.float64]


def read_phases(values: pd.Series[Any]) -> tuple[Phases, Flags]:
    """Which rows are of other phases, and of those that are left which are starts and ends.

    A row with an empty cell is an event of its own.

    Raises
    ------
    ValuesError
        ``lifecycle column 'phase' holds 'paid', which is no phase of a task. Starts are begin, ...``; or when no row is
        a start or an end.
    """
    filled = values.astype(object).where(values.notna(), "")
    words = filled.map(_word)
    codes, names = pd.factorize(words)
    unknown = [name for name in names if name not in {"", *STARTS, *ENDS, *STOPS, *ASIDE}]
    phases = f"Starts are {listing(sorted(STARTS))}; ends are {listing(sorted(ENDS | STOPS))}"
    if unknown:
        raise ValuesError(
            f"lifecycle column {values.name!r} holds {listing(map(repr, unknown), 3)}, which is no phase of a task. "
            f"{phases}; left out are {listing(sorted(ASIDE))}. Rename the entries, or leave out lifecycle=."
        )
    is_aside = np.array([name in ASIDE for name in names])[codes]
    if is_aside.all():
        raise ValuesError(
            f"lifecycle column {values.name!r} has no start and no end of a task. {phases}. Check the filter or the "
            "file the events come from."
        )
    starts = np.array([name in STARTS for name in names])[codes]
    ends = np.array([name in ENDS | STOPS for name in names])[codes]
    return Phases(starts[~is_aside], ends[~is_aside]), is_aside


def join(customer: Ints, touchpoint: Ints, ticks: Ints, per_second: int, phases: Phases) -> Joined:
    """Join the rows of each task: an end belongs to the first start before it that has none yet.

    Only rows of one customer at one touchpoint belong together; of rows of one time starts come first. A start without
    an end, and an end without a start, are events without a length.

    Parameters
    ----------
    customer, touchpoint
        Codes, one a row.
    ticks
        Time as whole numbers, ``per_second`` of them in a second.
    phases
        What each row is.
    """
    last_rows = np.arange(len(ticks))
    starts, ends = _pairs(customer, touchpoint, ticks, phases)
    last_rows[starts] = ends
    rows = np.setdiff1d(np.arange(len(ticks)), ends, assume_unique=True)
    last_rows = last_rows[rows]
    seconds = (ticks[last_rows] - ticks[rows]) / per_second
    return Joined(
        rows=rows,
        last_rows=last_rows,
        seconds=np.where(last_rows == rows, np.nan, seconds),
    )


def _pairs(customer: Ints, touchpoint: Ints, ticks: Ints, phases: Phases) -> tuple[Ints, Ints]:
    """The rows of starts that have an end, and those of their ends."""
    rows = np.flatnonzero(phases.starts | phases.ends)
    keys = [phases.ends, ticks, touchpoint, customer]
    order = np.lexsort([key[rows] for key in keys])
    rows = rows[order]
    task = _groups(customer[rows], touchpoint[rows])
    is_end = phases.ends[rows]
    has_start = is_end & ~_has_no_start(task, is_end)
    keys_of_starts = _numbered(task[~is_end], len(rows))
    keys_of_ends = _numbered(task[has_start], len(rows))
    _, of_starts, of_ends = np.intersect1d(
        keys_of_starts,
        keys_of_ends,
        assume_unique=True,
        return_indices=True,
    )
    return rows[~is_end][of_starts], rows[has_start][of_ends]


def extras_of(extras: pd.DataFrame, joined: Joined) -> pd.DataFrame:
    """What is known of each event, of what is known of each row, and its ``duration`` in seconds.

    An event reached the outcome if one of its rows did; its value and score are those of its end, or where these are
    blank those of its start.
    """
    first, last = extras.iloc[joined.rows], extras.iloc[joined.last_rows]
    known = first.copy()
    if "reached" in extras:
        known["reached"] = first["reached"].to_numpy(bool) | last["reached"].to_numpy(bool)
    for column in extras.columns.intersection(["value", "score"]):
        known[column] = np.where(last[column].isna(), first[column], last[column])
    known["duration"] = joined.seconds
    return known


def starts_and_ends_told(column: str) -> str:
    """What to say of a log whose rows are starts and ends that nobody joined."""
    return (
        f"Column {column!r} has rows for starts and ends, each an event here, so that tasks count twice: "
        f"lifecycle={column!r} joins those of one task."
    )


def joined_told(joined: Joined, aside: int) -> str:
    """How many events have a start and an end, and what was left out, in words; counts of a few are not told."""
    of_two_rows = int((~np.isnan(joined.seconds)).sum())
    told = f"{few(of_two_rows)} events are a start and an end, joined".capitalize()
    if aside:
        told = f"{told}; {few(aside)} rows of other phases are left out"
    return f"{told}."


def _word(entry: Any) -> str:
    """A phase as it is compared."""
    return str(entry).strip().lower()


def _groups(*sorted_keys: Ints) -> Ints:
    """The number of each row's group, from 0, of rows sorted by the keys."""
    is_new = np.zeros(max(len(sorted_keys[0]) - 1, 0), bool)
    for key in sorted_keys:
        is_new |= key[1:] != key[:-1]
    return np.cumsum(np.append(False, is_new)[: len(sorted_keys[0])])


def _has_no_start(task: Ints, is_end: Flags) -> Flags:
    """Which ends find no start that is still open: each makes the balance of starts and ends lower than it ever was."""
    steps = pd.Series(np.where(is_end, -1, 1))
    balance = steps.groupby(task).cumsum()
    lowest_before = balance.groupby(task).cummin().groupby(task).shift(fill_value=0)
    return (balance < np.minimum(lowest_before, 0)).to_numpy()


def _numbered(task: Ints, most: int) -> Ints:
    """A key for each row, of its task and of its number within it, of at most so many; rows are sorted by task."""
    number = np.arange(len(task)) - np.searchsorted(task, task)
    return task * (most + 1) + number
