"""Linked tables: a linear program with all that is shown cannot work out a small cell, and not all is hidden."""

from __future__ import annotations

from functools import cached_property
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.linalg import lsmr

import cxlens as cx
from cxlens.stats.disclosure import Pattern, hidden_in_all_tables

LEAST = 5


class Attack:
    """A linear program over the hidden cells of all tables, which knows the shown ones and how the tables add up."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        cells = [(table, tuple(cell)) for table, flags in pattern.hidden.items() for cell in np.argwhere(flags)]
        self.number = {cell: k for k, cell in enumerate(cells)}
        self.entries: list[tuple[int, int, float]] = []
        self.totals: list[float] = []
        for table in pattern.counts:
            for axis in range(len(table)):
                self._add_lines(table, axis)

    def _add_lines(self, table: tuple[int, ...], axis: int) -> None:
        """The lines of a table along an axis add up to the cells of the table without it."""
        sums = table[:axis] + table[axis + 1 :]
        for place in np.ndindex(self.pattern.counts[sums].shape):
            total = 0.0
            line = [(table, (*place[:axis], k, *place[axis:])) for k in range(self.pattern.counts[table].shape[axis])]
            for sign, cell in [*((1.0, cell) for cell in line), (-1.0, (sums, place))]:
                if cell in self.number:
                    self.entries.append((len(self.totals), self.number[cell], sign))
                else:
                    total -= sign * self.pattern.counts[cell[0]][cell[1]]
            self.totals.append(total)

    @cached_property
    def equations(self) -> csr_array:
        """(lines, hidden cells): how hidden cells add up."""
        row, column, sign = zip(*self.entries, strict=True)
        return csr_array((sign, (row, column)), shape=(len(self.totals), len(self.number)))

    @cached_property
    def truth(self) -> np.ndarray:
        """(hidden cells,) what they are."""
        return np.array([self.pattern.counts[table][cell] for table, cell in self.number], float)

    def fits(self, cells: np.ndarray) -> bool:
        """Whether such hidden cells are as possible as the truth, with all that is shown."""
        return cells.min() >= -1e-6 and np.abs(self.equations @ cells - self.totals).max() <= 1e-6

    def ends(self, place: int) -> list[np.ndarray]:
        """The hidden cells where one of them is least, and where it is most; no most where it has no end."""
        target = np.zeros(len(self.number))
        target[place] = 1
        found = [linprog(s * target, A_eq=self.equations, b_eq=self.totals, bounds=(0, None)) for s in (1, -1)]
        assert found[0].status == 0
        assert found[1].status in (0, 3)
        return [one.x for one in found if one.status == 0]


def small_cells(pattern: Pattern) -> list[tuple]:
    return [
        (table, tuple(cell))
        for table, counts in pattern.counts.items()
        for cell in np.argwhere((counts > 0) & (counts < LEAST))
    ]


def assert_nothing_follows(pattern: Pattern, small: list[tuple] | None = None) -> None:
    """Every small cell can be two numbers a person apart.

    What one program finds possible tells of all cells at once, so only those that nothing found so far tells of are
    asked about.
    """
    attack = Attack(pattern)
    if not attack.number:
        assert small_cells(pattern) == []
        return
    assert attack.fits(attack.truth)
    low, high = attack.truth.copy(), attack.truth.copy()
    for cell in small_cells(pattern) if small is None else small:
        place = attack.number[cell]
        if high[place] - low[place] >= 1:
            continue
        ends = attack.ends(place)
        for possible in ends:
            assert attack.fits(possible)
            low, high = np.minimum(low, possible), np.maximum(high, possible)
        assert len(ends) == 1 or high[place] - low[place] >= 1 - 1e-6, (cell, low[place], high[place])


@st.composite
def people(draw: st.DrawFn, most_columns: int = 4) -> np.ndarray:
    """People by one to four columns: from a few, in tables that are nearly empty, to many; some columns tell others."""
    k = draw(st.integers(1, most_columns))
    n = draw(st.sampled_from([7, 15, 40, 120, 400]))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    evenness = draw(st.sampled_from([0.3, 1.0, 5.0]))
    columns = []
    for _ in range(k):
        levels = draw(st.integers(1, 4))
        columns.append(rng.choice(levels, n, p=rng.dirichlet(np.full(levels, evenness))))
    if k > 1 and draw(st.booleans()):
        columns[1] = np.minimum(columns[0], columns[1])
    return np.column_stack(columns)


@settings(max_examples=30)
@given(people(most_columns=5))
def test_a_linear_program_cannot_work_out_a_small_cell(codes: np.ndarray) -> None:
    assume(len(np.unique(codes, axis=0)) > 1)
    assert_nothing_follows(hidden_in_all_tables(codes, LEAST))


@settings(max_examples=60)
@given(people())
def test_every_small_cell_is_hidden_and_no_empty_one(codes: np.ndarray) -> None:
    pattern = hidden_in_all_tables(codes, LEAST)
    k = codes.shape[1]
    assert set(pattern.counts) == {table for size in range(min(k, 3) + 1) for table in combinations(range(k), size)}
    for table, counts in pattern.counts.items():
        assert counts.sum() == len(codes)
        assert pattern.hidden[table][(counts > 0) & (counts < LEAST)].all()
        assert not pattern.hidden[table][counts == 0].any()


@settings(max_examples=60)
@given(people())
def test_where_nothing_is_small_nothing_is_hidden(codes: np.ndarray) -> None:
    pattern = hidden_in_all_tables(np.repeat(codes, LEAST, axis=0), LEAST)
    assert not any(hidden.any() for hidden in pattern.hidden.values())


@settings(max_examples=8)
@given(people(), st.integers(0, 100))
def test_who_is_asked_first_does_not_matter_to_what_holds(codes: np.ndarray, seed: int) -> None:
    assume(len(np.unique(codes, axis=0)) > 1)
    shuffled = np.random.default_rng(seed).permutation(codes)
    assert_nothing_follows(hidden_in_all_tables(shuffled, LEAST))


def test_a_rectangle_by_hand() -> None:
    counts = np.array([[2, 9, 40], [9, 9, 40]])
    codes = np.repeat(np.argwhere(counts), counts.ravel(), axis=0)
    pattern = hidden_in_all_tables(codes, LEAST)
    assert pattern.hidden[0, 1].tolist() == [[True, True, False], [True, True, False]]
    assert not pattern.hidden[0,].any()
    assert not pattern.hidden[1,].any()


def test_a_cube_by_hand() -> None:
    counts = np.full((3, 3, 3), 20)
    counts[0, 0, 0] = 2
    codes = np.repeat(np.argwhere(counts), counts.ravel(), axis=0)
    pattern = hidden_in_all_tables(codes, LEAST)
    assert pattern.hidden[0, 1, 2].sum() == 8
    assert sum(hidden.sum() for hidden in pattern.hidden.values()) == 8


def test_a_small_level_hides_one_more_level() -> None:
    rng = np.random.default_rng(5)
    codes = np.column_stack([np.repeat([0, 1, 2], [3, 300, 300]), rng.integers(0, 3, 603)])
    pattern = hidden_in_all_tables(codes, LEAST)
    assert pattern.hidden[0,].sum() == 2
    assert not pattern.hidden[1,].any()
    assert_nothing_follows(pattern)


def test_subtraction_finds_no_small_cell() -> None:
    """What a reader with paper and pencil tries: a total less all shown cells but one."""
    rng = np.random.default_rng(1)
    codes = np.column_stack([rng.choice(levels, 400, p=rng.dirichlet(np.ones(levels))) for levels in (4, 5, 3, 4)])
    pattern = hidden_in_all_tables(codes, LEAST)
    for table, hidden in pattern.hidden.items():
        small = (pattern.counts[table] > 0) & (pattern.counts[table] < LEAST)
        for axis in range(len(table)):
            sums = table[:axis] + table[axis + 1 :]
            is_told = ~pattern.hidden[sums] & (hidden.sum(axis=axis) == 1)
            assert not (small & hidden & np.expand_dims(is_told, axis)).any()


def test_a_column_that_is_the_same_for_all_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 4, (200, 3))
    with_constant = np.insert(codes, 1, 0, axis=1)
    alone = hidden_in_all_tables(codes, LEAST)
    pattern = hidden_in_all_tables(with_constant, LEAST)
    assert (pattern.hidden[0, 2, 3] == alone.hidden[0, 1, 2]).all()
    assert (pattern.hidden[0, 1, 3][:, 0] == alone.hidden[0, 2]).all()
    assert (pattern.hidden[1, 2][0] == alone.hidden[1,]).all()


def test_fewer_people_than_least_are_hidden_altogether() -> None:
    pattern = hidden_in_all_tables(np.array([[0, 1], [1, 1], [0, 0]]), LEAST)
    for table, hidden in pattern.hidden.items():
        assert (hidden == (pattern.counts[table] > 0)).all()


@pytest.mark.parametrize("order", [1, 2])
def test_tables_by_fewer_columns(order: int) -> None:
    rng = np.random.default_rng(8)
    codes = np.column_stack([rng.choice(5, 300, p=[0.01, 0.09, 0.3, 0.3, 0.3]) for _ in range(3)])
    pattern = hidden_in_all_tables(codes, LEAST, order)
    assert max(map(len, pattern.counts)) == order
    assert_nothing_follows(pattern)


@pytest.mark.parametrize(
    ("n", "levels", "most"),
    [(2000, (3, 4, 5), 0.15), (1000, (4, 5, 6), 0.5), (3000, (4, 4, 4, 5), 0.25)],
)
def test_not_everything_is_hidden(n: int, levels: tuple[int, ...], most: float) -> None:
    rng = np.random.default_rng(2)
    codes = np.column_stack([rng.choice(size, n, p=rng.dirichlet(np.full(size, 3.0))) for size in levels])
    pattern = hidden_in_all_tables(codes, LEAST)
    assert pattern.share_hidden(1) == 0
    assert pattern.share_hidden(3) <= most


@pytest.fixture(scope="module", params=[(2017,), (2013, 2014, 2015, 2016, 2017)], ids=["2017", "2013-2017"])
def airport(request: pytest.FixtureRequest, shared: Path) -> Pattern:
    survey = cx.datasets.load_sfo(request.param, data_home=shared / "sfo").survey()
    labels = survey.rows().labels
    codes = np.column_stack([pd.factorize(labels[name])[0] for name in (*survey.segments, survey.time)])
    return hidden_in_all_tables(codes, LEAST)


def test_share_hidden_of_the_airport_survey(airport: Pattern) -> None:
    """Five years: about a quarter of the large cells. One year has a small cell for each large one.

    Sixteen columns hide a seventh of their own values for the sake of tables by three of them, women among them: so
    the door guards tables by three of so many columns against those by one and two alone.
    """
    is_five_years = airport.counts[()] > 10_000
    shares = [airport.share_hidden(number) for number in (1, 2, 3)]
    most = (0.14, 0.17, 0.27) if is_five_years else (0.40, 0.43, 0.48)
    assert all(share <= limit for share, limit in zip(shares, most, strict=True)), shares


def test_small_cells_of_the_airport_survey_have_company(airport: Pattern) -> None:
    """A line with a shown total hides no small cell alone, in any of all tables."""
    for table, hidden in airport.hidden.items():
        for axis in range(len(table)):
            sums = table[:axis] + table[axis + 1 :]
            small = hidden & (airport.counts[table] < LEAST)
            alone = (hidden.sum(axis=axis) == 1) & small.any(axis=axis)
            assert not (alone & ~airport.hidden[sums]).any()


def test_all_tables_of_the_airport_survey_together_determine_no_small_cell(airport: Pattern) -> None:
    """Numbers that change no shown cell and no total, drawn at random, change every small cell."""
    attack = Attack(airport)
    drawn = np.random.default_rng(0).standard_normal(len(attack.number))
    equations = attack.equations
    change = drawn - lsmr(equations, equations @ drawn, atol=1e-12, btol=1e-12, maxiter=5000)[0]
    assert np.abs(equations @ change).max() < 1e-7
    of_small = change[[attack.number[cell] for cell in small_cells(airport)]]
    assert np.abs(of_small).min() > 1e-6


def test_a_linear_program_cannot_work_out_cells_of_a_table_of_the_airport_survey(airport: Pattern) -> None:
    """Tables by three columns, with all that is known of these columns."""
    rng = np.random.default_rng(0)
    tables = [table for table, counts in airport.counts.items() if len(table) == 3 and counts.size < 150]
    for k in rng.choice(len(tables), 5, replace=False):
        among = [table for table in airport.counts if set(table) <= set(tables[k])]
        part = Pattern({t: airport.counts[t] for t in among}, {t: airport.hidden[t] for t in among}, LEAST)
        assert_nothing_follows(part, small_cells(part)[-10:])
