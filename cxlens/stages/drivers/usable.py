"""Which segments can be analysed, and what has no figure, with the reason in words.

Figures of what can be analysed are made in :mod:`cxlens.stages.drivers.figures`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import count, plural
from cxlens.errors import listing
from cxlens.stages.drivers.answers import Data
from cxlens.stages.drivers.ask import Asked
from cxlens.stats.regression import TOLERANCE, independent, sweep_out
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
SMALLEST = 5  # answers below which a segment, or the mean of a touchpoint, is not shown
TOO_FEW = "needed"  # ends the reason of a segment with too few answers


def usable(survey: Survey, asked: Asked, data: Data) -> tuple[list[int], pd.DataFrame]:
    """Segments that can be analysed, and what has no figure: ``segment``, ``touchpoint``, ``reason``."""
    sums, controls = data.sums, asked.design.k
    totals = sums.totals()
    rest = sweep_out(totals, controls)
    columns = column_names(survey, asked)
    usable_cells: list[int] = []
    reasons: list[tuple[str, str, str]] = []
    for cell, segment in enumerate(sums.cells):
        alive = independent(totals[:-1, :-1, cell])
        why_not = _why_no_segment(asked, data, cell, int(alive.sum()) + 2)
        if why_not is None and rest[-1, -1, cell] <= TOLERANCE * max(totals[-1, -1, cell], 1.0):
            why_not = "everyone gave the same outcome"
        if why_not is not None:
            reasons.append((segment, "all", why_not))
            continue
        usable_cells.append(cell)
        for j in np.flatnonzero(~alive[controls:]).tolist():
            varies = rest[j, j, cell] > TOLERANCE * totals[controls + j, controls + j, cell]
            reasons.append((segment, columns[j], _why_no_column(asked, data, cell, j, varies)))
    return usable_cells, pd.DataFrame(reasons, columns=["segment", "touchpoint", "reason"])


def _why_no_segment(asked: Asked, data: Data, cell: int, columns_and_two: int) -> str | None:
    """Why a segment has too few answers or units for so many columns; None where it has enough."""
    n = int(data.sums.rows[cell].sum())
    needed = max(columns_and_two, SMALLEST)
    if n < needed:
        answers = f"fewer than {SMALLEST} answers" if n < SMALLEST else plural(n, "answer")
        return f"{answers}, {needed} {TOO_FEW}"
    if data.part is None:
        units = np.flatnonzero(data.sums.rows[cell])
    else:
        units = np.unique(data.part.units[data.part.segments == data.sums.cells[cell]])
    if len(units) < 2:
        return f"all answers have the same {asked.design.unit!r}"
    return None


def _why_no_column(asked: Asked, data: Data, cell: int, j: int, varies: bool) -> str:
    """Why a column has no coefficient; ``varies`` says whether usage and covariates leave any of its variance."""
    column = asked.design.player_columns[j]
    if column.kind == "score":
        place = asked.design.scored.index(column.at[0])
        if not data.sums.scored[cell, :, place].any():
            return "nobody scored it"
        given = data.sums.counts[cell, :, place].sum(axis=0) > 0
        if given.sum() == 1:
            return "all who used it gave the same score"
    what = "values" if column.kind == "level" else "scores"
    source = "those of other touchpoints" if varies else "usage and covariates"
    return f"its {what} follow from {source}"


def column_names(survey: Survey, asked: Asked) -> list[str]:
    """A name for each column of the players: that of the touchpoint where it is one, else of the player."""
    names = []
    for player, columns in zip(asked.names, asked.design.players, strict=True):
        for column in columns:
            if column.kind == "level":
                names.append(f"{player} = {column.given[1]}")
            elif column.kind == "score" and len(columns) > 1:
                names.append(survey.touchpoints[column.at[0]])
            else:
                names.append(player)
    return names


def nothing_left(survey: Survey, asked: Asked, data: Data, unusable: pd.DataFrame) -> str:
    """Why no segment can be analysed, and what to do."""
    used = f"{count(data.sums.rows.sum())} of {count(survey.n)}"
    reasons = listing(f"{count(n)} with {reason}" for reason, n in data.dropped.items() if n)
    left_out = f" (left out: {reasons})" if reasons else ""
    where = f" in any segment of {asked.by!r}" if asked.by else ""
    if unusable["reason"].str.endswith(TOO_FEW).all():
        return (
            f"too few complete answers{where}: {used} can be used{left_out}. "
            "Name fewer touchpoints, or touchpoints that more people rated."
        )
    why = [f"{segment}: {reason}" if asked.by else reason for segment, _, reason in unusable.itertuples(index=False)]
    return (
        f"outcome {asked.outcome!r} cannot be explained{where}: {'; '.join(why)}. "
        f"{used} answers can be used{left_out}. "
        "Choose another outcome, grouping or cluster, or keep more answers."
    )
