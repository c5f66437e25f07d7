"""Pictures of the sides of a result: importance-performance map, value added, opportunity, moments of truth.

:func:`view_chart` chooses by kind, also charts that stand in modules of their own. Nothing is computed here but where
bars of a waterfall begin: figures come from
:mod:`cxlens.stages.drivers.maps`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from cxlens.common import style
from cxlens.common.pictures import Chart
from cxlens.common.result import View
from cxlens.common.style import BLUE, CLEAR, DARK, GREY, ORANGE, SMALL, SPACE, TEXT, Dot
from cxlens.common.values import count, number, percent, signed
from cxlens.stages.drivers.dominance_chart import dimensions_chart, dominance_chart
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.drivers.looks import TOGETHER
from cxlens.stages.drivers.opportunity import BANDS
from cxlens.stages.drivers.performance import CONCENTRATE, QUADRANTS
from cxlens.stages.drivers.segment_chart import segments_chart

SIDE = "Side of the drivers"  # what the picture of a side is called
NAMED = 25  # touchpoints that are named in a map; those to concentrate on first
Words = Mapping[str, Callable[[Any], str]]  # a column of text, by its heading


def view_chart(result: View, ax: Axes | None = None) -> Axes:
    """Draw a look at drivers; with ``by``, a panel for each of the first six segments.

    Parameters
    ----------
    result
        From :func:`cxlens.stages.drivers.maps.performance` and the others beside it.
    ax
        The Axes to draw on; names and columns of text stand left and right of it. A new one without it.

    Returns
    -------
    Axes
        The Axes drawn on.
    """
    ax = ax or style.new_axes()
    x, y = _SIDES[result.kind](result, ax)
    drivers, more = result.record, style.parts(result.table, result.record.by)[1]
    about = style.about(drivers.n, drivers.level if drivers.draws else None)
    style.finish(
        ax, result.finding.title, f"{result.kind.capitalize()}{more}, {about}. Association, not yet effect.", x, y
    )
    if result.kind == "performance":
        _name_dots(result, ax)
    return ax


def _performance(view: View, ax: Axes) -> tuple[str, str]:
    """Rating across and importance up, each with its interval."""
    tables = style.parts(view.table, view.record.by)[0]
    down = -(-len(tables) // 2)
    style.set_height(ax, 230 * down if view.record.by else 330)
    panels = style.add_panels(ax, list(tables), min(len(tables), 2), "sharex") if view.record.by else [ax]
    shown = view.table.dropna(subset="quadrant")
    top = 115 * float(np.nanmax(shown[["importance", "importance_high"]].to_numpy(float), initial=0.001))
    for panel, own, cut in zip(panels, tables.values(), view.parts["cross-hairs"].to_dict("records"), strict=False):
        style.tidy(panel, grid="")
        for here, colour, marker in ((False, GREY, "o"), (True, BLUE, "D")):
            rows = own[own["quadrant"].eq(CONCENTRATE) == here].dropna(subset="quadrant")
            low, size, high = (100 * rows[f"importance{end}"] for end in ("_low", "", "_high"))
            panel.hlines(size, rows["mean_low"], rows["mean_high"], color=colour, linewidth=0.9)
            panel.vlines(rows["mean"], low, high, color=colour, linewidth=0.9)
            panel.plot(rows["mean"], size, marker, color=colour, markersize=5)
        panel.axvline(cut["mean"], color=DARK, linewidth=0.9, linestyle="--")
        panel.axhline(100 * cut["importance"], color=DARK, linewidth=0.9, linestyle="--")
        panel.set_ylim(-0.08 * top, top)
        panel.margins(x=0.1)
    more = f"; the first {NAMED} are named, where there is room" if len(shown) > NAMED * len(tables) else ""
    marks = f"◆\N{NO-BREAK SPACE}{CONCENTRATE}; %: share of resamples in which it is; dashed: between low and high"
    return f"Mean score of users. {marks}{more}", f"Importance: points of the differences in {view.record.outcome}"


def _name_dots(view: View, ax: Axes) -> None:
    """Quadrants and touchpoints in words, clear of each other, of dots, intervals and dashed lines."""
    figure = ax.get_figure(root=True)
    if figure:
        figure.draw_without_rendering()  # panels find their place only when drawn
    size, order = SMALL if view.record.by else TEXT, ["p_concentrate", "importance"]
    panels: list[Any] = ax.child_axes or [ax]
    for panel, own in zip(panels, style.parts(view.table, view.record.by)[0].values(), strict=True):
        corners = [
            style.say(panel, name.capitalize(), (x, y), (4 - 8 * x, 4 - 8 * y), "axes fraction", size=size,
                      color=BLUE if name == CONCENTRATE else GREY, ha="right" if x else "left",
                      va="top" if y else "bottom")
            for (y, x), name in zip(product((0, 1), (0, 1)), QUADRANTS, strict=True)
        ]  # fmt: skip
        blocked = [corner.get_window_extent().padded(2) for corner in corners]
        blocked += [line.get_window_extent().padded(2) for line in panel.lines if line.get_linestyle() == "--"]
        spans = [path.vertices for lines in panel.collections for path in lines.get_paths()]
        blocked += [Bbox(panel.transData.transform(ends)).padded(1) for ends in spans]
        rows = own.dropna(subset="quadrant").sort_values(order, ascending=False, kind="stable").to_dict("records")
        often = [f", {percent(p)}" if (p := row["p_concentrate"]) > 0.5 else "" for row in rows]
        labels = [style.wrap(row["touchpoint"] + p, 22) for row, p in zip(rows, often, strict=True)]
        style.repel(panel, [(row["mean"], 100 * row["importance"]) for row in rows], labels[:NAMED], blocked)


def _value_added(view: View, ax: Axes) -> tuple[str, str]:
    """A waterfall: each bar begins where the one above it ends."""
    drivers = view.record
    columns: Words = {
        "score": lambda row: number(row["mean"]),
        "against": lambda row: number(row["reference"]),
        "reach": lambda row: percent(row["reach"]),
        "value": lambda row: signed(row["value"], drivers.digits),
    }
    for panel, rows in _ranking(view, ax, _steps, columns):
        starts, values = _starts(rows), rows["value"].fillna(0).to_numpy()
        colours = [step.colour for step in _steps(rows)]
        panel.barh(range(len(rows)), values, 0.5, starts, color=colours, alpha=0.3)
        panel.vlines((starts + values)[:-1], range(len(rows) - 1), range(1, len(rows)), color=GREY, linewidth=0.6)
        panel.axvline(0, color=GREY, linewidth=0.8)
    marks = f"▶\N{NO-BREAK SPACE}adds, ◀\N{NO-BREAK SPACE}takes, ◆\N{NO-BREAK SPACE}{TOGETHER}; open: may be zero"
    return f"{drivers.outcome}, {drivers.unit}; 0: all users at the reference. {marks}", ""


def _starts(rows: pd.DataFrame) -> Any:
    values = rows["value"].fillna(0).to_numpy()
    return np.where(rows["touchpoint"] == TOGETHER, 0.0, values.cumsum() - values)


def _steps(rows: pd.DataFrame) -> list[Dot]:
    """The end of each bar, with the interval of its length."""
    steps = []
    for start, row in zip(_starts(rows), rows.to_dict("records"), strict=True):
        value, clear = row["value"], row["value_low"] > 0 or row["value_high"] < 0
        colour = GREY if not clear else BLUE if value > 0 else ORANGE
        mark = "D" if row["touchpoint"] == TOGETHER else ">" if value > 0 else "<"
        low, end, high = (start + row[name] for name in ("value_low", "value", "value_high"))
        steps.append(Dot(end, low, high, colour, mark, clear, "no figure"))
    return steps


def _opportunity(view: View, ax: Axes) -> tuple[str, str]:
    """Scores with the bands of under-served touchpoints."""
    columns: Words = {
        "importance": lambda row: number(row["importance"], 1),
        "satisfaction": lambda row: number(row["satisfaction"], 1),
        "": lambda row: "" if pd.isna(row["class"]) else row["class"],
    }
    for panel, _ in _ranking(view, ax, lambda rows: _dots(rows, "score", rows["score"] > min(BANDS)), columns):
        panel.set(xlim=(0, 20), xticks=[0, 5, *BANDS, 20])
        for band in BANDS:
            panel.axvline(band, color=DARK, linewidth=0.9, linestyle="--")
    words = ", ".join(f"{name} above {least}" for least, name in BANDS.items())
    return f"Opportunity score, 0 to 20. ◆ {words}", ""


def _moments(view: View, ax: Axes) -> tuple[str, str]:
    """The index, with the three figures it is made of in words."""
    digits = view.record.digits
    columns: Words = {
        "reach": lambda row: percent(row["reach"]),
        "emotion": lambda row: number(row["emotion"]),
        "effect": lambda row: number(row["effect"], digits),
    }
    for panel, _ in _ranking(view, ax, lambda rows: _dots(rows, "index", rows["moment_of_truth"].eq(True)), columns):
        panel.set_xlim(0, 100)
    words = "Index of reach, strength of feeling and effect, 0 to 100. ◆ effect clearly above the median"
    return words, ""


def _dots(rows: pd.DataFrame, name: str, marked: Any) -> list[Dot]:
    return _marks(rows, name, [(BLUE, "D", True) if mark else (GREY, "o", False) for mark in marked])


def _marks(rows: pd.DataFrame, name: str, looks: list[tuple[str, str, bool]]) -> list[Dot]:
    """Figures with their intervals; colour, marker and filling of each."""
    spans = zip(rows[name], rows[f"{name}_low"], rows[f"{name}_high"], looks, strict=True)
    return [Dot(value, low, high, *look, "no figure") for value, low, high, look in spans]


def _ranking(
    view: View, ax: Axes, dots: Callable[[pd.DataFrame], list[Dot]], columns: Words
) -> list[tuple[Axes, pd.DataFrame]]:
    """Rows in the order of the first segment, in a panel for each; gives back each panel with its rows."""
    tables = style.parts(view.table, view.record.by)[0]
    order = next(iter(tables.values()))["touchpoint"]
    rows = {name: own.set_index("touchpoint").loc[order].reset_index() for name, own in tables.items()}
    first = next(iter(rows.values())).to_dict("records")
    texts = {head: ["" if row["touchpoint"] == TOGETHER and head != "value" else words(row) for row in first]
             for head, words in columns.items()}  # fmt: skip
    panels = style.draw_rows(ax, order.tolist(), {name: dots(own) for name, own in rows.items()}, texts)
    return list(zip(panels, rows.values(), strict=True))


def _shape(view: View, ax: Axes) -> tuple[str, str]:
    """What low scores cost and high scores bring, on the same row."""
    columns: Words = {"": lambda row: row["class"] or ""}

    def ends(rows: pd.DataFrame, name: str) -> list[Dot]:
        return _marks(rows, name, [(BLUE, ">", True) if name == "reward" else (ORANGE, "<", True)] * len(rows))

    for panel, rows in _ranking(view, ax, lambda rows: ends(rows, "penalty"), columns):
        panel.axvline(0, color=GREY, linewidth=0.8)
        for y, dot in enumerate(ends(rows, "reward")):
            style.draw_mark(panel, dot, y + 0.18)
    words = f"Change of {view.record.outcome} against middling scores, {view.record.unit}"
    return f"{words}. ◀ low scores (penalty), ▶ high scores (reward)", ""


def _diagnosis(view: View, ax: Axes) -> tuple[str, str]:
    """How much of a touchpoint's error comes from its correlation with the others."""
    table = view.table.assign(vif_low=np.nan, vif_high=np.nan)
    plain = replace(view, table=table)
    for panel, _ in _ranking(plain, ax, lambda rows: _dots(rows, "vif", rows["vif"] > 5), {}):
        panel.set_xlim(left=0)
        panel.axvline(5, color=DARK, linewidth=0.9, linestyle="--")
    return "Variance inflation factor. ◆ above 5: hardly told from the others", ""


