"""Stage 2: how well each touchpoint serves.

The verb :func:`baseline` and its result. Intervals come from :mod:`cxlens.stats.intervals`, counts from
:mod:`cxlens.engine.tallies`; what matters most is a question for drivers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from cxlens.engine.moments import BLOCKS
from cxlens.engine.tables import IN_MEMORY
from cxlens.engine.tallies import tally
from cxlens.errors import OptionError, ValuesError, check_kind, check_level
from cxlens.model.survey import Scale, Survey
from cxlens.model.text import card, count, interval, number, percent, plural, probability
from cxlens.model.touchpoints import SURVEY_METRICS, Standard, Touchpoint, TouchpointMap
from cxlens.stats.intervals import effective_n, mean_interval, nps, nps_interval, nps_points, wilson

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.axes import Axes

FEW = 30  # fewer answers than this are flagged
AGREE = 1e-9  # a standard error below this is rounding: all clusters agree
HIDDEN = "hidden, so that the other cannot be worked out"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Baseline:
    """How well each touchpoint serves: the result of :func:`baseline`.

    Attributes
    ----------
    table
        One row a touchpoint (and segment): ``segment`` (with ``by``), ``touchpoint``, ``stage``, ``n`` scores,
        ``reach`` (users among those who told us) with its interval, ``mean`` of the users with ``low`` and
        ``high``, ``top_box`` (their share of high scores) with its interval, ``metric`` and ``standard`` of the
        touchpoint's first score standard, ``gap`` to it, ``p_below`` (probability that the true figure is below
        it), ``note``. Cells of fewer than ``min_n`` answers are blank; where such a cell would follow from the total
        and the other segments, the next smallest is blank as well.
    outcomes
        One row a measure of an outcome (and segment): ``segment``, ``outcome``, ``measure`` ("NPS", "mean",
        "top box" or "share"), ``n``, ``value``, ``low``, ``high``.
    """

    table: pd.DataFrame
    outcomes: pd.DataFrame
    survey: Survey
    touchpoint_map: TouchpointMap | None
    by: str | None
    min_n: int
    level: float

    def __str__(self) -> str:
        shown = self.table.dropna(subset="mean")
        if shown.empty:
            return f"No touchpoint has {self.min_n} answers or more: {plural(self.survey.n, 'answer')} in all."
        firm = shown[shown["n"] >= FEW]  # a cell of few answers leads only where there are no others
        row = (shown if firm.empty else firm).sort_values("mean", kind="stable").iloc[0]
        scale = self.survey.scale
        of = f" of {scale.high:g}" if scale else ""
        where = f" in {row['segment']}" if self.by else ""
        told = "" if pd.isna(row["reach"]) else f" ({percent(row['reach'])} used it)"
        standard = ""
        if pd.notna(row["gap"]):
            side, p = ("below", row["p_below"]) if row["gap"] < 0 else ("at or above", 1 - row["p_below"])
            target = f"{side} the standard {row['standard']:g}"
            if row["metric"] == "top_box":
                target = f"top box {percent(row['top_box'])}, {side} the standard {percent(row['standard'])}"
            standard = f"; {target}{'' if pd.isna(p) else f' (probability {probability(p)})'}"
        return (
            f"Rated lowest: {row['touchpoint']}{where}, {number(row['mean'])}{of} {interval(row['low'], row['high'])}, "
            f"n = {count(row['n'])}{told}{standard}."
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return card(str(self), self.table, self.note)

    @property
    def note(self) -> str:
        """How to read the table."""
        weighted = " Figures are weighted, n is not." if self.survey.weight else ""
        return (
            f"Intervals: {percent(self.level)}. Means and top boxes are among users. "
            f"Cells of fewer than {self.min_n} answers are blank.{weighted}"
        )

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """The scorecard: a dot and interval for each touchpoint, its standard marked."""
        from cxlens.show.charts import baseline_chart

        return baseline_chart(self, ax)

    def explore(self) -> Widget:
        """The scorecard with controls for segment column and measure."""
        from cxlens.show.widgets.explore import explore_baseline

        return explore_baseline(self)


def baseline(
    survey: Survey,
    touchpoint_map: TouchpointMap | None = None,
    *,
    by: str | None = None,
    min_n: int = 5,
    level: float = 0.95,
) -> Baseline:
    """Score every touchpoint: how many meet it, how they rate it, how far it is from its standard.

    Parameters
    ----------
    survey
        The answers.
    touchpoint_map
        Where each touchpoint stands in the lifecycle, and its standards. Touchpoints that are on the map but not
        in the survey are listed without figures.
    by
        A segment, wave or channel column: the same figures for each of its values.
    min_n
        Cells of fewer answers are left blank.
    level
        Confidence level of the intervals.

    Returns
    -------
    Baseline

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When ``by`` is not a segment of the survey, an argument is of another kind, or ``level`` or ``min_n`` is
        out of range.

    Notes
    -----
    Means have Student's interval, shares Wilson's (1927), the NPS the adjusted Wald interval (Rocks 2016), all on
    the effective number of answers. With clusters, or respondents who answered more than once: cluster-robust
    (CR1), as in :func:`cxlens.analysis.monitor.monitor`; beyond 100,000 answers over 200 blocks of clusters. Where
    all clusters agree, shares and the NPS have the interval of one answer a cluster; a single cluster has none.
    ``p_below`` reads the same t distribution as a probability.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> result = cx.baseline(study.survey(), study.map())
    >>> result.table.columns[:4].tolist()
    ['touchpoint', 'stage', 'n', 'reach']
    """
    check_kind("baseline", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    if not isinstance(touchpoint_map, TouchpointMap | None):
        groups = f" For groups give by={touchpoint_map!r}." if isinstance(touchpoint_map, str) else ""
        raise OptionError(f"touchpoint_map takes a TouchpointMap, not a {type(touchpoint_map).__name__}.{groups}")
    survey.check_by(by)
    check_level(level)
    if min_n < 1:
        raise ValuesError(f"min_n={min_n} hides nothing and means nothing. Give 1 or more; 5 is usual.")
    counts = _counts(survey, by)
    places = {place.name: place for place in touchpoint_map or ()}
    lines, outcomes, hidden = [], [], _also_hidden(counts, min_n)
    for segment, own in list(counts.groupby("segment", sort=True)) or [("", counts)]:
        items = {name: own[own["item"] == name] for name in (*survey.touchpoints, *survey.outcomes)}
        for name in dict.fromkeys((*survey.touchpoints, *places)):
            place, figures = places.get(name), {"note": "not in the survey"}
            if name in survey.touchpoints:
                asked = (survey.scale, _score_standard(place), min_n, level, (name, segment) in hidden)
                figures = _touchpoint_figures(items[name], *asked)
            stage = place.stage if place else None
            lines.append({"segment": segment, "touchpoint": name, "stage": stage, **figures})
        for name, kind in survey.outcomes.items():
            least = np.inf if (name, segment) in hidden else min_n
            found = _outcome_figures(items[name], kind, survey.outcome_scales.get(name), least, level)
            outcomes += [{"segment": segment, "outcome": name, **line} for line in found]
    table, results = (pd.DataFrame(rows).astype({"n": "Int64"}) for rows in (lines, outcomes))
    if by is None:
        table, results = table.drop(columns="segment"), results.drop(columns="segment")
    return Baseline(table, results, survey, touchpoint_map, by, min_n, level)


def _counts(survey: Survey, by: str | None) -> pd.DataFrame:
    """The tally, by cluster or respondent where ids repeat."""
    unit = survey.cluster or survey.respondent
    if unit and not survey.source.repeats(unit):
        unit = None
    blocks = BLOCKS if survey.n > IN_MEMORY else None
    return tally(survey.source, survey.touchpoints, list(survey.outcomes), by, unit=unit, blocks=blocks)


def _also_hidden(counts: pd.DataFrame, min_n: int) -> set[tuple[Any, Any]]:
    """Pairs of item and segment to hide, so that what is hidden of an item is two cells and ``min_n`` answers."""
    found: set[tuple[Any, Any]] = set()
    scored = counts[counts["state"] == "scored"].groupby(["item", "segment"])["n"].sum()
    for _, sizes in scored.groupby(level="item"):
        ordered = sizes.sort_values(kind="stable")
        small = k = int((ordered < min_n).sum())
        while 0 < k < len(ordered) and (k == 1 or ordered.iloc[:k].sum() < min_n):
            k += 1
        found.update(ordered.index[small:k])
    return found


class _Figure(NamedTuple):
    """A figure with its interval, its standard error, and the degrees of freedom of that."""

    value: float
    low: float
    high: float
    error: float
    df: float


BLANK = _Figure(*[np.nan] * 5)


def _by_unit(part: pd.DataFrame, x: Any) -> tuple[int, float] | None:
    """Number of clusters and standard error (CR1) of the weighted mean of x; None where no cluster has two answers.

    As :func:`cxlens.stats.regression.fit_rows` with a constant alone, from a tally by unit.
    """
    if "unit" not in part or part["unit"].nunique() == part["n"].sum():
        return None
    w, x = part["w"].to_numpy(), np.asarray(x, float)
    sums = np.bincount(pd.factorize(part["unit"])[0], w * (x - w @ x / w.sum()))
    g = len(sums)
    return g, float(np.sqrt(g / (g - 1) * sums @ sums) / w.sum()) if g > 1 else np.nan


def _student(value: float, error: float, n: float, level: float, ends: tuple[Any, Any]) -> tuple[float, float]:
    """Student's interval; it ends where the scale does, beyond which no figure can be."""
    low, high = np.clip(mean_interval(value, error**2 * n, n, level), *ends)
    return float(low), float(high)


