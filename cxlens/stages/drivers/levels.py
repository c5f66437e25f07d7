"""What the outcome is worth at each level of a touchpoint's scores, in the answers and in each resample.

One column for each level of the touchpoint, score and square of all others: no shape is assumed, and none is tested.
What a forecast makes of it belongs to :mod:`cxlens.stages.improve.response`, how effects are shrunk to
:mod:`cxlens.stages.drivers.posterior`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.answers import collect
from cxlens.engine.design import Column
from cxlens.engine.resamples import products, products_beside
from cxlens.stages.drivers.ask import Asked
from cxlens.stages.drivers.record import Fit
from cxlens.stages.drivers.score import score_columns, usage_columns, with_squares
from cxlens.stats.games import game_of, outcome_mean, players
from cxlens.stats.regression import coefficients, independent

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
MOST_KNOTS = 11  # levels that have a column each; more are told by eleven points, with straight lines between them
MANY = 8  # levels, from which on bends are held back
BENDING = 5.0  # answers that speak against a bend, where there are many levels
EMPTY = 1e-3  # the same of few levels: just enough to tell of a level without answers what goes with its neighbours
RIDGE = 1e-9  # of a column's sum of squares, so that columns which a resample cannot tell apart have some solution
FEWEST = 5  # answers a column; with fewer, effects are the straight lines of the drivers
DRAWS_AT_A_TIME = 100
AT_A_TIME = 2  # touchpoints whose levels are resampled at a time


class Levels(NamedTuple):
    """What the outcome is at each level, up to a constant, (1 + d, c, p, l), and on average, (1 + d, c).

    ``spread`` (c,): the standard deviation of the outcome. Players without coefficient have NaN.
    """

    worth: Floats
    outcome: Floats
    spread: Floats


class _Scored(NamedTuple):
    """A player that is one touchpoint: its place among the players, in the survey, and the knots (k,) of its scores."""

    player: int
    at: int
    knots: Floats


class _System(NamedTuple):
    """Cross-products of one model in each draw: matrix (e, m, m), right side (e, m); the k own columns come last."""

    matrix: Floats
    right: Floats
    k: int


def levels_of(record: Fit, asked: Asked) -> Levels:
    """What the outcome is worth at each of the ``record.levels``, estimate first.

    Parameters
    ----------
    record
        Of an outcome of kind interval or nps.
    asked
        Its question, or the same with the outcome counted another way.

    Notes
    -----
    Between levels a straight line. Up to eleven levels have a column each; more are told by eleven points at equal
    distances. From eight on, second differences are penalised as if five answers spoke against a bend. A segment with
    fewer than five answers a column keeps the straight lines of the drivers.
    """
    base = with_squares(asked)
    stacks = _stacks(record, asked, base)
    straight = _straight(record, asked, stacks)
    worth = straight[..., None] * record.levels
    scored = _scored(record)
    size = AT_A_TIME
    if asked.blanks == "impute":
        size = len(scored)
    for start in range(0, len(scored), size):
        chunk = scored[start : start + size]
        _fill(worth, record, base, stacks, chunk)
    worth[np.isnan(straight)] = np.nan
    kept = [stacks[cell] for cell in record.kept]
    means = [outcome_mean(stack) for stack in kept]
    spreads = [spread_of(stack[:, :, 0]) for stack in kept]
    return Levels(worth, np.stack(means, axis=1), np.array(spreads))


def _stacks(record: Fit, asked: Asked, base: Asked) -> list[Floats]:
    """Cross-products (q, q, 1 + d) of each cell read, of the question with the square of each score."""
    if asked is record.asked:
        return record.squared_stacks()
    reading = base.reading(record.survey)
    data = collect(reading)
    return products(reading, data, record.resamples, levels=False).stacks


def _straight(record: Fit, asked: Asked, stacks: list[Floats]) -> Floats:
    """(1 + d, c, p) coefficients of the players, as the drivers have them."""
    known = record.estimates.figures.coef
    if asked is record.asked:
        return known
    design = asked.design
    squares = len(score_columns(design))
    last = len(stacks[0]) - 1
    columns = np.r_[: last - squares, last]
    coef = []
    for cell in record.kept:
        stack = stacks[cell][np.ix_(columns, columns)]
        game = game_of(stack, design.k, design.widths)
        of_columns = coefficients(game.cov)
        coef.append(players(of_columns, design.widths))
    return np.where(np.isnan(known), np.nan, np.stack(coef, axis=1))


def _scored(record: Fit) -> list[_Scored]:
    """The players that are one touchpoint whose scores differ."""
    counts = record.data.sums.counts.sum(axis=(0, 1))
    scored = []
    for player, single in enumerate(record.asked.single):
        if single < 0:
            continue
        at = record.asked.design.scored[single]
        knots = _knots(record.levels[counts[single] > 0])
        if len(knots) > 1:
            scored.append(_Scored(player, at, knots))
    return scored


def _knots(given: Floats) -> Floats:
    """The scores that have a column each: those given, or as many as there may be between the lowest and highest."""
    if len(given) <= MOST_KNOTS:
        return given
    return np.linspace(given[0], given[-1], MOST_KNOTS)


def _fill(
    worth: Floats,
    record: Fit,
    base: Asked,
    stacks: list[Floats],
    chunk: Sequence[_Scored],
) -> None:
    """Put in the worth (1 + d, c, p, l) of the levels of some touchpoints where there are answers enough."""
    of_knots = _knot_stacks(record, base, chunk)
    rows = record.data.sums.rows.sum(axis=1)
    for s, cell in enumerate(record.kept):
        stack = stacks[cell]
        per_answer = stack[0, 0, 0] / rows[cell]
        others = independent(stack[:-1, :-1, 0])
        first = 0
        for touchpoint in chunk:
            taken = _without_own(others, base, touchpoint.at)
            k = len(touchpoint.knots)
            own = of_knots[cell][first : first + k]
            start = len(stack) - 1 + first
            first += k
            if rows[cell] < FEWEST * (len(taken) + k):
                continue
            solved = []
            for draws in _some_draws(stack):
                system = _system(stack[..., draws], own[..., draws], taken, start)
                solved.append(_solved(system, touchpoint.knots, per_answer))
            heights = np.concatenate(solved)
            worth[:, s, touchpoint.player] = between(touchpoint.knots, heights, record.levels)


def _some_draws(stack: Floats) -> Iterator[slice]:
    """Draws of cross-products (q, q, e), so many at a time that few copies of their systems are in memory at once."""
    for start in range(0, stack.shape[2], DRAWS_AT_A_TIME):
        yield slice(start, start + DRAWS_AT_A_TIME)


def _knot_stacks(record: Fit, base: Asked, chunk: Sequence[_Scored]) -> list[Floats]:
    """Cross-products (k, q + k, 1 + d) of each cell: of the columns of all knots with all columns, the outcome last."""
    columns = [(column,) for touchpoint in chunk for column in _knot_columns(touchpoint)]
    everything = (*base.design.players, *columns)
    asked = base._replace(design=base.design._replace(players=everything))
    reading = asked.reading(record.survey)
    last = asked.design.k + sum(asked.design.widths)
    knots = np.arange(last - len(columns), last)
    return products_beside(reading, collect(reading), record.resamples, knots)


def _knot_columns(touchpoint: _Scored) -> list[Column]:
    """A column a knot: 1 there, 0 at its neighbours, with straight lines between them."""
    knots = touchpoint.knots.tolist()
    columns = []
    for place, knot in enumerate(knots):
        near = slice(max(place - 1, 0), place + 2)
        scores = tuple(knots[near])
        heights = tuple(float(score == knot) for score in scores)
        columns.append(Column("knot", (touchpoint.at,), (scores, heights)))
    return columns


def _without_own(differs: NDArray[np.bool_], base: Asked, at: int) -> Places:
    """The columns that differ, less what the levels say as well: who used a touchpoint, its score, its square.

    Where everybody used it, its levels stand for the constant.
    """
    scores = score_columns(base.design)
    place = list(scores).index(at)
    usage = usage_columns(base.design)[place]
    square = len(differs) - len(scores) + place
    taken = differs.copy()
    taken[[usage, scores[at], square]] = False
    return np.flatnonzero(taken)


def _system(stack: Floats, own: Floats, others: Places, start: int) -> _System:
    """The model of one touchpoint: the other columns, and the levels of its own, whose columns begin at ``start``."""
    outcome = len(stack) - 1
    k = len(own)
    among_own = own[:, start : start + k]
    among_others = stack[np.ix_(others, others)]
    crossed = own[:, others]
    upper = np.concatenate([among_others, crossed])
    lower = np.concatenate([crossed.transpose(1, 0, 2), among_own])
    matrix = np.concatenate([upper, lower], axis=1)
    right = np.concatenate([stack[others, outcome], own[:, -1]])
    return _System(np.moveaxis(matrix, -1, 0), right.T, k)


def _solved(system: _System, knots: Floats, per_answer: float) -> Floats:
    """(e, k) outcome points at each knot, up to a constant; ``per_answer`` is the mean weight of an answer."""
    own = slice(-system.k, None)
    bends = _bends(knots)
    against = BENDING if system.k >= MANY else EMPTY
    penalty = against * per_answer * (bends.T @ bends)
    matrix = system.matrix.copy()
    matrix[:, own, own] += penalty
    diagonal = np.einsum("ejj->ej", matrix)
    size = np.sqrt(diagonal)
    size = np.where(size > 0, size, 1.0)
    matrix /= size[:, :, None]
    matrix /= size[:, None]
    matrix += RIDGE * np.eye(matrix.shape[1])
    right = system.right / size
    solution = np.linalg.solve(matrix, right[..., None])
    unscaled = solution[..., 0] / size
    return np.asarray(unscaled[:, own])


def _bends(knots: Floats) -> Floats:
    """(k - 2, k) second differences; of knots at unequal distances the divided ones, in mean distances."""
    k = len(knots)
    steps = np.diff(knots)
    closeness = steps.mean() / steps
    bends = np.zeros((k - 2, k))
    for row, (before, after) in enumerate(pairwise(closeness)):
        bends[row, row : row + 3] = before, -before - after, after
    return bends


def between(knots: Floats, heights: Floats, scores: Floats) -> Floats:
    """Heights (..., l) at scores (..., l), or (l,), of lines through heights (..., k) at the knots, and beyond them."""
    k = len(knots)
    if k < 2:
        return np.asarray(heights + 0.0 * scores)
    place = np.searchsorted(knots, scores, side="right") - 1
    place = np.clip(place, 0, k - 2)
    left = knots[place]
    right = knots[place + 1]
    part = (scores - left) / (right - left)
    if scores.ndim == 1:
        lower = heights[..., place]
        upper = heights[..., place + 1]
    else:
        lower = np.take_along_axis(heights, place, -1)
        upper = np.take_along_axis(heights, place + 1, -1)
    return np.asarray((1 - part) * lower + part * upper)


def spread_of(answers: Floats) -> float:
    """Standard deviation of the outcome, the last column, from cross-products (q, q) whose first column is 1."""
    n = answers[0, 0]
    mean = answers[0, -1] / n
    mean_square = answers[-1, -1] / n
    variance = max(mean_square - mean**2, 0.0)
    return float(np.sqrt(variance))
