"""A metric over waves: where it stands, and which steps are more than chance.

Also what "a metric", "a sample of it" and "its change" mean, for :mod:`cxlens.stages.impact.designs` too. What
caused a change is the question of that module; control charts and pictures do not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxlens.common import port
from cxlens.common.html import card
from cxlens.common.values import count, number, signed, wave_words
from cxlens.engine.labels import NOT_STATED, units_of
from cxlens.engine.tables import Rows
from cxlens.errors import ColumnError, ValuesError, check_kind, check_level, unknown_name
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.intervals import effective_n, nps_difference, nps_interval, nps_points, t_quantile, wilson
from cxlens.stats.regression import fit_rows
from cxlens.stats.suppression import NOBODY, hidden_cells
from cxlens.study.survey import Survey

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
Kind = Literal["touchpoint", "interval", "ordinal", "nps", "binary"]
Estimate = tuple[float, float, float, float]  # value, low, high, p-value
Line = tuple[Any, ...]  # a row of a table
MIN_N = 5  # answers; a smaller cell is not shown, since it could give persons away
BLANK: Estimate = (np.nan, np.nan, np.nan, np.nan)
BLANK_CELLS = f"Blank: fewer than {MIN_N} answers, or hidden so that such cells cannot be worked out."
STEP = ["change", "change_low", "change_high", "p_value"]
EDGES = {"nps": (-100, 100), "binary": (0, 1)}


class Metric(NamedTuple):
    """A touchpoint or an outcome: its name, its kind, and its column in :class:`~cxlens.engine.tables.Rows`."""

    name: str
    kind: Kind
    position: int

    @property
    def unit(self) -> str:
        """What a change is counted in: "NPS points", "share" (0 to 1), or "scale points"."""
        return {"nps": "NPS points", "binary": "share"}.get(self.kind, "scale points")

    @property
    def label(self) -> str:
        """The name at the start of a sentence; a score of a touchpoint is its satisfaction."""
        name = self.name[:1].upper() + self.name[1:]
        return f"{name} satisfaction" if self.kind == "touchpoint" else name

    def values(self, rows: Rows) -> Floats:
        """(n,) the metric of each row, NaN where there is none; NPS answers as -100, 0 or 100."""
        if self.kind == "touchpoint":
            return rows.scores[:, self.position]
        y = rows.outcomes[:, self.position]
        return nps_points(y) if self.kind == "nps" else y

    def words(self, value: float) -> str:
        """Where the metric stands: ``+12``, ``3.64`` or ``81 %``."""
        if self.kind == "nps":
            return signed(value, 0)
        return f"{number(100 * value, 0)} %" if self.kind == "binary" else number(value)

    def steps(self, value: float, *, sign: bool = False) -> str:
        """A change: ``9.1`` NPS or percentage points, ``0.26`` points of the scale."""
        scale, digits = {"nps": (1, 1), "binary": (100, 1)}.get(self.kind, (1, 2))
        return signed(scale * value, digits) if sign else number(scale * value, digits)


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
        unit = None if self.unit is None else _repeated(self.unit[mask])
        return Sample(self.value[mask], self.w[mask], unit, self.labels[mask])

    @property
    def size(self) -> int:
        """Number of answers."""
        return len(self.w)

    @property
    def enough(self) -> bool:
        """Whether a figure may be shown: 5 answers, and 2 clusters where there are clusters."""
        return self.size >= MIN_N and (self.unit is None or len(np.unique(self.unit)) > 1)

    @property
    def moments(self) -> tuple[float, float, float]:
        """Weighted mean, effective number of answers, and the variance of that mean (NaN for a number of 1)."""
        mean, n = float(np.average(self.value, weights=self.w)), float(effective_n(self.w.sum(), (self.w**2).sum()))
        spread = float(np.average((self.value - mean) ** 2, weights=self.w))
        return mean, n, spread / (n - 1) if n > 1 else np.nan

    @property
    def nps_counts(self) -> tuple[float, float, float]:
        """Detractors, passives and promoters, scaled to the effective n."""
        scale = self.moments[1] / self.w.sum()
        low, middle, high = (float(self.w[self.value == code].sum()) * scale for code in (-100, 0, 100))
        return low, middle, high


def read_sample(survey: Survey, metric: Metric, columns: Sequence[str] = ()) -> Sample:
    """Read the answers that have a score, a wave and a weight, with the wave and the label columns named."""
    names = list(dict.fromkeys(name for name in (survey.time, *columns) if name))
    parts, column = [], survey.cluster or survey.respondent
    for rows in survey.source.batches():
        value = metric.values(rows)
        keep = ~np.isnan(value) & (rows.weights > 0) & rows.labels[survey.time].notna().to_numpy(bool)
        units = units_of(rows, column)[keep] if column else np.empty(0, np.uint64)
        parts.append((value[keep], rows.weights[keep], units, rows.labels.loc[keep, names]))
    values, weights, ids, frames = zip(*parts, strict=True)
    labels: pd.DataFrame = pd.concat(frames, ignore_index=True)
    unit = _repeated(pd.factorize(np.concatenate(ids))[0])
    return Sample(np.concatenate(values), np.concatenate(weights), unit, labels)


def _repeated(unit: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The units, or None where each is there once: then there are no clusters."""
    return unit if len(np.unique(unit)) < len(unit) else None


