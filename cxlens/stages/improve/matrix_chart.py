"""The impact-effort matrix as one SVG: what the widget shows and moves is what stands still in notebooks and reports.

Strings only: where initiatives stand and how wide their ellipses are comes from :mod:`cxlens.stages.improve.matrix`,
what happens when one is moved belongs to :mod:`cxlens.stages.improve.board`. Every text is escaped here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator, MaxNLocator
from numpy.typing import NDArray

from cxlens.common.html import card
from cxlens.common.saved import svg_image
from cxlens.common.style import BLUE, DARK, GREY, INK, LIGHT, PALE, SPACE
from cxlens.common.values import in_hundred, interval, number, signed
from cxlens.stages.improve.matrix import Area, areas, on_log, quadrant_sizes
from cxlens.stages.improve.quick_wins import QuickWins
from cxlens.stages.improve.worked_on import is_forced, verdict_words

CSS = Path(__file__).with_name("matrix.css").read_text(encoding="utf-8")
WIDTH, HEIGHT = 820, 520  # units of the drawing; pixels where it is not scaled
LEFT, RIGHT, TOP, BOTTOM = 78, WIDTH - 14, 14, HEIGHT - 50  # of the part with the initiatives
TEXT, LINE = 13, 16  # size of the words, height of a line of them
WRAPPED = (24, 34, 17)  # characters of a label in a line, as they are tried
FAR = (12, 17, 26, 38, 54, 76)  # how far a label may stand from its mark; from the second on with a line to it
NARROW, BROAD = set("iljtfrI.,:;'|!()[] "), set("mwMWQ%@")
EDGE, HEADROOM, FOOTROOM = 8, 17, 9  # of the words in the corners, from the sides, from above, from below
REACH = 8  # of a mark, to each side, that words keep clear of
CORNERS = {  # words of a quadrant, and whether they stand right and low
    "quick win": ("Quick wins: easy and big", False, False),
    "big project": ("Big projects", True, False),
    "fill-in": ("Fill-ins: easy and small", False, True),
    "leave": ("Leave", True, True),
}
HOW = (
    "Upper left is best: much benefit for little effort. A mark stands at the likely effort and the median forecast, "
    "its ellipse holds 80 % of the redraws. The number beside a name: big and easy in so many of 100. "
    "The line joins those that no other beats (Pareto front). Figures in the corners: how many initiatives a quadrant "
    "holds, on average over the redraws."
)
SHADES = {GREY: "quiet", BLUE: "win", DARK: "ink", INK: "ink"}  # classes of the style, by colour

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]  # left, top, right, bottom
Place = tuple[float, float]  # of a mark in the drawing
Row = Mapping[Any, Any]  # of the table of quick wins


class Label(NamedTuple):
    """Words beside a mark: their lines, the middle and the top of the first, whether a line leads there."""

    lines: list[str]
    x: float
    y: float
    is_far: bool


class Corner(NamedTuple):
    """The words of a quadrant, and where they stand."""

    words: str
    right: bool
    low: bool
    is_win: bool


class Look(NamedTuple):
    """How an initiative is drawn: its place, the half axes of its ellipse, its verdict, its label."""

    dot: Place
    radii: tuple[float, float]
    is_win: bool
    label: Label | None


class Frame(NamedTuple):
    """What the axes show; effort as its logarithm to base ten where ``log``."""

    log: bool
    left: float
    right: float
    bottom: float
    top: float

    def place(self, x: float, y: float) -> Place:
        """Where a point of the axes stands in the drawing."""
        across = (x - self.left) / (self.right - self.left)
        up = (y - self.bottom) / (self.top - self.bottom)
        return LEFT + across * (RIGHT - LEFT), BOTTOM - up * (BOTTOM - TOP)

    def read(self, x: float, y: float) -> tuple[float, float]:
        """The effort and benefit of a place in the drawing."""
        across = (x - LEFT) / (RIGHT - LEFT)
        up = (BOTTOM - y) / (BOTTOM - TOP)
        effort = self.left + across * (self.right - self.left)
        benefit = self.bottom + up * (self.top - self.bottom)
        return 10**effort if self.log else effort, benefit

    def axis(self, effort: float) -> float:
        """An effort as a point of its axis; none at all stands at the left end of a log axis."""
        if not self.log:
            return effort
        if effort > 0:
            return float(np.log10(effort))
        return self.left


def frame_of(result: QuickWins, held: Frame | None = None) -> Frame:
    """Axes that hold all ellipses, both cuts and no benefit, and what they held before."""
    log = held.log if held else on_log(result.record)
    spots = areas(result.record, log)
    x = []
    y = [0.0, result.benefit_cut]
    for spot in spots:
        x += [spot.x - spot.width, spot.x + spot.width]
        y += [spot.y - spot.height, spot.y + spot.height]
    if result.effort_cut > 0:
        cut = np.log10(result.effort_cut) if log else result.effort_cut
        x.append(float(cut))
    left, right = _with_room(x, 0.03)
    bottom, top = _with_room(y, 0.12)  # more above and below, for the names of the quadrants
    if held is None:
        return Frame(log, left, right, bottom, top)
    return Frame(
        log,
        min(left, held.left),
        max(right, held.right),
        min(bottom, held.bottom),
        max(top, held.top),
    )


def _with_room(values: Sequence[float], room: float) -> tuple[float, float]:
    """The ends of an axis that holds these values, with a share of their width on either side."""
    low = min(values)
    high = max(values)
    pad = room * (high - low) or 0.1
    return low - pad, high + pad


def benefit_words(result: QuickWins) -> str:
    """What the upright axis shows: ``Change of NPS, NPS points``."""
    if result.record.in_money:
        return f"Benefit, {result.unit}"
    return f"Change of {result.drivers.record.outcome_words}, {result.response.unit}"


def plain(value: float) -> str:
    """An effort as one would write it: ``5``, ``6.5``, ``0.25``, ``1,200``."""
    text = number(value, 2 if value < 10 else 1)
    return text.rstrip("0").rstrip(".")


def effort_words(result: QuickWins, effort: float) -> str:
    """``6.5 weeks``, ``1 week``."""
    unit = result.effort_unit
    if effort == 1:
        unit = unit.removesuffix("s")
    return f"{plain(effort)} {unit}"


def benefit_of(row: Row | pd.Series[Any], result: QuickWins) -> tuple[str, str]:
    """The benefit of an initiative and its interval, in words."""
    digits = result.digits
    benefit = signed(row["benefit"], digits)
    span = interval(row["benefit_low"], row["benefit_high"], digits)
    return benefit, span


def spot_text(row: Row, result: QuickWins) -> str:
    """All about one initiative, for who cannot see or points at it."""
    benefit, span = benefit_of(row, result)
    front = ", on the Pareto front" if row["pareto"] else ""
    forced = " (forced)" if is_forced(row) else ""
    words = verdict_words(row)
    judged = f"; {words}" if words else ""
    return (
        f"{row['initiative']}{forced}: effort {effort_words(result, row['effort'])}, {benefit} {result.unit} {span}, "
        f"big and easy in {in_hundred(row['p_quick_win'])} of 100 redraws{front}{judged}"
    )


def matrix_rows(result: QuickWins) -> list[dict[str, str]]:
    """The table under the drawing, ready to show: one row an initiative, the likeliest quick win first."""
    return [_table_row(row, result) for row in result.table.to_dict("records")]


def _table_row(row: Row, result: QuickWins) -> dict[str, str]:
    """What the table under the drawing says of one initiative."""
    quadrant = row["quadrant"]
    span = f"{plain(row['effort_low'])} to {plain(row['effort_high'])}"
    cells = {
        "Initiative": row["initiative"],
        "Quick win in 100 redraws": in_hundred(row["p_quick_win"]),
        f"Forecast, {result.unit}": " ".join(benefit_of(row, result)),
        f"Effort, {result.effort_unit}": f"{plain(row['effort'])} ({span})",
        "Most likely a": "case to leave" if quadrant == "leave" else quadrant,
        "Pareto front": "yes" if row["pareto"] else "no",
        "Owner": row["owner"],
    }
    if "verdicts" in row:
        cells["Verdicts"] = verdict_words(row)
    if "forced" in row:
        cells["Forced"] = "yes" if is_forced(row) else "no"
    return cells


def matrix_html(result: QuickWins) -> str:
    """The matrix as it stands still: its picture, its finding and its table, self-contained, without a script.

    Parameters
    ----------
    result
        From :func:`cxlens.quick_wins`.

    Returns
    -------
    str
        HTML that needs nothing from elsewhere; its style reaches no further than the figure.
    """
    picture = svg_image(_told(result), matrix_svg(result))
    table = pd.DataFrame(matrix_rows(result))
    return picture + card(result.sentence, table, f"{HOW} {result.note}")


def matrix_svg(result: QuickWins, frame: Frame | None = None) -> str:
    """Draw the matrix.

    Parameters
    ----------
    result
        From :func:`cxlens.quick_wins`.
    frame
        What the axes show; by default all there is.

    Returns
    -------
    str
        An ``svg`` element. Each initiative is a group of the class ``spot`` with its name in ``data-name``, its place
        in ``data-x`` and ``data-y``, and a label for screen readers.
    """
    frame = frame or frame_of(result)
    rows = result.table.to_dict("records")
    spots = areas(result.record, frame.log)
    dots = [frame.place(spot.x, spot.y) for spot in spots]
    cut = frame.place(frame.axis(result.effort_cut), result.benefit_cut)
    front = sorted(dot for dot, row in zip(dots, rows, strict=True) if row["pareto"])
    corners = _corners(result)
    blocked = [_corner_box(corner) for corner in corners] + _marked(dots, cut)
    names = [_name_shapes(row) for row in rows]
    *labels, along = _labels(
        [*dots, _middle(front or dots)],
        [*names, [["Pareto front"]]],
        blocked,
    )
    shown = [
        *_paper(result),
        *_axes(result, frame),
        _cuts(cut),
        _front(front, along),
        *(_corner(corner) for corner in corners),
    ]
    for row, spot, dot, label in zip(rows, spots, dots, labels, strict=True):
        is_win = row["quadrant"] == "quick win"
        look = Look(dot, _radii(spot, frame), is_win, label)
        shown.append(_spot(row["initiative"], spot_text(row, result), look))
    shown.append("</svg>")
    return "".join(shown)


def _paper(result: QuickWins) -> list[str]:
    """The beginning of the drawing, with what it says, and its ground."""
    return [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="group" font-size="{TEXT}" font-family="system-ui, sans-serif" '
        f'aria-label="{escape(_told(result))}">',
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]


def _told(result: QuickWins) -> str:
    """What the drawing says."""
    return f"Effort and benefit of initiatives. {result.sentence}"


def _name_shapes(row: Row) -> list[list[str]]:
    """An initiative with its redraws of 100, not broken over two lines, in the shapes it may stand in."""
    chance = in_hundred(row["p_quick_win"]).replace(" ", SPACE)
    forced = f"{SPACE}(forced)" if is_forced(row) else ""
    return [textwrap.wrap(f"{row['initiative']}{forced}, {chance}", letters) for letters in WRAPPED]


def _marked(dots: Sequence[Place], cut: Place) -> list[Box]:
    """What words keep clear of: the marks, and the lines between the quadrants."""
    boxes: list[Box] = []
    for x, y in dots:
        boxes.append((x - REACH, y - REACH, x + REACH, y + REACH))
    x, y = cut
    upright = (x - 2, TOP, x + 2, BOTTOM)
    across = (LEFT, y - 2, RIGHT, y + 2)
    return [*boxes, upright, across]


def _middle(line: Sequence[Place]) -> Place:
    """The middle of the longest piece of a line."""
    pieces = list(pairwise(line)) or [(line[0], line[0])]
    (left, low), (right, high) = max(pieces, key=_length)
    return (left + right) / 2, (low + high) / 2


def _length(piece: tuple[Place, Place]) -> float:
    """How far a piece of a line goes to the right."""
    start, end = piece
    return end[0] - start[0]


def _radii(spot: Area, frame: Frame) -> tuple[float, float]:
    """Half of the width and height of an ellipse in the drawing."""
    across = (RIGHT - LEFT) / (frame.right - frame.left)
    up = (BOTTOM - TOP) / (frame.top - frame.bottom)
    return spot.width * across, spot.height * up


def _cuts(cut: Place) -> str:
    """The dashed lines between the quadrants."""
    x, y = cut
    lines = f"M{x:.1f} {TOP}V{BOTTOM}M{LEFT} {y:.1f}H{RIGHT}"
    return f'<path class="cut" d="{lines}" stroke="{DARK}" stroke-dasharray="6 4" fill="none"/>'


def _front(front: Sequence[Place], label: Label | None) -> str:
    """The line that joins what no other beats, with its name along it."""
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in front)
    line = f'<polyline class="front" points="{points}" fill="none" stroke="{DARK}" stroke-width="1.5"/>'
    if label is None or len(front) < 2:
        return line
    return line + _text(label.x, label.y, label.lines, GREY, "middle")


def _text(x: float, y: float, lines: Sequence[str], colour: str, anchor: str, more: str = "") -> str:
    """Lines of words; a rim in the colour of the paper keeps them readable on lines."""
    spans = []
    for k, line in enumerate(lines):
        down = y + k * LINE
        spans.append(f'<tspan x="{x:.1f}" y="{down:.1f}">{escape(line)}</tspan>')
    rim = 'stroke="#fff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
    return f'<text class="{SHADES[colour]}" fill="{colour}" {rim} text-anchor="{anchor}"{more}>{"".join(spans)}</text>'


def _axes(result: QuickWins, frame: Frame) -> list[str]:
    """Figures and words of both axes."""
    middle = (TOP + BOTTOM) / 2
    scale = ", log scale" if frame.log else ""
    easy = f"Effort, {result.effort_unit}{scale} (easy: up to {plain(result.effort_cut)})"
    big = f"{benefit_words(result)} (big: {signed(result.benefit_cut, result.digits)} or more)"
    return [
        *_benefit_axis(frame),
        *_effort_axis(frame),
        f'<path class="tick" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}" stroke="{LIGHT}" fill="none"/>',
        _text(
            (LEFT + RIGHT) / 2,
            HEIGHT - 10,
            [easy],
            DARK,
            "middle",
        ),
        _text(
            15,
            middle,
            [big],
            DARK,
            "middle",
            f' transform="rotate(-90 15 {middle})"',
        ),
    ]


def _benefit_axis(frame: Frame) -> list[str]:
    """Figures of the upright axis, with a line across at each."""
    parts = []
    for value in _ticks(frame.bottom, frame.top):
        _, y = frame.place(frame.left, value)
        width = 1.5 if value == 0 else 1
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{RIGHT}" stroke="{PALE}" stroke-width="{width}"/>')
        parts.append(
            _text(
                LEFT - 8,
                y + 4,
                [_tick(value)],
                GREY,
                "end",
            )
        )
    return parts


def _effort_axis(frame: Frame) -> list[str]:
    """Figures of the level axis."""
    parts = []
    ticks = _log_ticks if frame.log else _ticks
    for effort in ticks(frame.left, frame.right):
        at = effort
        if frame.log:
            at = float(np.log10(effort))
        x, _ = frame.place(at, 0)
        parts.append(f'<path class="tick" d="M{x:.1f} {BOTTOM}v5" stroke="{LIGHT}"/>')
        parts.append(
            _text(
                x,
                BOTTOM + 18,
                [f"{effort:g}"],
                GREY,
                "middle",
            )
        )
    return parts


def _tick(value: float) -> str:
    """A benefit at its axis: ``+2.5``, ``+200k``, ``+1.5M``."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e6:
        return f"{value / 1e6:+g}M"
    if size >= 1e4:
        return f"{value / 1e3:+g}k"
    return f"{value:+g}"


