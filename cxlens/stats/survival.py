"""How long customers stay: the share still there, the mean time within a span, and whether groups differ.

Who has not left when counting ends is censored: known to have stayed that long, and no longer. What a customer is,
what leaving means and words do not belong here.

Sources: Kaplan and Meier (1958), JASA 53; Greenwood (1926); Kalbfleisch and Prentice (2002), The Statistical Analysis
of Failure Time Data, chapter 1, for the log-log interval; Mantel (1966) for the log-rank test; Royston and Parmar
(2013), BMC Medical Research Methodology 13, for restricted means.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from cxlens.stats.intervals import normal_quantile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ROUNDING = 1e-9  # a product of shares that is one half may come out a little more


class LifeTable(NamedTuple):
    """Of each of k times at which anybody left, in order: who was still there just before, and who left. (k,) each."""

    time: Floats
    at_risk: Ints
    left: Ints


class Curve(NamedTuple):
    """The share still there after each of k times, with its interval: (k,) each. Before the first time it is 1."""

    time: Floats
    share: Floats
    low: Floats
    high: Floats


class RestrictedMean(NamedTuple):
    """Mean time stayed within a span, and its standard error."""

    mean: float
    error: float


class LogRank(NamedTuple):
    """The statistic, its degrees of freedom and its p-value; NaN where nothing can be compared."""

    chi2: float
    df: int
    p: float


def life_table(time: ArrayLike, left: ArrayLike) -> LifeTable:
    """Count who was there and who left, from (n,) times followed and (n,) flags of having left.

    Who is censored at a time counts as still there at that time.
    """
    time = np.asarray(time, float)
    left = np.asarray(left, bool)
    times, group = np.unique(time, return_inverse=True)
    gone = np.bincount(group, minlength=len(times))
    leavers = np.bincount(group[left], minlength=len(times))
    still_there = gone[::-1].cumsum()[::-1]
    somebody_left = leavers > 0
    return LifeTable(
        times[somebody_left],
        still_there[somebody_left],
        leavers[somebody_left],
    )


def kaplan_meier(table: LifeTable, level: float = 0.95) -> Curve:
    """The share still there after each time, with log-log intervals.

    Where nobody is left, or nobody has left, the interval cannot be had and is NaN.
    """
    share = np.cumprod(1 - table.left / table.at_risk)
    variance_of_log = _greenwood(table)
    inside = (share > 0) & (share < 1)
    log_share = np.log(np.where(inside, share, 0.5))
    error_of_log = np.sqrt(np.where(inside, variance_of_log, np.nan))
    error = error_of_log / np.abs(log_share)  # of log(-log(share))
    half = normal_quantile(level) * error
    low = np.exp(log_share * np.exp(half))
    high = np.exp(log_share * np.exp(-half))
    return Curve(
        table.time,
        np.asarray(share, float),
        np.asarray(low, float),
        np.asarray(high, float),
    )


def _greenwood(table: LifeTable) -> Floats:
    """(k,) variance of the log of the share; infinite from where nobody is left."""
    stayed = table.at_risk - table.left
    products = table.at_risk * stayed
    never = np.full(len(stayed), np.inf)
    steps = np.divide(
        table.left,
        products,
        out=never,
        where=stayed > 0,
    )
    return np.asarray(steps.cumsum())


def share_at(curve: Curve, when: ArrayLike) -> Curve:
    """The curve read at other times: after ``when``, in its order."""
    when = np.asarray(when, float)
    place = np.searchsorted(curve.time, when, side="right")
    share = np.append(1.0, curve.share)
    low = np.append(1.0, curve.low)
    high = np.append(1.0, curve.high)
    return Curve(
        when,
        share[place],
        low[place],
        high[place],
    )


def median_time(curve: Curve) -> tuple[float, float, float]:
    """The time by which half have left, with its interval; NaN where it was not reached.

    The interval holds the times at which that of the share holds one half (Brookmeyer and Crowley 1982, Biometrics
    38).
    """
    return (
        _first_at_half(curve, curve.share),
        _first_at_half(curve, curve.low),
        _first_at_half(curve, curve.high),
    )


def _first_at_half(curve: Curve, figure: Floats) -> float:
    """The first time at which a falling figure is one half or less; NaN where it never is."""
    there = np.flatnonzero(figure <= 0.5 + ROUNDING)
    if not len(there):
        return float("nan")
    return float(curve.time[there[0]])


def restricted_mean(table: LifeTable, until: float) -> RestrictedMean:
    """The mean time stayed between 0 and ``until``: the area under the curve."""
    within = table.time < until
    share = np.cumprod(1 - table.left / table.at_risk)[within]
    ends = np.append(table.time[within], until)
    widths = np.diff(ends, prepend=0.0)
    areas = np.append(1.0, share) * widths
    from_the_end = areas[::-1].cumsum()
    area_after = from_the_end[::-1][1:]
    at_risk = table.at_risk[within]
    left = table.left[within]
    stayed = at_risk - left
    none = np.zeros(len(left))
    steps = np.divide(
        left,
        at_risk * stayed,
        out=none,
        where=stayed > 0,
    )
    variance = (area_after**2 * steps).sum()
    return RestrictedMean(float(areas.sum()), float(np.sqrt(variance)))


def log_rank(time: ArrayLike, left: ArrayLike, group: ArrayLike) -> LogRank:
    """Do g groups, numbered from 0, stay equally long? All times count alike."""
    time = np.asarray(time, float)
    left = np.asarray(left, bool)
    group = np.asarray(group, int)
    groups = int(group.max(initial=-1)) + 1
    times = np.unique(time[left])
    leavers = _leavers(times, time[left], group[left], groups)
    at_risk = _at_risk(times, time, group, groups)
    all_at_risk = at_risk.sum(axis=1)
    all_leavers = leavers.sum(axis=1)
    share_of_group = at_risk / all_at_risk[:, None]
    expected = all_leavers[:, None] * share_of_group
    surplus = (leavers - expected).sum(axis=0)
    covariance = _covariance(share_of_group, all_at_risk, all_leavers)
    return _chi2(surplus, covariance)


def _leavers(times: Floats, time: Floats, group: Ints, groups: int) -> Ints:
    """(k, g) who left at each time, by group."""
    place = np.searchsorted(times, time)
    counts = np.bincount(place * groups + group, minlength=len(times) * groups)
    return np.asarray(counts.reshape(len(times), groups))


def _at_risk(times: Floats, time: Floats, group: Ints, groups: int) -> Ints:
    """(k, g) who was still there just before each time, by group."""
    counts = np.empty((len(times), groups), np.int64)
    for g in range(groups):
        followed = np.sort(time[group == g])
        gone_before = np.searchsorted(followed, times)
        counts[:, g] = len(followed) - gone_before
    return counts


def _covariance(share_of_group: Floats, at_risk: Ints, leavers: Ints) -> Floats:
    """(g, g) of how many of each group leave, where all groups are alike: multivariate hypergeometric, summed."""
    others = np.maximum(at_risk - 1, 1)
    size = leavers * (at_risk - leavers) / others
    weighted = share_of_group * size[:, None]
    return np.asarray(np.diag(weighted.sum(axis=0)) - share_of_group.T @ weighted)


def _chi2(surplus: Floats, covariance: Floats) -> LogRank:
    """The quadratic form of the surplus; groups of whom nobody could leave fall out."""
    inverse = np.linalg.pinv(covariance, hermitian=True)
    df = 0
    if len(covariance):
        df = int(np.linalg.matrix_rank(covariance, hermitian=True))
    if not df:
        return LogRank(float("nan"), 0, float("nan"))
    chi2 = float(surplus @ inverse @ surplus)
    p = float(special.chdtrc(df, chi2))
    return LogRank(chi2, df, p)
