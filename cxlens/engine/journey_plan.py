"""Journeys held against a plan: where each meets each planned step, and what it meets beside.

A touchpoint that the plan names twice is met twice: its second step is the second meeting. What a deviation means, and
what it goes with, does not belong here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.journey_batches import Part, parts
from cxlens.engine.journey_times import since_start
from cxlens.engine.journeys import SortedEvents

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
NEVER = -1  # the step of one that is not met


class Held(NamedTuple):
    """Journeys against a plan.

    ``at`` (steps, journeys) is the step of the journey at which each planned one is met, from 1, else ``NEVER``;
    ``since`` the seconds from its first event to that (NaN without a clock, and where it is not met). ``beside``
    (journeys,) counts touches at touchpoints that are not planned, ``again`` those at planned ones beyond their number.
    """

    at: Ints
    since: Floats
    beside: Ints
    again: Ints

    @property
    def reached(self) -> Bools:
        """(steps, journeys) whether each step is met."""
        return np.asarray(self.at != NEVER)

    @property
    def in_order(self) -> Bools:
        """(steps, journeys) whether each step is met, and after all earlier ones that are."""
        latest = np.maximum.accumulate(self.at, axis=0)
        return np.asarray(self.reached & (self.at == latest))

    @property
    def furthest(self) -> Ints:
        """(journeys,) the last planned step that is met, ``NEVER`` if none."""
        steps = np.arange(len(self.at))[:, None]
        return np.asarray(np.where(self.reached, steps, NEVER).max(axis=0))

    def take(self, keep: Bools) -> Held:
        """Some journeys."""
        return Held(
            self.at[:, keep],
            self.since[:, keep],
            beside=self.beside[keep],
            again=self.again[keep],
        )


def hold(events: SortedEvents, plan: Ints) -> Held:
    """Hold journeys against a plan.

    Parameters
    ----------
    events
        The sorted events.
    plan
        (steps,) the touchpoint code of each step; one that nobody meets is negative.
    """
    shape = (len(plan), events.n_journeys)
    held = Held(
        at=np.full(shape, NEVER),
        since=np.full(shape, np.nan),
        beside=np.zeros(events.n_journeys, np.int64),
        again=np.zeros(events.n_journeys, np.int64),
    )
    for part in parts(events):
        _hold(held, part, plan)
    return held


def _hold(held: Held, part: Part, plan: Ints) -> None:
    """Write down some journeys."""
    events = part.events
    meeting = _meetings(events)
    since = since_start(events)
    planned = np.zeros(events.n_touchpoints, np.int64)
    for step, code in enumerate(plan.tolist()):
        if code < 0:
            continue
        is_it = (events.code == code) & (meeting == planned[code])
        place = np.flatnonzero(is_it)
        journey = events.journey[place]
        held.at[step, part.journey[journey]] = events.step[place]
        held.since[step, part.journey[journey]] = since[place]
        planned[code] += 1
    is_beside = planned[events.code] == 0
    is_again = ~is_beside & (meeting >= planned[events.code])
    n = len(part.journey)
    held.beside[part.journey] = np.bincount(events.journey[is_beside], minlength=n)
    held.again[part.journey] = np.bincount(events.journey[is_again], minlength=n)


def _meetings(events: SortedEvents) -> Ints:
    """(events,) how often the journey has met the touchpoint before."""
    key = events.journey * events.n_touchpoints + events.code
    by_key = np.argsort(key, kind="stable")
    _, starts, sizes = np.unique(
        key[by_key],
        return_index=True,
        return_counts=True,
    )
    meeting = np.empty(len(key), np.int64)
    meeting[by_key] = np.arange(len(key)) - np.repeat(starts, sizes)
    return meeting
