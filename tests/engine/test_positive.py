"""Outcomes in words."""

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.engine.positive import others_than, told_answers, yes_or_no
from cxlens.engine.roles import Codes


def test_one_answer_counts_as_1():
    numbers = np.array([np.nan, np.nan, np.nan, 2])
    text = np.array(["yes", "no", "", ""], dtype=object)
    assert yes_or_no(numbers, text, "yes").tolist()[:2] == [1, 0]
    assert np.isnan(yes_or_no(numbers, text, "yes")[2])
    assert yes_or_no(numbers, text, 2).tolist()[3] == 1


def test_the_others_are_told_the_most_frequent_first():
    answers = pd.Series(["no", "yes", "maybe", "maybe", None, "-"])
    assert others_than("y", answers, "yes", ("-",)) == ["maybe", "no"]
    entries = {"y": answers}
    told = told_answers([("y", Codes(0, 1, blank=("-",), positive="yes"))], entries.__getitem__)
    assert told == ("y: yes counts as 1; as 0: maybe, no.",)
    assert told_answers([("y", Codes(0, 1)), ("z", None)], entries.__getitem__) == ()


def test_an_answer_that_nobody_gave():
    with pytest.raises(cx.errors.ValuesError) as refused:
        others_than("happy", pd.Series(["Yes", "No"]), "yes", ())
    assert str(refused.value) == (
        "positive: 'yes' occurs nowhere in outcome 'happy', which holds 'Yes', 'No'. Did you mean 'Yes'?"
    )


# What reads like no answer


def said_yes(again: list, **changes) -> cx.Survey:
    """Answers in words about coming again, and scores of two touchpoints."""
    n = len(again)
    frame = pd.DataFrame({"web": [1, 2, 3, 4, 5] * (n // 5), "call": [3, 2, 5, 4, 1] * (n // 5), "again": again})
    options = {"touchpoints": ["web", "call"], "outcome": "again", "positive": {"again": "yes"}} | changes
    return cx.Survey(frame, **options)


def share(survey: cx.Survey) -> list[float]:
    """How many answered, and the share of 1."""
    return cx.baseline(survey).outcomes[["n", "value"]].iloc[0].tolist()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"outcome_scale": cx.Scale(0, 1)},
        {"scale": cx.Scale(1, 5, blank=[99])},
        {"outcome_scale": {"again": cx.Scale(0, 1)}, "outcome": {"again": "binary"}},
    ],
)
@pytest.mark.parametrize("empty", [None, "", " ", np.nan])
def test_blanks_of_an_outcome_in_words_are_no_answers(changes, empty):
    made = said_yes(["yes", "no", "yes", empty, "no"] * 10 + ["yes"] * 10, **changes)
    assert share(made) == [50, 0.6]
    assert not [note for note in made.notes if "again" in note]


@pytest.mark.parametrize(
    ("words", "held"),
    [
        (["-"], "'-', which reads"),
        (["n/a"], "'n/a', which reads"),
        (["No answer", "?"], "'No answer', '?', which read"),
    ],
)
def test_words_that_read_like_no_answer_are_asked_about(words, held):
    again = ["yes", "no", "yes", *words, "no"] * 10
    again += ["yes"] * (-len(again) % 5)
    with pytest.raises(cx.errors.ValuesError) as refused:
        said_yes(again)
    assert str(refused.value) == (
        f"outcome 'again' holds {held} like no answer. If it is none, say so: "
        f"outcome_scale={{'again': cx.Scale(0, 1, blank={words})}}. If it counts as 0, write what does: "
        f"data['again'] = data['again'].replace({words}, 'no')."
    )
    scale = cx.Scale(0, 1, blank=words)
    assert share(said_yes(again, outcome_scale={"again": scale}))[0] == len(again) - 10 * len(words)


@pytest.mark.parametrize("code", [99, -99])
def test_numbers_that_look_like_codes_are_asked_about(code):
    again = [1, 2, 1, code, 2] * 10
    with pytest.raises(cx.errors.ValuesError) as refused:
        said_yes(again, positive={"again": 1})
    assert str(refused.value) == (
        f"outcome 'again' holds {code}, which reads like no answer. If it is none, say so: "
        f"outcome_scale={{'again': cx.Scale(0, 1, blank=[{code}])}}. If it counts as 0, write what does: "
        f"data['again'] = data['again'].replace([{code}], 2)."
    )
    named = said_yes(again, positive={"again": 1}, outcome_scale=cx.Scale(0, 1, blank=[code]))
    assert share(named) == [40, 0.5]


