"""The picture of flows: a band for each way from a step to the next, as wide as the share that takes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, DARK, GREY, INK, LIGHT
from cxlens.common.values import closest_percent, plural
from cxlens.stages.journeys.flow import GOES_ON, between_two
from cxlens.study.journeys import END

NARROW_HEIGHT = 260  # and on a phone
NARROW_STEPS = 2  # steps that fit a phone beside one another
LETTERS, LETTER = 16, 0.56  # of a name in a line at most; how wide one is, in sizes of its font
BAR = 0.05  # half the width of a touchpoint, in steps
BETWEEN = 0.025  # room between touchpoints of a step, in shares
LINE = 11  # points of height that a line of a name takes
HEIGHT = 380  # points
NO_BREAK = "\N{NO-BREAK SPACE}"
CURVE = np.linspace(0, 1, 25)
SWING = CURVE**2 * (3 - 2 * CURVE)  # from 0 to 1, level at both ends


Place = tuple[int, str]  # a step, and the touchpoint there


class _Band(NamedTuple):
    """A flow: from where to where, its share of the journeys, and whether it is the widest between two touchpoints."""

    leaves: Place
    comes: Place
    share: float
    is_widest: bool


class _Stop(NamedTuple):
    """A touchpoint at a step: its share, and where it begins from the top."""

    share: float
    top: float


def flow_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw where journeys go from step to step.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.journeys.paths.Paths.flow`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        Columns are steps; bands are as wide as their shares, the widest between two touchpoints is blue.
    """
    ax = ax or style.new_axes()
    narrow = style.is_narrow(ax)
    style.set_height(ax, NARROW_HEIGHT if narrow else HEIGHT)
    touchpoints = view.record.log.touchpoints
    bands = _bands(_shown(view.table, narrow=narrow), touchpoints)
    stops = _stops(bands, touchpoints)
    _draw_bands(ax, bands, stops)
    last = max((step for step, _ in stops), default=1)
    unnamed = _draw_stops(ax, stops, last)
    ax.set(xlim=(1 - 2 * BAR, last + 1.1), ylim=(_depth(stops), 0), yticks=[])
    ax.set_xticks(range(1, last + 1))
    style.tidy(ax, grid="")
    ax.spines[:].set_visible(False)
    subtitle = "Bands: share of the journeys; grey: context, blue: the widest"
    if unnamed:
        subtitle += f"; {plural(unnamed, 'low bar')} without a name"
    if view.record.left_out:
        subtitle += f"; {plural(view.record.left_out, 'flow')} of a smaller share left out"
    style.finish(ax, view.finding.title, subtitle, x="Step of the journey")
    return ax


def widest_first(view: View) -> pd.DataFrame:
    """The flows as an alternative text names them: ``way`` and ``share``, the widest first."""
    ways = view.table.sort_values("share", ascending=False, kind="stable")
    step = ways["step"].astype(str)
    return ways.assign(way=ways["touchpoint"] + " (step " + step + ") to " + ways["next"])


def _shown(table: pd.DataFrame, *, narrow: bool) -> pd.DataFrame:
    """The flows for which there is room."""
    return table[table["step"] <= NARROW_STEPS] if narrow else table


def _bands(ways: pd.DataFrame, touchpoints: Sequence[str]) -> list[_Band]:
    """One band for each flow."""
    known = between_two(ways, touchpoints)
    widest = None
    if not known.empty:
        widest = known["share"].idxmax()
    return [
        _Band(
            leaves=(step, touchpoint),
            comes=(step + 1, following),
            share=share,
            is_widest=row == widest,
        )
        for row, step, touchpoint, following, share in zip(
            ways.index,
            ways["step"].tolist(),
            ways["touchpoint"].tolist(),
            ways["next"].tolist(),
            ways["share"].tolist(),
            strict=True,
        )
    ]


def _stops(bands: Sequence[_Band], touchpoints: Sequence[str]) -> dict[Place, _Stop]:
    """Touchpoints by step, below one another in their usual order, then those pooled, then ends.

    Each is as high as what is told of it: of what comes, or of what goes where that is more.
    """
    comes: Counter[Place] = Counter()
    goes: Counter[Place] = Counter()
    for band in bands:
        goes[band.leaves] += band.share  # type: ignore[assignment]  # counts need not be whole
        comes[band.comes] += band.share  # type: ignore[assignment]
    heights = goes | comes
    rank = {name: place for place, name in enumerate(touchpoints)}
    pooled = len(touchpoints)
    rank |= {GOES_ON: pooled + 1, END: pooled + 2}
    stops: dict[Place, _Stop] = {}
    below: dict[int, float] = {}
    for step, name in sorted(heights, key=lambda place: (place[0], rank.get(place[1], pooled))):
        top = below.get(step, 0.0)
        share = float(heights[step, name])
        stops[step, name] = _Stop(share, top)
        below[step] = top + share + BETWEEN
    return stops


def _depth(stops: dict[Place, _Stop]) -> float:
    """How far down the lowest touchpoint reaches."""
    return max((stop.top + stop.share for stop in stops.values()), default=1.0)


def _draw_bands(ax: Axes, bands: Sequence[_Band], stops: dict[Place, _Stop]) -> None:
    """Each flow from the right of its touchpoint to the left of the next one, those of a touchpoint side by side."""
    order = {place: number for number, place in enumerate(stops)}
    goes = {place: stop.top for place, stop in stops.items()}
    comes = dict(goes)
    for band in sorted(bands, key=lambda band: (order[band.leaves], order[band.comes])):
        start = goes[band.leaves]
        end = comes[band.comes]
        goes[band.leaves] += band.share
        comes[band.comes] += band.share
        step, _ = band.leaves
        across = step + BAR + (1 - 2 * BAR) * CURVE
        top = start + (end - start) * SWING
        colour, alpha = (BLUE, 0.6) if band.is_widest else (GREY, 0.28)
        ax.fill_between(
            across,
            top,
            top + band.share,
            color=colour,
            alpha=alpha,
            linewidth=0,
        )


def _letters(ax: Axes, last: int) -> int:
    """How many letters of a name fit between the bars of two steps."""
    step = style.points(ax, style.cell(ax).width) / (last + 0.1 + 2 * BAR)
    room = step * (1 - 2 * BAR - 0.03)
    return min(int(room / style.SMALL / LETTER), LETTERS)


def _draw_stops(ax: Axes, stops: dict[Place, _Stop], last: int) -> int:
    """Each touchpoint as a bar, with its name and share where it is high enough; gives back how many are not."""
    letters = _letters(ax, last)
    height_of_line = LINE / HEIGHT * _depth(stops)
    unnamed = 0
    for (step, name), stop in stops.items():
        is_end = name in (GOES_ON, END)
        ax.bar(step, stop.share, 2 * BAR, bottom=stop.top, color=LIGHT if is_end else DARK)
        share = closest_percent(stop.share).replace(" ", NO_BREAK)
        words = style.wrap(f"{name} {share}", LETTERS if step == last else letters)
        if style.lines(words) * height_of_line > stop.share + BETWEEN:
            unnamed += 1
            continue
        label = style.say(ax, words, (step + BAR + 0.03, stop.top + stop.share / 2), color=INK)
        label.set_in_layout(False)
    return unnamed
