"""The waves of a metric as a series, and the broken line through it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.impact.wave_series import broken_line, series_of, told_lines
from cxlens.study.metrics import find_metric


def series(seed: int = 0, small: int = 0):
    rng = np.random.default_rng(seed)
    year = np.repeat(np.arange(2000, 2018), 30)
    frame = pd.DataFrame({"web": rng.integers(1, 6, len(year)), "y": 1, "year": year})
    if small:
        frame = pd.concat([frame[frame["year"] != small], frame[frame["year"] == small].head(3)])
    survey = cx.Survey(frame, touchpoints=["web"], outcome="y", time="year")
    return frame, series_of(survey, find_metric(survey, "web"))


def test_a_series_has_the_means_of_its_waves_and_leaves_out_what_is_too_small():
    frame, found = series(small=2003)
    assert 2003 not in found.waves
    assert (found.hidden, found.n) == (2, 16 * 30)  # another one, so that the total does not tell of the small one
    means = frame.groupby("year")["web"].mean().loc[found.waves]
    assert found.mean.tolist() == pytest.approx(means.tolist())
    assert found.when.tolist() == [wave - 2000 for wave in found.waves]
    assert found.before(3).waves == [wave for wave in found.waves if wave < 2003]


def test_series_are_taken_apart_and_together():
    _, one = series(1)
    _, other = series(2)
    assert one.less(other).mean.tolist() == pytest.approx((one.mean - other.mean).tolist())
    assert one.less(other).variance.tolist() == pytest.approx((one.variance + other.variance).tolist())
    both = one.mean_with([other])
    assert both.mean.tolist() == pytest.approx(((one.mean + other.mean) / 2).tolist())
    assert both.variance.tolist() == pytest.approx(((one.variance + other.variance) / 4).tolist())
    assert one.among({"2001", "2016"}).waves == [2001, 2016]


def test_a_broken_line_is_constant_line_step_slope_and_seasons():
    columns = broken_line(np.arange(6.0), 3, 3)
    assert columns.tolist() == [
        [1, -3, 0, 0, 0, 0],
        [1, -2, 0, 0, 1, 0],
        [1, -1, 0, 0, 0, 1],
        [1, 0, 1, 0, 0, 0],
        [1, 1, 1, 1, 1, 0],
        [1, 2, 1, 2, 0, 1],
    ]


def test_a_step_without_noise_is_found():
    _, found = series(1)
    columns = broken_line(found.when, 9, None)
    exact = found._replace(mean=columns @ [3.0, 0.01, 0.5, 0.0])
    lines = told_lines(columns, np.array([[0.0, 0, 1, 0]]), exact, 0.95)
    assert lines.estimate[0] == pytest.approx(0.5)
    assert lines.low[0] < 0.5 < lines.high[0]
