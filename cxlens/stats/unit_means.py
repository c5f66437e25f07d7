"""Means of values of which units, such as customers, have several: errors count units, not values.

What is meant and whose it is does not belong here.

Notes
-----
A mean is a ratio of sums over units; its error is linearised (Taylor series), with units less one degrees of freedom
(Cochran 1977, Sampling Techniques, chapter 6). Means of the same units are compared by the differences of each unit's
pulls on both.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxlens.stats.inference import wald_p
from cxlens.stats.intervals import t_quantile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Means(NamedTuple):
    """(k,) means of items with their standard errors, values and units; NaN where nothing, or too little, tells."""

    mean: Floats
    error: Floats
    n: Ints
    units: Ints

    def interval(self, level: float) -> tuple[Floats, Floats]:
        """(k,) and (k,) the ends of Student's interval."""
        half = t_quantile(level, self.units - 1) * self.error
        return self.mean - half, self.mean + half


class Difference(NamedTuple):
    """(k,) differences, their intervals, and p-values of being 0."""

    value: Floats
    low: Floats
    high: Floats
    p_value: Floats


class UnitSums:
    """Sums of values by item and unit; what is NaN does not count.

    Parameters
    ----------
    item, unit
        (n,) what each value is of, below ``items``, and whose it is, below ``units``.
    value
        (n,) the values.
    """

    def __init__(self, item: Ints, unit: Ints, value: Floats, items: int, units: int) -> None:
        known = ~np.isnan(value)
        cells = item[known] * units + unit[known]
        places, number = np.unique(cells, return_inverse=True)
        self.items = items
        self.units = units
        self.item, self.unit = np.divmod(places, units)
        self.total = _summed(number, value[known], len(places))
        self.count = _summed(number, np.ones(len(number)), len(places))

    def means(self) -> Means:
        """The mean of each item."""
        pulls = self._pulls()
        squares = _summed(self.item, pulls**2, self.items)
        units = self._taking_part()
        return Means(
            mean=self._mean(),
            error=np.sqrt(squares * _factor(units)),
            n=self._n().astype(np.int64),
            units=units,
        )

    def of_units(self, item: int) -> Floats:
        """(units,) the mean of each unit that has values of an item."""
        is_item = self.item == item
        return np.asarray(self.total[is_item] / self.count[is_item])

    def _taking_part(self) -> Ints:
        """(k,) units of each item."""
        return np.bincount(self.item, minlength=self.items)

    def _n(self) -> Floats:
        """(k,) values of each item."""
        return _summed(self.item, self.count, self.items)

    def _mean(self) -> Floats:
        """(k,) totals over counts."""
        n = self._n()
        total = _summed(self.item, self.total, self.items)
        return np.asarray(total / np.where(n > 0, n, np.nan))

    def _pulls(self) -> Floats:
        """(cells,) by how much a unit pulls the mean of an item."""
        expected = self._mean()[self.item] * self.count
        n = self._n()
        return np.asarray((self.total - expected) / n[self.item])

    def from_one(self, one: int, level: float) -> Difference:
        """The mean of each item less that of one of them, by the units that they share and those that they do not."""
        pulls = self._pulls()
        is_one = self.item == one
        of_one = np.zeros(self.units)
        of_one[self.unit[is_one]] = pulls[is_one]
        apart = pulls**2 - 2 * pulls * of_one[self.unit]
        squares = _summed(self.item, apart, self.items) + (of_one**2).sum()
        units = self._taking_part()
        fewer = np.minimum(units, units[one])
        variance = np.maximum(squares, 0.0) * _factor(fewer)
        mean = self._mean()
        return difference(
            value=mean - mean[one],
            error=np.sqrt(variance),
            df=fewer - 1.0,
            level=level,
        )


def _summed(places: Ints, values: Floats, size: int) -> Floats:
    """(size,) sums of values by place."""
    return np.bincount(places, values, size).astype(np.float64)


def _factor(units: Ints) -> Floats:
    """What squares of so many units are short of: n / (n - 1); NaN of one."""
    others = np.where(units > 1, units - 1.0, np.nan)
    return np.asarray(units / others)


def unit_shares(item: Ints, unit: Ints, whole: Floats, items: int) -> Means:
    """Shares of what units have, such as of their journeys, that are hits.

    Parameters
    ----------
    item, unit
        (n,) one entry a hit: what it is of, below ``items``, and whose it is.
    whole
        (units,) how many each unit has, hits or not; 0 where a unit takes no part.
    items
        How many items there are.
    """
    units = len(whole)
    n = whole.sum()
    places, hits = np.unique(item * units + unit, return_counts=True)
    of_item, of_unit = np.divmod(places, units)
    share = _summed(of_item, hits.astype(np.float64), items) / n
    apart = hits**2 - 2 * share[of_item] * hits * whole[of_unit]
    squares = _summed(of_item, apart, items) + share**2 * (whole**2).sum()
    customers = np.full(items, (whole > 0).sum())
    error = np.sqrt(np.maximum(squares, 0.0) * _factor(customers)) / n
    return Means(
        mean=share,
        error=error,
        n=np.full(items, int(n)),
        units=customers,
    )


def difference(value: Floats, error: Floats, df: Floats, level: float) -> Difference:
    """Differences with Student's intervals; NaN where an error is 0 or not known."""
    known = np.where(error > 0, error, np.nan)
    half = t_quantile(level, df) * known
    return Difference(value, value - half, value + half, wald_p(value, known, df))


def welch_difference(
    values: tuple[Floats, Floats],
    errors: tuple[Floats, Floats],
    units: tuple[ArrayLike, ArrayLike],
    level: float,
) -> Difference:
    """The first figure (k,) less the second, of other units, each with its error: Welch (1947), Satterthwaite's df."""
    squares = np.square(np.stack(errors))
    first_spare, second_spare = (np.maximum(np.asarray(n, float) - 1, 1) for n in units)
    both = squares.sum(axis=0)
    terms = squares[0] ** 2 / first_spare + squares[1] ** 2 / second_spare
    with np.errstate(invalid="ignore", divide="ignore"):
        df = both**2 / terms
    first, second = values
    return difference(first - second, np.sqrt(both), df, level)
