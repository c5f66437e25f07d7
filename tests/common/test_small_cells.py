"""The door for small cells: it answers for any table by up to three key columns, whatever the order of its columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlens.common.small_cells import SmallCells, reason

LEAST = 5


@pytest.fixture(scope="module")
def keys() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "region": rng.choice(["N", "S", "E", None], 500, p=[0.5, 0.39, 0.01, 0.1]),
            "year": rng.choice([2024, 2025], 500),
            "channel": rng.choice(["web", "shop", "phone"], 500, p=[0.6, 0.3, 0.1]),
            "age": rng.choice(["-29", "30-59", "60-"], 500),
        }
    )
    return frame.iloc[:500]


@pytest.fixture(scope="module")
def door(keys: pd.DataFrame) -> SmallCells:
    return SmallCells.of(keys, LEAST)


def table_of(keys: pd.DataFrame, *by: str) -> tuple[pd.DataFrame, np.ndarray]:
    counts = keys.groupby(list(by), dropna=False).size().reset_index(name="n")
    return counts[list(by)], counts["n"].to_numpy()


@pytest.mark.parametrize("by", [("region",), ("region", "year"), ("channel", "region"), ("age", "region", "channel")])
def test_small_cells_are_hidden_and_counted_as_the_rows_say(keys: pd.DataFrame, door: SmallCells, by) -> None:
    cells, n = table_of(keys, *by)
    assert (door.counts(cells) == n).all()
    assert door.hidden(cells)[n < LEAST].all()
    assert not door.hidden(cells).all()


def test_the_order_of_columns_and_rows_does_not_matter(keys: pd.DataFrame, door: SmallCells) -> None:
    cells, _ = table_of(keys, "region", "year", "channel")
    turned = cells[["channel", "region", "year"]].iloc[::-1]
    assert (door.hidden(turned)[::-1] == door.hidden(cells)).all()


def test_a_total_less_what_is_shown_tells_no_small_cell(keys: pd.DataFrame, door: SmallCells) -> None:
    for by in (["region", "year"], ["region", "channel"], ["region", "age", "channel"]):
        cells, n = table_of(keys, *by)
        hidden = door.hidden(cells)
        for left_out in by:
            totals = [name for name in by if name != left_out]
            lines = cells.assign(n=n, hidden=hidden).groupby(totals, dropna=False)
            told = lines["hidden"].transform("sum").to_numpy() == 1
            total_shown = ~door.hidden(cells[totals])
            assert not (hidden & (n < LEAST) & told & total_shown).any()


def test_the_reason_does_not_say_which_cells_are_small(keys: pd.DataFrame, door: SmallCells) -> None:
    cells, n = table_of(keys, "region", "channel")
    reasons = np.array(door.reasons(cells))
    hidden = door.hidden(cells)
    assert (hidden & (n >= LEAST)).any()
    assert set(reasons[hidden]) == {reason(LEAST)}
    assert set(reasons[~hidden]) == {""}


def test_no_columns_are_the_total_and_nobody_is_not_hidden(keys: pd.DataFrame, door: SmallCells) -> None:
    assert door.counts(pd.DataFrame(index=[0])).tolist() == [len(keys)]
    assert door.reasons(pd.DataFrame(index=[0])) == [""]
    assert door.reasons(pd.DataFrame({"region": ["W"], "year": [2024]})) == [""]


def test_a_few_people_are_hidden_altogether(keys: pd.DataFrame) -> None:
    few = SmallCells.of(keys.iloc[:3], LEAST)
    assert few.hidden(keys[["age"]].iloc[:3]).all()
    assert few.hidden(pd.DataFrame(index=[0])).all()


def test_columns_it_does_not_know_and_too_many(keys: pd.DataFrame, door: SmallCells) -> None:
    with pytest.raises(ValueError, match=r"no key columns: colour\. Key columns: region, year, channel, age"):
        door.hidden(pd.DataFrame({"colour": ["red"]}))
    with pytest.raises(ValueError, match="a table is by 4 columns"):
        door.hidden(keys)
