"""All tables of counts by one, two or three key columns of the same people, in one vector of cells.

A table by two columns holds the totals of every table by these two and a third. Which cells to hide is the business of
:mod:`cxlens.stats.disclosure`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Columns = tuple[int, ...]
Counts = NDArray[np.int64]
Cells = NDArray[np.int64]  # places of cells in the vector of all
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class LinkedTables:
    """Tables by 1 to ``order`` columns; made by :meth:`count`.

    Attributes
    ----------
    codes
        (n, k): the level of each person in each column.
    columns
        The columns of each table, ascending; tables by fewer columns come first.
    shapes
        Levels of each of these columns.
    offset, stride
        (tables,) and (tables, k): the cell of a person in table t is ``offset[t]`` plus the sum of ``stride[t]`` times
        that person's levels.
    counts
        (cells,): people in each cell of all tables.
    size_of_table
        (cells,): by how many columns the table of each cell is.
    place
        The number of the table by these columns, ascending.
    """

    codes: NDArray[np.int64]
    columns: list[Columns]
    shapes: list[tuple[int, ...]]
    offset: NDArray[np.int64]
    stride: NDArray[np.int64]
    counts: Counts
    size_of_table: NDArray[np.int64]
    place: dict[Columns, int]

    @classmethod
    def count(
        cls,
        codes: NDArray[np.int64],
        order: int,
    ) -> LinkedTables:
        """Count people (n, k) in all tables by up to ``order`` columns."""
        levels = codes.max(axis=0, initial=0) + 1
        columns = _column_sets(codes.shape[1], order)
        shapes = [tuple(levels[list(table)].tolist()) for table in columns]
        stride = _strides(columns, shapes, codes.shape[1])
        sizes = np.array([prod(shape) for shape in shapes], np.int64)
        numbers = np.array([len(table) for table in columns], np.int64)
        return cls(
            codes=codes,
            columns=columns,
            shapes=shapes,
            offset=np.cumsum(sizes) - sizes,
            stride=stride,
            counts=_counts(codes, columns, stride, sizes),
            size_of_table=np.repeat(numbers, sizes),
            place={table: t for t, table in enumerate(columns)},
        )

    def view(
        self,
        t: int,
        values: NDArray[Scalar],
    ) -> NDArray[Scalar]:
        """What belongs to table t of a vector over all cells, in the shape of that table; not a copy."""
        shape = self.shapes[t]
        first = self.offset[t]
        return values[first : first + prod(shape)].reshape(shape)

    def cells_of(self, profiles: NDArray[np.int64]) -> Cells:
        """The cells of people (p, k), one of each table: (p, tables)."""
        within = profiles.astype(np.float64) @ self.stride.T  # exact, and faster than with whole numbers
        return self.offset + within.astype(np.int64)

    def table_of(self, cell: int) -> int:
        """The table of a cell."""
        return int(np.searchsorted(self.offset, cell, side="right")) - 1

    def levels_of(self, cell: int) -> tuple[int, ...]:
        """The level of each column of a cell's table."""
        t = self.table_of(cell)
        levels = np.unravel_index(cell - self.offset[t], self.shapes[t])
        return tuple(int(level) for level in levels)

    def people_in(self, cell: int) -> NDArray[np.int64]:
        """The people (p, k) of a cell."""
        columns = self.columns[self.table_of(cell)]
        there = np.ones(len(self.codes), bool)
        for column, level in zip(columns, self.levels_of(cell)):
            there &= self.codes[:, column] == level
        return self.codes[there]

    def by_table(self, values: NDArray[Any]) -> dict[Columns, NDArray[Any]]:
        """A vector over all cells, cut into its tables."""
        return {table: self.view(t, values) for t, table in enumerate(self.columns)}


def _column_sets(
    k: int,
    order: int,
) -> list[Columns]:
    """The columns of all tables."""
    columns: list[Columns] = []
    for size in range(1, order + 1):
        columns += combinations(range(k), size)
    return columns


def _strides(
    columns: list[Columns],
    shapes: list[tuple[int, ...]],
    k: int,
) -> NDArray[np.int64]:
    """(tables, k) how far apart two cells are whose levels of a column differ by one."""
    stride = np.zeros((len(columns), k), np.int64)
    for t, shape in enumerate(shapes):
        for place, column in enumerate(columns[t]):
            stride[t, column] = prod(shape[place + 1 :])
    return stride


def _counts(
    codes: NDArray[np.int64],
    columns: list[Columns],
    stride: NDArray[np.int64],
    sizes: NDArray[np.int64],
) -> Counts:
    """(cells,) people in each cell of all tables."""
    by_column = np.ascontiguousarray(codes.T)
    counts = [np.zeros(0, np.int64)]
    for t, table in enumerate(columns):
        cell = np.zeros(len(codes), np.int64)
        for column in table:
            cell += by_column[column] * stride[t, column]
        counts.append(np.bincount(cell, minlength=sizes[t]))
    return np.concatenate(counts)


class Views(Generic[Scalar]):
    """A vector over all cells, seen table by table with the axes in any order; no copies."""

    def __init__(
        self,
        tables: LinkedTables,
        values: NDArray[Scalar],
    ) -> None:
        self.tables = tables
        self.values = values
        self._views: dict[Columns, NDArray[Scalar]] = {}

    def by(self, *columns: int) -> NDArray[Scalar]:
        """The table by these columns, with its axes in their order."""
        view = self._views.get(columns)
        if view is None:
            ascending = tuple(sorted(columns))
            axes = [ascending.index(column) for column in columns]
            view = self.tables.view(self.tables.place[ascending], self.values).transpose(axes)
            self._views[columns] = view
        return view
