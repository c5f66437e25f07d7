"""How far two lists are in the same order: rank correlation, and how many of the first ones they share by chance.

Made here because importing all of ``scipy.stats`` for them takes longer than most analyses. What is compared, and
what follows from it, does not belong here.
"""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special


def kendall(x: ArrayLike, y: ArrayLike) -> float:
    """Kendall's tau-b of two lists of one length (1945, Biometrika 33); NaN where all of a list are tied.

    Examples
    --------
    >>> kendall([1, 2, 3], [1, 3, 2])
    0.3333333333333333
    """
    order_x, order_y = (_order_of_pairs(values) for values in (x, y))
    untied = np.abs(order_x).sum() * np.abs(order_y).sum()
    if not untied:
        return float("nan")
    return float((order_x * order_y).sum() / np.sqrt(untied))


def _order_of_pairs(values: ArrayLike) -> NDArray[np.float64]:
    """(n, n) which of two is the larger: 1, -1, 0 where they are tied."""
    column = np.asarray(values, float)[:, None]
    differences = column - column.T
    return np.asarray(np.sign(differences))


def chance_of_sharing(shared: int, first: int, n: int) -> float:
    """How likely two random orders of n things share so many or more among so many first ones: hypergeometric.

    Examples
    --------
    >>> chance_of_sharing(1, 1, 4)
    0.25
    """
    ways = 0
    for both in range(max(shared, 0), first + 1):
        among_first = comb(first, both)
        among_rest = comb(n - first, first - both)
        ways += among_first * among_rest
    return ways / comb(n, first)


def p_of_correlation(r: float, n: int) -> float:
    """Two-sided p-value of a rank correlation of n pairs, by Student's t; NaN for fewer than three."""
    if n < 3:
        return float("nan")
    df = n - 2
    unexplained = max(1 - r**2, 1e-12)
    t = r * np.sqrt(df / unexplained)
    one_sided = special.stdtr(df, -abs(t))
    return float(2 * one_sided)
