from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from cxlens.stats.intervals import (
    effective_n,
    mean_interval,
    normal_quantile,
    nps,
    nps_difference,
    nps_interval,
    nps_points,
    t_quantile,
    wilson,
    wilson_by_error,
)

QUOTED = json.loads((Path(__file__).parents[1] / "reference" / "intervals.json").read_text())
SAMPLES = 20_000
COUNTS = st.tuples(*[st.integers(0, 200)] * 3).filter(lambda counts: sum(counts) > 0)


def slack(share: float) -> float:
    """Four times the Monte Carlo error of a share of the samples."""
    return 4 * float(np.sqrt(share * (1 - share) / SAMPLES))


@pytest.mark.parametrize("case", QUOTED["nps_ci"], ids=lambda case: f"{case['det']}-{case['pas']}-{case['pro']}")
def test_nps_interval_equals_the_reference(case: dict) -> None:
    counts = case["det"], case["pas"], case["pro"]
    assert nps(*counts) == pytest.approx(100 * case["nps"], abs=1e-6)
    expected = np.clip(100 * np.array(case["adj_wald"]), -100, 100)
    assert_allclose(nps_interval(*counts), expected, rtol=0, atol=1e-6)


def test_nps_difference_equals_the_reference() -> None:
    case = QUOTED["nps_two_sample"]
    change, low, high, p = nps_difference(tuple(case["y"]), tuple(case["x"]))
    expected = [100 * case["diff"], 100 * case["ci"][0], 100 * case["ci"][1]]
    assert_allclose([change, low, high], expected, rtol=0, atol=1e-6)
    assert p == pytest.approx(case["p"], abs=1e-6)


@pytest.mark.parametrize("case", QUOTED["wilson"])
def test_wilson_equals_the_reference(case: str) -> None:
    successes, n = map(int, case.split("/"))
    assert_allclose(wilson(successes, n), QUOTED["wilson"][case], rtol=0, atol=1e-6)


def test_quoted_numbers_are_those_of_the_reference(shared: Path) -> None:
    source = json.loads((shared / "reference" / "measures.json").read_text())
    assert QUOTED["wilson"] == source["wilson"]["value"]
    for quoted, case in zip(QUOTED["nps_ci"], source["nps_ci"]["value"], strict=True):
        assert quoted == {key: case[key] for key in quoted}
    pair = source["nps_two_sample"]["value"]
    assert QUOTED["nps_two_sample"] == {"x": pair["x"], "y": pair["y"], **pair["adj"]}


@given(COUNTS, st.floats(0.5, 0.999))
def test_nps_interval_holds_the_adjusted_score_and_mirrors(counts: tuple[int, int, int], level: float) -> None:
    det, pas, pro = counts
    low, high = nps_interval(det, pas, pro, level)
    assert -100 <= low < high <= 100
    assert_allclose(nps_interval(pro, pas, det, level), [-high, -low], atol=1e-9)
    assert nps(pro, pas, det) == pytest.approx(-nps(det, pas, pro))


@given(COUNTS, COUNTS)
def test_nps_difference_turns_its_sign_with_time(before: tuple[int, int, int], after: tuple[int, int, int]) -> None:
    change, low, high, p = nps_difference(before, after)
    back = nps_difference(after, before)
    assert_allclose(back, [-change, -high, -low, p], atol=1e-9)
    assert low < change < high
    assert 0 < p <= 1


def test_an_empty_group_has_no_nps() -> None:
    assert_array_equal(np.isnan(nps([0, 1], [0, 1], [0, 2])), [True, False])


@given(st.integers(1, 300), st.data(), st.floats(0.5, 0.999))
def test_wilson_equals_statsmodels(n: int, data: st.DataObject, level: float) -> None:
    from statsmodels.stats.proportion import proportion_confint

    successes = data.draw(st.integers(0, n))
    low, high = wilson(successes, n, level)
    assert_allclose([low, high], proportion_confint(successes, n, 1 - level, "wilson"), atol=1e-10)
    assert low - 1e-12 <= successes / n <= high + 1e-12


def test_wilson_of_nobody_is_unknown() -> None:
    low, high = wilson([0, 1], [0, 2])
    assert_array_equal(np.isnan(low), [True, False])
    assert_array_equal(np.isnan(high), [True, False])


def test_mean_interval_is_students() -> None:
    x = np.random.default_rng(0).normal(size=17)
    low, high = mean_interval(x.mean(), x.var(ddof=1), len(x), 0.9)
    expected = stats.t.interval(0.9, 16, x.mean(), stats.sem(x))
    assert_allclose([low, high], expected, rtol=1e-12)


