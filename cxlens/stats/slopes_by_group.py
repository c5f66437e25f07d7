"""The slopes of each group for itself: where does a point go with more than elsewhere, with luck taken off.

Each group has a regression of its own on all columns, so that no other column's slope is taken to be the same
everywhere. How far slopes differ, and each group's with luck taken off, is told by
:mod:`cxlens.stats.random_intercepts`; slopes common to all groups by :mod:`cxlens.stats.within_between`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.clusters import leave_clusters_out
from cxlens.stats.inference import wald_p
from cxlens.stats.random_intercepts import Groups, Shrunk, Spread, differ_p, shrink, spread_between
from cxlens.stats.regression import independent
from cxlens.stats.within_between import about_means

Floats = NDArray[np.float64]
SPARE = 20  # answers beyond the columns that a group needs for slopes of its own
FEWEST = 5  # groups; of fewer, how far they differ cannot be told


class OwnSlopes(NamedTuple):
    """Slopes of each group (k, m), their variances (k, m), and degrees of freedom (k,); NaN where it has none."""

    slope: Floats
    variance: Floats
    df: Floats


class OneSlope(NamedTuple):
    """How one slope differs between groups: over those told (k,), how far, p of being alike, values, p of each."""

    told: NDArray[np.bool_]
    spread: Spread
    p_alike: float
    shrunk: Shrunk
    p: Floats


class _Own(NamedTuple):
    """Of one group: its slopes (m,), their variances by equal errors, and by blocks left out in turn; NaN where none.

    ``spare``: answers beyond the columns.
    """

    slope: Floats
    plain: Floats
    robust: Floats
    spare: float


def own_slopes(
    products: Floats,
    means: Floats,
    rows: NDArray[np.int64],
) -> OwnSlopes:
    """The regressions of groups from their cross-products (k, b, q, q) and means (k, q).

    Variances are those of equal errors within a group, times what uneven errors and clusters add in all groups together
    (each block left out in turn, CR3), if that is more.
    """
    of_groups = []
    for raw, mean, n in zip(products, means, rows, strict=True):
        peopled = raw[raw[:, 0, 0] > 0]
        of_groups.append(_own(about_means(peopled, mean), int(n)))
    slope = np.stack([one.slope for one in of_groups])
    plain = np.stack([one.plain for one in of_groups])
    robust = np.stack([one.robust for one in of_groups])
    df = np.array([one.spare for one in of_groups])
    return OwnSlopes(slope, plain * _unevenness(plain, robust, df), df)


def _own(about: Floats, n: int) -> _Own:
    """The regression of one group of n answers from its cross-products (b, q, q) about its means."""
    size = about.shape[-1] - 1
    nothing = np.full(size, np.nan)
    gram = about[:, :-1, :-1].sum(axis=0)
    columns = np.flatnonzero(independent(gram))
    spare = n - len(columns)
    if spare < SPARE:
        return _Own(nothing, nothing, nothing, np.nan)
    grams = about[:, columns][:, :, columns]
    with_outcome = about[:, columns, -1]
    sums = with_outcome.sum(axis=0)
    used_gram = gram[np.ix_(columns, columns)]
    inverse = np.linalg.inv(used_gram)
    slope = inverse @ sums
    left = about[:, -1, -1].sum() - slope @ sums
    of_one = max(float(left), 0.0) / spare
    robust = leave_clusters_out(used_gram, [(grams, with_outcome - grams @ slope)])
    return _Own(
        _laid_out(slope, columns, size),
        _laid_out(of_one * np.diag(inverse), columns, size),
        _laid_out(np.diag(robust.cov), columns, size),
        float(spare),
    )


def _laid_out(
    values: Floats,
    columns: NDArray[np.int64],
    size: int,
) -> Floats:
    """Values of some columns at their places among all, NaN elsewhere."""
    wider = np.full(size, np.nan)
    wider[columns] = values
    return wider


def _unevenness(
    plain: Floats,
    robust: Floats,
    df: Floats,
) -> Floats:
    """(q,) how many times larger variances are by blocks than by equal errors, in all groups together; 1 or more."""
    known = ~np.isnan(plain + robust)
    weight = np.where(known, np.nan_to_num(df)[:, None], 0.0)
    of_plain = (weight * np.nan_to_num(plain)).sum(axis=0)
    of_robust = (weight * np.nan_to_num(robust)).sum(axis=0)
    ratio = np.ones(plain.shape[1])
    np.divide(of_robust, of_plain, out=ratio, where=of_plain > 0)
    return np.maximum(ratio, 1.0)


def one_slope(
    slopes: OwnSlopes,
    column: int,
    level: float,
) -> OneSlope | None:
    """How one slope differs between groups; None where fewer than five have it."""
    variance = slopes.variance[:, column]
    told = variance > 0
    if told.sum() < FEWEST:
        return None
    df = slopes.df[told]
    mean = slopes.slope[told, column]
    allowed = variance[told] * df / (df - 2)  # the variance is itself an estimate
    groups = Groups(mean, allowed, float(df.sum()))
    spread = spread_between(groups, level)
    error = np.sqrt(variance[told])
    return OneSlope(
        told,
        spread,
        differ_p(groups),
        shrink(groups, spread, level),
        wald_p(mean - spread.centre, error, df),
    )