def _mean(scored: pd.DataFrame, scale: Scale | None, level: float) -> _Figure:
    """Weighted mean from a tally of scores."""
    w, w2, x = scored["w"].to_numpy(), scored["w2"].to_numpy(), scored["value"].to_numpy()
    n = float(effective_n(w.sum(), w2.sum()))
    mean = float(w @ x / w.sum())
    own = float(np.sqrt(w @ (x - mean) ** 2 / w.sum() / (n - 1))) if n > 1 else np.nan
    n, error = _by_unit(scored, x) or (n, own)
    ends = (scale.low, scale.high) if scale else (None, None)
    return _Figure(mean, *_student(mean, error, n, level, ends), error, n - 1)


def _share(part: pd.DataFrame, hit: Any, level: float) -> _Figure:
    """Weighted share of the rows of a tally that ``hit`` marks.

    Wilson's interval on the effective n. The error is never 0, as if half an answer were otherwise.
    """
    w, total = part["w"].to_numpy(), part["w"].sum()
    n = float(effective_n(total, part["w2"].sum()))
    share = float(w[np.asarray(hit)].sum() / total)
    found = _by_unit(part, hit)
    n, error = found or (n, np.sqrt(share * (1 - share) / n))
    agree = found is None or error < AGREE  # then as many answers as clusters
    low, high = wilson(share * n, n, level) if agree else _student(share, error, n, level, (0, 1))
    df = np.inf if found is None else n - 1
    return _Figure(share, float(low), float(high), float(np.maximum(error, 0.5 / n)), df)


