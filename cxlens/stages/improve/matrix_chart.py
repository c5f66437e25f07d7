"""The impact-effort matrix as one SVG: what the widget shows and moves is what stands still in notebooks and reports.

Strings only: where initiatives stand and how wide their ellipses are comes from :mod:`cxlens.stages.improve.matrix`,
what happens when one is moved belongs to :mod:`cxlens.stages.improve.board`. Every text is escaped here.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator, MaxNLocator
from numpy.typing import NDArray

from cxlens.common.html import STYLE, html_table
from cxlens.common.style import BLUE, DARK, GREY, INK, LIGHT, PALE
from cxlens.common.values import interval, number, probability, signed
from cxlens.stages.improve.matrix import Area, areas, on_log, quadrant_sizes
from cxlens.stages.improve.quick_wins import QuickWins

CSS = Path(__file__).with_name("matrix.css").read_text(encoding="utf-8")
WIDTH, HEIGHT = 820, 520  # units of the drawing; pixels where it is not scaled
LEFT, RIGHT, TOP, BOTTOM = 62, WIDTH - 14, 14, HEIGHT - 50  # of the part with the initiatives
TEXT, LINE = 13, 16  # size of the words, height of a line of them
FAR = (12, 17, 26, 38, 54, 76)  # how far a label may stand from its mark; from the second on with a line to it
NARROW, WIDE = set("iljtfrI.,:;'|!()[] "), set("mwMWQ%@")
CORNERS = {  # words of a quadrant, and whether they stand right and low
    "quick win": ("Quick wins: easy and big", False, False),
    "big project": ("Big projects", True, False),
    "fill-in": ("Fill-ins: easy and small", False, True),
    "leave": ("Leave", True, True),
}
HOW = (
    "Upper left is best: much benefit for little effort. A mark stands at the likely effort and the median forecast, "
    "its ellipse holds 80 % of the draws. The line joins those that no other beats (Pareto front). Figures in the "
    "corners: how many initiatives a quadrant holds, on average over the draws."
)


Box = tuple[float, ...]  # left, top, right, bottom
Label = tuple[list[str], float, float, bool] | None  # lines, place of the first, whether a line leads there


class Frame(NamedTuple):
    """What the axes show; effort as its logarithm to base ten where ``log``."""

    log: bool
    left: float
    right: float
    bottom: float
    top: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the axes stands in the drawing."""
        across, up = (x - self.left) / (self.right - self.left), (y - self.bottom) / (self.top - self.bottom)
        return LEFT + across * (RIGHT - LEFT), BOTTOM - up * (BOTTOM - TOP)

    def read(self, x: float, y: float) -> tuple[float, float]:
        """The effort and benefit of a place in the drawing."""
        effort = self.left + (x - LEFT) / (RIGHT - LEFT) * (self.right - self.left)
        benefit = self.bottom + (BOTTOM - y) / (BOTTOM - TOP) * (self.top - self.bottom)
        return 10**effort if self.log else effort, benefit

    def axis(self, effort: float) -> float:
        """An effort as a point of its axis; none at all stands at the left end of a log axis."""
        return (float(np.log10(effort)) if effort > 0 else self.left) if self.log else effort


def frame_of(result: QuickWins, held: Frame | None = None) -> Frame:
    """Axes that hold all ellipses, both cuts and no benefit, and what they held before."""
    log = held.log if held else on_log(result)
    spots = areas(result, log)
    x = [end for spot in spots for end in (spot.x - spot.width, spot.x + spot.width)]
    y = [end for spot in spots for end in (spot.y - spot.height, spot.y + spot.height)] + [0.0, result.benefit_cut]
    if result.effort_cut > 0:
        x.append(float(np.log10(result.effort_cut)) if log else result.effort_cut)
    ends = []
    for values, room in ((x, 0.03), (y, 0.12)):  # more above and below, for the names of the quadrants
        pad = room * (max(values) - min(values)) or 0.1
        ends += [min(values) - pad, max(values) + pad]
    if held:
        ends = [pick(pair) for pick, pair in zip((min, max, min, max), zip(ends, held[1:], strict=True), strict=True)]
    return Frame(log, *ends)


