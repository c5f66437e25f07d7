"""A metric over waves: where it stands, and which steps are more than chance.

What a metric and a sample of it are is said in :mod:`cxlens.study.metrics`. What caused a change is the question of
:mod:`cxlens.stages.impact.designs`; control charts and pictures do not belong here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding, Item
from cxlens.common.result import Result, View
from cxlens.common.small_cells import reason
from cxlens.common.values import TOO_FEW, count, number, wave_words
from cxlens.engine.labels import NOT_STATED, in_words
from cxlens.errors import ValuesError, check_kind, check_known, check_level
from cxlens.stages.impact.alerts import Followed, Watched, alerts
from cxlens.stages.impact.steps import WaveMeans, change_between, shape_is_known
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.waves import FEW_ANSWERS as FEW_ANSWERS_OF_TREND
from cxlens.stats.waves import FEWEST_OF_TREND
from cxlens.study.dated import without_wave
from cxlens.study.metrics import (
    BLANK,
    EDGES,
    MIN_N,
    Estimate,
    Metric,
    Sample,
    about_clusters,
    clustered_coefficient,
    find_metric,
    level_of,
    metrics_asked,
    read_sample,
    waves_of,
)
from cxlens.study.survey import Survey

Line = tuple[Any, ...]  # a row of a table
MANY_WAVES, FEW_ANSWERS = 24, 30  # more waves, of fewer answers each, are days or weeks rather than waves
METRIC, SEGMENT = "metric", "segment"
STANDING = ["n", "value", "low", "high"]
STEP = ["change", "change_low", "change_high", "p_value"]
EXPECTED = ["expected_low", "expected_high"]
TREND = ["trend", "trend_low", "trend_high", "trend_p", "trend_p_carried"]
NEXT = ["next_low", "next_high"]


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Monitor(Result):
    """A metric over waves; made by :func:`monitor`.

    Attributes
    ----------
    table : DataFrame
        One row a wave (and ``metric``, when several are given, and ``segment``, when ``by`` is): ``wave``, ``n``
        answers, ``value`` with ``low`` and ``high``; ``change`` against the wave before with ``change_low``,
        ``change_high``, ``p_value`` and ``q_value`` (Benjamini-Hochberg over all changes of the table, of all metrics);
        ``expected_low`` and ``expected_high``, between which the wave lies if nothing changed since the earlier ones,
        from five of these on. Cells of fewer than 5 answers (or, with clusters, of a single one) are blank, ``n``
        included, and as many more as keep them from being worked out from totals; so are changes to and from them.
        Where the lowest score is the best, values are as asked and a change above 0 is for the better.
    overall : DataFrame
        One row (a metric and segment): ``first`` and ``last`` wave shown, ``change`` between these two with
        ``change_low``, ``change_high``, ``p_value``, ``q_value`` (over the rows). Without two waves shown, blank.
        ``trend`` a wave with ``trend_low``, ``trend_high``, ``trend_p`` and ``trend_q``, and ``trend_p_carried``, the
        p-value if half of a wave's swing carried over to the next: from four waves of 30 answers on, else blank.
        ``next_low`` and ``next_high``: between which the next wave, of as many answers as the last, lies if nothing
        changes; from five waves of 30 answers on.
    metrics : tuple
        What is followed; ``metric`` is the first.
    survey, by, level
        The inputs.
    clusters : str
        How many clusters the answers are from, and the fewest degrees of freedom of a change from wave to wave; below 4
        it has no ``p_value`` and is not clear. Empty without clusters.
    followed : Followed
        The means of the waves of each series, from which :meth:`alerts` are made.
    """

    table: pd.DataFrame
    overall: pd.DataFrame
    metrics: tuple[str, ...]
    survey: Survey
    by: str | None
    level: float
    clusters: str
    followed: Followed

    @property
    def metric(self) -> str:
        """What is followed; the first of several."""
        return self.metrics[0]

    @property
    def unit(self) -> str:
        """What ``change`` is counted in: "NPS points", "share" or "scale points"; of several metrics for the first."""
        return find_metric(self.survey, self.metric).unit

    def only(self, metric: str) -> Monitor:
        """The rows of one of several metrics; q-values stay those of all of them.

        Raises
        ------
        OptionError
            When it is not among them.
        """
        check_known("metric", [metric], self.metrics, "Metrics")
        if len(self.metrics) == 1:
            return self
        tables = []
        for table in (self.table, self.overall):
            rows = table[table[METRIC] == metric]
            tables.append(rows.drop(columns=METRIC).reset_index(drop=True))
        return replace(self, table=tables[0], overall=tables[1], metrics=(metric,))

    def alerts(self) -> View:
        """Tell which series stand off their earlier waves: what, how large, since when, how surely.

        Returns
        -------
        View
            ``table``: one row a series: ``metric``, with ``by`` ``segment``; its last ``wave``; ``alert`` ("alert",
            "none", "not offered" or "not judged", and ``why``); ``since``, the wave in which the shift began;
            ``value``, and ``usual``, the level of the earlier waves; ``shift`` (above 0: for the better) from that, of
            an alert with ``shift_low`` and ``shift_high``; ``limit_low`` and ``limit_high``, outside which a wave is an
            alert; ``p_adjusted``, how often chance alone gives any of all series such a wave; ``seen``, the shift of
            one wave that is seen four times in five; ``half_a_point``: where ``seen`` is more, no alert is offered;
            ``past`` alerts, and how many of them ``returned`` in the next wave. ``parts["waves"]``: one row a series
            and wave of 30 answers: ``value``, ``usual``, ``limit_low``, ``limit_high``, and whether it is an ``alert``.

        Notes
        -----
        One rate of false alarms, 1 - ``level`` at each wave, is shared by all series (Bonferroni). Each wave is judged
        by the earlier ones: limits are Student's on waves - 1 degrees of freedom, from five earlier waves on; from
        twenty on the wider of these and Laney's chart (Laney 2002), and an exponentially weighted moving average
        (Roberts 1959) adds up what lasts, as though half of a wave's swing carried over to the next. A wave that was an
        alert is no part of what later ones are judged by; five in a row are the new level. Only means of waves are
        used: another wave added to :class:`cxlens.Aggregates` gives the same as all answers read again.

        Examples
        --------
        >>> import cxlens as cx
        >>> import pandas as pd
        >>> waves = pd.DataFrame({"wave": range(2018, 2026), "n": 900, "sd": 0.9,
        ...                       "rating": [3.50, 3.52, 3.49, 3.50, 3.51, 3.48, 3.50, 3.85]})
        >>> table = cx.Aggregates(waves, n="n", mean="rating", sd="sd", time="wave", scale=cx.Scale(1, 5))
        >>> cx.monitor(table).alerts().table[["metric", "alert", "since", "shift"]].round(2)
           metric  alert  since  shift
        0  rating  alert   2025   0.35
        """
        metrics = list(dict.fromkeys(series.metric.name for series in self.followed.series))

        def again(survey: Survey) -> View:
            return monitor(survey, metric=metrics, by=self.by, level=self.level).alerts()

        return alerts(self.followed, again)

    @property
    def finding(self) -> Finding:
        """Where the metric came from and where it stands, or in how many segments it changed; the clearest step."""
        certainty = _clearest_step(self)
        if len(self.metrics) > 1:
            return self._of_several(certainty)
        metric = find_metric(self.survey, self.metric)
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
            f"{_ends(metric, first)} and {_ends(metric, last)}",
            certainty=certainty,
            more=[*self._trend(metric), *self._thin(), *([TOO_FEW] if self._too_few else [])],
            n=n,
        )

    def _of_several(self, certainty: str) -> Finding:
        """Of how many metrics any clear change is told, and which."""
        is_clear = self.overall["q_value"] < 1 - self.level
        clear = self.overall[is_clear].sort_values("p_value", kind="stable")
        changed = [find_metric(self.survey, name) for name in dict.fromkeys(clear[METRIC])]
        measures = f"{len(self.metrics)} measures"
        lead = f"None of {measures} changed clearly between the first and the last wave"
        if changed:
            lead = f"{len(changed)} of {measures} changed clearly between the first and the last wave"
        items = [self._item(metric, clear[clear[METRIC] == metric.name]) for metric in changed]
        answers = self.table.groupby(METRIC)["n"].sum().max()
        return Finding(lead, items=items, certainty=certainty, n=count(answers))

    def _item(self, metric: Metric, clear: pd.DataFrame) -> Item:
        """A metric with its clearest change."""
        row = clear.iloc[0]
        segment = ""
        if self.by:
            segment = f"{row[SEGMENT]}: "
        ends = f"[{metric.steps(row['change_low'])}, {metric.steps(row['change_high'])}]"
        return Item(metric.label, f"{segment}{metric.steps(row['change'], sign=True)}{metric.better}", ends)

    def _trend(self, metric: Metric) -> list[str]:
        """The trend over all waves, where it is clear, and whether it holds if waves are not independent."""
        row = self.overall.iloc[0]
        if not row["trend_q"] < 1 - self.level:
            return []
        holds = ""
        if row["trend_p_carried"] < 1 - self.level:
            holds = ", even if half of a wave's swing carries over"
        low, high = (metric.steps(row[name]) for name in ("trend_low", "trend_high"))
        slope = metric.steps(row["trend"], sign=True)
        return [f"Over all waves it changed by {slope} [{low}, {high}] a wave{metric.better}{holds}"]

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
            f"Intervals: {100 * self.level:g} %. change: against the wave before. First against last speaks of these "
            f"two waves alone. Missing: {reason(MIN_N)}.",
            self._lacks_trends(),
            self._blank_waves(),
            without_wave(self.survey, MIN_N),
            self.clusters,
            *self.survey.about_scales(),
        ]
        return " ".join(filter(None, sentences))

    def _lacks_trends(self) -> str:
        """Why there is no trend, where there are several waves."""
        if self.overall["trend"].notna().all() or self.overall["change"].isna().all():
            return ""
        return f"A trend takes {FEWEST_OF_TREND} waves of {FEW_ANSWERS_OF_TREND} answers or more."

    def _blank_waves(self) -> str:
        """How many waves are blank: the table shows them, but a long one is not read to its end."""
        if self.by is not None or len(self.metrics) > 1:
            return ""
        blank = int(self.table["value"].isna().sum())
        if blank:
            return f"Blank waves: {blank} of {len(self.table)}."
        return ""

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
        if not change["q_value"] < 1 - self.level:
            return "did not change clearly"
        return rose if change["change"] > 0 else fell


class _Series(NamedTuple):
    """The answers of a segment, all and by wave; which waves may be shown; and how changes are told.

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
            lines.append((self.metric.name, self.segment, wave, n, *standing, *change, *expected))
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
        of_waves = means.trend(self.level)
        return (self.metric.name, self.segment, first, last, *self.change(first, last), *of_waves, *following)

    def means(self) -> WaveMeans:
        """The means of the waves that are shown and have answers enough."""
        means = WaveMeans([], [], [])
        for place, (wave, cell) in enumerate(self.cells.items()):
            if wave in self.shown:
                means = means.with_wave(place, cell, self.level)
        return means

    def watched(self, segment: str) -> Watched:
        """The same as a series to be watched."""
        cells = [self.cells[wave] for wave in self.shown]
        values = np.concatenate([np.empty(0), *[cell.value for cell in cells]])
        weights = np.concatenate([np.empty(0), *[cell.w for cell in cells]])
        spread = np.nan
        if len(values):
            mean = np.average(values, weights=weights)
            spread = float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))
        return Watched(self.metric, "", segment, list(self.cells), len(values), self.means(), spread)

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