def _ticks(low: float, high: float) -> list[float]:
    """Round figures between two ends of an axis."""
    locator = MaxNLocator(8, steps=[1, 2, 2.5, 5, 10])
    return _within(locator.tick_values(low, high), low, high)


def _log_ticks(low: float, high: float) -> list[float]:
    """Round efforts between two ends of an axis of their logarithms."""
    least = 10**low
    most = 10**high
    locator = LogLocator(subs=(1, 2, 5), numticks=20)
    return _within(locator.tick_values(least, most), least, most)


def _within(values: Iterable[float], low: float, high: float) -> list[float]:
    """Figures that lie between two ends, without the noise of their last digits."""
    return [round(float(value), 10) for value in values if low <= value <= high]


def _corners(result: QuickWins) -> list[Corner]:
    """The names of the quadrants with what each holds."""
    sizes = quadrant_sizes(result.record)
    corners = []
    for quadrant, (name, right, low) in CORNERS.items():
        words = f"{name}, {number(sizes[quadrant], 1)} of {len(result.table)}"
        corners.append(Corner(words, right, low, quadrant == "quick win"))
    return corners


def _corner_place(corner: Corner) -> Place:
    """Where the words of a quadrant begin, or end where they stand right."""
    x = RIGHT - EDGE if corner.right else LEFT + EDGE
    y = BOTTOM - FOOTROOM if corner.low else TOP + HEADROOM
    return x, y


