"""Relative importance of regressors, exactly, from a stack of cross-product matrices.

Every function takes ``cov`` of shape (p + 1, p + 1, B): B covariance matrices (or centred cross-products)
of p regressors and, last, the outcome. ``total`` (B,) is the variance that R2 refers to; by default the
outcome's own. Controls are swept out beforehand with :func:`cxlens.stats.regression.sweep_out`.

Sources: Lindeman, Merenda and Gold (1980); Groemping (2006), Journal of Statistical Software 17(1);
Budescu (1993). Pictures, names and intervals do not belong here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from cxlens.errors import ValuesError
from cxlens.stats.regression import sweep_out

Floats = NDArray[np.float64]
MOST_PLAYERS = 25  # 2**25 submodels
LEAF = 13  # regressors handled by doubling at once: what fits the cache
TOLERANCE = 1e-10  # a pivot below this share of its variance is zero: the regressor adds nothing


def lmg(cov: Floats, total: Floats | None = None, *, threads: int = 2) -> Floats:
    """Shapley value of R2 for each regressor: the mean gain over all orders of entry.

    Parameters
    ----------
    cov
        (p + 1, p + 1, B), outcome last.
    total
        (B,) variance of the outcome that R2 refers to.

    Returns
    -------
    ndarray (p, B)
        In units of R2. Sums to R2 of the full model. Collinear regressors share, zero ones get 0.

    Raises
    ------
    ValuesError
        For more than 25 regressors.
    """
    p, draws = cov.shape[0] - 1, cov.shape[2]
    if p > MOST_PLAYERS:
        raise ValuesError(
            f"{p} drivers are too many for exact importance: it looks at every subset, so 25 is the most. "
            "Leave out or join touchpoints."
        )
    total = cov[-1, -1] if total is None else total
    size = max(1, 2**15 >> min(p, LEAF))  # draws at once, so that the table of submodels stays in cache
    chunks = [np.ascontiguousarray(cov[:, :, start : start + size]) for start in range(0, draws, size)]
    if len(chunks) == 1 or threads == 1:
        parts = [_lmg_of_chunk(chunk) for chunk in chunks]
    else:
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(_lmg_of_chunk, chunks))
    return np.concatenate(parts, axis=1) / total


def first(cov: Floats, total: Floats | None = None) -> Floats:
    """(p, B) R2 of each regressor alone."""
    variances = np.einsum("iib->ib", cov)
    return _ratio(cov[:-1, -1] ** 2, variances[:-1]) / (variances[-1] if total is None else total)


def last(cov: Floats, total: Floats | None = None) -> Floats:
    """(p, B) R2 that each regressor adds to all the others."""
    total = cov[-1, -1] if total is None else total
    p = cov.shape[0] - 1
    full = _residual(cov)
    rest = [_residual(np.delete(np.delete(cov, j, axis=0), j, axis=1)) for j in range(p)]
    return np.asarray((np.stack(rest) - full) / total)


def betasq(cov: Floats, coef: Floats, total: Floats | None = None) -> Floats:
    """(p, B) squared standardised coefficients, from the coefficients (p, B) of the full model."""
    variances = np.einsum("iib->ib", cov)
    return np.asarray(coef**2 * variances[:-1] / (variances[-1] if total is None else total))


def residual_of_subsets(cov: Floats, floors: Sequence[Floats] | None = None) -> Floats:
    """(2**p, B) residual variance of the outcome in every submodel; bit k of the row says regressor k is in.

    Doubling: condition all submodels so far on one more regressor, which costs one product for each
    entry of what remains of the matrix. Zero pivots are skipped: those up to ``floors``, one (B,) for each
    regressor, which a caller who has conditioned already takes from the matrix before.
    """
    q = cov.shape[0]
    floors = [TOLERANCE * cov[k, k] for k in range(q - 1)] if floors is None else floors
    table = {(i, j): cov[i, j][None, :] for i in range(q) for j in range(i, q)}
    for k in range(q - 1):
        pivot = table[k, k]
        inverse = _ratio(np.ones_like(pivot), np.where(pivot > floors[k], pivot, 0.0))
        wider = {}
        for i in range(k + 1, q):
            factor = table[k, i] * inverse
            for j in range(i, q):
                wider[i, j] = np.concatenate([table[i, j], table[i, j] - factor * table[k, j]])
        table = wider
    return np.asarray(table[q - 1, q - 1])


def _lmg_of_chunk(cov: Floats) -> Floats:
    """(p, B) gains in explained variance. Splits on the first regressors until ``LEAF`` are left."""
    p, draws = cov.shape[0] - 1, cov.shape[2]
    weights = [math.factorial(s) * math.factorial(p - 1 - s) / math.factorial(p) for s in range(p)]
    leaving, entering = np.array([*weights, 0.0]), np.array([0.0, *weights])
    both = leaving + entering
    gains, base = np.zeros((p, draws)), np.zeros(draws)
    floors = [TOLERANCE * cov[k, k] for k in range(p)]
    depth = max(0, p - LEAF)
    stack: list[tuple[Floats, tuple[int, ...], int]] = [(cov, (), 0)]
    while stack:
        matrix, chosen, k = stack.pop()
        if k < depth:
            rest = matrix[1:, 1:]
            inverse = _ratio(np.ones(draws), np.where(matrix[0, 0] > floors[k], matrix[0, 0], 0.0))
            stack.append((rest, chosen, k + 1))
            stack.append((rest - matrix[1:, 0, None] * matrix[None, 0, 1:] * inverse, (*chosen, k), k + 1))
            continue
        explained = -residual_of_subsets(matrix, floors[depth:])  # up to a constant, which the weights cancel
        sizes = len(chosen) + bit_counts(p - depth)
        base += leaving[sizes] @ explained
        folded = explained * both[sizes][:, None]
        gains[list(chosen)] += folded.sum(axis=0)
        for j in range(p - 1, depth - 1, -1):
            half = len(folded) // 2
            gains[j] += folded[half:].sum(axis=0)
            folded = folded[:half] + folded[half:]
    return np.asarray(gains - base)


def bit_counts(k: int) -> NDArray[np.int64]:
    """Number of ones in the binary form of 0, ..., 2**k - 1."""
    counts = np.zeros(1, np.int64)
    for _ in range(k):
        counts = np.concatenate([counts, counts + 1])
    return counts


def _residual(cov: Floats) -> Floats:
    """(B,) residual variance of the outcome given all regressors."""
    return np.asarray(sweep_out(cov, cov.shape[0] - 1)[-1, -1])


def _ratio(above: Floats, below: Floats) -> Floats:
    """``above / below``, 0 where ``below`` is 0."""
    out = np.zeros(np.broadcast_shapes(above.shape, below.shape))
    return np.asarray(np.divide(above, below, out=out, where=below != 0))
