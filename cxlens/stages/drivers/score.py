"""Scores looked at beside the regression: in bands of low, middle and high ones, and in pairs of touchpoints.

What a band is worth (penalty, reward), what class that makes of a touchpoint, and how alike two touchpoints are rated
are figures of the record, in the answers and in each resample. What is said of classes belongs to
:mod:`cxlens.stages.drivers.shape`, what is said of pairs to :mod:`cxlens.stages.baseline.verdicts` and
:mod:`cxlens.stages.drivers.diagnosis`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.answers import Data
from cxlens.engine.design import Column, Design
from cxlens.stages.drivers.ask import Asked
from cxlens.stages.drivers.fit import SMALLEST
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.games import game_of
from cxlens.stats.regression import coefficients, pairwise
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
CONTRASTS = ["penalty", "reward", "asymmetry"]  # the figures of a touchpoint
ASYMMETRY = 2


class Bands(NamedTuple):
    """(s,) where the middle third of the scale begins and ends, for each player that is one touchpoint."""

    low: Floats
    high: Floats

    @property
    def middle(self) -> Floats:
        """(s,) halfway between the two."""
        return (self.low + self.high) / 2


def bands_of(survey: Survey, asked: Asked, data: Data) -> Bands | None:
    """Thirds of the scale, else of the scores given; None where scores have neither scale nor few values."""
    single = [place for place in asked.single if place >= 0]
    scale = survey.scale
    levels = data.sums.levels
    if scale:
        ends = np.tile([float(scale.low), float(scale.high)], (len(single), 1))
    elif not len(levels):
        return None
    else:
        given = data.sums.counts.sum(axis=(0, 1))[single] > 0
        ends = np.array([_ends(levels[at_level]) for at_level in given]).reshape(-1, 2)
    third = (ends[:, 1] - ends[:, 0]) / 3
    return Bands(ends[:, 0] + third, ends[:, 1] - third)


def _ends(levels: Floats) -> list[float]:
    if len(levels):
        return [levels.min(), levels.max()]
    return [np.nan, np.nan]


def with_bands(asked: Asked, bands: Bands) -> Asked:
    """The same question with two more columns before each touchpoint's score: whether it is low, and whether high."""
    near = 1e-9 * (bands.high - bands.low)  # a score on the border is a middle one
    borders = iter(zip(bands.low - near, bands.high + near, strict=True))
    players = []
    for columns, single in zip(asked.design.players, asked.single, strict=True):
        if single < 0:
            players.append(columns)
            continue
        low, high = next(borders)
        at = columns[0].at
        players.append(
            (
                Column("low", at, (low,)),
                Column("high", at, (high,)),
                Column("score", at),
            )
        )
    return asked._replace(design=asked.design._replace(players=tuple(players)))


def band_figures(asked: Asked, data: Data, cell: int, stack: Floats) -> Floats:
    """(1 + d, p, 3) penalty, reward and asymmetry of each player, estimate first; NaN where unknown.

    Parameters
    ----------
    asked, data
        The question :func:`with_bands`, and its answers.
    cell
        The segment.
    stack
        (q, q, 1 + d) its cross-products.
    """
    design = asked.design
    figures = np.full((stack.shape[2], len(design.players), len(CONTRASTS)), np.nan)
    columns = design.k + sum(design.widths)
    if data.sums.rows[cell].sum() < columns + 2:
        return figures
    coef = coefficients(game_of(stack, design.k, design.widths).cov)
    starts = np.cumsum([0, *design.widths[:-1]])
    for j, (single, start) in enumerate(zip(asked.single, starts.tolist(), strict=True)):
        if single < 0:
            continue
        place = design.scored[single]
        scored = int(data.sums.scored[cell, :, single].sum())
        figures[:, j] = _of_touchpoint(
            design,
            place,
            scored,
            stack,
            design.k + start,
            coef[start : start + 3],
        )
    return figures


