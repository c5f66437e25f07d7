"""Intervals for means, shares and the Net Promoter Score.

With weights, ``n`` is the effective number (sum w)**2 / sum w**2. Everything is vectorised over arrays of
equal shape. Intervals of importances come from the bootstrap and do not belong here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]


def effective_n(w: ArrayLike, w2: ArrayLike) -> Floats:
    """(sum w)**2 / sum w**2 from the two sums; 0 where there are no weights (Kish 1965)."""
    w, w2 = np.asarray(w, float), np.asarray(w2, float)
    return np.asarray(np.divide(w**2, w2, out=np.zeros(np.broadcast_shapes(w.shape, w2.shape)), where=w2 > 0))


def normal_quantile(level: float) -> float:
    """The z of a two-sided interval: 1.96 for 0.95."""
    return float(special.ndtri((1 + level) / 2))


def t_quantile(level: float, df: ArrayLike) -> Floats:
    """The t of a two-sided interval; NaN where df is 0 or less."""
    df = np.asarray(df, float)
    ok = df > 0
    return np.where(ok, special.stdtrit(np.where(ok, df, 1.0), (1 + level) / 2), np.nan)


def mean_interval(mean: ArrayLike, variance: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Student's interval of a mean from the sample variance (n - 1 below it) and n. NaN for n of 1 or less."""
    mean, variance, n = (np.asarray(a, float) for a in (mean, variance, n))
    half = t_quantile(level, n - 1) * np.sqrt(variance / np.where(n > 0, n, np.nan))
    return mean - half, mean + half


def wilson(successes: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's score interval of a share (Wilson 1927; Newcombe 1998). NaN for n = 0."""
    n = np.asarray(n, float)
    n = np.where(n > 0, n, np.nan)
    share = np.asarray(successes, float) / n
    z2 = normal_quantile(level) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2) / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    low, high = np.where(share == 0, 0.0, centre - half), np.where(share == 1, 1.0, centre + half)  # free of rounding
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def nps_points(answers: ArrayLike) -> Floats:
    """Answers from 0 to 10 as 100 (promoter: 9, 10), 0 or -100 (detractor: 0 to 6), so that their mean is the NPS."""
    answers = np.asarray(answers, float)
    return np.where(np.isnan(answers), np.nan, np.where(answers >= 9, 100.0, np.where(answers <= 6, -100.0, 0.0)))


def nps(detractors: ArrayLike, passives: ArrayLike, promoters: ArrayLike) -> Floats:
    """Net Promoter Score in points, -100 to 100: share of promoters minus share of detractors."""
    det, pas, pro = (np.asarray(a, float) for a in (detractors, passives, promoters))
    n = det + pas + pro
    return np.asarray(100 * (pro - det) / np.where(n > 0, n, np.nan))


def nps_interval(
    detractors: ArrayLike, passives: ArrayLike, promoters: ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Adjusted Wald interval of the NPS, in points (Rocks 2016, The American Statistician 70(4)).

    Adds 0.75 detractors, 1.5 passives and 0.75 promoters, so that it keeps a width when all agree.
    """
    centre, error = _nps_adjusted(detractors, passives, promoters)
    half = normal_quantile(level) * error
    return np.clip(centre - half, -100, 100), np.clip(centre + half, -100, 100)


def nps_difference(
    before: tuple[float, float, float], after: tuple[float, float, float], level: float = 0.95
) -> tuple[float, float, float, float]:
    """Change of the NPS between two samples: difference of adjusted scores, its interval, and the p-value.

    Each sample is (detractors, passives, promoters); both are adjusted as in :func:`nps_interval`.
    """
    (m0, e0), (m1, e1) = _nps_adjusted(*before), _nps_adjusted(*after)
    change, error = float(m1 - m0), float(np.hypot(e0, e1))
    half = normal_quantile(level) * error
    return change, change - half, change + half, float(2 * special.ndtr(-abs(change) / error))


def _nps_adjusted(detractors: ArrayLike, passives: ArrayLike, promoters: ArrayLike) -> tuple[Floats, Floats]:
    """Centre and standard error, in points, of the adjusted score."""
    det, pas, pro = (np.asarray(a, float) for a in (detractors, passives, promoters))
    n = det + pas + pro + 3
    p_det, p_pro = (det + 0.75) / n, (pro + 0.75) / n
    score = p_pro - p_det
    return 100 * score, 100 * np.sqrt((p_pro + p_det - score**2) / n)
