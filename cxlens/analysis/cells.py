"""One cell of a table: its figure with an interval, and whether it may be shown.

For verbs that hold all answers in memory. What is compared does not belong here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.analysis.baseline import HIDDEN
from cxlens.model.survey import Scale
from cxlens.stats.intervals import effective_n, mean_interval, nps, nps_interval, nps_points, wilson

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
    total = w.sum()
    n = float(effective_n(total, (w**2).sum()))
    if measure == "NPS":
        det, pas, pro = (w[nps_points(x) == points].sum() * n / total for points in (-100, 0, 100))
        value, ends = nps(det, pas, pro), nps_interval(det, pas, pro, level)
    elif measure == "share":
        value = np.asarray(w @ x / total)
        ends = wilson(value * n, n, level)
    else:
        value = np.asarray(w @ x / total)
        low, high = mean_interval(value, w @ (x - value) ** 2 / total * n / (n - 1) if n > 1 else np.nan, n, level)
        ends = (low, high) if scale is None else (np.maximum(low, scale.low), np.minimum(high, scale.high))
    return float(value), float(ends[0]), float(ends[1])


def hidden_cells(sizes: pd.Series[int], least: int) -> dict[str, str]:
    """Cells of a group not to show, with the reason: small ones, and the next smallest where the rest gives one away.

    Parameters
    ----------
    sizes
        Answers by cell; empty cells may be left out, since nobody is in them.
    least
        What is hidden is two cells and so many answers, or nothing.
    """
    ordered = sizes.sort_values(kind="stable")
    small = k = int((ordered < least).sum())
    while 0 < k < len(ordered) and (k == 1 or ordered.iloc[:k].sum() < least):
        k += 1
    reasons = [f"fewer than {least} answers"] * small + [HIDDEN] * (k - small)
    return dict(zip(ordered.index[:k], reasons, strict=True))
