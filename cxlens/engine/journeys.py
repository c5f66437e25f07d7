"""Events to one sorted table, and the small counts every journey figure is made of.

NumPy arrays in, small arrays out: touchpoints and customers are whole-number codes here, and there is
no loop over events. Names, files, checks of data and sentences do not belong here; see
:mod:`cxlens.study.journeys` for the door and :mod:`cxlens.stages.journeys.paths` for the figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

EDGE = -1  # the code that stands before the first and after the last touchpoint of a journey


@dataclass(frozen=True, slots=True, eq=False)
class SortedEvents:
    """Events sorted by customer and step; every array has one entry an event.

    ``customer`` counts from 0 and rises without holes, ``step`` counts from 1 within a customer, ``code`` is
    the touchpoint, ``following`` the touchpoint of the next step (``EDGE`` at the end), ``gap`` the seconds
    until then (NaN at the end, or without a clock), ``first`` says whether the customer meets the touchpoint
    for the first time.
    """

    customer: Ints
    step: NDArray[np.int32]
    code: NDArray[np.int32]
    following: NDArray[np.int32]
    gap: Floats
    first: Bools
    n_customers: int
    n_touchpoints: int

    def __len__(self) -> int:
        return len(self.step)


class Transitions(NamedTuple):
    """How often ``target`` followed ``origin``, and the median seconds between them (NaN where no times are known).

    ``EDGE`` as origin is a start, as target an end.
    """

    origin: Ints
    target: Ints
    n: Ints
    median_gap: Floats


class Variants(NamedTuple):
    """Distinct journeys, the commonest first: how many there are of each, and one customer who took it."""

    n: Ints
    example: Ints


class DropOff(NamedTuple):
    """For each touchpoint: journeys that met it, that ended there, and that ended there without the outcome."""

    reached: Ints
    ended: Ints
    dropped: Ints


def sort_events(
    customer: Ints, code: Ints, *, ticks: Ints | None = None, order: NDArray[Any] | None = None, per_second: int = 1
) -> tuple[SortedEvents, Ints]:
    """Sort events by customer, time and order, once.

    Parameters
    ----------
    customer, code
        Codes from 0 without holes, one an event.
    ticks
        Time as whole numbers, ``per_second`` of them in a second. None without a clock.
    order
        Numbers that break ties in time, or order the events where there is no clock. What is still tied
        stays in the order of the input.

    Returns
    -------
    events : SortedEvents
    rows : array
        The input row of each sorted event.
    """
    rows = np.lexsort([key for key in (order, ticks, customer) if key is not None])
    customer, code = customer[rows], code[rows]
    same = customer[1:] == customer[:-1]
    starts = np.flatnonzero(np.concatenate([[True], ~same]))
    following = np.full(len(rows), EDGE, np.int32)
    following[:-1][same] = code[1:][same]
    gap = np.full(len(rows), np.nan)
    if ticks is not None:
        gap[:-1][same] = np.diff(ticks[rows])[same] / per_second
    k = int(code.max()) + 1
    events = SortedEvents(
        customer=customer,
        step=(np.arange(len(rows)) - starts[customer] + 1).astype(np.int32),
        code=code.astype(np.int32),
        following=following,
        gap=gap,
        first=~pd.Series(customer * k + code).duplicated().to_numpy(),
        n_customers=len(starts),
        n_touchpoints=k,
    )
    return events, rows


def rename(events: SortedEvents, codes: Ints) -> SortedEvents:
    """Give touchpoint ``i`` the code ``codes[i]``; codes that stand for nothing any more may be dropped."""
    following = np.where(events.following == EDGE, EDGE, codes[events.following]).astype(np.int32)
    k = int(codes.max()) + 1
    return replace(events, code=codes[events.code].astype(np.int32), following=following, n_touchpoints=k)


def take_customers(events: SortedEvents, keep: Bools) -> SortedEvents:
    """The journeys of some customers (a flag for each); touchpoint codes stay as they are."""
    mask = keep[events.customer]
    kept = {name: getattr(events, name)[mask] for name in ("step", "code", "following", "gap", "first")}
    customer = (np.cumsum(keep) - 1)[events.customer[mask]]
    return replace(events, customer=customer, n_customers=int(keep.sum()), **kept)


def first_steps(events: SortedEvents) -> pd.DataFrame:
    """Columns ``median`` and ``mean``: the step at which a touchpoint is first met; a row a code that anybody met."""
    return pd.Series(events.step[events.first]).groupby(events.code[events.first]).agg(["median", "mean"])


def transitions(events: SortedEvents) -> Transitions:
    """Count what follows what, starts and ends included, in the order of the codes.

    Every event is one departure (to the next touchpoint or to the end), so the counts of the rows whose
    origin is a touchpoint sum to the number of events, and those of the starts to the number of journeys.
    """
    wide = events.n_touchpoints + 1
    starts = events.code[events.step == 1].astype(np.int64) + 1
    departures = (events.code.astype(np.int64) + 1) * wide + events.following + 1
    gaps = pd.Series(np.concatenate([np.full(len(starts), np.nan), events.gap]))
    counted = gaps.groupby(np.concatenate([starts, departures])).agg(["size", "median"])
    keys = counted.index.to_numpy()
    return Transitions(keys // wide - 1, keys % wide - 1, counted["size"].to_numpy(), counted["median"].to_numpy())


def variants(events: SortedEvents) -> Variants:
    """Count distinct journeys, the commonest first; ties: the shorter first.

    A journey is known by a 64-bit number: the sum of a mixed hash of (step, touchpoint) over its events,
    mixed as in splitmix64 (Steele, Lea and Flood 2014). Two different journeys share one with probability
    2**-64, so among a million variants a collision has a chance of about 3 in 100 million. No text is built.
    """
    keys = (events.step.astype(np.uint64) << np.uint64(32)) | events.code.astype(np.uint64)
    starts = np.flatnonzero(events.step == 1)
    journeys = np.add.reduceat(_mixed(keys), starts)
    hashes, example, n = np.unique(journeys, return_index=True, return_counts=True)
    steps = np.diff(np.append(starts, len(events)))[example]
    best = np.lexsort((hashes, steps, -n))
    return Variants(n[best], example[best])


def codes_of(events: SortedEvents, customer: int) -> NDArray[np.int32]:
    """The touchpoint codes of one customer, in order."""
    start, stop = np.searchsorted(events.customer, [customer, customer + 1])
    return events.code[start:stop]


def step_matrix(events: SortedEvents, most: int = 20) -> Ints:
    """Journeys at each touchpoint by step.

    Returns
    -------
    array of shape (touchpoints + 1, steps)
        At most ``most`` steps; the last row counts journeys that ended before the step, so that every
        column sums to the number of journeys.
    """
    steps, k = min(most, int(events.step.max())), events.n_touchpoints
    shown = events.step <= steps
    keys = (events.step[shown].astype(np.int64) - 1) * k + events.code[shown]
    counts = np.bincount(keys, minlength=steps * k).reshape(steps, k).T
    return np.vstack([counts, events.n_customers - counts.sum(axis=0)])


def drop_off(events: SortedEvents, converted: Bools | None = None) -> DropOff:
    """Count for each touchpoint the journeys that met it, ended there, and ended there without the outcome.

    ``converted`` has one entry a customer; without it every end counts as one without the outcome.
    """
    k = events.n_touchpoints
    last = events.following == EDGE
    lost = last if converted is None else last & ~converted[events.customer]
    reached, ended, dropped = (np.bincount(events.code[which], minlength=k) for which in (events.first, last, lost))
    return DropOff(reached, ended, dropped)


def _mixed(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread the bits of each key over all 64; sums and products wrap on purpose."""
    keys = keys + np.uint64(0x9E3779B97F4A7C15)
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))
