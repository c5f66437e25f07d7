"""The record of a baseline: what was asked of a survey, and every figure of its touchpoints and outcomes.

Figures of cells are made in :mod:`cxlens.stages.baseline.score`. What is said of them belongs to the sides and to
:mod:`cxlens.stages.baseline.baseline`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.small_cells import reason, with_partners
from cxlens.common.values import percent
from cxlens.engine.labels import NOT_STATED, in_words
from cxlens.engine.tallies import SCORED, Tally, answers_by_cell
from cxlens.errors import OptionError, ValuesError, listing
from cxlens.stages.baseline.score import (
    Answers,
    Figures,
    about_clusters,
    answers,
    are_alike,
    box_shares,
    counted,
    known_figures,
    means,
    measured,
    measures,
    net_promoters,
    no_outcomes,
    of_scale,
    shares,
    trends,
)
from cxlens.stages.baseline.tables import Layout, standards_table
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.waves import FEW_ANSWERS, FEWEST_OF_TREND
from cxlens.study.aggregates import knows
from cxlens.study.asked import MEAN, as_asked, outcomes_as_asked, standards_as_asked
from cxlens.study.dated import no_order, wave_names, without_wave
from cxlens.study.segments import Segment
from cxlens.study.spacing import wave_numbers
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import (
    Touchpoint,
    TouchpointMap,
)

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Per = Literal["touchpoint", "stage", "process", "channel"]
FEW = 30  # fewer answers than this are flagged
ALIKE = "all answers alike, so no interval"
WAVES = 200  # more values than this in the time column are dates, not waves: no trend
CES = ("ces", "ces_low", "ces_high")
VALUE = ("value", "low", "high")
EFFORT = ("effort", "ease")  # the dimension that asks how easy it was


@dataclass(frozen=True, slots=True, eq=False)
class Scorecard:
    """How well each touchpoint serves, in figures.

    Attributes
    ----------
    table, outcomes
        As :class:`cxlens.stages.baseline.baseline.Baseline` describes them, the best score being the highest:
        :attr:`shown` and :attr:`outcomes_shown` have means as they were asked.
    survey, touchpoint_map
        The answers, and where their touchpoints stand.
    by, per
        What was asked.
    rivals, staff
        Surveys of competitors' customers, by name, and of employees.
    min_n, level
        Answers below which a cell is blank, and the confidence level.
    clusters
        How many clusters the answers are from, and the fewest degrees of freedom of a mean; "" without clusters.
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
    clusters: str = ""

    @property
    def shown(self) -> pd.DataFrame:
        """The table with means and their standards as they were asked."""
        scale = self.survey.scale
        return standards_as_asked(as_asked(self.table, scale, MEAN, CES), scale)

    @property
    def outcomes_shown(self) -> pd.DataFrame:
        """The outcomes with means as they were asked."""
        return self.outcomes.pipe(outcomes_as_asked, self.survey.outcome_scales, VALUE)

    @property
    def note(self) -> str:
        """How to read the table."""
        sentences = [
            f"Intervals: {percent(self.level)}. Means and shares of high and low ratings are among users.",
            f"Missing: {reason(self.min_n, of_total=not self.by)}.",
        ]
        if self.survey.weight or self.survey.margins:
            sentences.append("Figures are weighted, n is not.")
        if self.per != "touchpoint":
            sentences.append(f"Each answer counts with its mean over the {self.per}.")
        off_map = self._off_map()
        if off_map:
            sentences.append(f"Not on the map, so without standard: {listing(off_map)}.")
        if self.clusters:
            sentences.append(f"{self.clusters}.")
        sentences += self._of_waves()
        sentences += of_scale(self.survey)
        return " ".join(sentences)

    def _of_waves(self) -> list[str]:
        """Which answers are without a wave, and why there is no trend."""
        sentences = [without_wave(self.survey, self.min_n)]
        if no_order(self.survey):
            sentences.append(f"No trend: {no_order(self.survey)}")
        elif self._lacks_trends():
            sentences.append(f"A trend takes {FEWEST_OF_TREND} waves of {FEW_ANSWERS} answers or more.")
        return [sentence for sentence in sentences if sentence]

    def _lacks_trends(self) -> bool:
        """Whether a figure over several waves has no trend, since they are too few or too small."""
        if "trend" not in self.table:
            return False
        without = self.table["trend"].isna() & self.table["mean"].notna()
        return bool(without.any())

    def _off_map(self) -> list[str]:
        """Touchpoints of the survey that the map does not have."""
        places = self.touchpoint_map
        if places is None:
            return []
        return [name for name in self.survey.touchpoints if name not in places]

    def where(self, segment: Segment) -> Scorecard:
        """The same for the answers of one segment, also of competitors.

        Raises
        ------
        ValuesError
            When the segment names a column that is not among the labels, or no answer belongs to it.
        """
        rivals = {}
        for name, rival in self.rivals.items():
            rivals[name] = _rival_where(name, rival, segment)
        of_segment = self.survey.where(segment)
        return rescore(replace(self, rivals=rivals), of_segment)


