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


def scores(products: Floats, rows: NDArray[np.int64], k: int) -> Scores:
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
    total = products.sum(axis=1)
    inverse, spent = pseudo_inverse(total[:, :k, :k])
    p = total.shape[1] - k - 1
    own = -inverse @ total[:, :k, k:]
    basis = np.concatenate([own, np.broadcast_to(np.eye(p + 1), (len(own), p + 1, p + 1))], axis=1)
    left = basis.swapaxes(1, 2)[:, None] @ products @ basis[:, None]
    whole = left.sum(axis=1)
    common = pseudo_inverse(whole[:, :-1, :-1].sum(axis=0))[0] @ whole[:, :-1, -1].sum(axis=0)
    residual = np.append(-common, 1.0)
    exact = residual @ whole @ residual <= TOLERANCE * total[:, -1, -1]  # what is left is rounding errors, no signal
    by_block = np.where(exact[:, None, None], 0.0, left[:, :, :-1] @ residual)
    free = rows * (1 - p / max(rows.sum(), 1)) - spent
    stretch = rows / np.maximum(free, 1)
    covariance = by_block.swapaxes(1, 2) @ by_block * stretch[:, None, None]
    return Scores(whole, by_block.sum(axis=1), covariance)


def instability_p(cells: Scores, groups: Masks) -> float:
    """p-value of "these groups of cells share their coefficients"; NaN where nothing can be compared.

    Parameters
    ----------
    cells
        From :func:`scores`.
    groups
        (g, c) which cells make up each group. Cells in no group do not take part.
    """
    of = groups.astype(np.float64)
    score = of @ cells.scores
    information, covariance = (np.tensordot(of, what, 1) for what in (cells.products[:, :-1, :-1], cells.covariance))
    inverse, rank = pseudo_inverse(covariance)
    weighted = inverse @ information
    pooled, lost = pseudo_inverse((information @ weighted).sum(axis=0))
    common = np.einsum("gji,gj->i", weighted, score)
    statistic = np.einsum("gi,gij,gj->", score, inverse, score) - common @ pooled @ common
    df = int(rank.sum() - lost)
    return float(special.chdtrc(df, max(statistic, 0.0))) if df > 0 else np.nan


def gains(cells: Scores, splits: Masks) -> Floats:
    """(s,) by how much the residual sum of squares falls when each side of a split gets coefficients of its own.

    Parameters
    ----------
    cells
        From :func:`scores`.
    splits
        (s, c) which cells lie on the first side of each split.
    """
    sides = [np.moveaxis(np.tensordot(side.astype(np.float64), cells.products, 1), 0, -1) for side in (splits, ~splits)]
    p = cells.scores.shape[1]
    common, *own = (sweep_out(stack, p)[-1, -1] for stack in (sides[0] + sides[1], *sides))
    return np.asarray(common - own[0] - own[1])


def all_splits(c: int) -> Masks:
    """(2**(c - 1) - 1, c) every way to part c cells in two; the last cell is never on the first side."""
    codes = np.arange(1, 2 ** (c - 1))
    return np.asarray((codes[:, None] >> np.arange(c)) % 2 == 1)


def cuts(order: NDArray[np.int64]) -> Masks:
    """(c - 1, c) the ways to cut c cells in two that lie in this order (their positions, the lowest first)."""
    return np.tri(len(order) - 1, len(order), dtype=bool)[:, np.argsort(order)]


def main_order(cells: Scores) -> NDArray[np.int64]:
    """Positions of the cells along the direction in which their coefficients differ most.

    The first principal component of the scores, each in units of its own error, so that small cells do not lead.
    """
    spread = np.sqrt(np.einsum("cii->ci", cells.covariance))
    scaled = np.divide(cells.scores, spread, out=np.zeros_like(spread), where=spread > 0)
    direction = np.linalg.eigh(scaled.T @ scaled)[1][:, -1]
    return np.argsort(scaled @ direction, kind="stable")


def pseudo_inverse(stack: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Inverses of symmetric matrices (..., m, m), as far as they have one, and their ranks (...)."""
    values, vectors = np.linalg.eigh(stack)
    alive = values > TOLERANCE * np.maximum(values[..., -1:], 0.0)
    inverse = np.divide(1.0, values, out=np.zeros_like(values), where=alive)
    return (vectors * inverse[..., None, :]) @ vectors.swapaxes(-1, -2), alive.sum(axis=-1)
