"""Shares of few cases held against a target: mid-p of the binomial distribution, with the interval that belongs to it.

Scores such as Wilson's call a target missed too often where few misses are expected: of 5 cases with 98 in 100 right,
one wrong is no surprise. Weighted shares do not belong here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
HALVINGS = 40  # of the range from 0 to 1


def below_mid(hits: ArrayLike, n: ArrayLike, share: ArrayLike) -> Floats:
    """Probability of fewer hits, and half that of as many, where the share is true; any equal shapes."""
    hits = np.asarray(hits, float)
    n = np.asarray(n, np.int64)
    up_to = special.bdtr(hits, n, share)
    one_less = np.maximum(hits - 1, 0)
    below_that = special.bdtr(one_less, n, share)
    fewer = np.where(hits > 0, below_that, 0.0)
    return np.asarray((up_to + fewer) / 2)


def mid_p_interval(hits: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """The shares that mid-p does not refuse, two-sided (Agresti and Gottard 2007); 0 or 1 where no or all cases hit.

    Notes
    -----
    Agresti and Gottard (2007), Computational Statistics and Data Analysis 51. Mid-p takes half the probability of what
    was seen, which keeps errors near their level where exact tests are timid.

    Examples
    --------
    >>> low, high = mid_p_interval(4, 5)
    >>> round(float(low), 3), round(float(high), 3)
    (0.334, 0.99)
    """
    hits = np.asarray(hits, float)
    n = np.asarray(n, np.int64)
    tail = (1 - level) / 2
    low = _share_where(1 - tail, hits, n)
    high = _share_where(tail, hits, n)
    low = np.where(hits > 0, low, 0.0)
    high = np.where(hits < n, high, 1.0)
    return low, high


def _share_where(probability: float, hits: Floats, n: NDArray[np.int64]) -> Floats:
    """The share at which :func:`below_mid` is so much; it falls as the share rises."""
    low = np.zeros(np.broadcast(hits, n).shape)
    high = np.ones_like(low)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        found = below_mid(hits, n, middle)
        is_above = found > probability
        low = np.where(is_above, middle, low)
        high = np.where(is_above, high, middle)
    return np.asarray((low + high) / 2)
