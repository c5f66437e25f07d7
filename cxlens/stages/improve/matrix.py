"""Where initiatives stand on the impact-effort matrix: the area of their draws, and what each quadrant holds.

What is drawn with these figures belongs to :mod:`cxlens.stages.improve.matrix_chart`; the draws and probabilities to
:mod:`cxlens.stages.improve.candidates`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cxlens.stages.improve.candidates import QUADRANTS, Candidates, quadrants
from cxlens.stats.bootstrap import ellipse_radii

SHARE = 0.8  # of the draws of an initiative that its ellipse holds
WIDE = 10  # times the least effort that the largest is, from which effort has a log axis


class Area(NamedTuple):
    """The ellipse of an initiative: its middle, and half of its width and height, in the units of the axes."""

    x: float
    y: float
    width: float
    height: float


def on_log(record: Candidates) -> bool:
    """Whether efforts are so far apart that only a log axis shows them all."""
    effort = record.table["effort"]
    least = effort.min()
    most = effort.max()
    return bool(least > 0 and most / least > WIDE)


def areas(record: Candidates, log: bool) -> list[Area]:
    """Ellipses that hold 80 % of the draws of effort and benefit.

    Parameters
    ----------
    record
        Of quick wins.
    log
        Whether effort is drawn as its logarithm to base ten.

    Returns
    -------
    list of Area
        One an initiative, in the order of ``record.table``: around likely effort, or its logarithm, and median
        benefit.
    """
    listed = pd.Index(record.initiatives["name"])
    order = listed.get_indexer(pd.Index(record.table["initiative"]))
    x = record.table["effort"].to_numpy(float)
    y = record.table["benefit"].to_numpy(float)
    efforts = record.efforts[:, order]
    benefits = record.benefits[:, order]
    if log:  # an effort of nothing at all has no place on a log axis
        efforts = np.log10(np.maximum(efforts, x / 100))
        x = np.log10(x)
    width, height = ellipse_radii(efforts, benefits, (x, y), SHARE)
    places = np.stack([x, y, width, height], axis=1)
    return [Area(*place) for place in places.tolist()]


def quadrant_sizes(record: Candidates) -> dict[str, float]:
    """How many initiatives each quadrant holds, on average over the draws."""
    inside = quadrants(record.benefits, record.efforts, record.benefit_cuts, record.effort_cut)
    held = inside.sum(axis=2).mean(axis=1)
    return dict(zip(QUADRANTS, held.tolist(), strict=True))