def benefit_words(result: QuickWins) -> str:
    """What the upright axis shows: ``Change of recommend, NPS points``."""
    if result.options["money"] is not None:
        return f"Benefit, {result.unit}"
    return f"Change of {result.drivers.outcome}, {result.response.unit}"


def plain(value: float) -> str:
    """An effort as one would write it: ``5``, ``6.5``, ``0.25``, ``1,200``."""
    text = number(value, 2 if value < 10 else 1)
    return text.rstrip("0").rstrip(".")


def effort_words(result: QuickWins, effort: float) -> str:
    """``6.5 weeks``, ``1 week``."""
    unit = result.effort_unit
    return f"{plain(effort)} {unit.removesuffix('s') if effort == 1 else unit}"


def spot_text(row: dict[Any, Any], result: QuickWins) -> str:
    """All about one initiative, for who cannot see or points at it."""
    digits = result.digits
    return (
        f"{row['initiative']}: effort {effort_words(result, row['effort'])}, "
        f"{signed(row['benefit'], digits)} {result.unit} "
        f"{interval(row['benefit_low'], row['benefit_high'], digits)}, "
        f"quick win with probability {probability(row['p_quick_win'])}"
        f"{', on the Pareto front' if row['pareto'] else ''}"
    )


def matrix_rows(result: QuickWins) -> list[dict[str, str]]:
    """The table under the drawing, ready to show: one row an initiative, the likeliest quick win first."""
    digits = result.digits
    return [
        {
            "Initiative": row["initiative"],
            "Probability of a quick win": probability(row["p_quick_win"]),
            f"Forecast, {result.unit}": f"{signed(row['benefit'], digits)} "
            f"{interval(row['benefit_low'], row['benefit_high'], digits)}",
            f"Effort, {result.effort_unit}": f"{plain(row['effort'])} "
            f"({plain(row['effort_low'])} to {plain(row['effort_high'])})",
            "Most likely a": row["quadrant"].replace("leave", "case to leave"),
            "Pareto front": "yes" if row["pareto"] else "no",
            "Owner": row["owner"],
        }
        for row in result.table.to_dict("records")
    ]


def matrix_html(result: QuickWins) -> str:
    """The matrix as it stands still: a figure with its finding and table, self-contained, without a script.

    Parameters
    ----------
    result
        From :func:`cxlens.quick_wins`.

    Returns
    -------
    str
        HTML that needs nothing from elsewhere; its style reaches no further than the figure.
    """
    words = f"<p>{escape(str(result))}</p><p class='note'>{escape(HOW)} {escape(result.note)}</p>"
    table = html_table(pd.DataFrame(matrix_rows(result)))
    figure = f"{matrix_svg(result)}<figcaption>{words}</figcaption>{table}"
    return f"{STYLE}<style>{CSS}</style><figure class='cxlens cxlens-matrix'>{figure}</figure>"


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
    spots = areas(result, frame.log)
    corners, blocked = _corners(result)
    cut_x, cut_y = frame.place(frame.axis(result.effort_cut), result.benefit_cut)
    dots = [frame.place(spot.x, spot.y) for spot in spots]
    blocked += [(x - 8, y - 8, x + 8, y + 8) for x, y in dots]
    blocked += [(cut_x - 2, TOP, cut_x + 2, BOTTOM), (LEFT, cut_y - 2, RIGHT, cut_y + 2)]
    rows = result.table.to_dict("records")
    names = [textwrap.wrap(f"{row['initiative']}, {_whole(row['p_quick_win'])}", 24) for row in rows]
    best = sorted(dot for dot, kept in zip(dots, result.table["pareto"], strict=True) if kept)
    *labels, along = _labels([*dots, _middle(best or dots)], [*names, ["Pareto front"]], blocked)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in best)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="group" font-size="{TEXT}" '
        f'font-family="system-ui, sans-serif" aria-label="Effort and benefit of initiatives. {escape(str(result))}">',
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        *_axes(result, frame),
        f'<path class="cut" d="M{cut_x:.1f} {TOP}V{BOTTOM}M{LEFT} {cut_y:.1f}H{RIGHT}" stroke="{DARK}" '
        'stroke-dasharray="6 4" fill="none"/>',
        f'<polyline class="front" points="{line}" fill="none" stroke="{DARK}" stroke-width="1.5"/>',
        *corners,
    ]
    if along and len(best) > 1:
        parts.append(_text(along[1], along[2], along[0], GREY, 'text-anchor="middle"'))
    for row, spot, dot, label in zip(rows, spots, dots, labels, strict=True):
        words = spot_text(row, result)
        parts.append(_spot(row["initiative"], words, row["quadrant"] == "quick win", _radii(spot, frame), dot, label))
    return "".join([*parts, "</svg>"])


