"""A result as a picture with its alternative text; which chart draws it, its stage says in ``CHARTS``.

Nothing is computed or drawn here. What charts have in common in looks is in :mod:`cxlens.common.style`.
"""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cxlens.common import port, style
from cxlens.common.described import describe
from cxlens.common.values import interval, wave_words

ROWS = 5  # that an alternative text tells
QUICK = 3  # how hard PNG packs: such pictures get no smaller by the usual 6, which takes longer
ON_ONE_LINE = str.maketrans("\n\r\t", "   ")


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
    width
        Inches of its picture.
    """

    draw: Callable[..., Axes]
    kind: str
    name: str
    value: str
    form: Callable[[Any], str]
    rows: Callable[[Any], pd.DataFrame] = _table_of
    width: float = style.WIDTH

    def plot(self, result: Any, ax: Axes | None, *shown: Any) -> Axes:
        """The Axes drawn on; a figure made for them gets its alternative text."""
        drawn = self.draw(result, ax, *shown)
        if ax is None:
            describe(drawn, self.told(result))
        return drawn

    def told(self, result: Any) -> str:
        """What kind of chart it is, all parts of the finding, and the first rows, on one line."""
        rows = self.rows(result).head(ROWS)
        told = "; ".join(_row_in_words(row, self) for row in rows.to_dict("records") if row[self.value] != "")
        sentences = [f"{self.kind}.", str(result)]
        if told:
            sentences.append(f"{told}.")
        return " ".join(sentences).translate(ON_ONE_LINE)


def alt_text(result: Any) -> str:
    """Alternative text of the picture of a result: what kind of chart, all parts of the finding, the first rows.

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
    return chart.told(result)


def _row_in_words(row: dict[Any, Any], chart: Chart) -> str:
    """``business: Security 3.51 [3.45, 3.57]``."""
    name = wave_words(row[chart.name])
    figure = chart.form(row[chart.value])
    segment = ""
    if "segment" in row:
        segment = f"{row['segment']}: "
    low = _end(row, chart, "low")
    span = "" if pd.isna(low) else f" {interval(low, _end(row, chart, 'high'))}"
    return f"{segment}{name} {figure}{span}"


def _end(row: dict[Any, Any], chart: Chart, end: str) -> Any:
    """One end of a row's interval; NaN where it has none."""
    if f"{chart.value}_{end}" in row:
        return row[f"{chart.value}_{end}"]
    return row.get(end, np.nan)


def picture(result: Any, *, width: float | None = None, form: str = "png") -> tuple[bytes, str]:
    """Draw a result as an image, without pyplot, for widgets, reports and files.

    Parameters
    ----------
    result
        Any result of an analysis, a touchpoint map, or a :class:`cxlens.stages.baseline.map_chart.Sight` of one.
    width
        Inches, at 110 dots an inch; those of its chart by default. The height follows from what there is to draw.
    form
        ``"png"``, ``"svg"`` or ``"pdf"``: their words stay text. What it shows is told in it.

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
    figure = Figure(figsize=(width or port.chart_of(result).width, style.FLAT), dpi=110)
    canvas = FigureCanvasAgg(figure)
    ax = port.draw(result, figure.subplots())
    style.hold_still(figure)
    metadata = {
        "Title": ax.get_title(loc="left"),
        "Description": text,
    }
    if form == "svg":
        return _described(_svg(figure, metadata), text), text
    if form == "pdf":
        return _pdf(figure, metadata), text
    return _png(canvas, metadata), text


def _pdf(figure: Figure, metadata: Mapping[str, Any]) -> bytes:
    """A figure as PDF: words stay text, and the file is the same each time."""
    out = io.BytesIO()
    told = {"Title": metadata["Title"], "Subject": metadata["Description"], "CreationDate": None}
    with rc_context({"pdf.fonttype": 42}):
        figure.savefig(out, format="pdf", metadata=told)
    return out.getvalue()


def _svg(figure: Figure, metadata: Mapping[str, Any]) -> bytes:
    """A figure as SVG: words stay text, and the file is the same each time."""
    out = io.BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "cxlens"}):
        figure.savefig(out, format="svg", metadata={**metadata, "Date": None})
    return out.getvalue()


def _png(canvas: FigureCanvasAgg, metadata: Mapping[str, Any]) -> bytes:
    """A figure as PNG, drawn once: ``savefig`` would first draw it without ink, for layouts that ours do not have."""
    out = io.BytesIO()
    canvas.print_png(out, metadata=metadata, pil_kwargs={"compress_level": QUICK})  # type: ignore[no-untyped-call]
    return out.getvalue()


def _described(image: bytes, text: str) -> bytes:
    """An SVG that screen readers read as a picture, with its alternative text."""
    description = f"</title>\n <desc>{html.escape(text)}</desc>".encode()
    image = image.replace(b"<svg ", b'<svg role="img" ', 1)
    return image.replace(b"</title>", description, 1)
