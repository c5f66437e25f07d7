"""What the players of a regression have to share, and how it is shared out among them.

A :class:`Game` has the cross-products of the players' columns with controls swept out, in the answers and in each
resample. The formulas of the shares themselves are in :mod:`cxlens.stats.importance`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from cxlens.stats.importance import lmg, relative_weights, sampled_lmg
from cxlens.stats.regression import sweep_out

Floats = NDArray[np.float64]
Method = Literal["lmg", "relative weights", "sampling"]
ORDERS = 200  # pairs of orders of entry that method="sampling" tries
SLOW = 2**23  # subsets of players by squared columns, beyond which a progress bar is shown: 16 players of one each
AT_A_TIME = 4  # resamples, of so many players


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


def importance(game: Game, method: Method, seed: int) -> tuple[Floats, Floats]:
    """(p, d) importance by the method named, and (p, d) the standard error of its sampling: 0 unless sampled."""
    if method == "sampling":
        return sampled_lmg(game.cov, game.total, game.widths, orders=ORDERS, seed=seed)
    if method == "relative weights":
        shares = relative_weights(game.cov, game.total, game.widths)
    else:
        parts = [lmg(*part) for part in _a_part_at_a_time(game)]
        shares = np.concatenate(parts, axis=1)
        shares = np.maximum(shares, 0.0)  # rounding may leave a zero just below
        shares += 0.0  # or negative
    return shares, np.zeros_like(shares)


def _a_part_at_a_time(
    game: Game,
) -> Iterator[tuple[Floats, Floats, tuple[int, ...]]]:
    """The game in all draws at once, or in a few at a time, with a progress bar, where that takes long."""
    draws = len(game.total)
    subsets = 2 ** len(game.widths)
    columns = len(game.cov)
    is_slow = subsets * columns**2 > SLOW
    size = AT_A_TIME if is_slow else draws
    parts = []
    for start in range(0, draws, size):
        part = slice(start, start + size)
        parts.append(part)
    bar = tqdm(parts, desc="importance", leave=False, disable=len(parts) == 1)
    for part in bar:
        yield game.cov[:, :, part], game.total[part], game.widths


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
