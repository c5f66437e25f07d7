"""Shares and comparisons where a customer has several journeys, which are alike: customers count, not journeys.

What the shares are of is counted in :mod:`cxlens.stages.journeys.ends`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine import journeys as engine
from cxlens.stats.intervals import normal_quantile, t_quantile, wilson

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
    last_code = events.code[events.following == engine.EDGE]
    at_last = events.code == last_code[events.journey]
    return pairs_of(
        events,
        part=at_last & dropped[events.journey],
        whole=~(at_last & is_open[events.journey]),
    )


def spans(pairs: Pairs, n_touchpoints: int) -> tuple[Floats, Floats]:
    """(touchpoints,) the interval of each share.

    Notes
    -----
    Wilson's interval (1927) of as many journeys as the share is worth: its variance is that of a ratio of sums over
    customers, linearised; degrees of freedom are the customers less one, as Korn and Graubard (1998, Survey Methodology
    24) adjust for. It is worth no more than there are journeys; where all or none end there, one for each customer.
    """
    part = pairs.sums(pairs.part, n_touchpoints)
    whole = pairs.sums(pairs.whole, n_touchpoints)
    customers = pairs.sums(np.sign(pairs.whole), n_touchpoints)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = part / whole
        apart = (pairs.part - share[pairs.code] * pairs.whole) ** 2
        return _spans(part, whole, customers, pairs.sums(apart, n_touchpoints))


def shares_of_all(part: Counts, squares: Floats, with_all: Floats, journeys: Counts) -> tuple[Floats, Floats]:
    """(cells,) the interval of shares of all journeys; ``journeys`` (customers,) are those of each customer.

    ``part`` is the number of journeys in each cell; ``squares`` is the sum over customers of their own such numbers
    squared, ``with_all`` that of their products with all their journeys. Where each customer has one journey these are
    Wilson's intervals, else as :func:`spans` has them.
    """
    whole = journeys.sum()
    if whole == len(journeys):
        return wilson(part, whole, LEVEL)
    share = part / whole
    own_squares = (journeys**2).sum()
    apart = squares - 2 * share * with_all + share**2 * own_squares
    return _spans(part, whole, len(journeys), apart)


def _spans(part: Any, whole: Any, customers: Any, apart: Any) -> tuple[Floats, Floats]:
    """Intervals of shares; ``apart`` is the sum over customers of how far each is from the share, squared."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = part / whole
        degrees = customers - 1
        variance = apart / whole**2 * customers / degrees
        wider = normal_quantile(LEVEL) / t_quantile(LEVEL, degrees)
        worth = share * (1 - share) / variance * wider**2
    is_mixed = (part > 0) & (part < whole)
    is_known = is_mixed & (customers > 1)
    worth = np.where(
        is_known,
        np.clip(worth, 1, whole),
        np.minimum(customers, whole),
    )
    return wilson(np.nan_to_num(share) * worth, worth, LEVEL)


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
