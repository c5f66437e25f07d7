"""The picture of dimensions: rows of dots, each dimension below its touchpoint.

:func:`dimension_dots` says which marks there are. Nothing is computed here: figures come from
:mod:`cxlens.stages.drivers.dimensions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, DARK, GREY, INK, SPACE, Dot
from cxlens.common.values import CLEAR, count, percent

INDENT = "    "
GAP = 14  # points between the names and the Axes
Row = tuple[str, str]  # a touchpoint and its dimension; "" for the touchpoint as a whole


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
        The Axes drawn on. Blue: the touchpoint as a whole, dark: a dimension; open: the coefficient is not clearly off
        zero (q of 0.05 or more).
    """
    ax = ax or style.new_axes()
    order = row_order(view)
    records = _records(view, order)
    first = next(iter(records.values()))
    dots = {segment: list(map(_dot, rows)) for segment, rows in records.items()}
    names = []
    is_dimension = []
    for touchpoint, dimension in order:
        names.append(dimension or touchpoint)
        is_dimension.append(bool(dimension))
    panels = style.draw_rows(ax, names, dots, _columns(first))
    panels[0].set_xlim(left=0)
    _indent(panels[0], is_dimension)
    style.finish(ax, view.finding.title, _subtitle(view), x=_caption(view))
    return ax


def _subtitle(view: View) -> str:
    """What was measured."""
    record = view.record
    _, more = style.parts(view.table, record.by, record.survey.named, record.survey.time)
    n = view.parts["fit"]["n"].sum()
    about = style.about(n, record.level if record.n_boot else None)
    return f"Owen values{more}, {about}."


def _caption(view: View) -> str:
    """What the marks are."""
    importance = f"Importance: points of the differences in {view.record.outcome_words} (100 × R²)"
    colours = "Blue: touchpoint, grey: its dimensions"
    return f"{importance}. {colours}. ○{SPACE}no clear link"


def row_order(view: View) -> list[Row]:
    """The rows from top to bottom: each touchpoint of the first segment, with its dimensions where it has several."""
    tables, _ = style.parts(view.table, view.record.by)
    first = next(iter(tables.values()))
    order: list[Row] = []
    for name, rows in first.groupby("touchpoint", sort=False):
        touchpoint = str(name)
        order.append((touchpoint, ""))
        if len(rows) > 1:
            order += [(touchpoint, dimension) for dimension in rows["dimension"]]
    return order


def dimension_dots(view: View) -> dict[str, list[Dot]]:
    """The marks of each of the first six segments, "" where there is none, in the order of :func:`row_order`."""
    records = _records(view, row_order(view))
    return {segment: list(map(_dot, rows)) for segment, rows in records.items()}


def _records(view: View, order: Sequence[Row]) -> dict[str, list[dict[Any, Any]]]:
    """The rows of each segment, touchpoints as wholes and dimensions together."""
    tables, _ = style.parts(view.table, view.record.by)
    wholes = view.parts["touchpoints"]
    records = {}
    for segment, table in tables.items():
        whole = wholes
        if view.record.by:
            whole = wholes[wholes["segment"] == segment]
        records[segment] = _in_order(whole, table, order)
    return records


def _in_order(whole: pd.DataFrame, table: pd.DataFrame, order: Sequence[Row]) -> list[dict[Any, Any]]:
    """The rows of one segment: touchpoints as wholes, and dimensions where there are several."""
    as_rows = whole.assign(dimension="", share=np.nan)
    several = table[table["dimension"] != ""]
    rows = pd.concat([as_rows, several])
    by_name = rows.set_index(["touchpoint", "dimension"])
    return by_name.loc[list(order)].reset_index().to_dict("records")


def _columns(rows: Sequence[dict[Any, Any]]) -> dict[str, list[str]]:
    """Texts beside the rows: how many scores there are, and which share of its touchpoint a dimension has."""
    return {
        "n": [count(row["n"]) for row in rows],
        "share of it": ["" if pd.isna(row["share"]) else percent(row["share"]) for row in rows],
    }


def _dot(row: dict[Any, Any]) -> Dot:
    """Importance in points; open and grey where its coefficients are not clearly off zero."""
    clear = row["q_value"] < CLEAR
    colour = GREY
    if clear:
        colour = DARK if row["dimension"] else BLUE
    return Dot(
        value=100 * row["importance"],
        low=100 * row["importance_low"],
        high=100 * row["importance_high"],
        colour=colour,
        filled=bool(clear),
    )


def _indent(ax: Axes, is_dimension: Sequence[bool]) -> None:
    """Names of rows to the left, those of dimensions further in and grey."""
    labels = ax.get_yticklabels()
    widest = max(label.get_window_extent().width for label in labels)
    texts = []
    for label, inside in zip(labels, is_dimension, strict=True):
        label.set(horizontalalignment="left", color=DARK if inside else INK)
        text = label.get_text()
        texts.append(INDENT + text.replace("\n", f"\n{INDENT}") if inside else text)
    ax.set_yticks(ax.get_yticks(), texts, parse_math=False)
    ax.tick_params(axis="y", pad=style.points(ax, widest) + GAP)
