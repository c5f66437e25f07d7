"""A metric over waves: where it stands, and which steps are more than chance.

What a metric and a sample of it are is said in :mod:`cxlens.study.metrics`. What caused a change is the question of
:mod:`cxlens.stages.impact.designs`; control charts and pictures do not belong here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result
from cxlens.common.small_cells import reason
from cxlens.common.values import TOO_FEW, count, number, wave_words
from cxlens.engine.labels import NOT_STATED, in_words
from cxlens.errors import ValuesError, check_kind, check_level
from cxlens.stats.inference import benjamini_hochberg
from cxlens.study.dated import without_wave
from cxlens.study.metrics import (
    BLANK,
    MIN_N,
    Estimate,
    Metric,
    Sample,
    about_clusters,
    change_of,
    clustered_coefficient,
    find_metric,
    level_of,
    read_sample,
    waves_of,
)
from cxlens.study.survey import Survey

Line = tuple[Any, ...]  # a row of a table
MANY_WAVES, FEW_ANSWERS = 24, 30  # more waves, of fewer answers each, are days or weeks rather than waves
SEGMENT = "segment"
STANDING = ["n", "value", "low", "high"]
STEP = ["change", "change_low", "change_high", "p_value"]


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Monitor(Result):
    """A metric over waves; made by :func:`monitor`.

    Attributes
    ----------
    table : DataFrame
        One row a wave (and ``segment``, when ``by`` is given): ``wave``, ``n`` answers, ``value`` with ``low``
        and ``high``; ``change`` against the wave before with ``change_low``, ``change_high``, ``p_value`` and
        ``q_value`` (Benjamini-Hochberg over all changes of the table). Cells of fewer than 5 answers (or, with
        clusters, of a single one) are blank, ``n`` included, and as many more as keep them from being worked out from
        totals; so are changes to and from them. Where the lowest score is the best, values are as asked and a change
        above 0 is for the better.
    overall : DataFrame
        One row (a segment): ``first`` and ``last`` wave shown, ``change`` between them with ``change_low``,
        ``change_high``, ``p_value``, ``q_value`` (over the segments). Without two waves shown, blank.
    metric, unit : str
        What is followed, and what ``change`` is counted in: "NPS points", "share" or "scale points".
    survey, by, level
        The inputs.
    clusters : str
        How many clusters the answers are from, and the fewest degrees of freedom of a change from wave to wave; below 4
        it has no ``p_value`` and is not clear. Empty without clusters.
    """

    table: pd.DataFrame
    overall: pd.DataFrame
    metric: str
    unit: str
    survey: Survey
    by: str | None
    level: float
    clusters: str = ""

    @property
    def finding(self) -> Finding:
        """Where the metric came from and where it stands, or in how many segments it changed; the clearest step."""
        metric = find_metric(self.survey, self.metric)
        certainty = _clearest_step(metric, self.table, self.level)
        n = count(self.table["n"].sum())
        if self.by is not None:
            lead = f"{metric.label} {self._of_segments(metric)} between the first and the last wave"
            return Finding(lead, certainty=certainty, n=n)
        shown = self.table.dropna(subset="value")
        first = shown.iloc[0]
        last = shown.iloc[-1]
        if len(shown) == 1:
            wave = f"in {wave_words(last['wave'])}"
            return Finding(
                f"{metric.label} was",
                metric.words(last["value"]),
                _ends(metric, last),
                wave,
                n=n,
            )
        return Finding(
            f"{metric.label} {self._verb(metric)} from",
            f"{_standing(metric, first)} to {_standing(metric, last)}",
            f"(intervals {_ends(metric, first)} and {_ends(metric, last)})",
            certainty=certainty,
            more=[*self._thin(), *([TOO_FEW] if self._too_few else [])],
            n=n,
        )

    @property
    def _too_few(self) -> bool:
        """Whether clusters are too few to tell of the first and the last wave: an interval, but no test."""
        change = self.overall.iloc[0]
        return bool(pd.isna(change["p_value"]) and pd.notna(change["change_low"]))

    def _thin(self) -> list[str]:
        """What to do about many waves of few answers each, such as days: one of them differs from the next by luck."""
        n = self.table["n"].dropna().median()
        if len(self.table) <= MANY_WAVES or n >= FEW_ANSWERS:
            return []
        waves = f"{len(self.table)} waves of about {n:.0f} answers"
        return [f"{waves} hardly tell a trend: longer ones are Survey(..., period='month'), 'quarter' or 'year'"]

    @property
    def note(self) -> str:
        """How sure the intervals are, what is compared, and why some cells are blank."""
        sentences = [
            f"Intervals: {100 * self.level:g} %. change: against the wave before. Missing: {reason(MIN_N)}.",
            self._blank_waves(),
            without_wave(self.survey, MIN_N),
            self.clusters,
            *self.survey.about_scales(),
        ]
        return " ".join(filter(None, sentences))

    def _blank_waves(self) -> str:
        """How many waves are blank: the table shows them, but a long one is not read to its end."""
        if self.by is not None:
            return ""
        blank = int(self.table["value"].isna().sum())
        return f"Blank waves: {blank} of {len(self.table)}." if blank else ""

    def _of_segments(self, metric: Metric) -> str:
        """In how many segments the metric changed clearly, of those whose first and last wave are shown."""
        segments = int(self.overall["change"].notna().sum())
        if not segments:
            return "cannot be compared in any segment"
        is_clear = self.overall["q_value"] < 1 - self.level
        clear = self.overall[is_clear]
        if clear.empty:
            return f"did not change clearly in any of {segments} segments"
        risen = int((clear["change"] > 0).sum())
        fallen = len(clear) - risen
        rose, fell = metric.verbs
        return f"{rose} clearly in {risen} and {fell} clearly in {fallen} of {segments} segments"

    def _verb(self, metric: Metric) -> str:
        """What the metric did from the first to the last wave."""
        change = self.overall.iloc[0]
        rose, fell = metric.verbs
        if self._too_few:
            return "did not change clearly"
        if change["change_low"] > 0:
            return rose
        if change["change_high"] < 0:
            return fell
        return "did not change clearly"


class _Series(NamedTuple):
    """The answers of a segment, all and by wave; which waves may be shown; and how changes are told."""

    segment: str
    sample: Sample
    cells: dict[Any, Sample]
    shown: list[Any]
    time: str | None
    metric: Metric
    level: float

    def steps(self) -> list[Line]:
        """Each wave, and its change against the wave before: lines of the table."""
        lines: list[Line] = []
        wave_before = None
        for wave, cell in self.cells.items():
            n: Any = pd.NA
            standing = BLANK[:3]
            if wave in self.shown:
                n = cell.size
                standing = self.metric.asked(*level_of(cell, self.metric.kind, self.level))
            change = self.change(wave_before, wave)
            lines.append((self.segment, wave, n, *standing, *change))
            wave_before = wave
        return lines

    def first_to_last(self) -> Line:
        """The change from the first to the last wave shown; blank without two."""
        first = None
        last = None
        if len(self.shown) > 1:
            first = self.shown[0]
            last = self.shown[-1]
        return (self.segment, first, last, *self.change(first, last))

    def change(self, first: Any, last: Any) -> Estimate:
        """Change between two waves; blank where one of them is not shown."""
        if first not in self.shown or last not in self.shown:
            return BLANK
        answers, late = self._pair(first, last)
        return change_of(answers, late, self.metric.kind, self.level)

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


@misfits_told
def monitor(
    survey: Survey,
    *,
    metric: str | None = None,
    by: str | None = None,
    level: float = 0.95,
) -> Monitor:
    """Follow a metric over the waves of a survey.

    Parameters
    ----------
    survey
        Answers, or :class:`cxlens.Aggregates`, with a ``time`` column. Its values are the waves, in the order of time
        (:attr:`cxlens.Survey.waves`).
    metric
        A touchpoint or an outcome; the first outcome by default. An NPS outcome is given in points, a binary
        one as a share, anything else as a mean. Weights count as the survey says.
    by
        A segment or channel column: each of its values is followed.
    level
        Confidence level.

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When the survey has no time column or waves of unknown order, the metric or ``by`` is unknown, or no wave has 5
        answers and can be shown without telling of one that has fewer.

    Notes
    -----
    Intervals: adjusted Wald for the NPS and its change (Rocks 2016, so an interval is centred a little nearer
    to 0 than the value); Wilson for a share, Newcombe (1998, method 10) for its change; Student's t for a mean,
    Welch for its change. Weighted: by linearisation (Korn and Graubard 1998), with degrees of freedom from the weights.
    With clusters, or respondents who answered more than once, each of them is left out in turn (CR3, with Bell and
    McCaffrey's degrees of freedom) throughout.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> answers = pd.DataFrame({"web": [3, 4] * 20, "nps": [6, 9] * 10 + [8, 9] * 10,
    ...                         "year": [2024] * 20 + [2025] * 20})
    >>> survey = cx.Survey(answers, touchpoints=["web"], outcome={"nps": "nps"}, time="year")
    >>> cx.monitor(survey).table[["wave", "n", "value", "change"]]
       wave   n  value  change
    0  2024  20    0.0     NaN
    1  2025  20   50.0    50.0
    """
    check_kind("monitor", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    followed = find_metric(survey, metric)
    waves = waves_of(survey)
    survey.check_by(by)
    check_level(level)
    sample = read_sample(survey, followed, [by] if by else [])
    segments = _segments(sample, by)
    by_wave = []
    for _, answers in segments:
        by_wave.append(_by_wave(answers, survey.time, waves))
    shown = _shown_waves(survey, followed, by, segments, by_wave)
    if not any(shown):
        raise _nothing_to_show(followed, by_wave, waves)
    lines: list[Line] = []
    changes: list[Line] = []
    freedom: list[float] = []
    for k, (segment, answers) in enumerate(segments):
        series = _Series(
            segment,
            answers,
            by_wave[k],
            shown[k],
            survey.time,
            followed,
            level,
        )
        lines += series.steps()
        changes.append(series.first_to_last())
        freedom += series.freedom()
    table = _table(lines, ["wave", *STANDING, *STEP], by)
    overall = _table(changes, ["first", "last", *STEP], by)
    return Monitor(
        table.astype({"n": "Int64"}),
        overall,
        followed.name,
        followed.unit,
        survey,
        by,
        level,
        about_clusters(survey, sample, freedom),
    )


def _table(
    lines: list[Line],
    columns: list[str],
    by: str | None,
) -> pd.DataFrame:
    """Lines of all segments as a table, with q-values; the segment is told only where there are several."""
    table = pd.DataFrame(lines, columns=["segment", *columns])
    table["q_value"] = benjamini_hochberg(table["p_value"])
    if by is None:
        return table.drop(columns="segment")
    return table


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


def _nothing_to_show(metric: Metric, by_wave: list[dict[Any, Sample]], waves: list[Any]) -> ValuesError:
    """Why no wave can be shown, and what to do about it."""
    reason = f"has fewer than {MIN_N} answers in every wave"
    if any(cell.enough for cells in by_wave for cell in cells.values()):
        reason = f"has a wave of fewer than {MIN_N} answers, which the others would tell"
    join = "Join waves"
    if all(isinstance(wave, dt.date) for wave in waves):
        join = "Join dates: Survey(..., period='month')"
    return ValuesError(f"metric {metric.name!r} {reason}. {join}, or choose another metric.")


def _standing(metric: Metric, row: pd.Series[Any]) -> str:
    """Where the metric stood in a wave: ``3.44 in 2022``."""
    return f"{metric.words(row['value'])} in {wave_words(row['wave'])}"


def _ends(metric: Metric, row: pd.Series[Any]) -> str:
    """The interval of a wave, without signs of plus: ``[-12, 55]``."""
    low = metric.words(row["low"], sign=False)
    high = metric.words(row["high"], sign=False)
    return f"[{low}, {high}]"


def _clearest_step(metric: Metric, table: pd.DataFrame, level: float) -> str:
    """The step with the smallest p, as words; nothing where no step is clear."""
    if not (table["q_value"] < 1 - level).any():
        return ""
    clearest = int(table["p_value"].argmin())
    row = table.iloc[clearest]
    q_value = row["q_value"]
    q = "q < 0.01" if q_value < 0.01 else f"q = {number(q_value)}"
    place = f"{row['segment']}, " if "segment" in table else ""
    wave_before = table["wave"].iloc[clearest - 1]
    waves = f"{wave_words(wave_before)} to {wave_words(row['wave'])}"
    change = metric.steps(row["change"], sign=True)
    low = metric.steps(row["change_low"])
    high = metric.steps(row["change_high"])
    return f"the clearest step was {place}{waves} ({change} [{low}, {high}]{metric.better}, {q})"
