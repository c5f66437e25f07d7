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
TIE = 1e-12  # gains in R2 that differ by no more are equal
AT_ONCE = 2**20  # submodels tabled at once
MOST_SUBSETS = 22  # bits of the largest table of submodels, 32 MB


def subset_values(cov: Floats, total: Floats, widths: Sequence[int]) -> Floats:
    """(2**p, B) R2 of every submodel."""
    return np.asarray(1 - residual_of_subsets(cov, widths) / total)


def complete_shares(values: Floats) -> Floats:
    """(p, p, B) share of the subsets of the others to which player i adds more than player j; 1: complete dominance.

    Equal gains count for neither. NaN on the diagonal, and where a game has no worth.
    """
    p, draws = len(values).bit_length() - 1, values.shape[1]
    shares = np.full((p, p, draws), np.nan)
    for i, j in combinations(range(p), 2):
        cube = values.reshape(2 ** (p - 1 - j), 2, 2 ** (j - 1 - i), 2, 2**i, draws)
        ahead = cube[:, 0, :, 1] - cube[:, 1, :, 0]
        shares[i, j], shares[j, i] = (ahead > TIE).mean(axis=(0, 1, 2)), (ahead < -TIE).mean(axis=(0, 1, 2))
    shares[:, :, np.isnan(values[-1])] = np.nan
    return shares


def conditional_shares(gains: Floats) -> Floats:
    """(p, p, B) share of the sizes of a subset at which player i gains more on average; 1: conditional dominance.

    ``gains`` (p, p, B) are those of :func:`cxlens.stats.importance.gains_by_size`. Ties and NaN as in
    :func:`complete_shares`.
    """
    shares = (gains[:, None] - gains > TIE).mean(axis=2)
    shares[np.eye(len(gains), dtype=bool)] = np.nan
    shares[:, :, np.isnan(gains[0, 0])] = np.nan
    return np.asarray(shares)


def dominance_shares(cov: Floats, total: Floats, widths: Sequence[int]) -> tuple[Floats, Floats]:
    """Shares of :func:`complete_shares` and the mean gains by size, each (p, p, B), a few games at a time."""
    size = max(1, AT_ONCE >> len(widths))
    found = []
    for start in range(0, len(total), size):
        some = slice(start, start + size)
        values = subset_values(cov[:, :, some], total[some], widths)
        found.append((complete_shares(values), gains_of_values(values)))
    complete, gains = (np.concatenate(parts, axis=2) for parts in zip(*found, strict=True))
    return complete, gains


def owen(cov: Floats, widths: Sequence[int], total: Floats) -> Floats:
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
    k, others = len(cov) - 1, len(widths) - 1
    if others + max(widths) > MOST_SUBSETS:
        raise ValuesError(
            f"{len(widths)} touchpoints of up to {max(widths)} dimensions are too many to split exactly: the number of "
            f"other touchpoints and dimensions is {MOST_SUBSETS} at most. Name fewer touchpoints, or join dimensions."
        )
    weights = 1 / ((others + 1) * comb(others, np.bitwise_count(np.arange(2**others))))
    size, shares = max(1, AT_ONCE >> (others + max(widths))), np.empty((k, cov.shape[2]))
    wholes = lmg(cov, np.ones(cov.shape[2]), widths)
    for group, start in enumerate(np.cumsum([0, *widths[:-1]])):
        own = np.arange(start, start + widths[group])
        if len(own) == 1:
            shares[start] = wholes[group]
            continue
        order = [*np.delete(np.arange(k), own), *own, k]
        players = [*widths[:group], *widths[group + 1 :], *[1] * len(own)]
        for first in range(0, cov.shape[2], size):
            part = cov[:, :, first : first + size]
            values = residual_of_subsets(part[np.ix_(order, order)], players)
            worth = -np.tensordot(values.reshape(2 ** len(own), 2**others, -1), weights, (1, 0))
            shares[own, first : first + size] = gains_of_values(worth).mean(axis=1)
    return np.asarray(shares / total)
