"""How many touches and how much time until something: small arrays, one entry a journey or an event.

Times are whole microseconds, so that sums over a long log stay exact. Medians and their intervals do not belong here.
"""

from __future__ import annotations

from functools import singledispatch
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.journeys import EDGE, SortedEvents, waits
from cxlens.engine.stored_journeys import StoredEvents

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
MICROSECONDS = 1_000_000  # in a second


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


def until_outcome(events: SortedEvents, reached: Bools) -> UntilOutcome:
    """Touches and time until the first event that has the outcome.

    Parameters
    ----------
    events
        The sorted events.
    reached
        (events,) whether an event has the outcome.
    """
    n_reached = np.bincount(events.journey, reached, events.n_journeys)
    converted = np.flatnonzero(n_reached > 0)
    lengths = np.bincount(events.journey, minlength=events.n_journeys)
    at_every_event = (n_reached == lengths)[converted].all()
    is_of_journey = bool(at_every_event and (lengths[converted] > 1).any())
    places = np.flatnonzero(reached)
    _, first = np.unique(events.journey[places], return_index=True)
    at = lasts_of(events)[converted] if is_of_journey else places[first]
    return UntilOutcome(
        journey=converted,
        touches=events.step[at].astype(np.int64),
        seconds=seconds_between(events, starts_of(events)[converted], at),
        is_of_journey=is_of_journey,
    )


def durations(events: SortedEvents) -> Floats:
    """(journeys,) seconds from the first event of each to its last; NaN without a clock."""
    return seconds_between(events, starts_of(events), lasts_of(events))
