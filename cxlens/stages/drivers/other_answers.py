"""Means of other answers than those of the drivers, such as a competitor's survey, with an error of their own.

What they are compared with is the business of :mod:`cxlens.stages.drivers.value_added` and
:mod:`cxlens.stages.drivers.opportunity`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.batches import added
from cxlens.engine.labels import units_of
from cxlens.engine.tables import IN_MEMORY, Rows
from cxlens.errors import ValuesError, listing
from cxlens.stages.drivers.fit import SMALLEST
from cxlens.stages.drivers.record import Fit
from cxlens.stats.bootstrap import multiplicities, resample
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
ValueOfScores = Callable[[Floats], Floats]


class Means(NamedTuple):
    """One figure for each of p touchpoints: (1, 1, p) as it is, and (d, 1, p) draws; NaN where there is none.

    What is exact has one draw, the figure itself. Draws are NaN where all answers are alike, or from one cluster: the
    error of such a figure is not known.
    """

    estimate: Floats
    draws: Floats

    @property
    def by_touchpoint(self) -> Floats:
        """(p,) the figures as they are."""
        figures: Floats = self.estimate[0, 0]
        return figures

    @property
    def unsure(self) -> NDArray[np.bool_]:
        """(p,) which figures have an error that is not known."""
        is_known = ~np.isnan(self.by_touchpoint)
        is_blank = np.isnan(self.draws)
        never_drawn = is_blank.all(axis=(0, 1))
        return np.asarray(is_known & never_drawn)


def without_interval(record: Fit, means: Means) -> str:
    """Which touchpoints have no interval, since it is not known how far off their figure is; "" without any."""
    places = np.flatnonzero(means.unsure)
    if not len(places):
        return ""
    names = [record.touchpoints[place] for place in places]
    listed = listing(names, 30)
    return f"No interval for {listed}: its other answers are all alike, or from one cluster."


def exactly(figures: Floats) -> Means:
    """Figures (p,) without an error."""
    estimate = np.asarray(figures, float)[None, None]
    return Means(estimate, estimate)


def means_elsewhere(record: Fit, survey: Survey, value: ValueOfScores) -> Means:
    """Means, in another sample, of what each score is worth, and draws of them.

    Beyond 100,000 answers they are taken as exact. NaN where it has fewer than 5 scores.

    Raises
    ------
    ValuesError
        When it has none of the touchpoints.
    """
    shared = [name for name in record.touchpoints if name in survey.touchpoints]
    if not shared:
        raise ValuesError(
            f"the other survey has none of the touchpoints {listing(record.touchpoints, 30)}. "
            f"It has: {listing(survey.touchpoints, 30)}. Name its columns alike: touchpoints={{name: column}}."
        )
    survey = survey.only(shared)
    places = [record.touchpoints.index(name) for name in shared]

    def summed(rows: Rows) -> Floats:
        sums = weighted_sums(value(rows.scores), rows.scores, rows.weights)
        return np.asarray(sums.sum(axis=0))

    totals = survey.source.folded(summed, added)
    figures = np.full(len(record.touchpoints), np.nan)
    figures[places] = weighted_means(totals)
    if record.draws is None or survey.n > IN_MEMORY:
        return exactly(figures)
    draws = np.full((record.n_boot, 1, len(record.touchpoints)), np.nan)
    draws[:, 0, places] = _resampled_means(record, survey, value)
    return Means(figures[None, None], draws)


def _resampled_means(record: Fit, survey: Survey, value: ValueOfScores) -> Floats:
    """(d, p) means in resamples of the clusters or respondents of another sample."""
    rows = survey.rows()
    unit = survey.cluster or survey.respondent
    units = np.arange(len(rows))
    if unit:
        _, units = np.unique(units_of(rows, unit), return_inverse=True)
    rng = np.random.default_rng([record.seed, 1])  # not the draws of the drivers again: another sample
    times_drawn = multiplicities(units.max() + 1, record.n_boot, rng)
    sums = weighted_sums(value(rows.scores), rows.scores, rows.weights)
    drawn = resample(times_drawn, units, iter([(slice(None), sums)]))
    return np.where(_alike(rows.scores, value, units), np.nan, weighted_means(drawn, least=1))


def _alike(scores: Floats, value: ValueOfScores, units: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(p,) of which touchpoints all answers are worth the same, or come from one cluster: none differs when drawn."""
    is_blank = np.isnan(scores)
    worth = np.where(is_blank, np.nan, value(scores))
    most = np.fmax.reduce(worth, axis=0)
    least = np.fmin.reduce(worth, axis=0)
    is_one_cluster = units.max() == 0
    return np.asarray((most == least) | is_one_cluster)


def weighted_sums(values: Floats, scores: Floats, weights: Floats) -> Floats:
    """(m, 3 p) for each row: whether there is a score, its weight, weight times value; to be summed."""
    weight = np.where(np.isnan(scores), 0.0, weights[:, None])
    return np.hstack([weight > 0, weight, weight * np.nan_to_num(values)])


def weighted_means(sums: Floats, least: float = SMALLEST) -> Floats:
    """(..., p) weighted means from such sums; NaN for fewer scores than ``least``."""
    n, weight, total = np.split(sums, 3, axis=-1)
    unknown = np.full(n.shape, np.nan)
    return np.asarray(np.divide(total, weight, out=unknown, where=n >= least))
