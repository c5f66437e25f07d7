"""Tables from files and from other libraries: what an empty cell is, and what is no table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal

from cxlens.engine.roles import Codes
from cxlens.errors import FileError
from tests.engine.opened import ONE, fault, frame_of, open_table, to_csv


@pytest.mark.parametrize("word", ["NA", "N/A", "null"])
def test_a_code_in_a_csv_file_may_look_like_an_empty_cell(word: str, tmp_path: Path) -> None:
    frame = frame_of(web=[1, word, 3])
    roles = ONE._replace(codes=Codes(1, 5, (word,)))
    for data in (frame, to_csv(frame, tmp_path)):
        rows = open_table(data, roles).rows
        assert_array_equal(rows.unused[:, 0], [False, True, False])


def test_empty_cells_of_a_csv_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("web,nps,area\n1,NA,NA\nN/A,3,\nnan,null,NaN\n", encoding="utf-8")
    rows = open_table(tmp_path / "a.csv", ONE._replace(labels={"area": "segment"})).rows
    assert_array_equal(rows.scores[:, 0], [1, np.nan, np.nan])
    assert_array_equal(rows.outcomes[:, 0], [np.nan, 3, np.nan])
    assert rows.labels["area"].fillna("-").tolist() == ["NA", "-", "NaN"]


def test_a_csv_file_may_begin_with_a_byte_order_mark_and_name_no_index(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("web,nps,\n1,9,0\n2,8,1\n", encoding="utf-8-sig")
    rows = open_table(tmp_path / "a.csv", ONE._replace(labels={"Unnamed: 2": "segment"})).rows
    assert_array_equal(rows.scores[:, 0], [1, 2])
    assert rows.labels["Unnamed: 2"].tolist() == [0, 1]


def lazily(data: pd.DataFrame) -> dict[str, Any]:
    connection = duckdb.connect()
    relation = connection.from_df(data)
    return {
        "polars, lazy": pl.from_pandas(data).lazy(),
        "DuckDB": relation,
        "DuckDB, filtered": relation.filter("web > 0"),
        "Ibis": ibis.memtable(data),
        "Ibis, an expression": ibis.memtable(data).filter(ibis._.web > 0),
    }


@pytest.mark.parametrize("kind", lazily(frame_of()))
def test_tables_that_are_only_asked_for(kind: str) -> None:
    rows = open_table(lazily(frame_of(area=["N", None, "S"]))[kind], ONE._replace(labels={"area": "segment"})).rows
    assert_array_equal(rows.scores[:, 0], [1, 2, 3])
    assert_array_equal(rows.outcomes[:, 0], [9, 8, 7])
    assert rows.labels["area"].fillna("-").tolist() == ["N", "-", "S"]


def test_a_relation_whose_connection_is_closed() -> None:
    connection = duckdb.connect()
    relation = connection.from_df(frame_of())
    connection.close()
    assert fault(relation, kind=FileError) == (
        "the table of type 'DuckDBPyRelation' cannot be read: Connection Error: Connection has already been closed. "
        "Try it by itself, or give a pandas frame."
    )


def test_a_lazy_frame_of_a_file_that_is_gone(tmp_path: Path) -> None:
    path = to_csv(frame_of(), tmp_path)
    lazy = pl.scan_csv(path)
    path.unlink()
    message = fault(lazy, kind=FileError)
    assert message.startswith("the table of type 'LazyFrame' cannot be read: ")
    assert message.endswith(". Try it by itself, or give a pandas frame.")


@pytest.mark.parametrize("data", [{"web": [1]}, [1, 2], pl.Series([1]), None], ids=["dict", "list", "Series", "None"])
def test_what_is_no_table(data: Any) -> None:
    assert fault(data) == (
        f"data of type '{type(data).__name__}' is not a table. Give a pandas or polars frame, an Arrow, DuckDB or Ibis "
        "table, or the path of a file, such as answers.csv."
    )
