"""The picture of the drivers, and the list of all pictures of this stage.

:func:`driver_dots` says which marks there are. Nothing is computed here: figures come from :func:`cxlens.drivers`.
Pictures of its sides stand in modules of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.pictures import Chart
from cxlens.common.style import BLUE, DARK, GREY, ORANGE, SPACE, Dot
from cxlens.common.values import CLEAR, count, number, percent
from cxlens.stages.drivers.beside_chart import beside_chart
from cxlens.stages.drivers.dimensions_chart import dimensions_chart
from cxlens.stages.drivers.dominance_chart import dominance_chart
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.drivers.performance_chart import performance_chart
from cxlens.stages.drivers.segment_chart import segments_chart
from cxlens.stages.drivers.side_charts import (
    NO_FIGURE,
    diagnosis_chart,
    moments_chart,
    opportunity_chart,
    shape_chart,
    value_added_chart,
)
from cxlens.stages.drivers.within_chart import within_chart
from cxlens.study.asked import lowest_is_best

SIDE = "Side of the drivers"  # what the picture of a side is called
UNCLEAR, OPPOSITE = (
    "no clear link",
    "higher score, lower outcome",
)
BETTER_WORSE = "better score, worse outcome"
MORE, LESS = "▲", "▼"
Flags = Mapping[tuple[str, str], str]  # by segment and touchpoint


def drivers_chart(result: Drivers, ax: Axes | None = None) -> Axes:
    """Draw importance with intervals, the most important touchpoint on top.

    Parameters
    ----------
    result
        From :func:`cxlens.drivers`. With ``by``: a panel for each of the first six segments, all in the order of
        the first, the leader of each in blue.
    ax
        The Axes to draw on; names and columns of text stand left and right of it. A new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Open and grey: no clear link (q of 0.05 or more); triangle: a higher score goes with a
        lower outcome.
    """
    ax = ax or style.new_axes()
    tables, more = style.parts(result.table, result.by, result.survey.named, result.survey.time)
    first = next(iter(tables.values()))
    dots = driver_dots(result)
    panels = style.draw_rows(
        ax,
        first["touchpoint"].tolist(),
        _with_sizes(result, dots),
        _columns(first, dots),
    )
    panels[0].set_xlim(left=0)
    about = style.about(result.n, result.level if result.n_boot else None)
    subtitle = f"Importance{more}, {about}."
    style.finish(ax, result.finding.title, subtitle, x=_caption(result))
    return ax


def driver_dots(result: Drivers) -> dict[str, list[Dot]]:
    """The marks of each of the first six segments, "" where there is none, in the order of the first."""
    tables, _ = style.parts(result.table, result.by)
    first = next(iter(tables.values()))
    order = first["touchpoint"].tolist()
    flags = _flags(result)
    dots = {}
    for segment, table in tables.items():
        leader = table["touchpoint"].iloc[0]
        rows = table.set_index("touchpoint", drop=False).reindex(order).to_dict("records")
        colours = [BLUE if not segment or touchpoint == leader else DARK for touchpoint in order]
        segment_flags = [flags.get((segment, touchpoint), "") for touchpoint in order]
        opposite = [_opposite(result)] * len(rows)
        dots[segment] = list(map(_driver_dot, rows, colours, segment_flags, opposite))
    return dots


def _opposite(result: Drivers) -> str:
    """What a slope below 0 is called; where the lowest score is the best, higher and lower would mislead."""
    survey = result.survey
    scales = [survey.scale, survey.outcome_scales.get(result.outcome)]
    return BETTER_WORSE if any(map(lowest_is_best, scales)) else OPPOSITE


def _driver_dot(row: dict[Any, Any], colour: str, flag: str, opposite: str) -> Dot:
    """The importance of a touchpoint in points; how it is marked follows from its coefficient."""
    clear = row["q_value"] < CLEAR
    down = row["coef"] < 0
    shade = GREY
    if clear:
        shade = ORANGE if down else colour
    return Dot(
        value=100 * row["importance"],
        low=100 * row["importance_low"],
        high=100 * row["importance_high"],
        colour=shade,
        marker="v" if down else "o",
        filled=bool(clear),
        note=_reading(row, opposite if down else "", clear=clear),
        flag=flag,
    )


def _reading(row: dict[Any, Any], opposite: str, *, clear: bool) -> str:
    """What is to be said of a mark."""
    if pd.isna(row["importance"]):
        return NO_FIGURE
    if not clear:
        return UNCLEAR
    return opposite


def _flags(result: Drivers) -> Flags:
    """Where a score point goes with clearly more, or less, in a segment than in all others."""
    clear = result.contrasts[result.contrasts["p_value"] < CLEAR]
    return {
        (str(row["segment"]), row["touchpoint"]): MORE if row["difference"] > 0 else LESS
        for row in clear.to_dict("records")
    }


def _with_sizes(result: Drivers, dots: Mapping[str, list[Dot]]) -> dict[str, list[Dot]]:
    """The same under the heading of each panel: the segment, and how many answers it has."""
    if not result.by:
        return dict(dots)
    sizes = dict(zip(result.fit["segment"].astype(str), result.fit["n"], strict=True))
    return {
        f"{segment} (n{style.SPACE}={style.SPACE}{count(sizes[segment])})": marks for segment, marks in dots.items()
    }


def _columns(first: pd.DataFrame, dots: Mapping[str, list[Dot]]) -> dict[str, list[str]]:
    """Texts beside the rows: how many scores there are, and what is to be said of the mark."""
    first_dots = next(iter(dots.values()))
    readings = ["" if pd.isna(dot.value) else dot.note for dot in first_dots]
    return {"n": [count(n) for n in first["n"]], "": readings}


def _caption(result: Drivers) -> str:
    """What the marks are."""
    words = (
        f"Importance: points of the differences in {result.record.outcome_words} (100 × R²) that a touchpoint explains"
    )
    if result.by:
        words += f". Blue: first of its segment; ○{SPACE}{UNCLEAR}; ▽{SPACE}{_opposite(result)}"
    if _flags(result):
        words += f"; {MORE}{LESS}{SPACE}a point goes with more or less than for the others"
    return words


CHARTS = {
    "Drivers": Chart(
        drivers_chart,
        "Importance of touchpoints",
        "touchpoint",
        "importance",
        number,
    ),
    "SegmentTree": Chart(segments_chart, "Tree of segments", "leader", "importance", number),
    "dominance": Chart(dominance_chart, SIDE, "touchpoint", "difference", number),
    "shape": Chart(shape_chart, SIDE, "touchpoint", "reward", number),
    "performance": Chart(performance_chart, SIDE, "touchpoint", "mean", number),
    "value added": Chart(value_added_chart, SIDE, "touchpoint", "value", number),
    "opportunity": Chart(opportunity_chart, SIDE, "touchpoint", "score", number),
    "moments of truth": Chart(moments_chart, SIDE, "touchpoint", "index", number),
    "dimensions": Chart(dimensions_chart, SIDE, "touchpoint", "importance", number),
    "diagnosis": Chart(diagnosis_chart, SIDE, "touchpoint", "vif", number),
    "within places": Chart(within_chart, SIDE, "touchpoint", "within", number),
    "beside": Chart(beside_chart, SIDE, "model", "share", percent),
}
