"""The draws of what initiatives bring: quadrants by hand, one response, other answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.improve import candidates as made_here
from cxlens.stages.improve.candidates import QUADRANTS, candidates_again, p_top, pareto, quadrants
from tests.stages.improve.test_quick_wins import DRIVERS, PLAN, answers, found


def held(benefit: float, effort: float, benefit_cut: float = 2.0, effort_cut: float = 4.0) -> list[str]:
    inside = quadrants(np.array([[benefit]]), np.array([[effort]]), np.array([benefit_cut]), effort_cut)
    return [name for name, is_in in zip(QUADRANTS, inside[:, 0, 0], strict=True) if is_in]


@pytest.mark.parametrize(
    ("benefit", "effort", "quadrant"),
    [
        (3, 1, "quick win"),
        (2, 4, "quick win"),  # both lie on the line
        (3, 5, "big project"),
        (1, 1, "fill-in"),
        (1, 5, "leave"),
    ],
)
def test_each_initiative_is_in_one_quadrant(benefit, effort, quadrant):
    assert held(benefit, effort) == [quadrant]


@pytest.mark.parametrize(("effort", "quadrant"), [(1, "fill-in"), (9, "leave")])
def test_harm_is_never_big_however_low_the_cut(effort, quadrant):
    assert held(-1, effort, benefit_cut=-5) == [quadrant]
    assert held(0, effort, benefit_cut=0) == [quadrant]


def test_harm_is_never_on_the_front():
    assert pareto(np.array([[-1.0, -2.0]]), np.array([[1.0, 2.0]])).tolist() == [[False, False]]


def test_the_largest_are_counted_in_each_draw():
    benefits = np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0], [3.0, 1.0, 2.0], [3.0, 2.0, 1.0]])
    assert p_top(benefits, 1).tolist() == [0.75, 0.0, 0.25]
    assert p_top(benefits, 2).tolist() == [0.75, 0.75, 0.5]


def test_the_response_is_asked_for_once(monkeypatch):
    asked = []

    def counting(record):
        asked.append(record)
        return response(record)

    response = made_here.response
    monkeypatch.setattr(made_here, "response", counting)
    wins = cx.quick_wins(DRIVERS, PLAN)
    wins.resolve_first()
    wins.benefit_of([0, 1])
    assert asked == [DRIVERS.record]


def test_other_answers_are_asked_the_same():
    half = found(frame=answers().iloc[::2])
    wins = cx.quick_wins(DRIVERS, PLAN, benefit_cut=1.5, seed=4)
    again = candidates_again(wins.record, half.survey)
    pd.testing.assert_frame_equal(again.table, cx.quick_wins(half, PLAN, benefit_cut=1.5, seed=4).table)
    assert again.survey is half.survey
