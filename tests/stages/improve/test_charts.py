"""The pictures of forecasts and quick wins; that labels keep apart is tested with all charts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import cxlens as cx
from cxlens.common.values import probability
from cxlens.stages.improve.charts import quick_wins_chart, what_if_chart
from cxlens.stages.improve.what_if import TOGETHER
from tests.stages.improve.changed import changed


def test_effort_that_spans_more_than_ten_times_has_a_log_axis(plan):
    narrow = changed(plan, table=plan.table.assign(effort=plan.table["effort"].clip(lower=10)))
    axes = [quick_wins_chart(result, Figure().subplots()) for result in (plan, narrow)]
    assert [ax.get_xscale() for ax in axes] == ["log", "linear"]
    assert ["log scale" in ax.get_xlabel() for ax in axes] == [True, False]


def test_the_ellipse_of_a_quick_win_holds_eighty_per_cent_of_its_draws(plan):
    ax = quick_wins_chart(plan, Figure().subplots())
    first = list(plan.initiatives["name"]).index(plan.table["initiative"].iloc[0])
    outline = ax.transData.transform_path(ax.patches[0].get_path())
    draws = ax.transData.transform(np.column_stack([plan.efforts[:, first], plan.benefits[:, first]]))
    assert outline.contains_points(draws).mean() == pytest.approx(0.8, abs=0.02)
    texts = [text.get_text() for text in ax.texts]
    row = plan.table.iloc[0]
    assert f"{row['initiative']}, {probability(row['p_quick_win'])}" in [" ".join(text.split()) for text in texts]
    assert {"Quick wins: easy and big", "Big projects", "Fill-ins: easy and small", "Leave"} <= set(texts)


def test_a_line_joins_the_front_from_little_effort_to_much(plan):
    ax = quick_wins_chart(plan, Figure().subplots())
    effort, benefit = next(
        line.get_data() for line in ax.lines if line.get_marker() == "None" and line.get_zorder() < 2
    )
    assert (np.diff(effort) > 0).all()
    assert (np.diff(benefit) > 0).all()
    best = plan.table.loc[plan.table["benefit"].idxmax()]
    assert (effort[-1], benefit[-1]) == (best["effort"], best["benefit"])


def test_a_forecast_says_what_is_clear_and_ends_with_all_together(found):
    result = cx.what_if(found, {"Security": 0.5, "Shops": -0.2})
    ax = what_if_chart(result, Figure().subplots())
    assert [" ".join(label.get_text().split()) for label in ax.get_yticklabels()] == ["Security", "Shops", TOGETHER]
    marks = [line for line in ax.lines if line.get_marker() not in {"None", None}]
    clear = (result.table["low"] > 0) | (result.table["high"] < 0)
    assert [mark.get_markerfacecolor() != "white" for mark in marks] == clear.tolist()
    assert pd.notna(result.table["change"]).all()
    assert "Forecast change of recommend, NPS points" in " ".join(ax.get_xlabel().split())
