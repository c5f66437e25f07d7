"""Shares and comparisons where a customer has several journeys, which are alike: customers count, not journeys.

What the shares are of is counted in :mod:`cxlens.stages.journeys.ends`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine import journeys as engine
from cxlens.engine.journey_batches import batches, counted
from cxlens.engine.journey_departures import departure_sums
from cxlens.stats.intervals import wilson
from cxlens.stats.shares_by_customer import ShareSums
from cxlens.stats.shares_by_customer import spans as spans_of_sums

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LEVEL = 0.95


class Pairs(NamedTuple):
    """One entry for each touchpoint (``code``) and customer (``owner``) who reached it.

    ``part`` and ``whole`` are numbers of journeys: a share of the touchpoint is the sum of the one over that of the
    other.
    """

    code: Counts
    owner: Counts
    part: Counts
    whole: Counts

    def sums(self, values: NDArray[Any], n_touchpoints: int) -> Floats:
        """(touchpoints,) the sum over customers."""
        sums: Floats = np.bincount(self.code, values.astype(np.float64), n_touchpoints)  # type: ignore[assignment]
        return sums


class FirstMet(NamedTuple):
    """Touchpoints that journeys meet, each once a journey: the touchpoint and the journey."""

    code: Counts
    journey: Counts


Flagging = Callable[[FirstMet], Flags]


def pairs_of(events: engine.SortedEvents, part: Flagging, whole: Flagging) -> Pairs:
    """Journeys by touchpoint and customer, of those that first reach a touchpoint; two functions flag which."""
    found = []
    for batch in batches(events):
        met = FirstMet(batch.code[batch.first].astype(np.int64), batch.journey[batch.first])
        found.append(_pairs(met, events.owner[met.journey], part(met), whole(met)))
    return Pairs(*(np.concatenate(figures) for figures in zip(*found, strict=True)))


def _pairs(met: FirstMet, owner: Counts, part: Flags, whole: Flags) -> Pairs:
    """The same of some customers."""
    n_customers = int(owner.max()) + 1
    pair = met.code * n_customers + owner
    flags = part + 2 * whole.astype(np.int64)
    keys, times = counted(4 * pair + flags)
    pairs = keys // 4
    firsts = np.flatnonzero(engine.is_new(pairs))
    code, of_customer = np.divmod(pairs[firsts], n_customers)
    return Pairs(
        code=code,
        owner=of_customer,
        part=np.add.reduceat(times * (keys & 1), firsts),
        whole=np.add.reduceat(times * (keys >> 1 & 1), firsts),
    )


def ends_by_customer(events: engine.SortedEvents, dropped: Flags, is_open: Flags) -> Pairs:
    """Journeys that were dropped at each touchpoint, of those that reached it and are not open there.

    ``dropped`` and ``is_open`` have one entry a journey.
    """
    last_code = events.last_code

    def ends_here(met: FirstMet, which: Flags) -> Flags:
        return np.asarray(which[met.journey] & (met.code == last_code[met.journey]))

    return pairs_of(
        events,
        part=lambda met: ends_here(met, dropped),
        whole=lambda met: ~ends_here(met, is_open),
    )


def spans(pairs: Pairs, n_touchpoints: int) -> tuple[Floats, Floats]:
    """(touchpoints,) the interval of each share, as :func:`cxlens.stats.shares_by_customer.spans` finds it."""
    summed = [
        pairs.part,
        pairs.whole,
        pairs.part**2,
        pairs.part * pairs.whole,
        pairs.whole**2,
        np.sign(pairs.whole),
    ]
    sums = [pairs.sums(values, n_touchpoints).astype(np.int64) for values in summed]
    return spans_of_sums(ShareSums(*sums), LEVEL)


def shares_of_all(part: Counts, squares: Floats, with_all: Floats, journeys: Counts) -> tuple[Floats, Floats]:
    """(cells,) the interval of shares of all journeys; ``journeys`` (customers,) are those of each customer.

    ``part`` is the number of journeys in each cell; ``squares`` is the sum over customers of their own such numbers
    squared, ``with_all`` that of their products with all their journeys.
    """
    of_all = (journeys.sum(), (journeys**2).sum(), len(journeys))
    whole, own_squares, customers = (np.full(part.shape, figure) for figure in of_all)
    sums = ShareSums(
        part,
        whole,
        squares,
        with_all,
        own_squares,
        customers,
    )
    return spans_of_sums(sums, LEVEL)


def spans_of_departures(
    events: engine.SortedEvents,
    n: Counts,
    departures: Counts,
) -> tuple[Floats, Floats]:
    """(transitions,) the interval of each share of departures, in the order of :func:`engine.transitions`.

    ``n`` and ``departures`` are the numbers that it is the share of; they tell all that is needed where no customer
    leaves a touchpoint more than once.
    """
    has_one_journey_each = events.n_journeys == events.n_customers
    meets_each_once = engine.reached_by(events).sum() == len(events)
    if has_one_journey_each and meets_each_once:
        return wilson(n, departures, LEVEL)
    return spans_of_sums(departure_sums(events), LEVEL)


def more_and_fewer(pairs: Pairs, most: int, n_touchpoints: int) -> tuple[Counts, Counts, int]:
    """(touchpoints,) how many customers dropped more of their journeys at one touchpoint than at each; how many fewer.

    ``most`` is the code of the one that is compared; how many customers dropped any there comes third.
    """
    n_customers = int(pairs.owner.max()) + 1
    here = np.zeros(n_customers, np.int64)
    at_most = pairs.code == most
    here[pairs.owner[at_most]] = pairs.part[at_most]
    difference = here[pairs.owner] - pairs.part
    fewer = pairs.sums(difference < 0, n_touchpoints)
    no_more = pairs.sums((here[pairs.owner] > 0) & (difference <= 0), n_touchpoints)
    any_here = int((here > 0).sum())
    more = any_here - no_more
    return more.astype(np.int64), fewer.astype(np.int64), any_here
