"""Journeys as arrays, some at a time: all of a customer together, so that what a batch counts may be added up.

Events in memory are one batch. Those that DuckDB holds come as they stand there, and are never all fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from cxlens.engine.journeys import EDGE, Bools, Codes, Ints, SortedEvents, first_met, is_new, renumbered, take_journeys
from cxlens.engine.stored_journeys import StoredEvents

OPEN = EDGE - 1  # the code that stands after the last touchpoint of a journey that may still go on
AT_ONCE = 1_000_000  # events of a batch
ROWS = "FROM events WHERE journey >= {} AND journey < {}"


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
    for columns in _in_turn(events, "journey, step, code, next, is_first"):
        yield Batch(
            columns["journey"],
            columns["step"],
            columns["code"],
            columns["next"],
            columns["is_first"],
        )


class Part(NamedTuple):
    """The journeys of some customers as a log of their own, and the number of each journey among all."""

    events: SortedEvents
    journey: Ints

    def take(self, keep: Bools) -> Part:
        """Some of the journeys, by a flag for each of the whole log."""
        is_kept = keep[self.journey]
        return Part(take_journeys(self.events, is_kept), self.journey[is_kept])


@singledispatch
def parts(events: SortedEvents) -> Iterator[Part]:
    """All journeys, some at a time: what sums over customers, or stands side by side, needs no more than that."""
    yield Part(events, np.arange(events.n_journeys))


@parts.register
def _stored_parts(events: StoredEvents) -> Iterator[Part]:
    """The same, a part of the table at a time."""
    gap = "NULL::DOUBLE" if events.per_second is None else f"gap / {events.per_second}"
    for columns in _in_turn(events, f"journey, step, code, next, is_first, {gap} AS gap"):
        is_start = columns["step"] == 1
        journey = columns["journey"][is_start]
        some = SortedEvents(
            journey=np.cumsum(is_start) - 1,
            step=columns["step"],
            code=columns["code"],
            following=columns["next"],
            gap=columns["gap"],
            first=columns["is_first"],
            owner=renumbered(events.owner[journey]),
            silence=events.silence[journey],
            over=events.over[journey],
            n_touchpoints=events.n_touchpoints,
        )
        yield Part(some, journey)


def _in_turn(events: StoredEvents, columns: str) -> Iterator[dict[str, Any]]:
    """Columns of some journeys, then of the next ones; ``journey`` is their number among all in the order of arrays."""
    number = events.in_table(np.arange(events.n_journeys))
    cuts = _cuts_between(events.in_table(events.owner), events.in_table(events.lengths))
    for start, stop in pairwise(cuts):
        found = events.select(f"SELECT {columns} {ROWS.format(start, stop)}")
        yield found | {"journey": number[found["journey"]]}


def _cuts_between(owner: Ints, lengths: Ints) -> list[int]:
    """Journeys before which to part the table, from 0 on: customers stay whole, a part has some ``AT_ONCE`` events."""
    firsts = np.flatnonzero(is_new(owner))
    events_before = np.cumsum(lengths) - lengths
    batch = events_before[firsts] // AT_ONCE
    cuts = firsts[is_new(batch)]
    return [*cuts.tolist(), len(owner)]


def counted(keys: Ints) -> tuple[Ints, Ints]:
    """Each number once, in order, and how often it comes."""
    in_order = np.sort(keys)
    firsts = np.flatnonzero(is_new(in_order))
    ends = np.append(firsts[1:], len(keys))
    return in_order[firsts], ends[: len(firsts)] - firsts