def _nps(scored: pd.DataFrame, level: float) -> _Figure:
    """Weighted Net Promoter Score in points; adjusted Wald on the effective n, where clusters do not differ."""
    x, w = scored["value"], scored["w"].to_numpy()
    points = nps_points(x)
    n, error = _by_unit(scored, points) or (float(effective_n(w.sum(), scored["w2"].sum())), 0.0)
    if not error < AGREE:
        value = float(np.average(points, weights=w))
        return _Figure(value, *_student(value, error, n, level, (-100, 100)), error, n - 1)
    det, pas, pro = (w[points == code].sum() * n / w.sum() for code in (-100, 0, 100))
    low, high = nps_interval(det, pas, pro, level)
    return _Figure(float(nps(det, pas, pro)), float(low), float(high), error, n - 1)


def _touchpoint_figures(
    own: pd.DataFrame, scale: Scale | None, standard: Standard | None, min_n: int, level: float, hidden: bool
) -> dict[str, Any]:
    scored, told = own[own["state"] == "scored"], own[own["state"] != "blank"]
    n = int(scored["n"].sum())
    line: dict[str, Any] = dict.fromkeys(
        ["n", "reach", "reach_low", "reach_high", "mean", "low", "high", "top_box", "top_box_low", "top_box_high",
         "metric", "standard", "gap", "p_below"], np.nan)  # fmt: skip
    few = [f"fewer than {FEW} answers"] if n < FEW else []
    line |= {"n": n, "note": "".join(few), "metric": standard.metric if standard else None}
    if standard:
        line["standard"] = standard.target
    if n < min_n:
        return line | {"n": pd.NA, "note": "no answers" if n == 0 else f"fewer than {min_n} answers"}
    if hidden:
        return line | {"n": pd.NA, "note": "; ".join([*few, HIDDEN])}
    found = {"reach": _share(told, told["state"] == "scored", level), "mean": _mean(scored, scale, level)}
    if scale:
        found["top_box"] = _share(scored, scored["value"] >= scale.top_from, level)
    for name, figure in found.items():
        prefix = "" if name == "mean" else f"{name}_"
        line |= {name: figure.value, f"{prefix}low": figure.low, f"{prefix}high": figure.high}
    if standard and standard.metric in found:
        figure = found[standard.metric]
        line |= {"gap": figure.value - standard.target, "p_below": _below(figure, standard.target)}
    return line


def _outcome_figures(
    own: pd.DataFrame, kind: str, scale: Scale | None, min_n: float, level: float
) -> list[dict[str, Any]]:
    scored = own[own["state"] == "scored"]
    n = int(scored["n"].sum())
    measures = {"nps": ["NPS"], "binary": ["share"]}.get(kind, ["mean", "top box"] if scale else ["mean"])
    few = n < min_n
    found = {measure: BLANK if few else _measure(measure, scored, scale, level) for measure in measures}
    n_shown = pd.NA if few else n
    return [{"measure": m, "n": n_shown, "value": f.value, "low": f.low, "high": f.high} for m, f in found.items()]


def _measure(measure: str, scored: pd.DataFrame, scale: Scale | None, level: float) -> _Figure:
    if measure == "NPS":
        return _nps(scored, level)
    if measure == "mean":
        return _mean(scored, scale, level)
    return _share(scored, scored["value"] >= (scale.top_from if scale and measure == "top box" else 1), level)


def _score_standard(place: Touchpoint | None) -> Standard | None:
    """The first standard of a touchpoint that a survey can measure."""
    return next((one for one in (place.standards if place else ()) if one.metric in SURVEY_METRICS), None)


def _below(figure: _Figure, target: float) -> float:
    """Probability that the true figure is below the target, reading the t distribution around the estimate."""
    if np.isnan(figure.error):
        return np.nan
    if not figure.error > 0:
        return float(figure.value < target)
    t = (target - figure.value) / figure.error
    return float(special.ndtr(t) if np.isinf(figure.df) else special.stdtr(figure.df, t))
