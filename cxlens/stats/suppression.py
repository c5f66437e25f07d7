"""Which cells of a table of counts to hide, so that a small one cannot be worked out from the others.

What is counted, and how a hidden cell is marked, does not belong here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
NOBODY = -1  # stands for a cell without answers: that is no secret, and guards nothing


def hidden_cells(counts: Counts, least: int, already: Flags | None = None) -> Flags:
    """Which cells of a table to hide: those below ``least``, and as many more as guard them.

    Whoever knows the totals of the rows and columns must not find a hidden count. In every line of the table what is
    hidden is at least two cells that hold ``least`` together, where the line has as many; and no hidden cell follows
    from several lines taken together.

    Parameters
    ----------
    counts
        (r, c) counts. A table of one column, or one row, has one known total: that of all. Below 0: a cell that is
        shown to be empty, and so guards nothing.
    least
        Counts below it are small.
    already
        (r, c) what is hidden anyway.

    Returns
    -------
    NDArray[np.bool_]
        (r, c): True where the cell is to be hidden.

    Notes
    -----
    Complementary suppression in a two-way table (Cox 1980, Journal of the American Statistical Association 75). A cell
    is determined by the totals exactly where its edge is a bridge of the graph of rows and columns that hidden cells
    make (Gusfield 1988, SIAM Journal on Computing 17). Of the cells that would help, the smallest is hidden.
    """
    hidden = (counts >= 0) & (counts < least)
    if already is not None:
        hidden |= already & (counts >= 0)
    if not hidden.any():
        return hidden
    rows, columns = counts.shape
    while True:
        before = hidden.copy()
        if rows > 1:  # the columns have totals
            _guard_lines(counts.T, hidden.T, least)
        if columns > 1:  # the rows have totals
            _guard_lines(counts, hidden, least)
        guarded_already = (hidden == before).all()
        if guarded_already and rows > 1 and columns > 1:
            _break_first_bridge(counts, hidden)
        if (hidden == before).all():
            return hidden


def _guard_lines(counts: Counts, hidden: Flags, least: int) -> None:
    """Hide more cells, in place, until those of each line guard each other."""
    for sizes, line in zip(counts, hidden, strict=True):
        _guard(sizes, line, hidden, least)


def _guard(
    sizes: Counts,
    line: Flags,
    hidden: Flags,
    least: int,
) -> None:
    """Hide the next smallest of a line until what is hidden is two cells and ``least`` answers.

    Cells whose other line hides some already go first, so that fewer are hidden in all.
    """
    while _is_unguarded(sizes, line, least):
        free = ~line & (sizes >= 0)
        if not free.any():
            return
        crosses_hidden = hidden.any(axis=0)
        order = np.lexsort((sizes, ~crosses_hidden, ~free))
        line[order[0]] = True


def _is_unguarded(sizes: Counts, line: Flags, least: int) -> bool:
    """Whether a line hides something, and too little for its total to tell nothing."""
    cells = line.sum()
    if cells == 0:
        return False
    answers = sizes[line].sum()
    return bool(cells == 1 or answers < least)


def _break_first_bridge(counts: Counts, hidden: Flags) -> None:
    """Hide one more cell that spans the first bridge that can be spanned, where there is one."""
    rows, columns = np.nonzero(hidden)
    for edge in _bridges(rows, columns, counts.shape):
        rest = _Graph.of(
            np.delete(rows, edge),
            np.delete(columns, edge),
            counts.shape,
        )
        # Without this cell the graph falls apart, so the totals tell its count.
        spans = rest.joins(rows[edge], columns[edge])
        free = spans & ~hidden & (counts >= 0)
        if free.any():
            _hide_smallest(counts, hidden, free)
            return


def _bridges(
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    shape: tuple[int, ...],
) -> list[int]:
    """The cells, by their places in order, without which the graph of rows and columns falls apart.

    A cell outside a tree that spans the graph closes a circle with cells of the tree. What is in no circle is a bridge.
    """
    ends = shape[0] + columns
    above, depth = _spanning_tree(rows, ends, _Graph.of(rows, columns, shape))
    is_in_tree = (above[rows] == ends) | (above[ends] == rows)
    leads_up_in_circle = np.zeros(len(above), bool)
    for row, end in zip(rows[~is_in_tree], ends[~is_in_tree], strict=True):
        one, other = row, end
        while one != other:
            if depth[one] < depth[other]:
                one, other = other, one
            leads_up_in_circle[one] = True
            one = above[one]
    lower_end = np.where(depth[rows] > depth[ends], rows, ends)
    is_bridge = is_in_tree & ~leads_up_in_circle[lower_end]
    return np.flatnonzero(is_bridge).tolist()


def _spanning_tree(
    rows: NDArray[np.int64],
    ends: NDArray[np.int64],
    graph: _Graph,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The node above each node, and how far down it is; all components hang on one root, the last node."""
    component = np.concatenate([graph.of_rows, graph.of_columns])
    root = len(component)
    _, tops = np.unique(component, return_index=True)
    start = np.concatenate([rows, np.full(len(tops), root)])
    end = np.concatenate([ends, tops])
    edges = coo_array((np.ones(len(start)), (start, end)), shape=(root + 1, root + 1))
    order, above = breadth_first_order(edges, root, directed=False)
    depth = np.zeros(root + 1, np.int64)
    for node in order[1:]:
        depth[node] = depth[above[node]] + 1
    return above, depth


def _hide_smallest(counts: Counts, hidden: Flags, free: Flags) -> None:
    """Hide, in place, the smallest of the free cells."""
    out_of_reach = np.iinfo(np.int64).max
    sizes = np.where(free, counts, out_of_reach)
    place = np.unravel_index(np.argmin(sizes), counts.shape)
    hidden[place] = True


class _Graph(NamedTuple):
    """Rows and columns as nodes, cells as edges: the component of each row and column."""

    of_rows: NDArray[np.int32]
    of_columns: NDArray[np.int32]

    @classmethod
    def of(
        cls,
        rows: NDArray[np.int64],
        columns: NDArray[np.int64],
        shape: tuple[int, ...],
    ) -> _Graph:
        """The graph of these cells of a table."""
        r = shape[0]
        nodes = sum(shape)
        edges = (np.ones(len(rows)), (rows, r + columns))
        graph = coo_array(edges, shape=(nodes, nodes))
        _, component = connected_components(graph, directed=False)
        return cls(component[:r], component[r:])

    def joins(self, row: int, column: int) -> Flags:
        """(r, c) whether a cell would join the component of a row with that of a column."""
        row_side = self.of_rows[row]
        column_side = self.of_columns[column]
        along = np.outer(self.of_rows == row_side, self.of_columns == column_side)
        across = np.outer(self.of_rows == column_side, self.of_columns == row_side)
        return np.asarray(along | across)