def _rival_where(name: str, rival: Survey, segment: Segment) -> Survey:
    """The customers of a competitor in a segment."""
    try:
        return rival.where(segment)
    except ValuesError as error:
        raise ValuesError(f"competitor {name!r}: {error}") from error


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
    asked = survey
    places = touchpoint_map
    groups: dict[str, list[str]] = {}
    if per != "touchpoint":
        groups = _groups(survey, touchpoint_map, per)
        asked = survey.grouped(groups)
        places = None  # what the map says of a touchpoint is not said of a group
    counts = _Counts(asked, places, columns, per, min_n, level)
    of_hidden_members = _of_hidden_members(survey, groups, counts)
    table, clusters = _table(counts, of_hidden_members)
    return Scorecard(
        table=table,
        outcomes=_outcomes(counts),
        survey=survey,
        touchpoint_map=touchpoint_map,
        by=by,
        per=per,
        rivals=dict(rivals or {}),
        staff=staff,
        min_n=min_n,
        level=level,
        clusters=clusters,
    )


def rescore(record: Scorecard, answers_given: Survey | Scorecard) -> Scorecard:
    """The same question to other answers: what a side's ``again`` starts from.

    Answers that are scored already, such as those of a segment with its competitors, stay as they are.
    """
    if isinstance(answers_given, Scorecard):
        return answers_given
    return scorecard(
        answers_given,
        record.touchpoint_map,
        by=record.by,
        per=record.per,
        rivals=record.rivals,
        staff=record.staff,
        min_n=record.min_n,
        level=record.level,
    )


def by_touchpoint(record: Scorecard) -> Scorecard:
    """The same answers scored by touchpoint alone, whatever the baseline was grouped by."""
    if record.by is None and record.per == "touchpoint":
        return record
    return scorecard(
        record.survey,
        record.touchpoint_map,
        min_n=record.min_n,
        level=record.level,
    )


def _groups(
    survey: Survey,
    touchpoint_map: TouchpointMap | None,
    per: Per,
) -> dict[str, list[str]]:
    """The touchpoints of each stage, process or channel, in the order of the map."""
    groups: dict[str, list[str]] = {}
    for place in touchpoint_map or ():
        name = getattr(place, per)
        if name and place.name in survey.touchpoints:
            groups.setdefault(name, []).append(place.name)
    if touchpoint_map is not None and per == "stage":
        stages = touchpoint_map.lifecycle.names
        groups = {name: groups[name] for name in stages if name in groups}
    if not groups:
        raise OptionError(
            f"per={per!r} needs a touchpoint map that names the {per} of touchpoints in the survey. "
            "Give cx.baseline(survey, touchpoint_map, ...)."
        )
    return groups


