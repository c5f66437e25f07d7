"""Exports of survey platforms: question text below the names, and rows in which nothing stands."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from cxlens.files.answers import open_answers
from cxlens.files.exports import answers_of, column_of_phases
from tests.engine.opened import ONE


def texts(rows: list[list[str]], names: str = "web nps area") -> pd.DataFrame:
    return pd.DataFrame(rows, columns=names.split(), dtype="str")


IDS = [json.dumps({"ImportId": name}) for name in ("QID1", "QID2", "QID3")]


def test_three_header_rows() -> None:
    frame = texts([["How was\nthe  web?", "Recommend?", ""], IDS, ["4", "9", "N"], ["5", "8", "S"]])
    answers = answers_of(frame, "a.csv")
    assert answers.frame.to_numpy().tolist() == [["4", "9", "N"], ["5", "8", "S"]]
    assert answers.questions == {"web": "How was the web?", "nps": "Recommend?"}
    assert answers.notes == ("a.csv: rows 2 to 3 are question text, and left out.",)


def test_a_row_of_import_ids_alone() -> None:
    answers = answers_of(texts([IDS, ["4", "9", "N"]]), "a.csv")
    assert answers.frame.to_numpy().tolist() == [["4", "9", "N"]]
    assert answers.questions == {}
    assert answers.notes == ("a.csv: row 2 is question text, and left out.",)


@pytest.mark.parametrize(
    ("empty", "note"),
    [(1, "a.csv: 1 empty row is left out."), (40, "a.csv: 40 empty rows are left out."),
     (1200, "a.csv: 1,200 empty rows are left out.")],
)  # fmt: skip
def test_empty_rows(empty: int, note: str) -> None:
    answers = answers_of(texts([["4", "9", "N"], *[["", " ", ""]] * empty, ["5", "", ""]]), "a.csv")
    assert answers.frame.to_numpy().tolist() == [["4", "9", "N"], ["5", "", ""]]
    assert answers.notes == (note,)


def test_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    quoted = [f'"{text.replace(chr(34), chr(34) * 2)}"' for text in IDS[:2]]
    path.write_text(f"web,nps\nWeb?,All?\n{','.join(quoted)}\n4,9\n,\n5,8\n,\n", encoding="utf-8")
    source, notes = open_answers(path, ONE)
    assert_array_equal(source.rows.scores[:, 0], [4, 5])
    assert notes == (
        "a.csv: rows 2 to 3 are question text, and left out.",
        "a.csv: 2 empty rows are left out.",
    )


def test_answers_in_words_are_no_question_text() -> None:
    frame = texts([["good", "9", "N"], ["bad", "8", "S"]])
    assert answers_of(frame, "a.csv").frame.equals(frame)


@pytest.mark.parametrize(
    ("phases", "found"),
    [
        (["start", "complete"], ("phase", "complete")),
        (["Start", "Complete", "suspend"], ("phase", "Complete")),
        (["begin", "END"], ("phase", "END")),
        (["complete", "complete"], None),
        (["start", "paid"], None),
        ([1, 2], None),
    ],
)
def test_rows_for_starts_and_ends(phases: list[object], found: tuple[str, str] | None) -> None:
    frame = pd.DataFrame({"who": ["a"] * len(phases), "phase": phases})
    assert column_of_phases(frame, {"who"}) == found
    assert column_of_phases(frame, {"who", "phase"}) is None
