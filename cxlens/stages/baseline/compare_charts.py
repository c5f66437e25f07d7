"""Pictures of comparisons: with competitors, employees, between channels, and of pitfalls.

Figures come from :mod:`cxlens.stages.baseline.rivals`, ``employees``, ``consistency`` and ``pitfalls``; nothing is
computed here.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, CLEAR, DARK, GREY, ORANGE, Dot
from cxlens.common.values import count, number, percent
from cxlens.stages.baseline.pitfalls import SEEN, UNKNOWN

LOOKS = {"ahead": (BLUE, "o", True), "behind": (ORANGE, "D", True), "level": (GREY, "o", False), "": (GREY, "o", False)}


def competitors_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw our score less each competitor's, with intervals; a panel for each of the first six.

    Where competitors are compared by segment, each panel is a competitor in a segment. With drivers and one sample, the
    difference to the best competitor goes across and importance up.
    """
    ax = ax or style.new_axes()
    position = view.parts["position"]
    single = position["segment"].nunique() == 1
    if single and "importance" in position and position["importance"].notna().any():
        return _position_chart(view, ax)
    table = view.table
    names = table["competitor"] if "segment" not in table else table["competitor"] + ", " + table["segment"]
    first = list(dict.fromkeys(names))[: style.PANELS]
    order = list(dict.fromkeys(table["touchpoint"]))
    dots = {}
    for panel in first:
        own = table[names == panel].set_index("touchpoint").reindex(order).to_dict("records")
        dots[panel if len(first) > 1 else ""] = [_difference_dot(row, LOOKS) for row in own]
    lead = table[names == first[0]].set_index("touchpoint").reindex(order)
    columns = {"ours": [number(v) for v in lead["mean"]], "theirs": [number(v) for v in lead["mean_competitor"]]}
    for panel in style.draw_rows(ax, order, dots, columns):
        panel.axvline(0, color=GREY, linewidth=0.8, zorder=0)
    more = len(set(names)) - len(first)
    words = f"Our mean less theirs, points of the score. ◆ clearly behind (q < {CLEAR:g}), ● ahead, ○ not told apart"
    left = f"; {more} more in the table" if more else ""
    title = view.sentence.split("; nowhere")[0].split(". Furthest")[0]
    who = first[0] if len(first) == 1 else "each competitor"
    style.finish(
        ax, title, f"Difference to {who}, {style.about(view.record.survey.n, view.record.level)}{left}", x=words
    )
    return ax


def _difference_dot(row: dict[Any, Any], looks: dict[str, tuple[str, str, bool]]) -> Dot:
    look = looks[row["position"] if isinstance(row["position"], str) else ""]
    note = row["note"] if isinstance(row["note"], str) else ""
    return Dot(row["difference"], row["difference_low"], row["difference_high"], *look, note)


def _position_chart(view: View, ax: Axes) -> Axes:
    """Relative position: difference to the best competitor across, importance up, each with its interval."""
    style.set_height(ax, 330)
    style.tidy(ax, grid="")
    rows = view.parts["position"].dropna(subset=["importance", "difference"]).to_dict("records")
    for row in rows:
        clear = row["q_value"] < CLEAR
        colour, marker = (ORANGE, "D") if clear and row["difference"] < 0 else (BLUE, "o") if clear else (GREY, "o")
        y = 100 * row["importance"]
        ax.hlines(y, row["difference_low"], row["difference_high"], color=colour, linewidth=0.9)
        ax.vlines(
            row["difference"], 100 * row["importance_low"], 100 * row["importance_high"], color=colour, linewidth=0.9
        )
        ax.plot(row["difference"], y, marker, color=colour, markersize=5, markerfacecolor=colour if clear else "white")
    ax.axvline(0, color=DARK, linewidth=0.9, linestyle="--")
    ax.margins(0.1, 0.1)
    ax.set_ylim(bottom=0)
    overlap = view.parts["overlap"].iloc[0]
    weak = overlap["behind_where_it_matters"]
    title = f"Behind where it matters: {weak}" if weak else "Nowhere clearly behind where it matters"
    names = view.parts["position"]["best"].unique()
    best = names[0] if len(names) == 1 else "the best competitor"
    about = f"Difference to {best} and importance, {style.about(view.record.survey.n, view.record.level)}"
    told = f". Rank correlation {number(overlap['correlation'])}" if pd.notna(overlap["correlation"]) else ""
    x = "Our mean less the best competitor's, points of the score: left is behind. ◆ clearly behind, ○ not told apart"
    style.finish(
        ax,
        title,
        f"{about}{told}. Association, not yet effect.",
        x,
        "Importance: points of 100 that a touchpoint explains",
    )
    spots = [(row["difference"], 100 * row["importance"]) for row in rows]
    style.repel(
        ax, spots, [row["touchpoint"] for row in rows], [_box(ax, row, flat) for row in rows for flat in (0, 1)]
    )
    return ax


