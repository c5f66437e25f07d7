"""Errors of figures whose weights were raked: only what the margins leave open is uncertain.

Raking makes the sample agree with the margins. What they tell of the scores varies no more from sample to sample, and
what they do not tell counts with its weights: the variance is that of the residuals of the weighted regression on the
margins. Weights themselves are made in :mod:`cxlens.stats.raking`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.intervals import effective_n

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """The margins of a sample, by combination of their categories.

    Attributes
    ----------
    design
        (s, p) for each combination which category of each margin it has: 1 or 0, a row of zeros where none is known.
    w, w2
        (s,) sums of the raked weights, and of their squares, over all answers of each.
    """

    design: Floats
    w: Floats
    w2: Floats

    def variance(self, combination: Ints, cell: Ints, m: int, w: Floats, w2: Floats, away: Floats) -> Floats:
        """(m,) variances of the weighted means of cells.

        Parameters
        ----------
        combination, cell
            (n,) which combination each row has, and which cell it is of.
        m
            How many cells there are.
        w, w2
            (n,) sums of weights, and of their squares, of the answers that a row stands for.
        away
            (n,) how far the row is from the mean of its cell.

        Notes
        -----
        Deville, Sarndal and Sautory (1993), JASA 88. The influence of an answer on the mean of a cell is its distance
        over the weight of the cell, and 0 outside; its regression on the margins is over all answers.
        """
        s = len(self.w)
        shape = (m, s)
        pair = cell * s + combination
        total = np.bincount(cell, w, m).astype(float)
        known_total = np.where(total > 0, total, np.nan)
        influence = away / known_total[cell]
        sums = np.bincount(pair, w * influence, m * s)
        told = self._told_by_margins(sums.reshape(shape).astype(float))
        of_row = told.ravel()[pair]
        residual = influence - of_row
        inside = np.bincount(cell, w2 * residual**2, m)
        of_cell = np.bincount(pair, w2, m * s)
        others = self.w2 - of_cell.reshape(shape)
        outside = np.maximum(others, 0) * told**2
        n = effective_n(total, np.bincount(cell, w2, m))
        several = np.where(n > 1, n, np.nan)
        small_sample = several / (several - 1)
        variance = inside + outside.sum(axis=1)
        return np.asarray(variance * small_sample)

    def _told_by_margins(self, sums: Floats) -> Floats:
        """(m, s) what the margins tell of the influence, from its weighted sums by cell and combination."""
        weighted = self.design.T * self.w
        gram = weighted @ self.design
        inverse = np.linalg.pinv(gram, hermitian=True)
        coef = sums @ self.design @ inverse
        return np.asarray(coef @ self.design.T)


def combined(codes: Sequence[NDArray[np.intp]], widths: Sequence[int]) -> tuple[Ints, Floats]:
    """(n,) the combination of categories that each row has, and (s, p) which categories those are.

    ``codes`` (n,) of each margin: 0 to ``width`` - 1, or -1 where none is known.
    """
    stacked = np.column_stack(codes)
    rows, combination = np.unique(stacked, axis=0, return_inverse=True)
    columns = []
    for place, width in enumerate(widths):
        code = rows[:, place, None]
        columns.append(code == np.arange(width))
    design = np.column_stack(columns)
    number = combination.ravel()
    return (
        number.astype(np.int64),
        design.astype(float),
    )


def calibration_of(combination: Ints, design: Floats, weights: Floats) -> Calibration:
    """The sums of the weights (n,) of each combination."""
    s = len(design)
    w = np.bincount(combination, weights, s)
    w2 = np.bincount(combination, weights**2, s)
    return Calibration(
        design,
        w.astype(float),
        w2.astype(float),
    )