def test_mean_interval_needs_two_answers() -> None:
    low, high = mean_interval([3, 3, 3], [1, 1, 1], [0, 1, 2])
    assert_array_equal(np.isnan(low), [True, True, False])
    assert_array_equal(np.isnan(high), [True, True, False])


def test_quantiles() -> None:
    assert normal_quantile(0.95) == pytest.approx(1.959963984540054)
    assert_allclose(t_quantile(0.95, [10, np.inf]), [stats.t.ppf(0.975, 10), 1.959963984540054])
    assert np.isnan(t_quantile(0.95, [0, -1])).all()


def test_effective_n() -> None:
    w = np.array([1, 1, 4.0])
    assert effective_n(w.sum(), (w**2).sum()) == pytest.approx(2)
    assert_array_equal(effective_n([5, 0], [5, 0]), [5, 0])


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=30), st.floats(0.1, 10))
def test_effective_n_does_not_depend_on_the_unit_of_weights(w: list[float], factor: float) -> None:
    weights = np.array(w)
    n = effective_n(weights.sum(), (weights**2).sum())
    assert n == pytest.approx(effective_n(factor * weights.sum(), (factor * weights) @ (factor * weights)))
    assert 1 - 1e-9 <= n <= len(w) + 1e-9


@pytest.mark.simulation
@pytest.mark.parametrize("n", [5, 30])
def test_mean_intervals_cover(n: int) -> None:
    x = np.random.default_rng(n).normal(4, 0.8, size=(SAMPLES, n))
    low, high = mean_interval(x.mean(axis=1), x.var(axis=1, ddof=1), n)
    assert ((low <= 4) & (high >= 4)).mean() == pytest.approx(0.95, abs=slack(0.95))


@pytest.mark.simulation
def test_mean_intervals_cover_with_weights() -> None:
    rng = np.random.default_rng(1)
    x, w = rng.normal(4, 0.8, size=(SAMPLES, 80)), rng.uniform(0.5, 2, size=(SAMPLES, 80))
    n = effective_n(w.sum(axis=1), (w**2).sum(axis=1))
    mean = (w * x).sum(axis=1) / w.sum(axis=1)
    variance = (w * (x - mean[:, None]) ** 2).sum(axis=1) / w.sum(axis=1) * n / (n - 1)
    low, high = mean_interval(mean, variance, n)
    assert ((low <= 4) & (high >= 4)).mean() == pytest.approx(0.95, abs=slack(0.95))


@pytest.mark.simulation
def test_wilson_covers() -> None:
    """Averaged over shares, as single ones jump with the lattice; none falls far (Brown, Cai and DasGupta 2001)."""
    rng = np.random.default_rng(2)
    shares = rng.uniform(0.02, 0.98, SAMPLES)
    for n in (10, 40):
        low, high = wilson(rng.binomial(n, shares), n)
        assert ((low <= shares) & (high >= shares)).mean() == pytest.approx(0.95, abs=0.005 + slack(0.95))


@pytest.mark.simulation
@pytest.mark.parametrize("n", [20, 100])
@pytest.mark.parametrize("truth", [(0.15, 0.35, 0.5), (0.3, 0.4, 0.3), (0.05, 0.25, 0.7)])
def test_nps_intervals_cover(truth: tuple[float, float, float], n: int) -> None:
    counts = np.random.default_rng(n).multinomial(n, truth, SAMPLES)
    low, high = nps_interval(*counts.T)
    score = 100 * (truth[2] - truth[0])
    assert ((low <= score) & (high >= score)).mean() == pytest.approx(0.95, abs=0.015 + slack(0.95))


def test_the_mean_of_nps_points_is_the_nps() -> None:
    points = nps_points([0, 6, 7, 8, 9, 10, 10, np.nan])
    assert points[:-1].tolist() == [-100, -100, 0, 0, 100, 100, 100]
    assert np.isnan(points[-1])
    assert np.nanmean(points) == pytest.approx(float(nps(2, 2, 3)))


def test_wilson_by_error_is_as_wide_as_the_share_is_worth() -> None:
    share, n = 0.3, 400
    by_error = wilson_by_error(share, np.sqrt(share * (1 - share) / n), 100_000)
    assert_allclose(by_error, wilson(share * n, n), rtol=1e-3)
    few = wilson_by_error(share, np.sqrt(share * (1 - share) / n), 10)
    worth = n * (normal_quantile(0.95) / t_quantile(0.95, 9)) ** 2
    assert_allclose(few, wilson(share * worth, worth))


def test_wilson_by_error_keeps_a_width_where_all_or_none_have_it() -> None:
    assert_allclose(wilson_by_error([0.0, 1.0], [0.0, 0.0], 20), wilson([0, 20], 20))
    assert np.isnan(wilson_by_error(0.5, 0.1, 1)).all()
