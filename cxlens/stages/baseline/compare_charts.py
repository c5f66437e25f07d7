"""Pictures of comparisons: with competitors, employees, between channels, and of pitfalls.

Figures come from :mod:`cxlens.stages.baseline.rivals`, ``staff``, ``consistency`` and ``pitfalls``; nothing is
computed here.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from cxlens.common import style
from cxlens.common.labels import repel
from cxlens.common.result import View
from cxlens.common.style import BLUE, DARK, GREY, ORANGE, Dot
from cxlens.common.values import CLEAR, count, number, percent
from cxlens.stages.baseline.pitfalls import SEEN, UNKNOWN

Row = dict[Any, Any]
Look = tuple[str, str, bool]  # colour, marker, filled
# How a difference to a competitor is marked, by our position; "": it cannot be told.
LOOKS: dict[str, Look] = {
    "ahead": (BLUE, "o", True),
    "behind": (ORANGE, "D", True),
    "level": (GREY, "o", False),
    "": (GREY, "o", False),
}
# How the figure of a pitfall is marked, by its verdict; "": not seen.
PITFALL_LOOKS: dict[str, Look] = {
    SEEN: (ORANGE, "D", True),
    UNKNOWN: (GREY, "o", False),
    "": (BLUE, "o", True),
}
BESIDE = 0.22  # rows that employees stand above customers
POSITION_HEIGHT, WRAPPED = 330, 22  # points; characters of a line of a name


def competitors_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw our score less each competitor's, with intervals; a panel for each of the first six.

    Where competitors are compared by segment, each panel is a competitor in a segment. With drivers and one sample, the
    difference to the best competitor goes across and importance up.

    Parameters
    ----------
    view
        From :func:`cxlens.stages.baseline.rivals.competitors`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Orange diamonds: clearly behind; filled blue dots: ahead; open and grey: not told apart.
    """
    ax = ax or style.new_axes()
    if _importance_is_known(view.parts["position"]):
        return _position_chart(view, ax)
    return _differences_chart(view, ax)


def _importance_is_known(position: pd.DataFrame) -> bool:
    """Whether one sample has importance to be drawn against."""
    if position["segment"].nunique() != 1 or "importance" not in position:
        return False
    return bool(position["importance"].notna().any())


def _differences_chart(view: View, ax: Axes) -> Axes:
    """A panel for each competitor, or competitor and segment; touchpoints in one order."""
    table = view.table
    order = table["touchpoint"].unique().tolist()
    keys = ["competitor", "segment"] if "segment" in table else ["competitor"]
    panels = {", ".join(map(str, key)): rows for key, rows in table.groupby(keys, sort=False)}
    shown = list(panels)[: style.PANELS]
    tables = {name: panels[name].set_index("touchpoint").reindex(order) for name in shown}
    dots = {name: _difference_dots(rows) for name, rows in tables.items()}
    if len(shown) == 1:
        dots = {"": dots[shown[0]]}
    first = tables[shown[0]]
    columns = {
        "ours": list(map(number, first["mean"])),
        "theirs": list(map(number, first["mean_competitor"])),
    }
    for panel in style.draw_rows(ax, order, dots, columns):
        panel.axvline(0, color=GREY, linewidth=0.8, zorder=0)
    who = "each competitor"
    if len(shown) == 1:
        who = shown[0]
    left = len(panels) - len(shown)
    more = f"; {left} more in the table" if left else ""
    subtitle = f"Difference to {who}, {_about(view)}{more}"
    words = f"Our mean less theirs, points of the score. ◆ clearly behind (q < {CLEAR:g}), ● ahead, ○ not clear"
    style.finish(ax, view.finding.title, subtitle, x=words)
    return ax


def _about(view: View) -> str:
    """How many customers answered, and the level."""
    return style.about(view.record.survey.n, view.record.level)


def _difference_dots(table: pd.DataFrame) -> list[Dot]:
    return [_difference_dot(row) for row in table.to_dict("records")]


def _difference_dot(row: Row) -> Dot:
    """Our mean less theirs, marked by our position; who was not asked has neither position nor note."""
    position = ""
    if isinstance(row["position"], str):
        position = row["position"]
    note = ""
    if isinstance(row["note"], str):
        note = row["note"]
    colour, marker, filled = LOOKS[position]
    return Dot(
        row["difference"],
        row["difference_low"],
        row["difference_high"],
        colour,
        marker,
        filled,
        note,
    )


