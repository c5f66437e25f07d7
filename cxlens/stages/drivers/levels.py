"""What the outcome is worth at each level of a touchpoint's scores, in the answers and in each resample.

One column for each level of the touchpoint, score and square of all others: no shape is assumed, and none is tested.
What a forecast makes of it belongs to :mod:`cxlens.stages.improve.response`, how effects are shrunk to
:mod:`cxlens.stages.drivers.posterior`.
"""

from __future__ import annotations

from collections.abc import Sequence
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


class _Others(NamedTuple):
    """The m columns of a cell that differ, levels aside, and what is known of them in each draw.

    ``columns``: their places; ``size`` (e, m): what they are divided by; of what is left ``inverse`` (e, m, m), that of
    their cross-products, and ``outcome`` (e, m), those with the outcome.
    """

    columns: Places
    size: Floats
    inverse: Floats
    outcome: Floats


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
    kept = [stacks[cell] for cell in record.kept]
    means = [outcome_mean(stack) for stack in kept]
    spreads = [spread_of(stack[:, :, 0]) for stack in kept]
    others = [_others(stack) for stack in kept]
    del stacks, kept  # they are large
    worth = straight[..., None] * record.levels
    scored = _scored(record)
    size = AT_A_TIME
    if asked.blanks == "impute":
        size = len(scored)
    for start in range(0, len(scored), size):
        chunk = scored[start : start + size]
        _fill(worth, record, base, others, chunk)
    worth[np.isnan(straight)] = np.nan
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


def _others(stack: Floats) -> _Others:
    """The columns that differ, of cross-products (q, q, e), the outcome last."""
    differs = independent(stack[:-1, :-1, 0])
    columns = np.flatnonzero(differs)
    matrix = _draws_first(stack[np.ix_(columns, columns)])
    size = _sizes(matrix)
    scaled = _scaled(matrix, size)
    outcome = stack[columns, -1].T / size
    inverse = np.asarray(np.linalg.inv(scaled))
    return _Others(columns, size, inverse, outcome)


def _draws_first(products: Floats) -> Floats:
    """(e, a, b) of (a, b, e), laid out so."""
    return np.ascontiguousarray(np.moveaxis(products, -1, 0))


def _sizes(matrix: Floats) -> Floats:
    """(e, m) the sizes of columns by their cross-products (e, m, m); 1 of a column of nothing."""
    squares = np.einsum("ejj->ej", matrix)
    return np.sqrt(np.where(squares > 0, squares, 1.0))


def _scaled(matrix: Floats, size: Floats) -> Floats:
    """Cross-products (e, m, m) of columns of size 1, so that none is unsolvable."""
    scaled = matrix / size[:, :, None]
    scaled /= size[:, None]
    diagonal = np.einsum("ejj->ej", scaled)
    diagonal += RIDGE
    return scaled


def _fill(
    worth: Floats,
    record: Fit,
    base: Asked,
    others: Sequence[_Others],
    chunk: Sequence[_Scored],
) -> None:
    """Put in the worth (1 + d, c, p, l) of the levels of some touchpoints where there are answers enough."""
    of_knots = _knot_stacks(record, base, chunk)
    rows = record.data.sums.rows.sum(axis=1)
    weights = record.weights
    for s, cell in enumerate(record.kept):
        knots_start = of_knots[cell].shape[1] - 1 - len(of_knots[cell])
        first = 0
        for touchpoint in chunk:
            k = len(touchpoint.knots)
            own = of_knots[cell][first : first + k]
            start = knots_start + first
            first += k
            told = np.flatnonzero(np.isin(others[s].columns, _columns_told(base, touchpoint.at)))
            if rows[cell] < FEWEST * (len(others[s].columns) - len(told) + k):
                continue
            crossed = _draws_first(own[:, others[s].columns])
            among = _draws_first(own[:, start : start + k])
            among += _penalty(touchpoint.knots, weights[s] / rows[cell])
            heights = _solved(others[s], told, crossed, among, own[:, -1].T)
            worth[:, s, touchpoint.player] = between(touchpoint.knots, heights, record.levels)


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


def _columns_told(base: Asked, at: int) -> list[int]:
    """The columns that say what levels say as well: who used a touchpoint, its score, its square.

    Where everybody used it, its levels stand for the constant.
    """
    scores = score_columns(base.design)
    place = list(scores).index(at)
    usage = usage_columns(base.design)[place]
    squares_start = base.design.k + sum(base.design.widths) - len(scores)
    return [usage, scores[at], squares_start + place]


def _penalty(knots: Floats, per_answer: float) -> Floats:
    """(k, k) what speaks against bends; ``per_answer`` is the mean weight of an answer."""
    bends = _bends(knots)
    against = BENDING if len(knots) >= MANY else EMPTY
    return np.asarray(against * per_answer * (bends.T @ bends))


def _solved(others: _Others, told: Places, crossed: Floats, among: Floats, outcome: Floats) -> Floats:
    """(e, k) outcome points at each level, up to a constant, all columns but those told by the levels held.

    By parts: the inverse of all other columns is known, and less some of them it follows from what these have in it
    (Schur complements); so nothing is solved anew for each touchpoint but its own few columns. ``crossed`` (e, k, m),
    ``among`` (e, k, k) and ``outcome`` (e, k): cross-products of the levels with those columns, with one another and
    with the outcome; ``told``: the places of those left out.
    """
    size = _sizes(among)
    beside = crossed / size[:, :, None]
    beside /= others.size[:, None]
    beside[:, :, told] = 0.0
    explained = beside @ others.inverse
    of_told = others.inverse[:, told]
    by_told = np.linalg.solve(of_told[:, :, told], of_told)
    explained -= explained[:, :, told] @ by_told
    matrix = _scaled(among, size) - explained @ beside.transpose(0, 2, 1)
    right = outcome / size - np.einsum("ekm,em->ek", explained, others.outcome)
    solution = np.linalg.solve(matrix, right[..., None])
    return np.asarray(solution[..., 0] / size)


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
