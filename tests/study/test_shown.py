"""How a survey shows itself."""

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
