"""What stands in a picture, as lists of marks and words: for tests of what charts mean."""

from __future__ import annotations

from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.colors import to_hex

ODD = ["St. Mary's desk", "Call: hold; wait", "No. 3 > 4", "Price ($) 50% of $20"]  # signs that end or part sentences


class Mark(NamedTuple):
    """A mark of a chart: where it lies, how it looks."""

    x: float
    y: float
    colour: str
    marker: str
    filled: bool


class Span(NamedTuple):
    """The interval a mark stands on, and the colour of its line."""

    low: float
    high: float
    colour: str


def _with_marker(ax: Axes) -> list[Any]:
    return [line for line in ax.lines if line.get_marker() not in {"None", None, ""}]


def marks(ax: Axes) -> list[Mark]:
    """The marks of an Axes, in the order in which they were drawn."""
    found = []
    for line in _with_marker(ax):
        x, y = line.get_data()
        middle = len(x) // 2  # an interval has its mark in the middle
        filled = to_hex(line.get_markerfacecolor()) != "#ffffff"
        found.append(Mark(float(x[middle]), float(y[middle]), line.get_color(), line.get_marker(), filled))
    return found


def spans(ax: Axes) -> list[Span]:
    """The intervals of an Axes, in the same order."""
    found = []
    for line in _with_marker(ax):
        x = line.get_xdata()
        found.append(Span(float(x[0]), float(x[-1]), line.get_color()))
    return found


def words(texts: Any) -> list[str]:
    """Texts with their lines joined."""
    return [" ".join(text.get_text().split()) for text in texts]


def said(ax: Axes) -> dict[str, Any]:
    """The small texts of an Axes, by their words."""
    return dict(zip(words(ax.texts), ax.texts, strict=True))
