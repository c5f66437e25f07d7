"""Agreement: do the same people, or separate samples, answer one question alike in several channels?

Intraclass correlations for the same people, the tests of Kruskal and Wallis and of Dunn for separate samples. Which
touchpoints are compared, and what follows from it, does not belong here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.intervals import t_quantile

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
ALIKE = 1e-12  # an agreement that is only so much below 1 is perfect


class Icc(NamedTuple):
    """How many rated (n) how often (k), and ICC(A,1) with its interval.

    That is absolute agreement of single ratings: the same raters for all, and no others are meant.
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


class _Ranks(NamedTuple):
    """Sizes and mean ranks (..., g) of groups, the variance of all ranks (...), and how many there are (...)."""

    sizes: Floats
    means: Floats
    variance: Floats
    n: Floats


def icc(
    ratings: ArrayLike,
    level: float = 0.95,
    weights: ArrayLike | None = None,
    units: ArrayLike | None = None,
) -> Icc:
    """ICC(A,1) of (n, k) ratings: how far one rating of a person agrees with another, the k raters being all there are.

    n people (rows) each rate k times (columns: channels, raters). Rows with a NaN are left out. All figures are NaN
    with fewer than two full rows or columns, where nothing varies, or where all that varies cancels out.

    Parameters
    ----------
    ratings
        (n, k).
    level
        Confidence level.
    weights, units
        (n,) of the people, and the cluster of each; one cluster each without.

    Notes
    -----
    The figure is that of Shrout and Fleiss (1979), Psychological Bulletin 86, ICC(2,1), and of McGraw and Wong (1996),
    Psychological Methods 1, case 3A. Their interval takes two channels for a sample of two from all there could be, and
    is far too wide where the channels are the ones that were meant. Here each cluster of people is left out in turn
    (jackknife, Student's t on clusters less one), on the scale of Fisher's z.

    Examples
    --------
    >>> round(icc([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]).icc2, 2)
    0.29
    """
    x = np.atleast_2d(np.asarray(ratings, float))
    whole = ~np.isnan(x).any(axis=1)
    w = np.ones(len(x))
    if weights is not None:
        w = np.asarray(weights, float)
    codes = np.arange(len(x))
    if units is not None:
        codes = np.asarray(units)
    x = x[whole]
    n, k = x.shape
    nothing = Icc(
        n=n,
        k=k,
        icc2=np.nan,
        low=np.nan,
        high=np.nan,
    )
    if min(n, k) < 2 or np.ptp(x) == 0:
        return nothing
    clusters = _clusters(x - x.mean(), w[whole], codes[whole])
    total = clusters.sum(axis=0)
    agreement = float(_agreement(total, k))
    if not np.isfinite(agreement):
        return nothing
    left_out = np.full(1, np.nan)
    if len(clusters) > 1:
        left_out = _agreement(total - clusters, k)
    low, high = _jackknife(agreement, left_out, k, level)
    return Icc(n, k, agreement, low, high)


def _clusters(x: Floats, w: Floats, units: NDArray[Any]) -> Floats:
    """(g, 2 + k + k * k): by cluster the sums of weights, their squares, of w x and of w x x'."""
    n, k = x.shape
    products = x[:, :, None] * x[:, None, :]
    columns = np.column_stack(
        [
            np.ones(n),
            w,
            x,
            products.reshape(n, k * k),
        ]
    )
    names, codes = np.unique(units, return_inverse=True)
    sums = np.zeros((len(names), columns.shape[1]))
    np.add.at(sums, codes, w[:, None] * columns)
    return sums