def test_codes_that_are_named_stay_named_in_the_line_to_type():
    again = ["yes", "-", "yes", "?", "no"] * 10
    with pytest.raises(cx.errors.ValuesError) as refused:
        said_yes(again, outcome_scale=cx.Scale(0, 1, blank=["-"]))
    assert "cx.Scale(0, 1, blank=['-', '?'])}" in str(refused.value)
    with pytest.raises(cx.errors.ValuesError) as refused:
        said_yes(["yes", "-", "yes", "-", "yes"])
    assert str(refused.value).endswith("data['again'] = data['again'].replace(['-'], 'no').")


@pytest.mark.parametrize("other", ["none", "don't know", "0", "never", "99 times"])
def test_words_that_may_be_answers_count_as_0_and_are_told(other):
    made = said_yes(["yes", "no", "yes", other, "no"] * 10)
    assert share(made) == [50, 0.4]
    assert made.notes == (f"again: yes counts as 1; as 0: no, {other}.",)


def test_ordered_categories_may_be_an_outcome_in_words():
    answers = pd.Categorical(["yes", "no", "yes", None, "no"] * 10, ["no", "yes"], ordered=True)
    for changes in ({}, {"outcome_scale": cx.Scale(0, 1)}, {"scale": cx.Scale(1, 5)}):
        made = said_yes(answers, **changes)
        assert share(made) == [40, 0.5]
        assert made.notes == ()


def test_ordered_categories_keep_their_order_beside_labels():
    words = ["poor", "fair", "good"]
    frame = pd.DataFrame({"web": pd.Categorical(words * 21, words, ordered=True), "again": ["yes", "no", "yes"] * 21})
    frame["size"] = pd.Categorical(np.repeat(["S", "M", "L"], 21), ["S", "M", "L"], ordered=True)
    named = {"S": "Small", "M": "Medium", "L": "Large"}
    options = {"touchpoints": ["web"], "outcome": "again", "positive": {"again": "yes"}, "segments": ["size"]}
    for labels, shown in ((None, ["S", "M", "L"]), ({"size": named}, ["Small", "Medium", "Large"])):
        made = cx.Survey(frame, labels=labels, **options)
        table = cx.baseline(made, by="size").table
        assert table["segment"].tolist() == shown
        assert table["mean"].tolist() == [2, 2, 2]
        assert made.notes == (
            "Answers to web count in the order of their categories, from low to high: poor, fair, good.",
        )


def test_counts_and_odd_answers_go_together():
    frame = pd.DataFrame({"web": [1, 2, 3, 4, 5, 99], "again": ["yes", "no", "no", "yes", None, "yes"]})
    counted = frame.assign(k=[10, 20, 30, 40, 50, 7])
    options = {"touchpoints": ["web"], "outcome": "again", "positive": {"again": "yes"}}
    by_row = cx.Survey(frame.loc[frame.index.repeat(counted["k"])], scale=cx.Scale(1, 5, blank=[99]), **options)
    made = cx.Survey(counted, count="k", scale=cx.Scale(1, 5, blank=[99]), **options)
    pd.testing.assert_frame_equal(cx.baseline(made).table, cx.baseline(by_row).table)
    pd.testing.assert_frame_equal(cx.baseline(made).outcomes, cx.baseline(by_row).outcomes)
    assert made.notes == by_row.notes
    with pytest.raises(cx.errors.ValuesError) as refused:
        cx.Survey(counted, count="k", **options)
    assert "touchpoint column 'web' holds 99 (1 row), far from its other values, 1 to 5." in str(refused.value)
    nobody = counted.assign(k=[10, 20, 30, 40, 50, 0])
    assert cx.Survey(nobody, count="k", **options).n == 150
    with pytest.raises(cx.errors.ValuesError) as refused:
        cx.Survey(
            counted.assign(again=counted["again"].fillna("-")), count="k", scale=cx.Scale(1, 5, blank=[99]), **options
        )
    assert str(refused.value).startswith("outcome 'again' holds '-', which reads like no answer.")