UNCLEAR, OPPOSITE = "coefficient not told from zero", "higher score, lower outcome"


def drivers_chart(result: Drivers, ax: Axes | None = None) -> Axes:
    """Draw importance with intervals, the most important touchpoint on top.

    Parameters
    ----------
    result
        From :func:`cxlens.drivers`. With ``by``: a panel for each of the first six segments, all in the order of
        the first, the leader of each in blue.
    ax
        The Axes to draw on; names and columns of text stand left and right of it. A new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Open and grey: the coefficient is not told from zero (q of 0.05 or more); triangle: a higher
        score goes with a lower outcome.
    """
    ax = ax or style.new_axes()
    tables, more = style.parts(result.table, result.by)
    order = next(iter(tables.values()))["touchpoint"].tolist()
    sizes = dict(zip(result.fit["segment"].astype(str), result.fit["n"], strict=True)) if result.by else {}
    told = result.contrasts[(result.contrasts["what"] == "importance") & (result.contrasts["q_value"] < CLEAR)]
    ways = np.where(told["difference"] > 0, "▲", "▼")
    apart = dict(zip(zip(told["segment"].astype(str), told["touchpoint"], strict=True), ways, strict=True))
    dots = {}
    for name, own in tables.items():
        rows = own.set_index("touchpoint").reindex(order).to_dict("records")
        colours = [BLUE if not name or who == own["touchpoint"].iloc[0] else DARK for who in order]
        flags = [apart.get((name, who), "") for who in order]
        dots[f"{name} (n = {count(sizes[name])})" if name else ""] = list(map(_driver_dot, rows, colours, flags))
    readings = ["" if pd.isna(dot.value) else dot.note for dot in next(iter(dots.values()))]
    columns = {"n": list(map(count, result.table["n"])), "": readings}
    style.draw_rows(ax, order, dots, columns)[0].set_xlim(left=0)
    words = f"Importance: points of the differences in {result.outcome} (100 × R²) that a touchpoint explains"
    words += f". Blue: first of its segment; ○{SPACE}{UNCLEAR}; ▽{SPACE}{OPPOSITE}" if result.by else ""
    words += f"; ▲▼{SPACE}more or less than for all others" if apart else ""
    about = style.about(result.n, result.level if result.n_boot else None)
    style.finish(ax, result.finding.title, f"LMG importance{more}, {about}. Association, not yet effect.", x=words)
    return ax


