"""Where initiatives stand on the impact-effort matrix: the area of their draws, and what each quadrant holds.

What is drawn with these figures belongs to :mod:`cxlens.stages.improve.matrix_chart`; the probabilities to
:mod:`cxlens.stages.improve.quick_wins`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cxlens.stages.improve.quick_wins import QUADRANTS, QuickWins, quadrants
from cxlens.stats.bootstrap import ellipse_radii

SHARE = 0.8  # of the draws of an initiative that its ellipse holds
WIDE = 10  # times the least effort that the largest is, from which effort has a log axis


class Area(NamedTuple):
    """The ellipse of an initiative: its middle, and half of its width and height, in the units of the axes."""

    x: float
    y: float
    width: float
    height: float


def on_log(result: QuickWins) -> bool:
    """Whether efforts are so far apart that only a log axis shows them all."""
    effort = result.table["effort"]
    return bool(effort.min() > 0 and effort.max() / effort.min() > WIDE)


def areas(result: QuickWins, log: bool) -> list[Area]:
    """Ellipses that hold 80 % of the draws of effort and benefit.

    Parameters
    ----------
    result
        From :func:`cxlens.quick_wins`.
    log
        Whether effort is drawn as its logarithm to base ten.

    Returns
    -------
    list of Area
        One an initiative, in the order of ``result.table``: around likely effort, or its logarithm, and median
        benefit.
    """
    order = pd.Index(result.initiatives["name"]).get_indexer(pd.Index(result.table["initiative"]))
    x, y = result.table["effort"].to_numpy(float), result.table["benefit"].to_numpy(float)
    efforts, benefits = result.efforts[:, order], result.benefits[:, order]
    if log:  # an effort of nothing at all has no place on a log axis
        x, efforts = np.log10(x), np.log10(np.maximum(efforts, x / 100))
    width, height = ellipse_radii(efforts, benefits, (x, y), SHARE)
    return list(map(Area, x.tolist(), y.tolist(), width.tolist(), height.tolist()))


def quadrant_sizes(result: QuickWins) -> dict[str, float]:
    """How many initiatives each quadrant holds, on average over the draws."""
    inside = quadrants(result.benefits, result.efforts, result.benefit_cut, result.effort_cut)
    return {name: float(held.sum(axis=1).mean()) for name, held in zip(QUADRANTS, inside, strict=True)}
