"""The record of a baseline: what was asked of a survey, and every figure of its touchpoints and outcomes.

Figures of cells are made in :mod:`cxlens.stages.baseline.score`. What is said of them belongs to the sides and to
:mod:`cxlens.stages.baseline.baseline`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import percent
from cxlens.engine.labels import NOT_STATED, in_words, natural
from cxlens.engine.tallies import SCORED, Tally
from cxlens.errors import OptionError, ValuesError, listing
from cxlens.stages.baseline.score import Answers, Figures, answers, counted, means, net_promoters, shares, trends
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.suppression import NOBODY, hidden_cells
from cxlens.study.segments import Segment
from cxlens.study.survey import Scale, Survey
from cxlens.study.touchpoints import SURVEY_METRICS, Standard, Touchpoint, TouchpointMap

Per = Literal["touchpoint", "stage", "process", "channel"]
FEW = 30  # fewer answers than this are flagged
ALIKE = "all answers alike, so no interval"
HIDDEN = "hidden, so that the other cannot be worked out"
WAVES = 200  # more values than this in the time column are dates, not waves: no trend
EFFORT = ("effort", "ease")  # the dimension that asks how easy it was


@dataclass(frozen=True, slots=True, eq=False)
class Scorecard:
    """How well each touchpoint serves, in figures.

    Attributes
    ----------
    table, outcomes
        As :class:`cxlens.stages.baseline.baseline.Baseline` describes them.
    survey, touchpoint_map
        The answers, and where their touchpoints stand.
    by, per
        What was asked.
    rivals, staff
        Surveys of competitors' customers, by name, and of employees.
    min_n, level
        Answers below which a cell is blank, and the confidence level.
    """

    table: pd.DataFrame
    outcomes: pd.DataFrame
    survey: Survey
    touchpoint_map: TouchpointMap | None
    by: str | tuple[str, ...] | None
    per: Per
    rivals: Mapping[str, Survey]
    staff: Survey | None
    min_n: int
    level: float

    @property
    def note(self) -> str:
        """How to read the table."""
        sentences = [
            f"Intervals: {percent(self.level)}. Means and top boxes are among users.",
            f"Cells of fewer than {self.min_n} answers are blank.",
        ]
        if self.survey.weight:
            sentences.append("Figures are weighted, n is not.")
        if self.per != "touchpoint":
            sentences.append(f"Each answer counts with its mean over the {self.per}.")
        off_map = [] if self.touchpoint_map is None else _off_map(self.survey, self.touchpoint_map)
        if off_map:
            sentences.append(f"Not on the map, so without standard: {listing(off_map)}.")
        if not self.survey.scale:
            sentences.append("No scale is given, so every number counts as a score.")
        return " ".join(sentences)


def _off_map(survey: Survey, touchpoint_map: TouchpointMap) -> list[str]:
    return [name for name in survey.touchpoints if name not in touchpoint_map]


def scorecard(
    survey: Survey,
    touchpoint_map: TouchpointMap | None = None,
    *,
    by: str | tuple[str, ...] | None = None,
    per: Per = "touchpoint",
    rivals: Mapping[str, Survey] | None = None,
    staff: Survey | None = None,
    min_n: int = 5,
    level: float = 0.95,
) -> Scorecard:
    """Count the answers and make every figure; what is asked is checked by :func:`cxlens.baseline`."""
    columns = (by,) if isinstance(by, str) else by or ()
    asked = survey if per == "touchpoint" else survey.grouped(_groups(survey, touchpoint_map, per))
    places = touchpoint_map if per == "touchpoint" else None
    cells = _Counted(asked, places, columns, per, min_n, level)
    return Scorecard(
        table=_table(cells),
        outcomes=_outcomes(cells),
        survey=survey,
        touchpoint_map=touchpoint_map,
        by=by,
        per=per,
        rivals=dict(rivals or {}),
        staff=staff,
        min_n=min_n,
        level=level,
    )


def rescore(record: Scorecard, survey: Survey, rivals: Mapping[str, Survey] | None = None) -> Scorecard:
    """The same question to other answers: what a side's ``again`` starts from."""
    return scorecard(
        survey,
        record.touchpoint_map,
        by=record.by,
        per=record.per,
        rivals=record.rivals if rivals is None else rivals,
        staff=record.staff,
        min_n=record.min_n,
        level=record.level,
    )


