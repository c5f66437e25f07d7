"""Moments: the small sums from which regressions, importances and bootstraps follow.

Weighted cross-products of the design's columns by cell (segment) and block, with the counts of each
score level beside them. They add up over batches, machines, segments and waves. How rows become columns
is the engine's business; this module knows numbers only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MOST_LEVELS = 1_000  # distinct scores counted; a table of more is of measurements, not of ratings


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Sums over rows, c cells, b blocks, q columns, p drivers, l score levels.

    Attributes
    ----------
    columns
        The p names of the drivers. Of the q columns, 1 and the controls come before them, the outcome after.
    cells
        Names of the cells.
    products
        (c, b, q, q) sums of w z z'.
    rows
        (c, b) number of rows.
    scored
        (c, b, p) rows with a score.
    levels
        (l,) the distinct scores; none where they are more than 1,000, in these rows or in any added to them.
    counts
        (c, b, p, l) sum of weights at each score.
    """

    columns: tuple[str, ...]
    cells: tuple[str, ...]
    products: Floats
    rows: NDArray[np.int64]
    scored: NDArray[np.int64]
    levels: Floats
    counts: Floats

    def __add__(self, other: Moments) -> Moments:
        """The sums over both sets of rows; cells and levels are united."""
        blocks = self.products.shape[1]
        other_blocks = other.products.shape[1]
        if self.columns != other.columns or blocks != other_blocks:
            raise ValueError("moments of different columns or numbers of blocks do not add up")
        cells = tuple(sorted({*self.cells, *other.cells}))
        levels = np.union1d(self.levels, other.levels)
        if len(levels) > MOST_LEVELS or self.uncounted or other.uncounted:
            levels = np.empty(0)  # counts of some of the rows only would pass for counts of all
        first = self.spread(cells, levels)
        second = other.spread(cells, levels)
        return Moments(
            self.columns,
            cells,
            products=first.products + second.products,
            rows=first.rows + second.rows,
            scored=first.scored + second.scored,
            levels=levels,
            counts=first.counts + second.counts,
        )

    @property
    def uncounted(self) -> bool:
        """Whether there are scores, but too many different ones to be counted."""
        return not len(self.levels) and bool(self.scored.any())

    def spread(self, cells: tuple[str, ...], levels: Floats) -> Moments:
        """The same sums laid out over more cells and levels, zero where there is nothing; no levels: no counts."""
        if cells == self.cells and np.array_equal(levels, self.levels):
            return self
        places = [cells.index(cell) for cell in self.cells]
        return Moments(
            self.columns,
            cells,
            products=_spread_cells(self.products, places, len(cells)),
            rows=_spread_cells(self.rows, places, len(cells)),
            scored=_spread_cells(self.scored, places, len(cells)),
            levels=levels,
            counts=_spread_cells(self._counts_at(levels), places, len(cells)),
        )

    def _counts_at(self, levels: Floats) -> Floats:
        """(c, b, p, levels) counts at more levels, or at none."""
        cells, blocks, drivers, _ = self.counts.shape
        counts = np.zeros((cells, blocks, drivers, len(levels)))
        if len(levels):
            counts[..., np.searchsorted(levels, self.levels)] = self.counts
        return counts

    def totals(self) -> Floats:
        """(q, q, c) cross-products, blocks added up: the form the other modules of this room read."""
        return np.moveaxis(self.products.sum(axis=1), 0, -1)

    def level_shares(self) -> Floats:
        """(c, p, l) share of all respondents (weighted) who gave each score; sums to the reach. NaN without any."""
        everyone = self.products[:, :, 0, 0].sum(axis=1)
        everyone = np.where(everyone > 0, everyone, np.nan)
        return np.asarray(self.counts.sum(axis=1) / everyone[:, None, None])


def _spread_cells(
    values: NDArray[Any],
    places: list[int],
    cells: int,
) -> NDArray[Any]:
    """Values of some cells (some, ...) at their places among more cells (cells, ...), 0 elsewhere."""
    wider = np.zeros((cells, *values.shape[1:]), values.dtype)
    wider[places] = values
    return wider
