from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from cxlens.stats.survival import (
    kaplan_meier,
    life_table,
    log_rank,
    median_time,
    restricted_mean,
    share_at,
)

FOLLOWED = st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.integers(0, 2)), min_size=3, max_size=60)


@pytest.fixture(scope="module")
def quoted(shared: Path) -> dict:
    return json.loads((shared / "reference" / "measures.json").read_text())["kaplan_meier"]["value"]


@pytest.fixture(scope="module")
def waltons(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference" / "waltons_dataset.csv")


@pytest.fixture(scope="module")
def leukemia(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "reference" / "leukemia.csv")


@pytest.mark.parametrize("group", ["miR-137", "control"])
def test_curve_median_and_restricted_mean_equal_the_reference(group: str, quoted: dict, waltons: pd.DataFrame) -> None:
    rows = waltons[waltons["group"] == group]
    table = life_table(rows["T"], rows["E"])
    curve = kaplan_meier(table)
    expected = quoted[f"waltons_{group}"]
    assert median_time(curve)[0] == expected["median"]
    assert_allclose(share_at(curve, [20, 50]).share, [expected["S20"], expected["S50"]], rtol=1e-12)
    assert restricted_mean(table, 50).mean == pytest.approx(expected["rmst50"], rel=1e-12)


@pytest.mark.parametrize("treatment", [0, 1])
def test_freireichs_patients(treatment: int, quoted: dict, leukemia: pd.DataFrame) -> None:
    rows = leukemia[leukemia["Rx"] == treatment]
    curve = kaplan_meier(life_table(rows["t"], rows["status"]))
    expected = quoted[f"leukemia_Rx{treatment}"]
    assert median_time(curve)[0] == expected["median"]
    assert_allclose(share_at(curve, [6, 10]).share, [expected["S6"], expected["S10"]], rtol=1e-12)


def test_log_rank_equals_the_reference(quoted: dict, waltons: pd.DataFrame, leukemia: pd.DataFrame) -> None:
    codes = (waltons["group"] == "control").astype(int)
    found = log_rank(waltons["T"], waltons["E"], codes)
    assert found.chi2 == pytest.approx(quoted["waltons_logrank"]["chi2"], rel=1e-10)
    assert found.p == pytest.approx(quoted["waltons_logrank"]["p"], rel=1e-8)
    found = log_rank(leukemia["t"], leukemia["status"], leukemia["Rx"])
    assert found.chi2 == pytest.approx(quoted["leukemia_logrank"]["chi2"], rel=1e-10)


@settings(max_examples=40)
@given(FOLLOWED)
def test_curve_equals_scipy(followed: list[tuple[int, bool, int]]) -> None:
    time, left, _ = (np.array(column) for column in zip(*followed, strict=True))
    curve = kaplan_meier(life_table(time, left))
    sample = stats.CensoredData.right_censored(time, ~left)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # scipy says where there is no interval
        expected = stats.ecdf(sample).sf
        ends = expected.confidence_interval(method="log-log")
    places = np.searchsorted(expected.quantiles, curve.time)
    assert_allclose(curve.share, expected.probabilities[places], atol=1e-12)
    inside = (curve.share > 0) & (curve.share < 1)
    assert_allclose(curve.low[inside], ends.low.probabilities[places][inside], atol=1e-10)
    assert_allclose(curve.high[inside], ends.high.probabilities[places][inside], atol=1e-10)


@settings(max_examples=40)
@given(FOLLOWED)
def test_log_rank_of_several_groups_equals_statsmodels(followed: list[tuple[int, bool, int]]) -> None:
    time, left, group = (np.array(column) for column in zip(*followed, strict=True))
    names, group = np.unique(group, return_inverse=True)
    found = log_rank(time, left, group)
    if not left.any() or found.df < max(len(names) - 1, 1):
        return  # statsmodels wants somebody to leave, and each group to be able to
    expected, p = survdiff(time, left.astype(int), group)
    assert found.chi2 == pytest.approx(expected, rel=1e-6, abs=1e-8)
    assert found.p == pytest.approx(p, rel=1e-6, abs=1e-8)


def test_error_of_the_restricted_mean_is_the_spread_of_samples() -> None:
    rng = np.random.default_rng(1)
    means, errors = [], []
    for _ in range(400):
        stayed, followed = rng.exponential(10, 200), rng.uniform(2, 20, 200)
        found = restricted_mean(life_table(np.minimum(stayed, followed), stayed <= followed), 12)
        means.append(found.mean)
        errors.append(found.error)
    assert np.mean(means) == pytest.approx(10 * (1 - np.exp(-1.2)), abs=0.06)
    assert np.std(means) == pytest.approx(np.mean(errors), rel=0.12)


def test_median_interval_equals_statsmodels(leukemia: pd.DataFrame) -> None:
    rows = leukemia[leukemia["Rx"] == 0]
    found = median_time(kaplan_meier(life_table(rows["t"], rows["status"])))
    low, high = SurvfuncRight(rows["t"], rows["status"]).quantile_ci(0.5, method="cloglog")
    assert found[0] == 23
    assert found[1] == low
    assert np.isnan(found[2])
    assert np.isinf(high) or np.isnan(high)


def test_a_half_that_rounding_hides_is_a_half() -> None:
    time = [*range(1, 41), *range(21, 61)]
    assert median_time(kaplan_meier(life_table(time, [True] * 80)))[0] == 30


def test_nobody_left() -> None:
    table = life_table([3, 4], [False, False])
    assert len(kaplan_meier(table).time) == 0
    assert restricted_mean(table, 2).mean == 2
    assert np.isnan(log_rank([3, 4], [False, False], [0, 1]).p)
    assert np.isnan(median_time(kaplan_meier(table))).all()


def test_before_anybody_leaves_all_are_there() -> None:
    read = share_at(kaplan_meier(life_table([5, 9], [True, False])), [1, 5, 100])
    assert read.share.tolist() == [1, 0.5, 0.5]
