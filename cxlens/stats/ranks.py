"""How far two lists are in the same order: rank correlation, and how many of the first ones they share by chance.

Lists that were measured on few people are not in the order of the truth: :func:`true_correlation` allows for that.

Made here because importing all of ``scipy.stats`` for them takes longer than most analyses. What is compared, and
what follows from it, does not belong here.
"""

from __future__ import annotations

from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cxlens.stats.intervals import t_quantile

Floats = NDArray[np.float64]
FEWEST = 4  # pairs of which a correlation is told
STEPS = 81  # correlations tried, from -1 to 1
SPREADS = 12  # true spreads tried on either side
MOST_SPREAD = 3  # times the spread of what was measured, the largest of them
TINY = np.finfo(float).tiny


def kendall(x: ArrayLike, y: ArrayLike) -> float:
    """Kendall's tau-b of two lists of one length (1945, Biometrika 33); NaN where all of a list are tied.

    Examples
    --------
    >>> kendall([1, 2, 3], [1, 3, 2])
    0.3333333333333333
    """
    order_x, order_y = (_order_of_pairs(values) for values in (x, y))
    untied = np.abs(order_x).sum() * np.abs(order_y).sum()
    if not untied:
        return float("nan")
    return float((order_x * order_y).sum() / np.sqrt(untied))


def _order_of_pairs(values: ArrayLike) -> NDArray[np.float64]:
    """(n, n) which of two is the larger: 1, -1, 0 where they are tied."""
    column = np.asarray(values, float)[:, None]
    differences = column - column.T
    return np.asarray(np.sign(differences))


def chance_of_sharing(shared: int, first: int, n: int) -> float:
    """How likely two random orders of n things share so many or more among so many first ones: hypergeometric.

    Examples
    --------
    >>> chance_of_sharing(1, 1, 4)
    0.25
    """
    ways = 0
    for both in range(max(shared, 0), first + 1):
        among_first = comb(first, both)
        among_rest = comb(n - first, first - both)
        ways += among_first * among_rest
    return ways / comb(n, first)


def p_of_correlation(r: float, n: int) -> float:
    """Two-sided p-value of a rank correlation of n pairs, by Student's t; NaN for fewer than three."""
    if n < 3:
        return float("nan")
    df = n - 2
    unexplained = max(1 - r**2, 1e-12)
    t = r * np.sqrt(df / unexplained)
    one_sided = special.stdtr(df, -abs(t))
    return float(2 * one_sided)


def rank_correlation(x: Floats, y: Floats) -> float:
    """Spearman's rank correlation, ties at their mean rank; NaN below four known pairs or where all are tied."""
    known = ~np.isnan(x + y)
    if known.sum() < FEWEST:
        return float("nan")
    first = _ranks(x[known])
    second = _ranks(y[known])
    if min(np.ptp(first), np.ptp(second)) == 0:
        return float("nan")
    matrix = np.corrcoef(first, second)
    return float(matrix[0, 1])


def _ranks(values: Floats) -> Floats:
    """(n,) rank of each, 1 the lowest; ties share the mean of theirs."""
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    middle = last - (times - 1) / 2
    return np.asarray(middle[place])


def true_correlation(x: Floats, y: Floats, error_x: Floats, error_y: Floats, level: float) -> tuple[float, float]:
    """Interval of the rank correlation that two lists would have without the sampling errors of their figures.

    Parameters
    ----------
    x, y
        (n,) the figures, such as mean scores, without gaps.
    error_x, error_y
        (n,) their standard errors.
    level
        The confidence level.

    Notes
    -----
    Errors pull the correlation of what was measured to 0 (Spearman 1904, American Journal of Psychology 15). The true
    figures are taken as normal around a mean, with unknown spreads; all correlations belong to the interval whose
    likelihood, the spreads averaged out, is high enough by Student's t with n - 2 degrees of freedom. The rank
    correlation is that of the normal distribution, 6 / pi arcsin(r / 2). Errors that all figures share, such as a
    common mood of those asked, count as if they were single ones: the interval is then wide rather than narrow.
    """
    spreads_x = _spreads_tried(x)[:, None, None]
    spreads_y = _spreads_tried(y)[None, :, None]
    both = _Lists(
        x,
        y,
        of_x=spreads_x**2 + error_x**2,
        of_y=spreads_y**2 + error_y**2,
    )
    correlations = np.linspace(-1, 1, STEPS)
    logs = []
    for r in correlations:
        likelihood = both.log_likelihood(r * spreads_x * spreads_y)
        logs.append(special.logsumexp(likelihood))
    averaged = np.array(logs)
    t = float(t_quantile(level, len(x) - 2))
    least = averaged.max() - t**2 / 2
    inside = correlations[averaged >= least]
    return _of_ranks(inside[0]), _of_ranks(inside[-1])


def _of_ranks(r: float) -> float:
    """The rank correlation of two normal figures whose correlation is r."""
    angle = np.arcsin(r / 2)
    return float(6 / np.pi * angle)


def _spreads_tried(values: Floats) -> Floats:
    """Standard deviations that true figures may have."""
    multiples = np.linspace(0, MOST_SPREAD, SPREADS + 1)
    return multiples[1:] * np.std(values, ddof=1)


class _Lists(NamedTuple):
    """Two lists (n,) of normal figures, and the variances (..., n) that each may have."""

    x: Floats
    y: Floats
    of_x: Floats
    of_y: Floats

    def log_likelihood(self, shared: Floats) -> Floats:
        """(...) of them with these covariances; their means are the likeliest (restricted likelihood)."""
        product = self.of_x * self.of_y
        determinant = np.maximum(product - shared**2, TINY)
        weight_x = self.of_y / determinant
        weight_y = self.of_x / determinant
        cross = -shared / determinant
        # The likeliest means solve two equations.
        a = weight_x.sum(axis=-1)
        b = cross.sum(axis=-1)
        c = weight_y.sum(axis=-1)
        pull_x = weight_x * self.x + cross * self.y
        pull_y = cross * self.x + weight_y * self.y
        right_x = pull_x.sum(axis=-1)
        right_y = pull_y.sum(axis=-1)
        solvable = np.maximum(a * c - b**2, TINY)
        mean_x = (c * right_x - b * right_y) / solvable
        mean_y = (a * right_y - b * right_x) / solvable
        away_x = self.x - mean_x[..., None]
        away_y = self.y - mean_y[..., None]
        squares = weight_x * away_x**2
        squares += 2 * cross * away_x * away_y
        squares += weight_y * away_y**2
        return _log_of(squares, determinant, solvable)


def _log_of(squares: Floats, determinant: Floats, information: Floats) -> Floats:
    """(...) log of the likelihood, up to a constant; ``information`` is that of the means (restricted likelihood)."""
    twice = np.log(determinant) + squares
    of_means = np.log(information)
    return np.asarray(-0.5 * (twice.sum(axis=-1) + of_means))
