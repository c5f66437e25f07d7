"""Who reaches which stage in order, and where customers go from each: arrays of journeys or customers by stage.

The first meeting of the first stage is where a journey enters; each later stage is reached at its first meeting after
that of the one before. What is lost and what is still open its caller says.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.journeys import SortedEvents

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NEVER = -1  # the place of an event that did not come
MOVES = ("advance", "stay", "return", "none")


class Entered(NamedTuple):
    """Those who enter: (units,) the number of the journey or customer, and (stages, units) where each stage is reached.

    ``at`` holds places of sorted events, ``NEVER`` where the stage is not reached.
    """

    unit: Ints
    at: Ints


class Departures(NamedTuple):
    """Every meeting of a stage: its place among the events, the stage, and how it goes on (place in ``MOVES``)."""

    event: Ints
    stage: Ints
    move: Ints


def units_of(events: SortedEvents, by_customer: bool) -> Ints:
    """(events,) the journey or the customer of each."""
    return events.owner[events.journey] if by_customer else events.journey


def reached(events: SortedEvents, stages: Ints, by_customer: bool) -> Entered:
    """Where each journey, or customer, reaches each stage.

    Parameters
    ----------
    events
        The sorted events.
    stages
        (s,) the touchpoint code of each stage, in order; one may come twice.
    by_customer
        Whether all journeys of a customer are one.
    """
    unit = units_of(events, by_customer)
    entries = np.flatnonzero(events.code == stages[0])
    entering, first = np.unique(unit[entries], return_index=True)
    places = [entries[first]]
    for code in stages[1:]:
        places.append(_next_meeting(events, unit, places[-1], code))
    return Entered(entering, np.stack(places))


def _next_meeting(events: SortedEvents, unit: Ints, before: Ints, code: int) -> Ints:
    """The place of the first meeting after each place, in the same unit; ``NEVER`` where none comes."""
    meetings = np.flatnonzero(events.code == code)
    following = np.searchsorted(meetings, before, side="right")
    is_some = (before != NEVER) & (following < len(meetings))
    place = meetings[np.where(is_some, following, 0)]
    is_same = unit[place] == unit[before]
    return np.where(is_some & is_same, place, NEVER)


def departures(events: SortedEvents, stages: Ints, by_customer: bool) -> Departures:
    """How each meeting of a stage goes on: to a later stage, the same, an earlier one, or to none.

    Touchpoints that are no stage do not count; a touchpoint that is two stages counts as the first of them.
    """
    stage_of = np.full(events.n_touchpoints, NEVER)
    stage_of[stages[::-1]] = np.arange(len(stages))[::-1]
    stage = stage_of[events.code]
    event = np.flatnonzero(stage != NEVER)
    here = stage[event]
    unit = units_of(events, by_customer)[event]
    goes_on = np.append(unit[1:] == unit[:-1], False)
    following = np.append(here[1:], NEVER)
    changes = np.sign(here - following)  # -1 to a later one, 0 the same, 1 to an earlier one
    move = np.where(goes_on, changes + 1, MOVES.index("none"))
    return Departures(event, here, move)