def _corner(corner: Corner) -> str:
    """The words of a quadrant, the quick wins in blue."""
    x, y = _corner_place(corner)
    colour = BLUE if corner.is_win else GREY
    return _text(
        x,
        y,
        [corner.words],
        colour,
        "end" if corner.right else "start",
        ' font-weight="bold"',
    )


def _corner_box(corner: Corner) -> Box:
    """The box that the words of a quadrant fill."""
    x, y = _corner_place(corner)
    width = 1.1 * text_width(corner.words)
    left = x - width if corner.right else x
    right = left + width
    return left - 4, y - TEXT, right + 4, y + 6.0


def text_width(words: str) -> float:
    """About how wide words are: a little more rather than less."""
    return TEXT * sum(_letter_width(letter) for letter in words)


def _letter_width(letter: str) -> float:
    """About how wide a letter is, in sizes of its font."""
    if letter in NARROW:
        return 0.38
    if letter in BROAD:
        return 0.92
    return 0.7 if letter.isupper() else 0.61


def _labels(dots: Sequence[Place], names: Sequence[list[list[str]]], taken: Sequence[Box]) -> list[Label | None]:
    """A place for each label, the first ones first, that is clear of what is taken; none where there is no room.

    A label that has no room in its first shape gets the next one that has.
    """
    filled = [*taken]
    labels: list[Label | None] = []
    for dot, shapes in zip(dots, names, strict=True):
        placed = [place for lines in shapes if (place := _free_place(dot, lines, filled))]
        if not placed:
            labels.append(None)
            continue
        label, box = placed[0]
        labels.append(label)
        filled.append(box)
    return labels


