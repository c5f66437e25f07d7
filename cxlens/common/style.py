"""How charts look: colours, headings that fit, rows of dots and intervals, panels.

Everything is set on the Axes given, never globally, and no text is read as mathematics: a name may hold two ``$``.
What a result says, and which of its columns are drawn, does not belong here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axes._base import _AxesBase
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox, ScaledTranslation, Transform, blended_transform_factory

from cxlens.common.described import DescribedFigure
from cxlens.common.many import where_compared
from cxlens.common.values import count, percent

BLUE, ORANGE = "#0072B2", "#D55E00"  # Okabe and Ito: told apart by the colour-blind, and as greys
INK, DARK, GREY, LIGHT, PALE = "#222222", "#555555", "#6B6B6B", "#C8C8C8", "#EDEDED"
SPACE = "\N{NO-BREAK SPACE}"  # keeps a symbol with its words
TITLE, TEXT, SMALL = 11, 8.5, 7.5  # points
SMALLER = (10, 9)  # points of a title that takes more than two lines
WIDTH = 8.0  # inches of a chart that is given no Axes
NARROW = 18  # letters of a name in a line where there is no more width than on a phone
PHONE = 330.0  # points of width below which panels stand below one another and names wrap sooner
FLAT = 0.5  # inches of a figure whose height is left to its chart
HEADING = 1.7  # inches that heading and axis take at most
MORE_LINES = 0.7  # inches that they take more on a phone
BELOW = 0.7  # inches that the axis takes alone
MANY = 20  # rows from which names are smaller and wrap later
PANELS = 6
FLAGGED = 0.75  # share of a panel's width at which a mark with a flag behind it may stand
TICKED = {False: 0.9, True: 0.75}  # and its last tick, where another panel is beside: on a page, on a phone
PACKED = 0.4  # lines that rows of a page do without
BESIDE = 3  # panels that stand beside one another on a page for phones
UPWARDS = 1.4  # letters of the size of their font on the height of an Axes, which shrinks to make room for labels
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


class Headless(Figure):
    """A picture whose heading stands beside it, in the text of a page: what its chart says there is kept here."""

    title = ""
    subtitle = ""
    content = 0.0  # points of height that its chart asked for, heading and axis aside


class Apart(MaxNLocator):
    """Ticks of panels beside one another: none so far right that its figure would touch the 0 of the next panel."""

    def __init__(self, ticks: int, share: float) -> None:
        super().__init__(nbins=ticks, steps=[1, 2, 2.5, 5, 10], prune="upper")
        self.share = share

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """The ticks, in units of the axis."""
        ticks = np.asarray(super().tick_values(vmin, vmax))
        edge = vmin + self.share * (vmax - vmin)
        return ticks[ticks <= edge]


def new_axes(width: float = WIDTH) -> Axes:
    """An Axes of its own, in a figure so many inches wide that a notebook shows; its height is left to the chart."""
    from matplotlib import pyplot as plt

    _, ax = plt.subplots(FigureClass=DescribedFigure, figsize=(width, FLAT))
    return ax


def set_height(ax: Axes, content: float) -> None:
    """Give a figure whose height is left to its chart so many points, heading and axis aside."""
    figure = ax.get_figure(root=True)
    if figure and figure.get_figheight() == FLAT:
        figure.set_figheight(_heading(ax) + content / 72)
        if isinstance(figure, Headless):
            figure.content = content


def wrap(name: object, width: int) -> str:
    """A long name on several lines; a word longer than a line is broken."""
    return "\n".join(textwrap.wrap(str(name), width, break_on_hyphens=False)) or " "


def about(n: float, level: float | None) -> str:
    """``n = 2,746, intervals 95 %``, for a subtitle."""
    answers = f"n = {count(n)}"
    if not level:
        return answers
    return f"{answers}, intervals {percent(level)}"


def read_plainly(ax: Axes) -> None:
    """No text on an Axes is mathematics, whoever wrote it: a name from data may hold two ``$``."""
    artists: list[Artist] = [ax]
    while artists:  # as findobj finds them, which takes twice as long
        artist = artists.pop()
        artists += artist.get_children()
        if isinstance(artist, Text):
            artist.set_parse_math(False)


def say(
    ax: Axes,
    text: str,
    xy: tuple[float, float],
    beside: tuple[float, float] = (0, 0),
    at: Any = "data",
    *,
    color: str = GREY,
    ha: str = "left",
    va: str = "center",
    size: float = SMALL,
) -> Annotation:
    """A small text so many points beside a place."""
    return ax.annotate(
        text,
        xy,
        beside,
        xycoords=at,
        textcoords="offset points",
        color=color,
        ha=ha,
        va=va,
        size=size,
        parse_math=False,
    )


def lines(text: str) -> int:
    """How many lines a text takes."""
    return text.count("\n") + 1


def points(ax: Axes, pixels: float) -> float:
    """Pixels as points."""
    return float(pixels * 72 / ax.figure.dpi)


def cell(ax: Axes) -> Bbox:
    """The part of its figure that an Axes and its texts may fill, in pixels."""
    spec = ax.get_subplotspec()
    if spec is None:
        return ax.bbox
    whole = ax.figure.bbox
    grid = spec.get_gridspec()
    width = whole.width / grid.ncols
    height = whole.height / grid.nrows
    left = whole.x0 + spec.colspan.start * width
    right = whole.x0 + spec.colspan.stop * width
    bottom = whole.y1 - spec.rowspan.stop * height
    top = whole.y1 - spec.rowspan.start * height
    return Bbox([[left, bottom], [right, top]]).padded(-PAD)


def is_narrow(ax: Axes) -> bool:
    """Whether there is no more width than on a phone."""
    return points(ax, cell(ax).width) < PHONE


def content_height(ax: Axes) -> float:
    """Points of height that heading and axis leave."""
    return points(ax, cell(ax).height) - (_heading(ax) - 0.2) * 72


def _heading(ax: Axes) -> float:
    """Inches that heading and axis take at most: more where lines are short."""
    if isinstance(ax.get_figure(root=True), Headless):
        return BELOW
    return HEADING + MORE_LINES if is_narrow(ax) else HEADING


def settle(ax: Axes, needed: Bbox | None = None) -> Bbox:
    """Make room for the texts around an Axes, by the figure's layout engine or without; its box in pixels.

    `needed` is the box that Axes and texts fill now, where that is known.
    """
    figure = ax.get_figure(root=True)
    engine = figure.get_layout_engine() if figure else None
    if figure and engine:
        engine.execute(figure)
    elif ax.get_subplotspec():
        _shrink(ax, needed or _filled(ax))
    return ax.bbox


def _filled(ax: Axes) -> Bbox:
    """The box that an Axes and its texts fill, in pixels."""
    return ax.get_tightbbox(for_layout_only=True) or ax.bbox


def _shrink(ax: Axes, needed: Bbox) -> None:
    """Place an Axes so that what it needs now just fills its part of the figure."""
    inner = Bbox(cell(ax).get_points() + ax.bbox.get_points() - needed.get_points())
    if inner.width > 0 and inner.height > 0:
        to_figure = ax.figure.transSubfigure.inverted()
        ax.set_position(inner.transformed(to_figure))


def fit_width(artist: Text, width: float) -> float:
    """Wrap a text so that it is no wider than so many pixels; gives back its height."""
    text = artist.get_text()
    size = artist.get_window_extent()
    if size.width > width:
        letters = int(0.97 * len(text) * width / size.width)
        while size.width > width and letters > 8:  # a line may be of wide letters
            artist.set_text(wrap(text, letters))
            size = artist.get_window_extent()
            letters -= 1
    return size.height


def finish(
    ax: Axes,
    title: str,
    subtitle: str,
    x: str,
    y: str = "",
) -> None:
    """Words: the finding, in grey what was measured, what the axes are; wrapped to the width there is."""
    read_plainly(ax)
    if y:
        ax.set_ylabel(wrap(y, _letters_upwards(ax)), fontsize=SMALL, color=DARK, parse_math=False)
    needed = _filled(ax)
    frame = ax.bbox.frozen()
    room = cell(ax)
    narrow = is_narrow(ax)
    for axes in _with_panels([ax]):
        _hold_labels(axes)
    if narrow:
        _label_across(ax, room)
    width = settle(ax, needed).width
    if narrow:
        width = room.width
    label = ax.set_xlabel(x, fontsize=SMALL, color=DARK, parse_math=False)
    fit_width(label, width)
    figure = ax.get_figure(root=True)
    if isinstance(figure, Headless):
        figure.title, figure.subtitle = title, subtitle
        moved = Bbox(ax.bbox.get_points() + needed.get_points() - frame.get_points())
        below = label.get_window_extent() if ax.axison else moved
        _grow(figure, ax, Bbox.union([moved, below]))
        settle(ax)
        return
    _write_heading(ax, title, subtitle, room)


def _letters_upwards(ax: Axes) -> int:
    """How many letters of the vertical axis' label stand beside the Axes, of which heading and labels take a part."""
    height = points(ax, ax.bbox.height)
    return int(np.clip(UPWARDS * height / SMALL, NARROW, 60))


