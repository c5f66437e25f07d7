"""Promises beside what was measured, as a picture. Drawn on an Axes, which is returned; nothing is computed here."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.style import BLUE, GREY, INK, ORANGE, PALE, Dot
from cxlens.stages.impact.kept import IN, UNTOLD, Kept, figure, name_of, widths_off

Row = dict[Any, Any]
MOST = 24  # rows
REACH = 3.0  # half widths that the axis shows at most


def kept_chart(result: Kept, ax: Axes | None = None) -> Axes:
    """Draw what was measured against what was promised, a row a promise.

    Parameters
    ----------
    result
        From :func:`cxlens.kept`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Each promise fills the shaded band, whatever it is counted in; the dot is what was measured,
        with its interval: blue inside, orange outside.
    """
    ax = ax or style.new_axes()
    shown = result.table.head(MOST)
    rows = shown.to_dict("records")
    places = widths_off(shown).clip(-REACH, REACH).to_dict("records")
    ax.axvspan(-1, 1, color=PALE, linewidth=0)
    ax.axvline(0, color=GREY, linewidth=0.9)
    dots = [_dot(row, place) for row, place in zip(rows, places, strict=True)]
    columns = {
        "promised": [_promised(row) for row in rows],
        "measured": [_measured(row) for row in rows],
    }
    names = [name_of(result.survey, row) for row in rows]
    style.draw_rows(ax, names, {"": dots}, columns)
    ax.set_xlim(-REACH - 0.2, REACH + 0.2)
    ends = ["low", "", "high"] if style.is_narrow(ax) else ["low end", "forecast", "high end"]
    ax.set_xticks([-1, 0, 1], ends, color=INK)
    left = len(result.table) - len(rows)
    more = f" {left} more in the table." if left else ""
    style.finish(
        ax,
        result.finding.title,
        f"{style.about(result.survey.n, result.level)}. Shaded: inside the promise. Orange: outside.{more}",
        "Where the survey measured it",
        "",
    )
    return ax


def told_rows(result: Kept) -> pd.DataFrame:
    """What was promised and measured in words, for the alternative text."""
    rows = []
    for row in result.table.to_dict("records"):
        measured = _measured(row)
        said = measured and f"{measured} ({row['kept']}: {_promised(row)} promised)"
        rows.append({"promise": name_of(result.survey, row), "said": said})
    return pd.DataFrame(rows, columns=["promise", "said"])


def _dot(row: Row, place: Row) -> Dot:
    """What was measured; or why that cannot be told."""
    if row["kept"] == UNTOLD:
        return Dot(float("nan"), float("nan"), float("nan"), note=row["why"])
    inside = row["kept"] == IN
    return Dot(
        place["measured"],
        place["measured_low"],
        place["measured_high"],
        BLUE if inside else ORANGE,
        "o" if inside else "D",
    )


def _promised(row: Row) -> str:
    """``3.60 to 4.00``."""
    low, high = (figure(row, row[end]) for end in ("low", "high"))
    return f"{low} to {high}"


def _measured(row: Row) -> str:
    """What was measured, in words; nothing where that cannot be told."""
    if row["kept"] == UNTOLD:
        return ""
    return figure(row, row["measured"])
