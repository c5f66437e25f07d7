"""Means of two groups of units, compared: by Welch, or by units that change places where one group is small.

Means of one group are made in :mod:`cxlens.stats.unit_means`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.permutation import Scores, is_small, studentised, two_samples
from cxlens.stats.unit_means import Difference, UnitSums, welch_difference

Floats = NDArray[np.float64]
FEWEST = 2  # units of a group that have a spread


def compare_groups(first: UnitSums, second: UnitSums, level: float) -> Difference:
    """(k,) the means of items in one group less those in another, of other units.

    Where the smaller group has few units, or few beside the other (:func:`cxlens.stats.permutation.is_small`), each
    unit counts with its own mean, and what the studentised difference is worth is told by units that change places:
    skewed values make Welch's test say too often that they differ.
    """
    ours = first.means()
    theirs = second.means()
    found = welch_difference(
        (ours.mean, theirs.mean),
        (ours.error, theirs.error),
        (ours.units, theirs.units),
        level,
    )
    rows = np.column_stack(found)
    sizes = zip(ours.units, theirs.units, strict=True)
    for item, (n, other) in enumerate(sizes):
        if min(n, other) < FEWEST or not is_small(n, other):
            continue
        rows[item] = _by_places(
            first.of_units(item),
            second.of_units(item),
            level,
        )
    return Difference(*rows.T)


def _by_places(first: Floats, second: Floats, level: float) -> tuple[float, float, float, float]:
    """The difference of two means, its interval and p-value; NaN where all values are alike."""
    away = float(first.mean() - second.mean())
    values, ours, theirs = _scores(first).beside(_scores(second))
    if len(values) == 1:
        return away, np.nan, np.nan, np.nan
    statistic = float(studentised(values, ours[None], theirs[None])[0])
    moved = two_samples(
        values,
        ours,
        theirs,
        statistic,
        level=level,
    )
    error = float(np.hypot(_error(first), _error(second)))
    low = away - moved.high * error
    high = away - moved.low * error
    return away, low, high, moved.p_value


def _scores(values: Floats) -> Scores:
    """How often each value occurs."""
    ones = np.ones(len(values))
    return Scores.of(values, ones, ones)


def _error(values: Floats) -> float:
    """The standard error of a mean."""
    return float(values.std(ddof=1) / np.sqrt(len(values)))
