"""Figures of a scorecard: means, shares, the NPS and trends of many cells at once, from tallies.

Which figures a baseline shows, and in which words, is the business of :mod:`cxlens.stages.baseline.baseline`; intervals
come from :mod:`cxlens.stats.intervals`, counts from :mod:`cxlens.engine.tallies`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlens.common.values import clusters_in_words
from cxlens.engine.moments import BLOCKS
from cxlens.engine.tables import IN_MEMORY
from cxlens.engine.tallies import BLANK, SCORED, Tally, tally
from cxlens.errors import listing
from cxlens.stats.clusters import FEWEST, one_mean
from cxlens.stats.inference import wald_p
from cxlens.stats.intervals import (
    effective_n,
    mean_interval,
    nps,
    nps_interval,
    nps_points,
    t_quantile,
    wilson,
)
from cxlens.stats.regression import fit_units
from cxlens.study.aggregates import Aggregates, knows
from cxlens.study.dated import names_in_order
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
AGREE = 1e-9  # a standard error below this is rounding: all clusters agree


class Figures(NamedTuple):
    """A figure of each cell with its interval, its standard error, and the degrees of freedom of that; each (m,).

    ``n``: the effective answers of a share, whose error at a target is known from the target. ``clusters``: of how many
    clusters the error is; NaN where it is of answers.
    """

    value: Floats
    low: Floats
    high: Floats
    error: Floats
    df: Floats
    n: Floats | None = None
    clusters: Floats | None = None

    @property
    def too_few(self) -> NDArray[np.bool_]:
        """(m,) where there are too few clusters to tell: no p-value then."""
        if self.clusters is None:
            return np.zeros(len(self.value), bool)
        return ~np.isnan(self.clusters) & ~(self.df >= FEWEST)

    @property
    def p_values(self) -> Floats:
        """(m,) p-value of each figure being 0; NaN where clusters are too few to tell."""
        return np.where(self.too_few, np.nan, wald_p(self.value, self.error, self.df))

    def below(self, target: Floats) -> Floats:
        """Probability that the true figure is below a target (m,), reading the t distribution around the estimate.

        A share without clusters has the spread it would have at the target (half an answer, where that has none), as
        Wilson's interval does: its own spread is next to nothing where nearly all agree, and would prove too much.
        """
        error = self._error_at(target)
        spread = error > 0
        t = (target - self.value) / np.where(spread, error, 1.0)
        normal = np.isinf(self.df)
        df = np.where(normal, 1.0, self.df)
        p = np.where(normal, special.ndtr(t), special.stdtr(df, t))
        certain = np.where(self.value < target, 1.0, 0.0)
        unknown = np.isnan(error + target)
        return np.where(unknown, np.nan, np.where(spread, p, certain))

    def _error_at(self, target: Floats) -> Floats:
        """The standard error, of a share without clusters that at a target."""
        if self.n is None:
            return self.error
        at_target = np.sqrt(np.clip(target * (1 - target), 0, None) / self.n)
        half_an_answer = 0.5 / self.n
        of_share = np.where(at_target > 0, at_target, half_an_answer)
        return np.where(np.isinf(self.df), of_share, self.error)


class Clustered(NamedTuple):
    """By cell (m,): clusters, the error of leaving each out (CR3), its degrees of freedom, where any has two rows."""

    g: Floats
    error: Floats
    df: Floats
    grouped: NDArray[np.bool_]

    @property
    def told(self) -> Floats:
        """The number of clusters where the errors are theirs; NaN elsewhere."""
        return np.where(self.grouped, self.g, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Rows of a tally, each with the number of its cell among m; ``unit`` (clusters) only where ids repeat."""

    m: int
    cell: NDArray[np.int64]
    state: NDArray[np.int64]
    x: Floats
    n: NDArray[np.int64]
    w: Floats
    w2: Floats
    unit: NDArray[np.uint64] | None

    def where(self, mask: NDArray[np.bool_]) -> Answers:
        """The rows that a mask selects."""
        return Answers(
            m=self.m,
            cell=self.cell[mask],
            state=self.state[mask],
            x=self.x[mask],
            n=self.n[mask],
            w=self.w[mask],
            w2=self.w2[mask],
            unit=None if self.unit is None else self.unit[mask],
        )

    @property
    def scored(self) -> Answers:
        """The rows with a score."""
        return self.where(self.state == SCORED)

    @property
    def told(self) -> Answers:
        """The rows of those who told us whether they met the touchpoint."""
        return self.where(self.state != BLANK)

    def total(self, values: Floats | NDArray[np.int64]) -> Floats:
        """The sum of a column by cell, (m,)."""
        return np.bincount(self.cell, values, self.m).astype(np.float64)

    def mean(self, values: Floats) -> Floats:
        """The weighted mean of a column by cell; NaN where there are no rows."""
        w = self.total(self.w)
        return self.total(self.w * values) / np.where(w > 0, w, np.nan)

    @property
    def effective(self) -> Floats:
        """The effective number of answers by cell."""
        return effective_n(self.total(self.w), self.total(self.w2))

    def clustered(self, values: Floats) -> Clustered:
        """What clusters say of the sum of w x values over w.

        As :func:`cxlens.stats.regression.fit_rows` with a constant alone, where values are deviations from the mean.
        """
        if self.unit is None:
            nothing = np.zeros(self.m)
            return Clustered(nothing, nothing, nothing, np.zeros(self.m, bool))
        pair, cell = self.pairs(self.unit)
        g = np.bincount(cell, minlength=self.m).astype(float)
        several = np.where(g > 1, g, np.nan)
        w = self.total(self.w)
        share = np.bincount(pair, self.w, len(cell)) / w[cell]
        left = np.where(g[cell] > 1, 1 - share, np.nan)
        away = np.bincount(pair, self.w * values, len(cell)) / w[cell]
        squared_moves = np.bincount(cell, (away / left) ** 2, self.m)
        ratio = share / left
        sums = [np.bincount(cell, ratio**power, self.m).astype(np.float64) for power in (1, 2, 4)]
        return Clustered(
            g=g,
            error=np.sqrt((several - 1) / several * squared_moves),
            df=one_mean(g, *sums),
            grouped=g < self.total(self.n),
        )

    def pairs(self, unit: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(rows,) the pair of a cell and a cluster that each row is of, and (pairs,) the cell of each."""
        codes, units = pd.factorize(unit)
        size = max(len(units), 1)
        pair, pairs = pd.factorize(self.cell * size + codes)
        return pair, pairs // size


def student(
    value: Floats,
    error: Floats,
    df: Floats,
    level: float,
    ends: tuple[float, float],
) -> tuple[Floats, Floats]:
    """Student's interval; it ends where the scale does, beyond which no figure can be."""
    low, high = mean_interval(value, error**2 * (df + 1), df + 1, level)
    return np.clip(low, *ends), np.clip(high, *ends)


def means(rows: Answers, scale: Scale | None, level: float) -> Figures:
    """Weighted means of scores; without interval where all are alike."""
    n = rows.effective
    mean = rows.mean(rows.x)
    away = rows.x - mean[rows.cell]
    several = np.where(n > 1, n, np.nan)
    plain = np.sqrt(rows.mean(away**2) / (several - 1))
    clusters = rows.clustered(away)
    error = np.where(clusters.grouped, clusters.error, plain)
    error = np.where(error > AGREE, error, np.nan)  # all alike: how far others would differ is not known
    df = np.where(clusters.grouped, clusters.df, n - 1)
    ends = (scale.low, scale.high) if scale else (-np.inf, np.inf)
    low, high = student(mean, error, df, level, ends)
    return Figures(mean, low, high, error, df, clusters=clusters.told)


def shares(rows: Answers, hit: NDArray[np.bool_], level: float) -> Figures:
    """Weighted shares of the rows that ``hit`` marks.

    Wilson's interval on the effective n. The error is never 0, as if half an answer were otherwise.
    """
    share = rows.mean(hit.astype(float))
    clusters = rows.clustered(hit - share[rows.cell])
    n = np.where(clusters.grouped, clusters.g, rows.effective)
    n = np.where(n > 0, n, np.nan)
    error = np.where(clusters.grouped, clusters.error, np.sqrt(share * (1 - share) / n))
    agree = ~clusters.grouped | (error < AGREE)  # then as many answers as clusters
    wilson_low, wilson_high = wilson(share * n, n, level)
    student_low, student_high = student(share, error, clusters.df, level, (0, 1))
    return Figures(
        value=share,
        low=np.where(agree, wilson_low, student_low),
        high=np.where(agree, wilson_high, student_high),
        error=np.maximum(error, 0.5 / n),
        df=np.where(clusters.grouped, clusters.df, np.inf),
        n=n,
        clusters=clusters.told,
    )


def net_promoters(rows: Answers, level: float) -> Figures:
    """Weighted Net Promoter Scores in points; adjusted Wald on the effective n, where clusters do not differ."""
    points = nps_points(rows.x)
    mean = rows.mean(points)
    clusters = rows.clustered(points - mean[rows.cell])
    n = np.where(clusters.grouped, clusters.g, rows.effective)
    detractors, passives, promoters = (rows.mean((points == code).astype(float)) * n for code in (-100, 0, 100))
    agree = ~clusters.grouped | (clusters.error < AGREE)
    value = np.where(agree, nps(detractors, passives, promoters), mean)
    wald_low, wald_high = nps_interval(detractors, passives, promoters, level)
    student_low, student_high = student(value, clusters.error, clusters.df, level, (-100, 100))
    variance = np.maximum(rows.mean(points**2) - value**2, 0)
    plain = np.sqrt(variance / np.where(n > 1, n - 1, np.nan))
    return Figures(
        value=value,
        low=np.where(agree, wald_low, student_low),
        high=np.where(agree, wald_high, student_high),
        error=np.where(agree, plain, clusters.error),
        df=np.where(clusters.grouped, clusters.df, n - 1),
        clusters=clusters.told,
    )


def trends(rows: Answers, time: Floats, level: float) -> Figures:
    """Slopes of the regression of scores on waves, in points a wave; HC1 errors, with clusters CR3.

    ``time`` (rows,) is the number of each row's wave. NaN where there is one wave.
    """
    t = time - rows.mean(time)[rows.cell]
    x = rows.x - rows.mean(rows.x)[rows.cell]
    squares = rows.total(rows.w * t**2)
    squares = np.where(squares > 1e-12, squares, np.nan)
    slope = rows.total(rows.w * t * x) / squares
    away = x - slope[rows.cell] * t
    n = rows.total(rows.n)
    several = np.where(n > 2, n, np.nan)
    plain = np.sqrt(several / (several - 2) * rows.total(rows.w2 * (t * away) ** 2)) / squares  # HC1
    g, by_cluster, freedom, grouped = _trends_by_cluster(rows, t, x)
    error = np.where(grouped, by_cluster, plain)
    df = np.where(grouped, freedom, n - 2)
    half = t_quantile(level, df) * error
    return Figures(
        slope,
        slope - half,
        slope + half,
        error,
        df,
        clusters=np.where(grouped, g, np.nan),
    )


def _trends_by_cluster(rows: Answers, t: Floats, x: Floats) -> Clustered:
    """The errors of the slopes from regressions without each cluster; t and x (rows,) are centred by cell."""
    m = rows.m
    clusters = Clustered(np.zeros(m), np.full(m, np.nan), np.full(m, np.nan), np.zeros(m, bool))
    if rows.unit is None:
        return clusters
    pair, cell = rows.pairs(rows.unit)
    columns = [np.ones(len(t)), t, x]
    products = np.empty((len(cell), 3, 3))
    for i, first in enumerate(columns):
        for j, second in enumerate(columns):
            products[:, i, j] = np.bincount(pair, rows.w * first * second, len(cell))
    n = rows.total(rows.n)
    for place in np.unique(cell):
        fit = fit_units(products[cell == place], int(n[place]))
        clusters.g[place] = fit.clusters
        clusters.error[place] = fit.errors[1]
        clusters.df[place] = fit.df[1]
    return clusters._replace(grouped=clusters.g < n)


def about_clusters(survey: Survey, rows: Answers, mean: Figures, blank: NDArray[np.bool_]) -> str:
    """``8 clusters, 5.7 degrees of freedom``: of the means shown; of respondents only where they are too few."""
    if rows.unit is None or mean.clusters is None:
        return ""
    freedom = mean.df[~np.isnan(mean.clusters) & ~blank]
    if not len(freedom) or not (survey.cluster or np.nanmin(freedom, initial=FEWEST) < FEWEST):
        return ""
    thing = "cluster" if survey.cluster else "respondent"
    if survey.n > IN_MEMORY:
        thing = "block"  # of clusters or respondents
    return clusters_in_words(len(np.unique(rows.unit)), freedom, thing)


def box_shares(boxes: Floats, scored: Answers, level: float) -> dict[str, Figures]:
    """``top_box`` and ``unhappy`` of each cell, where its touchpoint has a box.

    Parameters
    ----------
    boxes
        (2, p) for each touchpoint the lowest score of its top box and the highest of the unhappy; NaN without.
    scored
        Answers with a score; their cells are those of a table times the p touchpoints.
    level
        The confidence level.
    """
    tops, lows = boxes
    if np.isnan(tops).all():
        return {}
    item = scored.cell % len(tops)
    has_box = np.tile(~np.isnan(tops), scored.m // len(tops))
    return {
        "top_box": _where(has_box, shares(scored, scored.x >= tops[item], level)),
        "unhappy": _where(has_box, shares(scored, scored.x <= lows[item], level)),
    }


def _where(given: NDArray[np.bool_], figure: Figures) -> Figures:
    """A figure where there is one."""
    known = {name: values for name, values in figure._asdict().items() if values is not None}
    return figure._replace(**{name: np.where(given, values, np.nan) for name, values in known.items()})


def measures(kind: str, scale: Scale | None) -> list[str]:
    """What is told of an outcome."""
    if kind == "nps":
        return ["NPS"]
    if kind == "binary":
        return ["share"]
    return ["mean", "top box"] if scale and scale.has_box else ["mean"]


def measured(measure: str, rows: Answers, scale: Scale | None, level: float) -> Figures:
    """A measure of an outcome in each cell."""
    if measure == "NPS":
        return net_promoters(rows, level)
    if measure == "mean":
        return means(rows, scale, level)
    least = scale.top_from if scale and measure == "top box" else 1
    return shares(rows, rows.x >= least, level)


def counted(survey: Survey, by: Sequence[str] = ()) -> Tally:
    """The tally of a survey by these columns; by cluster or respondent too, where ids repeat."""
    unit = survey.cluster or survey.respondent
    if unit and not survey.source.repeats(unit):
        unit = None
    blocks = BLOCKS if survey.n > IN_MEMORY else None
    order = {name: names_in_order(survey, name) for name in by}
    return tally(
        survey.source,
        len(survey.touchpoints),
        len(survey.outcomes),
        by,
        unit=unit,
        order=order,
        blocks=blocks,
    )


def answers(counts: Tally, cell: NDArray[np.int64], m: int) -> Answers:
    """The rows of a tally, given the number of the cell (among m) of each; rows numbered -1 are left out."""
    asked = cell >= 0
    table = counts.table[asked]
    return Answers(
        m=m,
        cell=cell[asked],
        state=table["state"].to_numpy(),
        x=table["value"].to_numpy(),
        n=table["n"].to_numpy(),
        w=table["w"].to_numpy(),
        w2=table["w2"].to_numpy(),
        unit=table["unit"].to_numpy() if "unit" in table else None,
    )


def score_means(survey: Survey, by: str | None = None, *, level: float = 0.95) -> pd.DataFrame:
    """The mean score of each touchpoint, by segment where a column is named: what comparisons start from.

    Returns
    -------
    pandas.DataFrame
        ``segment`` ("" without ``by``), ``touchpoint``, ``n`` scores, ``mean``, ``low``, ``high``, ``error`` (standard
        error, of clusters where ids repeat), ``df`` (its degrees of freedom) and ``too_few`` (clusters are too few to
        tell). NaN where there is no score.
    """
    counts = counted(survey, [by] if by else [])
    p = len(survey.touchpoints)
    item = counts.table["item"].to_numpy()
    cell = counts.table["cell"].to_numpy()
    number = np.where(item < p, cell * p + item, -1)  # outcomes come last
    rows = answers(counts, number, len(counts.cells) * p).scored
    figures = means(rows, survey.scale, level)
    segments = counts.cells[by].tolist() if by else [""]
    return pd.DataFrame(
        {
            "segment": np.repeat(segments, p),
            "touchpoint": np.tile(survey.touchpoints, len(segments)),
            "n": rows.total(rows.n).astype(int),
            "mean": figures.value,
            "low": figures.low,
            "high": figures.high,
            "error": figures.error,
            "df": figures.df,
            "too_few": figures.too_few,
        }
    )


def known_figures(survey: Survey, figures: dict[str, Figures]) -> dict[str, Figures]:
    """The figures by name, of an aggregated table those that it holds: its stand-ins tell no others."""
    cells = len(figures["mean"].value)
    nothing = np.full(cells, np.nan)
    unknown = Figures(nothing, nothing, nothing, nothing, nothing)
    known = {}
    for name, figure in figures.items():
        known[name] = figure if knows(survey, name) else unknown
    return known


def of_scale(survey: Survey) -> list[str]:
    """What is to be known of the scores: that they have no scale, or are no single answers; nothing otherwise."""
    if isinstance(survey, Aggregates):
        held = listing(sorted(survey.figures))
        return [f"From an aggregated table of {held}: other figures need single answers."]
    told = [] if survey.scale else ["No scale is given, so every number counts as a score."]
    return [*told, *survey.about_scales(boxes=True)]


def no_outcomes(labels: pd.DataFrame) -> pd.DataFrame:
    """A table of outcomes without rows: an aggregated table of means has none."""
    figures = ["n", "value", "low", "high"]
    columns = [*labels, "outcome", "measure", *figures]
    table = pd.DataFrame(columns=columns)
    return table.astype(dict.fromkeys(figures, float))


def are_alike(figures: dict[str, Figures], n: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where all answers are alike."""
    return (n > 1) & np.isnan(figures["mean"].error)
