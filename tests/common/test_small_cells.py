"""The door for small cells: an attacker with all tables of a question cannot work out a small cell of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import cxlens as cx
from cxlens.common.small_cells import SmallCells, hidden_values, reason, sums_that_tell, with_partners
from cxlens.engine.labels import in_words

LEAST = 5


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "region": rng.choice(["N", "S", "E", "not stated"], 500, p=[0.5, 0.39, 0.01, 0.1]),
            "year": rng.choice(["2024", "2025"], 500),
            "channel": rng.choice(["web", "shop", "phone"], 500, p=[0.6, 0.3, 0.1]),
            "age": rng.choice(["-29", "30-59", "60-"], 500),
        }
    )


def kinds_of(people: pd.DataFrame, answered: np.ndarray | None = None) -> tuple[pd.DataFrame, np.ndarray]:
    """Different people, and how many of each; in the second column those who answered."""
    answered = np.ones(len(people), bool) if answered is None else answered
    counted = people.assign(all=1, answered=answered).groupby(list(people), as_index=False).sum()
    return counted[list(people)], counted[["all", "answered"]].to_numpy(np.int64)


@pytest.fixture(scope="module")
def door(people: pd.DataFrame) -> SmallCells:
    return SmallCells.of(*kinds_of(people), LEAST)


def table_of(people: pd.DataFrame, *by: str) -> tuple[pd.DataFrame, np.ndarray]:
    if not by:
        return pd.DataFrame(index=[0]), np.array([[len(people)]])
    counts = people.groupby(list(by)).size().reset_index(name="n")
    return counts[list(by)], counts[["n"]].to_numpy()


def hidden_of(door: SmallCells, people: pd.DataFrame, *by: str) -> tuple[np.ndarray, np.ndarray]:
    cells, n = table_of(people, *by)
    return n[:, 0], door.hidden(cells, n, [0])[:, 0]


@pytest.mark.parametrize("by", [("region",), ("region", "year"), ("channel", "region"), ("age", "region", "channel")])
def test_small_cells_are_hidden_and_not_all_others(people: pd.DataFrame, door: SmallCells, by) -> None:
    n, hidden = hidden_of(door, people, *by)
    assert hidden[n < LEAST].all()
    assert not hidden.all()


def test_the_order_of_columns_and_rows_does_not_matter(people: pd.DataFrame, door: SmallCells) -> None:
    cells, n = table_of(people, "region", "year", "channel")
    turned = cells[["channel", "region", "year"]].iloc[::-1]
    assert (door.hidden(turned, n[::-1], [0])[::-1] == door.hidden(cells, n, [0])).all()


def known_to_an_attacker(tables: dict[tuple[str, ...], tuple[pd.DataFrame, np.ndarray, np.ndarray]]):
    """Numbers of the cells hidden, and equations between them: each total less what is shown."""
    number = {}
    for by, (cells, _, hidden) in tables.items():
        for row in np.flatnonzero(hidden):
            number[by, tuple(cells.iloc[row])] = len(number)
    lines, right = [], []
    for by, (cells, n, _) in tables.items():
        for left_out in by:
            total_by = tuple(name for name in by if name != left_out)
            totals, total_n, _ = tables[total_by]
            for row in range(len(totals)):
                same = (cells[list(total_by)] == totals.iloc[row][list(total_by)]).all(axis=1).to_numpy()
                line, rest = np.zeros(len(number)), 0.0
                for place in np.flatnonzero(same):
                    at = number.get((by, tuple(cells.iloc[place])))
                    if at is None:
                        rest += n[place]
                    else:
                        line[at] += 1
                at = number.get((total_by, tuple(totals.iloc[row])))
                if at is None:
                    rest -= total_n[row]
                else:
                    line[at] -= 1
                lines.append(line)
                right.append(-rest)
    return number, np.array(lines), np.array(right)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6), st.integers(40, 200))
def test_a_linear_program_over_all_tables_by_up_to_three_columns_pins_no_small_cell(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({name: rng.choice(list("abc"), n, p=[0.6, 0.3, 0.1]) for name in ("x", "y", "z")})
    door = SmallCells.of(*kinds_of(people), LEAST)
    tables = {}
    for size in range(4):
        for by in combinations(people, size):
            cells, counts = table_of(people, *by)
            tables[by] = cells, counts[:, 0], door.hidden(cells, counts, [0])[:, 0]
    number, lines, right = known_to_an_attacker(tables)
    small = []
    for (by, levels), at in number.items():
        cells, counts, _ = tables[by]
        row = int(np.flatnonzero((cells == list(levels)).all(axis=1))[0]) if by else 0
        if counts[row] < LEAST:
            small.append((by, levels, at))
    for place in rng.permutation(len(small))[:8]:
        by, levels, at = small[place]
        cost = np.eye(len(number))[at]
        ends = [linprog(sign * cost, A_eq=lines, b_eq=right, bounds=(0, None)) for sign in (1, -1)]
        assert -ends[1].fun - ends[0].fun >= 1 - 1e-6, (by, levels)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([("x", "y"), ("x", "y", "z")]))
def test_sums_that_do_not_tell_leave_what_an_attacker_knows_as_it_is(seed: int, columns: tuple[str, ...]) -> None:
    """With them beside all tables a small cell still has two values or more, and some sums are told."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({name: rng.choice(list("abcd"), 150, p=[0.6, 0.3, 0.06, 0.04]) for name in columns})
    everybody = people.groupby(list(columns)).size().reset_index(name="n")
    door = SmallCells.of(everybody[list(columns)], everybody[["n"]].to_numpy(), LEAST)
    tables = {}
    for size in range(len(columns) + 1):
        for by in combinations(columns, size):
            cells, counts = table_of(people, *by)
            tables[by] = cells, counts[:, 0], door.hidden(cells, counts, [0])[:, 0]
    cells, n, hidden = tables[columns]
    sides = [cells[name].isin(list(values)).to_numpy() for name in columns for values in ("a", "ab", "d", "cd", "bcd")]
    sums = np.column_stack([*sides, sides[0] & sides[5], sides[1] & sides[6]])
    tells = sums_that_tell(cells, n, sums, lambda keys, counts: door.hidden(keys, counts[:, None], [0])[:, 0])
    number, lines, right = known_to_an_attacker(tables)
    places = [number[columns, tuple(cells.iloc[row])] for row in np.flatnonzero(hidden)]
    new = np.zeros((int((~tells).sum()), len(number)))
    new[:, places] = sums[hidden][:, ~tells].T
    lines = np.vstack([lines, new])
    right = np.append(right, (sums & hidden[:, None])[:, ~tells].T @ n)
    small = np.flatnonzero(hidden & (n < LEAST))
    for row in rng.permutation(small)[:3]:
        cost = np.eye(len(number))[number[columns, tuple(cells.iloc[row])]]
        ends = [linprog(sign * cost, A_eq=lines, b_eq=right, bounds=(0, None)) for sign in (1, -1)]
        assert -ends[1].fun - ends[0].fun >= 1 - 1e-6
    assert not tells.all()