def find_metric(survey: Survey, name: str | None) -> Metric:
    """The touchpoint or outcome of that name; the first outcome for ``None``.

    Raises
    ------
    OptionError
        When the name is neither a touchpoint nor an outcome.
    """
    name = survey.outcome if name is None else name
    if name in survey.touchpoints:
        return Metric(name, "touchpoint", survey.touchpoints.index(name))
    if name in survey.outcomes:
        return Metric(name, survey.outcomes[name], list(survey.outcomes).index(name))
    raise unknown_name("metric", name, [*survey.touchpoints, *survey.outcomes], "Touchpoints and outcomes")


def waves_of(survey: Survey) -> list[Any]:
    """The waves of a survey, sorted as values.

    Raises
    ------
    ColumnError
        ``this survey names no time column, so waves cannot be told apart. Name it: Survey(..., time='column').``
    """
    if survey.time is None:
        raise ColumnError(
            "this survey names no time column, so waves cannot be told apart. Name it: Survey(..., time='column')."
        )
    return survey.source.distinct(survey.time)


def coefficient(columns: Sequence[ArrayLike], sample: Sample, level: float) -> Estimate:
    """Regress the metric on columns: the last coefficient, with HC3 errors or by cluster (CR1)."""
    fit = fit_rows(np.column_stack(columns).astype(float), sample.value, sample.w, sample.unit)
    return _around(float(fit.coef[-1]), fit.cov[-1, -1], fit.df, level)


def level_of(sample: Sample, kind: Kind, level: float) -> tuple[float, float, float]:
    """Value and interval of one sample.

    NPS: adjusted Wald; binary: Wilson; otherwise Student's t; with clusters: cluster-robust (CR1).
    """
    mean, n, variance = sample.moments
    ends: Any
    if sample.unit is not None:
        ends = np.clip(coefficient([np.ones(sample.size)], sample, level)[1:3], *EDGES.get(kind, (-np.inf, np.inf)))
    elif kind == "nps":
        ends = nps_interval(*sample.nps_counts, level)
    elif kind == "binary":
        ends = wilson(mean * n, n, level)
    else:
        ends = _around(mean, variance, n - 1, level)[1:3]
    return mean, float(ends[0]), float(ends[1])


