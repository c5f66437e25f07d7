"""Charts of what people feel and say, and of who they are: emotion, comments, response bias.

Nothing is computed here: figures come from :mod:`cxlens.stages.baseline.emotion`,
:mod:`cxlens.stages.baseline.comments` and :mod:`cxlens.stages.baseline.bias`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, GREY, INK, ORANGE, PALE, Dot
from cxlens.common.values import CLEAR, count, number, percent, signed
from cxlens.stages.baseline.comments import LEVEL
from cxlens.stages.baseline.comparison import grouping
from cxlens.stages.baseline.record import Scorecard

Row = dict[Any, Any]
TERM, GAP = 14, 46  # points that a term is high, and a panel is from the next
MARKED = {"low": (ORANGE, "<"), "high": (BLUE, ">")}  # the words that mark low scores, and high ones
ASIDE = {"low": (-4, "right"), "high": (4, "left")}  # points from the interval to its word, and its side there
NOT_HEARD = "not heard"


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
        The Axes drawn on. Filled: clearly more common on that side.
    """
    ax = ax or style.new_axes()
    if view.table.empty:
        what = "Themes"
        words = _draw_themes(view, ax)
    else:
        what = "Words and pairs"
        words = _draw_terms(view, ax)
    about = style.about(view.parts["coverage"]["n"].sum(), LEVEL)
    style.finish(ax, view.finding.title, f"{what} in comments, {about}", words)
    return ax


