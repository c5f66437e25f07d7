"""A metric, a sample of it, and its change: what waves and designs have in common.

Whether a change was caused by anything is the question of :mod:`cxlens.stages.impact.designs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlens.common.arguments import check_in_order
from cxlens.common.values import clusters_in_words, number, signed
from cxlens.engine.batches import listed
from cxlens.engine.labels import units_of
from cxlens.engine.tables import OnDisk, Rows
from cxlens.errors import (
    ColumnError,
    OptionError,
    ValuesError,
    check_option,
    check_single_answers,
    unknown_name,
)
from cxlens.stats.clusters import FEWEST
from cxlens.stats.inference import wald_p
from cxlens.stats.intervals import effective_n, nps_difference, nps_interval, nps_points, t_quantile, wilson
from cxlens.stats.linearised import Weights, pulls, worth
from cxlens.stats.regression import fit_rows
from cxlens.study.asked import lowest_is_best, span_asked
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Kind = Literal["touchpoint", "interval", "ordinal", "nps", "binary"]
Figure = Literal["mean", "top box"]
Estimate = tuple[float, float, float, float]  # value, low, high, p-value
VALUE, WEIGHT, UNIT, TIMES = ("cxlens value", "cxlens weight", "cxlens unit", "cxlens times")  # beside any labels
MIN_N = 5  # answers; a smaller cell is not shown, since it could give persons away
BLANK: Estimate = (np.nan, np.nan, np.nan, np.nan)
OF_RANGE = 1 / 8  # half a point of a scale from 1 to 5
OF_SPREAD = 0.5  # of the answers' standard deviation, where the range is not known
NAMING_TIME, NAMING_PERIOD = "time='column'", "period='month'"  # arguments, as messages tell them
EDGES: dict[str, tuple[float, float]] = {"nps": (-100, 100), "binary": (0, 1)}
UNITS = {"spend_after": "money", "touches_after": "touches", "purchases_after": "purchases"}  # of what a log tells
DETRACTOR, PASSIVE, PROMOTER = -100, 0, 100  # points of an answer


class Metric(NamedTuple):
    """A touchpoint or an outcome: its name, its kind, its place in the rows, what people call it, its scale.

    ``box``: the scores as asked that are the top box where the share of these is wanted, whose kind is "binary", and
    ``box_from``, the lowest of them as read; ``rated``, whether they are of a touchpoint.
    """

    name: str
    kind: Kind
    position: int
    called: str = ""
    scale: Scale | None = None
    box: tuple[float, ...] = ()
    box_from: float = np.nan
    rated: bool = False

    @property
    def figure(self) -> Figure:
        """Which of its figures is told."""
        return "top box" if self.box else "mean"

    @property
    def shown(self) -> str:
        """What people call it."""
        return self.called or self.name

    @property
    def unit(self) -> str:
        """What a change is counted in: "NPS points", "share" (0 to 1), "scale points", or "money" and the like."""
        units = {"nps": "NPS points", "binary": "share"}
        return units.get(self.kind, UNITS.get(self.name, "scale points"))

    @property
    def lowest_is_best(self) -> bool:
        """Whether means are shown with the lowest as the best; a change above 0 is for the better all the same."""
        return lowest_is_best(self.scale) and not self.box

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
        if self.box:
            return f"{name} rated {_scores_in_words(self.box)}"
        return f"{name} satisfaction" if self.kind == "touchpoint" else name

    def half_a_point(self, spread: float) -> float:
        """What half a point of 1 to 5 is of this metric: an eighth of its range, so 25 NPS points, or 0.125 of a share.

        Where the range is not known, half of the standard deviation ``spread`` of the answers.
        """
        low, high = self.ends
        if np.isinf(high - low):
            return OF_SPREAD * spread
        return float(OF_RANGE * (high - low))

    @property
    def ends(self) -> tuple[float, float]:
        """Between which it can lie; infinite where that is not known."""
        if self.kind in EDGES:
            return EDGES[self.kind]
        if self.scale is not None:
            return (self.scale.low, self.scale.high)
        return (-np.inf, np.inf)

    def item(self, survey: Survey) -> int:
        """The number that :meth:`cxlens.study.survey.Survey.hidden` knows it by."""
        if self.rated:
            return self.position
        return len(survey.touchpoints) + self.position

    def values(self, rows: Rows) -> Floats:
        """(n,) the metric of each row, NaN where there is none; NPS answers as -100, 0 or 100, a top box as 0 or 1."""
        answers = rows.scores if self.rated else rows.outcomes
        of_metric = answers[:, self.position]
        if self.box:
            in_box = (of_metric >= self.box_from).astype(float)
            return np.where(np.isnan(of_metric), np.nan, in_box)
        return nps_points(of_metric) if self.kind == "nps" else of_metric

    def words(self, value: float, *, sign: bool = True) -> str:
        """Where the metric stands: ``+12`` (without ``sign`` ``12``), ``3.64`` or ``81 %``."""
        if self.kind == "nps":
            return signed(value, 0) if sign else number(value, 0)
        if self.kind == "binary":
            return f"{number(100 * value, 0)} %"
        return number(value)

    def asked(self, level: float, low: float, high: float) -> tuple[float, float, float]:
        """A level and its interval as they are shown."""
        return span_asked(level, low, high, None if self.box else self.scale)

    def steps(self, value: float, *, sign: bool = False) -> str:
        """A change: ``9.1`` NPS or percentage points, ``0.26`` points of the scale."""
        scaled = value
        if self.kind == "binary":
            scaled = 100 * value
        digits = 1 if self.kind in {"nps", "binary"} else 2
        if sign:
            return signed(scaled, digits)
        return number(scaled, digits)


class Moments(NamedTuple):
    """Weighted mean, its linearised variance (NaN for one answer), and the degrees of freedom of that."""

    mean: float
    variance: float
    df: float


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
    def weights(self) -> Weights:
        """Sums of the weights."""
        return Weights(
            n=np.asarray(self.size, float),
            w=self.w.sum(),
            w2=(self.w**2).sum(),
            w4=(self.w**4).sum(),
        )

    @property
    def moments(self) -> Moments:
        """Mean, its variance by linearisation, and the degrees of freedom."""
        mean = float(np.average(self.value, weights=self.w))
        pull = pulls(self.w**2, self.w**3, self.w.sum())
        variance = float(pull @ (self.value - mean) ** 2)
        return Moments(mean, variance, float(self.weights.df))

    def worth(self, level: float) -> float:
        """How many equal answers a share, or an NPS, is worth: the largest value is the hit."""
        mean, variance, _ = self.moments
        of_one = float(np.average((self.value - mean) ** 2, weights=self.w))
        hit = self.value > 0
        sides = (self.w[hit], self.w[~hit])
        rarest = min(float(effective_n(w.sum(), (w**2).sum())) for w in sides)
        return float(worth(of_one, variance, self.weights, rarest, level))

    def nps_counts(self, level: float) -> tuple[float, float, float]:
        """Detractors, passives and promoters, of as many equal answers as the NPS is worth."""
        scale = self.worth(level) / self.w.sum()
        detractors, passives, promoters = (
            float(self.w[self.value == points].sum() * scale) for points in (DETRACTOR, PASSIVE, PROMOTER)
        )
        return detractors, passives, promoters


def read_sample(survey: Survey, metric: Metric, columns: Sequence[str] = ()) -> Sample:
    """Read the answers that have a score, a wave and a weight, with the wave and the label columns named."""
    names = [name for name in (survey.time, *columns) if name]
    asked = _Asked(
        metric,
        survey.time,
        survey.cluster or survey.respondent,
        list(dict.fromkeys(names)),  # the time column may be a label column, too
    )
    job = asked.answers
    if isinstance(survey.source, OnDisk) and asked.unit is None:
        job = asked.kinds
    parts = survey.source.folded(job, listed)
    table = pd.concat(parts, ignore_index=True)
    if asked.unit is None and TIMES in table:
        table = table.loc[table.index.repeat(table.pop(TIMES))]
        table = table.reset_index(drop=True)
    numbers = np.empty(0, np.int64)
    if asked.unit is not None:
        numbers, _ = pd.factorize(table[UNIT])
    return Sample(
        table[VALUE].to_numpy(np.float64),
        table[WEIGHT].to_numpy(np.float64),
        _repeated(numbers),
        table[asked.labels],
    )


class _Asked(NamedTuple):
    """What is read for a sample: a metric, the columns of the wave and of the unit, and of all labels."""

    metric: Metric
    time: str | None
    unit: str | None
    labels: list[str]

    def answers(self, rows: Rows) -> list[pd.DataFrame]:
        """The rows that count, one a line."""
        value = self.metric.values(rows)
        has_wave = rows.labels[self.time].notna().to_numpy(bool)
        has_value = ~np.isnan(value)
        has_weight = rows.weights > 0
        counted = has_value & has_weight & has_wave
        table = rows.labels.loc[counted, self.labels]
        table[VALUE] = value[counted]
        table[WEIGHT] = rows.weights[counted]
        if self.unit is not None:
            table[UNIT] = units_of(rows, self.unit)[counted]
        return [table]

    def kinds(self, rows: Rows) -> list[pd.DataFrame]:
        """The same with those alike on one line, and how many they are."""
        (table,) = self.answers(rows)
        alike = table.groupby(list(table), dropna=False, sort=False, observed=True)
        times = alike.size()
        return [times.reset_index(name=TIMES)]


def _repeated(unit: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The units, or None where each is there once: then there are no clusters."""
    if len(np.unique(unit)) == len(unit):
        return None
    return unit


