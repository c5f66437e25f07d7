"""The charts of dominance, a matrix of touchpoints, and of dimensions, rows below their touchpoint.

Nothing is computed here: figures come from :mod:`cxlens.stages.drivers.dominance` and
:mod:`cxlens.stages.drivers.dimensions`. Charts of other sides of the drivers do not belong here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, CLEAR, DARK, GREY, INK, SMALL, TEXT, Dot
from cxlens.common.values import count, percent

SHADES = LinearSegmentedColormap.from_list("shares", ["white", BLUE])
ROW = 17  # points a row of the matrix is high
SURE = 0.95  # share of the resamples from which on a figure is bold
SHORT = 34  # characters of the name of a touchpoint; the table has all of it
SPACE = "\N{NO-BREAK SPACE}"


def dominance_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw a matrix: how often the touchpoint of the row adds more than that of the column, in percent.

    Parameters
    ----------
    view
        From :func:`cxlens.stages.drivers.dominance.dominance`. With ``by``: a matrix for each of the first six
        segments.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Touchpoints by importance, numbered; 100: complete dominance, bold where it holds in 95 % of
        resamples, too. Where submodels were not looked at: the share of resamples in which the row leads.
    """
    ax = ax or style.new_axes()
    tables, more = style.parts(view.table, view.record.by)
    whole = view.table["complete"].notna().any()
    drawn_too, column = view.table["p_complete"].notna().any(), "complete" if whole else "p_general"
    names = view.record.touchpoints
    style.set_height(ax, len(tables) * (ROW * len(names) + 30))
    panels = [ax] if "" in tables else style.add_panels(ax, list(tables), 1, "sharex")
    for panel, own in zip(panels, tables.values(), strict=True):
        shares, drawn = np.full((2, len(names), len(names)), np.nan)
        beside = ~np.eye(len(names), dtype=bool)  # the table has these pairs, row by row
        shares[beside], drawn[beside] = own[column], own["p_complete"]
        _draw_matrix(panel, own["touchpoint"].unique().tolist() or list(names), shares, drawn)
    words = "Share of the sets of other touchpoints, in %, to which the row adds more R² than the column. "
    words += f"100: complete dominance{', bold: in 95 % of resamples, too' if drawn_too else ''}"
    if not whole:
        words = "Share of resamples, in %, in which the row is more important than the column"
    about = style.about(view.record.n, None)
    style.finish(
        ax, view.finding.title, f"Touchpoints by importance{more}, {about}. Association, not yet effect.", x=words
    )
    return ax


def _draw_matrix(ax: Axes, order: list[Any], shares: Any, drawn: Any) -> None:
    """Cells with their number on its shade; columns carry the numbers of the rows."""
    p = len(order)
    ax.imshow(shares, cmap=SHADES, vmin=0, vmax=1.25, aspect="auto")
    size = min(SMALL, style.points(ax, ax.bbox.height) / p / style.LINE) if p else SMALL
    for i, j in np.argwhere(~np.isnan(shares)).tolist():
        colour = "white" if shares[i, j] > 0.6 else INK
        weight = "bold" if shares[i, j] == 1 and drawn[i, j] >= SURE else "normal"
        shown = np.clip(round(100 * shares[i, j]), shares[i, j] > 0, 99 + (shares[i, j] == 1))  # 100 is all of them
        ax.text(j, i, f"{shown:.0f}", color=colour, size=size, weight=weight, ha="center", va="center",
                in_layout=False)  # fmt: skip
    short = [name if len(name) <= SHORT else f"{name[: SHORT - 1]}…" for name in map(str, order)]
    ax.set_yticks(range(p), [f"{i}. {name}" for i, name in enumerate(short, 1)], color=INK, size=min(TEXT, size + 1))
    ax.set_xticks(range(p), [str(i) for i in range(1, p + 1)], color=DARK, size=size)
    ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.spines[:].set_visible(False)


def dimensions_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw importance with intervals: touchpoints sorted, the dimensions of each indented below it.

    Parameters
    ----------
    view
        From :func:`cxlens.stages.drivers.dimensions.dimensions`. With ``by``: a panel for each of the first six
        segments, all in the order of the first.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Blue: the touchpoint as a whole, dark: a dimension; open: the coefficient is not told from
        zero (q of 0.05 or more).
    """
    ax = ax or style.new_axes()
    by, wholes = view.record.by, view.parts["touchpoints"]
    tables, more = style.parts(view.table, by)
    first = next(iter(tables.values()))
    order: list[tuple[str, str]] = []
    for name, own in first.groupby("touchpoint", sort=False):
        order += [(str(name), "")] + [(str(name), part) for part in own["dimension"].tolist() if len(own) > 1]
    found: dict[str, list[dict[Any, Any]]] = {}
    for segment, own in tables.items():
        whole = wholes[wholes["segment"] == segment] if by else wholes
        rows = pd.concat([whole.assign(dimension="", share=np.nan), own[own["dimension"] != ""]])
        found[segment] = rows.set_index(["touchpoint", "dimension"]).loc[order].reset_index().to_dict("records")
    dots = {name: [_dot(row, DARK if row["dimension"] else BLUE) for row in own] for name, own in found.items()}
    shown = next(iter(found.values()))
    columns = {
        "n": [count(row["n"]) for row in shown],
        "share of it": ["" if pd.isna(row["share"]) else percent(row["share"]) for row in shown],
    }
    names = [part or name for name, part in order]
    panels = style.draw_rows(ax, names, dots, columns)
    panels[0].set_xlim(left=0)
    _indent(panels[0], [bool(part) for _, part in order])
    words = f"Importance: points of the differences in {view.record.outcome} (100 × R²). Blue: touchpoint, grey: its "
    words += f"dimensions. ○{SPACE}coefficient not told from zero"
    about = style.about(view.parts["fit"]["n"].sum(), view.record.level if view.record.n_boot else None)
    style.finish(ax, view.finding.title, f"Owen values{more}, {about}. Association, not yet effect.", x=words)
    return ax


def _dot(row: dict[Any, Any], colour: str) -> Dot:
    """Importance in points; open and grey where its coefficients are not told from zero."""
    clear = row["q_value"] < CLEAR
    low, high = 100 * row["importance_low"], 100 * row["importance_high"]
    return Dot(100 * row["importance"], low, high, colour if clear else GREY, filled=bool(clear))


def _indent(ax: Axes, inside: list[bool]) -> None:
    """Names of rows to the left, those inside another further in and grey."""
    labels = ax.get_yticklabels()
    wide = style.points(ax, max(label.get_window_extent().width for label in labels))
    for label, inner in zip(labels, inside, strict=True):
        label.set(horizontalalignment="left", color=DARK if inner else INK)
        if inner:
            label.set_text("    " + label.get_text().replace("\n", "\n    "))
    ax.set_yticks(ax.get_yticks(), [label.get_text() for label in labels])
    ax.tick_params(axis="y", pad=wide + 14)
