"""Journeys as arrays, some at a time: all of a customer together, so that what a batch counts may be added up.

Events in memory are one batch. Those that DuckDB holds come as they stand there, and are never all fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.journeys import EDGE, Bools, Codes, Ints, SortedEvents, first_met
from cxlens.engine.stored_journeys import StoredEvents

OPEN = EDGE - 1  # the code that stands after the last touchpoint of a journey that may still go on
AT_ONCE = 1_000_000  # events of a batch
COLUMNS = """
    SELECT journey, step, code, next, is_first
    FROM events
    WHERE journey >= {} AND journey < {}
"""


class Batch(NamedTuple):
    """Events of some journeys, one after the other; the columns are those of :class:`SortedEvents`.

    ``journey`` has the number that journeys have among all, which need not rise here.
    """

    journey: Ints
    step: Codes
    code: Codes
    following: Codes
    first: Bools

    @property
    def last_visit(self) -> Bools:
        """(events,) whether the journey meets its touchpoint for the last time."""
        return first_met(self.journey[::-1], self.code[::-1])[::-1]

    @property
    def ends(self) -> Ints:
        """(events,) the place of the last event of its journey."""
        ends = np.flatnonzero(self.following == EDGE)
        return np.repeat(ends, np.diff(ends, prepend=-1))

    def targets(self, under_way: Bools | None) -> Ints:
        """(events,) what follows, ``OPEN`` after the last event of journeys of which ``under_way`` says they go on."""
        target = self.following.astype(np.int64)
        if under_way is not None:
            ends = np.flatnonzero(target == EDGE)
            target[ends[under_way[self.journey[ends]]]] = OPEN
        return target


@singledispatch
def batches(events: SortedEvents) -> Iterator[Batch]:
    """All events, once."""
    yield Batch(
        events.journey,
        events.step,
        events.code,
        events.following,
        events.first,
    )


@batches.register
def _stored_batches(events: StoredEvents) -> Iterator[Batch]:
    """The same, a part of the table at a time."""
    number = events.in_table(np.arange(events.n_journeys))
    cuts = _cuts_between(events.in_table(events.owner), events.in_table(events.lengths))
    for start, stop in pairwise(cuts):
        columns = events.select(COLUMNS.format(start, stop))
        yield Batch(
            number[columns["journey"]],
            columns["step"],
            columns["code"],
            columns["next"],
            columns["is_first"],
        )


def _cuts_between(owner: Ints, lengths: Ints) -> list[int]:
    """Journeys before which to part the table, from 0 on: customers stay whole, a part has some ``AT_ONCE`` events."""
    firsts = np.flatnonzero(is_new(owner))
    events_before = np.cumsum(lengths) - lengths
    batch = events_before[firsts] // AT_ONCE
    cuts = firsts[is_new(batch)]
    return [*cuts.tolist(), len(owner)]


def is_new(values: NDArray[np.int64]) -> Bools:
    """Whether each of some values is another than the one before."""
    flags = np.ones(len(values), bool)
    flags[1:] = values[1:] != values[:-1]
    return flags


def counted(keys: Ints) -> tuple[Ints, Ints]:
    """Each number once, in order, and how often it comes."""
    in_order = np.sort(keys)
    firsts = np.flatnonzero(is_new(in_order))
    ends = np.append(firsts[1:], len(keys))
    return in_order[firsts], ends[: len(firsts)] - firsts
