"""Do groups share one set of coefficients? The score test of it, and the best split of the groups in two.

All from cross-products by cell (group) and block, with a constant and controls of each cell's own. What the columns
are called, and when a tree stops growing, do not belong here.

Sources: Zeileis, Hothorn and Hornik (2008), Journal of Computational and Graphical Statistics 17(2), for the tree;
Boos (1992), The American Statistician 46(4), for score tests that do not trust the model's own variance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cxlens.stats.regression import sweep_out

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Masks = NDArray[np.bool_]
TOLERANCE = 1e-10  # an eigenvalue below this share of the largest is zero


class Scores(NamedTuple):
    """What each of c cells says about the p coefficients that all of them are to share.

    ``products`` (c, p + 1, p + 1): cross-products of the regressors and, last, the outcome, given the cell's own
    constant and controls. ``scores`` (c, p): X'u at the common coefficients; they sum to 0 over the cells.
    ``covariance`` (c, p, p): of each cell's scores, from its blocks.
    """

    products: Floats
    scores: Floats
    covariance: Floats


def scores(
    products: Floats,
    rows: Ints,
    k: int,
) -> Scores:
    """Score each cell at the common coefficients.

    Parameters
    ----------
    products
        (c, b, q, q) cross-products by cell and block: the constant and controls first (k of them), the outcome last.
    rows
        (c,) number of rows.
    k
        Columns that each cell has a coefficient of its own for.

    Notes
    -----
    The covariance makes no assumption about the spread of the errors (a sum of squares over blocks), and is stretched
    by n / (n - coefficients), as each cell spends coefficients. Residuals are those under the hypothesis, so the test
    keeps its level where a cell has few rows for its coefficients, which a Wald test does not.
    """
    totals = products.sum(axis=1)
    of_own_columns = totals[:, :k, :k]
    own_with_others = totals[:, :k, k:]
    inverse, own_coefficients = pseudo_inverse(of_own_columns)
    by_block = given_own_columns(products, -inverse @ own_with_others)
    by_cell = by_block.sum(axis=1)
    common = _common_coefficients(by_cell)
    residual = np.append(-common, 1.0)  # the outcome less what the common coefficients say
    left_over = residual @ by_cell @ residual
    sum_of_squares = totals[:, -1, -1]
    exact = left_over <= TOLERANCE * sum_of_squares  # what is left is rounding errors, no signal
    regressors = by_block[:, :, :-1]
    block_scores = regressors @ residual
    block_scores[exact] = 0.0
    squares = block_scores.swapaxes(1, 2) @ block_scores
    factor = stretch(rows, own_coefficients, len(common))
    return Scores(
        products=by_cell,
        scores=block_scores.sum(axis=1),
        covariance=squares * factor[:, None, None],
    )


def given_own_columns(products: Floats, minus_coefficients: Floats) -> Floats:
    """(c, b, p + 1, p + 1) cross-products of what the cell's own constant and controls leave of the other columns.

    ``minus_coefficients`` (c, k, p + 1): those of the other columns on the cell's own, with the sign turned.
    """
    cells, _, others = minus_coefficients.shape
    themselves = np.broadcast_to(
        np.eye(others),
        (cells, others, others),
    )
    basis = np.concatenate([minus_coefficients, themselves], axis=1)
    right = basis[:, None]
    left = right.swapaxes(2, 3)
    return np.asarray(left @ products @ right)


def _common_coefficients(by_cell: Floats) -> Floats:
    """(p,) coefficients over all cells, given the constant and controls of each."""
    pooled = by_cell.sum(axis=0)
    regressors = pooled[:-1, :-1]
    with_outcome = pooled[:-1, -1]
    inverse, _ = pseudo_inverse(regressors)
    return np.asarray(inverse @ with_outcome)


def stretch(
    rows: Ints,
    own_coefficients: Ints,
    p: int,
) -> Floats:
    """(c,) n / (n - coefficients); of the p common ones each cell spends its share."""
    total = max(rows.sum(), 1)
    beside_common = rows * (1 - p / total)
    degrees_of_freedom = beside_common - own_coefficients
    degrees_of_freedom = np.maximum(degrees_of_freedom, 1)
    return np.asarray(rows / degrees_of_freedom)


def instability_p(cells: Scores, groups: Masks) -> float:
    """p-value of "these groups of cells share their coefficients"; NaN where nothing can be compared.

    Parameters
    ----------
    cells
        From :func:`scores`.
    groups
        (g, c) which cells make up each group. Cells in no group do not take part.
    """
    membership = groups.astype(np.float64)
    score = membership @ cells.scores
    regressors = cells.products[:, :-1, :-1]
    information = np.tensordot(membership, regressors, 1)
    covariance = np.tensordot(membership, cells.covariance, 1)
    inverse, rank = pseudo_inverse(covariance)
    weighted = inverse @ information
    precision = (information @ weighted).sum(axis=0)
    pooled, common_rank = pseudo_inverse(precision)
    common = np.einsum("gji,gj->i", weighted, score)
    from_0 = np.einsum("gi,gij,gj->", score, inverse, score)
    of_common = common @ pooled @ common
    statistic = max(from_0 - of_common, 0.0)
    df = int(rank.sum() - common_rank)
    if df <= 0:
        return np.nan
    return float(special.chdtrc(df, statistic))


def gains(cells: Scores, splits: Masks) -> Floats:
    """(s,) by how much the residual sum of squares falls when each side of a split gets coefficients of its own.

    Parameters
    ----------
    cells
        From :func:`scores`.
    splits
        (s, c) which cells lie on the first side of each split.
    """
    first = _pooled_products(cells, splits)
    second = _pooled_products(cells, ~splits)
    p = cells.scores.shape[1]
    together = _unexplained(first + second, p)
    apart_first = _unexplained(first, p)
    apart_second = _unexplained(second, p)
    return np.asarray(together - apart_first - apart_second)


def _pooled_products(cells: Scores, sides: Masks) -> Floats:
    """(p + 1, p + 1, s) cross-products of the cells on one side of each split, as a stack."""
    membership = sides.astype(np.float64)
    products = np.tensordot(membership, cells.products, 1)
    return np.moveaxis(products, 0, -1)


def _unexplained(stack: Floats, p: int) -> Floats:
    """(s,) residual sum of squares given all p regressors."""
    given_regressors = sweep_out(stack, p)
    return np.asarray(given_regressors[-1, -1])


def all_splits(c: int) -> Masks:
    """(2**(c - 1) - 1, c) every way to part c cells in two; the last cell is never on the first side."""
    ways = 2 ** (c - 1)
    codes = np.arange(1, ways)[:, None]
    bits = codes >> np.arange(c)
    return np.asarray(bits % 2 == 1)


def cuts(order: Ints) -> Masks:
    """(c - 1, c) the ways to cut c cells in two that lie in this order (their positions, the lowest first)."""
    c = len(order)
    cuts_in_order = np.tri(c - 1, c, dtype=bool)
    places = np.argsort(order)
    return cuts_in_order[:, places]


def main_order(cells: Scores) -> Ints:
    """Positions of the cells along the direction in which their coefficients differ most.

    The first principal component of the scores, each in units of its own error, so that small cells do not lead.
    """
    variances = np.einsum("cii->ci", cells.covariance)
    errors = np.sqrt(variances)
    scaled = np.divide(
        cells.scores,
        errors,
        out=np.zeros_like(errors),
        where=errors > 0,
    )
    products = scaled.T @ scaled
    _, vectors = np.linalg.eigh(products)
    direction = vectors[:, -1]
    positions = scaled @ direction
    return np.argsort(positions, kind="stable")


def pseudo_inverse(stack: Floats) -> tuple[Floats, Ints]:
    """Inverses of symmetric matrices (..., m, m), as far as they have one, and their ranks (...)."""
    values, vectors = np.linalg.eigh(stack)
    largest = values[..., -1:]
    alive = values > TOLERANCE * np.maximum(largest, 0.0)
    inverse_values = np.divide(
        1.0,
        values,
        out=np.zeros_like(values),
        where=alive,
    )
    scaled = vectors * inverse_values[..., None, :]
    transposed = vectors.swapaxes(-1, -2)
    inverse = scaled @ transposed
    rank = alive.sum(axis=-1)
    return inverse, rank


def least_p(units: Ints, p: int) -> float:
    """The smallest p-value that :func:`instability_p` can give groups of so many units (g,) for p coefficients.

    The score of a group, in units of its own covariance, has no larger square than its number of units.
    """
    df = p * (len(units) - 1)
    if df <= 0:
        return float("nan")
    return float(special.chdtrc(df, units.sum()))
