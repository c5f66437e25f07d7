"""R2 and importance less what chance adds: adjusted R2, shared out among the players of a game.

How much a game rests on is a :class:`Size`. The formulas of the shares themselves are in
:mod:`cxlens.stats.importance`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from cxlens.stats.games import MOST_EXACT, Game, Method, importance, r2_of
from cxlens.stats.importance import adjusted_lmg, inflation

Floats = NDArray[np.float64]


class Size(NamedTuple):
    """How much a game rests on.

    ``answers``: respondents, or their effective number where weights differ; ``units``: the same of what is resampled;
    ``controls`` and ``rank``: independent columns that are always in (the constant among them), and of the players.
    """

    answers: float
    units: float
    controls: int
    rank: int

    @property
    def by_columns(self) -> Floats:
        """(1 + rank,) by what the residual variance of so many columns is multiplied in adjusted R2."""
        return inflation(self.answers, self.controls, self.rank, self.rank)


def effective(weights: Floats) -> float:
    """How many equal weights would leave as much uncertainty: Kish (1965)."""
    squares = weights**2
    return float(weights.sum() ** 2 / squares.sum())


def r2_adjusted(game: Game, size: Size) -> float:
    """R2 of the model with all players in the answers, less what as many columns of noise would explain."""
    unexplained = 1 - r2_of(game, all_in=True)[0]
    return float(1 - unexplained * size.by_columns[-1])


class Worth(NamedTuple):
    """Importance as :class:`cxlens.stats.games.Importance` has it, and ``adjusted`` (p,) that of adjusted R2."""

    shares: Floats
    sampling_error: Floats
    spread: Floats
    adjusted: Floats


def importances(games: Sequence[Game], sizes: Sequence[Size], method: Method, seed: int) -> list[Worth]:
    """The importance of the players of several games; of many players on as many cores as there are."""
    one_by_one = partial(_worth, method=method, seed=seed)
    if len(games) == 1 or len(games[0].widths) <= MOST_EXACT:
        return [one_by_one(game, size) for game, size in zip(games, sizes, strict=True)]
    # Long vectors are worked on without the interpreter's lock; threads of single products would be in the way.
    with ThreadPoolExecutor(os.cpu_count()) as pool, threadpool_limits(1, user_api="blas"):
        in_turn = pool.map(one_by_one, games, sizes)
        return list(tqdm(in_turn, desc="importance", total=len(games), leave=False, disable=None))


def _worth(game: Game, size: Size, method: Method, seed: int) -> Worth:
    """The importance of the players of one game; that of adjusted R2 is made here where it did not come along."""
    found = importance(game, method, seed, inflation_of(game, size))
    adjusted = found.adjusted
    if adjusted is None:
        adjusted = importance_adjusted(game, found.shares[:, 0], method, size)
    return Worth(found.shares, found.sampling_error, found.spread, adjusted)


def inflation_of(game: Game, size: Size) -> Floats:
    """(k + 1,) by what the residual variance of so many of the players' columns is multiplied."""
    columns = sum(game.widths)
    return inflation(size.answers, size.controls, size.rank, columns)


def importance_adjusted(game: Game, shares: Floats, method: Method, size: Size) -> Floats:
    """(p,) importance of adjusted R2 in the answers; it sums to :func:`r2_adjusted` less that of the controls.

    LMG is that of adjusted R2. From shares (p,) made by another method, what chance explains is taken off in equal
    parts for each column.
    """
    if method == "lmg":
        adjusted = adjusted_lmg(
            game.cov[:, :, :1],
            inflation_of(game, size),
            game.total[:1],
            game.widths,
        )
        return adjusted[:, 0]
    unexplained = 1 - r2_of(game, all_in=False)[0]
    by_controls = 1 - unexplained * size.by_columns[0]
    to_share = r2_adjusted(game, size) - by_controls
    by_chance = shares.sum() - to_share
    parts = np.array(game.widths) / sum(game.widths)
    return np.asarray(shares - by_chance * parts)
