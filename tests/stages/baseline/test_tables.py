"""How figures become rows: blank where hidden, in the order of the items, each against its standard."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx
from cxlens.stages.baseline.score import Figures
from cxlens.stages.baseline.tables import Layout, standards_table


def layout() -> Layout:
    """Two cells of three items, of which the first two were asked; the second of the first cell is blank."""
    return Layout(cells=2, p=2, items=3, blank=np.array([False, True, False, False]))


def test_figures_are_spread_over_all_items_and_hidden_ones_are_blank() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(layout().spread(values), [1, np.nan, np.nan, 3, 4, np.nan])
    assert layout().counts(values.astype(np.int64)).tolist() == [1, pd.NA, pd.NA, 3, 4, pd.NA]
    words = np.array(["", "few", "", ""], object)
    assert layout().spread_words(words).tolist() == ["", "few", "not in the survey", "", "", "not in the survey"]


def test_each_figure_is_held_against_the_first_standard_of_its_touchpoint() -> None:
    frame = pd.DataFrame({"web": [3, 4, 5], "call": [3, 4, 5], "y": [1, 2, 3]})
    survey = cx.Survey(frame, touchpoints=["web", "call"], outcome="y", scale=cx.Scale(1, 5))
    places = {"call": cx.Touchpoint("call", stage="after", standards=[cx.Standard("mean", 3.5)])}
    value, error, df = np.array([4.0, 4.0, 3.0, 3.0]), np.full(4, 0.25), np.full(4, 9.0)
    figure = Figures(value, value - 1, value + 1, error, df, clusters=np.array([10.0, 10.0, 10.0, np.nan]))
    nothing = Figures(*[np.full(4, np.nan)] * 5)
    figures = {"mean": figure, "top_box": nothing, "nps": nothing, "ces": nothing}
    whole = Layout(cells=2, p=2, items=2, blank=np.zeros(4, bool))
    table = standards_table(survey, places, ["web", "call"], figures, whole)
    assert table["metric"].fillna("").tolist() == ["", "mean", "", "mean"]
    assert table["gap"].dropna().tolist() == pytest.approx([0.5, -0.5])
    assert table["p_met"].dropna().tolist() == pytest.approx([stats.t.cdf(2, 9), stats.t.sf(2, 9)])
    assert table["p_value"].dropna().tolist() == pytest.approx([2 * stats.t.sf(2, 9)] * 2)
    few = figure._replace(df=np.full(4, 3.5))
    blank = standards_table(survey, places, ["web", "call"], {**figures, "mean": few}, whole)
    assert blank["p_value"].isna().tolist() == [True, True, True, False]  # the last is not of clusters
    assert blank["p_met"].isna().tolist() == [True, True, True, False]
    assert blank["gap"].notna().tolist() == [False, True, False, True]
