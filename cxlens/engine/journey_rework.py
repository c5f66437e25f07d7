"""What is met again: repeats, loops back, and going to and fro between two places.

A repeat is a meeting of a touchpoint that the journey has met before: in a row, or in a loop, with others between.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.journey_batches import Part, parts
from cxlens.engine.journey_follows import met
from cxlens.engine.journey_shares import Members, distinct
from cxlens.engine.journey_times import seconds_between
from cxlens.engine.journeys import SortedEvents

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Repeats(NamedTuple):
    """Events that are repeats, by kind; (events,) flags: any, in a row, in a loop."""

    again: Bools
    in_a_row: Bools
    loop: Bools


class ToAndFro(NamedTuple):
    """Journeys that went from one place to another and back, and those that met both: by pair of places.

    Item ``i`` is the pair ``first[i]``, ``second[i]``, of which the first has the smaller code; ``times`` is how often
    any journey went there and back.
    """

    first: Ints
    second: Ints
    journeys: Members
    both: Members
    times: Ints


class MetAgain(NamedTuple):
    """Touchpoints that journeys meet again: (m,) journey, touchpoint, how often, and the seconds from first to last.

    Seconds are NaN without a clock.
    """

    journey: Ints
    code: Ints
    times: Ints
    seconds: Floats


def repeats(events: SortedEvents) -> Repeats:
    """Which events meet a touchpoint again."""
    again = ~events.first
    same_as_before = np.zeros(len(events), bool)
    same_as_before[1:] = events.code[:-1] == events.code[1:]
    same_as_before &= events.step > 1
    return Repeats(again, again & same_as_before, again & ~same_as_before)


def of_touchpoints(events: SortedEvents, which: Bools) -> Members:
    """The touchpoints and journeys of some events, each pair once."""
    k = events.n_touchpoints
    key = distinct(events.journey[which] * k + events.code[which])
    journey, code = np.divmod(key, k)
    return Members(code, journey)


def met_again(events: SortedEvents, which: Bools) -> MetAgain:
    """Each touchpoint that a journey meets again, of those that ``which`` (journeys,) flags; a customer's in a row."""
    found = [_met_again(part.take(which)) for part in parts(events)]
    return MetAgain(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _met_again(part: Part) -> MetAgain:
    """The same of some journeys, by journey and touchpoint."""
    events = part.events
    once = met(events)
    is_again = once.last > once.first
    seconds = seconds_between(
        events,
        once.first[is_again],
        once.last[is_again],
    )
    return MetAgain(
        part.journey[once.journey[is_again]],
        once.code[is_again],
        once.times[is_again] - 1,
        seconds,
    )


def to_and_fro(events: SortedEvents) -> ToAndFro:
    """Journeys that go from one place to another and straight back, whatever happens within a place.

    Places are the codes of the events: touchpoints, or the channels of a log rolled up to them.
    """
    k = events.n_touchpoints
    is_new = events.step == 1
    is_new[1:] |= events.code[1:] != events.code[:-1]
    place = events.code[is_new].astype(np.int64)
    journey = events.journey[is_new]
    comes_back = (place[2:] == place[:-2]) & (journey[2:] == journey[:-2])
    here, there = place[2:][comes_back], place[1:-1][comes_back]
    pair = np.minimum(here, there) * k + np.maximum(here, there)
    pairs, number, times = np.unique(pair, return_inverse=True, return_counts=True)
    n_journeys = events.n_journeys
    went = distinct(number * n_journeys + journey[2:][comes_back])
    first, second = np.divmod(pairs, k)
    has_met = of_touchpoints(events, np.ones(len(events), bool))
    return ToAndFro(
        first=first,
        second=second,
        journeys=Members(*np.divmod(went, n_journeys)),
        both=_that_met_both(has_met, first, second),
        times=times.astype(np.int64),
    )


def _that_met_both(has_met: Members, first: Ints, second: Ints) -> Members:
    """Journeys that met both places of each pair."""
    items = []
    journeys = []
    for item, (one, other) in enumerate(zip(first, second, strict=True)):
        met_one = has_met.journey[has_met.item == one]
        met_other = has_met.journey[has_met.item == other]
        both = np.intersect1d(met_one, met_other, assume_unique=True)
        items.append(np.full(len(both), item))
        journeys.append(both)
    if not items:
        nobody = np.zeros(0, np.int64)
        return Members(nobody, nobody)
    return Members(np.concatenate(items), np.concatenate(journeys))
