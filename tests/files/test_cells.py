"""Cells of text: numbers where they are wanted, text where a number would lose something."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlens.files.cells import Column, Kind, settled

NUMBER = Column("number", ("", "NA"))


def made(texts: list[str], column: Column) -> list[object]:
    return settled(pd.Series(texts, dtype="str"), column).astype(object).where(lambda x: x.notna(), None).tolist()


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1", " 2 ", "", "NA"], [1, 2, None, None]),
        (["1,35", "0,66", "2"], [1.35, 0.66, 2]),
        (["1.234,5", "12"], [1234.5, 12]),
        (["-0,5", "+1,25", ""], [-0.5, 1.25, None]),
        (["1,234", "0,987"], [1.234, 0.987]),
        (["1e3", "2"], [1000, 2]),
    ],
)
def test_numbers_with_a_point_or_a_comma(texts: list[str], numbers: list[object]) -> None:
    assert made(texts, NUMBER) == numbers


def test_missing_texts_are_empty_and_rows_keep_their_index() -> None:
    texts = pd.Series(["1", None, "2", "1"], index=[5, 7, 9, 11], name="web", dtype="str")
    values = settled(texts, NUMBER)
    assert values.index.tolist() == [5, 7, 9, 11]
    assert values.fillna(-1).tolist() == [1, -1, 2, 1]
    assert values.name == "web"


@pytest.mark.parametrize("texts", [["1,234", "2,000"], ["1,5", "1.5"], ["4", "5 - Excellent"], ["1,5 kg", "2,5"]])
def test_what_may_be_read_in_two_ways_or_none_stays_text(texts: list[str]) -> None:
    assert made(texts, NUMBER) == texts


@pytest.mark.parametrize(
    "texts",
    [["02134", "10001"], ["1E5", "100000"], ["1.0", "1"], ["007"], ["NA", "EU"], ["1" * 22], ["+1", "2"]],
)  # fmt: skip
def test_labels_that_are_codes_stay_text(texts: list[str]) -> None:
    assert made(texts, Column("label")) == texts


@pytest.mark.parametrize(
    ("texts", "values"),
    [(["2023", "2024"], [2023, 2024]), (["2023", ""], [2023, None]), (["True", "FALSE"], [True, False]),
     (["1.5", "2"], [1.5, 2]), (["123456789012345678", "1", ""], [123456789012345678, 1, None])],
)  # fmt: skip
def test_labels_that_are_numbers_are_numbers(texts: list[str], values: list[object]) -> None:
    assert made(texts, Column("label")) == values


def test_text_stays_as_it_stands() -> None:
    assert made(["1", " a ", "NA", "", " "], Column("text")) == ["1", " a ", "NA", None, None]


@pytest.mark.parametrize("kind", ["number", "label", "text"])
@given(texts=st.lists(st.text("0123456789.,-+eE aN", max_size=8), max_size=6))
def test_no_text_is_lost(kind: Kind, texts: list[str]) -> None:
    values = settled(pd.Series(texts, dtype="str"), Column(kind))
    assert len(values) == len(texts)
    is_empty = pd.Series([text.strip() == "" for text in texts], dtype=bool)
    assert values.isna().tolist() == is_empty.tolist()
    if kind == "label":
        stated = [text.strip() for text in texts if text.strip()]
        assert values.nunique() >= min(1, len(stated))


def test_words_stay_beside_blank_cells_where_it_is_asked_what_they_mean() -> None:
    asking = Column("number", ("", "N/A"), asks=True)
    assert made(["1", "N/A"], asking) == [1, None]
    assert made(["1", "N/A", " "], asking) == ["1", "N/A", None]
