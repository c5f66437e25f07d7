"""How a survey shows itself."""

import re

import pandas as pd

import cxlens as cx
from cxlens.study.shown import survey_card, survey_in_words


def _survey(**more):
    answers = pd.DataFrame({"web": [0, 9, 9], "desk": [None] * 3, "nps": [9, 3, 10], "p": [1, 2, 1]})
    return cx.Survey(answers, touchpoints=["web", "desk"], outcome={"nps": "nps"}, segments=["p"], **more)


def test_columns_as_they_are_asked_for_and_their_words():
    assert survey_in_words(_survey()) == "3 answers about 2 touchpoints (web, desk); outcome nps (nps)."
    named = _survey(names={"nps": "Recommendation", "web": "Website"})
    assert (
        survey_in_words(named) == '3 answers about 2 touchpoints (Website, desk); outcome nps "Recommendation" (nps).'
    )


def test_the_card_tells_what_is_odd():
    card = survey_card(_survey(names={"p": "Purpose"}))
    for note in (
        "Segments: p &quot;Purpose&quot;.",
        "No score at all: desk.",
        "No scale given: scores from 0 to 9 are taken as they are.",
        "reach: users among those who told us",
    ):
        assert note in card
    assert "Weight" not in card


def _plain(card: str) -> str:
    """The words of a card, each part behind a bar."""
    page = re.sub("<style>.*?</style>", "", card)
    return re.sub(r"(\s*<[^>]+>\s*)+", "|", page)


def test_the_card_tells_nothing_of_a_few():
    """A mean of three scores, how many they are, and those who left few cells blank."""
    answers = pd.DataFrame({"web": [1, 2, 3, 4, 5] * 12, "call": 6, "shop": 4, "fax": 0, "nps": [9, 3] * 30})
    answers.loc[:2, "call"] = 2
    answers.loc[:1, "shop"] = 0
    answers.loc[:3, "fax"] = [1, 2, 2, 5]
    scale = cx.Scale(1, 5, not_used=[6], blank=[0])
    made = cx.Survey(answers, touchpoints=["web", "call", "shop", "fax"], outcome={"nps": "nps"}, scale=scale)
    words = _plain(survey_card(made))
    assert "|web|60|1.000|3.000|0|" in words
    assert "|call|–|–|–|0|" in words
    assert "|shop|58|1.000|4.000|–|" in words
    assert "|fax|–|–|–|–|" in words  # 60 less 56 blanks
    assert "The same score everywhere: shop." in words  # and not the call of three
    assert "Missing: fewer than 5 answers." in words


def test_the_card_of_those_who_were_not_asked_misses_nothing():
    answers = pd.DataFrame({"web": [1, 2, 3, 4, 5] * 2, "desk": None, "nps": 9})
    made = cx.Survey(answers, touchpoints=["web", "desk"], outcome={"nps": "nps"}, scale=cx.Scale(1, 5))
    words = _plain(survey_card(made))
    assert "|desk|0|–|–|10|" in words
    assert "Missing" not in words