def _write_heading(ax: Axes, title: str, subtitle: str, room: Bbox) -> None:
    """The finding and what was measured, above an Axes."""
    needed = _filled(ax)
    above = 6 + points(ax, needed.y1 - ax.bbox.y1)
    left, _ = ax.figure.transSubfigure.inverted().transform((room.x0, 0))
    height = _write_subtitle(ax, subtitle, left, above, room.width)
    above += 5 + points(ax, height)
    height = _write_title(ax, title, left, above, room.width)
    top = ax.bbox.y1 + above * ax.figure.dpi / 72 + height
    settle(ax, Bbox.from_extents(needed.x0, needed.y0, needed.x1, top))


def _grow(figure: Headless, ax: Axes, needed: Bbox) -> None:
    """Give a figure the height that heads of panels and a label of many lines take from its rows.

    How high they are is known only once they are written.
    """
    around = points(ax, needed.height - ax.bbox.height + 2 * PAD)
    wanted = (figure.content + around) / 72
    if figure.content and wanted > figure.get_figheight():
        figure.set_figheight(wanted)


def _hold_labels(ax: _AxesBase) -> None:
    """Fix where the labels of both axes stand as it was just measured: found anew, it takes measuring all ticks."""
    if not ax.axison:
        return
    frame = ax.bbox
    along, beside = ax.xaxis.label.get_position()
    on_top = ax.xaxis.get_label_position() == "top"
    beyond = beside - (frame.y1 if on_top else frame.y0)
    ax.xaxis.set_label_coords(along, int(on_top), _moved(ax, 0, beyond))
    beside, along = ax.yaxis.label.get_position()
    at_right = str(ax.yaxis.get_label_position()) == "right"
    beyond = beside - (frame.x1 if at_right else frame.x0)
    ax.yaxis.set_label_coords(int(at_right), along, _moved(ax, beyond, 0))


