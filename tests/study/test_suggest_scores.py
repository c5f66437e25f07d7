"""Columns that rate touchpoints are told from those of codes."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from cxlens.files.statistics import NOTHING
from cxlens.study.profiles import Profile, profile
from cxlens.study.suggest_scores import (
    commonest_scale,
    ends,
    is_beside,
    is_rating,
    numbers_places,
    reaches_top,
    with_code_beside,
    with_codes,
)


def column(values: list[Any], name: str = "web") -> Profile:
    return profile(pd.Series(values), name, NOTHING)


@pytest.mark.parametrize(
    ("values", "name", "rates"),
    [([1, 2, 3, 5] * 9, "web", True), ([1, 2, 3, 5] * 9, "age_group", False), ([0, 1] * 18, "web", False)],
)
def test_what_may_rate_a_touchpoint(values: list[Any], name: str, rates: bool) -> None:
    assert is_rating(column(values, name), NOTHING) is rates


def test_codes_of_places() -> None:
    assert numbers_places(column(list(range(1, 41)), "Hotel"))
    assert not numbers_places(column([1, 2, 3, 5] * 9, "Hotel"))


def test_the_best_score_occurs_or_too_few_answered() -> None:
    assert reaches_top(column([1, 2, 3, 5] * 9))
    assert not reaches_top(column([1, 2, 3, 4, 6] * 9))
    assert reaches_top(column([1, 2, 3]))
    assert ends(column([1, 2, 3, 5] * 9)) == "1 to 5"


def test_codes_stay_beside_scores() -> None:
    assert with_codes(column(["1", "5", "N/A", "3"] * 9)).head(4).tolist() == [1, 5, "N/A", 3]
    assert with_codes(column([1, 5, 3] * 9)).head(3).tolist() == [1, 5, 3]


def test_the_number_that_follows_on_a_scale_is_a_code() -> None:
    coded = with_code_beside(column([1, 2, 3, 5, 6] * 9), (1, 5))
    assert coded.scale == (1, 5)
    assert coded.codes == {6: 9}
    assert with_code_beside(column([0, 1, 2, 3, 5, 6] * 9), (1, 5)).codes == {}
    assert with_code_beside(column([1, 2, 3, 7] * 9), (1, 5)).codes == {}
    assert is_beside(0, (1, 5))
    assert not is_beside("N/A", (1, 5))


def test_both_ends_of_a_usual_scale_make_no_code() -> None:
    whole = column([0, 3, 10] * 9)
    assert with_code_beside(whole, (1, 10)) is whole


def test_the_scale_that_most_share_counts_those_with_a_code() -> None:
    plain, coded, whole = column([1, 5] * 9), column([1, 5, 6] * 9), column([0, 7, 10] * 9)
    assert commonest_scale([coded, coded, plain]) == (1, 5)
    assert commonest_scale([plain, whole, whole]) == (0, 10)
