"""How many touches and how much time until something: small arrays, one entry a journey or an event.

Times are whole microseconds, so that sums over a long log stay exact. Medians and their intervals do not belong here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.journeys import EDGE, SortedEvents, waits
from cxlens.engine.stored_journeys import StoredEvents

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
MICROSECONDS = 1_000_000  # in a second
LASTS = """
    SELECT max(moment) - min(moment) AS lasts
    FROM events
    GROUP BY journey
    ORDER BY journey
"""
UNTIL = """
    SELECT count(*) FILTER (reached) AS n_reached, min(step) FILTER (reached) AS touches, {until} AS until
    FROM events
    GROUP BY journey
    ORDER BY journey
"""
UNTIL_TICKS = "min(moment) FILTER (reached) - min(moment)"
GAPS = """
    SELECT journey, gap
    FROM events
    WHERE code = {} AND gap IS NOT NULL
"""


class UntilOutcome(NamedTuple):
    """Of each journey that converted: its number, the touches until the outcome, and the seconds.

    ``touches`` counts the event that has the outcome; ``seconds`` are from the journey's first event to it (NaN without
    a clock). ``is_of_journey``: the outcome stands at every event, so that it is one of the journey as a whole and is
    taken to come at its last event.
    """

    journey: Ints
    touches: Ints
    seconds: Floats
    is_of_journey: bool


@singledispatch
def to_the_end(events: SortedEvents) -> Ints | None:
    """(events,) microseconds from each event to the end of the record; None without a clock.

    The difference of two is the time between two events of one customer, whichever journeys they belong to.
    """
    seconds = waits(events)
    if np.isnan(seconds).any():
        return None
    wait = np.rint(seconds * MICROSECONDS).astype(np.int64)
    from_here_on = wait[::-1].cumsum()[::-1]  # over all customers: sums may wrap, their differences do not
    last_of_customer = np.flatnonzero(events.following == EDGE)[events.is_latest]
    after_customer = np.append(from_here_on[1:], 0)[last_of_customer]
    return np.asarray(from_here_on - after_customer[events.owner[events.journey]])


@to_the_end.register
def _stored_to_the_end(events: StoredEvents) -> Ints | None:
    """The same, kept: several figures need it."""
    left: Ints | None = events.kept("to_the_end", lambda: to_the_end.dispatch(SortedEvents)(events))
    return left


def starts_of(events: SortedEvents) -> Ints:
    """(journeys,) the place of the first event of each."""
    return np.flatnonzero(events.step == 1)


def lasts_of(events: SortedEvents) -> Ints:
    """(journeys,) the place of the last event of each."""
    return np.flatnonzero(events.following == EDGE)


def seconds_between(events: SortedEvents, earlier: Ints, later: Ints) -> Floats:
    """Seconds from some events to others of the same customers; NaN without a clock."""
    left = to_the_end(events)
    if left is None:
        return np.full(len(earlier), np.nan)
    return np.asarray((left[earlier] - left[later]) / MICROSECONDS)


def since_start(events: SortedEvents) -> Floats:
    """(events,) seconds from the first event of each journey; NaN without a clock."""
    starts = starts_of(events)[events.journey]
    return seconds_between(events, starts, np.arange(len(events)))


@singledispatch
def until_outcome(events: SortedEvents, reached: Callable[[], Bools]) -> UntilOutcome:
    """Touches and time until the first event that has the outcome.

    Parameters
    ----------
    events
        The sorted events.
    reached
        Tells (events,) whether an event has the outcome; asked where the events do not know it.
    """
    flags = reached()
    n_reached = np.bincount(events.journey, flags, events.n_journeys)
    converted = np.flatnonzero(n_reached > 0)
    is_of_journey = _is_of_journey(n_reached, events.lengths)
    places = np.flatnonzero(flags)
    _, first = np.unique(events.journey[places], return_index=True)
    at = lasts_of(events)[converted] if is_of_journey else places[first]
    return UntilOutcome(
        journey=converted,
        touches=events.step[at].astype(np.int64),
        seconds=seconds_between(events, starts_of(events)[converted], at),
        is_of_journey=is_of_journey,
    )


@until_outcome.register
def _stored_until_outcome(events: StoredEvents, reached: Callable[[], Bools]) -> UntilOutcome:
    """The same, from a row a journey, where the outcome is in the table."""
    if not events.has("reached"):
        return until_outcome.dispatch(SortedEvents)(events, reached)
    ticks = "NULL::DOUBLE" if events.per_second is None else UNTIL_TICKS
    answer = events.of_journeys(UNTIL.format(until=ticks))
    converted = np.flatnonzero(answer["n_reached"] > 0)
    is_of_journey = _is_of_journey(answer["n_reached"], events.lengths)
    seconds = answer["until"] / (events.per_second or 1)
    return UntilOutcome(
        journey=converted,
        touches=(events.lengths if is_of_journey else answer["touches"])[converted].astype(np.int64),
        seconds=(durations(events) if is_of_journey else seconds)[converted],
        is_of_journey=is_of_journey,
    )


def _is_of_journey(n_reached: NDArray[Any], lengths: Ints) -> bool:
    """Whether all events of journeys that have the outcome have it, and one of these has several."""
    converted = n_reached > 0
    at_every_event = (n_reached == lengths)[converted].all()
    return bool(at_every_event and (lengths[converted] > 1).any())


@singledispatch
def durations(events: SortedEvents) -> Floats:
    """(journeys,) seconds from the first event of each to its last; NaN without a clock."""
    return seconds_between(events, starts_of(events), lasts_of(events))


@durations.register
def _stored_durations(events: StoredEvents) -> Floats:
    """The same, from a row a journey."""
    if events.per_second is None:
        return np.full(events.n_journeys, np.nan)
    return np.asarray(events.of_journeys(LASTS)["lasts"] / events.per_second)


@singledispatch
def gaps_after(events: SortedEvents, code: int) -> tuple[Ints, Floats]:
    """Whose journeys go on after a touchpoint, a customer's ones in a row, and the seconds until then; none unclocked.

    One entry for each time that it is met and not the last.
    """
    here = (events.code == code) & ~np.isnan(events.gap)
    return events.owner[events.journey[here]], events.gap[here]


@gaps_after.register
def _stored_gaps_after(events: StoredEvents, code: int) -> tuple[Ints, Floats]:
    """The same, of one touchpoint at a time."""
    if events.per_second is None:
        return np.zeros(0, np.int64), np.zeros(0)
    found = events.select(GAPS.format(events.code_in_table(code)))
    owner = events.in_table(events.owner)[found["journey"]]
    return owner, found["gap"] / events.per_second
