"""Pictures of sides of the drivers that are rows of dots: value added, opportunity, moments of truth, shape, diagnosis.

Each function ``..._ranking`` says which marks there are, the chart beside it draws them. A chart takes its view (with
``by``: a panel for each of the first six segments) and the Axes to draw on, a new one without it; names and columns of
text stand left and right. It gives back the Axes drawn on. Nothing is computed here but where bars of a waterfall
begin: figures come from the modules that the sides are named after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, DARK, GREY, ORANGE, SPACE, Dot
from cxlens.common.values import number, percent, signed
from cxlens.stages.drivers.ask import TOGETHER
from cxlens.stages.drivers.looks import UNDECIDED
from cxlens.stages.drivers.opportunity import BANDS

Floats = NDArray[np.float64]
DotsOfRows = Callable[[pd.DataFrame], list[Dot]]
Words = Mapping[str, Callable[[Any], str]]  # a column of text, by its heading
NO_FIGURE = "no figure"
LARGE_VIF = 5
BESIDE = 0.18  # rows by which the second mark of a row stands lower


class Ranking(NamedTuple):
    """A side as rows in the order of the first segment.

    ``rows`` and ``dots`` by segment, "" where there is none; ``columns`` of text by heading, beside those of the first.
    """

    names: list[str]
    rows: dict[str, pd.DataFrame]
    dots: dict[str, list[Dot]]
    columns: dict[str, list[str]]


def ranking(view: View, dots: DotsOfRows, words: Words) -> Ranking:
    """The rows of the first six segments, all in the order of the first."""
    tables, _ = style.parts(view.table, view.record.by)
    first = next(iter(tables.values()))
    names = first["touchpoint"].tolist()
    rows = {segment: table.set_index("touchpoint").loc[names].reset_index() for segment, table in tables.items()}
    dots_of_segments = {segment: dots(table) for segment, table in rows.items()}
    records = first.to_dict("records")
    columns = {heading: [said(row) for row in records] for heading, said in words.items()}
    return Ranking(names, rows, dots_of_segments, columns)


def _draw(ranked: Ranking, ax: Axes) -> list[Axes]:
    """The panels that the rows are drawn on, in the order of the segments."""
    return style.draw_rows(ax, ranked.names, ranked.dots, ranked.columns)


def finish_side(view: View, ax: Axes, x: str, y: str = "", *, intervals: bool = True) -> Axes:
    """The finding on top, what was measured below it, and what the axes are."""
    record = view.record
    _, more = style.parts(view.table, record.by, record.survey.named, record.survey.time)
    about = style.about(record.n, record.level if record.draws and intervals else None)
    subtitle = f"{view.kind.capitalize()}{more}, {about}."
    style.finish(ax, view.finding.title, subtitle, x, y)
    return ax


def _dot(row: Any, name: str, colour: str, marker: str, *, filled: bool) -> Dot:
    """A figure with its interval."""
    return Dot(
        row[name],
        row[f"{name}_low"],
        row[f"{name}_high"],
        colour,
        marker,
        filled,
        NO_FIGURE,
    )


def _marked_dot(row: Any, name: str, marked: bool) -> Dot:
    """A blue diamond where a row is marked, else an open grey circle."""
    if marked:
        return _dot(row, name, BLUE, "D", filled=True)
    return _dot(row, name, GREY, "o", filled=False)


# Value added


def value_added_ranking(view: View) -> Ranking:
    """The end of each bar, with the interval of its length."""

    def of_touchpoint(words: Callable[[Any], str]) -> Callable[[Any], str]:
        return lambda row: "" if row["touchpoint"] == TOGETHER else words(row)

    words: Words = {
        "score": of_touchpoint(lambda row: number(row["mean"])),
        "against": of_touchpoint(lambda row: number(row["reference"])),
        "reach": of_touchpoint(lambda row: percent(row["reach"])),
        "value": lambda row: signed(row["value"], view.record.digits),
    }
    return ranking(view, _steps, words)


def bar_starts(rows: pd.DataFrame) -> Floats:
    """(m,) where each bar of a waterfall begins: where the one above it ends; the total begins at 0."""
    values = rows["value"].fillna(0).to_numpy()
    return np.where(rows["touchpoint"] == TOGETHER, 0.0, values.cumsum() - values)


def _steps(rows: pd.DataFrame) -> list[Dot]:
    return [_step(start, row) for start, row in zip(bar_starts(rows), rows.to_dict("records"), strict=True)]


def _step(start: float, row: Any) -> Dot:
    """What a touchpoint adds (blue, right) or takes (orange, left); open and grey where it may be zero."""
    value = row["value"]
    clear = row["value_low"] > 0 or row["value_high"] < 0
    colour = GREY
    if clear:
        colour = BLUE if value > 0 else ORANGE
    marker = ">" if value > 0 else "<"
    if row["touchpoint"] == TOGETHER:
        marker = "D"
    return Dot(
        start + value,
        start + row["value_low"],
        start + row["value_high"],
        colour,
        marker,
        clear,
        NO_FIGURE,
    )


def value_added_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw a waterfall: each bar begins where the one above it ends.

    The view is from :func:`cxlens.stages.drivers.value_added.value_added`.
    """
    ax = ax or style.new_axes()
    ranked = value_added_ranking(view)
    for panel, segment in zip(_draw(ranked, ax), ranked.rows, strict=True):
        _draw_bars(panel, ranked.rows[segment], ranked.dots[segment])
    marks = f"▶{SPACE}adds, ◀{SPACE}takes, ◆{SPACE}{TOGETHER}; open: may be zero"
    return finish_side(
        view,
        ax,
        f"{view.record.outcome_words}, {view.record.change_unit}; 0: all users at the reference. {marks}",
    )


