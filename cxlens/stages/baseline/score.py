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

from cxlens.engine.moments import BLOCKS
from cxlens.engine.tables import IN_MEMORY
from cxlens.engine.tallies import BLANK, SCORED, Tally, tally
from cxlens.stats.intervals import effective_n, mean_interval, nps, nps_interval, nps_points, t_quantile, wilson
from cxlens.study.survey import Scale, Survey

Floats = NDArray[np.float64]
AGREE = 1e-9  # a standard error below this is rounding: all clusters agree


class Figures(NamedTuple):
    """A figure of each cell with its interval, its standard error, and the degrees of freedom of that; each (m,).

    ``n``: the effective answers of a share, whose error at a target is known from the target.
    """

    value: Floats
    low: Floats
    high: Floats
    error: Floats
    df: Floats
    n: Floats | None = None

    def below(self, target: Floats) -> Floats:
        """Probability that the true figure is below a target (m,), reading the t distribution around the estimate.

        A share without clusters has the spread it would have at the target (half an answer, where that has none), as
        Wilson's interval does: its own spread is next to nothing where nearly all agree, and would prove too much.
        """
        error, normal = self.error, np.isinf(self.df)
        if self.n is not None:
            there = np.sqrt(np.clip(target * (1 - target), 0, None) / self.n)
            error = np.where(normal, np.where(there > 0, there, 0.5 / self.n), error)
        safe = np.where(error > 0, error, 1.0)
        t = (target - self.value) / safe
        p = np.where(normal, special.ndtr(t), special.stdtr(np.where(normal, 1.0, self.df), t))
        sure = np.where(self.value < target, 1.0, 0.0)
        return np.where(np.isnan(error + target), np.nan, np.where(error > 0, p, sure))


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
        unit = None if self.unit is None else self.unit[mask]
        rows = (self.cell[mask], self.state[mask], self.x[mask], self.n[mask], self.w[mask], self.w2[mask])
        return Answers(self.m, *rows, unit)

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

    def clustered(self, values: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Number of clusters, standard error (CR1) of the sum of w x values over w, and where any cluster has two rows.

        As :func:`cxlens.stats.regression.fit_rows` with a constant alone, where values are deviations from the mean.
        """
        if self.unit is None:
            return np.zeros(self.m), np.zeros(self.m), np.zeros(self.m, bool)
        codes, units = pd.factorize(self.unit)
        pair, found = pd.factorize(self.cell * max(len(units), 1) + codes)
        sums, cell = np.bincount(pair, self.w * values, len(found)), found // max(len(units), 1)
        g = np.bincount(cell, minlength=self.m).astype(float)
        squares = np.bincount(cell, sums**2, self.m)
        few = np.where(g > 1, g, np.nan)
        w = self.total(self.w)
        error = np.sqrt(few / (few - 1) * squares) / np.where(w > 0, w, np.nan)
        return g, error, g < self.total(self.n)


def student(value: Floats, error: Floats, df: Floats, level: float, ends: tuple[float, float]) -> tuple[Floats, Floats]:
    """Student's interval; it ends where the scale does, beyond which no figure can be."""
    low, high = mean_interval(value, error**2 * (df + 1), df + 1, level)
    return np.clip(low, *ends), np.clip(high, *ends)


def means(rows: Answers, scale: Scale | None, level: float) -> Figures:
    """Weighted means of scores; without interval where all are alike."""
    n, mean = rows.effective, rows.mean(rows.x)
    away = rows.x - mean[rows.cell]
    few = np.where(n > 1, n, np.nan)
    error = np.sqrt(rows.mean(away**2) / (few - 1))
    g, by_unit, grouped = rows.clustered(away)
    error, df = np.where(grouped, by_unit, error), np.where(grouped, g, n) - 1
    error = np.where(error > AGREE, error, np.nan)  # all alike: how far others would differ is not known
    ends = (scale.low, scale.high) if scale else (-np.inf, np.inf)
    return Figures(mean, *student(mean, error, df, level, ends), error, df)


def shares(rows: Answers, hit: NDArray[np.bool_], level: float) -> Figures:
    """Weighted shares of the rows that ``hit`` marks.

    Wilson's interval on the effective n. The error is never 0, as if half an answer were otherwise.
    """
    n, share = rows.effective, rows.mean(hit.astype(float))
    g, by_unit, grouped = rows.clustered(hit - share[rows.cell])
    n = np.where(grouped, g, n)
    n = np.where(n > 0, n, np.nan)
    error = np.where(grouped, by_unit, np.sqrt(share * (1 - share) / n))
    agree = ~grouped | (error < AGREE)  # then as many answers as clusters
    ends = student(share, error, n - 1, level, (0, 1))
    low, high = (np.where(agree, *pair) for pair in zip(wilson(share * n, n, level), ends, strict=True))
    df = np.where(grouped, n - 1, np.inf)
    return Figures(share, low, high, np.maximum(error, 0.5 / n), df, n)


def net_promoters(rows: Answers, level: float) -> Figures:
    """Weighted Net Promoter Scores in points; adjusted Wald on the effective n, where clusters do not differ."""
    points, n = nps_points(rows.x), rows.effective
    value = rows.mean(points)
    g, by_unit, grouped = rows.clustered(points - value[rows.cell])
    n = np.where(grouped, g, n)
    w = rows.total(rows.w)
    counts = [rows.total(rows.w * (points == code)) * n / np.where(w > 0, w, np.nan) for code in (-100, 0, 100)]
    agree = ~grouped | (by_unit < AGREE)
    value = np.where(agree, nps(*counts), value)
    adjusted, ends = (
        nps_interval(counts[0], counts[1], counts[2], level),
        student(value, by_unit, n - 1, level, (-100, 100)),
    )
    low, high = (np.where(agree, *pair) for pair in zip(adjusted, ends, strict=True))
    plain = np.sqrt(np.maximum(rows.mean(points**2) - value**2, 0) / np.where(n > 1, n - 1, np.nan))
    return Figures(value, low, high, np.where(agree, plain, by_unit), n - 1)


def trends(rows: Answers, time: Floats, level: float) -> Figures:
    """Slopes of the regression of scores on waves, in points a wave; HC1 errors, with clusters CR1.

    ``time`` (rows,) is the number of each row's wave. NaN where there is one wave.
    """
    t, x = time - rows.mean(time)[rows.cell], rows.x - rows.mean(rows.x)[rows.cell]
    spread = rows.total(rows.w * t**2)
    spread = np.where(spread > 1e-12, spread, np.nan)
    slope = rows.total(rows.w * t * x) / spread
    away = x - slope[rows.cell] * t
    n = rows.total(rows.n)
    few = np.where(n > 2, n, np.nan)
    error = np.sqrt(few / (few - 2) * rows.total(rows.w2 * (t * away) ** 2)) / spread
    g, by_unit, grouped = rows.clustered(t * away)
    again = np.where(n > 2, np.sqrt((n - 1) / np.where(n > 2, n - 2, np.nan)), np.nan)  # CR1 counts both coefficients
    error = np.where(grouped, by_unit * rows.total(rows.w) / spread * again, error)
    df = np.where(grouped, g - 1, n - 2)
    half = t_quantile(level, df) * error
    return Figures(slope, slope - half, slope + half, error, df)


def counted(survey: Survey, by: Sequence[str] = ()) -> Tally:
    """The tally of a survey by these columns; by cluster or respondent too, where ids repeat."""
    unit = survey.cluster or survey.respondent
    if unit and not survey.source.repeats(unit):
        unit = None
    blocks = BLOCKS if survey.n > IN_MEMORY else None
    return tally(survey.source, len(survey.touchpoints), len(survey.outcomes), by, unit=unit, blocks=blocks)


def answers(found: Tally, cell: NDArray[np.int64], m: int) -> Answers:
    """The rows of a tally, given the number of the cell (among m) of each; rows numbered -1 are left out."""
    table = found.table[cell >= 0]
    state, x, n, w, w2 = (table[name].to_numpy() for name in ("state", "value", "n", "w", "w2"))
    return Answers(m, cell[cell >= 0], state, x, n, w, w2, table["unit"].to_numpy() if "unit" in table else None)


def score_means(survey: Survey, by: str | None = None, *, level: float = 0.95) -> pd.DataFrame:
    """The mean score of each touchpoint, by segment where a column is named: what comparisons start from.

    Returns
    -------
    pandas.DataFrame
        ``segment`` ("" without ``by``), ``touchpoint``, ``n`` scores, ``mean``, ``low``, ``high``, ``error`` (standard
        error, cluster-robust where ids repeat) and ``df`` (its degrees of freedom). NaN where there is no score.
    """
    found, p = counted(survey, [by] if by else []), len(survey.touchpoints)
    item, cell = found.table["item"].to_numpy(), found.table["cell"].to_numpy()
    rows = answers(found, np.where(item < p, cell * p + item, -1), len(found.cells) * p).scored
    figures = means(rows, survey.scale, level)
    names = found.cells[by].tolist() if by else [""]
    line = {"segment": np.repeat(names, p), "touchpoint": np.tile(survey.touchpoints, len(names))}
    line |= {"n": rows.total(rows.n).astype(int), "mean": figures.value, "low": figures.low, "high": figures.high}
    return pd.DataFrame(line | {"error": figures.error, "df": figures.df})