def _free_place(dot: Place, lines: list[str], filled: Sequence[Box]) -> tuple[Label, Box] | None:
    """The nearest place beside a mark where its words stand clear of what is filled, and the box they fill there."""
    boxes, is_far = _boxes_around(dot, lines)
    is_free = _inside(boxes) & ~_meet(boxes, np.array(filled))
    if not is_free.any():
        return None
    nearest = int(is_free.argmax())
    left, top, right, bottom = boxes[nearest].tolist()
    label = Label(lines, (left + right) / 2, top + TEXT - 1, bool(is_far[nearest]))
    return label, (left, top, right, bottom)


def _boxes_around(dot: Place, lines: Sequence[str]) -> tuple[Floats, NDArray[np.bool_]]:
    """Boxes (left, top, right, bottom) that words could fill, the nearest first; whether a line has to lead there."""
    distances, angles = np.meshgrid(
        FAR,
        np.radians(np.arange(0, 360, 15)),
        indexing="ij",
    )
    far = distances.ravel()
    angle = angles.ravel()
    half_wide = max(map(text_width, lines)) / 2
    half_tall = len(lines) * LINE / 2
    middle, level = dot
    x = middle + np.cos(angle) * (far + half_wide)
    y = level + np.sin(angle) * (far + half_tall)
    corners = [x - half_wide, y - half_tall, x + half_wide, y + half_tall]
    boxes = np.stack(corners, axis=1)
    return boxes, far > FAR[0]