def _whole(p: float) -> str:
    """A probability that is not broken over two lines."""
    return probability(p).replace(" ", "\N{NO-BREAK SPACE}")


def _middle(line: list[tuple[float, float]]) -> tuple[float, float]:
    """The middle of the longest piece of a line."""
    (x, y), (right, up) = max(zip(line, line[1:] or line, strict=False), key=lambda ends: ends[1][0] - ends[0][0])
    return (x + right) / 2, (y + up) / 2


def _radii(spot: Area, frame: Frame) -> tuple[float, float]:
    across, up = (RIGHT - LEFT) / (frame.right - frame.left), (BOTTOM - TOP) / (frame.top - frame.bottom)
    return spot.width * across, spot.height * up


def _text(x: float, y: float, words: Iterable[str], colour: str, more: str = "") -> str:
    """Lines of words; a rim in the colour of the paper keeps them readable on lines."""
    lines = "".join(f'<tspan x="{x:.1f}" y="{y + k * LINE:.1f}">{escape(line)}</tspan>' for k, line in enumerate(words))
    shade = "quiet" if colour == GREY else "win" if colour == BLUE else "ink"
    rim = 'stroke="#fff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
    return f'<text class="{shade}" fill="{colour}" {rim} {more}>{lines}</text>'


def _axes(result: QuickWins, frame: Frame) -> list[str]:
    """Figures and words of both axes."""
    parts = []
    for value in _ticks(frame.bottom, frame.top, False):
        _, y = frame.place(frame.left, value)
        width = 1.5 if value == 0 else 1
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{RIGHT}" stroke="{PALE}" stroke-width="{width}"/>')
        parts.append(_text(LEFT - 8, y + 4, [_tick(value)], GREY, 'text-anchor="end"'))
    for value in _ticks(frame.left, frame.right, frame.log):
        x, _ = frame.place(np.log10(value) if frame.log else value, 0)
        parts.append(f'<path class="tick" d="M{x:.1f} {BOTTOM}v5" stroke="{LIGHT}"/>')
        parts.append(_text(x, BOTTOM + 18, [f"{value:g}"], GREY, 'text-anchor="middle"'))
    parts.append(f'<path class="tick" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}" stroke="{LIGHT}" fill="none"/>')
    easy = f"Effort, {result.effort_unit}{', log scale' if frame.log else ''} (easy: up to {plain(result.effort_cut)})"
    big = f"{benefit_words(result)} (big: {signed(result.benefit_cut, result.digits)} or more)"
    middle = (TOP + BOTTOM) / 2
    turned = f'text-anchor="middle" transform="rotate(-90 15 {middle})"'
    return [
        *parts,
        _text((LEFT + RIGHT) / 2, HEIGHT - 10, [easy], DARK, 'text-anchor="middle"'),
        _text(15, middle, [big], DARK, turned),
    ]


def _tick(value: float) -> str:
    """A benefit at its axis: ``+2.5``, ``+200k``, ``+1.5M``."""
    size = abs(value)
    short, letter = (value / 1e6, "M") if size >= 1e6 else (value / 1e3, "k") if size >= 1e4 else (value, "")
    return f"{short:+g}{letter}" if value else "0"


def _ticks(low: float, high: float, log: bool) -> list[float]:
    """Round figures between two ends of an axis; no effort below nothing."""
    if log:
        ends = 10**low, 10**high
        values = LogLocator(subs=(1, 2, 5), numticks=20).tick_values(*ends)
    else:
        ends = low, high
        values = MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]).tick_values(*ends)
    return [round(float(value), 10) for value in values if ends[0] <= value <= ends[1]]