def find_metric(survey: Survey, name: str | None, figure: Figure = "mean") -> Metric:
    """The touchpoint or outcome of that name; the first outcome for ``None``.

    ``figure``: "mean", which is the NPS of an NPS outcome and the share of a binary one; or "top box", the share of the
    best scores.

    Raises
    ------
    OptionError, ValuesError
        When the name is neither a touchpoint nor an outcome, or has no top box.
    """
    metric = _named(survey, name)
    if figure == "mean":
        return metric
    check_option("figure", figure, Figure)
    check_single_answers(f"figure={figure!r}", survey)
    return _top_box(survey, metric)


def metrics_asked(survey: Survey, names: str | Sequence[str] | None, figure: Figure = "mean") -> list[Metric]:
    """The metrics of one name or several, each once; the first outcome for ``None``.

    Raises
    ------
    OptionError, ValuesError
        When none is named, one is there twice, or one is none.
    """
    if names is None or isinstance(names, str):
        return [find_metric(survey, names, figure)]
    check_in_order("metric", names)
    asked = [find_metric(survey, name, figure) for name in names]
    check_each_once([metric.name for metric in asked])
    return asked


def check_each_once(names: Sequence[str]) -> None:
    """Refuse a list of metrics that is empty, or has one twice."""
    if not names:
        raise OptionError("metric=[] names nothing to follow. Name a touchpoint or an outcome, or leave metric out.")
    for name in names:
        if names.count(name) > 1:
            raise OptionError(f"metric: {name!r} is there twice. Name each metric once.")


