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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.importance import columns_of, correlations, gains_in_order
from cxlens.stats.importance_gradient import gradient_and_adjusted, lmg_gradient

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
LEAST_ORDERS = 100
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
    orders = balanced_orders(len(widths), np.random.default_rng(seed))
    gradient_of_orders = order_gradient(standard[0], orders, widths)
    linear = _linear(gradient, standard)
    rest = order_gains(standard, orders, widths)
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


def balanced_orders(p: int, rng: np.random.Generator) -> list[Places]:
    """At least 100 orders of entry, 2 p at a time: each player at each place equally often, each order and its reverse.

    A block of them is one random order shifted along a zigzag, 0, 1, -1, 2, -2, ...
    """
    steps = np.arange(p)
    ahead = (steps + 1) // 2
    zigzag = np.where(steps % 2, ahead, -ahead)
    orders: list[Places] = []
    while len(orders) < LEAST_ORDERS:
        base = rng.permutation(p)
        for shift in range(p):
            order = base[(zigzag + shift) % p]
            orders += [order, order[::-1]]
    return orders


def order_gains(standard: Floats, orders: Sequence[Places], widths: Sequence[int]) -> Floats:
    """(p, d) mean gain in R2 of each player over these orders, from correlations (d, k + 1, k + 1)."""
    gains = np.zeros((len(widths), len(standard)))
    jittered = standard + JITTER * np.eye(standard.shape[1])
    for order in orders:
        gains[order] += _gains_of_order(jittered, order, widths)
    return gains / len(orders)


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
    moved = standard[:, places[:, None], places]
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
