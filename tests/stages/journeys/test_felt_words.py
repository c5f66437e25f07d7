"""What is said of feelings: of tables that are given."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlens.stages.journeys.felt_words import Apart, Felt, finding_of, finding_of_groups

ASKED = Felt("touchpoint", "kind", None, 0.95, 5)
PEAK = pd.DataFrame({"mean": [-0.2], "low": [-0.3], "high": [-0.1], "p_value": [0.01]})
ALONE = Apart(np.array([False]), np.array([False]))


def test_one_touchpoint_is_no_lowest_of_several() -> None:
    table = pd.DataFrame({"touchpoint": ["a"], "n": [9], "mean": [3.0], "low": [2.5], "high": [3.5]})
    said = finding_of(table, ALONE, PEAK, ASKED)
    assert said.sentence == (
        "Scores are lowest at a: 3.00 [2.50, 3.50]. "
        "The last score of a journey is clearly below its average, by 0.20 [0.10, 0.30]. n = 9 scores."
    )


def test_a_hidden_number_is_not_summed() -> None:
    table = pd.DataFrame({"touchpoint": ["a"], "n": [pd.NA], "mean": [3.0], "low": [2.5], "high": [3.5]})
    assert finding_of(table, ALONE, PEAK, ASKED).n == ""


def test_what_is_hidden_may_be_higher() -> None:
    spans = {"mean": [3.0, 4.0], "low": [2.5, 3.8], "high": [3.5, 4.2]}
    apart = Apart(np.array([False, True]), np.array([True, False]))
    told = finding_of(pd.DataFrame({"touchpoint": ["a", "b"], "n": [9, 9], **spans}), apart, PEAK, ASKED)
    assert told.more[0] == "They are clearly highest at b, 4.00 [3.80, 4.20]"
    hidden = finding_of(pd.DataFrame({"touchpoint": ["a", "b"], "n": [9, pd.NA], **spans}), apart, PEAK, ASKED)
    assert hidden.more[0] == "They are highest at b, 4.00 [3.80, 4.20], with no clear first"


def test_the_higher_of_two_groups_comes_first() -> None:
    figures = {"difference": [-1.0], "low": [-1.5], "high": [-0.5], "p_value": [0.001], "q_value": [0.01]}
    said = finding_of_groups(pd.DataFrame({"step": [3], "first": ["x"], "second": ["y"], **figures}), ASKED)
    assert said.sentence == (
        "At step 3 scores are higher among y than among x, by 1.00 [0.50, 1.50]; clearly, allowing for 1 comparison."
    )
