"""A metric over waves: where it stands, and which steps are more than chance.

What a metric and a sample of it are is said in :mod:`cxlens.study.metrics`, what a series of it in
:mod:`cxlens.stages.impact.followed`. What caused a change is the question of :mod:`cxlens.stages.impact.designs`;
control charts and pictures do not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding, Item
from cxlens.common.result import Result, View
from cxlens.common.small_cells import reason
from cxlens.common.values import TOO_FEW, count, number, plural, wave_words
from cxlens.errors import check_kind, check_known, check_level
from cxlens.stages.impact.alerts import Followed, alerts
from cxlens.stages.impact.followed import (
    OURS,
    SEGMENT,
    Line,
    Series,
    all_series,
    checked_others,
    metric_names,
)
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.waves import FEW_ANSWERS as FEW_ANSWERS_OF_TREND
from cxlens.stats.waves import FEWEST_OF_TREND
from cxlens.study.dated import without_wave
from cxlens.study.metrics import MIN_N, NAMING_PERIOD, Metric, about_clusters, find_metric
from cxlens.study.survey import Survey

MANY_WAVES, FEW_ANSWERS = 24, 30  # more waves, of fewer answers each, are days or weeks rather than waves
METRIC, WHOSE = "metric", "whose"
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
        One row a wave (and ``metric``, when several are given or others are, ``whose`` it is, when others are: "ours",
        "employees" or the name of a competitor, and ``segment``, when ``by`` is): ``wave``, ``n``
        answers, ``value`` with ``low`` and ``high``; ``change`` against the wave before with ``change_low``,
        ``change_high``, ``p_value`` and ``q_value`` (Benjamini-Hochberg over all changes of the table, of all metrics);
        ``expected_low`` and ``expected_high``, between which the wave lies if nothing changed since the earlier ones,
        from five of these on. Cells of fewer than 5 answers (or, with clusters, of a single one) are blank, ``n``
        included, and as many more as keep them from being worked out from totals; so are changes to and from them.
        Where the lowest score is the best, values are as asked and a change above 0 is for the better.
    overall : DataFrame
        One row (a metric, whose it is, segment): ``first`` and ``last`` wave shown, ``change`` between these two with
        ``change_low``, ``change_high``, ``p_value``, ``q_value`` (over the rows). Without two waves shown, blank.
        ``trend`` a wave with ``trend_low``, ``trend_high``, ``trend_p`` and ``trend_q``, and ``trend_p_carried``, the
        p-value if half of a wave's swing carried over to the next: from four waves of 30 answers on, else blank.
        ``next_low`` and ``next_high``: between which the next wave, of as many answers as the last, lies if nothing
        changes; from five waves of 30 answers on.
    metrics : tuple
        What is followed; ``metric`` is the first.
    survey, by, level
        The inputs.
    others : mapping
        The surveys of employees (as ``"employees"``) and of competitors, by name.
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
    others: Mapping[str, Survey]
    clusters: str
    followed: Followed

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        return {"waves": self.table, "first to last": self.overall}

    @property
    def metric(self) -> str:
        """What is followed; the first of several."""
        return self.metrics[0]

    @property
    def unit(self) -> str:
        """What ``change`` is counted in: "NPS points", "share" or "scale points"; of several metrics for the first."""
        return self._metric_of({METRIC: self.metric}).unit

    def _metric_of(self, row: Mapping[Any, Any] | pd.Series[Any]) -> Metric:
        """The metric of a row, as the survey has it whose row it is."""
        whose = row.get(WHOSE, OURS)
        answers = self.others.get(whose, self.survey)
        return find_metric(answers, row.get(METRIC, self.metric))

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
            rows = table[table[METRIC] == metric].reset_index(drop=True)
            tables.append(rows if self.others else rows.drop(columns=METRIC))
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
        (Roberts 1959) adds up what lasts, as though three quarters of a wave's swing carried over to the next; waves
        are numbered by the calendar there, so that missing ones leave their place. A wave
        that was an alert is no part of what later ones are judged by; five in a row are the new level. Where more than
        half of a swing carries over, false alarms are up to twice as many (benchmarks/README.md). Only means of waves
        are used: another wave added to :class:`cxlens.Aggregates` gives the same as all answers read again.

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
            return monitor(survey, metric=metrics, **self.options).alerts()

        return alerts(self.followed, again)

    @property
    def options(self) -> dict[str, Any]:
        """What else was asked: ``monitor(survey, metric=..., **options)``."""
        return self.followed.options

    @property
    def finding(self) -> Finding:
        """Where the metric came from and where it stands, or in how many segments it changed; the clearest step."""
        certainty = _clearest_step(self)
        if METRIC in self.table:
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
        keys = [name for name in (METRIC, WHOSE) if name in self.overall]
        first = clear.drop_duplicates(keys).to_dict("records")
        lines = len(self.overall.drop_duplicates(keys))
        measures = plural(lines, "line" if self.others else "measure")
        lead = f"No clear change in {measures} between the first and the last wave"
        if self.overall["change_low"].isna().all():
            lead = f"{measures} cannot be compared between the first and the last wave"
        if first:
            lead = f"{len(first)} of {measures} changed clearly between the first and the last wave"
        items = [self._item(row) for row in first]
        answers = self.table.groupby(keys)["n"].sum().max()
        return Finding(lead, items=items, certainty=certainty, n=count(answers))

    def _item(self, row: Mapping[Any, Any]) -> Item:
        """A metric, and whose it is, with its clearest change."""
        metric = self._metric_of(row)
        segment = ""
        if self.by:
            segment = f"{row[SEGMENT]}: "
        ends = f"[{metric.steps(row['change_low'])}, {metric.steps(row['change_high'])}]"
        return Item(_label(metric, row), f"{segment}{metric.steps(row['change'], sign=True)}{metric.better}", ends)

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
        longer = self.survey.made_with(NAMING_PERIOD)
        return [f"{waves} hardly tell a trend: longer ones are {longer}, 'quarter' or 'year'"]

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
        if self.by is not None or METRIC in self.table:
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
        if clear.empty and segments == 1:
            return "did not clearly change in the one segment that can be compared"
        if clear.empty:
            return f"did not clearly change in any of {segments} segments"
        risen = int((clear["change"] > 0).sum())
        fallen = len(clear) - risen
        rose, fell = metric.verbs
        return f"{rose} clearly in {risen} and {fell} clearly in {fallen} of {segments} segments"

    def _verb(self, metric: Metric) -> str:
        """What the metric did from the first to the last wave."""
        change = self.overall.iloc[0]
        rose, fell = metric.verbs
        if not change["q_value"] < 1 - self.level:
            return "did not clearly change"
        return rose if change["change"] > 0 else fell


@misfits_told
def monitor(
    survey: Survey,
    *,
    metric: str | Sequence[str] | None = None,
    by: str | None = None,
    employees: Survey | None = None,
    competitors: Mapping[str, Survey] | None = None,
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
    employees, competitors
        The survey of employees, and ``{name: survey}`` of competitors' customers, followed in the same table: what
        stands for the brand (recommend, preference) beside employees' own satisfaction and rivals' lines. A metric is
        followed in each survey that has one of that name; of employees who have none their first outcome.
    level
        Confidence level.

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When the survey has no time column or waves of unknown order, the metric or ``by`` is unknown, no wave has 5
        answers and can be shown without telling of one that has fewer, or ``by`` is asked together with others.

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

    A trend is the slope of the wave means, each counting alike, on the number of the wave, as the calendar or the count
    in their names has it, so that missing waves leave their place: the wider of Student's interval on waves - 2 degrees
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
    others = checked_others(employees, competitors, by)
    names = metric_names(survey, others, metric)
    survey.check_by(by)
    check_level(level)
    series = all_series(survey, others, names, by, level)
    unsaid = _unsaid(by, others, names)
    lines = [line for one in series for line in one.steps()]
    table = _table(lines, ["wave", *STANDING, *STEP, *EXPECTED], unsaid)
    changes = [one.first_to_last() for one in series]
    overall = _table(changes, ["first", "last", *STEP, *TREND, *NEXT], unsaid)
    _put_q_beside(overall, "trend_p", "trend_q")
    options = {"by": by, "employees": employees, "competitors": competitors, "level": level}
    watched = tuple(one.watched(others, by) for one in series)
    return Monitor(
        table.astype({"n": "Int64"}),
        overall,
        tuple(dict.fromkeys(one.metric.name for one in series)),
        survey,
        by,
        level,
        others,
        _clusters(survey, series),
        Followed(survey, by, level, watched, options),
    )


def _unsaid(by: str | None, others: Mapping[str, Survey], names: list[str]) -> list[str]:
    """The columns that go without saying: segments without a column, one metric, ours alone."""
    unsaid = []
    if by is None:
        unsaid.append(SEGMENT)
    if not others:
        unsaid.append(WHOSE)
        if len(names) == 1:
            unsaid.append(METRIC)
    return unsaid


def _clusters(survey: Survey, series: list[Series]) -> str:
    """What our own estimates rest on."""
    ours = [one for one in series if one.whose == OURS]
    freedom = [df for one in ours for df in one.freedom()]
    return about_clusters(survey, ours[-1].sample, freedom)


def _table(lines: list[Line], columns: list[str], unsaid: list[str]) -> pd.DataFrame:
    """Lines of all series as a table, with q-values, without what goes without saying."""
    table = pd.DataFrame(lines, columns=[METRIC, WHOSE, SEGMENT, *columns])
    _put_q_beside(table, "p_value", "q_value")
    return table.drop(columns=unsaid)


def _put_q_beside(table: pd.DataFrame, p_value: str, q_value: str) -> None:
    """Add the q-values of a column of p-values, in place, after it."""
    place = list(table).index(p_value) + 1
    table.insert(place, q_value, benjamini_hochberg(table[p_value]))


def _label(metric: Metric, row: Mapping[Any, Any] | pd.Series[Any]) -> str:
    """A metric at the start of a sentence, and whose it is, if that is said."""
    return ", ".join(filter(None, [metric.label, row.get(WHOSE, "")]))


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
    metric = result._metric_of(row)
    q_value = row["q_value"]
    q = "q < 0.01" if q_value < 0.01 else f"q = {number(q_value)}"
    whose = f"{_label(metric, row)}, " if several else ""
    place = ""
    if SEGMENT in table:
        place = f"{row[SEGMENT]}, "
    wave_before = table["wave"].iloc[clearest - 1]
    waves = f"{wave_words(wave_before)} to {wave_words(row['wave'])}"
    change = metric.steps(row["change"], sign=True)
    low = metric.steps(row["change_low"])
    high = metric.steps(row["change_high"])
    return f"the clearest step was {whose}{place}{waves} ({change} [{low}, {high}]{metric.better}, {q})"