def _draw_terms(view: View, ax: Axes) -> str:
    """A panel a touchpoint, its terms from those of low scores to those of high ones; the words of the axis."""
    tables = {name: terms.sort_values("log_odds") for name, terms in _first_touchpoints(view.table)}
    across = min(len(tables), 2)
    down = -(-len(tables) // across)
    most = max(map(len, tables.values()))
    style.set_height(ax, down * (TERM * most + GAP))
    panels = style.add_panels(ax, list(tables), across, "sharex") if len(tables) > 1 else [ax]
    for panel, terms in zip(panels, tables.values(), strict=True):
        style.tidy(panel)
        for y, row in enumerate(terms.to_dict("records")):
            _draw_term(panel, row, y)
        panel.axvline(0, color=GREY, linewidth=0.8)
        panel.set(yticks=[], ylim=(-0.7, most - 0.3))
    end = (1.3 + 0.4 * across) * max(view.table["high"].max(), -view.table["low"].min())  # words need room
    panels[0].set_xlim(-end, end)
    return "Log-odds. ◀ marks low scores, ▶ marks high scores; open: may be chance"


def _first_touchpoints(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The rows of the first touchpoints, which get a panel each."""
    groups = [(str(name), rows) for name, rows in table.groupby("touchpoint", sort=False)]
    return groups[: style.PANELS]


def _draw_term(panel: Axes, row: Row, y: int) -> None:
    """A word with its interval, and its name on the outer side of that."""
    colour, marker = MARKED[row["side"]]
    aside, ha = ASIDE[row["side"]]
    clear = row["q_value"] < CLEAR
    style.draw_mark(
        panel,
        Dot(
            row["log_odds"],
            row["low"],
            row["high"],
            colour,
            marker,
            clear,
        ),
        y,
    )
    name = style.say(
        panel,
        row["term"],
        (row[row["side"]], y),
        (aside, 0),
        color=INK,
        ha=ha,
    )
    name.set_in_layout(False)


def _draw_themes(view: View, ax: Axes) -> str:
    """How often those who name a theme are unhappy, most named themes first; the words of the axis."""
    tables = dict(_first_touchpoints(view.parts["themes"])) if "themes" in view.parts else {}
    if not tables:
        style.tidy(ax)
        ax.set(xticks=[], yticks=[])
        return "No word, pair or theme to draw"
    first = next(iter(tables.values())).sort_values("n", ascending=False)
    order = first["theme"].tolist()
    dots = {}
    for name, table in tables.items():
        rows = table.set_index("theme").loc[order].to_dict("records")
        dots[name if len(tables) > 1 else ""] = list(map(_unhappy_dot, rows))
    columns = {
        "comments": ["–" if pd.isna(n) else count(n) for n in first["n"]],
        "score": list(map(number, first["mean"])),
    }
    panels = style.draw_rows(ax, order, dots, columns)
    panels[0].xaxis.set_major_formatter(_percent_tick)
    panels[0].set_xlim(left=0)
    return "Share of unhappy scores (below the middle of the scale) of those who name a theme"


def _percent_tick(share: float, _: object) -> str:
    return percent(share)


def _unhappy_dot(row: Row) -> Dot:
    return Dot(
        row["unhappy"],
        row["unhappy_low"],
        row["unhappy_high"],
        note=row["note"],
    )


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
    style.tidy(ax)
    names: list[str] = []
    heads: list[int] = []
    for column, values in view.table.dropna(subset="base").groupby("column", sort=False):
        ax.axhspan(
            len(names) - 0.45,
            len(names) + 0.45,
            color=PALE,
            linewidth=0,
        )
        heads.append(len(names))
        names.append(str(column))
        for row in values.sort_values("difference", ascending=False).to_dict("records"):
            _draw_share(ax, row, len(names))
            names.append(row["value"])
    ax.set(ylim=(len(names) - 0.5, -0.5), yticks=[])
    style.name_rows(ax, names, ax)
    for y in heads:
        ax.get_yticklabels()[y].set_fontweight("bold")
    ax.margins(x=0.12)
    ax.set_xlim(left=0)
    ax.xaxis.set_major_formatter(_percent_tick)
    about = style.about(view.parts["raking"]["n"].sum(), view.level)
    words = "Share. ● answers (◀ clearly fewer, ▶ clearly more than customers), upright line: customers"
    style.finish(ax, view.finding.title, f"Share of the answers against the customer base, {about}", words)
    return ax


def _draw_share(ax: Axes, row: Row, y: int) -> None:
    """The share of a value as an upright line among customers, and as a mark with its interval among answers."""
    ax.plot(
        [row["base"]] * 2,
        [y - 0.3, y + 0.3],
        color=INK,
        linewidth=1.8,
    )
    dot = _share_dot(row)
    if pd.isna(dot.value):
        text = style.say(
            ax,
            f"– {dot.note}",
            (row["base"], y),
            (6, 0),
        )
        text.set_fontstyle("italic")
        return
    style.draw_mark(ax, dot, y)
    end = np.nanmax([row["base"], row["share"], row["high"]])
    style.say(
        ax,
        dot.flag,
        (end, y),
        (6, 0),
        color=INK,
    )


def _share_dot(row: Row) -> Dot:
    """A value's share; told apart from the customer base by colour and mark."""
    nobody: bool = pd.notna(row["n"]) and row["n"] == 0
    note: str = NOT_HEARD if nobody else row["note"]
    colour = GREY
    marker = "o"
    flag = note
    if row["q_value"] < CLEAR:
        colour, marker = (BLUE, ">") if row["difference"] > 0 else (ORANGE, "<")
        flag = f"{signed(100 * row['difference'], 1)} points"
    return Dot(
        row["share"],
        row["low"],
        row["high"],
        colour,
        marker,
        note=note,
        standard=row["base"],
        flag=flag,
    )


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
        The Axes drawn on. Orange diamonds: where bad moments are felt strongly clearly more often than at the median.
    """
    ax = ax or style.new_axes()
    tables, more = style.parts(view.table, _by(view), view.survey.named, view.survey.time)
    dots = {}
    for segment, table in tables.items():
        dots[segment] = [_felt(row) for row in table.to_dict("records")]
    first = next(iter(tables.values()))
    columns = {
        "stage": first["stage"].tolist() if "stage" in first else [],
        "score": list(map(number, first["mean"])),
        "strong and low": list(map(percent, first["strong_and_low"])),
    }
    panels = style.draw_rows(ax, first["touchpoint"].tolist(), dots, columns)
    for panel, table in zip(panels, tables.values(), strict=True):
        _draw_band(panel, table)
    about = style.about(view.table["n"].sum(), view.level)
    words = "Mean strength of feeling. ◆ bad moments felt strongly, clearly more often than at the median touchpoint"
    style.finish(
        ax,
        view.finding.title,
        f"Strength of feeling{more}, {about}",
        words,
    )
    return ax


def _by(view: View) -> str | None:
    """What tells the segments apart; a survey alone does not tell its column."""
    if "segment" not in view.table:
        return None
    column = grouping(view.record) if isinstance(view.record, Scorecard) else None
    return column or "segment"


def _draw_band(panel: Axes, table: pd.DataFrame) -> None:
    """Strength from touchpoint to touchpoint, with its interval."""
    y = range(len(table))
    panel.fill_betweenx(
        y,
        table["strength_low"],
        table["strength_high"],
        color=BLUE,
        alpha=0.15,
        linewidth=0,
    )
    panel.plot(table["strength"], y, color=BLUE, linewidth=1)


def _felt(row: Row) -> Dot:
    """A touchpoint's strength, marked where bad moments are felt strongly more often than at the median."""
    often = row["q_value"] < CLEAR
    colour, marker = (ORANGE, "D") if often else (BLUE, "o")
    ends = (row["strength_low"], row["strength_high"])
    return Dot(row["strength"], *ends, colour, marker, note=row["note"])
