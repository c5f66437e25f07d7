"""Paths: taken literally, folders and patterns as several files, and what is no file told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cxlens.errors import FileError
from cxlens.files.places import files_of, kind_of


def fault(path: str | Path) -> str:
    with pytest.raises(FileError) as error:
        kind_of(files_of(path, "survey file"), "survey file")
    return str(error.value)


def touched(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    return [folder / name for name in names]


@pytest.mark.parametrize("name", ["a[1].csv", "a*.csv", "a?.csv"])
def test_a_path_that_exists_is_no_pattern(name: str, tmp_path: Path) -> None:
    touched(tmp_path, "a1.csv", "ab.csv", name)
    assert files_of(str(tmp_path / name), "survey file") == (tmp_path / name,)


def test_patterns_and_folders_are_several_files_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = touched(tmp_path, "1.csv", "2.csv", "3.csv")
    touched(tmp_path, ".hidden.csv", "_SUCCESS", "~$open.xlsx", "notes.md")
    assert files_of(tmp_path / "[1-3].csv", "survey file") == tuple(wanted)
    assert files_of(tmp_path, "survey file") == tuple(wanted)
    monkeypatch.chdir(tmp_path)
    assert files_of("?.csv", "survey file") == tuple(Path(path.name) for path in wanted)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.CSV", "csv"), ("a.csv.gz", "csv"), ("a.tsv", "csv"), ("a.xlsx", "excel"), ("a.pq", "parquet"),
     ("a.sav", "statistics"), ("a.dta", "statistics"), ("a.sas7bdat", "statistics")],
)  # fmt: skip
def test_kinds_by_ending(name: str, kind: str, tmp_path: Path) -> None:
    assert kind_of(touched(tmp_path, name), "survey file") == kind


def test_what_is_not_there(tmp_path: Path) -> None:
    where = f"Check the path; relative paths start at '{Path.cwd()}'."
    assert fault(tmp_path / "no.csv") == f"survey file '{tmp_path / 'no.csv'}' does not exist. {where}"
    assert fault(tmp_path / "no" / "a.csv") == f"survey file '{tmp_path / 'no' / 'a.csv'}' does not exist. {where}"
    assert fault(tmp_path / "*.csv") == f"no survey file fits the pattern '{tmp_path / '*.csv'}'. {where}"


def test_paths_that_no_system_takes(tmp_path: Path) -> None:
    assert fault("a\0.csv") == "survey file 'a\\x00.csv' cannot be read: embedded null byte. Check the path."
    long = "a" * 300
    assert fault(f"{long}.csv") == f"survey file '{long[:200]}' cannot be read: File name too long. Check the path."


def test_an_address_is_no_file() -> None:
    assert fault("https://example.org/answers.csv") == (
        "survey file 'https://example.org/answers.csv' is an address. Save the file, and give its path."
    )


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    assert fault(tmp_path / "a.csv") == f"survey file '{tmp_path / 'a.csv'}' is a device or a pipe. Give a file."
    assert fault("/dev/null") == "survey file '/dev/null' is a device or a pipe. Give a file."


@pytest.mark.parametrize(("name", "ending"), [("a.pdf", ".pdf"), ("a.html", ".html"), ("answers", "")])
def test_other_endings(name: str, ending: str, tmp_path: Path) -> None:
    touched(tmp_path, name)
    assert fault(tmp_path / name) == (
        f"survey file '{tmp_path / name}' ends in '{ending}'. Give a .csv, .csv.gz, .xlsx, .parquet, .sav, .dta or "
        ".sas7bdat file, or a frame."
    )


def test_the_old_excel_format(tmp_path: Path) -> None:
    touched(tmp_path, "a.xls")
    assert fault(tmp_path / "a.xls") == (
        f"survey file '{tmp_path / 'a.xls'}' is of the old Excel format. Save it as .xlsx."
    )


def test_folders_without_one_table(tmp_path: Path) -> None:
    assert fault(tmp_path) == (
        f"survey file '{tmp_path}' is a folder without a table. Give the file, such as '{tmp_path / 'answers.csv'}'."
    )
    touched(tmp_path, "a.csv", "b.parquet")
    assert fault(tmp_path) == (
        f"survey files '{tmp_path / 'a.csv'}' and '{tmp_path / 'b.parquet'}' are of different kinds. Give files of one "
        f"kind, such as '{tmp_path / '*.csv'}'."
    )
    touched(tmp_path, "year=2024/a.parquet")
    assert fault(tmp_path) == (
        f"survey file '{tmp_path}' is a folder with folders in it: year=2024. Give a pattern of files, such as "
        f"'{tmp_path / '*' / '*.parquet'}'; the names of folders are not read as columns."
    )
