"""Figures of a scorecard: means, shares, the NPS and trends of many cells at once, from tallies.

Which figures a baseline shows, and in which words, is the business of :mod:`cxlens.stages.baseline.baseline`; intervals
come from :mod:`cxlens.stats.intervals`, counts from :mod:`cxlens.engine.tallies`, how a trend is judged is said in
:mod:`cxlens.stats.waves`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlens.common.values import clusters_in_words
from cxlens.engine.labels import numbered
from cxlens.engine.moments import BLOCKS
from cxlens.engine.tables import IN_MEMORY
from cxlens.engine.tallies import BLANK, SCORED, Tally, tally
from cxlens.errors import listing
from cxlens.stats.calibration import Calibration
from cxlens.stats.clusters import FEWEST, one_mean
from cxlens.stats.inference import wald_p
from cxlens.stats.intervals import (
    effective_n,
    mean_interval,
    nps,
    nps_interval,
    nps_points,
    wilson,
)
from cxlens.stats.linearised import Weights, pulls, worth
from cxlens.stats.waves import FEW_ANSWERS as FEW_IN_A_WAVE
from cxlens.stats.waves import NO_TREND, Trend, trend
from cxlens.study.aggregates import Aggregates, knows
from cxlens.study.dated import names_in_order
from cxlens.study.scale import Scale
from cxlens.study.survey import MARGINS, Survey

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
        of_clusters = ~np.isnan(self.clusters)
        enough = self.df >= FEWEST
        return of_clusters & ~enough

    @property
    def p_values(self) -> Floats:
        """(m,) p-value of each figure being 0; NaN where clusters are too few to tell."""
        p = wald_p(self.value, self.error, self.df)
        return np.where(self.too_few, np.nan, p)

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
        p_normal = special.ndtr(t)
        p_student = special.stdtr(df, t)
        p = np.where(normal, p_normal, p_student)
        certain = np.where(self.value < target, 1.0, 0.0)
        unknown = np.isnan(error + target)
        known = np.where(spread, p, certain)
        return np.where(unknown, np.nan, known)

    def _error_at(self, target: Floats) -> Floats:
        """The standard error, of a share without clusters that at a target."""
        if self.n is None:
            return self.error
        variance = np.clip(target * (1 - target), 0, None)
        at_target = np.sqrt(variance / self.n)
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
    """Rows of a tally, each with the number of its cell among m; ``unit`` (clusters) only where ids repeat.

    ``combination``: where weights are raked, the values that the margins know each row by, of ``calibration``.
    """

    m: int
    cell: NDArray[np.int64]
    state: NDArray[np.int64]
    x: Floats
    n: NDArray[np.int64]
    w: Floats
    w2: Floats
    w3: Floats
    w4: Floats
    unit: NDArray[np.uint64] | None
    combination: NDArray[np.int64] | None = None
    calibration: Calibration | None = None

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
            w3=self.w3[mask],
            w4=self.w4[mask],
            unit=None if self.unit is None else self.unit[mask],
            combination=None if self.combination is None else self.combination[mask],
            calibration=self.calibration,
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
        weighted = self.total(self.w * values)
        return weighted / np.where(w > 0, w, np.nan)

    @property
    def weights(self) -> Weights:
        """Sums of the weights by cell."""
        return Weights(
            n=self.total(self.n),
            w=self.total(self.w),
            w2=self.total(self.w2),
            w4=self.total(self.w4),
        )

    def variance(self, away: Floats) -> Floats:
        """The variance of a weighted mean by cell, given how far each row is from it: calibrated, or linearised."""
        if self.calibration is not None and self.combination is not None:
            return self.calibration.variance(self.combination, self.cell, self.m, self.w, self.w2, away)
        total = self.total(self.w)[self.cell]
        return self.total(pulls(self.w2, self.w3, total) * away**2)

    def rarest(self, hit: NDArray[np.bool_]) -> Floats:
        """How many answers the hits of each cell are worth by Kish's number, or the misses where these are fewer."""
        worths = []
        for side in (hit, ~hit):
            w = self.total(self.w * side)
            w2 = self.total(self.w2 * side)
            worths.append(effective_n(w, w2))
        return np.minimum(*worths)

    def worth(self, of_one: Floats, away: Floats, hit: NDArray[np.bool_], level: float) -> Floats:
        """How many equal answers would tell a share, or an NPS, as exactly, where one has the variance ``of_one``."""
        variance = self.variance(away)
        if self.calibration is None:
            return worth(of_one, variance, self.weights, self.rarest(hit), level)
        return np.where(variance > 0, of_one / np.where(variance > 0, variance, 1.0), self.weights.kish)

    def clustered(self, values: Floats) -> Clustered:
        """What clusters say of the sum of w x values over w.

        As :func:`cxlens.stats.regression.fit_rows` with a constant alone, where values are deviations from the mean.
        """
        if self.unit is None:
            nothing = np.zeros(self.m)
            return Clustered(
                g=nothing,
                error=nothing,
                df=nothing,
                grouped=np.zeros(self.m, bool),
            )
        pair, cell = self.pairs(self.unit)
        g = np.bincount(cell, minlength=self.m).astype(float)
        several = np.where(g > 1, g, np.nan)
        w = self.total(self.w)[cell]
        weight_of_pair = np.bincount(pair, self.w, len(cell))
        share = weight_of_pair / w
        left = np.where(g[cell] > 1, 1 - share, np.nan)
        sum_of_pair = np.bincount(pair, self.w * values, len(cell))
        away = sum_of_pair / w
        move = away / left  # of the mean of the cell, without this cluster
        squared_moves = np.bincount(cell, move**2, self.m)
        ratio = share / left
        sums = []
        for power in (1, 2, 4):
            sum_of_cell = np.bincount(cell, ratio**power, self.m)
            sums.append(sum_of_cell.astype(np.float64))
        jackknife = (several - 1) / several
        return Clustered(
            g=g,
            error=np.sqrt(jackknife * squared_moves),
            df=one_mean(g, *sums),
            grouped=g < self.total(self.n),
        )

    def pairs(self, unit: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(rows,) the pair of a cell and a cluster that each row is of, and (pairs,) the cell of each."""
        codes, units = pd.factorize(unit)
        size = max(len(units), 1)
        code_of_pair = self.cell * size + codes
        pair, pairs = pd.factorize(code_of_pair)
        return pair, pairs // size


def student(
    value: Floats,
    error: Floats,
    df: Floats,
    level: float,
    ends: tuple[float, float],
) -> tuple[Floats, Floats]:
    """Student's interval; it ends where the scale does, beyond which no figure can be."""
    n = df + 1
    variance = error**2 * n
    low, high = mean_interval(value, variance, n, level)
    return np.clip(low, *ends), np.clip(high, *ends)


def means(rows: Answers, scale: Scale | None, level: float) -> Figures:
    """Weighted means of scores; without interval where all are alike."""
    mean = rows.mean(rows.x)
    away = rows.x - mean[rows.cell]
    plain = np.sqrt(rows.variance(away))
    clusters = rows.clustered(away)
    error = np.where(clusters.grouped, clusters.error, plain)
    error = np.where(error > AGREE, error, np.nan)  # all alike: how far others would differ is not known
    df = np.where(clusters.grouped, clusters.df, rows.weights.df)
    ends = (-np.inf, np.inf)
    if scale:
        ends = (scale.low, scale.high)
    low, high = student(mean, error, df, level, ends)
    return Figures(
        value=mean,
        low=low,
        high=high,
        error=error,
        df=df,
        clusters=clusters.told,
    )


def shares(rows: Answers, hit: NDArray[np.bool_], level: float) -> Figures:
    """Weighted shares of the rows that ``hit`` marks.

    Wilson's interval on the number of equal answers that the share is worth. The error is never 0, as if half an answer
    were otherwise.
    """
    share = rows.mean(hit.astype(float))
    away = hit - share[rows.cell]
    clusters = rows.clustered(away)
    n = np.where(clusters.grouped, clusters.g, rows.worth(share * (1 - share), away, hit, level))
    n = np.where(n > 0, n, np.nan)
    plain = np.sqrt(share * (1 - share) / n)
    error = np.where(clusters.grouped, clusters.error, plain)
    agree = ~clusters.grouped | (error < AGREE)  # then as many answers as clusters
    hits = share * n
    wilson_low, wilson_high = wilson(hits, n, level)
    student_low, student_high = student(
        share,
        error,
        clusters.df,
        level,
        ends=(0, 1),
    )
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
    """Weighted Net Promoter Scores in points; adjusted Wald on the equal answers they are worth, or by clusters."""
    points = nps_points(rows.x)
    mean = rows.mean(points)
    away = points - mean[rows.cell]
    clusters = rows.clustered(away)
    of_one = rows.mean(away**2)
    n = np.where(clusters.grouped, clusters.g, rows.worth(of_one, away, points > 0, level))
    detractors, passives, promoters = _counts_of_groups(rows, points, n)
    agree = ~clusters.grouped | (clusters.error < AGREE)
    value = np.where(agree, nps(detractors, passives, promoters), mean)
    wald_low, wald_high = nps_interval(detractors, passives, promoters, level)
    student_low, student_high = student(
        value,
        clusters.error,
        clusters.df,
        level,
        ends=(-100, 100),
    )
    spare = np.where(clusters.g > 1, clusters.g - 1, np.nan)
    variance = np.where(clusters.grouped, of_one / spare, rows.variance(away))
    return Figures(
        value=value,
        low=np.where(agree, wald_low, student_low),
        high=np.where(agree, wald_high, student_high),
        error=np.where(agree, np.sqrt(variance), clusters.error),
        df=np.where(clusters.grouped, clusters.df, rows.weights.df),
        clusters=clusters.told,
    )


def _counts_of_groups(rows: Answers, points: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """How many of n (m,) are detractors, passives and promoters."""
    groups = []
    for code in (-100, 0, 100):
        is_of_group = points == code
        share = rows.mean(is_of_group.astype(float))
        groups.append(share * n)
    detractors, passives, promoters = groups
    return detractors, passives, promoters


class Trends(NamedTuple):
    """Slopes by cell with their intervals, and their p-values (m,)."""

    figures: Figures
    p_values: Floats


def trends(rows: Answers, time: Floats, level: float) -> Trends:
    """Slopes of the mean scores of waves, in points a wave; each wave counts alike.

    Parameters
    ----------
    rows
        Answers with a score.
    time
        (rows,) the number of each one's wave.
    level
        The confidence level.

    Returns
    -------
    Trends
        NaN below four waves of 30 answers. Without p-value where a wave has too few clusters to tell.
    """
    numbers, place = np.unique(time, return_inverse=True)
    found = [NO_TREND] * rows.m
    uncertain = np.zeros((rows.m, 1), bool)
    if len(numbers):
        waves = _WaveMeans.of(rows, place, len(numbers), level)
        found = [waves.trend(cell, numbers, level) for cell in range(rows.m)]
        uncertain = waves.too_few & waves.are_large
    table = np.array(found, float).reshape(-1, len(NO_TREND))
    slope, low, high, p_value, _ = table.T
    nothing = np.full(rows.m, np.nan)
    figures = Figures(slope, low, high, nothing, nothing)
    return Trends(figures, np.where(uncertain.any(axis=1), np.nan, p_value))


class _WaveMeans(NamedTuple):
    """By cell and wave (m, waves): the mean, its variance, whether answers are enough, and clusters too few."""

    mean: Floats
    variance: Floats
    are_large: NDArray[np.bool_]
    too_few: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Answers, wave: NDArray[np.intp], waves: int, level: float) -> _WaveMeans:
        """The means of rows whose waves are numbered from 0."""
        by_wave = replace(rows, m=rows.m * waves, cell=rows.cell * waves + wave)
        figures = means(by_wave, None, level)
        error = np.nan_to_num(figures.error)  # all alike in a wave: that tells of no spread
        n = by_wave.total(by_wave.n)
        shape = (rows.m, waves)
        return cls(
            figures.value.reshape(shape),
            (error**2).reshape(shape),
            (n >= FEW_IN_A_WAVE).reshape(shape),
            figures.too_few.reshape(shape),
        )

    def trend(self, cell: int, numbers: Floats, level: float) -> Trend:
        """The slope of one cell over its waves that are large enough."""
        large = self.are_large[cell]
        return trend(numbers[large], self.mean[cell, large], self.variance[cell, large], level)


def about_clusters(survey: Survey, rows: Answers, mean: Figures, blank: NDArray[np.bool_]) -> str:
    """``8 clusters, 5.7 degrees of freedom``: of the means shown; of respondents only where they are too few."""
    if rows.unit is None or mean.clusters is None:
        return ""
    is_shown = ~np.isnan(mean.clusters) & ~blank
    freedom = mean.df[is_shown]
    if not len(freedom):
        return ""
    are_few = np.nanmin(freedom, initial=FEWEST) < FEWEST
    if not survey.cluster and not are_few:
        return ""
    thing = "cluster" if survey.cluster else "respondent"
    if survey.n > IN_MEMORY:
        thing = "block"  # of clusters or respondents
    units = len(np.unique(rows.unit))
    return clusters_in_words(units, freedom, thing)


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
    cells = scored.m // len(tops)
    has_box = np.tile(~np.isnan(tops), cells)
    is_top = scored.x >= tops[item]
    is_low = scored.x <= lows[item]
    return {
        "top_box": _where(has_box, shares(scored, is_top, level)),
        "unhappy": _where(has_box, shares(scored, is_low, level)),
    }


def _where(given: NDArray[np.bool_], figure: Figures) -> Figures:
    """A figure where there is one."""
    known = {}
    for name, values in figure._asdict().items():
        if values is not None:
            known[name] = np.where(given, values, np.nan)
    return figure._replace(**known)


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
    if unit is None and survey.calibration is not None:
        return _counted_by_margins(survey, survey.calibration, by)
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


def _counted_by_margins(survey: Survey, calibration: Calibration, by: Sequence[str]) -> Tally:
    """The tally of a survey with raked weights, by what the margins know of each answer: ``combination``."""
    order = {name: names_in_order(survey, name) for name in by}
    items = len(survey.touchpoints)
    outcomes = len(survey.outcomes)
    counts = tally(survey.source, items, outcomes, by, unit=MARGINS, order=order)
    known = numbered(pd.Series(range(len(calibration.w))), 0)
    place = np.argsort(known)
    combination = place[np.searchsorted(known, counts.table["unit"], sorter=place)]
    table = counts.table.drop(columns="unit").assign(combination=combination)
    table.attrs["calibration"] = calibration
    return counts._replace(table=table)


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
        w3=table["w3"].to_numpy(),
        w4=table["w4"].to_numpy(),
        unit=table["unit"].to_numpy() if "unit" in table else None,
        combination=table["combination"].to_numpy() if "combination" in table else None,
        calibration=counts.table.attrs.get("calibration"),
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
    rows, segments = scored_rows(survey, by)
    return table_of_means(survey, rows, segments, level)


def scored_rows(survey: Survey, by: str | None = None) -> tuple[Answers, list[str]]:
    """The scores of all touchpoints, and the segments: cells are those of segments times touchpoints."""
    counts = counted(survey, [by] if by else [])
    p = len(survey.touchpoints)
    item = counts.table["item"].to_numpy()
    cell = counts.table["cell"].to_numpy()
    is_touchpoint = item < p  # outcomes come last
    number = np.where(is_touchpoint, cell * p + item, -1)
    rows = answers(counts, number, len(counts.cells) * p).scored
    segments = counts.cells[by].tolist() if by else [""]
    return rows, segments


def table_of_means(survey: Survey, rows: Answers, segments: list[str], level: float) -> pd.DataFrame:
    """The table of :func:`score_means` from the scores."""
    figures = means(rows, survey.scale, level)
    return pd.DataFrame(
        {
            "segment": np.repeat(segments, len(survey.touchpoints)),
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
    without_spread = np.isnan(figures["mean"].error)
    return (n > 1) & without_spread
