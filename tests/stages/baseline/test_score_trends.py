"""Trends of a scorecard: slopes of wave means, none from few or small waves, and none where nothing moves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import cxlens as cx
from cxlens.stages.baseline.score import answers, counted, trends
from tests.stages.baseline.test_score import frame_of, survey

TOP = (0.01, 0.01, 0.03, 0.15, 0.80)


@pytest.mark.parametrize("roles", [{}, {"weight": "w"}])
def test_a_trend_is_the_slope_of_wave_means_by_statsmodels(roles):
    frame = frame_of()
    row = cx.baseline(survey(frame, **roles)).table.iloc[0]
    w = frame["w"] if roles else pd.Series(1.0, frame.index)
    by_wave = frame.assign(w=w, wx=frame["web"] * w).groupby("wave")[["w", "wx"]].sum()
    fit = sm.OLS((by_wave["wx"] / by_wave["w"]).to_numpy(), sm.add_constant(np.arange(5.0))).fit()
    assert row["trend"] == pytest.approx(fit.params[1], rel=1e-9)
    half = row["trend_high"] - row["trend"]
    assert half >= stats.t.ppf(0.975, 3) * fit.bse[1] - 1e-12  # or that of sampling, where it is wider
    assert row["trend_p"] >= fit.pvalues[1] - 1e-12


def test_the_trend_that_was_put_in_is_found():
    rows = cx.baseline(survey(frame_of(20_000))).table.set_index("touchpoint")
    many = frame_of(1_000_000, seed=1)  # rounding and the end of the scale take a little of 0.1
    truth = np.polyfit(many["wave"], many["web"], 1)[0]
    assert 0.08 < truth < 0.1
    assert rows.loc["web", "trend_low"] < truth < rows.loc["web", "trend_high"]
    assert rows.loc["web", "trend_q"] < 0.05 < rows.loc["call", "trend_q"]


def test_a_wave_of_few_answers_carries_no_trend():
    frame = frame_of(1_000)
    late = pd.concat([frame, frame.head(29).assign(wave=6, web=5)])
    known = cx.baseline(survey(frame)).table
    assert cx.baseline(survey(late)).table["trend"].tolist() == known["trend"].tolist()
    said = "A trend takes 4 waves of 30 answers or more."
    few = cx.baseline(survey(frame[frame["wave"] < 4]))
    assert few.table["trend"].isna().all()
    assert said in few.note
    small = cx.baseline(survey(frame.head(100)))
    assert small.table["trend"].isna().all()
    assert said in small.note
    assert said not in cx.baseline(survey(frame)).note


def test_a_wave_of_too_few_clusters_has_a_slope_and_no_p():
    made = survey(frame_of().assign(house=lambda f: np.arange(len(f)) % 4), cluster="house")
    row = cx.baseline(made).table.iloc[0]
    assert row[["trend_low", "trend_high"]].notna().all()
    assert row[["trend_p", "trend_q"]].isna().all()


def test_a_cell_without_answers_has_no_trend():
    found = counted(survey(frame_of()))
    rows = answers(found, np.where(found.table["item"] == 0, 0, -1), 2).scored
    assert np.isnan(trends(rows, rows.x, 0.95).figures.value[1])
    nothing = rows.where(np.zeros(len(rows.x), bool))
    assert np.isnan(trends(nothing, nothing.x, 0.95).p_values).all()


def test_a_young_wave_is_no_trend():
    """Waves of 100 and 10 answers, four in five of them 5: errors of rows called a trend clear in 88 of 100 studies."""
    rng = np.random.default_rng(0)
    said = 0
    for _ in range(20):
        frame = pd.DataFrame(rng.choice(5, (240, 6), p=TOP) + 1, columns=list("abcdef"))
        frame = frame.assign(wave=np.repeat([1, 2, 3, 4], [80, 80, 50, 30]), y=1)
        made = cx.Survey(frame, touchpoints=list("abcdef"), outcome="y", scale=cx.Scale(1, 5), time="wave")
        said += bool((cx.baseline(made).table["trend_q"] < 0.05).any())
    assert said <= 1
