"""The picture of dominance: a matrix of touchpoints.

:func:`matrix_cells` says which cells there are. Nothing is computed here: figures come from
:mod:`cxlens.stages.drivers.dominance`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, DARK, INK, SMALL, TEXT
from cxlens.stages.drivers.dominance import SURE

SHADES = LinearSegmentedColormap.from_list("shares", ["white", BLUE])
DARKEST = 1.25  # share at which a cell were as dark as the colour itself
ON_DARK = 0.6  # share above which a number is white
ROW = 17  # points a row of the matrix is high, or more where names take several lines
WRAPPED, ON_PHONE = 34, 18  # characters of the name of a touchpoint in a line, on a phone
LETTER = 0.62  # how wide a digit is, in sizes of its font
SMALLEST = 5.0  # points: smaller numbers, which could not be read, are left out


class Cell(NamedTuple):
    """How often the touchpoint of a row adds more than that of a column, and whether it surely always does."""

    row: int
    column: int
    share: float
    surely_always: bool

    @property
    def text(self) -> str:
        """The share in percent: 100 for all, 0 for none, and nothing else rounds to either."""
        rounded = round(100 * self.share)
        least = 1 if self.share > 0 else 0
        most = 100 if self.share == 1 else 99
        return f"{min(max(rounded, least), most)}"

    @property
    def colour(self) -> str:
        """Of the number, on the shade of its cell."""
        return "white" if self.share > ON_DARK else INK

    @property
    def weight(self) -> str:
        """Of the number."""
        return "bold" if self.surely_always else "normal"


def matrix_cells(table: pd.DataFrame, order: Sequence[str], column: str) -> list[Cell]:
    """The cells of one segment whose share, a column of the table, is known."""
    place = {touchpoint: number for number, touchpoint in enumerate(order)}
    return [
        Cell(
            row=place[pair["touchpoint"]],
            column=place[pair["over"]],
            share=pair[column],
            surely_always=pair[column] == 1 and pair["p_complete"] >= SURE,
        )
        for pair in table.dropna(subset=column).to_dict("records")
    ]


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
    tables, more = style.parts(view.table, view.record.by, view.record.survey.named, view.record.survey.time)
    touchpoints = list(view.record.touchpoints)
    wrapped = ON_PHONE if style.is_narrow(ax) else WRAPPED
    row = max(ROW, _most_lines(_names(touchpoints, wrapped)) * TEXT * style.LINE + 6)
    style.set_height(ax, len(tables) * (row * len(touchpoints) + 30))
    panels = style.add_panels(ax, list(tables), 1, "sharex") if view.record.by else [ax]
    column = "complete" if _submodels_known(view) else "p_general"
    across = _digit_room(ax, _names(touchpoints, wrapped))
    for panel, table in zip(panels, tables.values(), strict=True):
        order = table["touchpoint"].unique().tolist() or touchpoints
        _draw_matrix(panel, _names(order, wrapped), matrix_cells(table, order, column), across)
    about = style.about(view.record.n, None)
    subtitle = f"Touchpoints by importance{more}, {about}."
    unsaid = "" if across >= SMALLEST else ". The darker, the more; the table has the figures"
    style.finish(ax, view.finding.title, subtitle, x=f"{_caption(view)}{unsaid}")
    return ax


def _digit_room(ax: Axes, names: Sequence[str]) -> float:
    """The largest size of a number of three digits that a column has room for beside the names."""
    longest = max(len(line) for name in names for line in name.split("\n"))
    width = style.points(ax, style.cell(ax).width) - LETTER * TEXT * longest
    return width / len(names) / (3.3 * LETTER)


def _submodels_known(view: View) -> bool:
    return bool(view.table["complete"].notna().any())


def _caption(view: View) -> str:
    """What the numbers are."""
    if not _submodels_known(view):
        return "Share of resamples, in %, in which the row is more important than the column"
    resampled = view.table["p_complete"].notna().any()
    bold = ", bold: in 95 % of resamples, too" if resampled else ""
    shares = "Share of the sets of other touchpoints, in %, to which the row adds more R² than the column"
    return f"{shares}. 100: complete dominance{bold}"


def _draw_matrix(ax: Axes, names: Sequence[str], cells: Sequence[Cell], across: float) -> None:
    """Cells with their number on its shade where it can be read; columns carry the numbers of the rows."""
    p = len(names)
    shares = np.full((p, p), np.nan)
    for cell in cells:
        shares[cell.row, cell.column] = cell.share
    ax.imshow(shares, cmap=SHADES, vmin=0, vmax=DARKEST, aspect="auto")
    room = style.points(ax, ax.bbox.height) / p / style.LINE
    size = min(SMALL, room)
    if across >= SMALLEST:
        for cell in cells:
            _write_number(ax, cell, min(size, across))
    every = max(round(SMALLEST / max(across, 0.1) + 0.4), 1)
    ax.set_yticks(
        range(p),
        names,
        color=INK,
        size=min(TEXT, size + 1, room / _most_lines(names)),
        parse_math=False,
    )
    columns = range(0, p, every)
    numbers = [str(column + 1) for column in columns]
    ax.set_xticks(columns, numbers, color=DARK, size=min(size, max(across, SMALLEST)))
    ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.spines[:].set_visible(False)


def _write_number(ax: Axes, cell: Cell, size: float) -> None:
    """The share of a cell in its middle."""
    ax.text(
        cell.column,
        cell.row,
        cell.text,
        color=cell.colour,
        weight=cell.weight,
        size=size,
        ha="center",
        va="center",
        in_layout=False,
        parse_math=False,
    )


def _names(order: Sequence[str], wrapped: int) -> list[str]:
    """Touchpoints with their numbers, whole, on as many lines as they take."""
    return [style.wrap(f"{number}. {touchpoint}", wrapped) for number, touchpoint in enumerate(order, 1)]


def _most_lines(names: Sequence[str]) -> int:
    """How many lines the longest name takes."""
    return max(map(style.lines, names))
