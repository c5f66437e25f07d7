"""Dominance of one player over another, and the split of a group's share among its columns.

``values`` (2**p, B) is what every subset of p players is worth in B games: bit j of the row says player j is in.
``cov``, ``total`` and ``widths`` are those of :mod:`cxlens.stats.importance`, where the importance of each player
on its own is. Names, tables and intervals do not belong here.

Sources: Budescu (1993), Psychological Bulletin 114(3); Azen and Budescu (2003), Psychological Methods 8(2);
Owen (1977), "Values of games with a priori unions".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import comb

from cxlens.errors import ValuesError
from cxlens.stats.importance import gains_of_values, lmg, residual_of_subsets

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
TIE = 1e-12  # gains in R2 that differ by no more are equal
AT_ONCE = 2**20  # submodels tabled at once
MOST_SUBSETS = 22  # bits of the largest table of submodels, 32 MB


def subset_values(
    cov: Floats,
    total: Floats,
    widths: Sequence[int],
) -> Floats:
    """(2**p, B) R2 of every submodel."""
    residual = residual_of_subsets(cov, widths)
    return np.asarray(1 - residual / total)


def complete_shares(values: Floats) -> Floats:
    """(p, p, B) share of the subsets of the others to which player i adds more than player j; 1: complete dominance.

    Equal gains count for neither. NaN on the diagonal, and where a game has no worth.
    """
    p = len(values).bit_length() - 1
    draws = values.shape[1]
    shares = np.full((p, p, draws), np.nan)
    for i, j in combinations(range(p), 2):
        ahead = _lead(values, i, j)
        shares[i, j] = (ahead > TIE).mean(axis=0)
        shares[j, i] = (ahead < -TIE).mean(axis=0)
    everyone = values[-1]
    shares[:, :, np.isnan(everyone)] = np.nan
    return shares


def _lead(
    values: Floats,
    i: int,
    j: int,
) -> Floats:
    """(2**(p - 2), B) what player i adds more than player j, of a higher bit, to each subset of the others."""
    p = len(values).bit_length() - 1
    draws = values.shape[1]
    above = 2 ** (p - 1 - j)
    between = 2 ** (j - 1 - i)
    below = 2**i
    cube = values.reshape(above, 2, between, 2, below, draws)
    with_i = cube[:, 0, :, 1]
    with_j = cube[:, 1, :, 0]
    return (with_i - with_j).reshape(-1, draws)


def conditional_shares(gains: Floats) -> Floats:
    """(p, p, B) share of the sizes of a subset at which player i gains more on average; 1: conditional dominance.

    ``gains`` (p, p, B) are those of :func:`cxlens.stats.importance.gains_by_size`. Ties and NaN as in
    :func:`complete_shares`.
    """
    ahead = gains[:, None] - gains
    shares = (ahead > TIE).mean(axis=2)
    itself = np.eye(len(gains), dtype=bool)
    shares[itself] = np.nan
    alone = gains[0, 0]
    shares[:, :, np.isnan(alone)] = np.nan
    return np.asarray(shares)


def dominance_shares(
    cov: Floats,
    total: Floats,
    widths: Sequence[int],
) -> tuple[Floats, Floats]:
    """Shares of :func:`complete_shares` and the mean gains by size, each (p, p, B), a few games at a time."""
    at_once = max(1, AT_ONCE >> len(widths))
    shares = []
    gains = []
    for start in range(0, len(total), at_once):
        some = slice(start, start + at_once)
        values = subset_values(cov[:, :, some], total[some], widths)
        shares.append(complete_shares(values))
        gains.append(gains_of_values(values))
    return np.concatenate(shares, axis=2), np.concatenate(gains, axis=2)


def owen(
    cov: Floats,
    widths: Sequence[int],
    total: Floats,
) -> Floats:
    """Owen value of R2 for each column: Shapley among the groups as wholes, then within a group among its columns.

    Parameters
    ----------
    cov, total
        As in :mod:`cxlens.stats.importance`.
    widths
        How many columns each group has, in order.

    Returns
    -------
    ndarray (k, B)
        In units of R2. The columns of a group sum to its LMG as a group, all together to R2.

    Raises
    ------
    ValuesError
        For groups and columns of the largest group that make more than 2**22 submodels.

    Notes
    -----
    Within a group the columns play for what they are worth on average beside a random set of other groups: the
    Shapley value of that small game is the Owen value.
    """
    bits = len(widths) - 1 + max(widths)
    if bits > MOST_SUBSETS:
        raise ValuesError(
            f"{len(widths)} touchpoints of up to {max(widths)} dimensions are too many to split exactly: the number of "
            f"other touchpoints and dimensions is {MOST_SUBSETS} at most. Name fewer touchpoints, or join dimensions."
        )
    draws = cov.shape[2]
    at_once = max(1, AT_ONCE >> bits)
    chances = _chances_of_sets(len(widths) - 1)
    wholes = lmg(cov, np.ones(draws), widths)
    owen_values = np.empty((len(cov) - 1, draws))
    start = 0
    for group, width in enumerate(widths):
        if width == 1:
            owen_values[start] = wholes[group]
        else:
            columns = np.arange(start, start + width)
            owen_values[columns] = _values_within(cov, widths, group, columns, chances, at_once)
        start += width
    return np.asarray(owen_values / total)


def _values_within(
    cov: Floats,
    widths: Sequence[int],
    group: int,
    columns: NDArray[np.int64],
    chances: Floats,
    at_once: int,
) -> Floats:
    """(width, B) Owen value of the explained variance for each column of a group."""
    k = len(cov) - 1
    draws = cov.shape[2]
    width = widths[group]
    others = np.delete(np.arange(k), columns)
    order = [*others, *columns, k]
    other_groups = [*widths[:group], *widths[group + 1 :]]
    players = [*other_groups, *[1] * width]
    owen_values = np.empty((width, draws))
    for first in range(0, draws, at_once):
        some = slice(first, first + at_once)
        moved = cov[:, :, some][np.ix_(order, order)]
        residual = residual_of_subsets(moved, players)
        cube = residual.reshape(2**width, len(chances), -1)
        worth = -np.tensordot(cube, chances, (1, 0))  # up to a constant which gains do not see
        owen_values[:, some] = gains_of_values(worth).mean(axis=1)
    return owen_values


def _chances_of_sets(others: int) -> Floats:
    """(2**others,) chance of each set of the others to be there, where every size of a set is as likely."""
    sizes = np.bitwise_count(np.arange(2**others))
    sets_as_large = comb(others, sizes)
    return np.asarray(1 / ((others + 1) * sets_as_large))


def clear_leads(importance: Floats, drawn: Floats, level: float) -> Bools:
    """Who is clearly ahead of whom, allowing for all pairs.

    A difference is clear where it is more of its own spread than the largest of all pairs is, by chance alone, in
    ``level`` of the resamples.

    Parameters
    ----------
    importance
        (p,) of the players.
    drawn
        (d, p) the same in resamples; those that lack a player are left out.
    level
        Of confidence.

    Returns
    -------
    (p, p) bools: whether the player of the row is clearly ahead of that of the column.
    """
    known = drawn[~np.isnan(drawn).any(axis=1)]
    ahead = importance[:, None] - importance
    off = known[:, :, None] - known[:, None, :] - ahead
    spread = off.std(axis=0)
    with_spread = np.where(spread > 0, spread, np.inf)
    largest = np.abs(off / with_spread).max(axis=(1, 2))
    return np.asarray(ahead > np.quantile(largest, level) * spread)
