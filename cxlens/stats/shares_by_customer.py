"""Shares of journeys whose customers have several, which are alike: intervals, and whether groups differ.

All that is needed are sums over customers, which add up over parts of a log; what is a hit is not decided here.

Source: the variance is that of a ratio of sums over customers, linearised; the interval is Wilson's (1927) of as many
journeys as the share is worth, degrees of freedom adjusted for as in Korn and Graubard (1998, Survey Methodology 24).
Groups are compared as in Rao and Scott (1987, Annals of Statistics 15), by numbers that each share is worth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cxlens.stats.intervals import normal_quantile, t_quantile, wilson

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
FEWEST = 5  # hits and misses due in each group: of fewer, chi-squared does not tell


class ShareSums(NamedTuple):
    """Sums over the customers of (...) shares: of hits, of journeys, of their squares and products.

    ``part`` and ``whole`` are journeys that are hits and all of them; ``part2``, ``cross`` and ``whole2`` sums over
    customers of the square of the one, of their product and of the square of the other; ``customers`` is how many have
    any.
    """

    part: NDArray[Any]
    whole: NDArray[Any]
    part2: NDArray[Any]
    cross: NDArray[Any]
    whole2: NDArray[Any]
    customers: NDArray[Any]

    @property
    def share(self) -> Floats:
        """The share of hits; NaN of nothing."""
        return self.part / np.where(self.whole > 0, self.whole, np.nan)

    def at(self, group: Ints, item: Ints) -> ShareSums:
        """Of (groups, items) shares those of one group each."""
        return ShareSums(*(figure[group, item] for figure in self))


def stacked(groups: list[ShareSums]) -> ShareSums:
    """The shares of several groups: (groups, ...)."""
    return ShareSums(*(np.stack(figures) for figures in zip(*groups, strict=True)))


def added(parts: Sequence[ShareSums]) -> ShareSums:
    """The shares of several parts of the customers together."""
    return ShareSums(*(np.sum(figures, axis=0) for figures in zip(*parts, strict=True)))


def worth(sums: ShareSums, level: float) -> Floats:
    """(...) how many journeys of one customer each a share is worth.

    No more than there are journeys, which it is where each customer has one; where all or none are hits, one for each
    customer.
    """
    whole = sums.whole.astype(float)
    of_customers = np.minimum(sums.customers, whole)
    is_mixed = sums.customers > 1
    is_mixed &= sums.part > 0
    is_mixed &= sums.part < sums.whole
    clustered = _clustered(sums, level)
    several = np.where(is_mixed, clustered, of_customers)
    has_one_each = sums.customers == sums.whole
    return np.where(has_one_each, whole, several)


def _clustered(sums: ShareSums, level: float) -> Floats:
    """The same by the variance of the ratio; NaN or without a meaning where it has none."""
    share = sums.share
    whole = sums.whole.astype(float)
    df = sums.customers - 1.0
    times = normal_quantile(level) / t_quantile(level, df)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = sums.part2 + share**2 * sums.whole2
        apart -= 2 * share * sums.cross
        variance = apart / whole**2
        variance *= sums.customers / df
        n = share * (1 - share) / variance * times**2
    return np.asarray(np.clip(n, 1, whole))


def spans(sums: ShareSums, level: float) -> tuple[Floats, Floats]:
    """(...) the interval of each share; NaN of nothing.

    Examples
    --------
    >>> import numpy as np
    >>> each = ShareSums(*(np.array([n]) for n in (8, 20, 8, 8, 20, 20)))
    >>> low, high = spans(each, 0.95)
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (0.219, 0.613)
    """
    n = worth(sums, level)
    return wilson(np.nan_to_num(sums.share) * n, n, level)


def differ_p(groups: ShareSums, level: float) -> Floats:
    """(...) p-value of all groups (g, ...) having the same share; NaN where there is too little to tell.

    Pearson's chi-squared of the numbers that each share is worth, less one in all (Campbell 2007, Statistics in
    Medicine 26). In each group that has any journey at least 5 hits and 5 misses are due, were all alike.
    """
    has_any = groups.whole > 0
    n = np.where(has_any, worth(groups, level), 0.0)
    share = np.nan_to_num(groups.share)
    in_all = np.maximum(n.sum(axis=0), 1)
    counted = has_any.sum(axis=0)
    middle = (n * share).sum(axis=0) / in_all
    away = (share - middle) ** 2
    between = (n * away).sum(axis=0)
    rarer = np.minimum(middle, 1 - middle)
    least = np.where(has_any, n, in_all).min(axis=0)
    tells = counted > 1
    tells &= least * rarer >= FEWEST
    spread = middle * (1 - middle)
    variance = np.where(tells, spread, 1.0)
    one_less = 1 - 1 / in_all
    chi2 = between / variance * one_less
    p = special.chdtrc(counted - 1.0, chi2)
    return np.where(tells, p, np.nan)
