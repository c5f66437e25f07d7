"""The chart of what no initiative takes care of: touchpoints to fix by their rating, the rest in words.

Nothing is computed here: rows come from :mod:`cxlens.stages.baseline.not_covered`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import ORANGE, Dot
from cxlens.stages.baseline.verdicts import none_is_judged

MOST = 30  # rows drawn; the table has them all
NOTHING: dict[Any, Any] = {"kind": "", "mean": np.nan, "why": ""}


def not_covered_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw what is not covered: an orange dot is the rating of a touchpoint, the upright stroke its standard.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.baseline.baseline.Baseline.not_covered`. The first 30 rows are drawn.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on.
    """
    ax = ax or style.new_axes()
    nothing = "Not judged" if none_is_judged(view.parts["verdicts"]) else "Nothing is left"
    rows = view.table.head(MOST).to_dict("records") or [{**NOTHING, "what": nothing}]
    style.draw_rows(
        ax,
        [row["what"] for row in rows],
        {"": [_dot(row) for row in rows]},
        {"what it is": [row["kind"] for row in rows]},
    )
    rated = view.table["mean"].notna().any()
    if not rated:
        ax.set_xticks([])
    more = f", first {MOST} of {len(view.table)}" if len(view.table) > MOST else ""
    about = style.about(view.record.survey.n, view.level if rated else None)
    style.finish(
        ax,
        view.finding.title,
        f"Not covered{more}, {about}",
        x="Rating by users; upright stroke: standard" if rated else "",
    )
    return ax


def _dot(row: dict[Any, Any]) -> Dot:
    """The rating of a touchpoint; why it is not covered where there is none."""
    if pd.isna(row["mean"]):
        return Dot(np.nan, np.nan, np.nan, note=row["why"])
    return Dot(row["mean"], row["low"], row["high"], ORANGE, "D", standard=row["standard"], flag=row["why"])
