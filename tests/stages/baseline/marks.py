"""A picture as a list of marks and words, so that tests compare what is said and not pixels.

Views for it are written by hand: their figures are round, and what the sides compute does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.text import Annotation, Text

import cxlens as cx
from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.stages.baseline.record import Scorecard

NAMES = ("St. Mary's desk", "Call: hold; wait", "No. 3 > 4", "Price ($) 50% of $20")
TOLD = Finding("St. Mary's desk; No. 3 > 4", "3.51", "[3.40, 3.62]", "of 5: Price ($) 50% of $20", n="40", more=["No"])
WHITE = "#ffffff"


class Mark(NamedTuple):
    """A mark with the ends of its interval."""

    low: float
    value: float
    high: float
    y: float
    colour: str
    marker: str
    filled: bool


def record(level: float = 0.9) -> Scorecard:
    """The scorecard of 40 simulated answers about four touchpoints of awkward names."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(1, 6, (40, 4)), columns=list(NAMES))
    frame["y"] = rng.integers(0, 11, 40)
    survey = cx.Survey(frame, touchpoints=list(NAMES), outcome="y", scale=cx.Scale(1, 5))
    return cx.baseline(survey, level=level, employees=survey).record


def view(side: str, table: Mapping[str, Any], **parts: Mapping[str, Any]) -> View:
    """A side of a baseline with these figures."""
    frames = {name: pd.DataFrame(part) for name, part in parts.items()}
    note = "A note. It has two sentences."
    return View(f"baseline/{side}", pd.DataFrame(table), TOLD, note, record(), frames, level=record().level)


def marks(ax: Axes) -> list[Mark]:
    """Every mark with an interval, in the order in which they were drawn."""
    return [_mark(line) for line in ax.lines if len(line.get_xdata()) == 3 and line.get_marker() not in ("None", "")]


def spots(ax: Axes) -> list[Mark]:
    """Every mark that stands alone."""
    return [_mark(line) for line in ax.lines if len(line.get_xdata()) == 1 and line.get_marker() not in ("None", "")]


def _mark(line: Any) -> Mark:
    x = [float(value) for value in line.get_xdata()]
    colour = to_hex(line.get_color()).upper()
    filled = to_hex(line.get_markerfacecolor()) != WHITE
    return Mark(x[0], x[len(x) // 2], x[-1], float(line.get_ydata()[0]), colour, line.get_marker(), filled)


def looks(found: list[Mark]) -> list[tuple[str, str, bool]]:
    """Colour, marker and filling of each mark."""
    return [mark[-3:] for mark in found]


def uprights(ax: Axes) -> list[tuple[float, float]]:
    """Place and row of each short upright line, such as a standard."""
    lines = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_marker() in ("None", "")]
    short = [line for line in lines if np.ptp(line.get_xdata()) == 0 and np.isclose(np.ptp(line.get_ydata()), 0.6)]
    return [(float(line.get_xdata()[0]), float(np.mean(line.get_ydata()))) for line in short]


def column(ax: Axes, header: str) -> list[str]:
    """The texts below a header right of an Axes, by row."""
    notes = [text for text in ax.texts if isinstance(text, Annotation)]
    start = next(text.xyann[0] for text in notes if text.get_text() == header and text.xyann[1] == 4)
    return [text.get_text() for text in notes if text.xyann == (start, 0) and text.xy[0] == 1]


def said_at(ax: Axes) -> dict[str, tuple[float, float]]:
    """Where each text in an Axes points."""
    return {text.get_text(): tuple(text.xy) for text in ax.texts if isinstance(text, Annotation) and text.get_text()}


def on_one_line(text: str) -> str:
    return " ".join(text.split())


def title(ax: Axes) -> str:
    return on_one_line(ax.get_title(loc="left"))


def names(ax: Axes) -> list[str]:
    """The rows by name."""
    return [on_one_line(label.get_text()) for label in ax.get_yticklabels()]


def words(ax: Axes) -> list[str]:
    """Every text in an Axes and its panels, the words of its axis and the headings of panels too."""
    axes = [ax, *ax.child_axes]
    texts = [text.get_text() for panel in axes for text in panel.texts]
    texts += [panel.get_title(loc="left") for panel in ax.child_axes]
    return [on_one_line(text) for text in [*texts, ax.get_xlabel(), ax.get_ylabel()] if text.strip()]


def read_as_mathematics(ax: Axes) -> list[str]:
    """Texts with a dollar sign that might be read as a formula."""
    ax.get_figure().draw_without_rendering()
    return [text.get_text() for text in ax.findobj(Text) if "$" in text.get_text() and text.get_parse_math()]
