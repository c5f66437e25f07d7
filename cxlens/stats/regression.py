"""Linear regression from cross-products, and robust errors from rows or from blocks.

Stacks have the form (q, q, B): B symmetric matrices, the outcome in the last row and column.
Importance has a module of its own; names and tables do not belong here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
TOLERANCE = 1e-10


class Fit(NamedTuple):
    """A regression: coefficients (k,), their covariance (k, k), residual degrees of freedom, columns in use (k,).

    A column that is a combination of those before it is not in use: its coefficient is NaN.
    """

    coef: Floats
    cov: Floats
    df: float
    used: NDArray[np.bool_]


def sweep_out(stack: Floats, k: int) -> Floats:
    """Condition on the first k columns: (q - k, q - k, B). Zero pivots are skipped.

    A column that the first k explain is set to exactly 0, so that its rounding errors pass for no signal later.
    """
    start = np.einsum("iib->ib", stack)
    rest = stack
    for step in range(k):
        pivot = rest[0, 0]
        alive = pivot > TOLERANCE * start[step]
        inverse = np.where(alive, 1.0 / np.where(alive, pivot, 1.0), 0.0)
        rest = rest[1:, 1:] - rest[1:, 0, None] * rest[None, 0, 1:] * inverse
    alive = np.einsum("iib->ib", rest) > TOLERANCE * start[k:]
    alive[-1] = True  # the outcome keeps what is left of it
    return rest if alive.all() else np.where(alive[:, None] & alive[None], rest, 0.0)


def pairwise(stack: Floats, flags: NDArray[np.int64], columns: NDArray[np.int64], squares: NDArray[np.int64]) -> Floats:
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
    means = stack[np.ix_(columns, flags)] / weight
    mean_squares = stack[np.ix_(squares, flags)] / weight
    variances = mean_squares - means**2
    variances = np.where(variances > TOLERANCE * mean_squares, variances, 0.0)
    covariances = stack[np.ix_(columns, columns)] / weight - means * means.transpose(1, 0, 2)
    scale = np.sqrt(variances * variances.transpose(1, 0, 2))
    return _fitting_together(np.clip(_ratio(covariances, scale), -1.0, 1.0))


def _fitting_together(correlations: Floats) -> Floats:
    """The same (m, m, B) where they fit together; else without negative eigenvalues, the diagonal as before."""
    values, vectors = np.linalg.eigh(correlations.transpose(2, 0, 1))
    clipped = vectors * np.maximum(values, 0.0)[:, None]
    products = (clipped @ vectors.transpose(0, 2, 1)).transpose(1, 2, 0)
    root = np.sqrt(np.einsum("iib->ib", products))
    mended = _ratio(products, root[:, None] * root[None])
    return np.asarray(np.where((values < 0).any(axis=1), mended, correlations))


def _ratio(values: Floats, scale: Floats) -> Floats:
    """Values over their scale, 0 where that is 0 or unknown."""
    return np.divide(values, scale, out=np.zeros_like(values), where=scale > 0)


def coefficients(stack: Floats) -> Floats:
    """(q - 1, B) coefficients of the outcome on the other columns; NaN for a column the earlier ones explain."""
    work = stack.copy()
    start = np.einsum("iib->ib", stack)
    q = len(work)
    dead = np.zeros((q - 1, stack.shape[2]), bool)
    for k in range(q - 1):
        pivot = work[k, k]
        alive = pivot > TOLERANCE * start[k]
        dead[k] = ~alive
        row = np.where(alive, work[k] / np.where(alive, pivot, 1.0), 0.0)
        column = np.where(alive, work[:, k], 0.0)
        column[k] = 0.0
        work = work - column[:, None] * row[None]
        work[k] = np.where(alive, row, 0.0)
    return np.where(dead, np.nan, work[:-1, -1])


def independent(gram: Floats) -> NDArray[np.bool_]:
    """Which columns of a (k, k) cross-product matrix are no combination of those before them."""
    rest, keep = gram.copy(), np.zeros(len(gram), bool)
    for k in range(len(gram)):
        keep[k] = rest[k, k] > TOLERANCE * gram[k, k]
        if keep[k]:
            rest = rest - np.outer(rest[:, k], rest[k]) / rest[k, k]
    return keep


def fit_rows(x: Floats, y: Floats, w: Floats, groups: NDArray[np.int64] | None = None) -> Fit:
    """Weighted least squares with HC3 errors, or cluster errors (CR1) where groups are given.

    Parameters
    ----------
    x, y, w
        (n, k) columns (the constant included), (n,) outcome, (n,) weights.
    groups
        (n,) cluster number of each row.

    Notes
    -----
    A coefficient that hangs on a row which the model cannot but fit (leverage 1) has no HC3 error: NaN. Fewer than
    two clusters give none either.

    HC3: MacKinnon and White (1985), Journal of Econometrics 29. CR1: Liang and Zeger (1986), Biometrika 73.
    """
    root = np.sqrt(w)
    weighted_x = x * root[:, None]
    weighted_y = y * root
    used = independent(weighted_x.T @ weighted_x)
    used_x = weighted_x[:, used]
    bread = np.asarray(np.linalg.inv(used_x.T @ used_x))
    beta = bread @ (used_x.T @ weighted_y)
    residuals = weighted_y - used_x @ beta
    n = int((w > 0).sum())
    k = int(used.sum())
    if groups is None:
        return _fit(used, beta, _hc3_cov(used_x, residuals, bread), n - k)
    scores = _sum_by(used_x * residuals[:, None], groups)
    return _fit(used, beta, _cluster_cov(bread, scores, n, k), len(scores) - 1)


def _hc3_cov(x: Floats, residuals: Floats, bread: Floats) -> Floats:
    """(k, k) HC3 covariance; NaN for coefficients that hang on a row of leverage 1."""
    leverage = np.einsum("ij,jk,ik->i", x, bread, x)
    fixed = leverage > 1.0 - TOLERANCE
    left = np.where(fixed, np.inf, 1.0 - leverage)
    scores = x * (residuals / left)[:, None]
    cov = bread @ (scores.T @ scores) @ bread
    errors = np.sqrt(np.diag(bread))
    pull = np.abs(bread @ x[fixed].T)
    pulled = (pull > 1e-6 * errors[:, None]).any(axis=1)
    return np.where(pulled[:, None] | pulled, np.nan, cov)


def fit_units(products: Floats, n: int) -> Fit:
    """The same regression from cross-products of g clusters or blocks, (g, q, q), with cluster errors (CR1).

    The score of a cluster, X'W(y - Xb), follows from its cross-products alone, so no row is needed.
    """
    total = products.sum(axis=0)
    used = independent(total[:-1, :-1])
    keep = np.flatnonzero(used)
    bread = np.linalg.inv(total[np.ix_(keep, keep)])
    beta = np.asarray(bread @ total[keep, -1])
    scores = products[:, keep, -1] - products[:, keep][:, :, keep] @ beta
    alive = products[:, 0, 0] > 0
    return _fit(used, beta, _cluster_cov(bread, scores[alive], n, len(keep)), int(alive.sum()) - 1)


def _cluster_cov(bread: Floats, scores: Floats, n: int, k: int) -> Floats:
    g = len(scores)
    if g < 2 or n <= k:
        return np.full(bread.shape, np.nan)
    return np.asarray(g / (g - 1) * (n - 1) / (n - k) * bread @ (scores.T @ scores) @ bread)


def _sum_by(values: Floats, groups: NDArray[np.int64]) -> Floats:
    codes = np.unique(groups, return_inverse=True)[1]
    out = np.zeros((codes.max() + 1, values.shape[1]))
    np.add.at(out, codes, values)
    return out


def _fit(used: NDArray[np.bool_], beta: Floats, cov: Floats, df: float) -> Fit:
    coef = np.full(len(used), np.nan)
    coef[used] = beta
    whole = np.full((len(used), len(used)), np.nan)
    whole[np.ix_(used, used)] = cov
    return Fit(coef, whole, df, used)
