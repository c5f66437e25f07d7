"""Shares and comparisons where a customer has several journeys, which are alike: customers count, not journeys.

What the shares are of is counted in :mod:`cxlens.stages.journeys.ends`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine import journeys as engine
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


def pairs_of(events: engine.SortedEvents, part: Flags, whole: Flags) -> Pairs:
    """Journeys by touchpoint and customer, of flags of events: of those that first reach a touchpoint."""
    first = events.first
    frame = pd.DataFrame(
        {
            "code": events.code[first].astype(np.int64),
            "owner": events.owner[events.journey[first]],
            "part": part[first].astype(np.int64),
            "whole": whole[first].astype(np.int64),
        }
    )
    sums = frame.groupby(["code", "owner"]).sum()
    return Pairs(
        code=sums.index.get_level_values("code").to_numpy(),
        owner=sums.index.get_level_values("owner").to_numpy(),
        part=sums["part"].to_numpy(),
        whole=sums["whole"].to_numpy(),
    )


def ends_by_customer(events: engine.SortedEvents, dropped: Flags, is_open: Flags) -> Pairs:
    """Journeys that were dropped at each touchpoint, of those that reached it and are not open there.

    ``dropped`` and ``is_open`` have one entry a journey.
    """
    at_last = events.code == events.last_code[events.journey]
    return pairs_of(
        events,
        part=at_last & dropped[events.journey],
        whole=~(at_last & is_open[events.journey]),
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