class _Counts:
    """A survey counted, and which of the counts belong to which row of the table.

    Rows of the table are cells of ``by`` times items; the tally is counted by wave as well, for the trend.
    """

    def __init__(
        self,
        survey: Survey,
        places: TouchpointMap | None,
        by: tuple[str, ...],
        per: Per,
        min_n: int,
        level: float,
    ) -> None:
        self.survey = survey
        self.by = by
        self.per = per
        self.min_n = min_n
        self.level = level
        self.places = {place.name: place for place in places or ()}
        self.time = _trend_column(survey, by)
        columns = [*by, self.time] if self.time else by
        self.tally: Tally = counted(survey, columns)
        keys = self._keys()
        self.cells = keys.drop_duplicates(ignore_index=True)  # those of the table
        self.cell_of = keys.groupby(list(keys), sort=False).ngroup().to_numpy()  # of each cell of the tally
        self.labels = self._labels()

    def _keys(self) -> pd.DataFrame:
        """The values of ``by`` in each cell of the tally."""
        if self.by:
            return self.tally.cells[list(self.by)]
        cells = max(len(self.tally.cells), 1)
        return pd.DataFrame({"": [""] * cells})

    def _labels(self) -> pd.DataFrame:
        """``segment`` and ``wave`` of each cell: alone, a column is the segment, whatever it is."""
        if not self.by:
            return pd.DataFrame(index=[0])
        if len(self.by) == 1:
            return self.cells.set_axis(["segment"], axis="columns")
        groups = [name for name in self.by if name != self.survey.time]
        values = [self.cells[name].tolist() for name in groups]
        segments = [", ".join(words) for words in zip(*values, strict=True)]
        labels = pd.DataFrame({"segment": segments})
        if len(groups) == len(self.by):
            return labels
        return labels.assign(wave=self.cells[str(self.survey.time)])

    def rows(self, first: int, size: int) -> Answers:
        """The answers about ``size`` items from the first on; their cells are those of the table times the items."""
        number = self._number(first, size)
        return answers(self.tally, number, len(self.cells) * size)

    def _number(self, first: int, size: int) -> Integers:
        item = self.tally.table["item"].to_numpy() - first
        cell_of_tally = self.tally.table["cell"].to_numpy()
        cell = self.cell_of[cell_of_tally]
        is_asked = (item >= 0) & (item < size)
        return np.where(is_asked, cell * size + item, -1)

    def wave_numbers(self, size: int) -> Floats:
        """The number of the wave of each of the :meth:`rows` about the first items; NaN where it is not stated."""
        as_written = self.tally.cells[str(self.time)]
        wave = as_written.replace(NOT_STATED, np.nan)
        stated = set(wave.dropna())
        names = [name for name in wave_names(self.survey) if name in stated]
        number_of = dict(zip(names, wave_numbers(names), strict=True))
        number_of_cell = wave.map(number_of).to_numpy(float)
        numbers = number_of_cell[self.tally.table["cell"].to_numpy()]
        return np.asarray(numbers[self._number(0, size) >= 0])

    def of_hidden_waves(self, size: int) -> Flags:
        """Whether each of the :meth:`rows` about the first items is in a wave that a table by waves would hide."""
        table = self.tally.table
        is_ours = self._number(0, size) >= 0
        items = len(self.survey.touchpoints) + len(self.survey.outcomes)
        n = answers_by_cell(self.tally, items)[:, :size]
        hidden = self.survey.hidden(
            self.tally.cells,
            n,
            range(size),
            self.min_n,
        )
        item = np.minimum(table["item"], size - 1)
        hidden_rows = hidden[table["cell"], item]
        return np.asarray(hidden_rows[is_ours])

    def hidden(self, n: Integers, first: int, also: Flags | None = None) -> Flags:
        """Which cells (cells, items) to hide, some ``also``; the items are those from ``first`` on."""
        cells = self.cells if self.by else pd.DataFrame(index=[0])
        items = range(first, first + n.shape[1])
        hidden = self.survey.hidden(cells, n, items, self.min_n)
        if also is None:
            return hidden
        for item in np.flatnonzero(also.any(axis=0)):
            flagged = hidden[:, item] | also[:, item]
            hidden[:, item] = with_partners(cells, n[:, item], flagged, self.min_n)
        return hidden


def _trend_column(survey: Survey, by: tuple[str, ...]) -> str | None:
    """The time column, where it holds several waves and ``by`` does not tell them apart."""
    if 1 < _waves_apart(survey, by) <= WAVES:
        return survey.time
    return None


def _waves_apart(survey: Survey, by: tuple[str, ...]) -> int:
    """How many waves there are behind each figure; 0 where a trend cannot be told whatever they are."""
    if not survey.time or survey.time in by or not knows(survey, "mean") or no_order(survey):
        return 0
    values = pd.Series(survey.source.distinct(survey.time))
    return len(set(in_words(values)) - {NOT_STATED})


def _of_hidden_members(
    survey: Survey,
    groups: Mapping[str, list[str]],
    counts: _Counts,
) -> Flags:
    """(cells, groups) whether a touchpoint of a group is hidden: less its others, the group would tell of it."""
    if not groups:
        shape = (len(counts.cells), len(counts.survey.touchpoints))
        return np.zeros(shape, bool)
    tally = counted(survey, counts.by)
    p = len(survey.touchpoints)
    items = p + len(survey.outcomes)
    n = answers_by_cell(tally, items)[:, :p]
    hidden = survey.hidden(tally.cells, n, range(p), counts.min_n)
    columns = []
    for names in groups.values():
        members = [survey.touchpoints.index(name) for name in names]
        columns.append(hidden[:, members].any(axis=1))
    return np.column_stack(columns)


