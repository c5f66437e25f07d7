"""What a scale means: each touchpoint its own, the lowest best, words, sliders."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ColumnError, ValuesError

FIVE = ["Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied"]


def answers(seed: int = 0, n: int = 200) -> pd.DataFrame:
    """Two touchpoints from 1 to 5 and an outcome that goes with both."""
    rng = np.random.default_rng(seed)
    web = rng.integers(1, 6, n)
    call = rng.integers(1, 6, n)
    overall = np.clip(np.round(0.6 * web + 0.3 * call + rng.normal(0, 0.7, n)), 1, 5)
    return pd.DataFrame({"web": web, "call": call, "overall": overall})


def survey(frame: pd.DataFrame, **changes) -> cx.Survey:
    return cx.Survey(frame, **{"touchpoints": ["web", "call"], "outcome": "overall", **changes})


# A scale for each touchpoint


def different_scales() -> pd.DataFrame:
    """Web from 1 to 5 is rated better, though its figures are lower than those of call, from 0 to 10."""
    rng = np.random.default_rng(14)
    web = rng.choice([3, 4, 5], 300, p=[0.2, 0.5, 0.3])
    call = rng.choice([4, 6, 8], 300, p=[0.3, 0.5, 0.2])
    return pd.DataFrame({"web": web, "call": call, "overall": np.round((web + call / 2) / 2)})


EACH = {"web": cx.Scale(1, 5), "call": cx.Scale(0, 10)}


def test_scores_of_different_scales_are_compared_on_0_to_100():
    frame = different_scales()
    made = survey(frame, scale=EACH)
    result = cx.baseline(made)
    assert str(result).startswith("Rated lowest: call (")
    assert result.table["mean"].tolist() == pytest.approx([25 * (frame["web"].mean() - 1), 10 * frame["call"].mean()])
    assert "Scores of different scales (1 to 5; 0 to 10) are compared on 0 to 100, the best." in result.note
    assert made.notes == ("Scores of different scales (1 to 5; 0 to 10) are compared on 0 to 100, the best.",)
    assert made.scale == cx.Scale(0, 100)


def test_each_touchpoint_keeps_the_boxes_of_its_own_scale():
    frame = different_scales()
    table = cx.baseline(survey(frame, scale=EACH)).table
    assert table["top_box"].tolist() == pytest.approx([(frame["web"] >= 4).mean(), (frame["call"] >= 9).mean()])
    assert table["unhappy"].tolist() == pytest.approx([(frame["web"] <= 2).mean(), (frame["call"] <= 6).mean()])


def test_one_scale_for_each_that_is_the_same_changes_nothing():
    frame = answers()
    one = cx.baseline(survey(frame, scale=cx.Scale(1, 5))).table
    each = cx.baseline(survey(frame, scale={"call": cx.Scale(1, 5), "web": cx.Scale(1, 5)})).table
    pd.testing.assert_frame_equal(one, each)


def test_scales_with_other_codes_are_still_one_scale():
    frame = answers().replace({"web": {1: 6}, "call": {1: 9}})
    made = survey(frame, scale={"web": cx.Scale(1, 5, not_used=[6]), "call": cx.Scale(1, 5, blank=[9])})
    table = cx.baseline(made).table
    assert made.scale == cx.Scale(1, 5, not_used=[6], blank=[9])
    assert table["mean"].tolist() == pytest.approx(
        [frame["web"].where(frame["web"] < 6).mean(), frame["call"].where(frame["call"] < 6).mean()]
    )
    assert table["reach"].tolist() == pytest.approx([(frame["web"] < 6).mean(), 1])


def test_coefficients_are_in_points_of_100():
    frame = different_scales()
    each = cx.drivers(survey(frame, scale=EACH), n_boot=0).table.set_index("touchpoint")
    raw = cx.drivers(survey(frame), n_boot=0).table.set_index("touchpoint")
    assert each["coef"]["web"] == pytest.approx(raw["coef"]["web"] / 25)
    assert each["coef"]["call"] == pytest.approx(raw["coef"]["call"] / 10)
    assert each["importance"].tolist() == pytest.approx(raw["importance"].tolist())


def test_touchpoints_of_one_survey_made_anew_keep_their_scales():
    frame = different_scales().assign(ease=lambda rows: rows["web"])
    made = cx.Survey(
        frame,
        touchpoints={"web": {"": "web", "ease": "ease"}, "call": "call"},
        outcome="overall",
        scale=EACH,
    )
    assert dict(made.by_dimension().scales) == {
        "web: ": cx.Scale(1, 5),
        "web: ease": cx.Scale(1, 5),
        "call": cx.Scale(0, 10),
    }
    assert dict(made.grouped({"all": ["web", "call"]}).scales) == {}
    assert made.only(["call"]).boxes.tolist() == [[90.0], [60.0]]


@pytest.mark.parametrize(
    ("scale", "kind", "message"),
    [
        (
            {"web": cx.Scale(1, 5), "calls": cx.Scale(1, 5)},
            ColumnError,
            "scale names 'calls', which is no touchpoint. Did you mean 'call'? Touchpoints: web, call.",
        ),
        (
            {"web": cx.Scale(1, 5)},
            ValuesError,
            "scale says nothing of 'call'. Give a scale for each touchpoint, or one for all.",
        ),
    ],
)
def test_scales_that_do_not_fit_the_touchpoints(scale, kind, message):
    with pytest.raises(kind) as error:
        survey(answers(), scale=scale)
    assert str(error.value) == message


# Sliders


def test_a_slider_has_no_top_box_unless_it_is_said():
    frame = answers() * 20
    table = cx.baseline(survey(frame, scale=cx.Scale(0, 100))).table
    assert table[["top_box", "unhappy"]].isna().all(axis=None)
    said = cx.baseline(survey(frame, scale=cx.Scale(0, 100, top=21))).table
    assert said["top_box"].tolist() == pytest.approx([(frame["web"] >= 80).mean(), (frame["call"] >= 80).mean()])


def test_a_slider_says_that_it_has_no_top_box():
    made = survey(answers() * 20, scale=cx.Scale(0, 100), outcome_scale=cx.Scale(0, 100))
    sentence = "No top box of any touchpoint: scales of more than 11 points have none unless Scale(top=) says it."
    assert made.notes == (sentence,)
    assert cx.baseline(made).note.endswith(sentence)
    assert cx.baseline(made).outcomes["measure"].tolist() == ["mean"]
    assert not cx.Scale(0, 100).has_box
    assert cx.Scale(0, 10).has_box


# Answers in words


def test_answers_in_words_are_numbered_in_their_order():
    frame = answers()
    as_words = frame.assign(**{name: frame[name].map(lambda score: f" {FIVE[score - 1]}") for name in ("web", "call")})
    words = cx.Scale(words=FIVE)
    assert (words.low, words.high, words.top) == (1, 5, 2)
    in_words = cx.baseline(survey(as_words, scale=words)).table
    pd.testing.assert_frame_equal(in_words, cx.baseline(survey(frame, scale=cx.Scale(1, 5))).table)


def test_words_that_look_like_numbers_are_known_by_their_number():
    words = cx.Scale(words=["1 - bad", "2", "3 - good"], blank=["-"])
    frame = pd.DataFrame({"web": ["2", "1 - bad", "-", "3 - good"], "call": ["2"] * 4, "overall": [1, 2, 3, 4]})
    assert survey(frame, scale=words).table["web"].tolist() == pytest.approx([2, 1, np.nan, 3], nan_ok=True)


def test_numbers_are_no_answers_of_a_scale_in_words():
    frame = pd.DataFrame({"web": ["poor", 4, "good"], "call": ["poor"] * 3, "overall": [1, 2, 3]})
    with pytest.raises(ValuesError) as error:
        survey(frame, scale=cx.Scale(words=["poor", "good"]))
    assert str(error.value) == (
        "touchpoint column 'web' holds text where scores are expected: '4' (1 row). "
        "Turn it into numbers, or name such codes in Scale(..., not_used=[...]) or Scale(..., blank=[...])."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"words": [..., "good"]},
            "Scale: words holds ..., which is no answer in words. Give every answer, from low to high.",
        ),
        ({"words": ["a", " a"]}, "Scale: words holds 'a' twice. Give every answer once, from low to high."),
        ({"words": ["a"]}, "Scale: words holds fewer than two answers. Give every answer, from low to high."),
        (
            {"words": "good"},
            "Scale: words='good' is no list. Give the answers from low to high: words=['poor', 'good'].",
        ),
        (
            {"low": 1, "high": 5, "words": ["a", "b"]},
            "Scale(1, 5) has 5 points and 2 words. Give a word for each point, or the words alone: Scale(words=[...]).",
        ),
        (
            {"words": ["a", "b"], "blank": ["b"]},
            "Scale(1, 2): code 'b' is also a score. Codes for not used and blank lie outside the scale.",
        ),
        ({}, "Scale needs its ends, such as Scale(1, 5), or the answers in words: Scale(words=[...])."),
        (
            {"low": 1, "high": 5, "not_used": [[6]]},
            "Scale: not_used holds [6], which is no code. Give codes: not_used=[6, 'N/A'].",
        ),
        (
            {"low": 1, "high": 5, "not_used": [""], "blank": [" "]},
            "Scale: code None (an empty cell) cannot be both not_used and blank. Name it once.",
        ),
        ({"low": 1, "high": 5, "best": "first"}, "best='first' is not an option. Options: 'high', 'low'."),
    ],
)
def test_scales_that_are_refused(arguments, message):
    with pytest.raises(ValueError, match=r".") as error:
        cx.Scale(**arguments)
    assert str(error.value) == message


def test_an_outcome_whose_kind_has_one_best_end_is_not_turned():
    with pytest.raises(ValuesError) as error:
        survey(answers(), outcome={"overall": "nps"}, outcome_scale=cx.Scale(0, 10, best="low"))
    assert str(error.value) == (
        "outcome 'overall' is of kind nps, whose best answer is 10. Leave best='low' out, or turn its answers."
    )


# The empty cell


@pytest.mark.parametrize("empty", ["", " ", None])
def test_an_empty_text_is_the_empty_cell_and_nothing_else(empty):
    frame = pd.DataFrame(
        {"web": ["4", "", "N/A", "5"] * 5, "call": ["2", "3", "", "1"] * 5, "overall": [1, 2, 3, 4] * 5}
    )
    made = survey(frame, scale=cx.Scale(1, 5, not_used=["N/A"], blank=[empty]))
    assert made.table["web"].count() == 10
    assert made.table["call"].count() == 15
    floats = answers().astype(float)
    assert survey(floats, scale=cx.Scale(1, 5, blank=[empty])).table["web"].count() == len(floats)
    unused = survey(frame, scale=cx.Scale(1, 5, not_used=["N/A", empty]))
    assert cx.baseline(unused).table["reach"].tolist() == pytest.approx([0.5, 0.75])


# The lowest is the best


def test_the_lowest_may_be_the_best():
    frame = answers()
    best_low = survey(frame, scale=cx.Scale(1, 5, best="low"))
    turned = survey(frame.assign(web=6 - frame["web"], call=6 - frame["call"]), scale=cx.Scale(1, 5))
    pd.testing.assert_frame_equal(cx.baseline(best_low).record.table, cx.baseline(turned).record.table)
    sentence = "Scores: 1 is best. Means are shown as asked; differences, slopes and lifts count points better."
    assert best_low.notes == (sentence,)
    drivers = cx.drivers(best_low, n_boot=0)
    assert (drivers.table["coef"] < 0).all()
    for result in (cx.baseline(best_low), drivers, cx.what_if(drivers, {"web": 0.5})):
        assert sentence in result.note


def test_a_standard_is_read_as_it_was_asked():
    place = cx.Touchpoint("web", stage="Use", standards=[cx.Standard("mean", 2)])
    places = cx.TouchpointMap([place], cx.Lifecycle([cx.Stage("Use")]))
    frame = answers()
    row = cx.baseline(survey(frame, scale=cx.Scale(1, 5, best="low")), places).table.iloc[0]
    assert row["standard"] == 2
    assert row["gap"] == pytest.approx(2 - frame["web"].mean())
    scale = {"web": cx.Scale(1, 5), "call": cx.Scale(0, 10)}
    row = cx.baseline(survey(frame, scale=scale), places).table.iloc[0]
    assert row["standard"] == 25
    assert row["gap"] == pytest.approx(25 * (frame["web"].mean() - 2))


def test_references_are_scores_as_they_were_asked():
    drivers = cx.drivers(survey(answers(), scale=EACH), n_boot=0)
    view = drivers.value_added({"web": 4})
    assert view.table.set_index("touchpoint")["reference"]["web"] == 75
    with pytest.raises(ValuesError) as error:
        drivers.value_added({"web": 75})
    assert str(error.value) == "the reference of 'web' is 75. Give a score from 1 to 5."


def test_an_outcome_may_be_turned_too():
    frame = answers()
    made = survey(frame, scale=cx.Scale(1, 5), outcome_scale=cx.Scale(1, 5, best="low"))
    assert made.table["overall"].tolist() == (6 - frame["overall"]).tolist()
    told = "overall: 1 is best. Means are shown as asked; differences, slopes and lifts count points better."
    assert made.notes == (told,)
    assert (cx.drivers(made, n_boot=0).table["coef"] < 0).all()


def test_touchpoints_with_other_best_ends_stay_on_their_scale():
    frame = answers()
    made = survey(frame, scale={"web": cx.Scale(1, 5, best="low"), "call": cx.Scale(1, 5)})
    assert made.scale == cx.Scale(1, 5)
    assert made.notes == ("Scores of web were asked with 1 as the best: they are turned, so that 5 is best.",)
    means = cx.baseline(made).table["mean"]
    assert means.tolist() == pytest.approx([6 - frame["web"].mean(), frame["call"].mean()])


NO_BOX = (
    " to know which scores are high, and a scale from 0 to 100 has no top box unless it is said: "
    "cx.Scale(0, 100, top=21). Where touchpoints have different scales, ask about those of one scale, in a Survey of "
    "their own."
)


def test_questions_about_high_scores_need_a_top_box():
    frame = (answers() * 20).assign(words="slow")
    made = survey(frame, scale=cx.Scale(0, 100), outcome_scale=cx.Scale(0, 100), comments={"web": "words"})
    drivers = cx.drivers(made, n_boot=0)
    asked = {
        "comments have": lambda: cx.baseline(made).comments(),
        "opportunity has": drivers.opportunity,
        "measure='csat' has": lambda: cx.sample_size(made, measure="csat", margin=0.05),
        "measure='top box' has": lambda: cx.what_if(drivers, {"web": 1}, measure="top box"),
    }
    for what, ask in asked.items():
        with pytest.raises(ValuesError) as error:
            ask()
        assert str(error.value) == what + NO_BOX
