"""Places that stood and moved most like others: level and trend of each, and the nearest of them, each taken once.

Which places may be chosen is said by :mod:`cxlens.stages.impact.matched`. Optimal matching: Rosenbaum (1989), JASA 84.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def level_and_trend(means: Floats) -> Floats:
    """(k, 2) mean and slope of each row of (k, t) means by wave, blanks left out; of one wave (k, 1), its mean.

    Examples
    --------
    >>> level_and_trend(np.array([[3.0, 3.2, 3.4], [3.0, np.nan, 2.0]]))
    array([[ 3.2,  0.2],
           [ 2.5, -0.5]])
    """
    known = np.isfinite(means)
    filled = np.where(known, means, 0.0)
    n = known.sum(axis=1)
    total = filled.sum(axis=1)
    level = _ratio(total, n)
    waves = means.shape[1]
    if waves < 2:
        return level[:, None]
    wave = known * np.arange(float(waves))
    middle = _ratio(wave.sum(axis=1), n)
    away = known * (wave - middle[:, None])
    rise = (away * filled).sum(axis=1)
    run = (away**2).sum(axis=1)
    slope = _ratio(rise, run)
    return np.column_stack([level, slope])


def _ratio(above: Floats, below: Floats) -> Floats:
    """The ratio of two columns; NaN over nothing."""
    some = np.where(below > 0, below, np.nan)
    return np.asarray(above / some)


def nearest(stood: Floats, treated: Bools, each: int) -> Ints:
    """The rows (k, c) nearest to the treated, ``each`` for every one of them and none twice, the least apart in all.

    Columns count by how far rows differ in them.

    Examples
    --------
    >>> stood = np.array([[3.0], [4.0], [3.9], [3.1], [3.2]])
    >>> nearest(stood, np.array([True, False, False, False, False]), 2).tolist()
    [3, 4]
    """
    spread = stood.std(axis=0, ddof=1)
    unit = np.where(spread > 0, spread, 1.0)
    scaled = stood / unit
    wanted = np.repeat(
        scaled[treated],
        each,
        axis=0,
    )
    others = np.flatnonzero(~treated)
    away = wanted[:, None] - scaled[others]
    apart = (away**2).sum(axis=2)
    _, taken = linear_sum_assignment(apart)
    return np.sort(others[taken])
