"""R2 and importance less what chance adds: adjusted R2, shared out among the players of a game.

How much a game rests on is a :class:`Size`. The formulas of the shares themselves are in
:mod:`cxlens.stats.importance`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.games import Game, Method, r2_of
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


def importance_adjusted(game: Game, shares: Floats, method: Method, size: Size) -> Floats:
    """(p,) importance of adjusted R2 in the answers; it sums to :func:`r2_adjusted` less that of the controls.

    LMG is that of adjusted R2. From shares (p,) made by another method, what chance explains is taken off in equal
    parts for each column.
    """
    if method == "lmg":
        columns = sum(game.widths)
        by_columns = inflation(size.answers, size.controls, size.rank, columns)
        adjusted = adjusted_lmg(
            game.cov[:, :, :1],
            by_columns,
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
