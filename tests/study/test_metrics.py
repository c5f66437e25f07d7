"""What a metric is, and how its change is estimated: against SciPy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx
from cxlens.errors import CxlensError
from cxlens.study.metrics import Metric, change_of, find_metric, read_sample, waves_of

RNG = np.random.default_rng(1)
N = 300
FRAME = pd.DataFrame(
    {
        "web": RNG.integers(1, 6, N),
        "likely": RNG.integers(0, 11, N),
        "stays": RNG.integers(0, 2, N),
        "year": np.repeat([2024, 2025], N // 2),
    }
)


def survey() -> cx.Survey:
    outcomes = {"likely": "nps", "stays": "binary"}
    return cx.Survey(FRAME, touchpoints=["web"], outcome=outcomes, time="year", names={"stays": "Stays with us"})


@pytest.mark.parametrize(
    ("name", "found", "unit"),
    [
        (None, "likely", "NPS points"),
        ("web", "web", "scale points"),
        ("stays", "stays", "share"),
        ("Stays with us", "stays", "share"),
    ],
)
def test_a_metric_is_found_by_its_column_or_its_words(name: str | None, found: str, unit: str) -> None:
    metric = find_metric(survey(), name)
    assert (metric.name, metric.unit) == (found, unit)


def test_an_unknown_metric_is_told() -> None:
    with pytest.raises(CxlensError) as error:
        find_metric(survey(), "wob")
    assert str(error.value) == (
        "metric 'wob' is not known here. Did you mean 'web'? Touchpoints and outcomes: web, likely, stays."
    )


def test_a_change_of_means_is_that_of_welch() -> None:
    sample = read_sample(survey(), find_metric(survey(), "web"))
    late = FRAME["year"].eq(2025).to_numpy()
    change, low, high, p_value = change_of(sample, late, "touchpoint", 0.95)
    welch = stats.ttest_ind(FRAME["web"][late], FRAME["web"][~late], equal_var=False)
    span = welch.confidence_interval(0.95)
    assert change == pytest.approx(FRAME["web"][late].mean() - FRAME["web"][~late].mean())
    assert (low, high) == pytest.approx((span.low, span.high), abs=2e-3)  # HC3 errors, by a hair wider
    assert p_value == pytest.approx(welch.pvalue, abs=5e-3)


def test_waves_need_a_column() -> None:
    assert waves_of(survey()) == [2024, 2025]
    with pytest.raises(CxlensError) as error:
        waves_of(cx.Survey(FRAME, touchpoints=["web"], outcome="likely"))
    assert str(error.value) == (
        "this survey names no time column, so its waves are not known. Name it: Survey(..., time='column')."
    )


@pytest.mark.parametrize(("metric", "size"), [("nps", 25), ("binary", 0.125), ("interval", 1.0), ("touchpoint", 0.5)])
def test_half_a_point_is_an_eighth_of_the_range_or_half_a_spread(metric, size):
    scale = cx.Scale(1, 5) if metric == "touchpoint" else None
    assert Metric("a", metric, 0, scale=scale).half_a_point(2.0) == size
