"""Moves of whole people that change a small cell of linked tables and keep every total that is shown.

A move adds one person to some cells and takes one from as many; these cells are to be hidden, and no others change, so
that nobody can tell the counts from those after the move, or before its reverse. Each cell that it touches holds
somebody: empty cells are known. Which cells need a move is the business of :mod:`cxlens.stats.disclosure`.
"""

from __future__ import annotations

from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.exchanges import IMPOSSIBLE, Exchanges
from cxlens.stats.linked_tables import Cells, Columns, Counts, LinkedTables, Views

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
People = NDArray[np.int64]

COSTS = np.array([0.0, 300.0, 3.0, 1.0])  # of hiding a cell that is not small, by the number of its table's columns
SHOWN_ELSEWHERE = 1e6  # of hiding a cell that another table shows: more than all others together
GIVERS = 60  # people tried whose values one could get: those who differ in the fewest columns
TRIED = 2  # people of a small cell that are tried


class PeopleMoves:
    """Cells to hide, and the moves that keep them from being worked out.

    Parameters
    ----------
    tables
        All tables.
    least
        Cells of 1 to ``least`` - 1 people are small, and hidden from the start.
    already
        (cells,) what is hidden besides. The other cells of all tables but the last are shown elsewhere.
    """

    def __init__(
        self,
        tables: LinkedTables,
        least: int,
        already: Flags | None = None,
    ) -> None:
        self.tables = tables
        self.already = np.zeros(len(tables.counts), bool) if already is None else already
        self.small = (tables.counts > 0) & (tables.counts < least)
        self.moves: list[Cells] = []
        self.moves_through = np.zeros(len(tables.counts), np.int64)  # moves that touch each cell
        self.cost = COSTS[tables.size_of_table] + tables.counts / len(tables.codes)  # of two, rather the smaller
        if already is not None:
            self.cost[: tables.offset[-1]] = SHOWN_ELSEWHERE
            self.cost[already] = 0.0
        self.cost[self.small] = 0.0
        self.cost[tables.counts == 0] = IMPOSSIBLE
        self._costs = Views(tables, self.cost)
        self._places = Views(tables, np.arange(len(tables.counts)))

    @cached_property
    def kinds(self) -> People:
        """(kinds, columns): each kind of people once. Only changes ask for them, and of millions it takes a while."""
        return np.unique(self.tables.codes, axis=0)

    @property
    def hidden(self) -> Flags:
        """(cells,): small cells, those hidden already, and those that moves touch."""
        return self.small | self.already | (self.moves_through > 0)

    def cover(self, cells: Cells) -> None:
        """Find a move through each of these small cells that has none yet."""
        for cell in cells.tolist():
            if self.moves_through[cell] == 0:
                self._add(self._find(cell))

    def drop_needless(self, cells: Cells) -> None:
        """Take back moves, the latest first, without which each of these cells still has one."""
        is_wanted = np.zeros(len(self.small), bool)
        is_wanted[cells] = True
        needed = []
        for move in reversed(self.moves):
            only_move = is_wanted[move] & (self.moves_through[move] == 1)
            if only_move.any():
                needed.append(move)
            else:
                self.moves_through[move] -= 1
        self.moves = needed[::-1]

    def _add(self, move: Cells) -> None:
        """Hide the cells of a move; they cost no other move anything."""
        self.moves.append(move)
        self.moves_through[move] += 1
        self.cost[move] = 0.0

    def _find(self, cell: int) -> Cells:
        """The cells of a move that changes a cell: an exchange where there is one, otherwise a change."""
        columns = self.tables.columns[self.tables.table_of(cell)]
        level_of = dict(zip(columns, self.tables.levels_of(cell)))
        best_cost = IMPOSSIBLE
        best: Cells | None = None
        for pair in combinations(columns, 2):
            pair_cell = {column: level_of[column] for column in pair}
            pinned = {column: level_of[column] for column in columns if column not in pair}
            exchange = Exchanges(self._costs, self._places, pair_cell, pinned).cheapest()
            if exchange is not None and self.cost[exchange].sum() < best_cost:
                best_cost = self.cost[exchange].sum()
                best = exchange
        if best is None:
            return self._change(columns, self.tables.people_in(cell))
        return best

    def _change(
        self,
        columns: Columns,
        people: People,
    ) -> Cells:
        """A person gets some values of another, all of them if need be: so there is always a change."""
        best_cost = np.inf
        best = people[:1]
        for person in people[:TRIED]:
            for column in columns:
                givers = self.kinds[self.kinds[:, column] != person[column]]
                search = _Growth(self.tables, self.cost, person, _nearest(givers, person, GIVERS), column)
                cost, profiles = search.cheapest()
                if cost < best_cost:
                    best_cost = cost
                    best = profiles
        return self._touched(best, np.array([-1, 1]))

    def _touched(
        self,
        profiles: People,
        signs: Counts,
    ) -> Cells:
        """The cells whose counts change when people are added and taken."""
        cells = self.tables.cells_of(profiles)
        distinct, where = np.unique(cells.ravel(), return_inverse=True)
        change = np.bincount(where, np.repeat(signs, cells.shape[1]))
        touched: Cells = distinct[change != 0]
        return touched


class _Growth:
    """Columns in which a person gets the values of others: one to start with, and more where a cell would be empty."""

    def __init__(
        self,
        tables: LinkedTables,
        cost: Floats,
        person: People,
        givers: People,
        first: int,
    ) -> None:
        self.tables = tables
        self.cost = cost
        self.person = person
        self.givers = givers
        self.has_column = (tables.stride > 0).astype(np.float32)  # (tables, k)
        self.changed = np.zeros(givers.shape, bool)
        self.changed[:, first] = True

    def cheapest(self) -> tuple[float, People]:
        """The cost, and two profiles: the person before and after."""
        while self._grow():
            pass
        after = self._after()
        touched = self.cost[self.tables.cells_of(after)] + self.cost[self.tables.cells_of(self.person[None])]
        costs = np.where(self._tables_that_change(), touched, 0.0).sum(axis=1)
        best = int(np.argmin(costs))
        return float(costs[best]), np.stack([self.person, after[best]])

    def _after(self) -> People:
        """(p, k) the person with values of each giver."""
        return np.where(self.changed, self.givers, self.person)

    def _tables_that_change(self) -> Flags:
        """(p, tables) those by a column that changes."""
        return np.asarray(self.changed.astype(np.float32) @ self.has_column.T > 0)

    def _grow(self) -> bool:
        """Change the columns of tables where the cell of the changed person is empty; whether there were any."""
        empty = self.cost[self.tables.cells_of(self._after())] >= IMPOSSIBLE
        empty &= self._tables_that_change()
        in_empty_cells = empty.astype(np.float32) @ self.has_column > 0
        more = in_empty_cells & ~self.changed & (self.givers != self.person)
        self.changed |= more
        return bool(more.any())


def _nearest(
    people: People,
    person: People,
    number: int,
) -> People:
    """So many people at most, who differ from a person in the fewest columns."""
    differences = (people != person).sum(axis=1)
    order = np.argsort(differences, kind="stable")
    return people[order[:number]]
