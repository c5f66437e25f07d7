"""What the players of a regression have to share, and how it is shared out among them.

A :class:`Game` has the cross-products of the players' columns with controls swept out, in the answers and in each
resample. The formulas of the shares themselves are in :mod:`cxlens.stats.importance`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.bootstrap import bootstrap_error
from cxlens.stats.bridged import bridged_lmg, linear_lmg
from cxlens.stats.importance import lmg, relative_weights, sampled_lmg
from cxlens.stats.regression import sweep_out

Floats = NDArray[np.float64]
Method = Literal["lmg", "relative weights", "sampling"]
ORDERS = 200  # pairs of orders of entry that method="sampling" tries
MOST_EXACT = 12  # players whose every submodel is looked at in each resample, too; from there on bridges are faster


class Game(NamedTuple):
    """What the players of one segment have to share; draw 0 is the estimate, the resamples follow.

    ``cov`` (k + 1, k + 1, d): cross-products of the players' columns and the outcome, controls swept out; ``total``
    (d,): what R2 refers to. For fitted outcomes ``values`` (2**p, d) has the McFadden R2 of every subset instead, where
    it was asked for.
    """

    cov: Floats
    total: Floats
    widths: tuple[int, ...]
    values: Floats | None = None


def game_of(stack: Floats, controls: int, widths: tuple[int, ...]) -> Game:
    """Sweep the controls, the first columns, out of cross-products (q, q, d); players have so many columns each."""
    constant_and_outcome = np.ix_([0, -1], [0, -1])
    total = sweep_out(stack[constant_and_outcome], 1)[-1, -1]
    total = np.where(total > 0, total, np.nan)
    cov = sweep_out(stack, controls)
    return Game(cov, total, widths)


class Importance(NamedTuple):
    """What the players of a game are worth.

    ``shares`` (p, d): estimate first; ``sampling_error`` (p,): of the estimate where orders of entry are sampled, else
    0; ``spread`` (p,): standard deviation over the resamples of what is linear in them, or, where no gradient is known,
    of the shares themselves; NaN without resamples. ``adjusted`` (p,): of bridged LMG that of adjusted R2, which comes
    along with the gradient; else None, and :mod:`cxlens.stats.adjusted` makes it.
    """

    shares: Floats
    sampling_error: Floats
    spread: Floats
    adjusted: Floats | None = None


def importance(game: Game, method: Method, seed: int, by_columns: Floats | None = None) -> Importance:
    """Importance by the method named; LMG in resamples is bridged from 13 players on.

    With ``by_columns``, as :func:`cxlens.stats.importance.adjusted_lmg` takes it, bridges bring that of adjusted R2.
    """
    none = np.zeros(len(game.widths))
    if method == "sampling":
        shares, errors = sampled_lmg(
            game.cov,
            game.total,
            game.widths,
            orders=ORDERS,
            seed=seed,
        )
        return Importance(shares, errors[:, 0], _spread(shares))
    if method == "relative weights":
        shares = relative_weights(game.cov, game.total, game.widths)
        return Importance(_at_least_zero(shares), none, _spread(shares))
    if len(game.total) == 1:
        shares = lmg(game.cov, game.total, game.widths)
        return Importance(_at_least_zero(shares), none, np.full(len(shares), np.nan))
    if len(game.widths) <= MOST_EXACT:
        shares = lmg(game.cov, game.total, game.widths)
        linear = linear_lmg(game.cov, game.total, game.widths)
        return Importance(_at_least_zero(shares), none, _spread(linear))
    bridged = bridged_lmg(
        game.cov,
        game.total,
        game.widths,
        seed,
        by_columns,
    )
    adjusted = None if by_columns is None else bridged.adjusted
    return Importance(bridged.lmg, none, _spread(bridged.linear), adjusted)


def _spread(shares: Floats) -> Floats:
    """(p,) the standard deviation over the resamples, which follow the estimate."""
    return bootstrap_error(shares[:, 1:].T)


def _at_least_zero(shares: Floats) -> Floats:
    """Without what rounding leaves just below zero, or of negative zeros."""
    return np.maximum(shares, 0.0) + 0.0


def r2_of(game: Game, *, all_in: bool) -> Floats:
    """(d,) R2 of the model with all players, or of the controls alone."""
    players_columns = len(game.cov) - 1
    rest = sweep_out(game.cov, players_columns) if all_in else game.cov
    return np.asarray(np.maximum(1 - rest[-1, -1] / game.total, 0.0))  # rounding may leave a zero just below


def outcome_mean(stack: Floats) -> Floats:
    """(d,) mean of the outcome from cross-products (q, q, d); NaN where a resample has nobody."""
    weight = stack[0, 0]
    return np.asarray(stack[0, -1] / np.where(weight > 0, weight, np.nan))


def players(columns: Floats, widths: Sequence[int]) -> Floats:
    """(d, p) the coefficients (k, d) of players of one column; NaN for the others."""
    starts = np.cumsum([0, *widths[:-1]])
    return np.where(np.array(widths) == 1, columns[starts].T, np.nan)