def _box(ax: Axes, row: dict[Any, Any], flat: int) -> Bbox:
    """The place of an interval, in pixels, which labels keep off."""
    x, y = row["difference"], 100 * row["importance"]
    ends = [(row["difference_low"], y), (row["difference_high"], y)]
    if not flat:
        ends = [(x, 100 * row["importance_low"]), (x, 100 * row["importance_high"])]
    return Bbox(ax.transData.transform(ends)).padded(2)


def employees_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw what customers say (blue) and what employees think (open), a row a touchpoint."""
    ax = ax or style.new_axes()
    rows = view.table.to_dict("records")
    clear = [row["q_value"] < CLEAR for row in rows]
    dots = [Dot(row["mean"], row["low"], row["high"], ORANGE if told else BLUE, "D" if told else "o", note=row["note"])
            for row, told in zip(rows, clear, strict=True)]  # fmt: skip
    columns = {
        "customers": [number(row["mean"]) for row in rows],
        "employees": [number(row["mean_employees"]) for row in rows],
        "n": ["–" if pd.isna(row["n"]) else count(row["n"]) for row in rows],
    }
    style.draw_rows(ax, [row["touchpoint"] for row in rows], {"": dots}, columns)
    for y, row in enumerate(rows):
        if pd.notna(row["mean_employees"]):
            span = (row["low_employees"], row["mean_employees"], row["high_employees"])
            line = ax.plot(span, [y - 0.22] * 3, color=DARK, linewidth=1)[0]
            line.set(marker="s", markevery=[1], markersize=5, markerfacecolor="white", in_layout=False)
    words = "Mean score. ● customers, ◆ customers where employees are clearly wrong, □ what employees think"
    about = f"{style.about(view.record.survey.n, view.record.level)}; employees n = {count(view.record.staff.n)}"
    style.finish(ax, view.sentence.split(": ")[0], f"Mean scores by customers and employees, {about}", x=words)
    return ax


def consistency_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw the mean of each channel, a row a touchpoint; or the agreement of each group with its interval."""
    ax = ax or style.new_axes()
    table, means = view.table, view.parts["means"]
    if "icc" in table:
        dots = [Dot(row["icc"], row["low"], row["high"], BLUE, note=row["note"]) for row in table.to_dict("records")]
        columns = {"n": ["–" if pd.isna(n) else count(n) for n in table["n"]]}
        style.draw_rows(ax, table["group"].tolist(), {"": dots}, columns)
        words = "ICC(2,1): 1 where people rate the channels alike, 0 where they do not agree"
    else:
        style.tidy(ax)
        rows = table[table["channels"] > 1].to_dict("records")
        size = style.name_rows(ax, [row["touchpoint"] for row in rows], ax)
        for y, row in enumerate(rows):
            own = means[means["touchpoint"] == row["touchpoint"]].sort_values("mean").to_dict("records")
            clear = row["q_value"] < CLEAR
            ax.plot([own[0]["mean"], own[-1]["mean"]], [y, y], color=ORANGE if clear else GREY, linewidth=1.2, zorder=1)
            for k, one in enumerate(own):
                end = k in (0, len(own) - 1)
                colour = (ORANGE if clear else GREY) if end else "white"
                ax.plot(one["mean"], y, "D" if clear and end else "o", color=colour,
                        markeredgecolor=GREY, markersize=5)  # fmt: skip
            for one, side in ((own[0], -1), (own[-1], 1)):
                style.say(
                    ax, one["channel"], (one["mean"], y), (6 * side, 0), ha="left" if side > 0 else "right", size=size
                )
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.margins(x=0.25)
        words = (
            "Mean score by channel, lowest and highest named. ◆ channels differ (q < 0.05); widest difference on top"
        )
    title = view.sentence.split(", n = ")[0].split(" (epsilon")[0]
    style.finish(ax, title, f"Consistency, {style.about(view.record.survey.n, view.record.level)}", x=words)
    return ax


def pitfalls_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw each figure with its interval, and what it is held against as an upright line."""
    ax = ax or style.new_axes()
    rows = view.table.to_dict("records")
    looks = {SEEN: (ORANGE, "D", True), UNKNOWN: (GREY, "o", False)}
    dots = [
        Dot(100 * row["value"], 100 * row["low"], 100 * row["high"], *looks.get(row["verdict"], (BLUE, "o", True)),
            UNKNOWN, 100 * row["reference"])
        for row in rows
    ]  # fmt: skip
    columns = {
        "figure": [percent(row["value"]) for row in rows],
        "against": [percent(row["reference"]) for row in rows],
        "": [row["verdict"] for row in rows],
    }
    style.draw_rows(ax, [f"{row['pitfall'].capitalize()}: {row['figure']}" for row in rows], {"": dots}, columns)
    ax.set_xlim(0, 100)
    title = view.sentence.split(". ")[0].split("; ")[0]
    about = f"Shares, {style.about(view.record.survey.n, view.record.level)}"
    style.finish(
        ax, title, about, x="% of answers, scores, initiatives or steps. Upright line: what it is held against; ◆ seen"
    )
    return ax
