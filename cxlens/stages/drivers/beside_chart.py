"""The picture of one more rating beside the touchpoints: a dot and an interval for each model. Nothing is computed."""

from __future__ import annotations

from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, GREY, ORANGE, Dot

NAMES = {
    "touchpoints": "The touchpoints",
    "rating": "The rating alone",
    "both": "Both",
    "rating adds": "What the rating adds",
}


def beside_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw what the touchpoints, one more rating and both tell of the outcome, in answers held out.

    The view is from :func:`cxlens.stages.drivers.beside.beside`.
    """
    ax = ax or style.new_axes()
    dots = []
    for row in view.table.to_dict("records"):
        colour = ORANGE if row["model"] == "rating adds" else BLUE
        dots.append(Dot(100 * row["share"], 100 * row["low"], 100 * row["high"], colour))
    names = [NAMES[model] for model in view.table["model"]]
    style.draw_rows(ax, names, {"": dots}, {})
    ax.axvline(0, color=GREY, linewidth=0.8)
    about = style.about(float(view.table["n"].iloc[0]), view.record.level)
    words = "Points of 100 of the differences in the outcome, in answers held out"
    style.finish(ax, view.finding.title, about, words)
    return ax