def _table(counts: _Counts, of_hidden_members: Flags) -> tuple[pd.DataFrame, str]:
    """The scorecard, and what its clusters can tell."""
    p = len(counts.survey.touchpoints)
    cells = len(counts.cells)
    rows = counts.rows(0, p)
    n, hidden = _numbers(counts, rows.scored, of_hidden_members)
    blank = hidden | (n == 0)
    items = list(dict.fromkeys((*counts.survey.touchpoints, *counts.places)))
    layout = Layout(cells, p, len(items), blank)
    figures = _figures(counts, rows)
    alike = are_alike(figures, n) & ~blank
    clusters = about_clusters(counts.survey, rows, figures["mean"], blank)
    figures = known_figures(counts.survey, figures)
    columns = [_heads(counts, items).assign(n=layout.counts(n))]
    for name, figure in figures.items():
        columns.append(layout.columns(name, figure))
    columns.append(standards_table(counts.survey, counts.places, items, figures, layout))
    columns += _trend(counts, rows, layout)
    table = pd.concat(columns, axis="columns")
    table = table.assign(**_costs(counts, items, table))
    notes = _notes(n, reason(counts.min_n, of_total=not counts.by), hidden, alike)
    table["note"] = layout.spread_words(notes)
    return table, clusters


def _numbers(counts: _Counts, scored: Answers, of_hidden_members: Flags) -> tuple[Integers, Flags]:
    """How many scores each figure is of, and which of them to hide."""
    n = scored.total(scored.n).astype(np.int64)
    by_cell = n.reshape(len(counts.cells), -1)
    return n, counts.hidden(by_cell, 0, of_hidden_members).ravel()


def _heads(counts: _Counts, items: list[str]) -> pd.DataFrame:
    """What each row is about: segment, wave, touchpoint, stage."""
    cells = len(counts.cells)
    heads = {}
    for name in counts.labels:
        of_cell = counts.labels[name].to_numpy()
        heads[name] = np.repeat(of_cell, len(items))
    heads[counts.per] = np.tile(np.array(items, object), cells)
    table = pd.DataFrame(heads)
    if counts.per == "touchpoint":
        stages = [_stage(counts.places.get(name)) for name in items]
        table["stage"] = stages * cells
    return table


def _stage(place: Touchpoint | None) -> str | None:
    return place.stage if place else None


def _notes(n: Integers, why_hidden: str, hidden: Flags, alike: Flags) -> NDArray[Any]:
    """Why a figure is blank or to be read with care."""
    conditions = [n == 0, hidden, n < FEW]
    reasons = ["no answers", why_hidden, f"fewer than {FEW} answers"]
    notes = np.select(conditions, reasons, "")
    with_alike = [f"{note}; {ALIKE}" if note else ALIKE for note in notes]
    return np.where(alike, with_alike, notes)


def _figures(counts: _Counts, rows: Answers) -> dict[str, Figures]:
    """Every figure of a touchpoint that answers alone give, in the order of the columns."""
    scale = counts.survey.scale
    scored = rows.scored
    told = rows.told
    level = counts.level
    unknown = np.full(rows.m, np.nan)
    nothing = Figures(unknown, unknown, unknown, unknown, unknown)
    figures = {
        "reach": shares(told, told.state == SCORED, level),
        "mean": means(scored, scale, level),
        "top_box": nothing,
        "unhappy": nothing,
    }
    figures |= box_shares(counts.survey.boxes, scored, level)
    if scale and (scale.low, scale.high) == (0, 10):
        figures["nps"] = net_promoters(scored, level)
    effort = _effort_items(counts)
    if effort:
        figures["ces"] = _effort(counts, effort)
    return figures


def _effort_items(counts: _Counts) -> list[str]:
    """The dimensions that ask how easy it was."""
    if counts.per != "touchpoint":
        return []
    items = []
    for dimensions in counts.survey.dimensions.values():
        for item, dimension in dimensions.items():
            if dimension.casefold() in EFFORT:
                items.append(item)
    return items