def _label_across(ax: Axes, room: Bbox) -> None:
    """Let what the horizontal axis is stand below all of a narrow chart, also below the names of its rows."""
    middle, _ = ax.figure.transSubfigure.inverted().transform(((room.x0 + room.x1) / 2, 0))
    held = ax.xaxis.label.get_transform()
    _, beside = ax.xaxis.label.get_position()
    ax.xaxis.set_label_coords(middle, beside, blended_transform_factory(ax.figure.transSubfigure, held))


def _moved(ax: _AxesBase, right: float, up: float) -> Transform:
    """Places in shares of an Axes, so many pixels moved; more of them where the figure gets more dots an inch."""
    inches = ScaledTranslation(right / ax.figure.dpi, up / ax.figure.dpi, ax.figure.dpi_scale_trans)
    return ax.transAxes + inches


def hold_still(figure: Figure) -> None:
    """Let a finished figure be drawn as it stands: its ticks would be measured again to place labels already held."""
    for ax in _with_panels(figure.axes):
        for axis in (ax.xaxis, ax.yaxis):
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                tick.label1.set_in_layout(False)
                tick.label2.set_in_layout(False)


def _with_panels(axes: Iterable[Axes]) -> list[_AxesBase]:
    """Axes, each with those inside it."""
    return [panel for ax in axes for panel in (ax, *ax.child_axes)]


