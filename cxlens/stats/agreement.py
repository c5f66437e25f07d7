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
Ints = NDArray[np.intp]


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

    first: Ints
    second: Ints
    difference: Floats
    z: Floats
    p: Floats
    q: Floats


class _MeanSquares(NamedTuple):
    """Mean squares of people (rows), raters (columns) and error, as in a two-way analysis of variance."""

    people: np.float64
    raters: np.float64
    error: np.float64


class _Ranks(NamedTuple):
    """Sizes and mean ranks (..., g) of groups, the variance of all ranks (...), and how many there are (...)."""

    sizes: Floats
    means: Floats
    variance: Floats
    n: Floats


def icc(ratings: ArrayLike, level: float = 0.95) -> Icc:
    """ICC(2,1) of (n, k) ratings: how far one rating of a person agrees with another, raters drawn at random.

    n people (rows) each rate k times (columns: channels, raters). Rows with a NaN are left out. All figures are NaN
    with fewer than two full rows or columns, where nothing varies, or where all that varies cancels out.

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
    incomplete = np.isnan(x).any(axis=1)
    x = x[~incomplete]
    n, k = x.shape
    if min(n, k) < 2 or np.ptp(x) == 0:
        return Icc(n, k, np.nan, np.nan, np.nan)
    squares = _mean_squares(x)
    agreement = _agreement(squares, n, k)
    if not np.isfinite(agreement):
        return Icc(n, k, np.nan, np.nan, np.nan)
    low, high = _agreement_interval(squares, n, k, level)
    return Icc(
        n=n,
        k=k,
        icc2=agreement,
        low=low,
        high=high,
    )


def _mean_squares(x: Floats) -> _MeanSquares:
    """Part the variation of (n, k) ratings into that of people, that of raters, and the rest."""
    n, k = x.shape
    mean = x.mean()
    of_people = x.mean(axis=1, keepdims=True) - mean
    of_raters = x.mean(axis=0) - mean
    rest = x - mean - of_people - of_raters
    sum_people = k * (of_people**2).sum()
    sum_raters = n * (of_raters**2).sum()
    sum_rest = (rest**2).sum()
    return _MeanSquares(
        people=sum_people / (n - 1),
        raters=sum_raters / (k - 1),
        error=sum_rest / ((n - 1) * (k - 1)),
    )


def _agreement(squares: _MeanSquares, n: int, k: int) -> float:
    """ICC(2,1): the share of the variance of a single rating that is of people."""
    people, raters, error = squares
    variance_of_raters = (raters - error) / n
    total = people + (k - 1) * error + k * variance_of_raters
    with np.errstate(divide="ignore", invalid="ignore"):  # the means may be all alike: no correlation of them
        return float((people - error) / total)


def _agreement_interval(
    squares: _MeanSquares,
    n: int,
    k: int,
    level: float,
) -> tuple[float, float]:
    """The interval of ICC(2,1)."""
    people, raters, error = squares
    df = _satterthwaite_df(squares, n, k)
    quantile = (1 + level) / 2
    below = special.fdtri(n - 1, df, quantile)
    above = special.fdtri(df, n - 1, quantile)
    others = k * raters + (k * n - k - n) * error
    low_people = people - below * error
    low = n * low_people / (below * others + n * people)
    high_people = above * people - error
    high = n * high_people / (others + n * above * people)
    return float(low), float(high)


def _satterthwaite_df(
    squares: _MeanSquares,
    n: int,
    k: int,
) -> float:
    """Degrees of freedom, after Satterthwaite, of the variance of raters and error together."""
    people, raters, error = squares
    of_people = people - error
    variance_of_raters = (raters - error) / n
    raters_part = k * of_people * raters
    error_weight = n * k * (error + variance_of_raters)
    error_weight += k * (n - 1) * of_people
    error_part = error_weight * error
    raters_spread = raters_part**2 / (k - 1)
    error_spread = error_part**2 / ((n - 1) * (k - 1))
    spread = raters_spread + error_spread
    if not spread > 0:
        return 1.0  # perfect agreement: any will do
    return float((raters_part + error_part) ** 2 / spread)


def _ranks(counts: ArrayLike) -> _Ranks:
    """Ranks of the answers of (..., g, levels) groups, ties with their mean rank."""
    counts = np.asarray(counts, float)
    level_sizes = counts.sum(axis=-2)
    n = level_sizes.sum(axis=-1)
    sizes = counts.sum(axis=-1)
    last_rank = np.cumsum(level_sizes, axis=-1)
    level_ranks = last_rank - (level_sizes - 1) / 2
    middle = (n[..., None] + 1) / 2
    ranks = level_ranks - middle
    rank_sums = (counts * ranks[..., None, :]).sum(axis=-1)
    squares = (level_sizes * ranks**2).sum(axis=-1)
    variance = squares / np.where(n > 1, n - 1, np.nan)
    return _Ranks(
        sizes=sizes,
        means=rank_sums / np.where(sizes > 0, sizes, np.nan),
        variance=np.where(variance > 0, variance, np.nan),
        n=n,
    )


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
    ranks = _ranks(counts)
    df = (ranks.sizes > 0).sum(axis=-1) - 1.0
    comparable = df > 0
    between = np.nansum(ranks.sizes * ranks.means**2, axis=-1)
    h = np.where(comparable, between / ranks.variance, np.nan)
    known_df = np.where(comparable, df, np.nan)
    most = np.where(ranks.n > 1, ranks.n - 1, np.nan)
    return KruskalWallis(
        h=h,
        df=df,
        p=special.chdtrc(known_df, h),
        epsilon2=h / most,
        n=ranks.n,
    )


def dunn(counts: ArrayLike) -> Pairs:
    """Which groups differ: Dunn's test of each pair of (g, levels) counts, q-values over the pairs.

    Notes
    -----
    Dunn (1964), Technometrics 6, corrected for ties: ranks among all groups, one variance. Of two groups, z squared is
    the H of :func:`kruskal_wallis`. Pairs with an empty group are NaN.
    """
    ranks = _ranks(counts)
    groups = len(ranks.sizes)
    first, second = np.triu_indices(groups, 1)
    difference = ranks.means[first] - ranks.means[second]
    inverse_sizes = 1 / np.where(ranks.sizes > 0, ranks.sizes, np.nan)
    factor = inverse_sizes[first] + inverse_sizes[second]
    error = np.sqrt(ranks.variance * factor)
    z = difference / error
    p = 2 * special.ndtr(-np.abs(z))
    return Pairs(
        first=first,
        second=second,
        difference=difference,
        z=z,
        p=p,
        q=benjamini_hochberg(p),
    )
