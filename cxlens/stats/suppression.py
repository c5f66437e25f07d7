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
Nodes = NDArray[np.int64]
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
    """Hide the smallest cell that spans the first bridge that can be spanned, in place, where there is one."""
    rows, columns = np.nonzero(hidden)
    ends = len(counts) + columns
    tree = _Tree.of(rows, ends, sum(counts.shape))
    can_be_hidden = ~hidden & (counts >= 0)
    free_rows, free_columns = np.nonzero(can_be_hidden)
    free_ends = len(counts) + free_columns
    is_in_one_part = tree.part[free_rows] == tree.part[free_ends]
    for edge in _bridges(rows, ends, tree):
        # Without this cell the graph falls apart, so the totals tell its count.
        bridge = (rows[edge], ends[edge])
        leads_across = tree.is_below(bridge, free_rows) != tree.is_below(bridge, free_ends)
        spans = np.flatnonzero(is_in_one_part & leads_across)
        if len(spans):
            sizes = counts[free_rows[spans], free_columns[spans]]
            smallest = spans[np.argmin(sizes)]
            hidden[free_rows[smallest], free_columns[smallest]] = True
            return


def _bridges(rows: Nodes, ends: Nodes, tree: _Tree) -> list[int]:
    """The edges, by their places in order, without which the graph of rows and columns falls apart.

    An edge outside a tree that spans the graph closes a circle with edges of the tree. What is in no circle is a
    bridge.
    """
    above, depth = tree.above, tree.depth
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


class _Tree(NamedTuple):
    """A tree that spans the graph of rows and columns, in which cells are edges; all its parts hang on one root.

    ``part`` is the part of the graph that each node is in, ``above`` the node above it, ``depth`` how far down it is.
    What hangs on a node stands from its ``first`` place to before its ``last``, itself first.
    """

    part: Nodes
    above: Nodes
    depth: Nodes
    first: Nodes
    last: Nodes

    @classmethod
    def of(cls, rows: Nodes, ends: Nodes, nodes: int) -> _Tree:
        """A tree of the edges from rows to ends, each a node; the root comes after all of them."""
        graph = coo_array((np.ones(len(rows)), (rows, ends)), shape=(nodes, nodes))
        _, part = connected_components(graph, directed=False)
        _, tops = np.unique(part, return_index=True)
        start = np.concatenate([rows, np.full(len(tops), nodes)])
        end = np.concatenate([ends, tops])
        with_root = coo_array((np.ones(len(start)), (start, end)), shape=(nodes + 1, nodes + 1))
        order, above = breadth_first_order(with_root, nodes, directed=False)
        depth = np.zeros(nodes + 1, np.int64)
        for node in order[1:]:
            depth[node] = depth[above[node]] + 1
        return cls(part, above, depth, *_places(order, above))

    def is_below(self, edge: tuple[int, int], nodes: Nodes) -> Flags:
        """(n,) which nodes hang on the lower end of an edge of the tree, itself among them."""
        row, end = edge
        lower = row if self.depth[row] > self.depth[end] else end
        place = self.first[nodes]
        return np.asarray((place >= self.first[lower]) & (place < self.last[lower]))


def _places(order: Nodes, above: Nodes) -> tuple[Nodes, Nodes]:
    """First and last place of each node of a tree, given from the root down, in which what hangs on a node follows it.

    The last one is that after all that hangs on it.
    """
    size = np.ones(len(above), np.int64)
    for node in order[:0:-1]:
        size[above[node]] += size[node]
    first = np.zeros(len(above), np.int64)
    next_free = first + 1
    for node in order[1:]:
        upper = above[node]
        first[node] = next_free[upper]
        next_free[node] = first[node] + 1
        next_free[upper] += size[node]
    return first, first + size