def _write_subtitle(ax: Axes, text: str, left: float, above: float, width: float) -> float:
    """What was measured, in grey, so many points above an Axes; gives back its height in pixels."""
    where = ("subfigure fraction", "axes fraction")
    subtitle = say(ax, text, (left, 1), (0, above), where, va="bottom")
    subtitle.set_in_layout(False)
    return fit_width(subtitle, width)


def _write_title(ax: Axes, text: str, left: float, above: float, width: float) -> float:
    """The finding, so many points above an Axes, from the left edge of its part; gives back its height in pixels."""
    title = ax.set_title(
        text,
        loc="left",
        y=1,  # else all ticks would be measured to find it
        pad=above,
        fontsize=TITLE,
        fontweight="bold",
        color=INK,
        parse_math=False,
    )
    title.set_x(left)
    title.set_transform(blended_transform_factory(ax.figure.transSubfigure, title.get_transform()))
    height = fit_width(title, width)
    for size in SMALLER:
        if lines(title.get_text()) > 2:  # the names in it are long
            title.set_text(text)
            title.set_fontsize(size)
            height = fit_width(title, width)
    return height


def tidy(ax: Axes, *, grid: str = "x") -> None:
    """No box, pale lines along one direction, small grey figures."""
    base = "left" if grid == "x" else "bottom"
    ax.spines[["top", "right", base]].set_visible(False)
    ax.spines[:].set_color(LIGHT)
    ax.spines[:].set_in_layout(False)  # none reaches beyond its Axes
    ax.grid(visible=False)
    if grid:
        axis: Literal["x", "y"] = "x" if grid == "x" else "y"
        ax.grid(visible=True, axis=axis, color=PALE, linewidth=0.8)
    ax.tick_params(labelsize=SMALL, labelcolor=DARK, color=LIGHT, length=0)


def draw_mark(ax: Axes, dot: Dot, at: float, *, upright: bool = False) -> None:
    """The interval of a figure as a line with its mark on it, at a place along the other axis."""
    span = (dot.low, dot.value, dot.high)
    place = (at, at, at)
    x, y = (place, span) if upright else (span, place)
    (line,) = ax.plot(x, y, color=dot.colour, linewidth=1.6)
    line.set_marker(dot.marker)
    line.set_markevery([1])
    line.set_markersize(6)
    line.set_markerfacecolor(dot.colour if dot.filled else "white")
    line.set_solid_capstyle("butt")
    line.set_clip_on(False)
    line.set_zorder(3)
    line.set_in_layout(False)


def draw_dots(ax: Axes, dots: Sequence[Dot]) -> None:
    """One row a dot, the first on top; a row without a figure shows its note."""
    for y, dot in enumerate(dots):
        if pd.isna(dot.value):
            _say_why_blank(ax, dot, y)
        else:
            _draw_figure(ax, dot, y)
    ax.set(ylim=(len(dots) - 0.5, -0.5), yticks=[])


def _say_why_blank(ax: Axes, dot: Dot, y: int) -> None:
    note = f"– {dot.note}".strip()
    if is_narrow(ax):
        note = wrap(note, 30)
    text = say(ax, note, (0.01, y), at=ax.get_yaxis_transform())
    text.set_fontstyle("italic")


def _draw_figure(ax: Axes, dot: Dot, y: int) -> None:
    """A figure with its interval, its standard as a stroke, and its flag behind it."""
    if not pd.isna(dot.standard):
        ax.plot([dot.standard] * 2, [y - 0.3, y + 0.3], color=INK, linewidth=1.4)
    draw_mark(ax, dot, y)
    if dot.flag:
        flag = say(ax, dot.flag, (_end(dot), y), (4, 0), color=INK)
        flag.set_in_layout(False)


def _end(dot: Dot) -> float:
    """Where a figure and its interval end."""
    return dot.value if pd.isna(dot.high) else dot.high


