"""The interval of a share whose hits come in groups, such as waves that move all that is measured in them together.

What a hit is, and what a group is, is not decided here.

Source: Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive counts,
Survey Methodology 24: the exact interval of Clopper and Pearson on the effective number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cxlens.stats.intervals import normal_quantile, t_quantile

FEWEST_GROUPS = 5  # from which on their spread is known


def clustered_share(hits: NDArray[np.bool_], group: NDArray[np.int64], level: float) -> tuple[float, float]:
    """Low and high end of a share.

    Parameters
    ----------
    hits, group
        (m,) whether each is a hit, and the number of its group, from 0.
    level
        The confidence level.

    Returns
    -------
    tuple of float
        With fewer than five groups, or where they do not differ, as though each counted once.

    Examples
    --------
    >>> low, high = clustered_share(np.ones(40, bool), np.repeat([0, 1, 2, 3, 4], 8), 0.95)
    >>> round(low, 2), high
    (0.48, 1.0)
    """
    n = _worth(hits, group, level)
    share = float(hits.mean())
    k = share * n
    tail = (1 - level) / 2
    low = 0.0
    if share > 0:
        low = float(special.betaincinv(k, n - k + 1, tail))
    high = 1.0
    if share < 1:
        high = float(special.betaincinv(k + 1, n - k, 1 - tail))
    return low, high


def _worth(hits: NDArray[np.bool_], group: NDArray[np.int64], level: float) -> float:
    """How many hits and misses on their own they are worth."""
    groups = int(group.max()) + 1
    if groups < FEWEST_GROUPS:
        return float(groups)
    share = hits.mean()
    beyond = np.bincount(group, hits - share)
    of_sum = groups / (groups - 1) * (beyond @ beyond)
    variance = of_sum / len(hits) ** 2
    if not variance > 0:
        return float(groups)
    effective = share * (1 - share) / variance
    t = float(t_quantile(level, groups - 1))
    times = (normal_quantile(level) / t) ** 2
    return float(np.clip(effective * times, 1, len(hits)))
