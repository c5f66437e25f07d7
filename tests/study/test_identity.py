"""Who is who: look-alikes, ids for nobody, and one id for many."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd
import pytest

from cxlens.errors import ValuesError
from cxlens.study.identity import are_nobody, check_look_alikes, check_unknown, warn_of_one_for_many, without_nobody

ALIKE = "segment column 'a' holds entries that look alike:"
ONE = "If they are one, write them alike, such as by data['a'] = data['a']"
SIGNS = ".str.normalize('NFKC').str.split().str.join(' ')"
TWO = " (a file is read by data = cx.read_answers(path)); if not, give them names that differ."


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["North", "South", "North "], f"{ALIKE} 'North' and 'North '. {ONE}.str.strip(){TWO}"),
        (["North", "north"], f"{ALIKE} 'North' and 'north'. {ONE}.str.capitalize(){TWO}"),
        (
            ["North", "North ", "north"],
            f"{ALIKE} 'North' and 'North ' and 'north'. {ONE}.str.strip().str.capitalize(){TWO}",
        ),
        (["New York", "New\u00a0York"], f"{ALIKE} 'New York' and 'New\\xa0York'. {ONE}{SIGNS}{TWO}"),
        (["Zu\u0308rich", "Z\u00fcrich"], f"{ALIKE} 'Zu\u0308rich' and 'Z\u00fcrich'. {ONE}{SIGNS}{TWO}"),
        (["18-24", "18\u201324"], f"{ALIKE} '18-24' and '18\u201324'. {ONE}.str.replace('\\u2013', '-'){TWO}"),
        (["North", "North\u200b"], f"{ALIKE} 'North' and 'North\\u200b'. {ONE}.str.replace('\\u200b', ''){TWO}"),
        (
            ["O'Hare", "O\u2019Hare "],
            f"{ALIKE} \"O'Hare\" and 'O\u2019Hare '. {ONE}.str.replace('\\u2019', \"'\").str.strip(){TWO}",
        ),
        ([1, "1"], f"{ALIKE} 1 and '1'. Make all of them text: data['a'].astype(str)."),
        ([2.0, "2", 3], f"{ALIKE} 2.0 and '2'. Make all of them text: data['a'].astype(str)."),
        (
            ["a", "A", "b", "B", "c", "C", "d", "D"],
            f"{ALIKE} 'a' and 'A', 'b' and 'B', 'c' and 'C' and 1 more. {ONE}.str.capitalize(){TWO}",
        ),
    ],
)
def test_look_alikes_are_refused(labels: list[Any], said: str) -> None:
    with pytest.raises(ValuesError) as error:
        check_look_alikes("segment", "a", labels)
    assert str(error.value) == said


@pytest.mark.parametrize(
    "labels", [["North", "South"], ["\ud800", "b"], [1, 2, "a"], [], [True, False], ["W1", "W10"], ["a b", "ab"]]
)
def test_labels_that_differ(labels: list[Any]) -> None:
    check_look_alikes("segment", "a", labels)
    check_look_alikes("respondent", "a", labels, is_id=True)


def test_ids_may_differ_by_capitals() -> None:
    with pytest.warns(UserWarning, match="look alike") as warned:
        check_look_alikes("respondent", "id", ["R_aB", "R_Ab"], is_id=True)
    assert str(warned[0].message) == (
        "respondent column 'id' holds entries that look alike: 'R_aB' and 'R_Ab'. They count as several. "
        "If they are one, write them alike: data['id'].str.lower()."
    )
    with pytest.raises(ValuesError, match=r"'c1' and 'c1 '\."):
        check_look_alikes("customer", "id", ["c1", "c1 "], is_id=True)


def test_ids_that_stand_for_nobody() -> None:
    unknown = check_unknown(["NA", 0, -1.0])
    assert unknown == ("NA", "0", "-1")
    assert are_nobody(pd.Series(["NA", "a", None, "0"]), unknown).tolist() == [True, False, False, True]
    assert are_nobody(pd.Series([0.0, -1.0, 5.0]), unknown).tolist() == [True, True, False]
    assert are_nobody(pd.Series(["NA"]), ()).tolist() == [False]
    for lone in ("NA", 0):
        with pytest.raises(ValuesError) as error:
            check_unknown(lone)  # type: ignore[arg-type]
        assert str(error.value) == f"unknown={lone!r} is one value. Give a list: unknown=[{lone!r}]."


def test_one_id_for_many_is_told() -> None:
    with pytest.warns(UserWarning, match="the next id") as warned:
        warn_of_one_for_many("respondent", "id", [("NA", 1200), ("a", 3)], 500)
    assert str(warned[0].message) == (
        "respondent column 'id': 'NA' stands in 1,200 rows, the next id in 3. "
        "If it stands for nobody, say so: unknown=['NA']."
    )


@pytest.mark.parametrize(
    ("largest", "ids"),
    [([("a", 19), ("b", 1)], 50), ([("a", 24), ("b", 5)], 50), ([("a", 900), ("b", 1)], 9), ([("a", 900)], 1), ([], 0)],
)
def test_ids_of_like_numbers_of_rows_are_not_told(largest: list[tuple[str, int]], ids: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_one_for_many("respondent", "id", largest, ids)


def test_few_are_not_counted() -> None:
    assert [without_nobody(n, "event", 5) for n in (1, 4, 5, 1234)] == [
        "fewer than 5 events",
        "fewer than 5 events",
        "5 events",
        "1,234 events",
    ]