def _effort(counts: _Counts, asked: list[str]) -> Figures:
    """The mean of the dimension that asks how easy it was, for the touchpoints that have one."""
    survey = counts.survey
    p = len(survey.touchpoints)
    place = _places_of_dimensions(survey, asked)
    by_dimension = survey.by_dimension()
    tally = counted(by_dimension.only(asked), counts.by)
    item = tally.table["item"].to_numpy()
    cell = tally.table["cell"].to_numpy()
    places = np.append(place, 0)  # outcomes come last, and have none
    place_of_item = places[np.minimum(item, len(asked))]
    is_asked = item < len(asked)
    number = np.where(is_asked, cell * p + place_of_item, -1)
    scored = answers(tally, number, len(counts.cells) * p).scored
    n = scored.total(scored.n).astype(np.int64)
    items = np.zeros(p, np.int64)
    items[place] = [by_dimension.touchpoints.index(item) for item in asked]
    cells = counts.cells if counts.by else pd.DataFrame(index=[0])
    hidden = by_dimension.hidden(
        cells,
        n.reshape(-1, p),
        items.tolist(),
        counts.min_n,
    ).ravel()
    ease = means(scored, survey.scale, counts.level)
    return _but_hidden(ease, hidden)


def _but_hidden(figures: Figures, hidden: Flags) -> Figures:
    """The figures of cells (m,), blank where they are hidden."""
    return Figures(
        value=np.where(hidden, np.nan, figures.value),
        low=np.where(hidden, np.nan, figures.low),
        high=np.where(hidden, np.nan, figures.high),
        error=np.where(hidden, np.nan, figures.error),
        df=np.where(hidden, np.nan, figures.df),
    )


def _places_of_dimensions(survey: Survey, asked: list[str]) -> list[int]:
    """The touchpoint that each of these dimensions is of."""
    owner = {}
    for name, dimensions in survey.dimensions.items():
        owner.update(dict.fromkeys(dimensions, name))
    return [survey.touchpoints.index(owner[item]) for item in asked]


def _trend(counts: _Counts, rows: Answers, layout: Layout) -> list[pd.DataFrame]:
    """Slopes over the waves, where there are any; hidden waves take no part, or the slope would tell of them."""
    if counts.time is None:
        return []
    p = len(counts.survey.touchpoints)
    number = counts.wave_numbers(p)
    is_scored = rows.state == SCORED
    is_dated = ~np.isnan(number)
    used = is_scored & is_dated & ~counts.of_hidden_waves(p)
    slopes = trends(rows.where(used), number[used], counts.level)
    p_value = layout.spread(slopes.p_values)
    frame = layout.columns("trend", slopes.figures)
    return [frame.assign(trend_p=p_value, trend_q=benjamini_hochberg(p_value))]


def _costs(
    counts: _Counts,
    items: list[str],
    table: pd.DataFrame,
) -> dict[str, pd.Series[float]]:
    """Bad moments a month, and what a good contact costs: of all customers, so not by segment."""
    of_all = counts.by in ((), (counts.survey.time,))
    volume = _known(counts, items, "volume") if of_all else np.nan
    cost = _known(counts, items, "cost_per_contact") if of_all else np.nan
    a_month = volume / 12
    columns = {}
    for end in ("", "_low", "_high"):
        columns[f"bad_moments{end}"] = a_month * table[f"unhappy{end}"]
    for end, other in (("", ""), ("_low", "_high"), ("_high", "_low")):
        share = table[f"top_box{other}"]
        some_are_good = share > 0
        columns[f"cost_per_good{end}"] = cost / share.where(some_are_good)
    return columns


def _known(counts: _Counts, items: list[str], what: str) -> Floats:
    """What the map says of each row, as a number."""
    values = [getattr(counts.places.get(name), what, None) for name in items]
    return np.array(values * len(counts.cells), float)


def _outcomes(counts: _Counts) -> pd.DataFrame:
    """Every measure of every outcome."""
    first = len(counts.survey.touchpoints)
    lines = []
    for place, (name, kind) in enumerate(counts.survey.outcomes.items()):
        rows = counts.rows(first + place, 1).scored
        scale = counts.survey.outcome_scales.get(name)
        n = rows.total(rows.n).astype(np.int64)
        hidden = counts.hidden(n[:, None], first + place)
        blank = (n == 0) | hidden[:, 0]
        for measure in measures(kind, scale):
            figure = measured(measure, rows, scale, counts.level)
            line = {
                "n": n,
                "value": figure.value,
                "low": figure.low,
                "high": figure.high,
            }
            for column, values in line.items():
                line[column] = np.where(blank, np.nan, values)
            lines.append(counts.labels.assign(outcome=name, measure=measure, **line))
    table = pd.concat(lines or [no_outcomes(counts.labels)])
    table = table.sort_index(kind="stable").reset_index(drop=True)
    return table.astype({"n": "Int64"})
