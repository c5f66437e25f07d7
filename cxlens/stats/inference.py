"""Tests: Wald p-values and control of the false discovery rate.

Estimates and their errors come from elsewhere in this room.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]
ROUNDING = 1e-9  # an error that is no larger, beside its estimate, is that of sums of floats


def wald_p(
    estimate: ArrayLike,
    error: ArrayLike,
    df: ArrayLike,
) -> Floats:
    """Two-sided p-value of estimate / error against Student's t with df degrees of freedom."""
    estimate = np.asarray(estimate, float)
    error = np.asarray(error, float)
    df = np.asarray(df, float)
    error = np.where(error > 0, error, np.nan)
    t = estimate / error
    tail = special.stdtr(df, -np.abs(t))
    return np.asarray(2 * tail)


def wald_joint(
    estimates: Floats,
    cov: Floats,
    df: float,
) -> float:
    """p-value of all estimates (m,) being 0, given their covariance (m, m): F with m and df degrees of freedom.

    Estimates that are NaN do not count; NaN where none is left or the covariance is not known. For one estimate it is
    :func:`wald_p`.
    """
    known = ~np.isnan(estimates)
    m = int(known.sum())
    estimates = estimates[known]
    cov = cov[np.ix_(known, known)]
    if m == 0 or df <= 0 or not _is_known(cov):
        return float("nan")
    statistic = estimates @ np.linalg.pinv(cov) @ estimates
    if np.isinf(df):
        return float(special.chdtrc(m, statistic))
    return float(special.fdtrc(m, df, statistic / m))


def _is_known(cov: Floats) -> bool:
    """Whether a covariance has no gap and no variance of 0."""
    complete = np.isfinite(cov).all()
    varies = (np.diag(cov) > 0).all()
    return bool(complete and varies)


def wider(
    estimate: float,
    errors: Sequence[float],
    dfs: Sequence[float],
    level: float,
) -> tuple[float, float, float]:
    """Low, high and p-value of the wider of several t intervals around an estimate: the largest p.

    For a figure with several sources of error of which none may be left out, such as swings of places and sampling.
    Errors of 0, or no larger than rounding makes them where nothing varies, and NaN say nothing; without any other all
    three are NaN.
    """
    error = np.asarray(errors, float)
    df = np.asarray(dfs, float)
    rounding = ROUNDING * (1 + abs(estimate))
    says = error > rounding
    if not says.any():
        return (np.nan, np.nan, np.nan)
    below = (1 + level) / 2
    half = float((special.stdtrit(df[says], below) * error[says]).max())
    p = float(wald_p(estimate, error[says], df[says]).max())
    return estimate - half, estimate + half, p


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Adjusted p-values (q-values) of Benjamini and Hochberg (1995); NaN stay NaN and do not count.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.02, 0.9]).round(3).tolist()
    [0.03, 0.03, 0.9]
    """
    p = np.asarray(p, float)
    known = ~np.isnan(p)
    q = np.full(p.shape, np.nan)
    q[known] = _adjusted(p[known])
    return q


def _adjusted(p: Floats) -> Floats:
    """Each p-value times all over its rank, and no larger than that of a larger one."""
    order = np.argsort(p)
    ranks = np.arange(1, len(p) + 1)
    times_all_over_rank = p[order] * (len(p) / ranks)
    least_from_here = np.minimum.accumulate(times_all_over_rank[::-1])[::-1]
    adjusted = np.empty_like(p)
    adjusted[order] = np.clip(least_from_here, 0, 1)
    return adjusted
