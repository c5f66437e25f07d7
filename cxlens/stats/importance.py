"""Relative importance of regressors, exactly, from a stack of cross-product matrices.

Every function takes ``cov`` of shape (k + 1, k + 1, B): B covariance matrices (or centred cross-products) of k
columns and, last, the outcome. A *player* is one column, or several that stay together (a group, a factor):
``widths`` says how many columns each player has, in order; one each without it. ``total`` (B,) is the variance that
R2 refers to; by default the outcome's own. Controls are swept out beforehand with
:func:`cxlens.stats.regression.sweep_out`.

Sources: Lindeman, Merenda and Gold (1980); Groemping (2006), Journal of Statistical Software 17(1);
Budescu (1993); Azen and Budescu (2003). Dominance of one player over another has a module of its own; pictures, names
and intervals do not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import comb

from cxlens.errors import ValuesError

Floats = NDArray[np.float64]
MOST_PLAYERS = 25  # 2**25 submodels
LEAF = 15  # players whose submodels are tabled at once (2**15 rows): what fits the cache
TOLERANCE = 1e-10  # a pivot below this share of its variance is zero: the column adds nothing


def lmg(cov: Floats, total: Floats | None = None, widths: Sequence[int] | None = None) -> Floats:
    """Shapley value of R2 for each player: the mean gain over all orders of entry.

    Parameters
    ----------
    cov, total, widths
        As the module says.

    Returns
    -------
    ndarray (p, B)
        In units of R2. Sums to R2 of the full model. Collinear players share, zero ones get 0.

    Raises
    ------
    ValuesError
        For more than 25 players.
    """
    return np.asarray(gains_by_size(cov, total, widths).mean(axis=1))


def gains_by_size(cov: Floats, total: Floats | None = None, widths: Sequence[int] | None = None) -> Floats:
    """(p, p, B) mean gain in R2 when a player joins 0, 1, ..., p - 1 others: conditional dominance.

    The first column is R2 of the player alone, the last what it adds to all others, the mean over the columns LMG.
    Parameters and errors are those of :func:`lmg`.
    """
    widths = _widths(cov, widths)
    p, draws = len(widths), cov.shape[2]
    if p > MOST_PLAYERS:
        raise ValuesError(
            f"{p} drivers are too many for exact importance: it looks at every subset, so {MOST_PLAYERS} is the most. "
            "Leave out or join touchpoints, or choose method='relative weights' or method='sampling'."
        )
    size = max(1, 2**LEAF >> min(p, LEAF))  # draws at once, so that the table of submodels stays in cache
    starts = range(0, draws, size)
    leaves = [leaf for start in starts for leaf in _leaves(cov[:, :, start : start + size], widths, start)]
    sums = np.zeros((p + 1, p + 1, draws))
    for leaf in leaves:  # two threads were no faster: what they do is short, and they wait for memory
        part, members = _sums_of_leaf(leaf), [0, *(1 + j for j in leaf.chosen)]
        sizes = slice(len(leaf.chosen), len(leaf.chosen) + part.shape[1])
        where = slice(leaf.start, leaf.start + part.shape[2])
        sums[members, sizes, where] += part[0]
        sums[p + 2 - len(part) :, sizes, where] += part[1:]
    return _gains(sums) / (cov[-1, -1] if total is None else total)


def gains_of_values(values: Floats) -> Floats:
    """(p, p, B) what :func:`gains_by_size` gives, from the worth (2**p, B) of every subset; bit j: player j is in."""
    return _gains(_sums_by_size(values))


def betasq(cov: Floats, coef: Floats, total: Floats | None = None) -> Floats:
    """(k, B) squared standardised coefficients, from the coefficients (k, B) of the full model."""
    variances = np.einsum("iib->ib", cov)
    return np.asarray(coef**2 * variances[:-1] / (variances[-1] if total is None else total))


def pratt(cov: Floats, coef: Floats, total: Floats | None = None) -> Floats:
    """(k, B) standardised coefficient times correlation (Pratt 1987). Sums to R2; may be negative."""
    return np.asarray(np.nan_to_num(coef) * cov[:-1, -1] / (cov[-1, -1] if total is None else total))


def relative_weights(cov: Floats, total: Floats | None = None, widths: Sequence[int] | None = None) -> Floats:
    """(p, B) Johnson's relative weights (Johnson 2000), for any number of players; they sum to R2.

    R2 is shared out among the orthogonal columns nearest to the own ones, and from those back. A player of several
    columns gets the sum of theirs.
    """
    deviations = np.sqrt(np.einsum("iib->ib", cov))
    scaled = _ratio(cov, deviations[:, None] * deviations[None]).transpose(2, 0, 1)
    values, vectors = np.linalg.eigh(scaled[:, :-1, :-1])
    alive = values > TOLERANCE * values[:, -1:]
    root = np.sqrt(np.where(alive, values, 0.0))
    inverse = _ratio(np.ones_like(root), root)
    loadings = (vectors * root[:, None]) @ vectors.transpose(0, 2, 1)
    weights = (vectors * inverse[:, None]) @ (vectors.transpose(0, 2, 1) @ scaled[:, :-1, -1:])
    raw = (loadings**2 @ weights**2)[:, :, 0].T * (cov[-1, -1] / (cov[-1, -1] if total is None else total))
    return np.asarray(np.add.reduceat(raw, _starts(_widths(cov, widths)), axis=0))


def sampled_lmg(
    cov: Floats, total: Floats | None = None, widths: Sequence[int] | None = None, *, orders: int, seed: int
) -> tuple[Floats, Floats]:
    """LMG from random orders of entry, each with its reverse, and the standard error of the sampling.

    Parameters
    ----------
    orders
        Number of pairs of orders. The same orders serve all B matrices.
    seed
        Of the orders.

    Returns
    -------
    ndarray, ndarray
        (p, B) the estimate, which sums to R2, and (p, B) its standard error; Castro, Gomez and Tejada (2009).
    """
    widths = _widths(cov, widths)
    starts, rng = _starts(widths), np.random.default_rng(seed)
    floors = TOLERANCE * np.einsum("iib->ib", cov)
    mean, spread = np.zeros((2, len(widths), cov.shape[2]))
    for done in range(1, orders + 1):
        order = rng.permutation(len(widths))
        pair = sum(_gains_in_order(cov, floors, starts, widths, way) for way in (order, order[::-1])) / 2
        step = pair - mean
        mean += step / done
        spread += step * (pair - mean)
    total = cov[-1, -1] if total is None else total
    return mean / total, np.sqrt(spread / (orders * max(orders - 1, 1))) / total


def residual_of_subsets(cov: Floats, widths: Sequence[int] | None = None, floors: Floats | None = None) -> Floats:
    """(2**p, B) residual variance of the outcome in every submodel; bit j of the row says player j is in.

    Doubling: condition all submodels so far on one more player, which costs one product for each entry of what
    remains of the matrix. Zero pivots are skipped: those up to ``floors`` (k, B), which a caller who has conditioned
    already takes from the matrix before.
    """
    k, draws = len(cov) - 1, cov.shape[2]
    floors = TOLERANCE * np.einsum("iib->ib", cov)[:k] if floors is None else floors
    table = [np.ascontiguousarray(cov[i, i:]) for i in range(k + 1)]  # upper triangle: entries by (subset, draw)
    column = 0
    for width in _widths(cov, widths):
        wider = [np.empty((len(row), 2 * row.shape[1])) for row in table[width:]]
        for new, row in zip(wider, table[width:], strict=True):
            new[:, : row.shape[1]] = row
        for step in range(width):
            last = step == width - 1
            table = _condition(table, floors[column], [new[:, new.shape[1] // 2 :] for new in wider] if last else None)
            column += 1
        table = wider
    return table[0].reshape(-1, draws)


class _Leaf(NamedTuple):
    """A matrix conditioned on the players chosen, with those left; ``start`` is the first of its draws."""

    cov: Floats
    widths: tuple[int, ...]
    floors: Floats
    chosen: tuple[int, ...]
    start: int


def _leaves(cov: Floats, widths: Sequence[int], start: int) -> list[_Leaf]:
    """Split on the first players, in and out, until ``LEAF`` are left."""
    floors = TOLERANCE * np.einsum("iib->ib", cov)[:-1]
    leaves = [_Leaf(np.ascontiguousarray(cov), tuple(widths), floors, (), start)]
    for j in range(len(widths) - LEAF):
        width, grown = widths[j], []
        for leaf in leaves:
            inside = leaf.cov
            for column in range(width):
                inverse = _inverse(inside[0, 0], leaf.floors[column])
                inside = inside[1:, 1:] - inside[1:, 0, None] * inside[None, 0, 1:] * inverse
            rest = leaf._replace(cov=leaf.cov[width:, width:], widths=leaf.widths[1:], floors=leaf.floors[width:])
            grown += [rest, rest._replace(cov=inside, chosen=(*leaf.chosen, j))]
        leaves = grown
    return leaves


def _sums_of_leaf(leaf: _Leaf) -> Floats:
    """The sums of the explained variance, up to a constant which gains do not see."""
    return _sums_by_size(-residual_of_subsets(leaf.cov, leaf.widths, leaf.floors))


def _sums_by_size(values: Floats) -> Floats:
    """(m + 1, m + 1, B) sums over the subsets of m players, by size, of what each is worth (2**m, B).

    Row 0 sums all subsets of a size, row 1 + j those with player j. Players are split in a low and a high half
    of bits, so that products with small tables of sizes and members do the work.
    """
    m, draws = len(values).bit_length() - 1, values.shape[1]
    low, high = m // 2, m - m // 2
    cube = values.reshape(2**high, 2**low, draws)
    by_low = np.tensordot(_members(high), np.tensordot(cube, _members(low)[0], (1, 1)), (2, 0))
    by_high = np.tensordot(np.tensordot(_members(high)[0], cube, (1, 0)), _members(low)[1:], (1, 2))
    sums = np.zeros((m + 1, m + 1, draws))
    for s in range(high + 1):
        sums[0, s : s + low + 1] += by_low[0, s].T
        sums[1 + low :, s : s + low + 1] += by_low[1:, s].transpose(0, 2, 1)
        sums[1 : 1 + low, s : s + low + 1] += by_high[s].transpose(1, 2, 0)
    return sums


def _gains(sums: Floats) -> Floats:
    """Mean gains from :func:`_sums_by_size`: worth with the player less worth without, over subsets of a size."""
    ways = comb(len(sums) - 2, np.arange(len(sums) - 1))[:, None]
    return np.asarray((sums[1:, 1:] - (sums[0, :-1] - sums[1:, :-1])) / ways)


@lru_cache
def _members(m: int) -> Floats:
    """(m + 1, m + 1, 2**m) ones: row 0 by size of the subset, row 1 + j the same where it holds player j."""
    subsets = np.arange(2**m)
    inside = (subsets >> np.arange(m)[:, None]) & 1 == 1
    sizes = inside.sum(axis=0) == np.arange(m + 1)[:, None]
    return np.concatenate([sizes[None], inside[:, None] & sizes]).astype(np.float64)


def _condition(table: list[Floats], floor: Floats, out: list[Floats] | None = None) -> list[Floats]:
    """Condition an upper triangle of entries (rows of (j, subsets x draws)) on its first column."""
    pivot, made = table[0][0], []
    factor = table[0][1:] * _inverse(pivot.reshape(-1, len(floor)), floor).ravel()
    for i, row in enumerate(table[1:]):
        into = np.empty_like(row) if out is None else out[i]
        np.multiply(table[0][1 + i :], factor[i], out=into)
        made.append(np.subtract(row, into, out=into))
    return made


def _gains_in_order(
    cov: Floats, floors: Floats, starts: NDArray[np.int64], widths: Sequence[int], order: NDArray[np.int64]
) -> Floats:
    """(p, B) what each player adds to the explained variance when they enter in this order."""
    columns = np.concatenate([starts[j] + np.arange(widths[j]) for j in order])
    work = cov[np.ix_([*columns, len(cov) - 1], [*columns, len(cov) - 1])]
    gains = np.empty((len(columns), cov.shape[2]))
    for step, column in enumerate(columns):
        before, inverse = work[-1, -1], _inverse(work[0, 0], floors[column])
        work = work[1:, 1:] - work[1:, 0, None] * work[None, 0, 1:] * inverse
        gains[step] = before - work[-1, -1]
    out = np.empty((len(widths), cov.shape[2]))
    out[order] = np.add.reduceat(gains, _starts([widths[j] for j in order]), axis=0)
    return out


def _widths(cov: Floats, widths: Sequence[int] | None) -> Sequence[int]:
    return [1] * (len(cov) - 1) if widths is None else widths


def _starts(widths: Sequence[int]) -> NDArray[np.int64]:
    """The first column of each player."""
    return np.cumsum([0, *widths[:-1]])


def _inverse(pivot: Floats, floor: Floats) -> Floats:
    """``1 / pivot``, 0 where the pivot is not above its floor."""
    alive = pivot > floor
    return 1.0 / pivot if alive.all() else np.where(alive, 1.0 / np.where(alive, pivot, 1.0), 0.0)


def _ratio(above: Floats, below: Floats) -> Floats:
    """``above / below``, 0 where ``below`` is 0."""
    out = np.zeros(np.broadcast_shapes(above.shape, below.shape))
    return np.asarray(np.divide(above, below, out=out, where=below != 0))
