"""How CSV files are written: separator, encoding and header are found and told, what is malformed is named."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from numpy.testing import assert_array_equal

from cxlens.errors import FileError
from cxlens.files.answers import open_answers
from cxlens.files.csv_text import CsvForm, find_form, in_plain_words
from tests.engine.opened import ONE, fault

AREA = ONE._replace(labels={"area": "segment"})


def file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "answers.csv"
    path.write_bytes(text.encode(encoding))
    return path


def form(folder: Path, text: str, needed: tuple[str, ...] = ("web", "nps")) -> CsvForm:
    return find_form(file(folder, text), needed, "survey file")


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "upright bars")])
def test_the_separator_is_found_and_told(sign: str, name: str, tmp_path: Path) -> None:
    path = file(tmp_path, f"web{sign}nps{sign}area\n1{sign}9,5{sign}a,b\n2{sign}8{sign}c\n")
    source, notes = open_answers(path, AREA)
    assert_array_equal(source.rows.outcomes[:, 0], [9.5, 8])
    assert source.rows.labels["area"].tolist() == ["a,b", "c"]
    assert notes == (f"answers.csv: columns are separated by {name}.",)


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("Website, all in all;Call;Overall\n4;2;1,35\n5;2;0,66\n", ";"),
        ("id,tags\n1,a;b;c\n2,a;b;c\n3,a;b;c\n", ","),
        ('"web; all",nps\n1,9\n2,8\n', ","),
        ("web\n1\n2\n", ","),
        ('comment;web\n"a, b, c";1\n"d, e, f";2\n', ";"),
    ],
)
def test_the_separator_makes_the_widest_regular_table(text: str, separator: str, tmp_path: Path) -> None:
    assert form(tmp_path, text, ()).separator == separator


def test_the_columns_asked_for_decide_where_the_text_does_not(tmp_path: Path) -> None:
    text = "a;b,c;d,e\n1;2,3;4,5\n"
    assert form(tmp_path, text, ("a;b", "e")).separator == ","
    assert form(tmp_path, text, ("b,c", "d,e")).separator == ";"


@pytest.mark.parametrize(
    ("above", "line"),
    [("Guest survey 2025,,\n", 2), ("Guest survey\n\nMade by,Ann\n", 4), ("\n\n", 3)],
)
def test_a_title_above_the_header(above: str, line: int, tmp_path: Path) -> None:
    path = file(tmp_path, f"{above}web,nps,area\n1,9,N\n2,8,S\n")
    source, notes = open_answers(path, AREA)
    assert_array_equal(source.rows.scores[:, 0], [1, 2])
    assert notes == (f"answers.csv: the header is in line {line}.",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf8_needs_no_word(encoding: str, tmp_path: Path) -> None:
    source, notes = open_answers(file(tmp_path, "web,nps,area\n1,9,Zürich\n", encoding), AREA)
    assert source.rows.labels["area"].tolist() == ["Zürich"]
    assert notes == ()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_found_and_told(encoding: str, tmp_path: Path) -> None:
    source, notes = open_answers(file(tmp_path, "web,nps,area\n1,9,Zürich\n", encoding), AREA)
    assert source.rows.labels["area"].tolist() == ["Zürich"]
    assert notes == ("answers.csv: the text is UTF-16.",)


@pytest.mark.parametrize("rows", [1, 40_000])
def test_windows_text_is_found_and_told_wherever_its_first_letter_stands(rows: int, tmp_path: Path) -> None:
    text = "web,nps,area\n" + "1,9,North\n" * rows + "2,8,Zürich – Mitte\n"
    source, notes = open_answers(file(tmp_path, text, "cp1252"), AREA)
    assert source.rows.labels["area"].tolist()[-1] == "Zürich – Mitte"
    assert notes == ("answers.csv: the text is not UTF-8 and was read as Windows-1252: check 'Zürich – Mitte'.",)


@pytest.mark.parametrize("rows", [0, 40_000])
def test_what_is_no_text(rows: int, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes(b"web,nps,area\n" + b"1,9,North\n" * rows + b"1,9,\x81\x8d\n")
    assert fault(path, AREA, FileError) == (
        f"survey file '{path}' is no text in UTF-8, UTF-16 or Windows-1252. Save it as CSV in UTF-8, or name its "
        "encoding: cx.read_answers(path, encoding=...)."
    )


@pytest.mark.parametrize("content", [b"", b" \n\n"])
def test_an_empty_csv_file(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes(content)
    assert fault(path, kind=FileError) == f"survey file '{path}' is empty. Check the path, or save the file again."


MALFORMED = {
    "an open quote": ('web,nps\n1,"9\n2,8\n', 'the quote (") that begins in row 1 below the header does not end'),
    "a long row": (
        "web,nps,comment\n1,9,fine\n2,8,slow, but kind\n",
        "line 3 has 4 cells where the lines above have 3",
    ),
    "a long first row": (
        "web,nps,comment\n2,8,slow, but kind\n1,9,fine\n",
        "its rows have more cells than its first line has names",
    ),
    "no cell": (",,\n,,\n", "no row of it holds a cell"),
    "a header that does not end": (
        '"web,nps\n1,9\n',
        'the quote (") that begins in row 0 below the header does not end',
    ),
    "commas at all ends": ("web,nps\n1,9,\n2,8,\n", "its rows have more cells than its first line has names"),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_csv_file(kind: str, tmp_path: Path) -> None:
    content, why = MALFORMED[kind]
    path = file(tmp_path, content)
    assert fault(path, kind=FileError) == (
        f"survey file '{path}' cannot be read as CSV: {why}. Save it with a comma between columns, "
        "or say how it is written: cx.read_answers(path, separator=..., header=...)."
    )


def test_a_zipped_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv.gz"
    path.write_bytes(gzip.compress(b"web;nps\n1;9\n"))
    assert_array_equal(open_answers(path, ONE).source.rows.outcomes[:, 0], [9])


def test_a_zipped_file_that_is_not_or_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv.gz"
    path.write_bytes(b"web,nps\n1,9\n")
    assert fault(path, kind=FileError) == (
        f"survey file '{path}' cannot be read as CSV: Not a gzipped file (b'we'). Save it with a comma between "
        "columns, or say how it is written: cx.read_answers(path, separator=..., header=...)."
    )
    path.write_bytes(gzip.compress(b"web,nps\n1,9\n" * 1000)[:-20])
    assert fault(path, kind=FileError) == (
        f"survey file '{path}' cannot be read as CSV: Compressed file ended before the end-of-stream marker was "
        "reached. Save it with a comma between columns, "
        "or say how it is written: cx.read_answers(path, separator=..., header=...)."
    )


def test_other_words_of_pandas_stay() -> None:
    assert in_plain_words("out of memory") == "out of memory"


def test_names_left_empty_are_as_pandas_has_them(tmp_path: Path) -> None:
    source, _ = open_answers(file(tmp_path, "web,nps,\n1,9,0\n2,8,1\n"), ONE._replace(labels={"Unnamed: 2": "segment"}))
    assert source.rows.labels["Unnamed: 2"].tolist() == [0, 1]
