"""Hidden cells: an attacker with every total, and the knowledge that counts are not negative, cannot find one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cxlens.stats.suppression import _bridges, _Tree, hidden_cells

LEAST = 5


def feasible(counts: np.ndarray, hidden: np.ndarray) -> list[tuple[float, float]]:
    """For each hidden cell the least and the most it can be, given all shown cells and all totals."""
    places = np.argwhere(hidden)
    known = np.where(hidden, 0, counts)
    lines = [hidden[k] for k in range(counts.shape[0])] if counts.shape[1] > 1 else []
    rows = [[i == k for i, _ in places] for k in range(len(lines))]
    totals = [(counts - known)[k].sum() for k in range(len(lines))]
    if counts.shape[0] > 1:
        rows += [[j == k for _, j in places] for k in range(counts.shape[1])]
        totals += [(counts - known)[:, k].sum() for k in range(counts.shape[1])]
    a, b = np.array(rows, float), np.array(totals, float)
    ends = []
    for cell in range(len(places)):
        c = np.eye(len(places))[cell]
        low, high = (linprog(sign * c, A_eq=a, b_eq=b, bounds=(0, None)) for sign in (1, -1))
        ends.append((low.fun, -high.fun))
    return ends


@settings(max_examples=60)
@given(st.integers(1, 5), st.integers(1, 5), st.data())
def test_no_hidden_cell_follows_from_the_totals(r: int, c: int, data: st.DataObject) -> None:
    sizes = st.lists(st.integers(0, 30), min_size=r * c, max_size=r * c)
    counts = np.array(data.draw(sizes)).reshape(r, c)
    hidden = hidden_cells(counts, LEAST)
    assert hidden[counts < LEAST].all()
    if hidden.all():  # nothing is shown, so nothing more can be done
        return
    for (low, high), n in zip(feasible(counts, hidden), counts[hidden], strict=True):
        assert low - 1e-6 <= n <= high + 1e-6
        assert high - low > 0.5, (counts, hidden)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=9))
def test_in_one_direction_what_is_hidden_holds_enough(sizes: list[int]) -> None:
    counts = np.array(sizes)[:, None]
    hidden = hidden_cells(counts, LEAST)
    if hidden.any() and not hidden.all():
        assert hidden.sum() > 1
        assert counts[hidden].sum() >= LEAST
        assert counts[hidden].max() <= counts[~hidden].min()  # the smallest go


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([[9, 9], [9, 9]], 0),
        ([[3, 9], [9, 9]], 4),  # a rectangle
        ([[3, 9, 20], [9, 9, 20], [20, 20, 20]], 4),
        ([[3, 20, 20, 20], [20, 20, 20, 20], [20, 20, 20, 20]], 4),
    ],
)
def test_by_hand(counts: list[list[int]], hidden: int) -> None:
    assert hidden_cells(np.array(counts), LEAST).sum() == hidden


def test_two_groups_joined_by_one_cell_do_not_tell_it() -> None:
    """Each line has two hidden cells, and yet the totals of a corner would tell the cell that joins them."""
    counts = np.full((5, 5), 40)
    for cell in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3)):
        counts[cell] = 3
    counts[1, 2] = 2
    hidden = hidden_cells(counts, LEAST)
    assert all(high - low > 0.5 for low, high in feasible(counts, hidden))
    assert hidden.sum() > 9


def parts(rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> int:
    """Into how many parts the graph of rows and columns falls."""
    nodes = sum(shape)
    return connected_components(coo_array((np.ones(len(rows)), (rows, shape[0] + columns)), (nodes, nodes)), False)[0]


@given(st.integers(1, 9), st.integers(1, 9), st.floats(0, 1), st.integers(0, 10_000))
def test_bridges_are_the_cells_without_which_there_is_one_part_more(r: int, c: int, share: float, seed: int) -> None:
    rows, columns = np.nonzero(np.random.default_rng(seed).random((r, c)) < share)
    whole = parts(rows, columns, (r, c))
    needed = [
        cell for cell in range(len(rows)) if parts(np.delete(rows, cell), np.delete(columns, cell), (r, c)) > whole
    ]
    ends = r + columns
    tree = _Tree.of(rows, ends, r + c)
    assert _bridges(rows, ends, tree) == needed


@given(st.integers(1, 6), st.integers(1, 6), st.floats(0, 1), st.integers(0, 10_000))
def test_what_hangs_on_a_bridge_is_what_falls_off_without_it(r: int, c: int, share: float, seed: int) -> None:
    rows, columns = np.nonzero(np.random.default_rng(seed).random((r, c)) < share)
    ends = r + columns
    tree = _Tree.of(rows, ends, r + c)
    for edge in _bridges(rows, ends, tree):
        edges = (np.delete(rows, edge), np.delete(ends, edge))
        _, part = connected_components(coo_array((np.ones(len(rows) - 1), edges), (r + c, r + c)), False)
        sides = {part[rows[edge]], part[ends[edge]]}
        is_below = tree.is_below((rows[edge], ends[edge]), np.arange(r + c))
        assert set(part[is_below]) < sides
        assert sides - set(part[is_below]) == set(part[~is_below]) & sides


def test_cells_shown_to_be_empty_guard_nothing() -> None:
    counts = np.array([[50, 6, 50, 50], [50, -1, 3, 6], [2, 3, 8, 30], [6, -1, 8, 30]])
    hidden = hidden_cells(counts, LEAST)
    assert not hidden[counts < 0].any()
    for low, high in feasible(counts, hidden):
        assert high - low > 0.5
    assert hidden_cells(np.array([[3, -1, -1]]), LEAST).tolist() == [[True, False, False]]
    assert hidden_cells(np.array([[3, -1, 9, 8]]), LEAST).tolist() == [[True, False, False, True]]
