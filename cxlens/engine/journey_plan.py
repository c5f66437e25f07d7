"""Journeys held against a plan: where each meets each planned step, and what it meets beside.

A touchpoint that the plan names twice is met twice: its second step is the second meeting. What a deviation means, and
what it goes with, does not belong here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.journeys import SortedEvents

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NEVER = -1  # the place of a step that is not met


class Held(NamedTuple):
    """Journeys against a plan.

    ``at`` (steps, journeys) is the place among the events at which each planned step is met, else ``NEVER``; ``beside``
    (journeys,) counts touches at touchpoints that are not planned, ``again`` those at planned ones beyond their number.
    """

    at: Ints
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


def hold(events: SortedEvents, plan: Ints) -> Held:
    """Hold journeys against a plan.

    Parameters
    ----------
    events
        The sorted events.
    plan
        (steps,) the touchpoint code of each step; one that nobody meets is negative.
    """
    meeting = _meetings(events)
    at = np.full((len(plan), events.n_journeys), NEVER)
    planned = np.zeros(events.n_touchpoints, np.int64)
    for step, code in enumerate(plan.tolist()):
        if code < 0:
            continue
        is_it = (events.code == code) & (meeting == planned[code])
        place = np.flatnonzero(is_it)
        at[step, events.journey[place]] = place
        planned[code] += 1
    is_beside = planned[events.code] == 0
    is_again = ~is_beside & (meeting >= planned[events.code])
    return Held(
        at,
        beside=np.bincount(events.journey[is_beside], minlength=events.n_journeys),
        again=np.bincount(events.journey[is_again], minlength=events.n_journeys),
    )


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