def _agreement(sums: Floats, k: int) -> Floats:
    """ICC(A,1) from sums (..., 2 + k + k * k): the share of the variance of a single rating that is of people."""
    w = sums[..., 0]
    n = w**2 / sums[..., 1]
    means = sums[..., 2 : 2 + k] / w[..., None]
    squares = sums[..., 2 + k :] / w[..., None]
    squares = squares.reshape(*squares.shape[:-1], k, k)
    with np.errstate(divide="ignore", invalid="ignore"):  # one answer left, or means all alike: no correlation
        cov = squares - means[..., :, None] * means[..., None, :]
        cov = cov * (n / (n - 1))[..., None, None]
        people = cov.sum(axis=(-2, -1)) / k
        variances = np.trace(cov, axis1=-2, axis2=-1)
        error = (variances - people) / (k - 1)
        of_raters = means.var(axis=-1, ddof=1) - error / n
        total = people + (k - 1) * error + k * of_raters
        least = ALIKE * np.trace(squares, axis1=-2, axis2=-1)
        return np.asarray((people - error) / np.where(total > least, total, np.nan))


def _jackknife(
    agreement: float,
    left_out: Floats,
    k: int,
    level: float,
) -> tuple[float, float]:
    """The interval of an agreement from those without each of g clusters, on the scale of Fisher's z."""
    g = len(left_out)
    if agreement > 1 - ALIKE:
        return agreement, agreement
    if g < 2:
        return np.nan, np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        z = _fisher(np.append(left_out, agreement), k)
    away = z[:-1] - z[:-1].mean()
    error = np.sqrt((g - 1) / g * (away**2).sum())
    half = t_quantile(level, g - 1) * error
    ends = np.exp(2 * (z[-1] + np.array([-half, half])))
    low, high = (ends - 1) / (ends + k - 1)
    return float(low), float(high)


def _fisher(agreement: Floats, k: int) -> Floats:
    """Fisher's z of correlations within groups of k."""
    ratio = (1 + (k - 1) * agreement) / (1 - agreement)
    return np.asarray(np.log(ratio) / 2)


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


class Welch(NamedTuple):
    """F of equal means with p-value (...), and the p-values (..., g, g) of each pair by its t."""

    f: Floats
    p: Floats
    t: Floats
    pair_p: Floats


def welch(means: Floats, errors: Floats, df: Floats) -> Welch:
    """Test whether means (..., g) of separate groups are alike, each with its own error and degrees of freedom.

    Groups whose mean is NaN do not count; where an error is not known, or 0, nothing is. Of mean ranks it is the
    design-based version of :func:`kruskal_wallis` (Lumley and Scott 2013, Biometrika 100).

    Notes
    -----
    Welch (1951), Biometrika 38, with the degrees of freedom of each error in place of answers less one.
    """
    counts = ~np.isnan(means)
    k = counts.sum(axis=-1)
    k = np.where(k > 1, k, np.nan)
    known_errors = np.where(errors > 0, errors, np.nan)
    w = np.where(counts, 1 / known_errors**2, 0.0)
    total = w.sum(axis=-1, keepdims=True)
    share = w / np.where(total > 0, total, np.nan)
    middle = np.nansum(share * means, axis=-1, keepdims=True)
    away = np.where(counts, means - middle, 0.0)
    between = (w * away**2).sum(axis=-1)
    lacks = np.where(counts, (1 - share) ** 2 / df, 0.0)
    lack = lacks.sum(axis=-1)
    correction = 1 + 2 * (k - 2) / (k**2 - 1) * lack
    f = between / (k - 1) / correction
    f_df = (k**2 - 1) / (3 * lack)
    t, pair_df = _pairwise(means, errors**2, df)
    tails = special.stdtr(pair_df, -np.abs(t))
    return Welch(f, special.fdtrc(k - 1, f_df, f), t, 2 * tails)


def _pairwise(means: Floats, variances: Floats, df: Floats) -> tuple[Floats, Floats]:
    """(..., g, g) t of each pair of means and its degrees of freedom, after Welch and Satterthwaite."""
    both = variances[..., :, None] + variances[..., None, :]
    difference = means[..., :, None] - means[..., None, :]
    t = difference / np.sqrt(both)
    pieces = variances**2 / df
    pair_df = both**2 / (pieces[..., :, None] + pieces[..., None, :])
    return np.asarray(t), np.asarray(pair_df)


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
