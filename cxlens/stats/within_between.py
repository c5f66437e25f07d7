"""Slopes within groups and between them: what goes with a score inside a group, and what with the mean of a group.

Within: every group has a level of its own, so that only members of one group are compared. Between: means of groups are
compared. The model is Mundlak's: outcome = within-slopes x columns + difference x rating of the group + level of the
group; the slope between groups is the slope within and the difference together. All follows from cross-products by
group and block. Slopes of each group for itself are the business of :mod:`cxlens.stats.slopes_by_group`.

Sources: Mundlak (1978), Econometrica 46; Neuhaus and Kalbfleisch (1998), Biometrics 54; Bell, Fairbrother and Jones
(2019), Quality and Quantity 53. Between groups: restricted maximum likelihood with the errors of Knapp and Hartung
(2003), Statistics in Medicine 22.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from cxlens.stats.random_intercepts import Groups, spread_between
from cxlens.stats.regression import Fit, fit_units, independent

Floats = NDArray[np.float64]
WIDEST = 16.0  # times the variance of what is left of the means of groups: the widest that is tried
EXACT = 1e-10  # of that


class Centred(NamedTuple):
    """Cross-products about the means of k groups, (k, q, q) by group and (b, q, q) by block, and these means (k, q).

    The first column is the constant, which keeps its weight; the last one is the outcome.
    """

    by_group: Floats
    by_block: Floats
    means: Floats


class Ratings(NamedTuple):
    """How groups are rated (k, p), NaN where nobody did, and the sampling variances of that (k, p)."""

    mean: Floats
    variance: Floats


class Between(NamedTuple):
    """Slopes between groups (p,) with errors, their difference from those within (p,) with errors; g groups, df."""

    slope: Floats
    error: Floats
    difference: Floats
    difference_error: Floats
    groups: int
    df: int


def centred(products: Floats) -> Centred:
    """Cross-products (k, b, q, q) of groups and blocks about the means of groups."""
    by_group = np.empty(np.delete(products.shape, 1))
    by_block = np.zeros(products.shape[1:])
    totals = products.sum(axis=1)
    means = totals[:, 0] / totals[:, :1, 0]
    for group, raw in enumerate(products):
        about = about_means(raw, means[group])
        by_group[group] = about.sum(axis=0)
        by_block += about
    return Centred(by_group, by_block, means)


def about_means(raw: Floats, means: Floats) -> Floats:
    """Cross-products (b, q, q) of one group about its means (q,); the constant stays as it is."""
    shift = np.eye(len(means))
    shift[1:, 0] = -means[1:]
    return np.asarray(shift @ raw @ shift.T)


def within_slopes(
    sums: Centred,
    n: int,
    *,
    clustered: bool,
) -> Fit:
    """The regression within groups, the constant first; its errors leave each group out in turn (CR3).

    Where clusters may reach over several groups (``clustered``), an error is that of blocks of clusters, if larger.
    """
    fit = fit_units(sums.by_group, n)
    if not clustered:
        return fit
    of_blocks = fit_units(sums.by_block, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = of_blocks.errors / fit.errors
    known = np.nan_to_num(ratio, nan=1.0, posinf=1.0)
    wider = np.maximum(known, 1.0)
    return fit._replace(cov=fit.cov * np.outer(wider, wider))


def variance_of_means(
    products: Floats,
    sums: Centred,
    fit: Fit,
    rows: NDArray[np.int64],
) -> Floats:
    """(k,) sampling variances of what the slopes leave of the mean outcome of each group, of so many rows (k,).

    Weights and clusters make means less sure in all groups alike: their effect is that of all groups together.
    """
    weight = products[:, :, 0, 0]
    blocks = (weight > 0).sum(axis=1)
    several = blocks > 1
    left = _left_in_blocks(products, sums, fit)
    squares = (left**2).sum(axis=1)
    totals = weight.sum(axis=1)
    jackknife = blocks[several] / (blocks[several] - 1)
    of_means = jackknife * squares[several] / totals[several] ** 2
    answers = rows[several]
    of_answers = of_means * answers
    of_one = np.average(of_answers, weights=answers)
    outcomes = sums.means[:, -1]
    least = EXACT * max(float(outcomes.var()), 1.0)
    return np.asarray(np.maximum(of_one / rows, least))


def _left_in_blocks(
    products: Floats,
    sums: Centred,
    fit: Fit,
) -> Floats:
    """(k, b) sums of residuals of the regression within groups."""
    weight = products[:, :, 0, 0]
    totals = products[:, :, 0]
    expected = weight[..., None] * sums.means[:, None]
    apart = totals - expected
    slopes = np.nan_to_num(fit.coef)
    explained = apart[..., :-1] @ slopes
    return np.asarray(apart[..., -1] - explained)


def between_slopes(
    sums: Centred,
    fit: Fit,
    ratings: Ratings,
    at: NDArray[np.int64],
    variance: Floats,
) -> Between:
    """Slopes between groups, and by how much they differ from those within.

    Parameters
    ----------
    sums, fit
        Cross-products about the means of groups, and the regression within them.
    ratings
        How groups are rated.
    at
        (p,) which columns are the scores behind the ratings.
    variance
        (k,) sampling variances of the mean outcomes.

    Returns
    -------
    Between
        NaN where ratings follow from others, or groups are no more than ratings and a constant.
    """
    known = ~np.isnan(ratings.mean).any(axis=1)
    groups = int(known.sum())
    figures = np.full((4, len(at)), np.nan)
    df = groups - len(at) - 1
    if df < 1:
        return _told(figures, groups, df)
    means = sums.means[known]
    x = _with_constant(ratings.mean[known])
    used = independent(x.T @ x)
    of_ratings = used[1:]
    figures[:, of_ratings] = _on_ratings(means, fit, x[:, used], at[of_ratings], variance[known])
    return _told(figures, groups, df)


def _told(
    figures: Floats,
    groups: int,
    df: int,
) -> Between:
    """Slopes with errors, and differences with errors (4, p), by their names."""
    slope, error, difference, difference_error = figures
    return Between(slope, error, difference, difference_error, groups, df)


def _with_constant(ratings: Floats) -> Floats:
    """(g, p + 1) ratings about their means, a constant before them."""
    about = ratings - ratings.mean(axis=0)
    constant = np.ones(len(ratings))
    return np.column_stack([constant, about])


def _on_ratings(
    means: Floats,
    fit: Fit,
    x: Floats,
    at: NDArray[np.int64],
    variance: Floats,
) -> Floats:
    """(4, m) slopes with errors, and differences from those within with errors, of the columns of x but the constant.

    Slopes within are themselves estimates: their errors reach both by as much as means of groups pull on them.
    """
    own = means[:, :-1]
    slopes = np.nan_to_num(fit.coef)
    expected = own @ slopes
    left = means[:, -1] - expected
    solve, of_groups = _regression_of_means(left, x, variance)
    difference = solve @ left
    cov = np.where(np.isnan(fit.cov), 0.0, fit.cov)
    pull = solve @ own
    scores = np.eye(len(slopes))[at]
    of_difference = of_groups + _variance_of_sums(pull, cov)
    of_slope = of_groups + _variance_of_sums(scores - pull, cov)
    slope = fit.coef[at] + difference
    return np.stack(
        [
            slope,
            np.sqrt(of_slope),
            difference,
            np.sqrt(of_difference),
        ]
    )


def _variance_of_sums(pull: Floats, cov: Floats) -> Floats:
    """(m,) variances of weighted sums (m, q) of coefficients with this covariance (q, q)."""
    pulled = pull @ cov
    return np.asarray((pulled * pull).sum(axis=1))


def _regression_of_means(
    left: Floats,
    x: Floats,
    variance: Floats,
) -> tuple[Floats, Floats]:
    """The weights (m, g) by which means of groups make slopes, the constant left out, and variances of these (m,)."""
    total = variance + _between_variance(left, x, variance)
    weighted = x / total[:, None]
    inverse = np.linalg.inv(x.T @ weighted)
    solve = inverse @ weighted.T
    slopes = solve @ left
    misfit = left - x @ slopes
    groups, columns = x.shape
    squares = misfit**2 / total
    scale = squares.sum() / (groups - columns)
    of_slopes = np.diag(inverse)[1:]
    return solve[1:], max(float(scale), 1.0) * of_slopes


def _between_variance(
    left: Floats,
    x: Floats,
    variance: Floats,
) -> float:
    """The variance between groups that ratings leave, by restricted maximum likelihood."""
    slopes, *_ = np.linalg.lstsq(x, left, rcond=None)
    unexplained = left - x @ slopes
    widest = WIDEST * max(float(unexplained.var()), float(variance.mean()))

    def loss(between: float) -> float:
        total = variance + between
        weighted = x / total[:, None]
        gram = x.T @ weighted
        best = np.linalg.solve(gram, weighted.T @ left)
        apart = left - x @ best
        misfit = (apart**2 / total).sum()
        _, volume = np.linalg.slogdet(gram)
        return float(np.log(total).sum() + volume + misfit)

    found = optimize.minimize_scalar(
        loss,
        bounds=(0.0, widest),
        method="bounded",
        options={"xatol": EXACT * widest},
    )
    return 0.0 if loss(0.0) <= found.fun else float(found.x)


def reliability(ratings: Ratings, level: float) -> Floats:
    """(p,) which share of the differences between ratings of groups is no sampling error; NaN below two groups."""
    columns = zip(ratings.mean.T, ratings.variance.T, strict=True)
    return np.array([_reliability(mean, variance, level) for mean, variance in columns])


def _reliability(
    mean: Floats,
    variance: Floats,
    level: float,
) -> float:
    """The same of one rating."""
    known = ~np.isnan(mean) & (variance > 0)
    if known.sum() < 2:
        return np.nan
    groups = Groups(mean[known], variance[known], np.inf)
    between = spread_between(groups, level).between
    shares = between / (between + groups.variance)
    return float(shares.mean())
