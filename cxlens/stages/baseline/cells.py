"""One cell of a table: its figure with an interval.

For verbs that hold all answers in memory. What is compared does not belong here; figures of many cells at once are
made in :mod:`cxlens.stages.baseline.score`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.tallies import SCORED
from cxlens.stages.baseline.score import Answers, means, net_promoters, shares
from cxlens.study.scale import Scale

Floats = NDArray[np.float64]
Figure = tuple[float, float, float]  # a value and the ends of its interval


def weighted_figure(x: Floats, w: Floats, measure: str, level: float, scale: Scale | None = None) -> Figure:
    """Weighted mean (Student), share (Wilson) or NPS (adjusted Wald) of values (n,), on the effective n.

    Parameters
    ----------
    x, w
        Values without gaps, and their weights. For a share, 1 and 0; for the NPS, answers from 0 to 10.
    measure
        ``"mean"``, ``"share"`` or ``"NPS"``.
    level
        Confidence level.
    scale
        The interval of a mean ends where its scale does.
    """
    one_cell = np.zeros(len(x), np.int64)
    rows = Answers(
        m=1,
        cell=one_cell,
        state=np.full(len(x), SCORED, np.int64),
        x=x,
        n=np.ones(len(x), np.int64),
        w=w,
        w2=w**2,
        unit=None,
    )
    if measure == "NPS":
        figures = net_promoters(rows, level)
    elif measure == "share":
        figures = shares(rows, x > 0, level)
    else:
        figures = means(rows, scale, level)
    return float(figures.value[0]), float(figures.low[0]), float(figures.high[0])
