"""How far the best quarter of many groups lies above all of them, when it is not known which groups these are.

The quarter that looks best is in part the luckiest. It is picked anew in each draw, and its level is read off another
draw, so that luck in the picking is not counted as merit: groups that are all alike have nothing above all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.random_intercepts import Groups, draw

Floats = NDArray[np.float64]
QUARTER = 4
DRAWS = 2_000  # of the estimate


def best_quarter(groups: Groups, weight: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """(1 + draws,) how far the best quarter of groups lies above the mean of all, the estimate first.

    ``weight`` (k,): what each group counts for in the mean of all, such as its answers. The estimate is the mean of
    2,000 draws; it is that of the groups' values with luck taken off, each counted by how often it is among the best.

    Examples
    --------
    >>> groups = Groups(np.array([3.0, 3.0, 3.0, 3.0, 3.1, 3.0, 3.0, 4.0]), np.full(8, 0.0001), 1_000)
    >>> above = best_quarter(groups, np.ones(8), 0, np.random.default_rng(0))
    >>> round(float(above[0]), 2)  # (3.1 + 4.0) / 2 - 3.14
    0.41
    """
    many = _above_all(groups, weight, DRAWS, rng)
    estimate = many.mean()
    drawn = _above_all(groups, weight, draws, rng)
    return np.append(estimate, drawn)


def _above_all(groups: Groups, weight: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """(draws,) the level of the groups that are best in one draw, by another one, above that of all."""
    picking = draw(groups, draws, rng)
    values = draw(groups, draws, rng)
    k = len(weight)
    size = max(k // QUARTER, 1)
    order = np.argsort(-picking)
    picked = order[:, :size]
    of_picked = np.take_along_axis(values, picked, axis=1)
    level = of_picked.mean(axis=1)
    share = weight / weight.sum()
    of_all = values @ share
    return np.asarray(level - of_all)
