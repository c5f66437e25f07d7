"""Agreement: do the same people, or separate samples, answer one question alike in several channels?

Intraclass correlations for the same people, the tests of Kruskal and Wallis and of Dunn for separate samples. Which
touchpoints are compared, and what follows from it, does not belong here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cxlens.stats.inference import benjamini_hochberg

Floats = NDArray[np.float64]


class Icc(NamedTuple):
    """How many rated (n) how often (k), and ICC(2,1) with its interval.

    That is absolute agreement of single ratings: the same raters for all, a sample of all raters there could be.
    """

    n: int
    k: int
    icc2: float
    low: float
    high: float


class KruskalWallis(NamedTuple):
    """H with its degrees of freedom and p-value, epsilon squared (0: alike, 1: as apart as can be), and the answers."""

    h: Floats
    df: Floats
    p: Floats
    epsilon2: Floats
    n: Floats


class Pairs(NamedTuple):
    """Pairs of groups by number: difference of mean ranks (first less second), z, p- and q-value."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    difference: Floats
    z: Floats
    p: Floats
    q: Floats


def icc(ratings: ArrayLike, level: float = 0.95) -> Icc:
    """ICC(2,1) of (n, k) ratings: how far one rating of a person agrees with another, raters drawn at random.

    n people (rows) each rate k times (columns: channels, raters). Rows with a NaN are left out. All figures are NaN
    with fewer than two full rows or columns, or where nothing varies.

    Notes
    -----
    Shrout and Fleiss (1979), Psychological Bulletin 86; the interval after McGraw and Wong (1996), Psychological
    Methods 1, table 7, case 2A.

    Examples
    --------
    >>> round(icc([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]).icc2, 2)
    0.29
    """
    x = np.atleast_2d(np.asarray(ratings, float))
    x = x[~np.isnan(x).any(axis=1)]
    n, k = x.shape
    if min(n, k) < 2 or np.ptp(x) == 0:
        return Icc(n, k, np.nan, np.nan, np.nan)
    squares = _mean_squares(x)
    people, raters, error = squares
    raters_apart = (raters - error) / n
    with np.errstate(divide="ignore", invalid="ignore"):  # the means may be all alike: no correlation of them
        agreement = (people - error) / (people + (k - 1) * error + k * raters_apart)
    low, high = _agreement_interval(squares, n, k, level)
    return Icc(n, k, float(agreement), low, high)


def _mean_squares(x: Floats) -> tuple[np.float64, np.float64, np.float64]:
    """Mean squares of people (rows), raters (columns) and error, as in a two-way analysis of variance."""
    n, k = x.shape
    rows = x.mean(axis=1, keepdims=True) - x.mean()
    columns = x.mean(axis=0) - x.mean()
    rest = x - x.mean() - rows - columns
    people = k * (rows**2).sum() / (n - 1)
    raters = n * (columns**2).sum() / (k - 1)
    error = (rest**2).sum() / ((n - 1) * (k - 1))
    return people, raters, error


def _agreement_interval(squares: tuple[np.float64, ...], n: int, k: int, level: float) -> tuple[float, float]:
    """The interval of ICC(2,1): the variance of raters and error has degrees of freedom after Satterthwaite."""
    people, raters, error = squares
    raters_part = k * (people - error) * raters
    error_part = (n * k * (error + (raters - error) / n) + k * (n - 1) * (people - error)) * error
    spread = raters_part**2 / (k - 1) + error_part**2 / ((n - 1) * (k - 1))
    df = (raters_part + error_part) ** 2 / spread if spread > 0 else 1.0  # perfect agreement: any will do
    tail = (1 + level) / 2
    below = special.fdtri(n - 1, df, tail)
    above = special.fdtri(df, n - 1, tail)
    others = k * raters + (k * n - k - n) * error
    low = n * (people - below * error) / (below * others + n * people)
    high = n * (above * people - error) / (others + n * above * people)
    return float(low), float(high)


def _ranks(counts: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
    """Sizes and mean ranks (..., g) of groups, the variance of all ranks (...), and how many there are (...)."""
    counts = np.asarray(counts, float)
    level = counts.sum(axis=-2)
    n, sizes = level.sum(axis=-1), counts.sum(axis=-1)
    ranks = (
        np.cumsum(level, axis=-1) - (level - 1) / 2 - (n[..., None] + 1) / 2
    )  # mean rank of a level, 0 in the middle
    means = (counts * ranks[..., None, :]).sum(axis=-1) / np.where(sizes > 0, sizes, np.nan)
    variance = (level * ranks**2).sum(axis=-1) / np.where(n > 1, n - 1, np.nan)
    return sizes, means, np.where(variance > 0, variance, np.nan), n


def kruskal_wallis(counts: ArrayLike) -> KruskalWallis:
    """Test whether groups give the same scores, from how often each gave each.

    Parameters
    ----------
    counts
        (..., g, levels) answers of each group on each level, levels in order of their score. Leading axes are further
        tests. Groups without answers do not count; NaN where fewer than two are left or all scores are alike.

    Notes
    -----
    Kruskal and Wallis (1952), corrected for ties; epsilon squared is H / (n - 1) (Kelley 1935; Tomczak and Tomczak
    2014).

    Examples
    --------
    >>> test = kruskal_wallis([[3, 1, 0], [0, 2, 2]])
    >>> round(float(test.h), 3), round(float(test.p), 3)
    (4.573, 0.032)
    """
    sizes, means, variance, n = _ranks(counts)
    df = (sizes > 0).sum(axis=-1) - 1.0
    h = np.where(df > 0, np.nansum(sizes * means**2, axis=-1) / variance, np.nan)
    return KruskalWallis(h, df, special.chdtrc(np.where(df > 0, df, np.nan), h), h / np.where(n > 1, n - 1, np.nan), n)


def dunn(counts: ArrayLike) -> Pairs:
    """Which groups differ: Dunn's test of each pair of (g, levels) counts, q-values over the pairs.

    Notes
    -----
    Dunn (1964), Technometrics 6, corrected for ties: ranks among all groups, one variance. Of two groups, z squared is
    the H of :func:`kruskal_wallis`. Pairs with an empty group are NaN.
    """
    sizes, means, variance, _ = _ranks(counts)
    first, second = np.triu_indices(len(sizes), 1)
    difference = means[first] - means[second]
    inverse = 1 / np.where(sizes > 0, sizes, np.nan)
    z = difference / np.sqrt(variance * (inverse[first] + inverse[second]))
    p = 2 * special.ndtr(-np.abs(z))
    return Pairs(first, second, difference, z, p, benjamini_hochberg(p))