def _corners(result: QuickWins) -> tuple[list[str], list[Box]]:
    """The names of the quadrants with what each holds, and the boxes they fill."""
    sizes = quadrant_sizes(result)
    parts: list[str] = []
    boxes: list[Box] = []
    for quadrant, (name, right, low) in CORNERS.items():
        words = f"{name}, {number(sizes[quadrant], 1)} of {len(result.table)}"
        x, y = (RIGHT - 8 if right else LEFT + 8), (BOTTOM - 9 if low else TOP + 17)
        side = f'font-weight="bold" text-anchor="{"end" if right else "start"}"'
        parts.append(_text(x, y, [words], BLUE if quadrant == "quick win" else GREY, side))
        width = 1.1 * text_width(words)
        boxes.append((x - width * right - 4, y - TEXT, x + width * (not right) + 4, y + 6.0))
    return parts, boxes


def text_width(words: str) -> float:
    """About how wide words are: a little more rather than less."""
    return TEXT * sum(
        0.38 if one in NARROW else 0.92 if one in WIDE else 0.7 if one.isupper() else 0.61 for one in words
    )


def _labels(dots: Sequence[tuple[float, float]], names: Sequence[list[str]], taken: list[Box]) -> list[Label]:
    """A place for each label, the first ones first, that is clear of what is taken; none where there is no room."""
    far, angle = (grid.ravel() for grid in np.meshgrid(FAR, np.radians(np.arange(0, 360, 15)), indexing="ij"))
    found: list[Label] = []
    for (x, y), lines in zip(dots, names, strict=True):
        half, tall = max(map(text_width, lines)) / 2, len(lines) * LINE / 2
        across, down = x + np.cos(angle) * (far + half), y + np.sin(angle) * (far + tall)
        boxes = np.stack([across - half, down - tall, across + half, down + tall], axis=1)
        inside = (boxes[:, 0] > LEFT) & (boxes[:, 1] > TOP) & (boxes[:, 2] < RIGHT) & (boxes[:, 3] < BOTTOM)
        free = np.flatnonzero(inside & ~_meet(boxes, np.array(taken)))
        if not len(free):
            found.append(None)
            continue
        k = free[0]
        found.append((lines, float(across[k]), float(boxes[k, 1]) + TEXT - 1, bool(far[k] > FAR[0])))
        taken = [*taken, tuple(boxes[k].tolist())]
    return found


def _meet(boxes: NDArray[np.float64], taken: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes (left, top, right, bottom) lie on one that is taken."""
    apart = np.concatenate([boxes[:, None, :2] >= taken[:, 2:], boxes[:, None, 2:] <= taken[:, :2]], axis=2)
    return np.asarray(np.any(~np.any(apart, axis=2), axis=1))


def _spot(
    name: str, words: str, win: bool, radii: tuple[float, float], dot: tuple[float, float], label: Label
) -> str:  # fmt: skip
    """One initiative: ellipse, mark, label, and a wide clear circle that is easy to hit."""
    (x, y), colour = dot, BLUE if win else GREY
    mark = f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{colour}"/>'
    if not win:
        mark = f'<rect class="dot" x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="{colour}"/>'
    beside = ""
    if label:
        lines, middle, top, far = label
        low = top - TEXT + len(lines) * LINE
        nearest = min(max(y, top - TEXT), low)
        beside = (
            f'<path class="tick" d="M{x:.1f} {y:.1f}L{middle:.1f} {nearest:.1f}" stroke="{GREY}" stroke-width="0.7"/>'
            if far
            else ""
        )
        beside += _text(middle, top, lines, INK, 'text-anchor="middle"')
    return (
        f'<g class="spot {"win" if win else "other"}" data-name="{escape(name)}" data-x="{x:.1f}" data-y="{y:.1f}" '
        f'role="img" aria-label="{escape(words)}"><title>{escape(words)}</title>'
        f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{radii[0]:.1f}" ry="{radii[1]:.1f}" fill="{colour}" '
        f'fill-opacity="0.1" stroke="{colour}" stroke-opacity="0.4" pointer-events="none"/>'
        f'{beside}<circle class="hit" cx="{x:.1f}" cy="{y:.1f}" r="14" fill="transparent"/>{mark}</g>'
    )
