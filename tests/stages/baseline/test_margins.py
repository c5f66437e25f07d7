"""The customer base: shares by value in words; what is refused is tested where it is asked, in test_bias.py."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ColumnError
from cxlens.stages.baseline.margins import checked_shares, margin_of


@pytest.fixture
def survey() -> cx.Survey:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"desk": rng.integers(1, 6, 60), "y": rng.integers(0, 11, 60), "floor": rng.integers(1, 3, 60)}
    )
    return cx.Survey(frame, touchpoints=["desk"], outcome="y", segments=["floor"])


def test_numbers_of_customers_become_shares_and_values_become_words(survey):
    assert checked_shares(survey, {"floor": {1: 300, 2.0: 100}}) == {"floor": {"1": 0.75, "2": 0.25}}
    assert checked_shares(survey, {"floor": {"1": 0.2, "2": 0.8}}) == {"floor": {"1": 0.2, "2": 0.8}}


def test_a_share_of_one_is_a_share_and_no_customer(survey):
    assert checked_shares(survey, {"floor": {1: 1, 2: 0}}) == {"floor": {"1": 1.0, "2": 0.0}}


def test_only_segments_have_a_base(survey):
    with pytest.raises(ColumnError) as error:
        checked_shares(survey, {"flor": {1: 1}})
    assert str(error.value) == (
        "margins: 'flor' is not a segment of this survey. Did you mean 'floor'? Segments: floor. "
        "Name the column in Survey(..., segments=[...])."
    )


def test_values_that_nobody_gave_are_silent_and_answers_without_weight_are_not_heard():
    words = np.array(["north", "south", "south", "west"], object)
    margin = margin_of("side", words, {"north": 0.5, "south": 0.3, "east": 0.2, "west": 0.0}, words != "west")
    assert margin.heard == ["north", "south"]
    assert margin.silent == {"east": 0.2}
    assert margin.codes.tolist() == [0, 1, 1, -1]
