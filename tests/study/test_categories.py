"""Ordered categories bring the order of their words along."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ValuesError

WORDS = ["Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied"]
TOLD = (
    "Answers to web, call count in the order of their categories, from low to high: Very dissatisfied, Dissatisfied, "
    "Neither, Satisfied, Very satisfied."
)


def numbers() -> pd.DataFrame:
    rng = np.random.default_rng(19)
    return pd.DataFrame(rng.integers(1, 6, (120, 3)), columns=["web", "call", "overall"])


def categories(frame: pd.DataFrame, names: list[str], words: list[str] = WORDS, **changes) -> pd.DataFrame:
    columns = {
        name: pd.Categorical(frame[name].map(lambda score: WORDS[score - 1]), words, **changes) for name in names
    }
    return frame.assign(**columns)


def survey(frame: pd.DataFrame, **changes) -> cx.Survey:
    return cx.Survey(frame, **{"touchpoints": ["web", "call"], "outcome": "overall", **changes})


def test_ordered_categories_need_no_scale():
    frame = numbers()
    made = survey(categories(frame, ["web", "call"], ordered=True))
    assert made.scale == cx.Scale(words=WORDS)
    assert made.notes == (TOLD,)
    table = cx.baseline(made).table
    pd.testing.assert_frame_equal(table, cx.baseline(survey(frame, scale=cx.Scale(1, 5))).table)


def test_their_own_order_counts_not_the_alphabet():
    frame = numbers()
    made = survey(categories(frame, ["web", "call"], WORDS[::-1], ordered=True))
    assert made.table["web"].tolist() == (6 - frame["web"]).tolist()


def test_a_scale_gives_the_numbers_and_the_codes():
    frame = categories(numbers(), ["web", "call"], [*WORDS, "Not used"], ordered=True)
    frame.loc[:9, "web"] = "Not used"
    made = survey(frame, scale=cx.Scale(1, 5, not_used=["Not used"]))
    assert made.table["web"].count() == 110
    assert cx.baseline(made).table["reach"][0] == pytest.approx(110 / 120)
    with pytest.raises(ValuesError) as error:
        survey(frame, scale=cx.Scale(1, 5))
    assert str(error.value) == (
        "Scale(1, 5) has 5 points and 6 words. Give a word for each point, or the words alone: Scale(words=[...])."
    )


def test_an_outcome_of_ordered_categories():
    frame = numbers()
    made = survey(categories(frame, ["overall"], ordered=True), scale=cx.Scale(1, 5))
    assert made.outcome_scales == {"overall": cx.Scale(words=WORDS)}
    assert made.table["overall"].tolist() == frame["overall"].tolist()


def test_one_of_two_leaves_a_question():
    with pytest.raises(ValuesError) as error:
        survey(categories(numbers(), ["web"], ordered=True))
    assert str(error.value) == "scale says nothing of 'call'. Give a scale for each touchpoint, or one for all."


def test_categories_without_an_order_are_refused():
    with pytest.raises(ValuesError, match=r"Or say so: Scale\(words=\['Very dissatisfied', 'Dissatisfied', "):
        survey(categories(numbers(), ["web", "call"], ordered=False))


def test_categories_that_are_numbers_stay_numbers():
    frame = numbers()
    columns = {name: pd.Categorical(frame[name].astype(str), list("54321"), ordered=True) for name in ("web", "call")}
    made = survey(frame.assign(**columns))
    assert made.table["web"].tolist() == frame["web"].tolist()
    assert made.scale is None
