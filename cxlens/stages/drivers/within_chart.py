"""The picture of slopes within places and between them: two marks a touchpoint. Nothing is computed here."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, GREY, ORANGE, SPACE, Dot
from cxlens.common.values import count
from cxlens.stages.drivers.side_charts import NO_FIGURE
from cxlens.stages.drivers.within import BOTH, MARK, NOT_CLEAR, unit_of

BELOW = 0.26  # rows by which the mark between places stands lower
KEY = f"●{SPACE}within a place, filled: clear; ◆{SPACE}between places, filled: clearly more than within"


def within_dots(view: View) -> tuple[list[Dot], list[Dot]]:
    """The marks within places, and those between them, a row a touchpoint."""
    rows = view.table.to_dict("records")
    alpha = 1 - view.record.level
    inside = [_dot(row, "within", BLUE, "o", filled=row["within_q"] < alpha) for row in rows]
    outside = [_dot(row, "between", ORANGE, "D", filled=row["kind"] in {MARK, BOTH}) for row in rows]
    return inside, outside


def _dot(row: Any, name: str, colour: str, marker: str, *, filled: bool) -> Dot:
    """A slope with its interval; open and grey where it is not clear."""
    shade = colour if filled else GREY
    return Dot(row[name], row[f"{name}_low"], row[f"{name}_high"], shade, marker, filled, NO_FIGURE)


def within_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw the slope of each touchpoint within places, and below it that between places.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.drivers.drivers.Drivers.within`.
    ax
        The Axes to draw on; names and columns of text stand left and right of it. A new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Blue dots: clear within places; orange diamonds: clearly more between than within.
    """
    ax = ax or style.new_axes()
    inside, outside = within_dots(view)
    table = view.table
    words = [kind if kind != NOT_CLEAR else "" for kind in table["kind"]]
    columns = {"n": [count(n) for n in table["n"]], "": words}
    style.draw_rows(ax, table["touchpoint"].tolist(), {"": inside}, columns)
    ax.axvline(0, color=GREY, linewidth=0.8)
    for y, dot in enumerate(outside):
        style.draw_mark(ax, dot, y + BELOW)
    record = view.record
    fit = view.parts["fit"].iloc[0]
    about = style.about(fit["n"], record.level)
    style.finish(
        ax,
        view.finding.title,
        f"Slopes within places and between {count(fit['places'])} of them, {about}. {KEY}.",
        f"{record.outcome_words}, {unit_of(record)} per point",
    )
    return ax
