"""Tables of counts: each row is read as often as it counts, and what is no count is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from cxlens.engine import counts, tables
from cxlens.engine.counts import check_size, counted
from cxlens.engine.roles import Codes
from cxlens.engine.tables import InMemory
from cxlens.errors import ColumnError, FileError
from tests.engine.opened import ONE, all_rows, fault, frame_of, open_table, to_csv, to_parquet

COUNTED = ONE._replace(counts="people", labels={"shop": "segment"})
SHOPS = frame_of(people=[2, 0, 1], shop=["A", "B", "C"])


def test_a_row_is_read_as_often_as_it_counts(tmp_path: Path) -> None:
    for data in (SHOPS, to_csv(SHOPS, tmp_path), to_parquet(SHOPS, tmp_path)):
        source = open_table(data, COUNTED)
        rows = all_rows(source)
        assert source.n == 3
        assert_array_equal(rows.scores[:, 0], [1, 1, 3])
        assert_array_equal(rows.outcomes[:, 0], [9, 9, 7])
        assert rows.labels["shop"].tolist() == ["A", "A", "C"]
        assert rows.labels.index.tolist() == [0, 1, 2]


def test_a_large_parquet_file_of_counts_is_read_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "IN_MEMORY", 1)
    source = open_table(to_parquet(SHOPS, tmp_path), COUNTED)
    assert isinstance(source, InMemory)
    assert source.n == 3


def test_dimensions_are_repeated_too() -> None:
    frame = SHOPS.assign(staff=[3, 4, 5])
    source = open_table(frame, COUNTED._replace(touchpoints=(("web", "staff"),)))
    assert_array_equal(source.rows.scores[:, 0], [2, 2, 4])
    assert_array_equal(source.by_dimension().rows.scores, [[1, 3], [1, 3], [3, 5]])


def test_a_row_of_nobody_may_hold_anything() -> None:
    frame = SHOPS.assign(web=[1, 77, 3])
    assert_array_equal(open_table(frame, COUNTED).rows.scores[:, 0], [1, 1, 3])


def test_counts_may_be_whole_floats_texts_or_large_numbers() -> None:
    for people in ([2.0, 0.0, 1.0], ["2", " 0", "1"], pd.array([2, 0, 1], "Int64")):
        assert open_table(SHOPS.assign(people=people), COUNTED).n == 3


def test_without_counts_nothing_is_repeated() -> None:
    assert counted(SHOPS, None).times is None
    assert counted(SHOPS.head(0), "people").times is None


STEP = "Counts are whole numbers of 0 or more: correct them, or drop those rows."
FAULTS: list[tuple[list[Any], str]] = [
    (
        [1.5, 2, 2.25],
        "count column 'people' has counts that are no whole numbers: 1.5, 2.25 (2 rows). "
        f"{STEP} If they are weights, say weight='people'.",
    ),
    ([1, -2, 1], f"count column 'people' has negative counts: -2 (1 row). {STEP}"),
    ([1, np.inf, 1], f"count column 'people' has infinite counts: inf (1 row). {STEP}"),
    ([1, None, 1], f"count column 'people' has entries that are no numbers: 'empty' (1 row). {STEP}"),
    ([1, "many", 1], f"count column 'people' has entries that are no numbers: 'many' (1 row). {STEP}"),
    ([0, 0, 0], "count column 'people' is zero in every row. Give counts, or leave count=None."),
    (
        [2_000_000, 1, 0],
        "count column 'people' adds up to 2,000,001 answers; counts may add up to 2,000,000. Write one row an answer "
        "to a Parquet file, which is read in batches: "
        "data.loc[data.index.repeat(data['people'])].to_parquet('answers.parquet').",
    ),
]


@pytest.mark.parametrize(("people", "message"), FAULTS)
def test_what_is_no_count(people: list[Any], message: str) -> None:
    assert fault(SHOPS.assign(people=people), COUNTED) == message


def test_durations_are_no_counts() -> None:
    frame = SHOPS.assign(people=pd.to_timedelta([1, 2, 3], unit="s"))
    assert fault(frame, COUNTED) == (
        "count column 'people' holds durations, whose unit is not said. Turn them into numbers, minutes for instance: "
        "data['people'].dt.total_seconds() / 60."
    )


def test_a_file_of_too_many_rows_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    check_size(2_000_000, "people")
    with pytest.raises(FileError) as error:
        check_size(2_000_001, "people")
    assert str(error.value) == (
        "the file has 2,000,001 rows; with counts ('people') it may have 2,000,000. Write one row an answer to a "
        "Parquet file, which is read in batches: "
        "data.loc[data.index.repeat(data['people'])].to_parquet('answers.parquet')."
    )


def test_the_advice_for_too_many_gives_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "MOST", 2)
    assert fault(SHOPS, COUNTED).startswith("count column 'people' adds up to 3 answers; counts may add up to 2.")
    repeated = SHOPS.loc[SHOPS.index.repeat(SHOPS["people"])]
    rows = all_rows(open_table(to_parquet(repeated, tmp_path), COUNTED._replace(counts=None)))
    assert_array_equal(rows.scores[:, 0], [1, 1, 3])


def test_a_missing_column_is_named() -> None:
    message = fault(SHOPS, COUNTED._replace(counts="peple"), kind=ColumnError)
    assert message == (
        "count column 'peple' is not in the data. Did you mean 'people'? Columns: web, nps, people, shop."
    )


def test_codes_hold_in_counted_rows() -> None:
    frame = frame_of(web=[6, 0, 3], people=[2, 3, 1], shop="A")
    rows = open_table(frame, COUNTED._replace(codes=Codes(1, 5, (6,), (0,)))).rows
    assert rows.unused[:, 0].sum() == 2
    assert np.isnan(rows.scores[:, 0]).sum() == 5
