"""Rows that stand in an export twice are told of, answers that are alike by chance are not."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
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


def test_answers_told_apart_by_what_is_not_read_are_no_copies(tmp_path: Path) -> None:
    visits = TWICE.assign(visit=range(len(TWICE)))
    visits.to_csv(tmp_path / "visits.csv", index=False)
    for data in (visits, tmp_path / "visits.csv", [tmp_path / "visits.csv"]):
        assert warned(data, respondent="id") == []
    many = pd.concat([visits] * 100).assign(id=range(8_600), visit=range(8_600))
    twice = pd.concat([many, many.head(6).assign(visit=-1)])
    assert warned(twice, respondent="id") == []


def test_copies_are_told_of_each_file(tmp_path: Path) -> None:
    for name, rows in (("a.csv", TWICE), ("b.csv", ONCE.assign(id=ONCE["id"] + 500))):
        rows.to_csv(tmp_path / name, index=False)
    assert warned([tmp_path / "a.csv", tmp_path / "b.csv"], respondent="id") == [SIX]
    assert warned({"1": tmp_path / "a.csv", "2": tmp_path / "b.csv"}, respondent="id", time="wave") == [SIX]


def test_an_id_of_many_rows_stands_for_nobody() -> None:
    three = pd.concat([ONCE, *[ONCE.head(1)] * 2])
    assert warned(three, respondent="id") == [SIX.replace("6 rows", "2 rows")]
    assert warned(pd.concat([three, ONCE.head(1)]), respondent="id") == []


def test_few_rows_of_many_are_copies_where_no_ids_are_named() -> None:
    assert warned(pd.concat([ONCE, ONCE.head(8)])) == [SIX.replace("6 rows", "8 rows")]
    assert warned(pd.concat([ONCE, ONCE.head(9)])) == []
    assert warned(pd.concat([ONCE.head(30), ONCE.head(1)])) != []
    assert warned(pd.concat([ONCE.head(29), ONCE.head(1)])) == []


def test_two_visits_of_a_customer_are_seldom_copies() -> None:
    told = 0
    for seed in range(50):
        rng = np.random.default_rng(seed)
        web = rng.choice([3, 4, 5], 200, p=[0.1, 0.3, 0.6])
        rows = pd.DataFrame(
            {"id": np.arange(200) // 2, "web": web, "nps": 2 * web, "minute": rng.integers(0, 90_000, 200)}
        )
        told += len(warned(rows, respondent="id"))
    assert told == 0
