"""How alike two touchpoints are rated, among those who used both.

Variances over the rows of a pair need the squares of scores in the design. What is said of the pairs belongs to
:mod:`cxlens.stages.baseline.verdicts` and :mod:`cxlens.stages.drivers.diagnosis`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.design import Column, Design
from cxlens.stages.drivers.ask import Asked
from cxlens.stats.regression import pairwise

Floats = NDArray[np.float64]


def with_squares(asked: Asked) -> Asked:
    """The same question with the square of each score behind all other columns, as :func:`correlations` reads it."""
    squares = tuple((Column("square", (touchpoint,), (0.0,)),) for touchpoint in score_columns(asked.design))
    design = asked.design
    return asked._replace(design=design._replace(players=(*design.players, *squares)))


def score_columns(design: Design) -> dict[int, int]:
    """Which column of the design has the scores of each touchpoint that is scored as it is."""
    scores = {
        number: column.at[0] for number, column in enumerate(design.player_columns, design.k) if column.kind == "score"
    }
    return {touchpoint: number for number, touchpoint in scores.items()}


def usage_columns(design: Design) -> NDArray[np.int64]:
    """For each touchpoint of :func:`score_columns` the column that says who used it; 0, the constant, if everybody."""
    flags = {touchpoint: number for number, touchpoint in enumerate(design.flags, 1)}
    return np.array([flags.get(touchpoint, 0) for touchpoint in score_columns(design)], np.int64)


def correlations(stack: Floats, design: Design) -> Floats:
    """(p, p, d) correlations of the scores of two touchpoints among those who used both.

    Parameters
    ----------
    stack
        (q, q, d) cross-products of the question :func:`with_squares`.
    design
        The design of the question itself.
    """
    scores = np.array(list(score_columns(design).values()), np.int64)
    outcome = len(stack) - 1
    squares = np.arange(outcome - len(scores), outcome)
    return pairwise(stack, usage_columns(design), scores, squares)
