"""How charts look: colours, headings that fit, rows of dots and intervals, panels, labels that keep apart.

Everything is set on the Axes given, never globally. What a result says, and which of its columns are drawn, does
not belong here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

BLUE, ORANGE = "#0072B2", "#D55E00"  # Okabe and Ito: told apart by the colour-blind, and as greys
INK, DARK, GREY, LIGHT, PALE = "#222222", "#555555", "#6B6B6B", "#C8C8C8", "#EDEDED"
TITLE, TEXT, SMALL = 11.5, 8.5, 7.5  # points
WIDTH = 8.0  # inches of a chart that is given no Axes
MANY = 20  # rows from which names are smaller and wrap later
PANELS = 6
LINE = 1.25  # height of a line of text, in sizes of its font


class Dot(NamedTuple):
    """A figure with its interval, and how it is marked; ``note`` stands where there is no figure."""

    value: float
    low: float
    high: float
    colour: str = BLUE
    marker: str = "o"
    filled: bool = True
    note: str = ""


def new_axes(height: float) -> Axes:
    """An Axes of its own, in a figure that a notebook shows."""
    from matplotlib import pyplot as plt

    _, ax = plt.subplots(figsize=(WIDTH, height), layout="constrained")
    return ax


def wrap(name: object, width: int) -> str:
    """A long name on several lines; a word longer than a line is broken."""
    return "\n".join(textwrap.wrap(str(name), width)) or " "


def name_form(rows: int) -> tuple[int, float]:
    """Characters of a line, and the size of the font, for the names of so many rows."""
    return (28, TEXT) if rows <= MANY else (38, SMALL)


def row_height(names: Iterable[object], rows: int) -> float:
    """Inches that rows with these names need, heading and axis included."""
    width, size = name_form(rows)
    lines = max(wrap(name, width).count("\n") + 1 for name in names)
    return 1.7 + rows * (6 + max(lines * size * LINE, 12)) / 72


def root(ax: Axes) -> Figure:
    """The figure an Axes is in, subfigures aside."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise RuntimeError("the Axes has been removed from its figure")
    return figure


def settle(ax: Axes) -> Bbox:
    """The box of an Axes in pixels, once the layout of its figure has been worked out."""
    figure = root(ax)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    return ax.get_window_extent()


def points(ax: Axes, pixels: float) -> float:
    """Pixels as points."""
    return float(pixels * 72 / root(ax).dpi)


def fit_width(artist: Text, width: float) -> None:
    """Wrap a text so that it is no wider than so many pixels."""
    text = " ".join(artist.get_text().split())
    artist.set_text(text)
    size = artist.get_window_extent().width
    if size > width > 0:
        artist.set_text("\n".join(textwrap.wrap(text, max(int(0.95 * len(text) * width / size), 8))))


def finish(ax: Axes, title: str, subtitle: str, *, x: str = "", y: str = "", gap: float = 6, pad: float = 4) -> None:
    """Words: the finding, in grey what was measured, what the axes are; wrapped to the width there is.

    ``gap`` is what lies between Axes and subtitle, ``pad`` between Axes and axis label, in points.
    """
    if y:
        ax.set_ylabel("\n".join(textwrap.wrap(y, 60)), fontsize=SMALL, color=DARK)
    box, tight = settle(ax), ax.get_tightbbox()
    width = box.width if tight is None else max(tight.x1, box.x1) - box.x0
    if x:
        fit_width(ax.set_xlabel(x, fontsize=SMALL, color=DARK, labelpad=pad), box.width)
    below = ax.annotate(
        subtitle,
        (0, 1),
        (0, gap),
        xycoords="axes fraction",
        textcoords="offset points",
        va="bottom",
        fontsize=SMALL,
        color=GREY,
    )
    fit_width(below, width)
    above = gap + points(ax, below.get_window_extent().height) + 5
    fit_width(ax.set_title(title, loc="left", pad=above, fontsize=TITLE, fontweight="bold", color=INK), width)


