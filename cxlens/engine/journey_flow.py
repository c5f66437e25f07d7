"""Who goes where from step to step: the small counts behind a picture of flows.

NumPy arrays in, small arrays out, as in :mod:`cxlens.engine.journeys`. What is hidden or said of them does not belong
here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cxlens.engine.journeys import EDGE, Bools, Floats, Ints, SortedEvents, rename

OPEN = EDGE - 1  # the code that stands after the last touchpoint of a journey that may still go on


class Flows(NamedTuple):
    """How many journeys were at ``origin`` at ``step`` and at ``target`` at the next one, in the order of all three.

    ``EDGE`` as target is an end, ``OPEN`` the last event so far of a journey that may go on. ``squares`` is the sum
    over customers of their own numbers of journeys squared, ``with_all`` that of these numbers times all their
    journeys: what the variance of a share needs.
    """

    step: Ints
    origin: Ints
    target: Ints
    n: Ints
    squares: Floats
    with_all: Floats


def flows(events: SortedEvents, steps: int, under_way: Bools | None = None) -> Flows:
    """Count what follows what, apart for each of the first ``steps`` steps.

    Each journey counts once at each step that it has, so the counts of a step sum to the journeys that have it, and
    what comes to a touchpoint at a step is what leaves it there. ``under_way`` flags journeys that may go on.
    """
    target = events.following.astype(np.int64)
    if under_way is not None:
        target[(target == EDGE) & under_way[events.journey]] = OPEN
    is_shown = events.step <= steps
    width = events.n_touchpoints - OPEN
    step = events.step[is_shown].astype(np.int64)
    leaving = step * width + events.code[is_shown]
    keys = leaving * width + target[is_shown] - OPEN
    owner = events.owner[events.journey[is_shown]]
    cells, cell = np.unique(keys, return_inverse=True)
    by_customer, times = np.unique(cell * events.n_customers + owner, return_counts=True)
    of_cell, customer = np.divmod(by_customer, events.n_customers)
    in_all = np.bincount(events.owner)[customer]
    step_and_origin, target_place = np.divmod(cells, width)
    step_of_cell, origin = np.divmod(step_and_origin, width)
    return Flows(
        step=step_of_cell,
        origin=origin,
        target=target_place + OPEN,
        n=np.bincount(cell),
        squares=np.bincount(of_cell, times**2).astype(np.float64),
        with_all=np.bincount(of_cell, times * in_all).astype(np.float64),
    )


def from_first(events: SortedEvents, code: int) -> SortedEvents:
    """Every journey that meets a touchpoint, from its first meeting on; steps count from there."""
    meetings = np.flatnonzero(events.first & (events.code == code))
    entry = np.full(events.n_journeys, len(events))
    entry[events.journey[meetings]] = meetings
    mask = np.arange(len(events)) >= entry[events.journey]
    meeting_journeys = events.journey[meetings]
    journey = np.searchsorted(meeting_journeys, events.journey[mask])
    steps_before = events.step[meetings] - 1
    owner = events.owner[meeting_journeys]
    is_other_owner = owner[1:] != owner[:-1]
    cut = SortedEvents(
        journey=journey,
        step=(events.step[mask] - steps_before[journey]).astype(np.int32),
        code=events.code[mask],
        following=events.following[mask],
        gap=events.gap[mask],
        first=events.first[mask],
        owner=np.cumsum(np.append(False, is_other_owner)),
        silence=events.silence[meeting_journeys],
        over=events.over[meeting_journeys],
        n_touchpoints=events.n_touchpoints,
    )
    return rename(cut, np.arange(events.n_touchpoints))  # finds first meetings anew


def meet(events: SortedEvents, code: int) -> Bools:
    """(journeys,) whether each meets a touchpoint."""
    return np.bincount(events.journey[events.code == code], minlength=events.n_journeys) > 0
