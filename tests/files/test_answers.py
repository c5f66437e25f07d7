"""One reader for every table: the same answers whatever they come in, several files as one table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from cxlens.engine.roles import Codes
from cxlens.errors import ColumnError, FileError
from cxlens.files.answers import open_answers, read_table
from cxlens.files.cells import Column
from tests.engine.opened import ONE, fault, frame_of

AREA = ONE._replace(labels={"area": "segment"})


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_files_of_a_folder_and_of_a_pattern(tmp_path: Path) -> None:
    written(tmp_path, "1.csv", "web,nps,area\n1,9,2023\n2,8,2023\n")
    written(tmp_path, "2.csv", "area;web;nps\n2024;3;7,5\n")
    for path in (tmp_path, str(tmp_path / "*.csv"), tmp_path / "[12].csv"):
        source, notes = open_answers(path, AREA)
        assert_array_equal(source.rows.scores[:, 0], [1, 2, 3])
        assert_array_equal(source.rows.outcomes[:, 0], [9, 8, 7.5])
        assert source.rows.labels["area"].tolist() == [2023, 2023, 2024]
        assert notes == ("2.csv: columns are separated by semicolons.",)


@pytest.mark.parametrize("years", [("2023", "02024"), ("2023", "2024a")])
def test_a_label_is_of_one_kind_in_all_files(years: tuple[str, str], tmp_path: Path) -> None:
    for number, year in enumerate(years):
        written(tmp_path, f"{number}.csv", f"web,nps,area\n1,9,{year}\n")
    assert open_answers(tmp_path, AREA).source.rows.labels["area"].tolist() == list(years)


def test_files_with_other_columns(tmp_path: Path) -> None:
    one = written(tmp_path, "1.csv", "web,nps,area\n1,9,N\n")
    two = written(tmp_path, "2.csv", "web,nps,region\n1,9,N\n")
    assert fault(tmp_path, kind=FileError) == (
        f"survey files '{one}' and '{two}' have other columns: 'area', 'region' only one of them has. "
        "Give files with the same columns."
    )


def test_parquet_files_of_a_folder(tmp_path: Path) -> None:
    for number in (1, 2):
        frame_of(area=str(number)).to_parquet(tmp_path / f"{number}.parquet")
    source, notes = open_answers(tmp_path, AREA)
    assert source.n == 6
    assert source.rows.labels["area"].tolist() == ["1"] * 3 + ["2"] * 3
    assert notes == ()


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_column_that_is_not_there(name: str, tmp_path: Path) -> None:
    frame = frame_of()
    path = tmp_path / name
    frame.to_csv(path, index=False) if name == "a.csv" else frame.to_parquet(path)
    assert fault(path, AREA, ColumnError) == "segment column 'area' is not in the data. Columns: web, nps."


def test_what_nobody_asked_for_stays_as_the_file_has_it(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "web,zip\n1,02134\n2,\n")
    frame = read_table(path, {"web": Column("number")}, "survey file").frame
    assert frame["web"].tolist() == [1, 2]
    assert frame["zip"].tolist() == ["02134", ""]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.xlsx"])
def test_all_columns_where_none_is_asked_for(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    frame = pd.DataFrame({"web": [1, 2], "area": ["N", "S"]})
    write = {"a.csv": frame.to_csv, "a.parquet": frame.to_parquet, "a.xlsx": frame.to_excel}[name]
    write(path, index=False)
    found = read_table(path, {}, "survey file").frame
    assert found.astype(str).to_numpy().tolist() == [["1", "N"], ["2", "S"]]


def test_a_word_for_empty_beside_blank_cells_is_asked_for(tmp_path: Path) -> None:
    alone = written(tmp_path, "1.csv", "web,nps\n1,9\nN/A,8\n3,N/A\n")
    assert_array_equal(open_answers(alone, ONE).source.rows.scores[:, 0], [1, np.nan, 3])
    both = written(tmp_path, "2.csv", "web,nps\n1,9\nN/A,8\n,N/A\n3,\n")
    assert fault(both) == (
        "touchpoint column 'web' holds text where scores are expected: 'N/A' (1 row). Turn it into numbers, or name "
        "such codes in Scale(..., not_used=[...]) or Scale(..., blank=[...])."
    )
    named = ONE._replace(codes=Codes(1, 5, ("N/A",), ()))
    rows = open_answers(both, named).source.rows
    assert_array_equal(rows.outcomes[:, 0], [9, 8, np.nan, np.nan])