def _of_touchpoint(
    design: Design,
    place: int,
    scored: int,
    stack: Floats,
    low: int,
    coef: Floats,
) -> Floats:
    """(1 + d, 3) the figures of the touchpoint whose columns begin at ``low``; NaN where a band has too few scores."""
    used = stack[0, 1 + design.flags.index(place)] if place in design.flags else stack[0, 0]
    weights = _split_by_band(stack, low, of=0, total=used)
    fewest = 0.0
    if used[0] > 0:
        fewest = scored * weights[:, 0].min() / used[0]
    if fewest < SMALLEST - 0.5:
        return np.full((len(used), len(CONTRASTS)), np.nan)
    score = low + 2
    sums = _split_by_band(stack, low, of=score, total=stack[0, score])
    low_mean, middle_mean, high_mean = sums / np.where(weights > 1e-9 * used, weights, np.nan)
    below = middle_mean - low_mean
    above = high_mean - middle_mean
    at_low, at_high, slope = coef
    slope = np.nan_to_num(slope)  # of three different scores, the two dummies say all
    penalty = at_low - slope * below
    reward = at_high + slope * above
    fall = -penalty / below
    rise = reward / above
    return np.column_stack([penalty, reward, fall - rise])


def _split_by_band(stack: Floats, low: int, *, of: int, total: Floats) -> Floats:
    """(3, 1 + d) the sum of a column over low, middle and high scores, whose columns begin at ``low``."""
    sum_low = stack[low, of]
    sum_high = stack[low + 1, of]
    return np.stack([sum_low, total - sum_low - sum_high, sum_high])


def with_squares(asked: Asked) -> Asked:
    """The same question with the square of each score behind all other columns, as :func:`correlations` reads it."""
    squares = tuple((Column("square", (touchpoint,), (0.0,)),) for touchpoint in score_columns(asked.design))
    design = asked.design
    return asked._replace(design=design._replace(players=(*design.players, *squares)))


def score_columns(design: Design) -> dict[int, int]:
    """Which column of the design has the scores of each touchpoint that is scored as it is."""
    scores = {
        number: column.at[0] for number, column in enumerate(design.player_columns, design.k) if column.kind == "score"
    }
    return {touchpoint: number for number, touchpoint in scores.items()}


def usage_columns(design: Design) -> NDArray[np.int64]:
    """For each touchpoint of :func:`score_columns` the column that says who used it; 0, the constant, if everybody."""
    flags = {touchpoint: number for number, touchpoint in enumerate(design.flags, 1)}
    return np.array(
        [flags.get(touchpoint, 0) for touchpoint in score_columns(design)],
        np.int64,
    )


def correlations(stack: Floats, design: Design) -> Floats:
    """(p, p, d) correlations of the scores of two touchpoints among those who used both.

    Parameters
    ----------
    stack
        (q, q, d) cross-products of the question :func:`with_squares`.
    design
        The design of the question itself.
    """
    scores = np.array(list(score_columns(design).values()), np.int64)
    outcome = len(stack) - 1
    squares = np.arange(outcome - len(scores), outcome)
    return pairwise(stack, usage_columns(design), scores, squares)


def contrast_ends(figures: Floats, level: float) -> Floats:
    """(2, 3) interval of penalty, reward and asymmetry of figures (1 + d, 3); NaN without resamples."""
    draws = figures[1:]
    if not len(draws):
        return np.full((2, len(CONTRASTS)), np.nan)
    return np.stack(percentile_interval(draws, level))


def class_of(ends: Floats) -> str:
    """What the (2, 3) intervals of penalty, reward and asymmetry allow to say."""
    (
        (_, least_reward, least_asymmetry),
        (most_penalty, _, most_asymmetry),
    ) = ends
    if least_asymmetry > 0 and most_penalty < 0:
        return "basic"
    if most_asymmetry < 0 and least_reward > 0:
        return "excitement"
    return "performance" if most_penalty < 0 < least_reward else "undecided"