def _named(survey: Survey, name: str | None) -> Metric:
    """The touchpoint or outcome of that name."""
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
        return Metric(name, "touchpoint", position, scale=survey.scale, rated=True)
    known = list(dict.fromkeys([*survey.touchpoints, *survey.outcomes]))  # shares are both
    raise unknown_name("metric", name, known, "Touchpoints and outcomes")


def _top_box(survey: Survey, metric: Metric) -> Metric:
    """The share of a metric's best scores."""
    scale = metric.scale
    if metric.rated:
        scale = survey.scales.get(metric.name, scale)
    elif metric.kind == "nps":
        scale = Scale.nps()
    if metric.kind == "binary":
        raise ValuesError(f"{metric.name!r} is a share already. Leave figure='top box' out.")
    if scale is None or scale.top is None:
        what = "scale=" if metric.rated else "outcome_scale="
        raise ValuesError(
            f"figure='top box': {metric.name!r} has no top box. Say it: Survey(..., {what}cx.Scale(1, 5, top=2))."
        )
    best = range(scale.top)
    if lowest_is_best(scale):
        box = [scale.low + place for place in best]
    else:
        box = [scale.high - place for place in reversed(best)]
    least = float(survey.boxes[0, metric.position]) if metric.rated else scale.top_from
    return metric._replace(kind="binary", box=tuple(box), box_from=least)


def _scores_in_words(scores: Sequence[float]) -> str:
    """``5``, ``4 or 5``, ``8 to 10``."""
    first, last = (f"{score:g}" for score in (scores[0], scores[-1]))
    if len(scores) == 1:
        return first
    between = "or" if len(scores) == 2 else "to"
    return f"{first} {between} {last}"


