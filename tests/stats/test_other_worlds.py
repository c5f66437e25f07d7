"""Other worlds: a table by hand, what rounding leaves, and that nothing is hidden where nothing needs it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from cxlens.stats.other_worlds import Told, hidden_in_all_worlds

# Four cells of two rows and two columns, then their totals.
TABLE = csr_array(np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1],
                            [1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1.0]]))  # fmt: skip
PEOPLE = np.array([2.0, 9, 8, 40])


def told(hidden: list[int]) -> Told:
    n = TABLE @ PEOPLE
    is_hidden = np.isin(np.arange(8), hidden)
    costs = np.array([1.0] * 4 + [np.inf] * 4)
    is_known = np.isinf(costs)
    return Told(n, is_hidden, np.where(is_known, n, 1), np.where(is_known, n, np.inf), costs)


def test_the_rest_of_a_rectangle_is_hidden_with_a_small_cell() -> None:
    found = hidden_in_all_worlds(TABLE, PEOPLE, told([0]), np.array([0]))
    assert found.tolist() == [True] * 4 + [False] * 4


def test_nothing_more_is_hidden_where_there_is_another_world() -> None:
    found = hidden_in_all_worlds(TABLE, PEOPLE, told([0, 1, 2, 3]), np.array([0]))
    assert found.sum() == 4


def test_a_cell_without_another_world_stays_as_it_is() -> None:
    alone = csr_array(np.ones((1, 1)))
    n = np.array([3.0])
    known = Told(n, np.array([True]), n, n, np.array([np.inf]))
    assert hidden_in_all_worlds(alone, n, known, np.array([0])).tolist() == [True]


def test_a_world_that_rounding_forbids_is_no_other_one() -> None:
    """The ninth cell repeats the fourth, of which rounding leaves one number: so the first cannot be another."""
    kinds = csr_array(np.vstack([TABLE.toarray(), [0, 0, 0, 1.0]]))
    four = told([0, 1, 2, 3])
    both = [np.append(figures, value) for figures, value in zip(four, (40, True, 40, 40, np.inf), strict=True)]
    both[1] = both[1].astype(bool)
    found = hidden_in_all_worlds(kinds, PEOPLE, Told(*both), np.array([0]))
    assert found.sum() == 5  # nothing would help: the fourth cell is told after all


def rounded(least: float, most: float, *, goes: int) -> np.ndarray:
    """What is hidden where a ninth cell, the fourth again, is told rounded, and the first can go only up or down."""
    kinds = csr_array(np.vstack([TABLE.toarray(), [0, 0, 0, 1.0]]))
    four = told([0])
    ends = four.least.copy(), four.most.copy()
    ends[0 if goes > 0 else 1][0] = PEOPLE[0]
    known = Told(
        np.append(four.n, 40),
        np.append(four.is_hidden, True),
        np.append(ends[0], least),
        np.append(ends[1], most),
        np.append(four.cost, np.inf),
    )
    return hidden_in_all_worlds(kinds, PEOPLE, known, np.array([0]))


@pytest.mark.parametrize(
    ("least", "most", "goes", "all_four"),
    [
        (35, 45, 1, True),
        (35, 45, -1, True),
        (35, 40.4, 1, False),
        (39.6, 45, -1, False),
    ],
)
def test_rounding_forbids_what_it_would_not_leave(least, most, goes, all_four) -> None:
    found = rounded(least, most, goes=goes)
    assert found[:4].tolist() == [True, all_four, all_four, all_four]


def test_half_a_person_is_no_other_number() -> None:
    one = told([0])
    known = one._replace(least=np.append(1.6, one.least[1:]), most=np.append(2.4, one.most[1:]))
    assert hidden_in_all_worlds(TABLE, PEOPLE, known, np.array([0])).sum() == 1
