"""One cell of a table: its figure with an interval.

For verbs that hold all answers in memory. What is compared does not belong here; figures of many cells at once are
made in :mod:`cxlens.stages.baseline.score`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.labels import units_of
from cxlens.engine.tallies import SCORED
from cxlens.stages.baseline.score import Answers, means, net_promoters, shares
from cxlens.stats.intervals import effective_n, normal_quantile, t_quantile
from cxlens.study.scale import Scale
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Units = NDArray[np.uint64]
Figure = tuple[float, float, float]  # a value and the ends of its interval
NO_FIGURE: Figure = (np.nan, np.nan, np.nan)
ROUNDING = 1e-9  # a spread that is none


def units_of_answers(survey: Survey) -> Units:
    """(n,) the cluster of each answer in memory, else its respondent; a number of its own without either."""
    rows = survey.rows()
    column = survey.cluster or survey.respondent
    if column is None:
        return np.arange(len(rows.weights), dtype=np.uint64)
    return units_of(rows, column)


def weighted_figure(
    x: Floats,
    w: Floats,
    measure: str,
    level: float,
    scale: Scale | None = None,
    units: Units | None = None,
) -> Figure:
    """Weighted mean (Student), share (Wilson) or NPS (adjusted Wald) of values (n,), linearised.

    Where units repeat, each is left out in turn (CR3), as in the baseline.

    Parameters
    ----------
    x, w
        Values without gaps, and their weights. For a share, 1 and 0; for the NPS, answers from 0 to 10.
    measure
        ``"mean"``, ``"share"`` or ``"NPS"``.
    level
        Confidence level.
    scale
        The interval of a mean ends where its scale does.
    units
        (n,) the cluster or respondent of each value.
    """
    return figure_of(one_cell(x, w, units), measure, level, scale)


def figure_of(rows: Answers, measure: str, level: float, scale: Scale | None = None) -> Figure:
    """The same of the answers of one cell."""
    if measure == "NPS":
        figures = net_promoters(rows, level)
    elif measure == "share":
        figures = shares(rows, rows.x > 0, level)
    else:
        figures = means(rows, scale, level)
    return float(figures.value[0]), float(figures.low[0]), float(figures.high[0])


def weighted_correlation(x: Floats, y: Floats, w: Floats, level: float, units: Units) -> Figure:
    """Weighted correlation with Fisher's interval; NaN where one of them does not vary or n is 3 or less.

    Where units repeat, the error is that of leaving each out, of the influence of answers on the correlation.
    """
    total = w.sum()
    n = float(effective_n(total, (w**2).sum()))
    x = x - w @ x / total
    y = y - w @ y / total
    x_variance = w @ x**2 / total
    y_variance = w @ y**2 / total
    spread = np.sqrt(x_variance * y_variance)
    if not spread > ROUNDING:
        return NO_FIGURE
    r = float(np.clip(w @ (x * y) / total / spread, -1, 1))
    if n <= 3 or abs(r) > 1 - 1e-12:
        return r, np.nan, np.nan
    half = normal_quantile(level) / np.sqrt(n - 3)
    squares = x**2 / x_variance + y**2 / y_variance
    influence = x * y / spread - r * squares / 2
    half = _half_by_cluster(influence, w, units, r, level) or half
    z = np.arctanh(r)
    return r, float(np.tanh(z - half)), float(np.tanh(z + half))


def _half_by_cluster(influence: Floats, w: Floats, units: Units, r: float, level: float) -> float:
    """Half the interval of Fisher's z where units repeat; 0 where none does."""
    clusters = one_cell(influence, w, units).clustered(influence)
    if not clusters.grouped[0]:
        return 0.0
    error = clusters.error[0] / (1 - r**2)
    return float(t_quantile(level, clusters.df[0]) * error)


def one_cell(x: Floats, w: Floats, units: Units | None = None) -> Answers:
    """The values of one cell, as figures are made of them."""
    n = len(x)
    return Answers(
        m=1,
        cell=np.zeros(n, np.int64),
        state=np.full(n, SCORED, np.int64),
        x=x,
        n=np.ones(n, np.int64),
        w=w,
        w2=w**2,
        w3=w**3,
        w4=w**4,
        unit=units,
    )
