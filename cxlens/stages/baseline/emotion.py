"""Emotion: how strongly each touchpoint is felt along the way, and how often that is in a bad moment.

Strength of feeling comes from the survey's ``emotion`` columns. What people say is in
:mod:`cxlens.stages.baseline.comments`; pictures do not belong here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.small_cells import reason
from cxlens.common.values import count, number, percent
from cxlens.engine.labels import segment_of
from cxlens.errors import ValuesError, check_level
from cxlens.stages.baseline.cells import Figure, Units, units_of_answers, weighted_correlation, weighted_figure
from cxlens.stages.baseline.comparison import grouping
from cxlens.stages.baseline.record import Scorecard, rescore
from cxlens.stages.drivers.moments_of_truth import strength_of
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.intervals import normal_quantile
from cxlens.study.asked import lowest_is_best, span_asked
from cxlens.study.dated import sorted_segments
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Line = dict[str, Any]  # a row of the table, by column
TABLE = ["segment", "stage", "touchpoint", "n", "strength", "strength_low", "strength_high", "mean", "low", "high",
         "correlation", "correlation_low", "correlation_high", "strong_and_low", "strong_and_low_low",
         "strong_and_low_high", "q_value", "note"]  # fmt: skip


class Cuts(NamedTuple):
    """Above which strength, and below which score, an answer is strong and low."""

    strength: float
    score: float


class _Cell(NamedTuple):
    """Strength, score, weight and cluster or respondent (n,), all of them or of those in a cell."""

    strength: Floats
    score: Floats
    weights: Floats
    units: Units

    @property
    def complete(self) -> Flags:
        """Which answers have both, and a weight."""
        has_score = ~np.isnan(self.score)
        has_strength = ~np.isnan(self.strength)
        return has_score & has_strength & (self.weights > 0)


def emotion(
    survey: Survey,
    touchpoint_map: TouchpointMap | None = None,
    *,
    by: str | None = None,
    level: float = 0.95,
    min_n: int = 5,
) -> View:
    """How strongly each touchpoint is felt, beside how well it is rated.

    See :meth:`cxlens.stages.baseline.baseline.Baseline.emotion`, which takes the survey, map and segments of its
    baseline.
    """
    check_level(level)
    survey.check_by(by)
    stages = _stages(survey, touchpoint_map)
    felt = _felt(survey, list(stages))
    rows = survey.rows()
    given = np.concatenate(list(felt.values()))
    cuts = _cuts(given, rows.scores, survey.scale)
    segments = segment_of(rows, by)
    lines: list[Line] = []
    for name, strength in felt.items():
        item = survey.touchpoints.index(name)
        answers = _cell_of(survey, item, strength)
        notes = _notes(survey, by, item, segments, answers.complete, min_n)
        head = {"stage": stages[name], "touchpoint": name}
        for line in _lines(answers, segments, notes, cuts, level, survey.scale):
            lines.append(head | line)
    table = _table(lines, by, touchpoint_map)
    table["q_value"] = _q_values(table, level)

    def again(others: Survey) -> View:
        return emotion(others, touchpoint_map, by=by, level=level, min_n=min_n)

    note = _note(survey.named(by or ""), given, cuts, level, survey.scale)
    parts = {"cuts": pd.DataFrame([cuts])}
    return View(
        "baseline/emotion",
        table,
        _finding(table, min_n),
        note,
        survey,
        parts,
        again=again,
        level=level,
    )


def _felt(survey: Survey, names: list[str]) -> dict[str, Floats]:
    """How strongly each answer feels about each touchpoint."""
    if not survey.emotion:
        raise ValuesError(
            "the survey has no strength of feeling. Name it in Survey(..., emotion={touchpoint: column})."
        )
    labels = survey.rows().labels
    felt = {}
    for name in names:
        scale = survey.scales.get(name, survey.scale)
        felt[name] = strength_of(labels[survey.emotion[name]], scale)
    if all(np.isnan(strength).all() for strength in felt.values()):
        raise ValuesError("the survey's emotion columns are empty. Name columns with numbers, such as 1 (calm) to 5.")
    return felt


def _cell_of(survey: Survey, item: int, strength: Floats) -> _Cell:
    """All answers on a touchpoint."""
    rows = survey.rows()
    return _Cell(strength, rows.scores[:, item], rows.weights, units_of_answers(survey))


def _note(by: str, given: Floats, cuts: Cuts, level: float, scale: Scale | None) -> str:
    """Of whom the figures are, and what counts as strong and as low."""
    by_whom = f" by {by}" if by else ""
    n = count((~np.isnan(given)).sum())
    low = "bad: a score above" if lowest_is_best(scale) else "low: a score below"
    return (
        f"Strength of feeling{by_whom}, n = {n} answers, intervals {percent(level)}. "
        f"Strong: above {number(cuts.strength, 1)}; {low} {number(cuts.score, 1)}."
    )


def emotion_of(record: Scorecard) -> View:
    """The same of the survey, map and segments of a record."""
    view = emotion(
        record.survey,
        record.touchpoint_map,
        by=grouping(record),
        level=record.level,
        min_n=record.min_n,
    )

    def again(answers: Survey | Scorecard) -> View:
        return emotion_of(rescore(record, answers))

    return replace(view, record=record, again=again)


def _stages(survey: Survey, touchpoint_map: TouchpointMap | None) -> dict[str, str]:
    """The touchpoints with a strength and their stage, in the order of the stages, then of the map."""
    asked = [name for name in survey.touchpoints if name in survey.emotion]
    if touchpoint_map is None:
        return dict.fromkeys(asked, "")
    order = touchpoint_map.lifecycle.names
    places = sorted(touchpoint_map, key=lambda place: order.index(place.stage))
    stages = {place.name: place.stage for place in places if place.name in survey.emotion}
    for name in asked:
        stages.setdefault(name, "")
    return stages


def _cuts(strength: Floats, scores: Floats, scale: Scale | None) -> Cuts:
    """The middles of the strengths given anywhere and of the scale, or of the scores given."""
    low = scale.middle if scale else _middle(scores)
    return Cuts(_middle(strength), low)


def _middle(values: Floats) -> float:
    return float(np.nanmin(values) + np.nanmax(values)) / 2


def _notes(
    survey: Survey,
    by: str | None,
    item: int,
    segments: NDArray[Any],
    complete: Flags,
    min_n: int,
) -> dict[str, str]:
    """Why each segment has no figure for a touchpoint; "" where it has."""
    names = sorted_segments(survey, by, set(segments))
    answers = []
    for name in names:
        in_segment = segments == name
        answers.append((complete & in_segment).sum())
    n = np.array(answers, np.int64)
    cells = pd.DataFrame({by: names} if by else {}, index=range(len(names)))
    hidden = survey.hidden(cells, n[:, None], [item], min_n)[:, 0]
    why_hidden = reason(min_n, of_total=by is None)
    notes = np.select([n == 0, hidden], ["no answers", why_hidden], "")
    return dict(zip(names, notes.tolist(), strict=True))


def _lines(
    answers: _Cell,
    segments: NDArray[Any],
    notes: dict[str, str],
    cuts: Cuts,
    level: float,
    scale: Scale | None,
) -> Iterator[Line]:
    """A line for each segment of one touchpoint: figures, or why there are none."""
    for segment, note in notes.items():
        line: Line = {"segment": segment, "n": pd.NA, "note": note}
        if not note:
            here = answers.complete & (segments == segment)
            cell = _Cell(*(values[here] for values in answers))
            line |= _figures(cell, cuts, level, scale)
        yield line


def _figures(cell: _Cell, cuts: Cuts, level: float, scale: Scale | None) -> Line:
    """Strength, score, their correlation and the share of strong and low answers, each with its interval."""
    is_strong = cell.strength > cuts.strength
    is_low = cell.score < cuts.score
    strong_and_low = is_strong & is_low
    line: Line = {"n": len(cell.weights)}
    strength = weighted_figure(cell.strength, cell.weights, "mean", level, units=cell.units)
    line |= _columns("strength", strength)
    score = weighted_figure(cell.score, cell.weights, "mean", level, scale, cell.units)
    line["mean"], line["low"], line["high"] = span_asked(*score, scale)
    correlation = weighted_correlation(cell.strength, cell.score, cell.weights, level, cell.units)
    line |= _columns("correlation", correlation)
    hit = strong_and_low.astype(float)
    share = weighted_figure(hit, cell.weights, "share", level, units=cell.units)
    return line | _columns("strong_and_low", share)


def _columns(name: str, figure: Figure) -> Line:
    value, low, high = figure
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _table(
    lines: list[Line],
    by: str | None,
    touchpoint_map: TouchpointMap | None,
) -> pd.DataFrame:
    """The lines as blocks of segments, each in the order of the stages."""
    table = pd.DataFrame(lines, columns=TABLE).astype({"n": "Int64"})
    block, _ = pd.factorize(table["segment"])  # each touchpoint has all segments, in their order
    table = table.iloc[np.argsort(block, kind="stable")].reset_index(drop=True)
    if not by:
        table = table.drop(columns="segment")
    if not touchpoint_map:
        table = table.drop(columns="stage")
    return table


def _q_values(table: pd.DataFrame, level: float) -> Floats:
    """(n,) q-values of bad moments being felt strongly no more often than at the median touchpoint.

    One-sided, by the lower end of each interval: that is the level which would just reach the median.
    """
    share = table["strong_and_low"].to_numpy(float)
    half = share - table["strong_and_low_low"].to_numpy(float)
    away = share - table["strong_and_low"].median()
    has_width = half > 0
    score = normal_quantile(level) * away / np.where(has_width, half, 1.0)
    p_value = np.where(has_width, special.ndtr(-score), 1.0)
    return benjamini_hochberg(np.where(np.isnan(share), np.nan, p_value))


def _finding(table: pd.DataFrame, min_n: int) -> Finding:
    """Where bad moments are felt strongly most often, or where they may be."""
    known = table.dropna(subset="strong_and_low")
    if known.empty:
        return Finding(f"Too few answers tell how strongly a touchpoint is felt: fewer than {min_n} each")
    top = known.sort_values("strong_and_low_low", kind="stable").iloc[-1]
    is_level = known["strong_and_low_high"] >= top["strong_and_low_low"]
    level = known[is_level].sort_values("strong_and_low", ascending=False, kind="stable")
    if len(level) > 1:
        items = [Item(_called(row), percent(row["strong_and_low"]), _ends(row)) for _, row in level.iterrows()]
        numbers = sorted({level["n"].min(), level["n"].max()})
        n = " to ".join(map(count, numbers))
        return Finding("Bad moments felt strongly, with no clear first", items=items, n=n)
    return Finding(
        lead=f"Bad moments are felt strongly most often at {_called(top)}:",
        figure=percent(top["strong_and_low"]),
        interval=_ends(top),
        more=[f"Strength {number(top['strength'])}, score {number(top['mean'])}"],
        n=count(top["n"]),
    )


def _called(row: pd.Series[Any]) -> str:
    """``desk``, or ``desk among new``."""
    name = str(row["touchpoint"])
    return f"{name} among {row['segment']}" if "segment" in row else name


def _ends(row: pd.Series[Any]) -> str:
    return f"[{percent(row['strong_and_low_low'])}, {percent(row['strong_and_low_high'])}]"
