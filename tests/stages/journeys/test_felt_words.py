"""What is said of feelings: of tables that are given."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlens.stages.journeys.felt_words import Felt, finding_of, finding_of_groups

ASKED = Felt("touchpoint", "kind", None, 0.95, 5)
PEAK = pd.DataFrame({"mean": [-0.2], "low": [-0.3], "high": [-0.1], "p_value": [0.01]})


def test_one_touchpoint_is_no_lowest_of_several() -> None:
    table = pd.DataFrame({"touchpoint": ["a"], "n": [9], "mean": [3.0], "low": [2.5], "high": [3.5]})
    said = finding_of(table, np.array([False]), PEAK, ASKED)
    assert said.sentence == (
        "Scores are lowest at a: 3.00 [2.50, 3.50]. "
        "The last score of a journey is clearly below its average, by 0.20 [0.10, 0.30]. n = 9 scores."
    )


def test_a_hidden_number_is_not_summed() -> None:
    table = pd.DataFrame({"touchpoint": ["a"], "n": [pd.NA], "mean": [3.0], "low": [2.5], "high": [3.5]})
    assert finding_of(table, np.array([False]), PEAK, ASKED).n == ""


def test_the_higher_of_two_groups_comes_first() -> None:
    figures = {"difference": [-1.0], "low": [-1.5], "high": [-0.5], "p_value": [0.001], "q_value": [0.01]}
    said = finding_of_groups(pd.DataFrame({"step": [3], "first": ["x"], "second": ["y"], **figures}), ASKED)
    assert said.sentence == (
        "At step 3 scores are higher among y than among x, by 1.00 [0.50, 1.50]; clearly, allowing for 1 comparison."
    )
