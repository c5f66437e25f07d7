"""What charts of time have in common."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd
from matplotlib.figure import Figure

import cxlens as cx
from cxlens.common import style
from cxlens.stages.impact.axes import name_waves, put_best_on_top, value_axis
from cxlens.study.metrics import Metric, find_metric
from cxlens.study.scale import Scale


def waves_named(width: float, names: list[str]) -> list[str]:
    ax = Figure(figsize=(width, 3)).subplots()
    name_waves(ax, names)
    return [label.get_text() for label in ax.get_xticklabels()]


def test_as_many_waves_are_named_as_fit() -> None:
    quarters = [f"{year} Q{quarter}" for year in (2025, 2026) for quarter in (1, 2, 3, 4)]
    assert waves_named(8, quarters) == quarters
    assert waves_named(5, quarters) == ["2025 Q1", "2025 Q3", "2026 Q1", "2026 Q3"]
    assert waves_named(0.1, quarters) == ["2025 Q1"]
    assert waves_named(8, [str(wave) for wave in range(20)]) == ["0", "3", "6", "9", "12", "15", "18"]


def test_no_two_names_of_waves_touch() -> None:
    figure = Figure(figsize=(4.4, 3))
    ax = figure.subplots()
    style.tidy(ax)
    name_waves(ax, [f"2025-{month:02}" for month in range(1, 13)])
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert len(boxes) == 6
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


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