def waves_of(survey: Survey) -> list[Any]:
    """The waves of a survey, in the order of time.

    Raises
    ------
    ColumnError, ValuesError
        ``this survey names no time column, so its waves are not known. Name it: Survey(..., time='column').``
        Or when there are none, or their order cannot be told.
    """
    if survey.time is None:
        raise ColumnError(
            f"this survey names no time column, so its waves are not known. Name it: {survey.made_with(NAMING_TIME)}."
        )
    waves = survey.waves
    if not waves:
        raise ValuesError(
            f"time column {survey.time!r} is empty, so there are no waves. Fill it, or name another: "
            f"{survey.made_with(NAMING_TIME)}."
        )
    return waves


def coefficient(columns: Sequence[ArrayLike], sample: Sample, level: float) -> Estimate:
    """Regress the metric on columns: the last coefficient, with HC3 errors or by cluster (CR3).

    Of too few clusters (below 4 degrees of freedom) it has an interval, but no p-value.
    """
    estimate, _ = clustered_coefficient(columns, sample, level)
    return estimate


def clustered_coefficient(columns: Sequence[ArrayLike], sample: Sample, level: float) -> tuple[Estimate, float]:
    """The same, and its degrees of freedom."""
    design = np.column_stack(columns).astype(float)
    fit = fit_rows(design, sample.value, sample.w, sample.unit)
    last = float(fit.coef[-1])
    df = float(fit.df[-1])
    *span, p_value = _around(last, fit.cov[-1, -1], df, level)
    few = fit.clusters is not None and not df >= FEWEST
    value, low, high = span
    return (value, low, high, np.nan if few else p_value), df


def about_clusters(survey: Survey, sample: Sample, freedom: ArrayLike) -> str:
    """``8 clusters, 5.7 degrees of freedom.``: what estimates rest on; of respondents only where they are too few."""
    if sample.unit is None or not np.size(freedom):
        return ""
    few = not np.min(freedom) >= FEWEST
    if not survey.cluster and not few:
        return ""
    thing = "cluster" if survey.cluster else "respondent"
    return f"{clusters_in_words(len(np.unique(sample.unit)), freedom, thing)}."


def level_of(
    sample: Sample,
    kind: Kind,
    level: float,
) -> tuple[float, float, float]:
    """Value and interval of one sample.

    NPS: adjusted Wald; binary: Wilson; otherwise Student's t; with clusters: each left out in turn (CR3).
    """
    mean, variance, df = sample.moments
    ends: Any
    if sample.unit is not None:
        constant = np.ones(sample.size)
        _, *ends, _ = coefficient([constant], sample, level)
        ends = np.clip(ends, *EDGES.get(kind, (-np.inf, np.inf)))
    elif kind == "nps":
        ends = nps_interval(*sample.nps_counts(level), level)
    elif kind == "binary":
        n = sample.worth(level)
        ends = wilson(mean * n, n, level)
    else:
        _, *ends, _ = _around(mean, variance, df, level)
    return mean, float(ends[0]), float(ends[1])


def change_of(sample: Sample, late: ArrayLike, kind: Kind, level: float) -> Estimate:
    """Change from the answers that are not late to those that are: difference, interval, p-value.

    NPS: the difference of the scores with the adjusted Wald interval and test (Rocks 2016); binary: Newcombe's
    interval from two Wilson intervals (1998, method 10) and the pooled z test; otherwise Welch's t; with
    clusters: each left out in turn (CR3), clusters that answered both times counted once.
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
    _, *rest = nps_difference(before.nps_counts(level), after.nps_counts(level), level)
    low, high, p_value = rest
    return change, low, high, p_value


def _share_change(before: Sample, after: Sample, level: float) -> Estimate:
    """Difference of two shares: Newcombe's interval (1998, method 10), pooled z test."""
    share_before = before.moments.mean
    share_after = after.moments.mean
    n_before = before.worth(level)
    n_after = after.worth(level)
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
    mean_before, variance_before, df_before = before.moments
    mean_after, variance_after, df_after = after.moments
    variance = variance_before + variance_after
    change = mean_after - mean_before
    df = np.nan
    if variance > 0:
        part_before = variance_before**2 / df_before
        part_after = variance_after**2 / df_after
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
