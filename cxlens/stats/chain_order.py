"""How many steps back a Markov chain has to look: by the likelihood of walks that were held out.

A walk is known here by whole numbers; what they stand for does not belong here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.intervals import normal_quantile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FOLDS = 5  # parts that are held out in turn


class Gain(NamedTuple):
    """By how much each order tells held-out walks better than the order before it that was kept.

    ``per_unit`` (m,) is the mean log-likelihood of a unit, ``gain`` (m,) the difference to the one it is held against,
    ``low`` and ``high`` its interval; the first order has none. ``chosen`` is its place.
    """

    per_unit: Floats
    gain: Floats
    low: Floats
    high: Floats
    chosen: int


def choose_order(contexts: list[Ints], following: Ints, unit: Ints, outcomes: int, level: float) -> Gain:
    """Held-out log-likelihood of chains that look back one step, two and so on, and the shortest that is enough.

    Parameters
    ----------
    contexts
        For each order (n,) what came before each move: a whole number. The contexts of an order are parts of those of
        the one before.
    following
        (n,) what came next, below ``outcomes``.
    unit
        (n,) whose move it is, from 0 without holes, in an order that means nothing: every fifth is held out together.
    outcomes
        How many different things may come next.
    level
        A longer memory is chosen where it tells held-out units better, clearly at this level.

    Notes
    -----
    Shares of a context are those of the other four fifths, drawn towards the shares of the shorter context by one
    pseudo-observation, so that what was never seen has a likelihood, too (MacKay and Peto 1995).
    """
    fold = unit % FOLDS
    n_units = int(unit.max()) + 1
    everywhere = np.zeros(len(following), np.int64)
    times = _kept(everywhere, fold)
    shares = (_kept(following, fold) + 1) / (times + outcomes)
    likelihoods = []
    for context in contexts:
        _, number = np.unique(context, return_inverse=True)
        times = _kept(number, fold)
        followed = _kept(number * outcomes + following, fold)
        shares = (followed + shares) / (times + 1)
        of_unit = np.bincount(unit, np.log(shares), n_units)
        likelihoods.append(of_unit)
    return _compared(np.stack(likelihoods), normal_quantile(level))


def _kept(cells: Ints, fold: Ints) -> Floats:
    """(n,) how many moves of the other folds are in the same cell as each."""
    _, number = np.unique(cells, return_inverse=True)
    size = int(number.max()) + 1
    counts = np.bincount(number * FOLDS + fold, minlength=FOLDS * size)
    counts = counts.reshape(size, FOLDS)
    of_all = counts.sum(axis=1)
    others = of_all[number] - counts[number, fold]
    return np.asarray(others, np.float64)


def _compared(likelihoods: Floats, quantile: float) -> Gain:
    """Each order against the longest that was clearly better than those before it."""
    orders, n_units = likelihoods.shape
    gain, low, high = np.full((3, orders), np.nan)
    chosen = 0
    for order in range(1, orders):
        difference = likelihoods[order] - likelihoods[chosen]
        error = np.inf
        if n_units > 1:
            error = difference.std(ddof=1) / np.sqrt(n_units)
        half = quantile * error
        gain[order] = difference.mean()
        low[order] = gain[order] - half
        high[order] = gain[order] + half
        if low[order] > 0:
            chosen = order
    return Gain(likelihoods.mean(axis=1), gain, low, high, chosen)