def _draw_bars(panel: Axes, rows: pd.DataFrame, steps: list[Dot]) -> None:
    """A bar for each value, and a thin line from its end to the next."""
    values = rows["value"].fillna(0).to_numpy()
    starts = bar_starts(rows)
    ends = starts + values
    panel.barh(
        range(len(rows)),
        values,
        0.5,
        starts,
        color=[step.colour for step in steps],
        alpha=0.3,
    )
    panel.vlines(
        ends[:-1],
        range(len(rows) - 1),
        range(1, len(rows)),
        color=GREY,
        linewidth=0.6,
    )
    panel.axvline(0, color=GREY, linewidth=0.8)


# Opportunity


def opportunity_ranking(view: View) -> Ranking:
    """Scores, marked where a touchpoint is clearly under-served, or where that is undecided."""
    words: Words = {
        "importance": lambda row: number(row["importance"], 1),
        "satisfaction": lambda row: number(row["satisfaction"], 1),
        "": lambda row: "" if pd.isna(row["class"]) else row["class"],
    }
    return ranking(view, _opportunities, words)


def _opportunities(rows: pd.DataFrame) -> list[Dot]:
    return [_opportunity(row) for row in rows.to_dict("records")]


def _opportunity(row: Any) -> Dot:
    """A blue diamond where it is clearly under-served, a dark open one where that is open, else a grey circle."""
    if row["class"] == UNDECIDED and not row["score_low"] > min(BANDS):
        return _dot(row, "score", DARK, "D", filled=False)
    return _marked_dot(row, "score", row["score_low"] > min(BANDS))


def opportunity_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw opportunity scores with the bands of under-served touchpoints.

    The view is from :func:`cxlens.stages.drivers.opportunity.opportunity`.
    """
    ax = ax or style.new_axes()
    for panel in _draw(opportunity_ranking(view), ax):
        panel.set(xlim=(0, 20), xticks=[0, 5, *BANDS, 20])
        for band in BANDS:
            panel.axvline(band, color=DARK, linewidth=0.9, linestyle="--")
    words = ", ".join(f"{name} above {least}" for least, name in BANDS.items())
    return finish_side(view, ax, f"Opportunity score, 0 to 20. ◆ with its whole interval {words}; ◇ undecided")


# Moments of truth


def moments_ranking(view: View) -> Ranking:
    """The index, marked at moments of truth, with the three figures it is made of in words."""
    words: Words = {
        "reach": lambda row: percent(row["reach"]),
        "emotion": lambda row: number(row["emotion"]),
        "effect": lambda row: number(row["effect"], view.record.digits),
    }
    return ranking(view, _moments, words)


def _moments(rows: pd.DataFrame) -> list[Dot]:
    marked = rows["moment_of_truth"].eq(True)
    return [_marked_dot(row, "index", mark) for row, mark in zip(rows.to_dict("records"), marked, strict=True)]


def moments_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw the index of reach, strength of feeling and effect.

    The view is from :func:`cxlens.stages.drivers.moments_of_truth.moments_of_truth`.
    """
    ax = ax or style.new_axes()
    for panel in _draw(moments_ranking(view), ax):
        panel.set_xlim(0, 100)
    words = "Index of reach, strength of feeling and effect, 0 to 100. ◆ moment of truth: clearly passes all three"
    return finish_side(view, ax, words)


# Shape


def penalty_ranking(view: View) -> Ranking:
    """What low scores cost, with the class in words."""
    return ranking(view, _penalties, {"": lambda row: row["class"] or ""})


def _penalties(rows: pd.DataFrame) -> list[Dot]:
    return [_dot(row, "penalty", ORANGE, "<", filled=True) for row in rows.to_dict("records")]


def reward_dots(rows: pd.DataFrame) -> list[Dot]:
    """What high scores bring."""
    return [_dot(row, "reward", BLUE, ">", filled=True) for row in rows.to_dict("records")]


def shape_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw what low scores cost and high scores bring, on the same row.

    The view is from :func:`cxlens.stages.drivers.shape.shape`.
    """
    ax = ax or style.new_axes()
    ranked = penalty_ranking(view)
    for panel, rows in zip(_draw(ranked, ax), ranked.rows.values(), strict=True):
        panel.axvline(0, color=GREY, linewidth=0.8)
        for y, dot in enumerate(reward_dots(rows)):
            style.draw_mark(panel, dot, y + BESIDE)
    words = f"Change of {view.record.outcome_words} against middling scores, {view.record.change_unit}"
    return finish_side(view, ax, f"{words}. ◀ low scores (penalty), ▶ high scores (reward)")


# Diagnosis


def diagnosis_ranking(view: View) -> Ranking:
    """Variance inflation factors, marked where they are large."""
    without_intervals = view.table.assign(vif_low=np.nan, vif_high=np.nan)
    return ranking(replace(view, table=without_intervals), _inflations, {})


def _inflations(rows: pd.DataFrame) -> list[Dot]:
    return [_marked_dot(row, "vif", row["vif"] > LARGE_VIF) for row in rows.to_dict("records")]


def diagnosis_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw how much of a touchpoint's error comes from its correlation with the others.

    The view is from :func:`cxlens.stages.drivers.diagnosis.diagnosis`.
    """
    ax = ax or style.new_axes()
    for panel in _draw(diagnosis_ranking(view), ax):
        _, most = panel.get_xlim()
        panel.set_xlim(1, max(most + 0.05 * (most - 1), 1.5))
        panel.axvline(LARGE_VIF, color=DARK, linewidth=0.9, linestyle="--")
    return finish_side(
        view,
        ax,
        f"Variance inflation factor (1: none). ◆ above {LARGE_VIF}: hardly separable from the others",
        intervals=False,
    )
