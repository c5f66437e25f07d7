"""Tables from files and from other libraries: what an empty cell is, and what is no table."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_array_equal

from cxlens.engine.roles import Codes
from cxlens.engine.tables import open_table
from cxlens.errors import FileError
from tests.engine.opened import ONE, fault, frame_of, to_csv


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


@pytest.mark.parametrize("data", [{"web": [1]}, [1, 2], pl.Series([1]), None], ids=["dict", "list", "Series", "None"])
def test_what_is_no_table(data: Any) -> None:
    assert fault(data) == (
        f"data of type '{type(data).__name__}' is not a table. Give a pandas or polars frame, an Arrow table, "
        "or a path to a CSV or Parquet file."
    )


@pytest.mark.parametrize("content", [b"", b"web,nps\n1,9\n", b"PAR1xxxxxxxxPAR1"], ids=["empty", "CSV", "broken"])
def test_a_file_that_is_not_parquet(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    path.write_bytes(content)
    message = f"survey file '{path}' is not a Parquet file. Write it again, or give it as .csv."
    assert fault(path, kind=FileError) == message


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_csv_file_that_is_not_utf8(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes("web,nps,area\n1,9,Zürich\n".encode(encoding))
    assert fault(path, kind=FileError) == f"survey file '{path}' is not UTF-8 text. Save it as CSV in UTF-8."


MALFORMED = {
    "an open quote": ('web,nps\n1,"9\n2,8\n', "Error tokenizing data. C error: EOF inside string starting at row 1"),
    "a long row": (
        "web,nps,comment\n1,9,fine\n2,8,slow, but kind\n",
        "Error tokenizing data. C error: Expected 3 fields in line 3, saw 4",
    ),
    "a long first row": (
        "web,nps,comment\n2,8,slow, but kind\n1,9,fine\n",
        "its rows have more cells than its first line has names",
    ),
    "commas at all ends": ("web,nps\n1,9,\n2,8,\n", "its rows have more cells than its first line has names"),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_csv_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    content, why = MALFORMED[kind]
    path.write_text(content, encoding="utf-8")
    assert fault(path, kind=FileError) == (
        f"survey file '{path}' cannot be read as CSV: {why}. Save it with a comma between columns."
    )


def test_a_zipped_file_that_is_not_or_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv.gz"
    path.write_bytes(b"web,nps\n1,9\n")
    assert fault(path, kind=FileError) == (
        f"survey file '{path}' cannot be read as CSV: Not a gzipped file (b'we'). Save it with a comma between columns."
    )
    path.write_bytes(gzip.compress(b"web,nps\n1,9\n" * 1000)[:-20])
    assert fault(path, kind=FileError) == (
        f"survey file '{path}' cannot be read as CSV: Compressed file ended before the end-of-stream marker was "
        "reached. Save it with a comma between columns."
    )


def test_an_empty_csv_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.touch()
    assert fault(path, kind=FileError) == (f"survey file '{path}' is empty. Check the path, or save the answers again.")


@pytest.mark.parametrize(("sign", "words"), [(";", "';'"), ("\t", "tabs")])
def test_other_separators_are_told(sign: str, words: str, tmp_path: Path) -> None:
    path, header = tmp_path / "answers.csv", f"web{sign}nps"
    path.write_text(f"{header}\n1{sign}9,5\n", encoding="utf-8")
    assert fault(path, kind=FileError) == (
        f"survey file '{path}' has one column, {header!r}. Is it separated by {words}? "
        "Save it with commas, or give a frame."
    )
