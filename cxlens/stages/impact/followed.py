"""The series that a monitor follows: a metric of a survey in a segment, wave by wave, ours and others'.

What each wave and change of a series is, is told here; what is said of them belongs to
:mod:`cxlens.stages.impact.monitor`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.common.arguments import check_in_order
from cxlens.common.values import wave_words
from cxlens.engine.labels import NOT_STATED, in_words
from cxlens.errors import ColumnError, OptionError, ValuesError
from cxlens.stages.impact.alerts import Watched
from cxlens.stages.impact.steps import WaveMeans, change_between, shape_is_known
from cxlens.study.metrics import (
    BLANK,
    EDGES,
    MIN_N,
    NAMING_PERIOD,
    NAMING_TIME,
    Estimate,
    Figure,
    Metric,
    Sample,
    check_each_once,
    clustered_coefficient,
    find_metric,
    level_of,
    read_sample,
    waves_of,
)
from cxlens.study.others import check_survey, checked_competitors
from cxlens.study.spacing import wave_numbers
from cxlens.study.survey import Survey

Line = tuple[Any, ...]  # a row of a table
OURS, EMPLOYEES, RIVALS = "ours", "employees", "rivals"  # the last: the mean of several competitors
SEGMENT = "segment"


class Series(NamedTuple):
    """The answers of a segment, all and by wave; which waves may be shown; how changes are told; whose they are.

    ``shape_known``: whether values are those of answers, and not stand-ins with the same mean and spread.
    """

    segment: str
    sample: Sample
    cells: dict[Any, Sample]
    shown: list[Any]
    time: str | None
    metric: Metric
    level: float
    shape_known: bool
    whose: str

    def steps(self) -> list[Line]:
        """Each wave, its change against the wave before, and what the earlier ones led to expect: table lines."""
        lines: list[Line] = []
        wave_before = None
        earlier = WaveMeans([], [], [])
        for place, (wave, cell) in enumerate(self.cells.items()):
            n: Any = pd.NA
            standing = BLANK[:3]
            expected = BLANK[:2]
            if wave in self.shown:
                n = cell.size
                standing = self.metric.asked(*level_of(cell, self.metric.kind, self.level))
                expected = self._expected(earlier, cell)
                earlier = earlier.with_wave(place, cell, self.level)
            change = self.change(wave_before, wave)
            lines.append((self.metric.name, self.whose, self.segment, wave, n, *standing, *change, *expected))
            wave_before = wave
        return lines

    def first_to_last(self) -> Line:
        """The change from the first to the last wave shown, the trend, the next wave; blank without enough waves."""
        first = None
        last = None
        if len(self.shown) > 1:
            first = self.shown[0]
            last = self.shown[-1]
        means = self.means()
        following = self._expected(means, self.cells[self.shown[-1]]) if self.shown else BLANK[:2]
        of_waves = means.trend(wave_numbers(list(self.cells)), self.level)
        return (
            self.metric.name,
            self.whose,
            self.segment,
            first,
            last,
            *self.change(first, last),
            *of_waves,
            *following,
        )

    def means(self) -> WaveMeans:
        """The means of the waves that are shown and have answers enough."""
        means = WaveMeans([], [], [])
        for place, (wave, cell) in enumerate(self.cells.items()):
            if wave in self.shown:
                means = means.with_wave(place, cell, self.level)
        return means

    def watched(self, others: Mapping[str, Survey], by: str | None) -> Watched:
        """The same as a series to be watched."""
        whose = self.whose if others else ""
        segment = self.segment if by else ""
        cells = [self.cells[wave] for wave in self.shown]
        values = np.concatenate([np.empty(0), *[cell.value for cell in cells]])
        weights = np.concatenate([np.empty(0), *[cell.w for cell in cells]])
        spread = np.nan
        if len(values):
            mean = np.average(values, weights=weights)
            spread = float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))
        return Watched(self.metric, whose, segment, list(self.cells), len(values), self.means(), spread)

    def _expected(self, earlier: WaveMeans, cell: Sample) -> tuple[float, float]:
        """Limits of a wave of so many answers, as they are shown."""
        ends = EDGES.get(self.metric.kind, (-np.inf, np.inf))
        low, high = np.clip(earlier.limits(cell, self.level), *ends)
        _, low, high = self.metric.asked(low, low, high)
        return low, high

    def change(self, first: Any, last: Any) -> Estimate:
        """Change between two waves; blank where one of them is not shown."""
        if first not in self.shown or last not in self.shown:
            return BLANK
        answers, late = self._pair(first, last)
        return change_between(
            answers,
            late.to_numpy(bool),
            self.metric.kind,
            self.level,
            shape_known=self.shape_known,
        )

    def _pair(self, first: Any, last: Any) -> tuple[Sample, pd.Series[bool]]:
        """The answers of two waves, and which of them are of the second."""
        when = self.sample.labels[self.time]
        pair = when.isin([first, last])
        return self.sample.take(pair), when[pair].isin([last])

    def freedom(self) -> list[float]:
        """The degrees of freedom of each step between two waves next to each other, of which both are shown."""
        freedom = []
        for first, last in pairwise(self.cells):
            answers, late = self._pair(first, last)
            if first in self.shown and last in self.shown and answers.unit is not None:
                _, df = clustered_coefficient([np.ones(answers.size), late], answers, self.level)
                freedom.append(df)
        return freedom


def checked_others(
    employees: Survey | None,
    competitors: Mapping[str, Survey] | None,
    by: str | None,
) -> dict[str, Survey]:
    """Employees and competitors by name, each a survey; none of them by segment."""
    others = checked_competitors(competitors)
    for name in (OURS, EMPLOYEES, RIVALS):
        if name in others:
            raise OptionError(f"competitors: no competitor can be called {name!r} in this table. Give another name.")
    if employees is not None:
        check_survey(EMPLOYEES, employees)
        others[EMPLOYEES] = employees
    for name, answers in others.items():
        if answers.time is None:
            raise ColumnError(f"{name}: this survey names no time column. Name it: {answers.made_with(NAMING_TIME)}.")
    if others and by is not None:
        raise OptionError(f"by={by!r} follows our own answers. Leave it out, or leave employees and competitors out.")
    return others


def metric_names(survey: Survey, others: Mapping[str, Survey], metric: str | Sequence[str] | None) -> list[str]:
    """The metrics asked for, each once, and each known to one of the surveys."""
    if metric is None or isinstance(metric, str):
        asked = [metric or survey.outcome]
    else:
        check_in_order("metric", metric)
        asked = list(metric)
    names = []
    for name in asked:
        anywhere = [found_in(answers, name) for answers in others.values()]
        if not any(anywhere):
            name = find_metric(survey, name).name
        names.append(name)
    check_each_once(names)
    return names


def found_in(answers: Survey, name: str, figure: Figure = "mean") -> Metric | None:
    """The metric of that name, if a survey has one."""
    try:
        return find_metric(answers, name, figure)
    except OptionError:
        return None


def _metrics_of(answers: Survey, whose: str, names: list[str]) -> list[Metric]:
    """The metrics that a survey has; of employees who have none of them their first outcome."""
    metrics = [found for name in names if (found := found_in(answers, name)) is not None]
    if not metrics and whose == EMPLOYEES:
        return [find_metric(answers, None)]
    if not metrics:
        find_metric(answers, names[0])  # says what there is
    return metrics


def _series_of(
    survey: Survey,
    metric: Metric,
    sample: Sample,
    waves: list[Any],
    by: str | None,
    level: float,
    whose: str,
) -> list[Series]:
    """The series of a metric in each segment."""
    segments = _segments(sample, by)
    by_wave = [_by_wave(answers, survey.time, waves) for _, answers in segments]
    shown = _shown_waves(survey, metric, by, segments, by_wave)
    if not any(shown):
        raise _nothing_to_show(survey, metric, by_wave, waves)
    shape_known = shape_is_known(survey, metric.kind)
    series = []
    for (segment, answers), cells, can_be_shown in zip(segments, by_wave, shown, strict=True):
        series.append(Series(segment, answers, cells, can_be_shown, survey.time, metric, level, shape_known, whose))
    return series


def _segments(sample: Sample, by: str | None) -> list[tuple[str, Sample]]:
    """The answers of each segment, in the order of their names; of all together without a column."""
    if by is None:
        return [("all", sample)]
    labels = sample.labels[by]
    codes, values = pd.factorize(labels.mask(labels == ""))
    names = [*map(wave_words, values), NOT_STATED]  # a missing value has the code -1
    named_codes = sorted((names[code], code) for code in np.unique(codes))
    segments = []
    for name, code in named_codes:
        segments.append((name, sample.take(codes == code)))
    return segments


def _by_wave(
    sample: Sample,
    time: str | None,
    waves: list[Any],
) -> dict[Any, Sample]:
    """The answers of each wave."""
    when = sample.labels[time]
    cells = {}
    for wave in waves:
        cells[wave] = sample.take(when.isin([wave]))
    return cells


def _shown_waves(
    survey: Survey,
    metric: Metric,
    by: str | None,
    segments: list[tuple[str, Sample]],
    by_wave: list[dict[Any, Sample]],
) -> list[list[Any]]:
    """The waves of each segment to show: with answers enough, and none that would tell of those without."""
    waves = list(by_wave[0])
    words = in_words(pd.Series(waves))
    cells = pd.DataFrame({survey.time: np.tile(words, len(segments))})
    if by is not None:
        names = [name for name, _ in segments]
        column = by if by != survey.time else SEGMENT
        cells[column] = np.repeat(names, len(waves))
    sizes = [cell.size for cells_of_segment in by_wave for cell in cells_of_segment.values()]
    n = np.array(sizes, np.int64)[:, None]
    hidden = survey.hidden(cells, n, [metric.item(survey)], MIN_N)
    shown = []
    for cells_of_segment, is_hidden in zip(by_wave, hidden.reshape(-1, len(waves)), strict=True):
        can_be_shown = zip(cells_of_segment.items(), is_hidden, strict=True)
        shown.append([wave for (wave, cell), hide in can_be_shown if cell.enough and not hide])
    return shown


def _nothing_to_show(
    survey: Survey,
    metric: Metric,
    by_wave: list[dict[Any, Sample]],
    waves: list[Any],
) -> ValuesError:
    """Why no wave can be shown, and what to do about it."""
    reason = f"has fewer than {MIN_N} answers in every wave"
    if any(cell.enough for cells in by_wave for cell in cells.values()):
        reason = f"has a wave of fewer than {MIN_N} answers, which the others would tell"
    elif any(cell.size >= MIN_N for cells in by_wave for cell in cells.values()):
        reason = "has answers of one cluster only in every wave that has enough"
    join = "Join waves"
    if all(isinstance(wave, dt.date) for wave in waves):
        join = f"Join dates: {survey.made_with(NAMING_PERIOD)}"
    return ValuesError(f"metric {metric.name!r} {reason}. {join}, or choose another metric.")


def all_series(
    survey: Survey,
    others: Mapping[str, Survey],
    names: list[str],
    by: str | None,
    level: float,
) -> list[Series]:
    """The series of all metrics, ours first."""
    series: list[Series] = []
    for whose, answers in {OURS: survey, **others}.items():
        waves = waves_of(answers)
        for metric in _metrics_of(answers, whose, names):
            sample = read_sample(answers, metric, [by] if by else [])
            series += _series_of(answers, metric, sample, waves, by, level, whose)
    return series