def _inside(boxes: Floats) -> NDArray[np.bool_]:
    """Which boxes lie within the axes."""
    left, top, right, bottom = boxes.T
    across = (left > LEFT) & (right < RIGHT)
    down = (top > TOP) & (bottom < BOTTOM)
    return np.asarray(across & down)


def _meet(boxes: Floats, taken: Floats) -> NDArray[np.bool_]:
    """Which boxes (left, top, right, bottom) lie on one that is taken."""
    is_after = boxes[:, None, :2] >= taken[:, 2:]
    is_before = boxes[:, None, 2:] <= taken[:, :2]
    apart = np.any(is_after | is_before, axis=2)
    return np.asarray(~np.all(apart, axis=1))


def _spot(name: str, words: str, look: Look) -> str:
    """One initiative: ellipse, mark, label, and a wide clear circle that is easy to hit."""
    x, y = look.dot
    width, height = look.radii
    colour = BLUE if look.is_win else GREY
    kind = "win" if look.is_win else "other"
    told = escape(words)
    return (
        f'<g class="spot {kind}" data-name="{escape(name)}" data-x="{x:.1f}" data-y="{y:.1f}" '
        f'role="img" aria-label="{told}"><title>{told}</title>'
        f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{width:.1f}" ry="{height:.1f}" fill="{colour}" '
        f'fill-opacity="0.1" stroke="{colour}" stroke-opacity="0.4" pointer-events="none"/>'
        f'{_beside(look)}<circle class="hit" cx="{x:.1f}" cy="{y:.1f}" r="14" fill="transparent"/>'
        f"{_mark(look.dot, look.is_win)}</g>"
    )


def _mark(dot: Place, is_win: bool) -> str:
    """A blue circle for a quick win, a grey square for all others."""
    x, y = dot
    if is_win:
        return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{BLUE}"/>'
    return f'<rect class="dot" x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="{GREY}"/>'


def _beside(look: Look) -> str:
    """The label of an initiative, with a line to it where it stands far off."""
    label = look.label
    if label is None:
        return ""
    words = _text(
        label.x,
        label.y,
        label.lines,
        INK,
        "middle",
    )
    if not label.is_far:
        return words
    x, y = look.dot
    top = label.y - TEXT
    bottom = top + len(label.lines) * LINE
    nearest = min(max(y, top), bottom)
    way = f"M{x:.1f} {y:.1f}L{label.x:.1f} {nearest:.1f}"
    return f'<path class="tick" d="{way}" stroke="{GREY}" stroke-width="0.7"/>{words}'
