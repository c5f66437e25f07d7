"""Which sources DuckDB sorts as they stand; whether their events are the right ones: study/test_event_store.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxlens.engine.event_source import EventSource, of_files, of_table
from cxlens.engine.parquet import ParquetFiles
from cxlens.engine.sql import reader_of
from cxlens.errors import FileError

NAMED = {"customer": "who", "touchpoint": "met", "time": "at"}


def table(**columns: Any) -> pa.Table:
    times = pa.array([1, 2, 3], pa.timestamp("us"))
    return pa.table({"who": ["a", "b", "a"], "met": ["x", "y", "x"], "at": times, **columns})


def source(folder: Path, *tables: pa.Table) -> EventSource | None:
    paths = []
    for place, part in enumerate(tables):
        paths.append(folder / f"[{place}] it's.parquet")
        pq.write_table(part, paths[-1])
    return of_files(ParquetFiles.at(paths), 3)


def test_rows_are_numbered_through_all_files(tmp_path: Path) -> None:
    made = source(tmp_path, table(), table())
    rows = made.connection.sql(made.scan).select("who", "row").order('"row"').fetchall()
    assert rows == [("a", 0), ("b", 1), ("a", 2), ("a", 3), ("b", 4), ("a", 5)]
    assert made.n == 6
    known = made.without(["a", "it's"], "who")
    assert known.n == 2
    assert known.labels_of("met").tolist() == ["y"]
    assert made.without([], "who") is made
    assert made.labels_of("met").tolist() == ["x", "y"]


def test_few_rows_and_files_of_different_columns_are_none(tmp_path: Path) -> None:
    assert source(tmp_path, table().slice(1)) is None
    assert source(tmp_path, table(), table(more=[1, 2, 3])) is None


@pytest.mark.parametrize(("last", "bits"), [(2**32 - 1, "UINTEGER"), (2**32, "BIGINT"), (-1, "BIGINT")])
def test_numbers_that_fit_are_sorted_in_few_bits(tmp_path: Path, last: int, bits: str) -> None:
    made = source(tmp_path, table(id=[1, 2, 3]), table(id=[1, 2, last]))
    rows = made.rows({"customer": "id", "touchpoint": "met", "time": "at"}, [], ["x", "y"])
    kinds = dict(made.connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {rows.query})").fetchall())  # noqa: S608  ours
    assert kinds["who"] == bits
    assert kinds["row"] == "UINTEGER"
    ids = pd.Series([1, 2, last], dtype="int64")
    assert made.ids_of(ids, "id").dtype == "int64"


def test_rows_beyond_32_bits_keep_64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxlens.engine.event_source.MOST_UNSIGNED", 2)
    made = source(tmp_path, table())
    rows = made.rows(NAMED, [], ["x", "y"])
    kinds = dict(made.connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {rows.query})").fetchall())  # noqa: S608  ours
    assert kinds["row"] == "BIGINT"


def test_columns_called_as_those_of_a_scan(tmp_path: Path) -> None:
    made = source(tmp_path, table(filename=["p", "q", "r"], path=[7, 8, 9], earlier=[4, 5, 6]), table().slice(0, 0))
    assert made is None  # the second has not these columns
    made = source(tmp_path, table(filename=["p", "q", "r"], path=[7, 8, 9], earlier=[4, 5, 6]))
    rows = made.connection.sql(made.scan).order('"row"').fetchall()
    assert [row[3:] for row in rows] == [("p", 7, 4, 0), ("q", 8, 5, 1), ("r", 9, 6, 2)]
    assert source(tmp_path, table(File_Row_Number=[1, 2, 3])) is None
    assert source(tmp_path, table(cxlens_file=[1, 2, 3])) is None


def test_many_files_are_sorted_in_little_memory(tmp_path: Path) -> None:
    rows = 10_000
    times = pa.array(range(rows, 0, -1), pa.timestamp("us"))
    made = source(tmp_path, *[pa.table({"who": range(rows), "met": range(rows), "at": times})] * 100)
    made.connection.execute("SET memory_limit = '60MB'")  # a scan for each file needed more than 70
    ordered = made.connection.execute(f'SELECT * FROM ({made.scan}) ORDER BY who, "at", "row"')  # noqa: S608  ours
    assert sum(batch.num_rows for batch in reader_of(ordered, 100_000)) == 100 * rows


def test_a_file_that_duckdb_calls_otherwise_is_refused(tmp_path: Path) -> None:
    made = source(tmp_path, table(), table())
    made.connection.register("files", pa.table({"path": ["else"], "earlier": [0]}))
    with pytest.raises(FileError) as error, made.faults_told():
        made.labels_of("met")
    path = tmp_path / "[0] it's.parquet"
    said = "cannot be read: Invalid Input Error: a file has another name. Write it again."
    assert str(error.value) == f"survey file '{path}' or one of 1 more {said}"


@pytest.mark.parametrize(
    ("role", "values", "is_readable"),
    [
        ("customer", pa.array([1, 2, 3]), True),
        ("customer", pa.array([1.0, 2, 3]), False),
        ("customer", pa.array(["a", "b", "c"]).dictionary_encode(), False),
        ("touchpoint", pa.array(["a", "b", "c"]).dictionary_encode(), True),
        ("time", pa.array(["2026-01-01"] * 3), False),
        ("time", pa.array([1, 2, 3], pa.timestamp("ns")), True),
        ("time", pa.array([1, 2, 3], pa.timestamp("ns", "UTC")), False),
        ("time", pa.array([1, 2, 3], pa.date32()), False),
        ("order", pa.array([1.5, 2, 3]), True),
        ("order", pa.array(["1", "2", "3"]), False),
        ("outcome", pa.array([True, False, None]), True),
        ("value", pa.array([True, False, None]), False),
        ("segment", pa.array(["a", "b", None]), True),
        ("segment", pa.array([1.5, 2, 3]), False),
    ],
)
def test_entries_that_need_no_reading(tmp_path: Path, role: str, values: Any, is_readable: bool) -> None:
    made = source(tmp_path, table(x=values))
    segments = ["x"] if role == "segment" else []
    named = NAMED if segments else {**NAMED, role: "x"}
    assert made.is_readable(named, segments) == is_readable


def test_columns_that_duckdb_cannot_tell_apart(tmp_path: Path) -> None:
    assert source(tmp_path, table()).is_readable(NAMED, [])
    assert not source(tmp_path, table(WHO=[1, 2, 3])).is_readable(NAMED, [])
    assert not source(tmp_path, table(Row=[1, 2, 3])).is_readable(NAMED, [])
    assert not source(tmp_path, table()).is_readable(NAMED, ["gone"])


def test_tables_of_duckdb_and_ibis() -> None:
    rows = table()
    with duckdb.connect() as connection:
        relation = connection.from_arrow(rows)
        from_duckdb = of_table(relation, ["who", "met"], 3)
    assert from_duckdb.connection.execute("SELECT * FROM rows").fetchall() == [
        ("a", "x", 0),
        ("b", "y", 1),
        ("a", "x", 2),
    ]
    from_ibis = of_table(ibis.memtable(rows.to_pandas()), ["who"], 3)
    assert from_ibis.connection.execute("SELECT * FROM rows").fetchall() == [("a", 0), ("b", 1), ("a", 2)]
    assert of_table(ibis.memtable(rows.to_pandas()), ["who"], 4) is None
    assert of_table(pd.DataFrame(), ["who"], 0) is None
    assert of_table([1], ["who"], 0) is None
