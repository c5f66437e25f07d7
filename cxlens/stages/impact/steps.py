"""Changes between waves of few answers, and what the waves of a series tell together.

Two samples are compared in :mod:`cxlens.study.metrics`, trends and limits are made in :mod:`cxlens.stats.waves`; the
series itself and its words are the business of :mod:`cxlens.stages.impact.monitor`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.intervals import normal_quantile, t_quantile
from cxlens.stats.permutation import Moved, Scores, is_small, studentised, two_samples
from cxlens.stats.waves import FEW_ANSWERS, Trend, next_wave, trend
from cxlens.study.metrics import DETRACTOR, PASSIVE, PROMOTER, Estimate, Kind, Sample, clustered_coefficient

Floats = NDArray[np.float64]
OF_NPS = np.array([DETRACTOR, PASSIVE, PROMOTER], float)
ADDED_TO_NPS = np.array([0.75, 1.5, 0.75])  # as its interval has them (Rocks 2016)
ADDED_TO_SHARE = np.array([1.0, 1.0])  # Agresti and Caffo (2000), The American Statistician 54


def among_few(estimate: Estimate, after: Sample, before: Sample, kind: Kind, level: float) -> Estimate:
    """The change between two waves as :func:`change_of` has it, told by people who change places where one is small.

    Of a share the interval stays Newcombe's; of a mean or an NPS it says the same as the p-value.
    """
    change, low, high, p_value = estimate
    if np.isnan(p_value):
        return estimate
    now = Scores.of(after.value, after.w, after.w**2)
    earlier = Scores.of(before.value, before.w, before.w**2)
    if not is_small(now.n, earlier.n):
        return estimate
    values, first, second = now.beside(earlier)

    def moved_for(statistic: float, added: Floats | None) -> Moved:
        return two_samples(
            values,
            first,
            second,
            statistic,
            level=level,
            added=added,
        )

    if kind == "binary":
        statistics = studentised(values, first[None], second[None], ADDED_TO_SHARE)
        of_share = moved_for(float(statistics[0]), ADDED_TO_SHARE)
        return change, low, high, of_share.p_value
    centre = change
    added = None
    if kind == "nps":
        centre = (low + high) / 2
        half = (high - low) / 2
        error = half / normal_quantile(level)
        added = ADDED_TO_NPS[np.searchsorted(OF_NPS, values)]
    else:
        variances = [after.moments.variance, before.moments.variance]
        error = float(np.sqrt(np.nansum(variances)))
    moved = moved_for(centre / error, added)
    new_low = centre - moved.high * error
    new_high = centre - moved.low * error
    return change, new_low, new_high, moved.p_value


class WaveMeans(NamedTuple):
    """Means of the waves of a series that have 30 answers or more: their numbers, means and sampling variances."""

    when: list[int]
    mean: list[float]
    variance: list[float]

    def with_wave(self, when: int, cell: Sample, level: float) -> WaveMeans:
        """The same and another wave, where it has answers enough."""
        if cell.size < FEW_ANSWERS:
            return self
        variance = _variance_of(cell, level)
        if np.isnan(variance):
            return self
        return WaveMeans(
            [*self.when, when],
            [*self.mean, cell.moments.mean],
            [*self.variance, variance],
        )

    def trend(self, level: float) -> Trend:
        """The slope a wave."""
        when = np.array(self.when, float)
        mean = np.array(self.mean)
        variance = np.array(self.variance)
        return trend(when, mean, variance, level)

    def limits(self, cell: Sample, level: float) -> tuple[float, float]:
        """Between which a wave lies that has as many answers as this one, if nothing changes."""
        mean = np.array(self.mean)
        variance = np.array(self.variance)
        return next_wave(mean, variance, _variance_of(cell, level), level)


def _variance_of(cell: Sample, level: float) -> float:
    """The sampling variance of the mean of a wave, by cluster where there are clusters."""
    if cell.unit is None:
        return cell.moments.variance
    constant = np.ones(cell.size)
    estimate, df = clustered_coefficient([constant], cell, level)
    _, low, high, _ = estimate
    half = (high - low) / 2
    error = half / float(t_quantile(level, df))
    return error**2
