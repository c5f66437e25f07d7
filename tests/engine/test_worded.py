"""Answers in words: which number each stands for, and texts that stand for none."""

from __future__ import annotations

import pytest

from cxlens.engine.worded import SCALES, worded


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["0 - Not at all likely", "10 - Extremely likely", "5"], [0, 10, 5]),
        (["5 = very good", "1 = very bad"], [5, 1]),
        (["1. poor", "2. fair", "3. good"], [1, 2, 3]),
        (["(1) bad", "[2] good"], [1, 2]),
        (["Excellent (5)", "Poor (1)"], [5, 1]),
        (["5 Excellent", "4", "1 Poor"], [5, 4, 1]),
        (["-2: worse", "2: better"], [-2, 2]),
    ],
)
def test_labels_with_their_number(texts: list[str], numbers: list[int]) -> None:
    found = worded(texts)
    assert found is not None
    assert [found.numbers[text] for text in texts] == numbers
    assert (found.low, found.high, found.others) == (min(numbers), max(numbers), ())
    assert found.how == "the numbers stand in the labels"
    assert found.sure


@pytest.mark.parametrize("texts", [["A1", "A2", "A5"], ["AO01", "AO02", "AO05"]])
def test_letter_codes_do_not_say_which_end_is_the_best(texts: list[str]) -> None:
    found = worded(texts)
    assert found is not None
    assert list(found.numbers.values()) == [1, 2, 5]
    assert not found.sure


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale[-1][0])
def test_words_in_order(scale: tuple[tuple[str, ...], ...]) -> None:
    texts = [words[0].capitalize() for words in scale]
    found = worded(reversed(texts))
    assert found is not None
    assert [found.numbers[text] for text in texts] == [1, 2, 3, 4, 5]


def test_words_that_nobody_chose_keep_their_place() -> None:
    found = worded(["Very satisfied", "Dissatisfied", "I did not call"])
    assert found is not None
    assert dict(found.numbers) == {"Very satisfied": 5, "Dissatisfied": 2}
    assert found.others == ("I did not call",)
    assert (found.low, found.high) == (1, 5)


@pytest.mark.parametrize(
    "texts",
    [[], ["4", "5"], ["North", "South"], ["18 - 24", "25 - 34"], ["Web, Shop", "Web"], ["very satisfied"],
     ["A1", "B2", "C3"], ["2023 (spring)", "2024 (autumn)"], ["1 - a", "40 - b"], ["good", "x", "y", "z", "w"]],
)  # fmt: skip
def test_texts_that_stand_for_no_number(texts: list[str]) -> None:
    assert worded(texts) is None