def name_rows(ax: Axes, names: Sequence[object], first: Axes) -> float:
    """Names left of the first panel, small enough for the height there is; gives back the size of texts in a row."""
    width, size = (28, TEXT) if len(names) <= MANY else (38, SMALL)
    if is_narrow(ax):
        width = NARROW
        size = SMALL
    apart = _apart(ax, [wrap(name, width) for name in names]) * size * LINE
    between, least = (5, 10) if isinstance(ax.get_figure(root=True), Headless) else (6, 12)
    set_height(ax, len(names) * (between + max(apart, least)))
    return _write_names(first, names, content_height(ax), width, size)


def _apart(ax: Axes, names: Sequence[str]) -> float:
    """Lines from one name to the next: of the longest, or on a page, where height is dear, of two neighbours."""
    tall = [lines(name) for name in names]
    if not isinstance(ax.get_figure(root=True), Headless):
        return max(tall)
    return max((one + other) / 2 for one, other in zip(tall, tall[1:] or tall, strict=False)) - PACKED


def _write_names(
    panel: Axes, names: Sequence[object], height: float, width: int = NARROW, size: float = SMALL
) -> float:
    """Names left of a panel of so many points of height; gives back the size of texts in a row."""
    wrapped = [wrap(name, width) for name in names]
    room = height / len(names) / LINE
    panel.set_yticks(range(len(names)), wrapped, color=INK, parse_math=False)
    panel.tick_params(axis="y", labelsize=min(size, room / _apart(panel, wrapped)))
    return min(SMALL, room)


def draw_rows(
    ax: Axes,
    names: Sequence[str],
    dots: Mapping[str, Sequence[Dot]],
    columns: Mapping[str, Sequence[str]],
) -> list[Axes]:
    """Rows of dots, in a panel for each segment; where "" stands for all, columns of text right of the Axes."""
    narrow = is_narrow(ax)
    stacked = narrow and len(dots) > 1 and not _stand_beside(ax, len(dots))
    panels = [ax]
    if "" not in dots:
        if stacked:
            name_rows(ax, [*names] * len(dots), ax)  # the height that panels below one another take
        panels = add_panels(ax, list(dots), 1 if stacked else len(dots), "sharex")
    for panel, segment_dots in zip(panels, dots.values(), strict=True):
        tidy(panel)
        draw_dots(panel, segment_dots)
    if len(panels) > 1:
        _make_room_for_flags(panels[0], [dot for panel_dots in dots.values() for dot in panel_dots])
    _tick_sparsely(panels, narrow, stacked)
    if stacked:
        for panel in panels:
            _write_names(panel, names, content_height(ax) / len(panels))
        return panels
    size = name_rows(ax, names, panels[0])
    if "" in dots:
        width = 0.25 * points(ax, cell(ax).width) if narrow else np.inf
        _write_columns(ax, columns, size, width)
    return panels


def _make_room_for_flags(panel: Axes, dots: Iterable[Dot]) -> None:
    """Let no flag stand in the next panel, whose marks would hide it; panels share their limits, and start at 0."""
    ends = [_end(dot) for dot in dots if dot.flag and not pd.isna(dot.value)]
    if ends:
        left, right = panel.get_xlim()
        start = min(left, 0)
        panel.set_xlim(right=max(right, start + (max(ends) - start) / FLAGGED))


def _tick_sparsely(panels: Sequence[Axes], narrow: bool, stacked: bool) -> None:
    """Few ticks, whose figures find room below their panel."""
    if not narrow and len(panels) == 1:
        return
    ticks = 6
    if narrow or len(panels) > 3:
        ticks = 3
    if stacked or len(panels) == 1:
        panels[0].locator_params(axis="x", nbins=ticks, prune="upper")
    else:
        panels[0].xaxis.set_major_locator(Apart(ticks, TICKED[narrow]))


def _stand_beside(ax: Axes, panels: int) -> bool:
    """Whether so many panels stand beside one another although there is no more width than on a phone."""
    return isinstance(ax.get_figure(root=True), Headless) and is_narrow(ax) and panels <= BESIDE


