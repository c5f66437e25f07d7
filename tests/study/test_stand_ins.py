"""Stand-ins have the very figures of the lines they stand for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from cxlens.study.aggregate_files import TOUCHPOINT
from cxlens.study.stand_ins import stand_ins, told_by
from cxlens.study.survey import Scale

MEANS = told_by({"n": "n", "mean": "m"}, Scale(1, 5))
NPS = told_by({"promoters": "p", "detractors": "d"}, None)
BOXES = told_by({"top box": "t", "bottom box": "b"}, None)


@given(n=st.integers(2, 500), mean=st.floats(-100, 100), sd=st.floats(0.01, 50))
def test_means_and_spreads_are_kept(n: int, mean: float, sd: float) -> None:
    lines = pd.DataFrame({TOUCHPOINT: ["web"], "n": [n], "mean": [mean], "sd": [sd]})
    scores = stand_ins(lines, [], MEANS).scores[:, 0]
    assert len(scores) == n
    assert scores.mean() == pytest.approx(mean, abs=1e-9)
    assert scores.std(ddof=1) == pytest.approx(sd, rel=1e-9)


def test_one_answer_and_no_spread() -> None:
    lines = pd.DataFrame({TOUCHPOINT: "web", "n": [1, 3], "mean": [2.0, 4.0], "sd": [np.nan, 0.0], "shop": ["A", "B"]})
    rows = stand_ins(lines, ["shop"], MEANS)
    assert_array_equal(rows.scores[:, 0], [2, 4, 4, 4])
    assert rows.labels["shop"].tolist() == ["A", "B", "B", "B"]


def test_shares_go_to_the_nearest_whole_answer() -> None:
    lines = pd.DataFrame({TOUCHPOINT: ["NPS"], "n": [10], "promoters": [0.42], "detractors": [0.18]})
    rows = stand_ins(lines, [], NPS)
    assert_array_equal(rows.outcomes[:, 0], [10] * 4 + [8] * 4 + [0] * 2)
    both_up = lines.assign(n=3, promoters=0.5, detractors=0.5)
    assert_array_equal(stand_ins(both_up, [], NPS).outcomes[:, 0], [10, 10, 0])


def test_boxes_are_a_share() -> None:
    lines = pd.DataFrame({TOUCHPOINT: ["web"], "n": [4], "top box": [0.5], "bottom box": [0.25]})
    rows = stand_ins(lines, [], BOXES)
    assert_array_equal(rows.scores[:, 0], [1, 1, 0, -1])
    assert_array_equal(rows.outcomes[:, 0], [1, 1, 0, 0])


def test_touchpoints_of_a_unit_stand_side_by_side() -> None:
    lines = pd.DataFrame(
        {TOUCHPOINT: ["web", "web", "call"], "n": [2, 1, 3], "mean": [1.0, 2.0, 3.0], "shop": ["B", "A", "A"]}
    )
    rows = stand_ins(lines, ["shop"], MEANS)
    assert rows.labels["shop"].tolist() == ["B", "B", "A", "A", "A"]
    assert_array_equal(rows.scores, [[1, np.nan], [1, np.nan], [2, 3], [np.nan, 3], [np.nan, 3]])


def test_what_a_table_tells() -> None:
    assert MEANS.figures == {"mean"}
    assert NPS.figures == {"nps", "top_box", "unhappy"}
    assert BOXES.figures == {"top_box", "unhappy"}
    assert told_by({"top box": "t"}, None).figures == {"top_box"}