@misfits_told
def monitor(
    survey: Survey,
    *,
    metric: str | Sequence[str] | None = None,
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
        A touchpoint or an outcome, or a list of them; the first outcome by default. An NPS outcome is given in points,
        a binary one as a share, anything else as a mean. Weights count as the survey says. Metrics of a list share one
        error rate: asked one by one, seven that stand still have a clear step in a third of studies.
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
    McCaffrey's degrees of freedom) throughout. Where one of two waves has fewer than 100 answers, or than 300 beside
    more than twice as many, and there are no clusters, the p-value of a change, and the interval of a mean or NPS, are
    from people who change places between the two (:func:`cxlens.stats.permutation.two_samples`); not of aggregated
    means, whose scores are not known.

    A trend is the slope of the wave means, each counting alike: the wider of Student's interval on waves - 2 degrees
    of freedom and that of sampling alone. Limits of a wave are from the spread between the earlier ones, with Student's
    t on one degree of freedom less than these.

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
    followed = metrics_asked(survey, metric)
    waves = waves_of(survey)
    survey.check_by(by)
    check_level(level)
    lines: list[Line] = []
    changes: list[Line] = []
    freedom: list[float] = []
    watched: list[Watched] = []
    for one in followed:
        sample = read_sample(survey, one, [by] if by else [])
        for series in _series_of(survey, one, sample, waves, by, level):
            lines += series.steps()
            changes.append(series.first_to_last())
            freedom += series.freedom()
            watched.append(series.watched(series.segment if by else ""))
    several = len(followed) > 1
    table = _table(lines, ["wave", *STANDING, *STEP, *EXPECTED], by, several)
    overall = _table(changes, ["first", "last", *STEP, *TREND, *NEXT], by, several)
    _put_q_beside(overall, "trend_p", "trend_q")
    return Monitor(
        table.astype({"n": "Int64"}),
        overall,
        tuple(one.name for one in followed),
        survey,
        by,
        level,
        about_clusters(survey, sample, freedom),
        Followed(survey, by, level, tuple(watched)),
    )


def _series_of(
    survey: Survey,
    metric: Metric,
    sample: Sample,
    waves: list[Any],
    by: str | None,
    level: float,
) -> list[_Series]:
    """The series of a metric in each segment."""
    segments = _segments(sample, by)
    by_wave = [_by_wave(answers, survey.time, waves) for _, answers in segments]
    shown = _shown_waves(survey, metric, by, segments, by_wave)
    if not any(shown):
        raise _nothing_to_show(metric, by_wave, waves)
    shape_known = shape_is_known(survey, metric.kind)
    series = []
    for (segment, answers), cells, can_be_shown in zip(segments, by_wave, shown, strict=True):
        series.append(_Series(segment, answers, cells, can_be_shown, survey.time, metric, level, shape_known))
    return series


def _table(lines: list[Line], columns: list[str], by: str | None, several: bool) -> pd.DataFrame:
    """Lines of all series as a table, with q-values; metric and segment are told only where there are several."""
    table = pd.DataFrame(lines, columns=[METRIC, SEGMENT, *columns])
    _put_q_beside(table, "p_value", "q_value")
    unsaid = [name for name, said in ((METRIC, several), (SEGMENT, by is not None)) if not said]
    return table.drop(columns=unsaid)


def _put_q_beside(table: pd.DataFrame, p_value: str, q_value: str) -> None:
    """Add the q-values of a column of p-values, in place, after it."""
    place = list(table).index(p_value) + 1
    table.insert(place, q_value, benjamini_hochberg(table[p_value]))


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
    elif any(cell.size >= MIN_N for cells in by_wave for cell in cells.values()):
        reason = "has answers of one cluster only in every wave that has enough"
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


def _clearest_step(result: Monitor) -> str:
    """The step with the smallest p, as words; nothing where no step is clear."""
    table = result.table
    if not (table["q_value"] < 1 - result.level).any():
        return ""
    clearest = int(table["p_value"].argmin())
    row = table.iloc[clearest]
    several = METRIC in table
    metric = find_metric(result.survey, row[METRIC] if several else result.metric)
    q_value = row["q_value"]
    q = "q < 0.01" if q_value < 0.01 else f"q = {number(q_value)}"
    whose = f"{metric.label}, " if several else ""
    place = ""
    if SEGMENT in table:
        place = f"{row[SEGMENT]}, "
    wave_before = table["wave"].iloc[clearest - 1]
    waves = f"{wave_words(wave_before)} to {wave_words(row['wave'])}"
    change = metric.steps(row["change"], sign=True)
    low = metric.steps(row["change_low"])
    high = metric.steps(row["change_high"])
    return f"the clearest step was {whose}{place}{waves} ({change} [{low}, {high}]{metric.better}, {q})"
