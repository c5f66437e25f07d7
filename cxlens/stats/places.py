"""An effect told from the changes of places or from the swings of waves, with both its errors.

An effect on one or a few places is as sure as places are steady, whatever the number of answers: a place moves a
little from wave to wave. How places or waves differ gives one error, the answers alone another; which of the two
counts is said by :func:`cxlens.stats.inference.wider`, and which of the functions here fits by
:mod:`cxlens.stages.impact.ladder`.

Donald and Lang (2007), Review of Economics and Statistics 89; Bertrand, Duflo and Mullainathan (2004), Quarterly
Journal of Economics 119.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
FEWEST_PLACES = 5  # from so many on changes of places tell
FEWEST_WAVES = 3  # and from so many on each side, gaps by wave


class PlaceRows(NamedTuple):
    """Answers of places in waves.

    ``y``, ``w`` (n,) values and weights; ``place``, ``wave`` (n,) their numbers; ``treated`` (places,) and ``late``
    (waves,) which of them count as treated, and as after; ``unit`` (n,) who answered, where somebody did twice.
    """

    y: Floats
    w: Floats
    place: Ints
    wave: Ints
    treated: Bools
    late: Bools
    unit: Ints | None = None

    def by_cell(self, values: Floats) -> Floats:
        """(places, waves) sums of a column."""
        places = len(self.treated)
        waves = len(self.late)
        cell = self.place * waves + self.wave
        sums = np.bincount(cell, values, places * waves)
        by_place = sums.reshape(places, waves)
        return by_place.astype(np.float64)


class Effect(NamedTuple):
    """An effect; its error between places or waves, and from sampling alone, each with its degrees of freedom.

    ``changes`` (places,): the change of each place, where places judge; else None.
    """

    estimate: float
    between: float
    df: float
    sampling: float
    sampling_df: float
    changes: Floats | None = None


class _Cells(NamedTuple):
    """(places, waves) weights, means (0 without answers) and numbers of answers."""

    weight: Floats
    mean: Floats
    n: Floats


def by_places(rows: PlaceRows) -> Effect:
    """Mean change of the treated places less that of the others; t on places - 2.

    The change of a place is its mean after less that before, once what the others did in each wave is taken off: a
    different mix of waves is no change. Each place has answers in both periods, and each wave some of the others.
    """
    cells = _cells(rows)
    other_weight = np.where(rows.treated[:, None], 0.0, cells.weight)
    other_shares = other_weight / other_weight.sum(axis=0)
    of_others = (other_shares * cells.mean).sum(axis=0)
    shares = _shares_of_change(rows, cells)
    beyond_others = cells.mean - of_others
    changes = (shares * beyond_others).sum(axis=1)
    n_treated = rows.treated.sum()
    n_others = len(changes) - n_treated
    side = np.where(rows.treated, 1 / n_treated, -1 / n_others)
    lever = side[:, None] * shares
    by_wave = lever.sum(axis=0)
    lever = lever - by_wave * other_shares
    return Effect(*_two_samples(changes, rows.treated), *_sampling(rows, cells, lever), changes)


def _shares_of_change(rows: PlaceRows, cells: _Cells) -> Floats:
    """(places, waves) what the mean of each cell counts in the change of its place: below 0 before."""
    weight_late = cells.weight[:, rows.late].sum(axis=1)
    weight_early = cells.weight[:, ~rows.late].sum(axis=1)
    of_period = np.where(rows.late, weight_late[:, None], weight_early[:, None])
    sign = np.where(rows.late, 1.0, -1.0)
    return np.asarray(sign * cells.weight / of_period)


def by_waves(rows: PlaceRows) -> Effect:
    """Mean gap between treated and others in the waves after less that in those before; t on waves - 2.

    Each wave has answers of both.
    """
    cells = _cells(rows)
    is_treated = rows.treated[:, None]
    treated_weight = np.where(is_treated, cells.weight, 0.0)
    other_weight = np.where(is_treated, 0.0, cells.weight)
    treated_shares = treated_weight / treated_weight.sum(axis=0)
    other_shares = other_weight / other_weight.sum(axis=0)
    of_gap = treated_shares - other_shares
    gaps = (of_gap * cells.mean).sum(axis=0)
    n_late = rows.late.sum()
    n_early = len(gaps) - n_late
    period = np.where(rows.late, 1 / n_late, -1 / n_early)
    lever = of_gap * period
    return Effect(*_two_samples(gaps, rows.late), *_sampling(rows, cells, lever))


def swing_that_explains(
    estimate: float,
    sampling: float,
    z: float,
    cells: tuple[int, int, int, int],
) -> float:
    """The sd of a place in a wave at which the interval would reach 0; 0 where sampling alone does.

    ``cells``: treated places, other places, waves after, waves before.
    """
    treated, others, after, before = cells
    spare = max((estimate / z) ** 2 - sampling**2, 0.0)
    cells_a_swing = (1 / treated + 1 / others) * (1 / after + 1 / before)
    return float(np.sqrt(spare / cells_a_swing))


def _cells(rows: PlaceRows) -> _Cells:
    """What each place says in each wave."""
    weight = rows.by_cell(rows.w)
    total = rows.by_cell(rows.w * rows.y)
    mean = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
    n = rows.by_cell(np.ones_like(rows.w))
    return _Cells(weight, mean, n)


def _two_samples(values: Floats, is_first: Bools) -> tuple[float, float, float]:
    """Difference of two means, its error with one variance for both, and the degrees of freedom."""
    first = values[is_first]
    second = values[~is_first]
    difference = float(first.mean() - second.mean())
    df = float(len(values) - 2)
    if df <= 0:
        return difference, np.nan, df
    squares = len(first) * first.var() + len(second) * second.var()
    of_one = squares / df
    variance = of_one * (1 / len(first) + 1 / len(second))
    error = float(np.sqrt(variance))
    return difference, error, df


def _sampling(
    rows: PlaceRows,
    cells: _Cells,
    lever: Floats,
) -> tuple[float, float]:
    """The error of a sum of lever x mean over cells, and its degrees of freedom (Satterthwaite).

    Answers of one person add up. A cell of one answer has the spread that answers have within the other cells.
    """
    at = (rows.place, rows.wave)
    share = rows.w / cells.weight[at]
    away = rows.y - cells.mean[at]
    is_alone = cells.n[at] == 1
    left = np.where(is_alone, 1.0, 1 - share)
    influence = lever[at] * share * away / np.sqrt(left)
    by_unit = influence
    if rows.unit is not None:
        by_unit = np.bincount(rows.unit, influence).astype(np.float64)
    spare = np.maximum(cells.n - 1, 0)
    all_spare = max(float(spare.sum()), 1.0)
    within = float(away @ away) / all_spare
    lever_alone = lever[cells.n == 1]
    of_alone = within * float(lever_alone @ lever_alone)
    variance = float(by_unit @ by_unit) + of_alone
    by_cell = rows.by_cell(influence**2)
    df = _satterthwaite(np.append(by_cell, of_alone), np.append(spare, all_spare))
    return float(np.sqrt(variance)), df


def _satterthwaite(variances: Floats, freedom: Floats) -> float:
    """Degrees of freedom of a sum of variances; NaN where nothing varies."""
    squares = variances**2 / np.maximum(freedom, 1)
    total = float(squares.sum())
    if total <= 0:
        return float("nan")
    return float(variances.sum() ** 2 / total)
