"""How large an effect has to be for a design to find it: drawn from how places and waves swing.

Each draw is a future without an effect. What it would take there is how far its interval's low end lies below the
estimate, less the estimate: an effect is found in the draws that take less. So one set of draws tells the chance of
every effect. Which answers they come from, and words, do not belong here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.intervals import normal_quantile, t_quantile
from cxlens.stats.places import FEWEST_PLACES, FEWEST_WAVES
from cxlens.stats.series import CARRY_OVERS, regress_series

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
BURN = 30  # waves before the first, so that swings are as they go on being
ROUNDS = 400  # series drawn at most at once


class Swing(NamedTuple):
    """Squares of swings of a place in a wave, drawn (draws,), beyond the sampling error; and their middle (an sd).

    ``df``: the degrees of freedom they are told by; 0 where nothing tells them, and then they are 0.
    """

    squares: Floats
    sd: float
    df: int


def swing_of_places(
    mean: Floats,
    variance: Floats,
    draws: int,
    rng: np.random.Generator,
) -> Swing:
    """How places swing from wave to wave, from means and sampling variances (places, waves)."""
    places, waves = mean.shape
    df = (places - 1) * (waves - 1)
    if df < 1:
        return Swing(np.zeros(draws), 0.0, 0)
    of_waves = mean.mean(axis=0)
    of_places = mean.mean(axis=1)[:, None]
    away = mean - of_waves - of_places + mean.mean()
    total = float((away**2).sum() / df)
    sampling = float(variance.mean())
    chance = rng.chisquare(df, draws)
    drawn = total * df / chance
    squares = np.maximum(drawn - sampling, 0.0)
    middle = max(total - sampling, 0.0)
    sd = float(np.sqrt(middle))
    return Swing(squares, sd, df)


def needed_of_places(
    variance: Floats,
    treated: Bools,
    waves: tuple[int, int],
    swing: Swing,
    level: float,
    rng: np.random.Generator,
) -> Floats | None:
    """(draws,) effects that a difference in differences would take; None where it tells none, however large.

    ``variance`` (places,) of a mean of a place in a wave; ``waves`` before and after.
    """
    places = len(treated)
    if not places >= FEWEST_PLACES and min(waves) < FEWEST_WAVES:
        return None
    draws = len(swing.squares)
    late = np.repeat([False, True], waves)
    squares = swing.squares[:, None, None] + variance[:, None]
    noise = rng.normal(size=(draws, places, len(late)))
    means = np.sqrt(squares) * noise
    if places >= FEWEST_PLACES:
        after = means[:, :, late].mean(axis=2)
        before = means[:, :, ~late].mean(axis=2)
        values = after - before
        is_first = treated
    else:
        of_treated = means[:, treated].mean(axis=1)
        of_others = means[:, ~treated].mean(axis=1)
        values = of_treated - of_others
        is_first = late
    estimate, half = _two_samples(values, is_first, level)
    of_sampling = _sampling(variance, treated, waves)
    half_of_sampling = normal_quantile(level) * of_sampling
    return np.asarray(np.maximum(half, half_of_sampling) - estimate)


def _two_samples(
    values: Floats,
    is_first: Bools,
    level: float,
) -> tuple[Floats, Floats]:
    """(draws,) differences of two means, and halves of their intervals, with one variance for both."""
    first = values[:, is_first]
    second = values[:, ~is_first]
    df = values.shape[1] - 2
    n_first = first.shape[1]
    n_second = second.shape[1]
    squares = n_first * first.var(axis=1) + n_second * second.var(axis=1)
    variance = squares / df * (1 / n_first + 1 / n_second)
    difference = first.mean(axis=1) - second.mean(axis=1)
    half = t_quantile(level, df) * np.sqrt(variance)
    return difference, np.asarray(half)


def _sampling(
    variance: Floats,
    treated: Bools,
    waves: tuple[int, int],
) -> float:
    """The sampling error of the effect."""
    before, after = waves
    of_treated = variance[treated].mean() / treated.sum()
    of_others = variance[~treated].mean() / (~treated).sum()
    a_wave = 1 / before + 1 / after
    return float(np.sqrt((of_treated + of_others) * a_wave))


def needed_of_series(
    mean: Floats,
    when: Floats,
    waves: int,
    sampling: float,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> tuple[Floats, float]:
    """(draws,) steps that an interrupted series would take, so many waves going on from it; and its swing (an sd).

    ``sampling``: the sampling variance of a wave. Swings and their carry-over are drawn from what the series tells.
    """
    since = when - when[-1] - 1
    carry, squares, sd = _past(since, mean, draws, rng)
    squares = np.maximum(squares, sampling)
    coming = np.arange(waves, dtype=float)
    future = np.concatenate([since, coming])
    noise = _swings(len(future), carry, np.sqrt(squares), rng)
    late = (future >= 0).astype(float)
    ones = np.ones(len(future))
    columns = np.column_stack([ones, future, late, late * future])
    return _needed_steps(columns, noise, future, sampling, level), sd


def _past(
    since: Floats,
    mean: Floats,
    draws: int,
    rng: np.random.Generator,
) -> tuple[Floats, Floats, float]:
    """Carry-overs and squares of swings (draws,) that a series allows, and its swing around its line (an sd)."""
    ones = np.ones(len(since))
    line = np.column_stack([ones, since])
    told = regress_series(line, mean, when=since)
    carry = rng.choice(CARRY_OVERS, draws, p=told.weight)
    df = len(since) - 2
    left = mean - line @ told.mean
    square = float(left @ left) / df
    squares = square * df / rng.chisquare(df, draws)
    return carry, squares, float(np.sqrt(square))


def _needed_steps(
    columns: Floats,
    noise: Floats,
    when: Floats,
    sampling: float,
    level: float,
) -> Floats:
    """(draws,) steps that would be found in noise (waves, draws)."""
    step = np.array([[0.0, 0.0, 1.0, 0.0]])
    lever = step @ np.linalg.pinv(columns)
    square = float((lever**2).sum())
    error = np.sqrt(square * sampling)
    half = normal_quantile(level) * float(error)
    below = (1 - level) / 2
    needed = []
    draws = noise.shape[1]
    for first in range(0, draws, ROUNDS):
        some = noise[:, first : first + ROUNDS]
        told = regress_series(columns, some, when=when, contrasts=step)
        low = told.quantile(below)[0]
        of_sampling = half - told.mean[0]
        needed.append(np.maximum(-low, of_sampling))
    return np.concatenate(needed)


def _swings(
    waves: int,
    carry: Floats,
    sd: Floats,
    rng: np.random.Generator,
) -> Floats:
    """(waves, draws) series of which so much carries over from wave to wave."""
    new = rng.normal(size=(waves + BURN, len(carry)))
    new_part = np.sqrt(1 - carry**2)
    for wave in range(1, len(new)):
        carried = carry * new[wave - 1]
        new[wave] = carried + new_part * new[wave]
    return np.asarray(sd * new[BURN:])


def found(
    needed: Floats,
    effect: Floats,
) -> Floats:
    """(e,) the chance that an effect is found."""
    is_found = needed[:, None] < effect
    return np.asarray(is_found.mean(axis=0))
