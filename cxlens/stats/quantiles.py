"""Quantiles of times and numbers, with the interval of order statistics, also where customers have several.

What is measured, and whether a quantile may be told, is not decided here.

Source: the interval of a quantile is that between two order statistics whose ranks are binomial (Thompson 1936, Annals
of Mathematical Statistics 7): it asks nothing of the distribution. Where customers have several journeys, the ranks are
those of as many values as the share below the quantile is worth (Woodruff 1952, JASA 47).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cxlens.stats.shares_by_customer import ShareSums, worth

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Quantile(NamedTuple):
    """A quantile and its interval; NaN where nothing tells."""

    value: float
    low: float
    high: float


NOTHING = Quantile(np.nan, np.nan, np.nan)


def quantiles_of(
    values: Floats,
    shares: Sequence[float],
    level: float,
    unit: Ints | None = None,
) -> list[Quantile]:
    """Quantiles of values with their intervals.

    Parameters
    ----------
    values
        (n,) in any order.
    shares
        The share of values below each: 0.5 for the median. Between two values it lies in proportion.
    level
        Confidence level.
    unit
        (n,) the number of the customer of each value, from 0; None where each has one.

    Returns
    -------
    list of Quantile
        An interval is NaN where no two of the values are far enough apart: of 5, no interval of 95 % is known.

    Examples
    --------
    >>> quantiles_of(np.arange(1.0, 100.0), [0.5], 0.95)
    [Quantile(value=50.0, low=40.0, high=60.0)]
    """
    in_order = np.sort(values)
    return [_quantile(in_order, values, share, level, unit) for share in shares]


def _quantile(in_order: Floats, values: Floats, share: float, level: float, unit: Ints | None) -> Quantile:
    """One of them."""
    n = len(values)
    if not n:
        return NOTHING
    middle = float(np.quantile(in_order, share))
    counted = n if unit is None else _worth(values <= middle, unit, level)
    low, high = _ranks(counted, share, level)
    first = int(np.floor(low * n / counted))
    last = int(np.ceil(high * n / counted))
    if first < 1 or last > n:
        return Quantile(middle, np.nan, np.nan)
    return Quantile(middle, float(in_order[first - 1]), float(in_order[last - 1]))


def _worth(below: NDArray[np.bool_], unit: Ints, level: float) -> int:
    """How many values of one customer each these are worth, by the share below the quantile."""
    whole = np.bincount(unit)
    part = np.bincount(unit[below], minlength=len(whole))
    sums = ShareSums(
        part=_sum(part),
        whole=_sum(whole),
        part2=_sum(part**2),
        cross=_sum(part * whole),
        whole2=_sum(whole**2),
        customers=_sum(whole > 0),
    )
    n = worth(sums, level)
    return max(int(n[0]), 1)


def _sum(values: NDArray[Any]) -> Ints:
    """A sum as an array of one."""
    return np.array([values.sum()], np.int64)


def _ranks(n: int, share: float, level: float) -> tuple[int, int]:
    """The ranks, from 1, of the two order statistics around a quantile; 0 or n + 1 where there is none."""
    tail = (1 - level) / 2
    low = _binomial(tail, n, share)
    high = _binomial(1 - tail, n, share)
    return low, high + 1


def _binomial(below: float, n: int, share: float) -> int:
    """The smallest number of hits that so large a share of binomial numbers do not pass."""
    hits = np.ceil(special.bdtrik(below, n, share))
    one_fewer = max(hits - 1, 0.0)
    return int(one_fewer if special.bdtr(one_fewer, n, share) >= below else hits)
