"""Interviews: what a row may say, and what is refused."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlens.errors import CxlensError
from cxlens.study.interviews import COLUMNS, read_interviews

SAID = {"touchpoint": "Desk", "need": "be quick", "quote": "Too  long", "feeling": "Very bad", "persona": "Family"}


def test_a_frame_is_read() -> None:
    read = read_interviews(pd.DataFrame([SAID, {"touchpoint": None, "need": "sit down", "quote": None}]))
    assert tuple(read.columns) == COLUMNS
    assert read.loc[0].tolist() == ["Desk", "be quick", "Too long", -2, "Family"]
    assert read.loc[1].tolist()[:3] == ["", "sit down", ""]
    assert pd.isna(read.loc[1, "feeling"])
    pd.testing.assert_frame_equal(read_interviews(read), read)


@pytest.mark.parametrize(("word", "number"), [("neither", 0), ("GOOD", 1), (2, 2), ("-1", -1), (-2.0, -2)])
def test_feelings(word, number) -> None:
    assert read_interviews(pd.DataFrame([{**SAID, "feeling": word}])).loc[0, "feeling"] == number


def test_a_file_is_read_as_others_are(tmp_path) -> None:
    path = tmp_path / "said.csv"
    path.write_text("touchpoint;quote;feeling\nDesk;Too long, really;bad\n", encoding="cp1252")
    assert read_interviews(path).loc[0].tolist() == ["Desk", "", "Too long, really", -1, ""]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quote": "", "need": ""}, "neither a quote nor a need. Write one of them, or delete the row."),
        ({"touchpoint": "", "need": ""}, "no touchpoint and no need. Say what the quote is about."),
        ({"feeling": "awful"},
         "feeling is 'awful'. Write very bad, bad, neither, good or very good, or -2 to 2."),
        ({"feeling": 3}, "feeling is 3. Write very bad, bad, neither, good or very good, or -2 to 2."),
        ({"feeling": 0.5}, "feeling is 0.5. Write very bad, bad, neither, good or very good, or -2 to 2."),
    ],
)  # fmt: skip
def test_a_row_that_is_not_right(changes, message) -> None:
    with pytest.raises(CxlensError) as error:
        read_interviews(pd.DataFrame([SAID, {**SAID, **changes}]))
    assert str(error.value) == f"interviews, row 2: {message}"


def test_a_fault_is_told_with_its_line(tmp_path) -> None:
    path = tmp_path / "said.csv"
    path.write_text("touchpoint,quote,feeling\nDesk,Too long,awful\n", encoding="utf-8")
    with pytest.raises(CxlensError) as error:
        read_interviews(path)
    assert str(error.value) == (
        f"{path}, line 2: feeling is 'awful'. Write very bad, bad, neither, good or very good, or -2 to 2."
    )


def test_a_column_that_is_missing() -> None:
    with pytest.raises(CxlensError) as error:
        read_interviews(pd.DataFrame({"touchpoint": ["Desk"], "feeling": [1]}))
    assert str(error.value) == "interviews: column 'quote' is missing. Columns found: touchpoint, feeling."