def _position_chart(view: View, ax: Axes) -> Axes:
    """Relative position: difference to the best competitor across, importance up, each with its interval."""
    style.set_height(ax, POSITION_HEIGHT)
    style.tidy(ax, grid="")
    position = view.parts["position"]
    rows = position.dropna(subset=["importance", "difference"]).to_dict("records")
    for row in rows:
        _draw_position(ax, row)
    ax.axvline(0, color=DARK, linewidth=0.9, linestyle="--")
    ax.margins(0.1, 0.1)
    ax.set_ylim(bottom=0)
    overlap = view.parts["overlap"].iloc[0]
    weak = overlap["behind_where_it_matters"]
    best = _best(view)
    title = f"Nowhere clearly behind {best} where it matters"
    if weak:
        title = f"Behind {best} where it matters: {weak}"
    key = "◆ clearly behind, ● ahead, ○ not clear"
    x = f"Our mean less the best competitor's, points of the score: left is behind. {key}"
    y = "Importance: points of 100 that a touchpoint explains"
    style.finish(
        ax,
        title,
        _position_subtitle(view, overlap["correlation"]),
        x,
        y,
    )
    _name_positions(ax, rows)
    return ax


def _position_subtitle(view: View, correlation: float) -> str:
    """Who is compared, and how far importance goes with the difference."""
    agreement = "" if pd.isna(correlation) else f" Rank correlation {number(correlation)}."
    return f"Difference to {_best(view)} and importance, {_about(view)}.{agreement}"


def _best(view: View) -> str:
    """Who is the best competitor."""
    names = view.parts["position"]["best"].unique()
    if len(names) == 1:
        return str(names[0])
    return "the best competitor"


def _draw_position(ax: Axes, row: Row) -> None:
    """A touchpoint with both of its intervals; importance in points."""
    colour, marker, filled = LOOKS[_position_of(row)]
    x = row["difference"]
    y = 100 * row["importance"]
    ax.hlines(
        y,
        row["difference_low"],
        row["difference_high"],
        color=colour,
        linewidth=0.9,
    )
    ax.vlines(
        x,
        100 * row["importance_low"],
        100 * row["importance_high"],
        color=colour,
        linewidth=0.9,
    )
    inside = colour if filled else "white"
    ax.plot(
        x,
        y,
        marker,
        color=colour,
        markersize=5,
        markerfacecolor=inside,
    )


def _position_of(row: Row) -> str:
    """Whether we are told apart from the best competitor, and on which side."""
    if not row["q_value"] < CLEAR:
        return "level"
    return "behind" if row["difference"] < 0 else "ahead"


def _name_positions(ax: Axes, rows: list[Row]) -> None:
    """Touchpoints in words, clear of each other and of all intervals."""
    spots = [(row["difference"], 100 * row["importance"]) for row in rows]
    names = [style.wrap(row["touchpoint"], WRAPPED) for row in rows]
    blocked = []
    for row in rows:
        blocked += _boxes_of(ax, row)
    repel(ax, spots, names, blocked)


def _boxes_of(ax: Axes, row: Row) -> list[Bbox]:
    """The places of both intervals, in pixels, which labels keep off."""
    x = row["difference"]
    y = 100 * row["importance"]
    across = [(row["difference_low"], y), (row["difference_high"], y)]
    up = [(x, 100 * row["importance_low"]), (x, 100 * row["importance_high"])]
    return [Bbox(ax.transData.transform(ends)).padded(2) for ends in (up, across)]


def employees_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw what customers say and, a little above, what employees think; a row a touchpoint.

    Parameters
    ----------
    view
        From :func:`cxlens.stages.baseline.staff.employees`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Customers in blue, orange diamonds where employees are clearly wrong; employees as open
        squares.
    """
    ax = ax or style.new_axes()
    rows = view.table.to_dict("records")
    columns = {
        "customers": [number(row["mean"]) for row in rows],
        "employees": [number(row["mean_employees"]) for row in rows],
        "n": [_size(row["n"]) for row in rows],
    }
    names = [row["touchpoint"] for row in rows]
    style.draw_rows(
        ax,
        names,
        {"": list(map(_customers_dot, rows))},
        columns,
    )
    for y, row in enumerate(rows):
        _draw_employees(ax, row, y)
    words = "Mean score. ● customers, ◆ customers where employees are clearly wrong, □ what employees think"
    about = f"{_about(view)}; employees n = {count(view.record.staff.n)}"
    style.finish(
        ax,
        view.finding.title,
        f"Mean scores by customers and employees, {about}",
        x=words,
    )
    return ax


def _size(n: Any) -> str:
    return "–" if pd.isna(n) else count(n)


def _customers_dot(row: Row) -> Dot:
    """What customers say, marked where employees think otherwise."""
    colour, marker = (ORANGE, "D") if row["q_value"] < CLEAR else (BLUE, "o")
    return Dot(
        row["mean"],
        row["low"],
        row["high"],
        colour,
        marker,
        note=row["note"],
    )


def _draw_employees(ax: Axes, row: Row, y: int) -> None:
    """What employees think, with its interval, a little above what customers say."""
    if pd.isna(row["mean_employees"]):
        return
    span = (row["low_employees"], row["mean_employees"], row["high_employees"])
    (line,) = ax.plot(
        span,
        [y - BESIDE] * 3,
        color=DARK,
        linewidth=1,
    )
    line.set_marker("s")
    line.set_markevery([1])
    line.set_markersize(5)
    line.set_markerfacecolor("white")
    line.set_in_layout(False)


def consistency_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw the mean of each channel, a row a touchpoint; or the agreement of each group with its interval.

    Parameters
    ----------
    view
        From :func:`cxlens.stages.baseline.consistency.consistency`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Of channels the lowest and the highest are named, and orange where channels differ.
    """
    ax = ax or style.new_axes()
    if "icc" in view.table:
        words = _draw_agreement(view, ax)
    else:
        words = _draw_channels(view, ax)
    style.finish(
        ax,
        view.finding.title,
        f"Consistency, {_about(view)}",
        x=words,
    )
    return ax


