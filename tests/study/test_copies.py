"""Rows that stand in an export twice are told of, answers that are alike by chance are not."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cxlens as cx

ONCE = pd.DataFrame({"id": range(100, 180), "web": [1, 2, 4, 5] * 20, "nps": [3, 6, 9, 10] * 20})
TWICE = pd.concat([ONCE, ONCE.iloc[10:16]], ignore_index=True)
SIX = (
    "6 rows are copies of others, ids included, and each counts. If the export holds an answer twice, drop them: "
    "data.drop_duplicates()."
)


def warned(data: Any, **roles: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        cx.Survey(data, touchpoints=["web"], outcome={"nps": "nps"}, **roles)
    assert all(warning.filename == __file__ for warning in caught)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("respondent", ["id", None])
def test_copies_are_told(respondent: str | None, tmp_path: Path) -> None:
    assert warned(TWICE, respondent=respondent) == [SIX]
    TWICE.to_csv(tmp_path / "answers.csv", index=False)
    assert warned(tmp_path / "answers.csv", respondent=respondent) == [SIX]
    one = pd.concat([ONCE, ONCE.tail(1)])
    assert warned(one, respondent=respondent) == [
        SIX.replace("6 rows are copies of others", "1 row is a copy of another")
    ]


def test_what_is_alike_by_chance_is_no_copy() -> None:
    assert warned(ONCE) == []
    assert warned(TWICE.drop(columns="id")) == []
    assert warned(pd.concat([ONCE, ONCE, ONCE]).rename(columns={"id": "day"})) == []
    assert warned(TWICE.assign(web=[*ONCE["web"], 1, 1, 1, 2, 2, 1], id=[*ONCE["id"], *range(110, 116)])) == []


def test_people_with_ids_are_known_in_large_tables_too() -> None:
    many = pd.DataFrame({"id": range(6_000), "web": 3, "nps": 7})
    twice = pd.concat([many, many.head(6)])
    assert warned(twice, respondent="id") == [SIX]
    assert warned(many, respondent="id") == []
    assert warned(many.assign(id=None), respondent="id") == []  # nobody is named
