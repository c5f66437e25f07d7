"""A metric over waves: where it stands, and which steps are more than chance.

Also what "a metric", "a sample of it" and "its change" mean, for :mod:`cxlens.stages.impact.designs` too. What
caused a change is the question of that module; control charts and pictures do not belong here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result
from cxlens.common.small_cells import reason
from cxlens.common.values import count, number, signed, wave_words
from cxlens.engine.labels import NOT_STATED, in_words, units_of
from cxlens.engine.tables import Rows
from cxlens.errors import ColumnError, ValuesError, check_kind, check_level, unknown_name
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.intervals import effective_n, nps_difference, nps_interval, nps_points, t_quantile, wilson
from cxlens.stats.regression import fit_rows
from cxlens.study.asked import lowest_is_best, span_asked
from cxlens.study.dated import without_wave
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Kind = Literal["touchpoint", "interval", "ordinal", "nps", "binary"]
Estimate = tuple[float, float, float, float]  # value, low, high, p-value
Line = tuple[Any, ...]  # a row of a table
MIN_N = 5  # answers; a smaller cell is not shown, since it could give persons away
MANY_WAVES, FEW_ANSWERS = 24, 30  # more waves, of fewer answers each, are days or weeks rather than waves
BLANK: Estimate = (np.nan, np.nan, np.nan, np.nan)
SEGMENT = "segment"
STANDING = ["n", "value", "low", "high"]
STEP = ["change", "change_low", "change_high", "p_value"]
EDGES = {"nps": (-100, 100), "binary": (0, 1)}
DETRACTOR, PASSIVE, PROMOTER = -100, 0, 100  # points of an answer


class Metric(NamedTuple):
    """A touchpoint or an outcome: its name, its kind, its place in the rows, what people call it, its scale."""

    name: str
    kind: Kind
    position: int
    called: str = ""
    scale: Scale | None = None

    @property
    def shown(self) -> str:
        """What people call it."""
        return self.called or self.name

    @property
    def unit(self) -> str:
        """What a change is counted in: "NPS points", "share" (0 to 1), or "scale points"."""
        units = {"nps": "NPS points", "binary": "share"}
        return units.get(self.kind, "scale points")

    @property
    def lowest_is_best(self) -> bool:
        """Whether means are shown with the lowest as the best; a change above 0 is for the better all the same."""
        return lowest_is_best(self.scale)

    @property
    def verbs(self) -> tuple[str, str]:
        """What the metric did with a change above 0, and with one below."""
        return ("improved", "got worse") if self.lowest_is_best else ("rose", "fell")

    @property
    def better(self) -> str:
        """What is said after a change whose sign would not tell: that it counts points better."""
        return " in points better" if self.lowest_is_best else ""

    @property
    def label(self) -> str:
        """The name at the start of a sentence; a score of a touchpoint is its satisfaction."""
        name = self.shown[:1].upper() + self.shown[1:]
        return f"{name} satisfaction" if self.kind == "touchpoint" else name

    def item(self, survey: Survey) -> int:
        """The number that :meth:`cxlens.study.survey.Survey.hidden` knows it by."""
        return self.position if self.kind == "touchpoint" else len(survey.touchpoints) + self.position

    def values(self, rows: Rows) -> Floats:
        """(n,) the metric of each row, NaN where there is none; NPS answers as -100, 0 or 100."""
        if self.kind == "touchpoint":
            return rows.scores[:, self.position]
        answers = rows.outcomes[:, self.position]
        return nps_points(answers) if self.kind == "nps" else answers

    def words(self, value: float, *, sign: bool = True) -> str:
        """Where the metric stands: ``+12`` (without ``sign`` ``12``), ``3.64`` or ``81 %``."""
        if self.kind == "nps":
            return signed(value, 0) if sign else number(value, 0)
        if self.kind == "binary":
            return f"{number(100 * value, 0)} %"
        return number(value)

    def asked(self, level: float, low: float, high: float) -> tuple[float, float, float]:
        """A level and its interval as they are shown."""
        return span_asked(level, low, high, self.scale)

    def steps(self, value: float, *, sign: bool = False) -> str:
        """A change: ``9.1`` NPS or percentage points, ``0.26`` points of the scale."""
        scaled = 100 * value if self.kind == "binary" else value
        digits = 1 if self.kind in {"nps", "binary"} else 2
        return signed(scaled, digits) if sign else number(scaled, digits)


class Moments(NamedTuple):
    """Weighted mean, effective number of answers, and the variance of that mean (NaN for a number of 1)."""

    mean: float
    n: float
    variance: float


class Sample(NamedTuple):
    """Answers in memory: value of the metric (n,), weight (n,), number of the cluster (n,) or None, label columns.

    A respondent who answered more than once is a cluster, too; where nobody did, ``unit`` is None.
    """

    value: Floats
    w: Floats
    unit: NDArray[np.int64] | None
    labels: pd.DataFrame

    def take(self, which: ArrayLike) -> Sample:
        """The answers that a boolean mask selects."""
        mask = np.asarray(which, bool)
        unit = None
        if self.unit is not None:
            unit = _repeated(self.unit[mask])
        return Sample(
            self.value[mask],
            self.w[mask],
            unit,
            self.labels[mask],
        )

    @property
    def size(self) -> int:
        """Number of answers."""
        return len(self.w)

    @property
    def enough(self) -> bool:
        """Whether a figure may be shown: 5 answers, and 2 clusters where there are clusters."""
        if self.size < MIN_N:
            return False
        if self.unit is None:
            return True
        return len(np.unique(self.unit)) > 1

    @property
    def moments(self) -> Moments:
        """Mean, effective number of answers, and the variance of the mean."""
        mean = float(np.average(self.value, weights=self.w))
        weight = self.w.sum()
        n = float(effective_n(weight, (self.w**2).sum()))
        squares = (self.value - mean) ** 2
        spread = float(np.average(squares, weights=self.w))
        variance = spread / (n - 1) if n > 1 else np.nan
        return Moments(mean, n, variance)

    @property
    def nps_counts(self) -> tuple[float, float, float]:
        """Detractors, passives and promoters, scaled to the effective n."""
        scale = self.moments.n / self.w.sum()

        def scaled(points: int) -> float:
            weights = self.w[self.value == points]
            return float(weights.sum()) * float(scale)

        return (
            scaled(DETRACTOR),
            scaled(PASSIVE),
            scaled(PROMOTER),
        )


def read_sample(survey: Survey, metric: Metric, columns: Sequence[str] = ()) -> Sample:
    """Read the answers that have a score, a wave and a weight, with the wave and the label columns named."""
    names = [name for name in (survey.time, *columns) if name]
    names = list(dict.fromkeys(names))  # the time column may be a label column, too
    unit_column = survey.cluster or survey.respondent
    values = []
    weights = []
    units = []
    labels = []
    for rows in survey.source.batches():
        value = metric.values(rows)
        has_wave = rows.labels[survey.time].notna().to_numpy(bool)
        has_value = ~np.isnan(value)
        has_weight = rows.weights > 0
        counted = has_value & has_weight & has_wave
        values.append(value[counted])
        weights.append(rows.weights[counted])
        labels.append(rows.labels.loc[counted, names])
        if unit_column:
            unit = units_of(rows, unit_column)
            units.append(unit[counted])
        else:
            units.append(np.empty(0, np.uint64))
    numbers, _ = pd.factorize(np.concatenate(units))
    return Sample(
        np.concatenate(values),
        np.concatenate(weights),
        _repeated(numbers),
        pd.concat(labels, ignore_index=True),
    )


def _repeated(unit: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The units, or None where each is there once: then there are no clusters."""
    if len(np.unique(unit)) == len(unit):
        return None
    return unit


