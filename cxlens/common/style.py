"""How charts look: colours, headings that fit, rows of dots and intervals, panels, labels that keep apart.

Everything is set on the Axes given, never globally. What a result says, and which of its columns are drawn, does
not belong here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox, blended_transform_factory
from numpy.typing import NDArray

from cxlens.common.values import count, percent

BLUE, ORANGE = "#0072B2", "#D55E00"  # Okabe and Ito: told apart by the colour-blind, and as greys
INK, DARK, GREY, LIGHT, PALE = "#222222", "#555555", "#6B6B6B", "#C8C8C8", "#EDEDED"
SPACE = "\N{NO-BREAK SPACE}"  # keeps a symbol with its words
TITLE, TEXT, SMALL = 11, 8.5, 7.5  # points
WIDTH = 8.0  # inches of a chart that is given no Axes
FLAT = 0.5  # inches of a figure whose height is left to its chart
HEADING = 1.7  # inches that heading and axis take at most
MANY = 20  # rows from which names are smaller and wrap later
PANELS = 6
CLEAR = 0.05  # q-value below which a figure is told apart from chance
LINE = 1.25  # height of a line of text, in sizes of its font
PAD = 5  # pixels between the texts of a chart and the edge of its figure


class Dot(NamedTuple):
    """A figure with its interval, and how it is marked; ``note`` stands where there is no figure, ``flag`` after it."""

    value: float
    low: float
    high: float
    colour: str = BLUE
    marker: str = "o"
    filled: bool = True
    note: str = ""
    standard: float = np.nan
    flag: str = ""


def new_axes() -> Axes:
    """An Axes of its own, in a figure that a notebook shows; its height is left to the chart."""
    from matplotlib import pyplot as plt

    return plt.subplots(figsize=(WIDTH, FLAT))[1]


def set_height(ax: Axes, content: float) -> None:
    """Give a figure whose height is left to its chart so many points, heading and axis aside."""
    figure = ax.get_figure(root=True)
    if figure and figure.get_figheight() == FLAT:
        figure.set_figheight(HEADING + content / 72)


def wrap(name: object, width: int) -> str:
    """A long name on several lines; a word longer than a line is broken."""
    return "\n".join(textwrap.wrap(str(name), width)) or " "


def about(n: float, level: float | None) -> str:
    """``n = 2,746, intervals 95 %``, for a subtitle."""
    return f"n = {count(n)}" + (f", intervals {percent(level)}" if level else "")


def say(ax: Axes, text: str, xy: tuple[float, float], beside: tuple[float, float] = (0, 0), at: Any = "data", *,
        color: str = GREY, ha: str = "left", va: str = "center", size: float = SMALL) -> Annotation:  # fmt: skip
    """A small text so many points beside a place."""
    return ax.annotate(text, xy, beside, xycoords=at, textcoords="offset points", color=color, ha=ha, va=va, size=size)


def lines(text: str) -> int:
    """How many lines a text takes."""
    return text.count("\n") + 1


def points(ax: Axes, pixels: float) -> float:
    """Pixels as points."""
    return float(pixels * 72 / ax.figure.dpi)


def cell(ax: Axes) -> Bbox:
    """The part of its figure that an Axes and its texts may fill, in pixels."""
    spec, whole = ax.get_subplotspec(), ax.figure.bbox
    if spec is None:
        return ax.bbox
    wide, tall = whole.width / spec.get_gridspec().ncols, whole.height / spec.get_gridspec().nrows
    low, high = whole.y1 - spec.rowspan.stop * tall, whole.y1 - spec.rowspan.start * tall
    left, right = whole.x0 + spec.colspan.start * wide, whole.x0 + spec.colspan.stop * wide
    return Bbox([[left, low], [right, high]]).padded(-PAD)


def content_height(ax: Axes) -> float:
    """Points of height that heading and axis leave."""
    return points(ax, cell(ax).height) - (HEADING - 0.2) * 72


def settle(ax: Axes, needed: Bbox | None = None) -> Bbox:
    """Make room for the texts around an Axes, by the figure's layout engine or without; its box in pixels.

    `needed` is the box that Axes and texts fill now, where that is known.
    """
    figure = ax.get_figure(root=True)
    engine = figure.get_layout_engine() if figure else None
    if figure and engine:
        engine.execute(figure)
    elif ax.get_subplotspec():
        needed = needed or ax.get_tightbbox(for_layout_only=True) or ax.bbox
        inner = Bbox(cell(ax).get_points() + ax.bbox.get_points() - needed.get_points())
        if inner.width > 0 and inner.height > 0:
            ax.set_position(inner.transformed(ax.figure.transSubfigure.inverted()))
    return ax.bbox


def fit_width(artist: Text, width: float) -> float:
    """Wrap a text so that it is no wider than so many pixels; gives back its height."""
    text, size = artist.get_text(), artist.get_window_extent()
    if size.width > width:
        artist.set_text(wrap(text, max(int(0.97 * len(text) * width / size.width), 8)))
        size = artist.get_window_extent()
    return size.height


def finish(ax: Axes, title: str, subtitle: str, x: str, y: str = "") -> None:
    """Words: the finding, in grey what was measured, what the axes are; wrapped to the width there is."""
    if y:
        ax.set_ylabel(wrap(y, 60), fontsize=SMALL, color=DARK)
    width, outer = settle(ax).width, cell(ax)
    fit_width(ax.set_xlabel(x, fontsize=SMALL, color=DARK), width)
    needed, figure = ax.get_tightbbox(for_layout_only=True) or ax.bbox, ax.figure.transSubfigure
    above = 6 + points(ax, needed.y1 - ax.bbox.y1)
    left = figure.inverted().transform((outer.x0, 0))[0]
    where = ("subfigure fraction", "axes fraction")
    below = say(ax, subtitle, (left, 1), (0, above), where, va="bottom")
    below.set_in_layout(False)
    above += 5 + points(ax, fit_width(below, outer.width))
    heading = ax.set_title(title, loc="left", pad=above, fontsize=TITLE, fontweight="bold", color=INK)
    heading.set(x=left, transform=blended_transform_factory(figure, heading.get_transform()))
    top = ax.bbox.y1 + above * ax.figure.dpi / 72 + fit_width(heading, outer.width)
    settle(ax, Bbox.from_extents(needed.x0, needed.y0, needed.x1, top))


def tidy(ax: Axes, *, grid: str = "x") -> None:
    """No box, pale lines along one direction, small grey figures."""
    ax.spines[["top", "right", "left" if grid == "x" else "bottom"]].set_visible(False)
    ax.spines[:].set_color(LIGHT)
    ax.grid(visible=False)
    if grid:
        ax.grid(visible=True, axis="x" if grid == "x" else "y", color=PALE, linewidth=0.8)
    ax.tick_params(labelsize=SMALL, labelcolor=DARK, color=LIGHT, length=0)


def draw_mark(ax: Axes, dot: Dot, at: float, *, upright: bool = False) -> None:
    """The interval of a figure as a line with its mark on it, at a place along the other axis."""
    span, place = (dot.low, dot.value, dot.high), [at] * 3
    (line,) = ax.plot(*((place, span) if upright else (span, place)), color=dot.colour, linewidth=1.6)
    line.set(marker=dot.marker, markevery=[1], markersize=6, markerfacecolor=dot.colour if dot.filled else "white")
    line.set(solid_capstyle="butt", clip_on=False, zorder=3, in_layout=False)


def draw_dots(ax: Axes, dots: Sequence[Dot]) -> None:
    """One row a dot, the first on top; a row without a figure shows its note."""
    for y, dot in enumerate(dots):
        if pd.isna(dot.value):
            say(ax, f"– {dot.note}".strip(), (0.01, y), at=ax.get_yaxis_transform()).set_fontstyle("italic")
        else:
            ax.plot([dot.standard] * 2, [y - 0.3, y + 0.3], color=INK, linewidth=1.4)
            draw_mark(ax, dot, y)
            end = dot.value if pd.isna(dot.high) else dot.high
            say(ax, dot.flag, (end, y), (4, 0), color=INK).set_in_layout(False)
    ax.set(ylim=(len(dots) - 0.5, -0.5), yticks=[])


def name_rows(ax: Axes, names: Sequence[object], first: Axes) -> float:
    """Names left of the first panel, small enough for the height there is; gives back the size of texts in a row."""
    width, size = (28, TEXT) if len(names) <= MANY else (38, SMALL)
    words = [wrap(name, width) for name in names]
    most = max(map(lines, words))
    set_height(ax, len(names) * (6 + max(most * size * LINE, 12)))
    room = content_height(ax) / len(names) / LINE
    first.set_yticks(range(len(names)), words, color=INK)
    first.tick_params(axis="y", labelsize=min(size, room / most))
    return min(SMALL, room)


def draw_rows(ax: Axes, names: Sequence[str], dots: Mapping[str, Sequence[Dot]],
              columns: Mapping[str, Sequence[str]]) -> list[Axes]:  # fmt: skip
    """Rows of dots, in a panel for each segment; where "" stands for all, columns of text right of the Axes."""
    panels = [ax] if "" in dots else add_panels(ax, list(dots), len(dots), "sharex")
    for panel, own in zip(panels, dots.values(), strict=True):
        tidy(panel)
        draw_dots(panel, own)
    if len(panels) > 1:
        panels[0].locator_params(axis="x", nbins=3 if len(panels) > 3 else 6, prune="upper")
    size, end = name_rows(ax, names, panels[0]), 10.0
    for header, texts in columns.items() if "" in dots else ():
        if any(texts):
            longest = max([header, *texts], key=len)
            say(ax, header, (1, 1), (end, 4), "axes fraction", va="bottom")
            for y, text in enumerate(texts):
                cell_text = say(ax, text, (1, y), (end, 0), ax.get_yaxis_transform(), size=size, color=DARK)
                cell_text.set_in_layout(text == longest)  # to measure all is slow
            end += 0.62 * SMALL * len(longest) + 10
    return panels


def add_panels(ax: Axes, titles: Sequence[str], across: int, share: Literal["sharex", "sharey"]) -> list[Axes]:
    """Small Axes in a grid inside an Axes, which only carries the heading and the axis labels for them."""
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.xaxis.labelpad, ax.yaxis.labelpad = 18, 30
    down = -(-len(titles) // across)
    gap = 46 / max(content_height(ax), 92) if down > 1 else 0.0
    tall = (1 - gap * (down - 1)) / down
    panels: list[Axes] = []
    for k, title in enumerate(titles):
        row, column = divmod(k, across)
        place = (column / across, 1 - (row + 1) * tall - row * gap, 0.93 / across, tall)
        shared: dict[str, Any] = {share: panels[0]} if panels else {}
        panels.append(ax.inset_axes(place, **shared))
        panels[k].set_title(wrap(title, 84 // across), loc="left", fontsize=TEXT, color=INK, pad=4)
    return panels


def parts(table: pd.DataFrame, by: str | tuple[str, ...] | None) -> tuple[dict[str, pd.DataFrame], str]:
    """The rows of the first segments, which get a panel each, and words on the others; "" stands for all.

    Of several waves the last is drawn.
    """
    if by is None:
        return {"": table}, ""
    wave = f"; wave {table['wave'].iloc[-1]}" if "wave" in table else ""
    table = table[table["wave"] == table["wave"].iloc[-1]] if wave else table
    found = [(str(name), own) for name, own in table.groupby("segment", sort=False)]
    more = f", and {len(found) - PANELS} more in the table" if len(found) > PANELS else ""
    words = by if isinstance(by, str) else " and ".join(by)
    return dict(found[:PANELS]), f" by {words}{more}{wave}"


def label_ends(ax: Axes, labels: Iterable[tuple[float, str, str]]) -> None:
    """Direct labels ``(y, text, colour)`` to the right of an Axes, moved up where they would overlap."""
    texts = [
        say(ax, text, (1, y), (4, 0), ax.get_yaxis_transform(), color=colour) for y, text, colour in sorted(labels)
    ]
    settle(ax)
    edge = -np.inf
    for label in texts:
        box = label.get_window_extent()
        label.set_position((4, points(ax, max(edge - box.y0, 0))))
        edge = max(edge, box.y0) + box.height + 3


def repel(ax: Axes, spots: Sequence[tuple[float, float]], texts: Sequence[str], blocked: list[Bbox]) -> None:
    """Label the first spots inside an Axes so that no label covers another, any spot or what is blocked.

    The first labels get the best places, with a thin line where they had to move far; one that finds none is left out.
    """
    frame, scale = ax.bbox, ax.figure.dpi / 72
    pixels: NDArray[np.float64] = ax.transData.transform(spots)
    blocked = blocked + [Bbox.from_bounds(x - 5, y - 5, 10, 10) for x, y in pixels]
    arrow = {"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "shrinkB": 4}
    for spot, (x, y), words in zip(spots, pixels, texts, strict=False):
        label = ax.annotate(words, spot, (0, 0), textcoords="offset points", size=SMALL, color=INK, ha="center",
                            va="center", arrowprops=arrow)  # fmt: skip
        size = Text.get_window_extent(label)
        for far, angle in product((9, 16, 26, 40, 58, 80, 110, 150), np.radians(range(0, 360, 15))):
            dx = np.cos(angle) * (far * scale + size.width / 2)
            dy = np.sin(angle) * (far * scale + size.height / 2)
            box = Bbox.from_bounds(x + dx - size.width / 2, y + dy - size.height / 2, size.width, size.height)
            inside = frame.x0 < box.x0 and box.x1 < frame.x1 and frame.y0 < box.y0 and box.y1 < frame.y1
            if inside and not any(map(box.overlaps, blocked)):
                label.set_position((dx / scale, dy / scale))
                if far < 20 and label.arrow_patch:
                    label.arrow_patch.set_visible(False)
                blocked.append(box.padded(1))
                break
        else:
            label.remove()
