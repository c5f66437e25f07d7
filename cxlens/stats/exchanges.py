"""Exchanges: moves in linked tables that change no total by a single column.

Somebody with one set of values in the columns of a block, and somebody with another, exchange these; a second block
tells the two apart. Where both blocks are a column each, that is a rectangle in the table by both. Which cell needs an
exchange is the business of :mod:`cxlens.stats.people_moves`.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.linked_tables import Cells, Views

Floats = NDArray[np.float64]
Block = dict[int, list[int]]  # each column of a block with the two levels that are exchanged

IMPOSSIBLE = 1e9  # the cost of touching an empty cell
NEVER = 1e12  # the cost of what no further column can mend
STARTS = 6  # rectangles to start from, where none will do
MOST_COLUMNS = 6  # columns of both blocks


class Exchanges:
    """The exchanges through a cell of a table by two columns.

    Parameters
    ----------
    costs
        What it costs to touch each cell of all tables, :data:`IMPOSSIBLE` where it is empty.
    places
        The places of the cells in the vector of all.
    cell
        Its two columns with its levels in them.
    pinned
        A third column and a level: the cell of the table by three that must be touched.
    """

    def __init__(
        self,
        costs: Views[np.float64],
        places: Views[np.int64],
        cell: dict[int, int],
        pinned: dict[int, int],
    ) -> None:
        self.tables = costs.tables
        self.costs = costs
        self.places = places
        self.cell = cell
        self.pinned = pinned
        self.has_cubes = len(self.tables.columns[-1]) == 3

    def cheapest(self) -> Cells | None:
        """The cells of an exchange: the cheapest rectangle, or the cheapest found with more columns."""
        (row_column, row), (column_column, column) = self.cell.items()
        total = self._rectangles(row_column, row, column_column, column)
        best_cost = IMPOSSIBLE
        best = None
        for start in np.argsort(total, axis=None)[:STARTS]:
            other_row, other_column = np.unravel_index(start, total.shape)
            if total[other_row, other_column] >= NEVER:
                break
            first = {row_column: [row, int(other_row)]}
            second = {column_column: [column, int(other_column)]}
            is_possible = total[other_row, other_column] < IMPOSSIBLE
            if not is_possible and not self._grow(first, second):
                continue
            cells = self._cells(first, second)
            cost = self.costs.values[cells].sum()
            if cost < best_cost:
                best_cost = cost
                best = cells
            if is_possible:
                break
        return best

    def _rectangles(
        self,
        row_column: int,
        row: int,
        column_column: int,
        column: int,
    ) -> Floats:
        """(rows, columns) the cost of a rectangle by its other row and column.

        In a table by these and a third column the four cells may lie at any level of the third.
        """
        cost = _corners(self.costs.by(row_column, column_column), row, column)
        total = np.where(cost < IMPOSSIBLE, cost, NEVER)
        for third in self._rest({row_column, column_column}):
            cube = self.costs.by(row_column, column_column, third)
            layers = cube[..., self._levels(third)]
            by_layer = _corners(layers, row, column)
            total += by_layer.min(axis=2)
        total[row] = NEVER
        total[:, column] = NEVER
        return total

    def _rest(self, columns: set[int]) -> list[int]:
        """All other columns; none where there are no tables by three."""
        if not self.has_cubes:
            return []
        return [column for column in range(self.tables.codes.shape[1]) if column not in columns]

    def _levels(self, column: int) -> list[int] | slice:
        """The levels of a column that a layer may lie at."""
        if column in self.pinned:
            return [self.pinned[column]]
        return slice(None)

    def _grow(
        self,
        first: Block,
        second: Block,
    ) -> bool:
        """Take columns into the blocks, in place, until each table has a layer where all four cells hold somebody.

        False where that cannot be.
        """
        while len(first) + len(second) <= MOST_COLUMNS:
            column = self._column_without_layer(first, second)
            if column is None:
                return True
            into_first = self._costs_of_taking(column, second, first)
            into_second = self._costs_of_taking(column, first, second)
            block = first
            costs = into_first
            if into_second.min() < into_first.min():
                block = second
                costs = into_second
            if costs.min() >= NEVER:
                return False
            levels = np.unravel_index(costs.argmin(), costs.shape)
            block[column] = [int(level) for level in levels]
        return False

    def _column_without_layer(
        self,
        first: Block,
        second: Block,
    ) -> int | None:
        """A column outside the blocks that has no level at which four cells hold somebody."""
        for third in self._rest({*first, *second}):
            for one in first:
                for other in second:
                    layers = self._layers(one, first[one], other, second[other], third)
                    if layers.min() >= IMPOSSIBLE:
                        return third
        return None

    def _layers(
        self,
        one: int,
        rows: list[int],
        other: int,
        columns: list[int],
        third: int,
    ) -> Floats:
        """The cost of a rectangle at each level of a third column."""
        view = self.costs.by(one, other, third)
        one_row = view[rows[0], columns[0]] + view[rows[0], columns[1]]
        other_row = view[rows[1], columns[0]] + view[rows[1], columns[1]]
        return np.asarray((one_row + other_row)[self._levels(third)])

    def _costs_of_taking(
        self,
        column: int,
        across: Block,
        block: Block,
    ) -> Floats:
        """(levels, levels) what it costs to take a column into a block, by the two levels that it exchanges.

        ``across`` is the other block.
        """
        fixed = self._fixed_costs(column, across, block)
        np.fill_diagonal(fixed, NEVER)
        if column in self.pinned:
            is_other = np.arange(len(fixed)) != self.pinned[column]
            fixed[is_other] = NEVER
        fixed[fixed >= IMPOSSIBLE] = NEVER
        return fixed + self._layer_costs(column, across, block)

    def _fixed_costs(
        self,
        column: int,
        across: Block,
        block: Block,
    ) -> Floats:
        """(levels, levels) what is to be hidden in tables by the column and columns of the blocks."""
        levels = self.tables.shapes[column][0]
        total = np.zeros((levels, levels))
        for one, rows in across.items():
            square = self.costs.by(one, column)[rows]
            total += _both(square.sum(axis=0))
            for beside, (before, after) in block.items():
                cube = self.costs.by(one, beside, column)[rows]
                by_level = cube.sum(axis=0)
                total += by_level[before][:, None]
                total += by_level[after]
        for one, other in combinations(across, 2):
            cube = self.costs.by(one, other, column)
            lines = cube[across[one], across[other]]
            total += _both(lines.sum(axis=0))
        return total

    def _layer_costs(
        self,
        column: int,
        across: Block,
        block: Block,
    ) -> Floats:
        """(levels, levels) what is to be hidden in tables by the column and one outside, at the best layers."""
        levels = self.tables.shapes[column][0]
        total = np.zeros((levels, levels))
        outside = self._rest({column, *across, *block})
        for one, rows in across.items():
            for third in outside:
                cube = self.costs.by(one, column, third)[rows]
                layers = cube.sum(axis=0)[:, self._levels(third)]
                pairs = layers[:, None] + layers
                total += pairs.min(axis=2)
        return total

    def _cells(
        self,
        first: Block,
        second: Block,
    ) -> Cells:
        """The cells that an exchange touches, at the cheapest layers."""
        cells = []
        for one, rows in first.items():
            for other, columns in second.items():
                corners = np.ix_(rows, columns)
                square = self.places.by(one, other)
                cells.append(square[corners].ravel())
                for third in self._rest({*first, *second}):
                    layers = self._layers(one, rows, other, columns, third)
                    cube = self.places.by(one, other, third)
                    cube = cube[..., self._levels(third)]
                    square = cube[..., layers.argmin()]
                    cells.append(square[corners].ravel())
        if self.has_cubes:
            cells += self._cells_within(first, second)
            cells += self._cells_within(second, first)
        return np.concatenate(cells)

    def _cells_within(
        self,
        block: Block,
        across: Block,
    ) -> list[Cells]:
        """The cells of tables by two columns of a block and one of the other."""
        cells = []
        for one, other in combinations(block, 2):
            for third, levels in across.items():
                cube = self.places.by(one, other, third)
                lines = cube[block[one], block[other]]
                corners = lines[:, levels]
                cells.append(corners.ravel())
        return cells


def _corners(
    cost: Floats,
    row: int,
    column: int,
) -> Floats:
    """The cost of four cells by the other row and column, with axes that follow: (rows, columns, ...)."""
    same_row = cost[[row]]
    same_column = cost[:, [column]]
    corner = cost[row, column]
    corners: Floats = cost + same_row + same_column + corner
    return corners


def _both(line: Floats) -> Floats:
    """(levels, levels) what two levels of a line cost together."""
    both: Floats = line[:, None] + line
    return both