def find_metric(survey: Survey, name: str | None) -> Metric:
    """The touchpoint or outcome of that name; the first outcome for ``None``.

    Raises
    ------
    OptionError
        When the name is neither a touchpoint nor an outcome.
    """
    name = survey.outcome if name is None else name
    columns = {survey.named(column): column for column in survey.outcomes}
    if name not in survey.touchpoints:
        name = columns.get(name, name)
    if name in survey.outcomes:  # first, since shares of a touchpoint come under its name
        position = list(survey.outcomes).index(name)
        scale = survey.outcome_scales.get(name)
        return Metric(name, survey.outcomes[name], position, survey.named(name), scale)
    if name in survey.touchpoints:
        position = survey.touchpoints.index(name)
        return Metric(name, "touchpoint", position, scale=survey.scale)
    known = [*survey.touchpoints, *survey.outcomes]
    raise unknown_name("metric", name, known, "Touchpoints and outcomes")


def waves_of(survey: Survey) -> list[Any]:
    """The waves of a survey, in the order of time.

    Raises
    ------
    ColumnError, ValuesError
        ``this survey names no time column, so waves cannot be told apart. Name it: Survey(..., time='column').``
        Or when there are none, or their order cannot be told.
    """
    if survey.time is None:
        raise ColumnError(
            "this survey names no time column, so waves cannot be told apart. Name it: Survey(..., time='column')."
        )
    waves = survey.waves
    if not waves:
        raise ValuesError(
            f"time column {survey.time!r} is empty, so there are no waves. Fill it, or name another: Survey(..., "
            "time='column')."
        )
    return waves