def segment_of_record(record: Scorecard, segment: Segment) -> Scorecard:
    """The same for the answers of one segment, also of competitors.

    Raises
    ------
    ValuesError
        When the segment names a column that is not among the labels, or no answer belongs to it.
    """
    rivals = {}
    for name, rival in record.rivals.items():
        try:
            rivals[name] = rival.where(segment)
        except ValuesError as error:
            raise ValuesError(f"competitor {name!r}: {error}") from error
    return rescore(record, record.survey.where(segment), rivals)


def _groups(survey: Survey, touchpoint_map: TouchpointMap | None, per: Per) -> dict[str, list[str]]:
    """The touchpoints of each stage, process or channel, in the order of the map."""
    groups: dict[str, list[str]] = {}
    for place in touchpoint_map or ():
        if (name := getattr(place, per)) and place.name in survey.touchpoints:
            groups.setdefault(name, []).append(place.name)
    if touchpoint_map is not None and per == "stage":
        groups = {name: groups[name] for name in touchpoint_map.lifecycle.names if name in groups}
    if not groups:
        raise OptionError(
            f"per={per!r} needs a touchpoint map that names the {per} of touchpoints in the survey. "
            "Give cx.baseline(survey, touchpoint_map, ...)."
        )
    return groups


class _Counted:
    """A survey counted, and which of the counts belong to which row of the table.

    Rows of the table are cells of ``by`` times items; ``found`` is counted by wave as well, for the trend.
    """

    def __init__(
        self, survey: Survey, places: TouchpointMap | None, by: tuple[str, ...], per: Per, min_n: int, level: float
    ) -> None:
        self.survey, self.by, self.per, self.min_n, self.level = survey, by, per, min_n, level
        self.places = {place.name: place for place in places or ()}
        time = survey.time if survey.time and survey.time not in by else None
        waves = set(in_words(pd.Series(survey.source.distinct(time)))) - {NOT_STATED} if time else ()
        self.time = time if 1 < len(waves) <= WAVES else None
        self.found: Tally = counted(survey, [*by, *([self.time] if self.time else [])])
        everyone = pd.DataFrame({"": [""] * max(len(self.found.cells), 1)})
        keys = self.found.cells[list(by)] if by else everyone
        self.cells = keys.drop_duplicates(ignore_index=True)
        self.cell = keys.groupby(list(keys), sort=False).ngroup().to_numpy()  # that of the table, of each counted
        self.labels = self._labels()

    def _labels(self) -> pd.DataFrame:
        """``segment`` and ``wave`` of each cell: alone, a column is the segment, whatever it is."""
        if len(self.by) < 2:
            return self.cells.set_axis(["segment"], axis="columns") if self.by else pd.DataFrame(index=[0])
        groups = [name for name in self.by if name != self.survey.time]
        words = [self.cells[name].tolist() for name in groups]
        labels = pd.DataFrame({"segment": list(map(", ".join, zip(*words, strict=True)))})
        return labels if len(groups) == len(self.by) else labels.assign(wave=self.cells[str(self.survey.time)])

    def rows(self, first: int, size: int) -> Answers:
        """The answers about ``size`` items from the first on; their cells are those of the table times the items."""
        return answers(self.found, self._number(first, size), len(self.cells) * size)

    def _number(self, first: int, size: int) -> NDArray[np.int64]:
        item = self.found.table["item"].to_numpy() - first
        cell = self.cell[self.found.table["cell"].to_numpy()] * size + item
        return np.where((item >= 0) & (item < size), cell, -1)

    def wave_numbers(self, size: int) -> NDArray[np.float64]:
        """The number of the wave of each of the :meth:`rows` about the first items; NaN where it is not stated."""
        wave = self.found.cells[str(self.time)].replace(NOT_STATED, np.nan)
        order = {name: k for k, name in enumerate(sorted(wave.dropna().unique(), key=natural))}
        numbers = wave.map(order).to_numpy(float)[self.found.table["cell"].to_numpy()]
        return np.asarray(numbers[self._number(0, size) >= 0])

    def hidden(self, n: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which cells (cells, items) to hide besides the small ones, so that none can be worked out.

        Of several columns the totals of each are known from the table by that column alone.
        """
        small, also = (n > 0) & (n < self.min_n), np.zeros(n.shape, bool)
        row, others = pd.factorize(self.cells.iloc[:, 0])[0] if len(self.by) else 0 * n[:, 0], list(self.by[1:])
        column = self.cells.groupby(others, sort=False).ngroup().to_numpy() if others else row * 0
        for item in np.flatnonzero(small.any(axis=0)):
            square = np.full((row.max() + 1, column.max() + 1), NOBODY)
            square[row, column] = np.where(n[:, item] > 0, n[:, item], NOBODY)
            also[:, item] = hidden_cells(square, self.min_n)[row, column]
        return also & ~small


def _table(c: _Counted) -> pd.DataFrame:
    """The scorecard."""
    p, cells = len(c.survey.touchpoints), len(c.cells)
    rows = c.rows(0, p)
    n = rows.scored.total(rows.scored.n).astype(np.int64)
    small, also = n < c.min_n, c.hidden(n.reshape(cells, p)).ravel()
    names = list(dict.fromkeys((*c.survey.touchpoints, *c.places)))
    told = _Laid(cells, p, len(names), small | also)
    few = f"fewer than {FEW} answers"
    why = [n == 0, small, also & (n < FEW), also, n < FEW]
    notes = np.select(why, ["no answers", f"fewer than {c.min_n} answers", f"{few}; {HIDDEN}", HIDDEN, few], "")
    table = pd.DataFrame({name: np.repeat(c.labels[name].to_numpy(), len(names)) for name in c.labels})
    table[c.per] = np.tile(np.array(names, object), cells)
    if c.per == "touchpoint":
        table["stage"] = [place.stage if (place := c.places.get(name)) else None for name in names] * cells
    table["n"] = pd.Series(told.spread(n.astype(float))).astype("Int64")
    figures = _figures(c, rows)
    alike = (n > 1) & np.isnan(figures["mean"].error) & ~small & ~also
    notes = np.where(alike, [f"{note}; {ALIKE}".removeprefix("; ") for note in notes], notes)
    for name, figure in figures.items():
        table = pd.concat([table, told.columns(name, figure)], axis="columns")
    table = pd.concat([table, _standards(c, names, figures, told), *_trend(c, rows, told)], axis="columns")
    volume, cost = (
        np.array([_known(c, name, what) for name in names] * cells) for what in ("volume", "cost_per_contact")
    )
    if c.by not in ((), (c.survey.time,)):  # volume and cost are those of all customers
        volume, cost = volume * np.nan, cost * np.nan
    for end in ("", "_low", "_high"):
        table[f"bad_moments{end}"] = volume / 12 * table[f"unhappy{end}"]
    for end, other in (("", ""), ("_low", "_high"), ("_high", "_low")):
        table[f"cost_per_good{end}"] = cost / table[f"top_box{other}"].where(table[f"top_box{other}"] > 0)
    table["note"] = told.spread_words(notes)
    return table


class _Laid(NamedTuple):
    """How figures of cells and scored items become rows of the table, which also lists items that were not asked."""

    cells: int
    p: int
    items: int
    blank: NDArray[np.bool_]

    def spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """A figure for every row; NaN where it is to be blank or there is none."""
        full = np.full((self.cells, self.items), np.nan)
        full[:, : self.p] = np.where(self.blank, np.nan, values).reshape(self.cells, self.p)
        return full.ravel()

    def spread_words(self, words: NDArray[Any]) -> NDArray[Any]:
        """The note of every row."""
        full = np.full((self.cells, self.items), "not in the survey", object)
        full[:, : self.p] = words.reshape(self.cells, self.p)
        return full.ravel()

    def columns(self, name: str, figure: Figures) -> pd.DataFrame:
        """A figure and its interval."""
        ends = ("low", "high") if name == "mean" else (f"{name}_low", f"{name}_high")
        given = zip((name, *ends), figure[:3], strict=True)
        return pd.DataFrame({column: self.spread(values) for column, values in given})


def _figures(c: _Counted, rows: Answers) -> dict[str, Figures]:
    """Every figure of a touchpoint that answers alone give, in the order of the columns."""
    scale, scored, told, level = c.survey.scale, rows.scored, rows.told, c.level
    found = {"reach": shares(told, told.state == SCORED, level), "mean": means(scored, scale, level)}
    nothing = Figures(*[np.full(rows.m, np.nan)] * 5)
    found |= {"top_box": nothing, "unhappy": nothing}
    if scale:
        found["top_box"] = shares(scored, scored.x >= scale.top_from, level)
        found["unhappy"] = shares(scored, scored.x <= scale.unhappy_to, level)
    if scale and (scale.low, scale.high) == (0, 10):
        found["nps"] = net_promoters(scored, level)
    asked = [full for own in c.survey.dimensions.values() for full, what in own.items() if what.casefold() in EFFORT]
    if asked and c.per == "touchpoint":
        found["ces"] = _effort(c, asked)
    return found


def _effort(c: _Counted, asked: list[str]) -> Figures:
    """The mean of the dimension that asks how easy it was, for the touchpoints that have one."""
    apart = c.survey.by_dimension().only(asked)
    owner = {full: name for name, own in c.survey.dimensions.items() for full in own}
    place, p = [c.survey.touchpoints.index(owner[full]) for full in asked], len(c.survey.touchpoints)
    found = counted(apart, c.by)
    item, cell = found.table["item"].to_numpy(), found.table["cell"].to_numpy()
    rows = answers(found, np.where(item < len(asked), cell * p + np.append(place, 0)[np.minimum(item, len(asked))], -1),
                   len(c.cells) * p).scored  # fmt: skip
    few = rows.total(rows.n) < c.min_n
    return Figures(*[np.where(few, np.nan, values) for values in means(rows, c.survey.scale, c.level)[:5]])


def _standards(c: _Counted, names: list[str], figures: dict[str, Figures], told: _Laid) -> pd.DataFrame:
    """Each figure against the first standard of its touchpoint."""
    chosen = [_score_standard(c.places.get(name)) for name in names]
    target = np.array([one.target if one else np.nan for one in chosen] * told.cells)
    metric = np.array([one.metric if one else None for one in chosen] * told.cells, object)
    gap, p = np.full((2, len(metric)), np.nan)
    for name in SURVEY_METRICS:
        own, figure = metric == name, figures[name]
        goal = np.array([one.target if one else np.nan for one in chosen[: told.p]] * told.cells)
        gap = np.where(own, told.spread(figure.value) - target, gap)
        p = np.where(own, told.spread(1 - figure.below(goal)), p)
    both = 2 * np.minimum(p, 1 - p)
    columns = {"metric": metric, "standard": target, "gap": gap, "p_met": p, "p_value": both}
    return pd.DataFrame(columns | {"q_value": benjamini_hochberg(both)})


def _trend(c: _Counted, rows: Answers, told: _Laid) -> list[pd.DataFrame]:
    """Slopes over the waves, where there are any."""
    if c.time is None:
        return []
    number = c.wave_numbers(len(c.survey.touchpoints))
    used = (rows.state == SCORED) & ~np.isnan(number)
    found = trends(rows.where(used), number[used], c.level)
    p = told.spread(wald_p(found.value, found.error, found.df))
    frame = told.columns("trend", found)
    return [frame.assign(trend_p=p, trend_q=benjamini_hochberg(p))]


def _known(c: _Counted, name: str, what: str) -> float:
    """What the map says of a touchpoint, as a number."""
    value = getattr(c.places.get(name), what, None)
    return np.nan if value is None else float(value)


def _outcomes(c: _Counted) -> pd.DataFrame:
    """Every measure of every outcome."""
    first, parts = len(c.survey.touchpoints), []
    for k, (name, kind) in enumerate(c.survey.outcomes.items()):
        rows, scale = c.rows(first + k, 1).scored, c.survey.outcome_scales.get(name)
        n = rows.total(rows.n).astype(np.int64)
        blank = (n < c.min_n) | c.hidden(n[:, None])[:, 0]
        measures = {"nps": ["NPS"], "binary": ["share"]}.get(kind, ["mean", "top box"] if scale else ["mean"])
        for measure in measures:
            figure = _measure(measure, rows, scale, c.level)
            shown = [np.where(blank, np.nan, values) for values in (n, *figure[:3])]
            line = dict(zip(("n", "value", "low", "high"), shown, strict=True))
            parts.append(c.labels.assign(outcome=name, measure=measure, **line))
    table = pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)
    return table.astype({"n": "Int64"})


def _measure(measure: str, rows: Answers, scale: Scale | None, level: float) -> Figures:
    if measure == "NPS":
        return net_promoters(rows, level)
    if measure == "mean":
        return means(rows, scale, level)
    return shares(rows, rows.x >= (scale.top_from if scale and measure == "top box" else 1), level)


def _score_standard(place: Touchpoint | None) -> Standard | None:
    """The first standard of a touchpoint that a survey can measure."""
    return next((one for one in (place.standards if place else ()) if one.metric in SURVEY_METRICS), None)