def test_a_sum_tells_where_it_parts_what_a_total_leaves() -> None:
    sizes = {(x, y): n for x, n in zip("abcd", (3, 3, 40, 50), strict=True) for y in "pq"}
    people = pd.DataFrame([cell for cell, n in sizes.items() for _ in range(n)], columns=["x", "y"])
    cells, n = table_of(people, "x", "y")
    door = SmallCells.of(cells, n, LEAST)
    row = {cell: place for place, cell in enumerate(cells.itertuples(index=False, name=None))}
    asked = [["ap", "bp"], ["ap"], ["ap", "cp"], ["cp", "dq"], ["ap", "aq", "bp", "bq"], ["ap", "aq"], ["ap", "bq"], []]
    sums = np.zeros((len(cells), len(asked)), bool)
    for place, names in enumerate(asked):
        sums[[row[tuple(name)] for name in names], place] = True
    tells = sums_that_tell(cells, n[:, 0], sums, lambda keys, counts: door.hidden(keys, counts[:, None], [0])[:, 0])
    assert tells.tolist() == [False, True, True, False, False, False, True, False]  # a total by x shows a as a whole


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_partners_of_a_table_by_four_columns_guard_it_along_each(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (2, 2, 3, 2)
    n = rng.integers(8, 40, shape)
    n[0, 0, 0, 0] = 2
    cells = pd.DataFrame(np.argwhere(n > 0), columns=list("wxyz"))
    hidden = with_partners(cells, n.ravel(), n.ravel() < LEAST, LEAST).reshape(shape)
    for axis in range(4):
        assert (hidden.sum(axis=axis) != 1).all()
        together = np.where(hidden, n, 0).sum(axis=axis)
        assert ((together == 0) | (together >= LEAST)).all()
    assert not hidden.all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_what_a_line_hides_is_no_small_group_together(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 30, (2, 6))
    n[0, :2] = 1, 2
    people = pd.DataFrame(np.argwhere(n > 0).repeat(n[n > 0], axis=0).astype(str), columns=["x", "y"])
    door = SmallCells.of(*kinds_of(people), LEAST)
    counts, hidden = hidden_of(door, people, "x", "y")
    counts, hidden = counts.reshape(2, 6), hidden.reshape(2, 6)
    for axis, total in ((0, "y"), (1, "x")):
        total_hidden = hidden_of(door, people, total)[1]
        together = np.where(hidden, counts, 0).sum(axis=axis)
        assert ((together == 0) | (together >= LEAST) | total_hidden).all()


def test_each_item_is_guarded_by_its_own_counts(people: pd.DataFrame) -> None:
    rare = (people["region"] == "N") & (people.groupby("region").cumcount() < 3)
    answered = ((people["region"] != "N") & (people["region"] != "E")).to_numpy() | rare.to_numpy()
    door = SmallCells.of(*kinds_of(people, answered), LEAST)
    cells, everybody = table_of(people, "region")
    some = people[answered].groupby("region").size().reindex(cells["region"], fill_value=0).to_numpy()
    counts = np.column_stack([everybody[:, 0], some])
    hidden = door.hidden(cells, counts, [0, 1])
    at = cells["region"].tolist().index("N")
    assert hidden[at].tolist() == [False, True]  # 3 of many answered
    assert hidden[some == 0, 1].tolist() == [False]  # that nobody did is no secret
    assert hidden[:, 1].sum() == 2


def test_a_table_of_fewer_people_is_guarded_by_its_own_counts(people: pd.DataFrame, door: SmallCells) -> None:
    cells, n = table_of(people, "channel")
    fewer = np.where(cells[["channel"]] == "web", 2, n)
    hidden = door.hidden(cells, fewer, [0])[:, 0]
    assert hidden.sum() == 2
    assert hidden[cells["channel"].tolist().index("web")]


@pytest.mark.parametrize(("years", "most"), [((2017,), (0.04, 0.17, 0.41)), (range(2013, 2018), (0.04, 0.08, 0.28))])
def test_of_the_airport_survey_not_too_much_is_hidden(shared: Path, years: Sequence[int], most: tuple[float]) -> None:
    """Of 40 tables by each number of columns. In all 560 by three it is 24.6 % of five years and 34.6 % of 2017.

    One year has a small cell by three columns for each large one.
    """
    labels = cx.datasets.load_sfo(years, data_home=shared / "sfo").survey().rows().labels
    columns = [name for name in labels if labels[name].nunique() <= 12]
    survey = pd.DataFrame({name: in_words(labels[name]) for name in columns})
    door = SmallCells.of(*kinds_of(survey), LEAST)
    rng = np.random.default_rng(0)
    for size, limit in zip((1, 2, 3), most, strict=True):
        tables = list(combinations(columns, size))
        drawn = rng.permutation(len(tables))[:40]
        found = [hidden_of(door, survey, *tables[k]) for k in drawn]
        n, hidden = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
        assert hidden[n < LEAST].all()
        assert hidden[n >= LEAST].mean() <= limit, (size, hidden[n >= LEAST].mean())


def test_the_total_is_hidden_where_people_are_few(people: pd.DataFrame, door: SmallCells) -> None:
    nothing = pd.DataFrame(index=[0])
    assert not door.hidden(nothing, np.array([[500]]), [0]).any()
    assert door.hidden(nothing, np.array([[4]]), [0]).all()
    few = SmallCells.of(*kinds_of(people.iloc[:3]), LEAST)
    cells, n = table_of(people.iloc[:3], "age")
    assert few.hidden(cells, n, [0]).all()
    assert few.hidden(nothing, np.array([[3]]), [0]).all()


def test_dates_are_no_keys_and_their_tables_are_guarded_alone() -> None:
    days = pd.DataFrame({"day": [f"{day}" for day in range(300)]})
    n = np.full((300, 1), 9)
    n[7] = 2
    hidden = SmallCells.of(days, n, LEAST).hidden(days, n, [0])[:, 0]
    assert hidden[7]
    assert hidden.sum() == 2


def test_more_people_than_are_counted_are_still_the_same_people(people: pd.DataFrame) -> None:
    """Many alike are capped, which must not be taken for a table of others."""
    kinds = pd.DataFrame({"region": ["E", "N", "S"]})
    n = np.array([[3], [100_000], [2_000_000]])
    assert SmallCells.of(kinds, n, LEAST).hidden(kinds, n, [0]).ravel().tolist() == [True, True, False]


def test_no_least_hides_nothing(people: pd.DataFrame) -> None:
    door = SmallCells.of(*kinds_of(people), 1)
    cells, n = table_of(people, "region", "age")
    assert not door.hidden(cells, n, [0]).any()


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6), st.integers(2, 8))
def test_of_groups_that_make_up_a_whole_no_small_one_is_hidden_alone(sizes: list[int], least: int) -> None:
    n = np.array(sizes)
    hidden = hidden_values(n, least)
    assert hidden[(n > 0) & (n < least)].all()
    assert not hidden[n == 0].any()
    if hidden.any() and not hidden[n > 0].all():
        assert hidden.sum() > 1
        assert n[hidden].sum() >= least


def test_the_reason_does_not_say_which_cells_are_small() -> None:
    assert reason(5) == "fewer than 5 answers, or hidden to protect people"
    assert reason(5, of_total=True, of="journeys") == "fewer than 5 journeys"
    assert reason(1, of="journeys") == "no journeys"