def _write_columns(ax: Axes, columns: Mapping[str, Sequence[str]], size: float, room: float) -> None:
    """Columns of text right of an Axes, a text a row, as many as so many points hold, but one.

    A column without any text takes no room.
    """
    start = 10.0  # points
    for header, texts in columns.items():
        if not any(texts):
            continue
        longest = max([header, *texts], key=len)
        if start > 10 and start + 0.62 * SMALL * len(longest) > room:
            return
        say(ax, header, (1, 1), (start, 4), "axes fraction", va="bottom")
        for y, text in enumerate(texts):
            cell_text = say(
                ax,
                text,
                (1, y),
                (start, 0),
                ax.get_yaxis_transform(),
                size=size,
                color=DARK,
            )
            cell_text.set_in_layout(text == longest)  # to measure all is slow
        start += 0.62 * SMALL * len(longest) + 10


def add_panels(
    ax: Axes,
    titles: Sequence[str],
    across: int,
    share: Literal["sharex", "sharey"],
) -> list[Axes]:
    """Small Axes in a grid inside an Axes, which only carries the heading and the axis labels for them."""
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.xaxis.labelpad = 18
    ax.yaxis.labelpad = 30
    panels: list[Axes] = []
    shared: dict[str, Any] = {}
    letters = 28 if across > 1 and _stand_beside(ax, across) else 84
    places = _grid(len(titles), across, content_height(ax))
    for title, place in zip(titles, places, strict=True):
        panel = ax.inset_axes(place, **shared)
        head_panel(panel, wrap(title, letters // across))
        panels.append(panel)
        shared = {share: panels[0]}
    return panels


def _grid(n: int, across: int, room: float) -> list[tuple[float, float, float, float]]:
    """Left, bottom, width and height of n panels in shares of an Axes with so many points of height."""
    down = -(-n // across)
    gap = 0.0
    if down > 1:
        gap = 46 / max(room, 92)  # for the heading and the tick labels between two rows
    height = (1 - gap * (down - 1)) / down
    width = 0.93 / across
    places = []
    for k in range(n):
        row, column = divmod(k, across)
        left = column / across
        bottom = 1 - (row + 1) * height - row * gap
        places.append((left, bottom, width, height))
    return places


def head_panel(panel: Axes, text: str) -> None:
    """A small heading of a panel, at its left."""
    panel.set_title(text, loc="left", y=1, fontsize=TEXT, color=INK, pad=4, parse_math=False)


def parts(
    table: pd.DataFrame,
    by: str | tuple[str, ...] | None,
    named: Callable[[str], str] = str,
    time: str | None = None,
) -> tuple[dict[str, pd.DataFrame], str]:
    """The rows of the first segments, which get a panel each, and words on the others; "" stands for all.

    Of several waves the last is drawn. ``named`` says what people call a column, ``time`` which one holds waves.
    """
    if by is None:
        return {"": table}, ""
    wave = ""
    if "wave" in table:
        last = table["wave"].iloc[-1]
        wave = f"; wave {last}"
        table = table[table["wave"] == last]
    single = by if isinstance(by, str) else None
    columns = " and ".join(map(named, [by] if isinstance(by, str) else by))
    return first_segments(table), f" by {columns}{more_segments(table, single, time)}{wave}"


def first_segments(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of each of the first segments, which get a panel each."""
    segments = table["segment"].unique()[:PANELS]
    return {str(segment): table[table["segment"] == segment] for segment in segments}


def more_segments(table: pd.DataFrame, by: str | None, time: str | None = None) -> str:
    """Words on the segments that get no panel: ``, and 2 more in the table``; nothing where all have one.

    Of many, also what compares so many.
    """
    segments = table["segment"].nunique()
    left = segments - PANELS
    if left <= 0:
        return ""
    return "; ".join([f", and {left} more in the table", *where_compared(segments, by, time)])


def label_ends(ax: Axes, labels: Iterable[tuple[float, str, str]]) -> None:
    """Direct labels ``(y, text, colour)`` to the right of an Axes, moved up where they would overlap."""
    texts = []
    for y, text, colour in sorted(labels):
        label = say(
            ax,
            text,
            (1, y),
            (4, 0),
            ax.get_yaxis_transform(),
            color=colour,
        )
        texts.append(label)
    settle(ax)
    edge = -np.inf
    for label in texts:
        box = label.get_window_extent()
        up = max(edge - box.y0, 0)
        label.set_position((4, points(ax, up)))
        edge = max(edge, box.y0) + box.height + 3