def tidy(ax: Axes, *, grid: str = "x") -> None:
    """No box, pale lines along one direction, small grey figures."""
    for side in ("top", "right", "left" if grid == "x" else "bottom"):
        ax.spines[side].set_visible(False)
    for spine in ax.spines.values():
        spine.set_color(LIGHT)
    ax.grid(visible=False)
    ax.grid(visible=True, axis="x" if grid == "x" else "y", color=PALE, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=SMALL, labelcolor=DARK, color=LIGHT, length=0)


def draw_dots(ax: Axes, dots: Sequence[Dot]) -> None:
    """One row a dot, the first on top; a row without a figure shows its note."""
    for y, dot in enumerate(dots):
        if pd.isna(dot.value):
            ax.annotate(f"– {dot.note}".strip(), (0.01, y), xycoords=ax.get_yaxis_transform(), va="center",
                        fontsize=SMALL, color=GREY, fontstyle="italic")  # fmt: skip
            continue
        if not pd.isna(dot.low):
            ax.plot([dot.low, dot.high], [y, y], color=dot.colour, linewidth=1.6, solid_capstyle="butt")
        face = dot.colour if dot.filled else "white"
        (mark,) = ax.plot([dot.value], [y], dot.marker, color=dot.colour, markerfacecolor=face, markersize=6)
        mark.set(clip_on=False, zorder=3)
    ax.set_ylim(len(dots) - 0.5, -0.5)


def name_rows(ax: Axes, names: Sequence[object]) -> None:
    """Names of the rows to the left of the Axes."""
    width, size = name_form(len(names))
    ax.set_yticks(range(len(names)), [wrap(name, width) for name in names], fontsize=size, color=INK)


def add_columns(ax: Axes, columns: Mapping[str, Sequence[str]]) -> list[Annotation]:
    """Columns of text to the right of the rows, each under its header; gives back the cells."""
    cells, start = [], 10.0
    for header, texts in columns.items():
        own = [
            ax.annotate(text, (1, y), (start, 0), xycoords=ax.get_yaxis_transform(), textcoords="offset points",
                        va="center", fontsize=SMALL, color=DARK)
            for y, text in enumerate(texts)
        ]  # fmt: skip
        top = ax.annotate(header, (1, 1), (start, 4), xycoords="axes fraction", textcoords="offset points",
                          va="bottom", fontsize=SMALL, color=GREY)  # fmt: skip
        start += points(ax, max(text.get_window_extent().width for text in [top, *own])) + 10
        cells += own
    return cells


def fit_rows(ax: Axes, rows: int, cells: Iterable[Text] = ()) -> None:
    """Make the texts of rows small enough for the height there is; as a last resort on one line and cut short."""
    room = points(ax, settle(ax).height) / rows
    names = [text for text in ax.get_yticklabels() if text.get_text()]
    lines = max([text.get_text().count("\n") + 1 for text in names], default=1)
    size = room / (lines * LINE)
    if size < 6 and lines > 1:
        ax.set_yticks(ax.get_yticks(), [textwrap.shorten(text.get_text(), 32, placeholder=" …") for text in names])
        size = room / LINE
    ax.tick_params(axis="y", labelsize=min(name_form(rows)[1], size))
    for cell in cells:
        cell.set_fontsize(min(SMALL, room / LINE))


def hide_frame(ax: Axes) -> None:
    """An Axes that only carries the heading and the axis label for the panels in it."""
    ax.set(xticks=[], yticks=[])
    ax.patch.set_visible(False)
    for spine in ax.spines.values():
        spine.set_visible(False)


