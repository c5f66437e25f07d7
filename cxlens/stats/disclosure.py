"""Which cells of all tables of a survey to hide, so that a small one cannot be worked out from any of them.

The tables are those by every one, two or three of the key columns. They are linked: a table by two columns holds totals
of every table by these two and a third. :mod:`cxlens.stats.suppression` does the same for one table alone. What the
columns mean, and how a hidden cell is marked, does not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.cube_moves import frozen_cells, guard
from cxlens.stats.linked_tables import Cells, Columns, Counts, LinkedTables
from cxlens.stats.people_moves import PeopleMoves

Flags = NDArray[np.bool_]
FILLINGS = 5  # times that lines of a table by three columns are filled


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """What to hide in all tables by up to three columns.

    Attributes
    ----------
    counts
        For each tuple of columns, ascending: people by the levels of these columns. Of no columns: all people.
    hidden
        For each tuple of columns, in the shape of ``counts``: True where the cell is to be hidden.
    least
        Counts from 1 to below it are small.
    """

    counts: dict[Columns, Counts]
    hidden: dict[Columns, Flags]
    least: int

    def share_hidden(self, number: int) -> float:
        """The share of the cells that are not small which are hidden in tables by so many columns; NaN without any."""
        large = 0
        large_hidden = 0
        for columns, counts in self.counts.items():
            if len(columns) == number:
                is_large = counts >= self.least
                large += int(is_large.sum())
                large_hidden += int((is_large & self.hidden[columns]).sum())
        return large_hidden / large if large else np.nan


def hidden_in_all_tables(codes: NDArray[np.int64], least: int, order: int = 3) -> Pattern:
    """Which cells to hide in all tables by up to ``order`` columns, so that no small cell can be worked out.

    Whoever knows every shown count of all these tables, the number of all people, which cells are empty, and that
    counts are not negative, is left with an interval at least 1 wide for every cell of 1 to ``least`` - 1 people. And
    what a line of a table hides, where its total is shown, is ``least`` people or more together.

    Parameters
    ----------
    codes
        (n, k): the level of each person in each column, from 0 on.
    least
        Counts from 1 to below it are small.
    order
        1, 2 or 3: the most columns that a table has.

    Returns
    -------
    Pattern
        All tables, with what to hide. Where all people are fewer than ``least`` that is everything, and where they are
        all in one small cell nothing more can be done.

    Notes
    -----
    Complementary suppression in linked tables (Cox 1980, Journal of the American Statistical Association 75; Cox 1995,
    the same 90). To hide the fewest cells is an integer program (Fischetti and Salazar 2000, the same 95; 2001,
    Management Science 47), out of reach for tens of thousands of cells in hundreds of linked tables; Castro (2012,
    European Journal of Operational Research 216) reviews what is done instead. Here each small cell gets a *move*, a
    change of hidden cells that keeps all that is shown: the counts cannot be told from those after the move.

    1. Small cells of tables by one or two columns, and those by three that no move within their own table changes, get
       a move of whole people, the one that hides the fewest cells more (:mod:`cxlens.stats.people_moves`).
    2. Moves that later ones made needless are taken back.
    3. In each table by three columns, the cells that might help start hidden, and are shown one after the other as long
       as each small cell keeps a move that leaves all tables by two columns as they are, and that is wide enough
       (:mod:`cxlens.stats.cube_moves`). None of those left could be shown on its own.

    The attacker is a linear program over the cells of all these tables, and the totals that link them. One who also
    uses that there is a table by all columns together, with no negative count, may know more where there are over
    three columns.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1], [0, 2], [1, 2]], [2, 9, 9, 9, 40, 40], axis=0)
    >>> hidden_in_all_tables(codes, least=5).hidden[0, 1]
    array([[ True,  True, False],
           [ True,  True, False]])
    """
    varying = [column for column in range(codes.shape[1]) if np.ptp(codes[:, column]) > 0]
    tables = LinkedTables.count(codes[:, varying], order)
    hidden = _hidden_cells(tables, least)
    return _with_constant_columns(tables, hidden, varying, codes, least, order)


def hidden_in_one_table(codes: NDArray[np.int64], least: int, known: Mapping[Columns, Flags]) -> Flags:
    """Which cells of the table by all three columns to hide, where those by one and two of them hide these already.

    Parameters
    ----------
    codes
        (n, 3): the level of each person in each column, from 0 on.
    least
        Counts from 1 to below it are small.
    known
        What the tables by one and two of the columns hide, as :attr:`Pattern.hidden` has it.

    Returns
    -------
    NDArray[np.bool_]
        In the shape of the table. Moves that would change what the other tables show are taken only where there are
        no others; of such a cell these tables tell something, whatever this one hides.
    """
    tables = LinkedTables.count(codes, 3)
    already = np.zeros(len(tables.counts), bool)
    for t, table in enumerate(tables.columns[:-1]):
        tables.view(t, already)[:] = known[table]
    hidden = _hidden_cells(tables, least, already)
    last = len(tables.columns) - 1
    return tables.view(last, hidden)


def _hidden_cells(tables: LinkedTables, least: int, already: Flags | None = None) -> Flags:
    """(cells,) what to hide; with ``already``, tables by fewer columns than the last one hide nothing more."""
    if len(tables.codes) < least:
        return tables.counts > 0
    moves = PeopleMoves(tables, least, already)
    in_need = _frozen(tables)
    in_need |= tables.size_of_table < 3
    wanted = np.flatnonzero(moves.small & in_need)
    moves.cover(wanted)
    moves.drop_needless(wanted)
    _fill_lines(tables, moves, least)
    guards, unmoved = _guard_tables(tables, moves, least)
    moves.cover(unmoved)
    return moves.hidden | guards


def _fill_lines(tables: LinkedTables, moves: PeopleMoves, least: int) -> None:
    """Hide more in tables by one or two columns, in place, until what a line hides is ``least`` people together."""
    lines = _Lines.of(tables, [t for t, columns in enumerate(tables.columns) if len(columns) < 3])
    while True:
        more = lines.next_of_thin(tables.counts, moves.hidden, least)
        if not len(more):
            return
        moves.cover(more)


class _Lines(NamedTuple):
    """The lines of tables: each cell of a line, that line, and, for each line, its total.

    ``cell`` and ``line`` (entries,): a cell is in as many lines as its table has columns. ``total`` (lines,): the cell
    of the table by one column less; -1 is all people.
    """

    cell: Cells
    line: Cells
    total: Cells

    @classmethod
    def of(cls, tables: LinkedTables, numbers: Sequence[int]) -> _Lines:
        """The lines of these tables."""
        places = np.arange(len(tables.counts))
        cells = [np.zeros(0, np.int64)]
        lines = [np.zeros(0, np.int64)]
        totals = [np.zeros(0, np.int64)]
        lines_so_far = 0
        for t in numbers:
            columns = tables.columns[t]
            own = tables.view(t, places)
            for axis in range(own.ndim):
                total = np.array(-1)
                others = columns[:axis] + columns[axis + 1 :]
                if others:
                    total = tables.view(tables.place[others], places)
                numbered = np.arange(total.size) + lines_so_far
                lines_so_far += total.size
                along_axis = np.expand_dims(numbered.reshape(total.shape), axis)
                of_cells = np.broadcast_to(along_axis, own.shape)
                cells.append(own.ravel())
                lines.append(of_cells.ravel())
                totals.append(total.ravel())
        return cls(
            np.concatenate(cells),
            np.concatenate(lines),
            np.concatenate(totals),
        )

    def next_of_thin(self, counts: Counts, hidden: Flags, least: int) -> Cells:
        """The smallest cell that is shown of each line that hides some people, but fewer than ``least``.

        Whoever takes what is shown from the total of such a line knows these few, all together. A line whose total is
        hidden tells nothing.
        """
        people = np.where(hidden, counts, 0)[self.cell]
        together = np.bincount(self.line, people, len(self.total))
        is_thin = (together > 0) & (together < least)
        is_thin &= (self.total < 0) | ~hidden[self.total]
        could_help = is_thin[self.line] & ~hidden[self.cell] & (counts[self.cell] > 0)
        cell = self.cell[could_help]
        line = self.line[could_help]
        by_line = np.lexsort((counts[cell], line))
        _, first = np.unique(line[by_line], return_index=True)
        return np.unique(cell[by_line][first])


def _frozen(tables: LinkedTables) -> Flags:
    """(cells,) which cells of tables by three columns no move within the table changes."""
    frozen = np.zeros(len(tables.counts), bool)
    for t, columns in enumerate(tables.columns):
        if len(columns) == 3:
            tables.view(t, frozen)[:] = frozen_cells(tables.view(t, tables.counts))
    return frozen


def _guard_tables(tables: LinkedTables, moves: PeopleMoves, least: int) -> tuple[Flags, Cells]:
    """(cells,) what else to hide in tables by three columns, and the small cells that remain without a move."""
    in_need = moves.small & (moves.moves_through == 0)
    hidden = moves.hidden
    unmoved = np.zeros(len(hidden), bool)
    for t, columns in enumerate(tables.columns):
        small = tables.view(t, in_need)
        if len(columns) == 3 and small.any():
            table_hidden = tables.view(t, hidden)
            counts = tables.view(t, tables.counts)
            table_hidden[:], tables.view(t, unmoved)[:] = guard(counts, small, table_hidden)
            _fill_lines_of(tables, t, hidden, least)
    return hidden, np.flatnonzero(unmoved)


def _fill_lines_of(tables: LinkedTables, t: int, hidden: Flags, least: int) -> None:
    """Hide more in a table by three columns, in place, until what a line hides is ``least`` people, where that can be.

    What is added gets a move of its own, which keeps all tables by two columns; a cell that has none guards nothing.
    """
    counts = tables.view(t, tables.counts)
    table_hidden = tables.view(t, hidden)
    lines = _Lines.of(tables, [t])
    for _ in range(FILLINGS):
        cells = lines.next_of_thin(tables.counts, hidden, least)
        if not len(cells):
            return
        in_need = np.zeros(len(hidden), bool)
        in_need[cells] = True
        more = tables.view(t, in_need)
        table_hidden[:], _ = guard(counts, more, table_hidden | more)


def _with_constant_columns(
    tables: LinkedTables,
    hidden: Flags,
    varying: list[int],
    codes: NDArray[np.int64],
    least: int,
    order: int,
) -> Pattern:
    """All tables: one by a column that is the same for all is, but for its shape, that by the others."""
    place = {column: k for k, column in enumerate(varying)}
    counts_by_table = tables.by_table(tables.counts)
    hidden_by_table = tables.by_table(hidden)
    counts_by_table[()] = np.array(len(codes))
    hidden_by_table[()] = np.array(len(codes) < least)
    levels = codes.max(axis=0, initial=0) + 1
    all_counts = {}
    all_hidden = {}
    for number in range(order + 1):
        for columns in combinations(range(codes.shape[1]), number):
            key = tuple(place[column] for column in columns if column in place)
            corner = tuple(slice(None) if column in place else levels[column] - 1 for column in columns)
            counts = np.zeros([levels[column] for column in columns], np.int64)
            counts[corner] = counts_by_table[key]
            cells_hidden = np.zeros(counts.shape, bool)
            cells_hidden[corner] = hidden_by_table[key]
            all_counts[columns] = counts
            all_hidden[columns] = cells_hidden
    return Pattern(all_counts, all_hidden, least)
