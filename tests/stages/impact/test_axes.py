"""What charts of time have in common."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

import cxlens as cx
from cxlens.stages.impact.axes import name_waves, put_best_on_top, value_axis
from cxlens.study.metrics import Metric, find_metric
from cxlens.study.scale import Scale


def test_as_many_waves_are_named_as_fit() -> None:
    ax = Figure().subplots()
    name_waves(ax, [str(wave) for wave in range(20)], 5)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "4", "8", "12", "16"]


def test_the_lowest_score_stands_on_top_where_it_is_the_best() -> None:
    ax = Figure().subplots()
    put_best_on_top(ax, Metric("effort", "interval", 0, scale=Scale(1, 7)))
    assert not ax.yaxis_inverted()
    put_best_on_top(ax, Metric("effort", "interval", 0, scale=Scale(1, 7, best="low")))
    assert ax.yaxis_inverted()


def test_money_is_no_score() -> None:
    answers = pd.DataFrame({"web": [1, 2], "spend_after": [10.0, 20.0], "mood": [1, 2]})
    survey = cx.Survey(answers, touchpoints=["web"], outcome={"spend_after": "interval", "mood": "interval"})
    axes = [value_axis(Figure().subplots(), find_metric(survey, name), survey) for name in ("spend_after", "mood")]
    assert axes == ["Spend_after, mean, in money", "Mood, mean score"]


def test_shares_are_of_answers_or_of_customers() -> None:
    table = pd.DataFrame({"wave": [1, 2], "n": 50, "kept": 0.8})
    customers = cx.Aggregates(table, n="n", shares={"customers": "kept"}, time="wave")
    boxes = cx.Aggregates(table, n="n", shares={"top box": "kept"}, time="wave")
    axes = [value_axis(Figure().subplots(), find_metric(one, "kept"), one) for one in (customers, boxes)]
    assert axes == ["kept, % of customers", "kept, % of answers"]