def coefficient(columns: Sequence[ArrayLike], sample: Sample, level: float) -> Estimate:
    """Regress the metric on columns: the last coefficient, with HC3 errors or by cluster (CR1)."""
    design = np.column_stack(columns).astype(float)
    fit = fit_rows(design, sample.value, sample.w, sample.unit)
    last = float(fit.coef[-1])
    variance = fit.cov[-1, -1]
    return _around(last, variance, fit.df, level)


def level_of(
    sample: Sample,
    kind: Kind,
    level: float,
) -> tuple[float, float, float]:
    """Value and interval of one sample.

    NPS: adjusted Wald; binary: Wilson; otherwise Student's t; with clusters: cluster-robust (CR1).
    """
    mean, n, variance = sample.moments
    ends: Any
    if sample.unit is not None:
        constant = np.ones(sample.size)
        _, *ends, _ = coefficient([constant], sample, level)
        ends = np.clip(ends, *EDGES.get(kind, (-np.inf, np.inf)))
    elif kind == "nps":
        ends = nps_interval(*sample.nps_counts, level)
    elif kind == "binary":
        ends = wilson(mean * n, n, level)
    else:
        _, *ends, _ = _around(mean, variance, n - 1, level)
    return mean, float(ends[0]), float(ends[1])


def change_of(sample: Sample, late: ArrayLike, kind: Kind, level: float) -> Estimate:
    """Change from the answers that are not late to those that are: difference, interval, p-value.

    NPS: the difference of the scores with the adjusted Wald interval and test (Rocks 2016); binary: Newcombe's
    interval from two Wilson intervals (1998, method 10) and the pooled z test; otherwise Welch's t; with
    clusters: cluster-robust (CR1), clusters that answered both times counted once.
    """
    if sample.unit is not None:
        constant = np.ones(sample.size)
        return coefficient([constant, late], sample, level)
    before = sample.take(~np.asarray(late, bool))
    after = sample.take(late)
    if kind == "nps":
        return _nps_change(before, after, level)
    if kind == "binary":
        return _share_change(before, after, level)
    return _mean_change(before, after, level)


def _nps_change(before: Sample, after: Sample, level: float) -> Estimate:
    """Difference of two NPS, with the interval and test of Rocks (2016)."""
    change = after.moments.mean - before.moments.mean
    _, *rest = nps_difference(before.nps_counts, after.nps_counts, level)
    low, high, p_value = rest
    return change, low, high, p_value


def _share_change(before: Sample, after: Sample, level: float) -> Estimate:
    """Difference of two shares: Newcombe's interval (1998, method 10), pooled z test."""
    share_before, n_before, _ = before.moments
    share_after, n_after, _ = after.moments
    _, low_before, high_before = level_of(before, "binary", level)
    _, low_after, high_after = level_of(after, "binary", level)
    change = share_after - share_before
    down = np.hypot(share_after - low_after, high_before - share_before)
    up = np.hypot(high_after - share_after, share_before - low_before)
    pooled = (share_before * n_before + share_after * n_after) / (n_before + n_after)
    variance = pooled * (1 - pooled) * (1 / n_before + 1 / n_after)
    error = np.sqrt(variance)
    p_value = float(wald_p(change, error, np.inf))
    return change, change - down, change + up, p_value


def _mean_change(before: Sample, after: Sample, level: float) -> Estimate:
    """Difference of two means, with Welch's t and the degrees of freedom of Satterthwaite."""
    mean_before, n_before, variance_before = before.moments
    mean_after, n_after, variance_after = after.moments
    variance = variance_before + variance_after
    change = mean_after - mean_before
    df = np.nan
    if variance > 0:
        part_before = variance_before**2 / (n_before - 1)
        part_after = variance_after**2 / (n_after - 1)
        df = variance**2 / (part_before + part_after)
    return _around(change, variance, df, level)


def _around(value: float, variance: float, df: float, level: float) -> Estimate:
    """Student's interval and p-value; blank where answers do not vary but for rounding."""
    error = float(np.sqrt(max(variance, 0.0)))
    rounding = 1e-9 * (1 + abs(value))
    if not error > rounding:
        return (value, *BLANK[1:])
    half = float(t_quantile(level, df)) * error
    p_value = float(wald_p(value, error, df))
    return value, value - half, value + half, p_value


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
    """

    table: pd.DataFrame
    overall: pd.DataFrame
    metric: str
    unit: str
    survey: Survey
    by: str | None
    level: float

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
            more=self._thin(),
            n=n,
        )

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
        when = self.sample.labels[self.time]
        pair = when.isin([first, last])
        late = when[pair].isin([last])
        return change_of(self.sample.take(pair), late, self.metric.kind, self.level)


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
    Welch for its change. Weighted: effective n (Kish 1965). With clusters, or respondents who
    answered more than once: cluster-robust (CR1) throughout.

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