def change_of(sample: Sample, late: ArrayLike, kind: Kind, level: float) -> Estimate:
    """Change from the answers that are not late to those that are: difference, interval, p-value.

    NPS: the difference of the scores with the adjusted Wald interval and test (Rocks 2016); binary: Newcombe's
    interval from two Wilson intervals (1998, method 10) and the pooled z test; otherwise Welch's t; with
    clusters: cluster-robust (CR1), clusters that answered both times counted once.
    """
    if sample.unit is not None:
        return coefficient([np.ones(sample.size), late], sample, level)
    before, after = sample.take(~np.asarray(late, bool)), sample.take(late)
    (m0, n0, v0), (m1, n1, v1) = before.moments, after.moments
    change = m1 - m0
    if kind == "nps":
        return (change, *nps_difference(before.nps_counts, after.nps_counts, level)[1:])
    if kind == "binary":
        (_, l0, u0), (_, l1, u1) = (level_of(half, kind, level) for half in (before, after))
        pooled = (m0 * n0 + m1 * n1) / (n0 + n1)
        p_value = wald_p(change, np.sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1)), np.inf)
        return change, change - np.hypot(m1 - l1, u0 - m0), change + np.hypot(u1 - m1, m0 - l0), float(p_value)
    df = (v0 + v1) ** 2 / (v0**2 / (n0 - 1) + v1**2 / (n1 - 1)) if v0 + v1 > 0 else np.nan
    return _around(change, v0 + v1, df, level)


def _around(value: float, variance: float, df: float, level: float) -> Estimate:
    """Student's interval and p-value; blank where answers do not vary but for rounding."""
    error = float(np.sqrt(max(variance, 0.0)))
    if not error > 1e-9 * (1 + abs(value)):
        return (value, *BLANK[1:])
    half = float(t_quantile(level, df)) * error
    return value, value - half, value + half, float(wald_p(value, error, df))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Monitor:
    """A metric over waves; made by :func:`monitor`.

    Attributes
    ----------
    table : DataFrame
        One row a wave (and ``segment``, when ``by`` is given): ``wave``, ``n`` answers, ``value`` with ``low``
        and ``high``; ``change`` against the wave before with ``change_low``, ``change_high``, ``p_value`` and
        ``q_value`` (Benjamini-Hochberg over all changes of the table). Cells of fewer than 5 answers (or, with
        clusters, of a single one) are blank, ``n`` included, and as many more as keep them from being worked out from
        totals; so are changes to and from them.
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

    def __str__(self) -> str:
        metric = find_metric(self.survey, self.metric)
        end = f"{_clearest_step(metric, self.table, self.level)}. n = {count(self.table['n'].sum())}."
        if self.by is not None:
            clear = self.overall[self.overall["q_value"] < 1 - self.level]
            risen = int((clear["change"] > 0).sum())
            change = f"rose clearly in {risen} and fell clearly in {len(clear) - risen} of {len(self.overall)} segments"
            change = change if len(clear) else f"did not change clearly in any of {len(self.overall)} segments"
            return f"{metric.label} {change} between the first and the last wave{end}"
        shown = self.table.dropna(subset="value")
        first, last = (_standing(metric, shown.iloc[k]) for k in (0, -1))
        if len(shown) == 1:
            return f"{metric.label} was {first}{end}"
        row = self.overall.iloc[0]
        verb = "rose" if row["change_low"] > 0 else "fell" if row["change_high"] < 0 else "did not change clearly"
        return f"{metric.label} {verb} from {first} to {last}{end}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        note = f"Intervals: {100 * self.level:g} %. change: against the wave before. {BLANK_CELLS}"
        return card(str(self), self.table, note)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Draw the metric over the waves on an Axes, and return it."""
        return port.draw(self, ax)

    def explore(self) -> Widget:
        """The widget: the same figures with controls."""
        return port.widget_of(self)


