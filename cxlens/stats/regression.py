"""Linear regression from cross-products, and robust errors from rows or from blocks.

Stacks have the form (q, q, B): B symmetric matrices, the outcome in the last row and column.
Importance has a module of its own, and so have the errors of clusters (:mod:`cxlens.stats.clusters`); names and tables
do not belong here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise as neighbours
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.clusters import FEWEST, ByCluster, leave_clusters_out
from cxlens.stats.inference import wald_joint, wald_p

Floats = NDArray[np.float64]
TOLERANCE = 1e-10
Test = Literal["HC3", "clusters", "blocks", "permutation", "resamples", "likelihood"]
AT_ONCE = 2**20  # entries of the cross-products of clusters that are held at the same time


class Fit(NamedTuple):
    """A regression: coefficients (k,), their covariance (k, k), degrees of freedom (k,) of each, columns in use (k,).

    A column that is a combination of those before it is not in use: its coefficient is NaN. ``clusters``: from how many
    clusters the errors come; None where they come from rows. ``test``: what coefficients are tested by; ``permuted``:
    the p-value of each player, where that is by permutation.
    """

    coef: Floats
    cov: Floats
    df: Floats
    used: NDArray[np.bool_]
    clusters: int | None = None
    test: Test = "HC3"
    permuted: Floats | None = None

    @property
    def errors(self) -> Floats:
        """(k,) standard errors."""
        errors: Floats = np.sqrt(np.diag(self.cov))
        return errors

    @property
    def p_values(self) -> Floats:
        """(k,) p-value of each coefficient being 0; NaN where clusters are too few to tell (below 4 degrees)."""
        p = wald_p(self.coef, self.errors, self.df)
        if self.clusters is None:
            return p
        return np.where(self.df < FEWEST, np.nan, p)

    def joint_p(self, columns: slice) -> float:
        """p-value of the coefficients of some columns being 0 together; NaN where clusters are too few to tell.

        F, with m and df degrees of freedom. With clusters Hotelling's T2: their covariance is itself estimated, with
        the least degrees of freedom of the columns, of which m - 1 go (Tipton and Pustejovsky 2015).
        """
        known = np.flatnonzero(self.used[columns])
        if not len(known):
            return float("nan")
        least = float(self.df[columns][known].min())
        estimates = self.coef[columns]
        cov = self.cov[columns, columns]
        if self.clusters is None:
            return wald_joint(estimates, cov, least)
        left = least - len(known) + 1
        if not left >= FEWEST:
            return float("nan")
        return wald_joint(estimates, cov * least / left, left)


def sweep_out(
    stack: Floats,
    k: int,
) -> Floats:
    """Condition on the first k columns: (q - k, q - k, B). Zero pivots are skipped.

    A column that the first k explain is set to exactly 0, so that its rounding errors pass for no signal later.
    """
    floors = TOLERANCE * np.einsum("iib->ib", stack)
    rest = stack
    for step in range(k):
        pivot = rest[0, 0]
        alive = pivot > floors[step]
        divisible = np.where(alive, pivot, 1.0)
        inverse = np.where(alive, 1.0 / divisible, 0.0)
        row = rest[0, 1:]
        column = rest[1:, 0] * inverse
        explained = column[:, None] * row[None]
        rest = np.subtract(rest[1:, 1:], explained, out=explained)
    variances_left = np.einsum("iib->ib", rest)
    alive = variances_left > floors[k:]
    alive[-1] = True  # the outcome keeps what is left of it
    if alive.all():
        return rest
    both_alive = alive[:, None] & alive[None]
    return np.where(both_alive, rest, 0.0)


def pairwise(
    stack: Floats,
    flags: NDArray[np.int64],
    columns: NDArray[np.int64],
    squares: NDArray[np.int64],
) -> Floats:
    """(m, m, B) correlations, each over the rows in which both columns were used, made positive semi-definite.

    Covariance and both variances are those of the same rows. A variance over all who used a column, in which others
    count who never met its partner, would let correlations pass 1. Pairs without rows, or in which a column does not
    vary, have 0; so does the diagonal of a column that does not vary at all.

    Parameters
    ----------
    stack
        (q, q, B) cross-products; column 0 is 1, a column is 0 where it was not used.
    flags, columns, squares
        (m,) the columns in question; for each, the one that says where it was used (0: everywhere), and its square.

    Notes
    -----
    Pairs need not fit together; negative eigenvalues of the correlations are set to 0 (Higham 2002 discusses it).
    """
    weight = stack[np.ix_(flags, flags)]
    weight = np.where(weight > 0, weight, np.nan)
    sums = stack[np.ix_(columns, flags)]
    sums_of_squares = stack[np.ix_(squares, flags)]
    sums_of_products = stack[np.ix_(columns, columns)]
    means = sums / weight
    mean_squares = sums_of_squares / weight
    mean_products = sums_of_products / weight

    variances = mean_squares - means**2
    varies = variances > TOLERANCE * mean_squares
    variances = np.where(varies, variances, 0.0)
    means_of_partner = means.transpose(1, 0, 2)
    variances_of_partner = variances.transpose(1, 0, 2)
    covariances = mean_products - means * means_of_partner
    scale = np.sqrt(variances * variances_of_partner)
    correlations = _ratio(covariances, scale)
    correlations = np.clip(correlations, -1.0, 1.0)
    return _fitting_together(correlations)


def _fitting_together(correlations: Floats) -> Floats:
    """The same (m, m, B) where they fit together; else without negative eigenvalues, the diagonal as before."""
    matrices = correlations.transpose(2, 0, 1)
    values, vectors = np.linalg.eigh(matrices)
    clipped = np.maximum(values, 0.0)
    stretched = vectors * clipped[:, None]
    back = vectors.transpose(0, 2, 1)
    products = (stretched @ back).transpose(1, 2, 0)
    variances = np.einsum("iib->ib", products)
    deviations = np.sqrt(variances)
    scale = deviations[:, None] * deviations[None]
    mended = _ratio(products, scale)
    at_odds = (values < 0).any(axis=1)
    return np.asarray(np.where(at_odds, mended, correlations))


def _ratio(
    values: Floats,
    scale: Floats,
) -> Floats:
    """Values over their scale, 0 where that is 0 or unknown."""
    return np.divide(
        values,
        scale,
        out=np.zeros_like(values),
        where=scale > 0,
    )


def coefficients(stack: Floats) -> Floats:
    """(q - 1, B) coefficients of the outcome on the other columns; NaN for a column the earlier ones explain."""
    floors = TOLERANCE * np.einsum("iib->ib", stack)
    reduced = stack.copy()
    k = len(stack) - 1
    draws = stack.shape[2]
    explained = np.zeros((k, draws), bool)
    for step in range(k):  # Gauss-Jordan elimination
        pivot = reduced[step, step]
        alive = pivot > floors[step]
        explained[step] = ~alive
        divisible = np.where(alive, pivot, 1.0)
        scaled = reduced[step, step + 1 :] / divisible
        row = np.where(alive, scaled, 0.0)
        column = np.where(alive, reduced[:, step], 0.0)
        column[step] = 0.0
        to_come = reduced[:, step + 1 :]  # of the columns before, no entry is looked at again
        to_come -= column[:, None] * row[None]
        to_come[step] = row
    coef = reduced[:-1, -1]
    return np.where(explained, np.nan, coef)


def independent(gram: Floats) -> NDArray[np.bool_]:
    """Which columns of a (k, k) cross-product matrix are no combination of those before them."""
    rest = gram.copy()
    used = np.zeros(len(gram), bool)
    floors = TOLERANCE * np.diag(gram)
    for step, floor in enumerate(floors):
        pivot = rest[step, step]
        used[step] = pivot > floor
        if used[step]:
            column = rest[:, step]
            row = rest[step]
            rest = rest - np.outer(column, row) / pivot
    return used


def fit_rows(
    x: Floats,
    y: Floats,
    w: Floats,
    groups: NDArray[np.int64] | None = None,
) -> Fit:
    """Weighted least squares with HC3 errors, or where groups are given those of clusters (CR3).

    Parameters
    ----------
    x, y, w
        (n, k) columns (the constant included), (n,) outcome, (n,) weights.
    groups
        (n,) cluster number of each row.

    Notes
    -----
    A coefficient that hangs on a row which the model cannot but fit (leverage 1) has no HC3 error: NaN; nor has one
    that hangs on a single cluster. Fewer than two clusters give none either.

    HC3: MacKinnon and White (1985), Journal of Econometrics 29. CR3: :mod:`cxlens.stats.clusters`.
    """
    root = np.sqrt(w)
    weighted_x = x * root[:, None]
    weighted_y = y * root
    gram = weighted_x.T @ weighted_x
    used = independent(gram)
    used_x = weighted_x[:, used]
    used_gram = used_x.T @ used_x
    bread = np.asarray(np.linalg.inv(used_gram))
    with_outcome = used_x.T @ weighted_y
    coef = bread @ with_outcome
    residuals = weighted_y - used_x @ coef
    counted = w > 0
    n = int(counted.sum())
    k = int(used.sum())
    if groups is None:
        cov = _hc3_cov(used_x, residuals, bread)
        return _fit(used, coef, ByCluster(cov, np.full(k, float(n - k)), 0))._replace(clusters=None, test="HC3")
    clusters = _sums_of_clusters(used_x[counted], residuals[counted], groups[counted])
    return _fit(used, coef, _of_clusters(used_gram, clusters, n))


def _sums_of_clusters(x: Floats, residuals: Floats, groups: NDArray[np.int64]) -> Iterator[tuple[Floats, Floats]]:
    """Cross-products (some, k, k) and scores (some, k) of the clusters, as many at a time as memory holds well."""
    order = np.argsort(groups, kind="stable")
    x, residuals, groups = x[order], residuals[order], groups[order]
    starts = np.flatnonzero(np.diff(groups, prepend=groups[0] - 1))
    edges = [*starts.tolist(), len(groups)]
    some = max(AT_ONCE // x.shape[1] ** 2, 1)
    for first in range(0, len(starts), some):
        rows = [slice(start, end) for start, end in neighbours(edges[first : first + some + 1])]
        products = np.stack([x[cluster].T @ x[cluster] for cluster in rows])
        scores = np.stack([residuals[cluster] @ x[cluster] for cluster in rows])
        yield products, scores


def _of_clusters(gram: Floats, clusters: Iterator[tuple[Floats, Floats]], n: int) -> ByCluster:
    """What clusters say of the coefficients; nothing where rows are no more than columns."""
    k = len(gram)
    if n <= k:
        nothing = np.full(k, np.nan)
        return ByCluster(np.full((k, k), np.nan), nothing, sum(len(scores) for _, scores in clusters))
    return leave_clusters_out(gram, clusters)


def _hc3_cov(
    x: Floats,
    residuals: Floats,
    bread: Floats,
) -> Floats:
    """(k, k) HC3 covariance; NaN for coefficients that hang on a row of leverage 1."""
    leverage = np.einsum("ij,jk,ik->i", x, bread, x)
    fixed = leverage > 1.0 - TOLERANCE
    left = np.where(fixed, np.inf, 1.0 - leverage)
    jackknifed = residuals / left
    scores = x * jackknifed[:, None]
    meat = scores.T @ scores
    cov = bread @ meat @ bread

    errors = np.sqrt(np.diag(bread))
    rows_fixed = x[fixed]
    pulls = np.abs(bread @ rows_fixed.T)
    felt = pulls > 1e-6 * errors[:, None]
    hangs = felt.any(axis=1)
    either_hangs = hangs[:, None] | hangs
    return np.where(either_hangs, np.nan, cov)


def fit_units(
    products: Floats,
    n: int,
) -> Fit:
    """The same regression of n rows from cross-products of g clusters or blocks, (g, q, q), with their errors (CR3).

    The score of a cluster, X'W(y - Xb), follows from its cross-products alone, so no row is needed.
    """
    total = products.sum(axis=0)
    all_gram = total[:-1, :-1]
    used = independent(all_gram)
    columns = np.flatnonzero(used)
    gram = total[np.ix_(columns, columns)]
    bread = np.linalg.inv(gram)
    total_with_outcome = total[columns, -1]
    coef = np.asarray(bread @ total_with_outcome)

    peopled = products[products[:, 0, 0] > 0]
    with_outcome = peopled[:, columns, -1]
    with_columns = peopled[:, columns][:, :, columns]
    scores = with_outcome - with_columns @ coef
    fit = _fit(used, coef, _of_clusters(gram, iter([(with_columns, scores)]), n))
    return fit._replace(test="blocks")


def _cluster_cov(
    bread: Floats,
    scores: Floats,
    n: int,
    k: int,
) -> Floats:
    """(k, k) CR1 covariance from the scores (g, k) of clusters; NaN where there are too few of them or of rows."""
    g = len(scores)
    if g < 2 or n <= k:
        return np.full(bread.shape, np.nan)
    of_clusters = g / (g - 1)
    correction = of_clusters * (n - 1) / (n - k)
    meat = scores.T @ scores
    return np.asarray(correction * bread @ meat @ bread)


def _sum_by(
    values: Floats,
    groups: NDArray[np.int64],
) -> Floats:
    """(g, k) sums over the rows (n, k) of each group."""
    names, codes = np.unique(groups, return_inverse=True)
    columns = values.shape[1]
    sums = np.zeros((len(names), columns))
    np.add.at(sums, codes, values)
    return sums


def _fit(
    used: NDArray[np.bool_],
    coef: Floats,
    sure: ByCluster,
) -> Fit:
    """A fit of all columns, NaN for those that are not in use."""
    k = len(used)
    all_coef = np.full(k, np.nan)
    all_coef[used] = coef
    all_df = np.full(k, np.nan)
    all_df[used] = sure.df
    all_cov = np.full((k, k), np.nan)
    all_cov[np.ix_(used, used)] = sure.cov
    return Fit(all_coef, all_cov, all_df, used, sure.g, "clusters")
