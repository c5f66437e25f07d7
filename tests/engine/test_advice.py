"""Advice fits the pattern of what is refused, and never takes the best score for a blank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.engine.roles import Codes
from cxlens.errors import ValuesError
from tests.engine.opened import ONE, fault, frame_of, to_parquet

PLAIN = "Turn it into numbers, or name such codes in Scale(..., not_used=[...]) or Scale(..., blank=[...])."
BINARY = ONE._replace(outcomes=(("stays", Codes(0, 1, kind="binary")),))
NPS = ONE._replace(outcomes=(("nps", Codes(0, 10, kind="nps")),))
RANGE = "Give Scale(low, high) the whole range, or name such codes in not_used=[...] or blank=[...]."
WEIGHTS = "Weights are numbers of 0 or more: correct them, or drop those rows."
DECIMAL = "If it is a decimal comma, give the path of the file, or read it with pandas.read_csv(path, decimal=',')."


@pytest.mark.parametrize(
    ("web", "shown", "advice"),
    [
        (["How was the web?", "4", "5"], "'How was the web?' (1 row)",
         "Row 2 is question text, below the names: leave it out, as cx.suggest(data) does."),
        (["How was the web?", "On a scale of five", "5"], "'How was the web?', 'On a scale of five' (2 rows)",
         "Rows 2 and 3 are question text, below the names: leave them out, as cx.suggest(data) does."),
        (["4", "How was the web?", "5"], "'How was the web?' (1 row)", PLAIN),
        (["Closed", "4", "5"], "'Closed' (1 row)", PLAIN),
        (["1 - Bad", "5 - Good", "3"], "'1 - Bad', '5 - Good' (2 rows)",
         "The numbers stand in the labels: cx.suggest(data) makes numbers of them."),
        (["Good", "Very good", "Did not go"], "'Good', 'Very good', 'Did not go' (3 rows)",
         "Words in order, the worst is 1: cx.suggest(data) makes numbers of them. Besides, name such codes in "
         "Scale(..., not_used=[...]) or Scale(..., blank=[...])."),
        (["A1", "A2", "A3"], "'A1', 'A2', 'A3' (3 rows)",
         "The numbers stand behind the letter A: cx.suggest(data) makes numbers of them."),
        (["1,5", "2,5", "3"], "'1,5', '2,5' (2 rows)", DECIMAL),
    ],
)  # fmt: skip
def test_texts_among_scores(web: list[Any], shown: str, advice: str) -> None:
    assert fault(frame_of(web=web)) == (
        f"touchpoint column 'web' holds text where scores are expected: {shown}. {advice}"
    )


def test_comments() -> None:
    said = [f"It took {number} minutes" for number in range(6)]
    frame = frame_of(web=said[:3])
    assert fault(frame).endswith(f"(3 rows). {PLAIN}")
    longer = frame_of(web=[1, 2, 3]).iloc[[0, 1, 2, 0, 1, 2]].assign(web=said)
    assert fault(longer).endswith("(6 rows). This looks like comments: name them in comments=, not as scores.")


@pytest.mark.parametrize(
    ("nps", "shown", "advice"),
    [
        ([1, 11, 5], "11 (1 row)", "The scores run from 1 to 11 here, where 0 to 10 was asked: subtract 1."),
        ([11, 11, 1], "11 (2 rows)", "The scores run from 1 to 11 here, where 0 to 10 was asked: subtract 1."),
        ([11, 9, 2], "11 (1 row)", RANGE),
        ([0, 11, 5], "11 (1 row)", RANGE),
        ([1, 11, 12], "11, 12 (2 rows)", RANGE),
        ([1, 99, 10], "99 (1 row)", RANGE),
    ],
)
def test_scores_outside_the_scale(nps: list[int], shown: str, advice: str) -> None:
    assert fault(frame_of(nps=nps), NPS) == (
        f"outcome column 'nps' has scores outside the scale 0 to 10: {shown}. {advice}"
    )


ON_A_SCALE = "If these are answers on a scale: outcome={'stays': 'interval'}."
LIKELY = (
    "If it asks from 0 to 10 whether people would recommend you: outcome={'stays': 'nps'}. "
    "If it is another scale: outcome={'stays': 'interval'}."
)


@pytest.mark.parametrize(
    ("stays", "shown", "advice"),
    [
        ([0, 1, 7, 10], "7, 10 (2 rows)", LIKELY),
        ([2, 8, 9, 6], "2, 8, 9, 6 (4 rows)", LIKELY),
        ([0, 1, 3, 5], "3, 5 (2 rows)", ON_A_SCALE),
        ([0, 50, 70, 99], "50, 70, 99 (3 rows)", ON_A_SCALE),
        ([0, 1, 0.5], "0.5 (1 row)", ON_A_SCALE),
        ([1, 2, 2], "2 (2 rows)", "Say which of the two counts: positive={'stays': 2}, or 1."),
        ([0, 1, 9], "9 (1 row)",
         f"{ON_A_SCALE} If 9 is no answer: outcome_scale={{'stays': cx.Scale(0, 1, blank=[9])}}."),
    ],
)  # fmt: skip
def test_answers_that_are_neither_yes_nor_no(stays: list[float], shown: str, advice: str) -> None:
    frame = frame_of(stays=stays, web=[3] * len(stays), nps=[9] * len(stays))
    assert fault(frame, BINARY) == (
        f"outcome 'stays' is of kind binary, but holds other values than 0 and 1: {shown}. {advice}"
    )


def test_what_is_advised_of_answers_that_are_neither_yes_nor_no_works() -> None:
    frame = pd.DataFrame({"web": [3, 4, 5, 2], "likely": [0, 7, 9, 10], "stays": [0, 1, 9, 1], "back": [1, 2, 2, 1]})
    advised: list[dict[str, Any]] = [
        {"outcome": {"likely": "nps"}},
        {"outcome": {"likely": "interval"}},
        {"outcome": {"stays": "binary"}, "outcome_scale": {"stays": cx.Scale(0, 1, blank=[9])}},
        {"outcome": {"back": "binary"}, "positive": {"back": 2}},
    ]
    for roles in advised:
        assert cx.Survey(frame, touchpoints=["web"], **roles).n == 4


def test_on_disk_too(on_disk: None, tmp_path: Path) -> None:
    path = to_parquet(frame_of(nps=[1, 11, 5]), tmp_path)
    assert fault(path, NPS).endswith("(1 row). The scores run from 1 to 11 here, where 0 to 10 was asked: subtract 1.")
    path = to_parquet(frame_of(web=["1 - Bad", "5 - Good", "3"]), tmp_path)
    assert fault(path).endswith("The numbers stand in the labels: cx.suggest(data) makes numbers of them.")


@pytest.mark.parametrize(
    ("weight", "shown", "advice"),
    [(["1,94", "0,5", "1"], "'1,94', '0,5' (2 rows)", DECIMAL),
     (["1,94", "x", "1"], "'1,94', 'x' (2 rows)", WEIGHTS), (["1", None, "1"], "'empty' (1 row)", WEIGHTS)],
)  # fmt: skip
def test_weights(weight: list[Any], shown: str, advice: str) -> None:
    assert fault(frame_of(w=weight), ONE._replace(weight="w")) == (
        f"weight column 'w' has entries that are no numbers: {shown}. {advice}"
    )


def test_more_words_of_an_outcome_of_yes_or_no() -> None:
    frame = pd.DataFrame({"web": [1, 2, 3, 4], "gone": ["yes", "no", "yes", "don't know"]})
    with pytest.raises(ValuesError) as error:
        cx.Survey(frame, touchpoints=["web"], outcome={"gone": "binary"})
    assert str(error.value) == (
        "outcome column 'gone' holds text where scores are expected: 'yes', 'no', \"don't know\" (4 rows). "
        "Say which answer counts, such as positive={'gone': 'yes'}; each other counts as no. "
        "One that is no answer: outcome_scale={'gone': cx.Scale(0, 1, blank=[\"don't know\"])}."
    )
    survey = cx.Survey(
        frame,
        touchpoints=["web"],
        outcome={"gone": "binary"},
        positive={"gone": "yes"},
        outcome_scale={"gone": cx.Scale(0, 1, blank=["don't know"])},
    )
    np.testing.assert_array_equal(survey.rows().outcomes.ravel(), [1, 0, 1, np.nan])


@pytest.mark.parametrize("words", [("no", "yes"), ("Kept", "Left"), ("gekündigt", "bleibt")])
def test_two_words_of_an_outcome_of_yes_or_no(words: tuple[str, str]) -> None:
    frame = pd.DataFrame({"web": [1, 2, 3, 4], "gone": [*words, *words]})
    with pytest.raises(ValuesError) as error:
        cx.Survey(frame, touchpoints=["web"], outcome={"gone": "binary"})
    assert str(error.value) == (
        f"outcome column 'gone' holds text where scores are expected: {words[0]!r}, {words[1]!r} (4 rows). "
        f"Say which answer counts: positive={{'gone': {words[0]!r}}}, or {words[1]!r}."
    )
    survey = cx.Survey(frame, touchpoints=["web"], outcome={"gone": "binary"}, positive={"gone": words[1]})
    assert survey.rows().outcomes.ravel().tolist() == [0, 1, 0, 1]
