"""Charts of what people feel and say, and of who they are: emotion, comments, response bias.

Nothing is computed here: figures come from :mod:`cxlens.stages.baseline.emotion`,
:mod:`cxlens.stages.baseline.comments` and :mod:`cxlens.stages.baseline.bias`. Each view's note begins with the
subtitle: measure, n, level.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, CLEAR, GREY, INK, ORANGE, PALE, Dot
from cxlens.common.values import count, number, percent, signed


def comments_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw the words that mark low scores to the left and those that mark high ones to the right.

    Parameters
    ----------
    view
        From :func:`cxlens.stages.baseline.comments.comments`. A panel for each of the first six touchpoints; where
        comments are nothing but codes, the share of unhappy scores by theme instead.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Filled: surely more common on that side.
    """
    ax = ax or style.new_axes()
    if not len(view.table):
        return _themes(view, ax)
    found = [(str(name), own) for name, own in view.table.groupby("touchpoint", sort=False)][: style.PANELS]
    tables = {name: own.sort_values("log_odds", ignore_index=True) for name, own in found}
    across = min(len(tables), 2)
    most = max(map(len, tables.values()))
    style.set_height(ax, -(-len(tables) // across) * (14 * most + 46))
    panels = style.add_panels(ax, list(tables), across, "sharex") if len(tables) > 1 else [ax]
    for panel, own in zip(panels, tables.values(), strict=True):
        style.tidy(panel)
        marks: list[Any] = list(own.itertuples())
        for y, row in enumerate(marks):
            side = -1 if row.side == "low" else 1
            look = (ORANGE, "<") if side < 0 else (BLUE, ">")
            style.draw_mark(panel, Dot(row.log_odds, row.low, row.high, *look, row.q_value < CLEAR), y)
            name = style.say(panel, row.term, (row.low if side < 0 else row.high, y), (4 * side, 0), color=INK)
            name.set(ha="right" if side < 0 else "left", in_layout=False)
        panel.axvline(0, color=GREY, linewidth=0.8)
        panel.set(yticks=[], ylim=(-0.7, most - 0.3))
    reach = max(view.table["high"].max(), -view.table["low"].min())
    panels[0].set_xlim(-(1.3 + 0.4 * across) * reach, (1.3 + 0.4 * across) * reach)
    words = "Log-odds. ◀ marks low scores, ▶ marks high scores; open: may be chance"
    return _finish(view, ax, words)


def _themes(view: View, ax: Axes) -> Axes:
    """How often those who name a theme are unhappy, most named themes first."""
    table = view.parts["themes"] if "themes" in view.parts else pd.DataFrame({"touchpoint": [], "theme": []})
    found = [(str(name), own) for name, own in table.groupby("touchpoint", sort=False)][: style.PANELS]
    if not found:
        style.tidy(ax)
        ax.set(xticks=[], yticks=[])
        return _finish(view, ax, "No word, pair or theme to draw")
    order = found[0][1].sort_values("n", ascending=False)["theme"]
    rows = {name: own.set_index("theme").loc[order].reset_index() for name, own in found}
    dots = {name: [_unhappy(row) for row in own.itertuples()] for name, own in rows.items()}
    first = rows[found[0][0]]
    columns = {"comments": [count(n) if pd.notna(n) else "–" for n in first["n"]],
               "score": [number(x) for x in first["mean"]]}  # fmt: skip
    panels = style.draw_rows(ax, order.tolist(), {"": dots[found[0][0]]} if len(dots) == 1 else dots, columns)
    panels[0].xaxis.set_major_formatter(lambda x, _: percent(x))
    panels[0].set_xlim(left=0)
    return _finish(view, ax, "Share of unhappy scores (below the middle of the scale) of those who name a theme")


def _unhappy(row: Any) -> Dot:
    return Dot(row.unhappy, row.unhappy_low, row.unhappy_high, note=row.note)


def response_bias_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw the share of each value among the answers, with its interval, against the customer base.

    Parameters
    ----------
    view
        From :func:`cxlens.stages.baseline.bias.response_bias`. A block for each column, most over-heard values first.
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


def emotion_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw the strength of feeling as a line with its band, down the touchpoints in the order of the stages.

    Parameters
    ----------
    view
        From :func:`cxlens.stages.baseline.emotion.emotion`. With ``by``: a panel for each of the first six segments.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Orange diamonds: where bad moments are felt strongly surely more often than at the median.
    """
    ax = ax or style.new_axes()
    tables = style.parts(view.table, "segment" if "segment" in view.table else None)[0]
    first = next(iter(tables.values()))
    usual = view.table["strong_and_low"].median()
    dots = {name: [_felt(row, usual) for row in own.itertuples()] for name, own in tables.items()}
    columns = {
        "stage": first["stage"].tolist() if "stage" in first else [],
        "score": [number(x) for x in first["mean"]],
        "strong and low": [percent(x) for x in first["strong_and_low"]],
    }
    panels = style.draw_rows(ax, first["touchpoint"].tolist(), dots, columns)
    for panel, own in zip(panels, tables.values(), strict=True):
        y = range(len(own))
        panel.fill_betweenx(y, own["strength_low"], own["strength_high"], color=BLUE, alpha=0.15, linewidth=0)
        panel.plot(own["strength"], y, color=BLUE, linewidth=1)
    words = "Mean strength of feeling. ◆ bad moments felt strongly, surely more often than at the median touchpoint"
    return _finish(view, ax, words)


def _felt(row: Any, usual: float) -> Dot:
    """A touchpoint's strength, marked where bad moments are felt strongly more often than usual."""
    look = (ORANGE, "D") if row.strong_and_low_low > usual else (BLUE, "o")
    return Dot(row.strength, row.strength_low, row.strength_high, *look, True, row.note)


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