def _draw_agreement(view: View, ax: Axes) -> str:
    """A row a group of touchpoints that the same people rated; gives back the words of the axis."""
    rows = view.table.to_dict("records")
    dots = [
        Dot(
            row["icc"],
            row["low"],
            row["high"],
            note=row["note"],
        )
        for row in rows
    ]
    names = [row["group"] for row in rows]
    sizes = [_size(row["n"]) for row in rows]
    style.draw_rows(ax, names, {"": dots}, {"n": sizes})
    return "ICC(2,1): 1 where people rate the channels alike, 0 where they do not agree"


def _draw_channels(view: View, ax: Axes) -> str:
    """A row a touchpoint, a mark a channel; gives back the words of the axis."""
    style.tidy(ax)
    compared = view.table[view.table["channels"] > 1]
    names = compared["touchpoint"].tolist() or ["none has two channels with enough answers"]
    size = style.name_rows(ax, names, ax)
    means = view.parts["means"].sort_values("mean")
    for y, row in enumerate(compared.to_dict("records")):
        channels = means[means["touchpoint"] == row["touchpoint"]]
        _draw_spread(
            ax,
            channels.to_dict("records"),
            y,
            ORANGE if row["q_value"] < CLEAR else GREY,
            size,
        )
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.margins(x=0.25)
    return "Mean score by channel, lowest and highest named. ◆ channels differ (q < 0.05); widest difference on top"


def _draw_spread(ax: Axes, channels: list[Row], y: int, colour: str, size: float) -> None:
    """The channels of a touchpoint from the lowest to the highest, these two in colour and with their names."""
    lowest, *between, highest = channels
    marker = "D" if colour == ORANGE else "o"
    ax.plot(
        [lowest["mean"], highest["mean"]],
        [y, y],
        color=colour,
        linewidth=1.2,
        zorder=1,
    )
    for channel in between:
        ax.plot(
            channel["mean"],
            y,
            "o",
            color="white",
            markeredgecolor=GREY,
            markersize=5,
        )
    for channel, aside, ha in ((lowest, -6, "right"), (highest, 6, "left")):
        ax.plot(
            channel["mean"],
            y,
            marker,
            color=colour,
            markeredgecolor=GREY,
            markersize=5,
        )
        style.say(
            ax,
            channel["channel"],
            (channel["mean"], y),
            (aside, 0),
            ha=ha,
            size=size,
        )


def pitfalls_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw each figure with its interval, and what it is held against as an upright line.

    Parameters
    ----------
    view
        From :func:`cxlens.stages.baseline.pitfalls.pitfalls`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Orange diamonds: the pitfall is seen; a row without a figure cannot be told.
    """
    ax = ax or style.new_axes()
    rows = view.table.to_dict("records")
    columns = {
        "figure": [percent(row["value"]) for row in rows],
        "against": [percent(row["reference"]) for row in rows],
        "": [row["verdict"] for row in rows],
    }
    names = [f"{row['pitfall'].capitalize()}: {row['figure']}" for row in rows]
    style.draw_rows(
        ax,
        names,
        {"": list(map(_pitfall_dot, rows))},
        columns,
    )
    ax.set_xlim(0, 100)
    words = "% of answers, scores, initiatives or steps. Upright line: what it is held against; ◆ seen"
    style.finish(
        ax,
        view.finding.title,
        f"Shares, {_about(view)}",
        x=words,
    )
    return ax


def _pitfall_dot(row: Row) -> Dot:
    """A share in percent beside its reference."""
    value, low, high, reference = (100 * row[name] for name in ("value", "low", "high", "reference"))
    look = PITFALL_LOOKS.get(row["verdict"], PITFALL_LOOKS[""])
    return Dot(
        value,
        low,
        high,
        *look,
        note=UNKNOWN,
        standard=reference,
    )
