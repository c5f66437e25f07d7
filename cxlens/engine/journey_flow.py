"""Who goes where from step to step: the small counts behind a picture of flows.

NumPy arrays in, small arrays out, as in :mod:`cxlens.engine.journeys`. What is hidden or said of them does not belong
here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cxlens.engine.journey_batches import OPEN, Batch, batches, counted
from cxlens.engine.journeys import (
    EDGE,
    Bools,
    Codes,
    Ints,
    SortedEvents,
    is_new,
    one_of_each,
    reached_by,
    renumbered,
)

START = EDGE  # the anchor of whole journeys
SUMS = ["n", "squares", "with_all", "people"]


class Flows(NamedTuple):
    """How many journeys were at ``origin`` at ``step`` and at ``target`` at the next one, in the order of all three.

    ``EDGE`` as target is an end, ``OPEN`` the last event so far of a journey that may go on. ``squares`` is the sum
    over customers of their own numbers of journeys squared, ``with_all`` that of these numbers times all their
    journeys: what the variance of a share needs. ``people`` counts one journey of each customer.
    """

    step: Ints
    origin: Ints
    target: Ints
    n: Ints
    squares: Ints
    with_all: Ints
    people: Ints

    def first(self, steps: int) -> Flows:
        """Those of the first steps."""
        is_early = self.step <= steps
        return Flows(*(figure[is_early] for figure in self))


class Anchored(NamedTuple):
    """Journeys from the first meeting of an ``anchor`` on (a code, or ``START``): which have it, and what they meet.

    ``reached`` has an entry a touchpoint: how many of them meet it from there on.
    """

    anchor: int
    meets: Bools
    reached: Ints

    def owners(self, events: SortedEvents) -> Ints:
        """The customer of each that has it, from 0 without holes."""
        return renumbered(events.owner[self.meets])


def anchored(events: SortedEvents, anchor: int) -> Anchored:
    """Which journeys meet an anchor, and what else from there on."""
    if anchor == START:
        return Anchored(anchor, np.ones(events.n_journeys, bool), reached_by(events))
    meets = np.zeros(events.n_journeys, bool)
    reached = np.zeros(events.n_touchpoints, np.int64)
    for batch in batches(events):
        meets[batch.journey[batch.code == anchor]] = True
        met = batch.last_visit & (_steps_from(batch, anchor) >= 1)
        reached += np.bincount(batch.code[met], minlength=len(reached))
    return Anchored(anchor, meets, reached)


def flows(
    events: SortedEvents,
    some: Anchored,
    steps: int,
    pools: Ints,
    least: int,
    under_way: Bools | None = None,
) -> Flows:
    """Count what follows what, apart for each of the first ``steps`` steps from an anchor on.

    Each journey counts once at each step that it has, so the counts of a step sum to the journeys that have it, and
    what comes to a touchpoint at a step is what leaves it there.

    Parameters
    ----------
    events
        The sorted events.
    some
        The journeys to count.
    steps
        How many.
    pools
        (touchpoints,) what each is called.
    least
        People of whom may be told: one journey of each tells how many a flow is of.
    under_way
        (journeys,) which may go on.
    """
    people = _people(events, some, least, under_way)
    in_all = np.bincount(events.owner[some.meets], minlength=events.n_customers)
    width = int(pools.max()) + 1 - OPEN
    parts = []
    for batch in batches(events):
        step = _steps_from(batch, some.anchor)
        is_shown = (step >= 1) & (step <= steps)
        cells = _cells(step, batch, pools, under_way)[is_shown]
        journey = batch.journey[is_shown]
        sums = _summed(
            cells,
            events.owner[journey],
            people[journey],
            in_all,
        )
        parts.append(sums)
    sums = pd.concat(parts).groupby("cell")[SUMS].sum()
    step_and_origin, target = np.divmod(sums.index.to_numpy(np.int64), width)
    step_of_cell, origin = np.divmod(step_and_origin, width)
    figures = [sums[name].to_numpy() for name in SUMS]
    return Flows(step_of_cell, origin, target + OPEN, *figures)


def _people(events: SortedEvents, some: Anchored, least: int, under_way: Bools | None) -> Bools:
    """(journeys,) which of some tell of how many people a flow is: one of each customer."""
    people = np.zeros(events.n_journeys, bool)
    goes_on = None if under_way is None else under_way[some.meets]
    people[some.meets] = one_of_each(some.owners(events), least, goes_on)
    return people


def _cells(step: Codes, batch: Batch, pools: Ints, under_way: Bools | None) -> Ints:
    """(events,) the cell of each: step, origin and target in one number."""
    width = int(pools.max()) + 1 - OPEN
    called = np.append(pools, [OPEN, EDGE])  # the codes of which count from the end
    cell = step.astype(np.int64) * width
    cell += pools[batch.code]
    cell *= width
    cell += called[batch.targets(under_way)] - OPEN
    return cell


def _summed(cell: Ints, owner: Ints, is_person: Bools, in_all: Ints) -> pd.DataFrame:
    """Sums by cell over the customers of a batch, who stand there one after the other."""
    is_other = is_new(owner)
    owners = owner[is_other]
    customer = np.cumsum(is_other) - 1
    m = len(owners)
    if not len(cell):
        return pd.DataFrame(columns=["cell", *SUMS], dtype=np.int64)
    of_customer = cell * m + customer
    keys, times = counted(2 * of_customer + is_person)
    pair = keys // 2
    firsts = np.flatnonzero(is_new(pair))
    n = np.add.reduceat(times, firsts)
    people = times * (keys % 2)
    of_cell, place = np.divmod(pair[firsts], m)
    figures = {
        "n": n,
        "squares": n**2,
        "with_all": n * in_all[owners[place]],
        "people": np.add.reduceat(people, firsts),
    }
    begins = np.flatnonzero(is_new(of_cell))
    sums = {name: np.add.reduceat(figure, begins) for name, figure in figures.items()}
    return pd.DataFrame({"cell": of_cell[begins], **sums})


def _steps_from(batch: Batch, anchor: int) -> Codes:
    """(events,) the step from the first meeting of an anchor on, from 1; less before it, and where there is none."""
    if anchor == START:
        return batch.step
    number = np.cumsum(batch.step == 1) - 1  # of the journey, in the batch
    entry = np.full(number[-1] + 1, np.iinfo(np.int32).max, np.int32)
    meetings = np.flatnonzero(batch.first & (batch.code == anchor))
    entry[number[meetings]] = batch.step[meetings]
    return np.asarray(batch.step - entry[number] + 1)
