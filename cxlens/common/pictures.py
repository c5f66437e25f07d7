"""A result as a picture with its alternative text; which chart draws it, its stage says in ``CHARTS``.

Nothing is computed or drawn here. What charts have in common in looks is in :mod:`cxlens.common.style`.
"""

from __future__ import annotations

import html
import io
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cxlens.common import port, style
from cxlens.common.values import interval, wave_words


def _table_of(result: Any) -> pd.DataFrame:
    """The rows of most results."""
    table: pd.DataFrame = result.table
    return table


class Chart(NamedTuple):
    """What draws a result, and how its alternative text tells the first rows.

    Attributes
    ----------
    draw
        Takes the result and an Axes (or None for a new one); gives back the Axes drawn on.
    kind
        What the picture is, in words: the beginning of the alternative text.
    name, value
        Columns of the rows: what a row is called, and its figure.
    form
        The figure in words.
    rows
        The rows, those that are told first on top.
    """

    draw: Callable[..., Axes]
    kind: str
    name: str
    value: str
    form: Callable[[Any], str]
    rows: Callable[[Any], pd.DataFrame] = _table_of


def alt_text(result: Any) -> str:
    """Alternative text of the picture of a result: what kind of chart, the finding, the first rows.

    Parameters
    ----------
    result
        Any result of an analysis, or a touchpoint map.

    Returns
    -------
    str
        Plain text on one line.

    Raises
    ------
    OptionError
        When there is no chart of such a thing.
    """
    chart: Chart = port.chart_of(result)
    texts = [_row_in_words(row, chart) for row in chart.rows(result).head(5).to_dict("records")]
    return " ".join(f"{chart.kind}. {result} {'; '.join(texts)}.".split())


def _row_in_words(row: dict[Any, Any], chart: Chart) -> str:
    """``business: Security 3.51 [3.45, 3.57]``."""
    low, high = (row.get(f"{chart.value}_{end}", row.get(end, np.nan)) for end in ("low", "high"))
    segment = f"{row['segment']}: " if "segment" in row else ""
    span = "" if pd.isna(low) else f" {interval(low, high)}"
    return f"{segment}{wave_words(row[chart.name])} {chart.form(row[chart.value])}{span}"


def picture(result: Any, *, width: float = style.WIDTH, form: str = "png") -> tuple[bytes, str]:
    """Draw a result as an image, without pyplot, for widgets, reports and files.

    Parameters
    ----------
    result
        Any result of an analysis, a touchpoint map, or a :class:`cxlens.stages.baseline.map_chart.Sight` of one.
    width
        Inches, at 110 dots an inch. The height follows from what there is to draw.
    form
        ``"png"``, or ``"svg"``: its words stay text, and what it shows is told in it.

    Returns
    -------
    tuple of bytes and str
        The image, and its alternative text.

    Raises
    ------
    OptionError
        When there is no chart of such a thing.
    """
    text = alt_text(result)
    figure = Figure(figsize=(width, style.FLAT), dpi=110)
    FigureCanvasAgg(figure)
    ax = port.draw(result, figure.subplots())
    told = {"Title": ax.get_title(loc="left"), "Description": text}
    out = io.BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "cxlens"}):  # words stay text; the same file each time
        figure.savefig(out, format=form, metadata=told | ({"Date": None} if form == "svg" else {}))
    image = out.getvalue()
    if form == "svg":  # what screen readers read
        words = f"</title>\n <desc>{html.escape(text)}</desc>".encode()
        image = image.replace(b"<svg ", b'<svg role="img" ', 1).replace(b"</title>", words, 1)
    return image, text