def _driver_dot(row: dict[Any, Any], colour: str, flag: str) -> Dot:
    clear, down = row["q_value"] < CLEAR, row["coef"] < 0
    shade = ORANGE if clear and down else colour if clear else GREY
    value, low, high = (100 * row[name] for name in ("importance", "importance_low", "importance_high"))
    note = "no figure" if pd.isna(value) else UNCLEAR if not clear else OPPOSITE if down else ""
    return Dot(value, low, high, shade, "v" if down else "o", bool(clear), note, flag=flag)


# What draws each kind of view; it gives back the words of the two axes.
_SIDES: dict[str, Callable[[View, Axes], tuple[str, str]]] = {
    "performance": _performance,
    "value added": _value_added,
    "opportunity": _opportunity,
    "moments of truth": _moments,
    "shape": _shape,
    "diagnosis": _diagnosis,
}

CHARTS = {
    "Drivers": Chart(drivers_chart, "Importance of touchpoints", "touchpoint", "importance", number),
    "SegmentTree": Chart(segments_chart, "Tree of segments", "leader", "importance", number),
    "dominance": Chart(dominance_chart, SIDE, "touchpoint", "difference", number),
    "shape": Chart(view_chart, SIDE, "touchpoint", "reward", number),
    "performance": Chart(view_chart, SIDE, "touchpoint", "mean", number),
    "value added": Chart(view_chart, SIDE, "touchpoint", "value", number),
    "opportunity": Chart(view_chart, SIDE, "touchpoint", "score", number),
    "moments of truth": Chart(view_chart, SIDE, "touchpoint", "index", number),
    "dimensions": Chart(dimensions_chart, SIDE, "touchpoint", "importance", number),
    "diagnosis": Chart(view_chart, SIDE, "touchpoint", "vif", number),
}
