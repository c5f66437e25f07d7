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