def monitor(survey: Survey, *, metric: str | None = None, by: str | None = None, level: float = 0.95) -> Monitor:
    """Follow a metric over the waves of a survey.

    Parameters
    ----------
    survey
        Answers with a ``time`` column. Its values are the waves, sorted as values.
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
        When the survey has no time column, the metric or ``by`` is unknown, or no wave has 5 answers and can be shown
        without telling of one that has fewer.

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
    found, waves = find_metric(survey, metric), waves_of(survey)
    survey.check_by(by)
    check_level(level)
    data = read_sample(survey, found, [by] if by else [])
    groups = data.labels[by] if by else pd.Series("all", data.labels.index)
    codes, values = pd.factorize(groups.mask(groups == ""))
    names = [*map(wave_words, values), NOT_STATED]  # a missing value has the code -1
    segments = sorted((names[code], code) for code in np.unique(codes))
    samples = [_by_wave(data.take(codes == code), survey.time, waves) for _, code in segments]
    sizes = np.array([[cell.size or NOBODY for cell in cells] for cells in samples])
    hidden = hidden_cells(sizes, MIN_N)
    lines, ends = [], []
    for (segment, code), cells, blank in zip(segments, samples, hidden, strict=True):
        shown = [wave for wave, cell, hide in zip(waves, cells, blank, strict=True) if cell.enough and not hide]
        series, end = _follow(data.take(codes == code), survey.time, waves, shown, found.kind, level)
        lines += [(segment, *line) for line in series]
        ends.append((segment, *end))
    table = pd.DataFrame(lines, columns=["segment", "wave", "n", "value", "low", "high", *STEP]).astype({"n": "Int64"})
    overall = pd.DataFrame(ends, columns=["segment", "first", "last", *STEP])
    if table["n"].isna().all():
        few = f"has fewer than {MIN_N} answers in every wave"
        told = f"has a wave of fewer than {MIN_N} answers, which the others would tell"
        any_large = any(cell.enough for cells in samples for cell in cells)
        raise ValuesError(f"metric {found.name!r} {told if any_large else few}. Join waves, or choose another metric.")
    for frame in (table, overall):
        frame["q_value"] = benjamini_hochberg(frame["p_value"])
    if by is None:
        table, overall = table.drop(columns="segment"), overall.drop(columns="segment")
    return Monitor(table, overall, found.name, found.unit, survey, by, level)


def _by_wave(data: Sample, time: str | None, waves: list[Any]) -> list[Sample]:
    """The answers of each wave."""
    return [data.take(data.labels[time].isin([wave])) for wave in waves]


def _follow(
    data: Sample, time: str | None, waves: list[Any], shown: list[Any], kind: Kind, level: float
) -> tuple[list[Line], Line]:
    """Lines of one segment, a wave each, and its change from the first to the last wave shown."""
    when = data.labels[time]
    cells = dict(zip(waves, _by_wave(data, time, waves), strict=True))

    def change(first: Any, last: Any) -> Estimate:
        if first not in shown or last not in shown:
            return BLANK
        pair = when.isin([first, last])
        return change_of(data.take(pair), when[pair].isin([last]), kind, level)

    lines = []
    for before, wave in zip([None, *waves], waves, strict=False):
        n, now = (cells[wave].size, level_of(cells[wave], kind, level)) if wave in shown else (pd.NA, BLANK[:3])
        lines.append((wave, n, *now, *change(before, wave)))
    first, last = (shown[0], shown[-1]) if len(shown) > 1 else (None, None)
    return lines, (first, last, *change(first, last))


def _standing(metric: Metric, row: pd.Series[Any]) -> str:
    low, high = (metric.words(row[end]).lstrip("+") for end in ("low", "high"))
    return f"{metric.words(row['value'])} [{low}, {high}] in {wave_words(row['wave'])}"


def _clearest_step(metric: Metric, table: pd.DataFrame, level: float) -> str:
    """The step with the smallest p, as words; nothing where no step is clear."""
    if not (table["q_value"] < 1 - level).any():
        return ""
    k = int(table["p_value"].argmin())
    row = table.iloc[k]
    q = "q < 0.01" if row["q_value"] < 0.01 else f"q = {number(row['q_value'])}"
    place = f"{row['segment']}, " if "segment" in table else ""
    words = f"{wave_words(table['wave'].iloc[k - 1])} to {wave_words(row['wave'])}"
    low, high = (metric.steps(row[end]) for end in ("change_low", "change_high"))
    return f"; the clearest step was {place}{words} ({metric.steps(row['change'], sign=True)} [{low}, {high}], {q})"