def add_panels(ax: Axes, titles: Sequence[str], across: int) -> tuple[list[Axes], list[Text]]:
    """Small Axes in a grid inside an Axes, and their titles."""
    hide_frame(ax)
    down = -(-len(titles) // across)
    wide, gap = 1 / across, 46 / max(points(ax, settle(ax).height), 92) if down > 1 else 0.0
    tall = (1 - gap * (down - 1)) / down
    found, names = [], []
    for k, title in enumerate(titles):
        row, column = divmod(k, across)
        panel = ax.inset_axes((column * wide, 1 - (row + 1) * tall - row * gap, wide * 0.93, tall))
        names.append(panel.set_title(title, loc="left", fontsize=TEXT, color=INK, pad=4))
        found.append(panel)
    return found, names


def fit_panels(ax: Axes, titles: Sequence[Text], across: int) -> float:
    """Wrap the titles of panels, once names stand beside them; gives back the room in points they take on top."""
    width = settle(ax).width / across
    for title in titles:
        fit_width(title, 0.93 * width)
    return 10 + max(points(ax, title.get_window_extent().height) for title in titles[:across])


def shown_panels(names: Sequence[str]) -> tuple[list[str], str]:
    """The segments that get a panel, and words for those that do not."""
    more = len(names) - PANELS
    return list(names[:PANELS]), f", and {more} more in the table" if more > 0 else ""


def spread(wanted: Sequence[float], sizes: Sequence[float]) -> list[float]:
    """Middles as near as possible to those wanted, so that things of these sizes do not overlap."""
    placed = [0.0] * len(wanted)
    edge = -np.inf
    for k in np.argsort(wanted, kind="stable"):
        placed[k] = float(max(wanted[k], edge + sizes[k] / 2))
        edge = placed[k] + sizes[k] / 2
    return [middle - (sum(placed) - sum(wanted)) / len(wanted) for middle in placed]


def label_ends(ax: Axes, x: float, labels: Sequence[tuple[float, str, str]]) -> None:
    """Direct labels ``(y, text, colour)`` to the right of an Axes, moved up or down where they would overlap."""
    texts = []
    for y, text, colour in labels:
        words = "\n".join(wrap(line, 30) for line in text.splitlines())
        label = ax.annotate(words, (x, y), (12, 0), textcoords="offset points", va="center", annotation_clip=False)
        label.set(fontsize=SMALL, color=colour)
        texts.append(label)
    settle(ax)
    boxes = [text.get_window_extent() for text in texts]
    wanted = [box.y0 + box.height / 2 for box in boxes]
    for label, old, new in zip(texts, wanted, spread(wanted, [box.height + 3 for box in boxes]), strict=True):
        label.set_position((12, points(ax, new - old)))


_RINGS = [(angle, far) for far in (9, 16, 26, 40, 58, 80, 110, 150) for angle in range(0, 360, 30)]


def repel(ax: Axes, spots: Sequence[tuple[float, float]], texts: Sequence[str], taken: Iterable[Text]) -> int:
    """Label the first spots inside an Axes so that no label covers another, any spot or a text already there.

    The first labels get the best places, with a thin line where they had to move far. Returns how many found none.
    """
    frame = settle(ax)
    pixels: NDArray[np.float64] = ax.transData.transform(spots)
    blocked = [text.get_window_extent().padded(2) for text in taken]
    blocked += [Bbox.from_bounds(x - 5, y - 5, 10, 10) for x, y in pixels]
    scale, missing = root(ax).dpi / 72, 0
    for spot, (x, y), words in zip(spots, pixels, texts):
        label = ax.annotate(
            words,
            spot,
            (0, 0),
            textcoords="offset points",
            fontsize=SMALL,
            color=INK,
            va="center",
            ha="center",
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "shrinkB": 4},
        )
        size = Text.get_window_extent(label)
        for angle, far in _RINGS:
            dx, dy = np.cos(np.radians(angle)), np.sin(np.radians(angle))
            middle = (far * dx * scale + dx * size.width / 2, far * dy * scale + dy * size.height / 2)
            box = Bbox.from_bounds(
                x + middle[0] - size.width / 2, y + middle[1] - size.height / 2, size.width, size.height
            )
            inside = frame.x0 < box.x0 and box.x1 < frame.x1 and frame.y0 < box.y0 and box.y1 < frame.y1
            if inside and not any(box.overlaps(other) for other in blocked):
                label.set_position((middle[0] / scale, middle[1] / scale))
                if far < 20 and label.arrow_patch is not None:
                    label.arrow_patch.set_visible(False)
                blocked.append(box.padded(1))
                break
        else:
            label.remove()
            missing += 1
    return missing


Chart = Callable[[Any, Axes | None], Axes]
