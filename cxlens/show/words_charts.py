"""Charts of what people feel and say, and of who they are: emotion, comments, response bias.

Nothing is computed here: figures come from :mod:`cxlens.analysis.emotion`, :mod:`cxlens.analysis.comments` and
:mod:`cxlens.analysis.response_bias`. Each view's note begins with the subtitle: measure, n, level.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxlens.analysis.view import View
from cxlens.model.text import percent, signed
from cxlens.show import _style as style
from cxlens.show._style import BLUE, CLEAR, GREY, INK, ORANGE, PALE, Dot


def response_bias_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw the share of each value among the answers, with its interval, against the customer base.

    Parameters
    ----------
    view
        From :func:`cxlens.analysis.response_bias.response_bias`. A block for each column, most over-heard values first.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. A dot: share of the answers; an upright line: share of customers.
    """
    ax = ax or style.new_axes()
    names: list[str] = []
    heads: list[int] = []
    dots: list[Dot] = []
    for column, own in view.table.dropna(subset="base").groupby("column", sort=False):
        heads.append(len(names))
        names += [str(column), *own.sort_values("difference", ascending=False)["value"]]
        dots += [Dot(float("nan"), 0, 0), *map(_share, own.sort_values("difference", ascending=False).itertuples())]
    style.tidy(ax)
    for y, dot in enumerate(dots):
        if y in heads:
            ax.axhspan(y - 0.45, y + 0.45, color=PALE, linewidth=0)
            continue
        ax.plot([dot.standard] * 2, [y - 0.3, y + 0.3], color=INK, linewidth=1.8)
        if pd.isna(dot.value):
            style.say(ax, f"– {dot.note}", (dot.standard, y), (6, 0)).set_fontstyle("italic")
        else:
            style.draw_mark(ax, dot, y)
            end = max(dot.standard, dot.value if pd.isna(dot.high) else dot.high)
            style.say(ax, dot.flag, (end, y), (6, 0), color=INK)
    ax.set(ylim=(len(dots) - 0.5, -0.5), yticks=[])
    style.name_rows(ax, names, ax)
    for y in heads:
        ax.get_yticklabels()[y].set_fontweight("bold")
    ax.margins(x=0.12)
    ax.set_xlim(left=0)
    ax.xaxis.set_major_formatter(lambda x, _: percent(x))
    words = "Share. ● answers (◀ fewer, ▶ more than customers, surely), upright line: customers"
    return _finish(view, ax, words)


def _share(row: Any) -> Dot:
    """A value's share; told apart from the customer base by colour and mark."""
    sure = row.q_value < CLEAR
    more = row.difference > 0
    look = (BLUE, ">") if sure and more else (ORANGE, "<") if sure else (GREY, "o")
    note = str(row.note).partition(":")[0]
    flag = f"{signed(100 * row.difference, 1)} points" if sure else note
    return Dot(row.share, row.low, row.high, *look, True, note, row.base, flag)


def _finish(view: View, ax: Axes, x: str, y: str = "") -> Axes:
    """The finding as title, the beginning of the note as subtitle."""
    style.finish(ax, view.sentence.partition(". ")[0].removesuffix("."), view.note.partition(". ")[0], x, y)
    return ax
