"""Importance in many resamples without its 2**p submodels in each: bridged draws.

In a resample with the matrix C*, LMG(C*) = LMG(C) + <gradient, C* - C> + the rest. The first two are exact; the rest is
taken from the mean over some balanced orders of entry, which is cheap in any resample, and whose own gradient is taken
off: its error of first order cancels, what stays is 0.01 to 0.03 standard deviations of a draw. All of it on the scale
of correlations, each resample divided by its own deviations, so that pivots and jitter have no unit.

Own work; the orders are those of Castro, Gomez and Tejada (2009) made balanced. What an interval makes of the draws
belongs to :mod:`cxlens.stats.importance_interval`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.importance import columns_of, correlations, gains_in_order
from cxlens.stats.importance_gradient import gradient_and_adjusted, lmg_gradient

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
LEAST_ORDERS = 100
AT_ONCE = 128  # resamples whose factors are made together: what fits the cache
JITTER = 1e-10  # on the diagonal of correlations: dependent columns add nothing, and stop nothing


class Draws(NamedTuple):
    """LMG (p, d) in the answers, which come first, and in each resample; and the part of it that is linear.

    ``adjusted`` (p,): LMG of adjusted R2 in the answers.
    """

    lmg: Floats
    linear: Floats
    adjusted: Floats


def bridged_lmg(
    cov: Floats,
    total: Floats,
    widths: Sequence[int],
    seed: int,
    by_columns: Floats | None = None,
) -> Draws:
    """LMG in units of R2: exact in the answers, the first of the matrices, bridged in the resamples.

    Parameters
    ----------
    cov, total, widths
        As in :mod:`cxlens.stats.importance`, controls swept out in each resample.
    seed
        Of the orders of entry.
    by_columns
        As :func:`cxlens.stats.importance.adjusted_lmg` takes it; without it nothing is taken off.
    """
    standard = _standard(cov)
    factors = np.ones(len(cov)) if by_columns is None else by_columns
    gradient, adjusted = gradient_and_adjusted(
        standard[0],
        factors,
        widths,
    )
    circles = random_circles(len(widths), np.random.default_rng(seed))
    orders = [order for circle in circles for order in orders_around(circle)]
    gradient_of_orders = order_gradient(standard[0], orders, widths)
    linear = _linear(gradient, standard)
    rest = order_gains(standard, circles, widths)
    rest -= _linear(gradient_of_orders, standard)
    rest -= rest[:, :1]  # nothing in the answers but rounding
    in_all = np.maximum(linear + rest, 0.0)
    share = np.maximum(cov[-1, -1], 0.0) / total
    return Draws(
        in_all * share,
        linear * share,
        adjusted * share[0],
    )


def linear_lmg(cov: Floats, total: Floats, widths: Sequence[int]) -> Floats:
    """(p, d) the linear part alone: LMG in the answers, and what its gradient makes of each resample."""
    standard = _standard(cov)
    gradient = lmg_gradient(standard[0], widths)
    share = cov[-1, -1] / total
    return np.asarray(_linear(gradient, standard) * share)


def random_circles(p: int, rng: np.random.Generator) -> list[Places]:
    """Players around circles, at random: as many circles as make at least 100 orders of entry, 2 p each."""
    return [rng.permutation(p) for _ in range(-(-LEAST_ORDERS // (2 * p)))]


def orders_around(circle: Places) -> list[Places]:
    """2 p orders of entry: each player at each place equally often, each order and its reverse.

    One goes out from a player to both sides of the circle along a zigzag, 0, 1, -1, 2, -2, ...; so all who are in, at
    any time, are neighbours: an arc of the circle.
    """
    p = len(circle)
    steps = np.arange(p)
    ahead = (steps + 1) // 2
    zigzag = np.where(steps % 2, ahead, -ahead)
    orders: list[Places] = []
    for shift in range(p):
        order = circle[(zigzag + shift) % p]
        orders += [order, order[::-1]]
    return orders


def order_gains(standard: Floats, circles: Sequence[Places], widths: Sequence[int]) -> Floats:
    """(p, d) mean gain in R2 of each player over the orders around these circles, from correlations (d, k + 1, k + 1).

    The orders share their arcs: half as many factors as orders tell what all arcs explain.
    """
    p = len(widths)
    gains = np.zeros((p, len(standard)))
    jittered = standard + JITTER * np.eye(standard.shape[1])
    for circle in circles:
        for start in range(0, len(standard), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            explained = _explained_by_arcs(jittered[some], circle, widths)
            gains[circle, some] += np.tensordot(_joins(p), explained, 2)
    return gains / (2 * p * len(circles))


def _explained_by_arcs(standard: Floats, circle: Places, widths: Sequence[int]) -> Floats:
    """(p, p + 1, d) R2 of the 0, 1, ..., p players that follow each place of a circle, itself the first of them."""
    p = len(circle)
    explained = np.zeros((p, p + 1, len(standard)))
    for start in range(p):
        order = np.roll(circle, -start)
        gains = _gains_of_order(standard, order, widths)
        np.cumsum(gains, axis=0, out=explained[start, 1:])
    return explained


@lru_cache(maxsize=1)
def _joins(p: int) -> Floats:
    """(p, p, p + 1) how often each place of a circle joins an arc, -1 for each such arc and 1 for the one it makes.

    Arcs by their first place and their length, over the orders around the circle.
    """
    joins = np.zeros((p, p, p + 1))
    for order in orders_around(np.arange(p)):
        for length, place in enumerate(order):
            before = _first_of_arc(order[:length], p)
            after = _first_of_arc(order[: length + 1], p)
            joins[place, before, length] -= 1
            joins[place, after, length + 1] += 1
    return joins


def _first_of_arc(places: Places, p: int) -> int:
    """Where an arc begins: at the place whose neighbour before it is not in it; at 0 where that is nowhere."""
    is_first = ~np.isin((places - 1) % p, places)
    return int(places[is_first].sum())


def order_gradient(standard: Floats, orders: Sequence[Places], widths: Sequence[int]) -> Floats:
    """(p, k + 1, k + 1) the derivative of that mean gain at one matrix of correlations."""
    gradient = np.zeros((len(widths), *standard.shape))
    jittered = standard + JITTER * np.eye(len(standard))
    for order in orders:
        columns = columns_of(order, widths)
        errors = np.zeros((len(order) + 1, len(standard)))  # e of the module on gradients, by players in
        errors[:, -1] = 1.0
        coef = _coefficients_on_the_way(jittered, columns)
        last_columns = _ends(order, widths) - 1
        errors[1:, columns] = -coef[last_columns]
        squares = errors[:, :, None] * errors[:, None]
        gradient[order] += squares[:-1] - squares[1:]
    return gradient / len(orders)


def _coefficients_on_the_way(standard: Floats, columns: Places) -> Floats:
    """(k, k) the coefficients of the outcome on the first, the first two, ... of these columns."""
    factor = np.linalg.cholesky(standard[np.ix_(columns, columns)])
    inverse = np.linalg.inv(factor)
    along = inverse @ standard[columns, -1]
    return np.cumsum(inverse * along[:, None], axis=0)


def _gains_of_order(standard: Floats, order: Places, widths: Sequence[int]) -> Floats:
    """(p, d) what each player of an order adds, in that order: squares in the last row of a Cholesky factor."""
    columns = columns_of(order, widths)
    places = np.append(columns, len(columns))
    k = len(places)
    cells = places[:, None] * k + places
    moved = standard.reshape(-1, k * k).take(cells, axis=1)
    try:
        factors = np.linalg.cholesky(moved)
    except np.linalg.LinAlgError:  # a column so nearly explained that its correlations are rounding
        by_draw_last = standard.transpose(1, 2, 0)
        return gains_in_order(by_draw_last, widths, order)[order]
    gains_of_columns = factors[:, -1, :-1] ** 2
    firsts = np.append(0, _ends(order, widths)[:-1])
    gains = np.add.reduceat(gains_of_columns, firsts, axis=1)
    return np.asarray(gains.T)


def _ends(order: Places, widths: Sequence[int]) -> Places:
    """(p,) how many columns are in once each player of an order is."""
    in_order = np.asarray(widths)[order]
    return np.cumsum(in_order)


def _linear(gradient: Floats, standard: Floats) -> Floats:
    """(p, d) the products of gradients (p, q, q) with matrices (d, q, q)."""
    by_player = gradient.reshape(len(gradient), -1)
    by_draw = standard.reshape(len(standard), -1)
    return np.asarray(by_player @ by_draw.T)


def _standard(cov: Floats) -> Floats:
    """(d, k + 1, k + 1) correlations with ones on the diagonal, also of columns that do not vary."""
    by_draw = correlations(cov).transpose(2, 0, 1)
    standard = np.ascontiguousarray(by_draw)
    places = np.arange(len(cov))
    standard[:, places, places] = 1.0
    return standard
