"""What a metric is, and how its change is estimated: against SciPy."""

from __future__ import annotations

from pathlib import Path

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


def test_answers_without_a_segment_count_in_memory_and_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = FRAME.assign(area=np.resize(["N", None, "S"], N))
    frame.to_parquet(tmp_path / "answers.parquet")
    roles = {"touchpoints": ["web"], "outcome": {"likely": "nps"}, "time": "year", "segments": ["area"]}
    samples = []
    for most, data in ((10 * N, frame), (0, tmp_path / "answers.parquet")):
        monkeypatch.setattr("cxlens.engine.tables.IN_MEMORY", most)
        answers = cx.Survey(data, **roles)
        samples.append(read_sample(answers, find_metric(answers, "web"), ["area"]))
    in_memory, on_disk = (
        sample.labels.assign(value=sample.value).value_counts(dropna=False).sort_index() for sample in samples
    )
    pd.testing.assert_series_equal(on_disk, in_memory)
    assert in_memory.sum() == N


def test_waves_need_a_column() -> None:
    assert waves_of(survey()) == [2024, 2025]
    with pytest.raises(CxlensError) as error:
        waves_of(cx.Survey(FRAME, touchpoints=["web"], outcome="likely"))
    assert str(error.value) == (
        "this survey names no time column, so its waves are not known. Name it: Survey(..., time='column')."
    )


def rated(**roles: object) -> cx.Survey:
    frame = pd.DataFrame(
        {"Wi-Fi": [1, 3, 4, 5, np.nan, 2] * 4, "effort": [1, 2, 6, 7, 5, 4] * 4, "nps": [9, 10, 8, 0, 6, 9] * 4}
    )
    return cx.Survey(
        frame.assign(wave=[1] * 12 + [2] * 12, spend=np.arange(24.0), stayed=[0, 1] * 12),
        touchpoints=["Wi-Fi"],
        outcome={"effort": "interval", "nps": "nps", "stayed": "binary", "spend": "interval"},
        **{"scale": cx.Scale(1, 5), "outcome_scale": {"effort": cx.Scale(1, 7, best="low")}, "time": "wave", **roles},
    )


@pytest.mark.parametrize(
    ("name", "share", "label"),
    [
        ("Wi-Fi", 2 / 5, "Wi-Fi rated 4 or 5"),
        ("effort", 2 / 6, "Effort rated 1 or 2"),
        ("nps", 3 / 6, "NPS rated 9 or 10"),
    ],
)
def test_a_top_box_is_the_share_of_the_best_scores(name: str, share: float, label: str) -> None:
    survey = rated()
    metric = find_metric(survey, name, "top box")
    assert read_sample(survey, metric).value.mean() == pytest.approx(share)
    assert (metric.label, metric.unit, metric.figure, metric.lowest_is_best) == (label, "share", "top box", False)
    assert find_metric(survey, name).figure == "mean"


def test_a_top_box_follows_the_scale_of_its_own_touchpoint() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 5] * 4, "b": [0, 4, 8, 9, 10] * 4, "out": 1, "wave": 1})
    survey = cx.Survey(
        frame, touchpoints=["a", "b"], outcome="out", scale={"a": cx.Scale(1, 5), "b": cx.Scale(0, 10)}, time="wave"
    )
    shares = [read_sample(survey, find_metric(survey, name, "top box")).value.mean() for name in "ab"]
    assert shares == pytest.approx([0.4, 0.4])
    assert find_metric(survey, "b", "top box").label == "B rated 9 or 10"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("stayed", "'stayed' is a share already. Leave figure='top box' out."),
        (
            "spend",
            "figure='top box': 'spend' has no top box. Say it: Survey(..., outcome_scale=cx.Scale(1, 5, top=2)).",
        ),
    ],
)
def test_what_has_no_top_box_is_told(name: str, message: str) -> None:
    with pytest.raises(cx.CxlensError) as error:
        find_metric(rated(), name, "top box")
    assert str(error.value) == message


@pytest.mark.parametrize(("metric", "size"), [("nps", 25), ("binary", 0.125), ("interval", 1.0), ("touchpoint", 0.5)])
def test_half_a_point_is_an_eighth_of_the_range_or_half_a_spread(metric, size):
    scale = cx.Scale(1, 5) if metric == "touchpoint" else None
    assert Metric("a", metric, 0, scale=scale).half_a_point(2.0) == size


def test_a_top_box_needs_single_answers() -> None:
    shares = pd.DataFrame({"touchpoint": ["web"], "n": [40], "mean": [3.5], "sd": [1.0]})
    made = cx.Aggregates(shares, n="n", mean="mean", sd="sd", touchpoint="touchpoint", scale=cx.Scale(1, 5))
    with pytest.raises(CxlensError) as error:
        find_metric(made, "web", "top box")
    assert str(error.value) == (
        "figure='top box' needs single answers, which Aggregates do not hold. Give them: cx.Survey(...). Aggregates go "
        "into baseline, monitor, before_after, difference_in_differences, interrupted_time_series."
    )


@pytest.mark.parametrize(
    ("name", "kind", "unit"),
    [
        ("spend_after", "interval", "money"),
        ("touches_after", "interval", "touches"),
        ("purchases_after", "interval", "purchases"),
        ("spend", "interval", "scale points"),
        ("bought_again", "binary", "share"),
    ],
)
def test_what_a_log_tells_is_counted_in_its_own_unit(name, kind, unit):
    assert Metric(name, kind, 0).unit == unit
