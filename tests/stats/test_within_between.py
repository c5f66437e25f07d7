"""Slopes within and between groups: held against statsmodels, a jackknife by hand, and known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cxlens.stats.random_intercepts import Groups, spread_between
from cxlens.stats.within_between import (
    Between,
    Ratings,
    about_means,
    between_slopes,
    centred,
    reliability,
    variance_of_means,
    within_slopes,
)

BLOCKS = 50
AT = np.array([1, 2])


def rows(k: int = 12, each: int = 25, seed: int = 0, level: float = 0.5) -> pd.DataFrame:
    """Answers of k groups: two scores, of which the second tells of the group beyond its answers."""
    rng = np.random.default_rng(seed)
    n = np.full(k, each) if each else rng.integers(4, 60, k)
    group = np.repeat(np.arange(k), n)
    quality = rng.normal(0, 0.5, (k, 2))
    x = 3 + quality[group] + rng.normal(0, 1, (len(group), 2))
    y = 0.8 * x[:, 0] + 1.5 * quality[group, 1] + rng.normal(0, level, k)[group] + rng.normal(0, 1, len(group))
    frame = pd.DataFrame(x, columns=["a", "b"]).assign(y=y, group=group, w=rng.uniform(0.5, 2, len(group)))
    return frame.assign(block=np.arange(len(group)) % BLOCKS)


def products_of(frame: pd.DataFrame, weight: str | None = None) -> np.ndarray:
    """(k, b, q, q) cross-products by group and block."""
    k = frame["group"].nunique()
    z = np.column_stack([np.ones(len(frame)), frame[["a", "b", "y"]]])
    w = frame[weight].to_numpy() if weight else np.ones(len(frame))
    products = np.zeros((k, BLOCKS, 4, 4))
    np.add.at(products, (frame["group"], frame["block"]), w[:, None, None] * z[:, :, None] * z[:, None, :])
    return products


def split(frame: pd.DataFrame) -> Between:
    """Slopes between the groups."""
    products = products_of(frame)
    sums = centred(products)
    fit = within_slopes(sums, len(frame), clustered=False)
    n = frame.groupby("group").size().to_numpy()
    variance = variance_of_means(products, sums, fit, n)
    of_one = np.array([1.0, 1.0])
    return between_slopes(sums, fit, Ratings(sums.means[:, 1:3], of_one / n[:, None]), AT, variance)


@pytest.mark.parametrize("weight", [None, "w"])
def test_slopes_within_are_those_of_least_squares_with_a_level_for_each_group(weight):
    frame = rows(each=0)
    fit = within_slopes(centred(products_of(frame, weight)), len(frame), clustered=False)
    x = pd.get_dummies(frame["group"]).astype(float).to_numpy()
    w = frame[weight] if weight else 1.0
    by_dummies = sm.WLS(frame["y"], np.column_stack([frame[["a", "b"]], x]), w).fit()
    assert fit.coef[1:] == pytest.approx(by_dummies.params.to_numpy()[:2], abs=1e-9)
    assert fit.coef[0] == pytest.approx(0, abs=1e-9)


def test_errors_within_are_the_jackknife_over_groups():
    frame = rows(each=0)
    fit = within_slopes(centred(products_of(frame)), len(frame), clustered=False)
    left_out = []
    for group in range(12):
        rest = frame[frame["group"] != group]
        about = rest[["a", "b", "y"]] - rest.groupby("group")[["a", "b", "y"]].transform("mean")
        left_out.append(sm.OLS(about["y"], about[["a", "b"]]).fit().params.to_numpy())
    apart = np.array(left_out) - fit.coef[1:]
    assert fit.cov[1:, 1:] == pytest.approx(11 / 12 * apart.T @ apart, rel=1e-9)


def test_clusters_that_reach_over_groups_make_errors_no_smaller():
    frame = rows(40, 30)
    rng = np.random.default_rng(3)
    shock = rng.normal(0, 1, BLOCKS)
    frame["a"] += shock[frame["block"]]
    frame["y"] += 2 * rng.normal(0, 1, BLOCKS)[frame["block"]]
    sums = centred(products_of(frame))
    plain = within_slopes(sums, len(frame), clustered=False)
    clustered = within_slopes(sums, len(frame), clustered=True)
    assert (clustered.coef == plain.coef).all()
    assert clustered.errors[1] > 1.5 * plain.errors[1]
    assert (clustered.errors[1:] >= plain.errors[1:]).all()


def test_with_groups_of_one_size_slopes_between_are_those_of_least_squares_of_means():
    frame = rows()
    means = frame.groupby("group")[["a", "b", "y"]].mean()
    ols = sm.OLS(means["y"], sm.add_constant(means[["a", "b"]])).fit()
    found = split(frame)
    assert found.slope == pytest.approx(ols.params.to_numpy()[1:], abs=1e-6)
    assert found.error == pytest.approx(ols.bse.to_numpy()[1:], rel=1e-4)
    assert (found.groups, found.df) == (12, 9)


def test_the_difference_is_that_of_a_mixed_model_with_means_of_groups():
    frame = rows(30, 20, seed=4)
    means = frame.groupby("group")[["a", "b"]].transform("mean").add_suffix(" of group")
    x = sm.add_constant(frame[["a", "b"]].join(means))
    mixed = sm.MixedLM(frame["y"], x, frame["group"]).fit()
    found = split(frame)
    assert found.difference == pytest.approx(mixed.params[["a of group", "b of group"]].to_numpy(), abs=1e-4)
    assert found.difference_error == pytest.approx(mixed.bse[["a of group", "b of group"]].to_numpy(), rel=0.15)


def test_errors_of_means_are_the_usual_ones_where_answers_are_independent():
    frame = rows(200, 40, seed=2)
    products = products_of(frame)
    sums = centred(products)
    fit = within_slopes(sums, len(frame), clustered=False)
    variance = variance_of_means(products, sums, fit, np.full(200, 40))
    assert variance == pytest.approx(np.full(200, 1 / 40), rel=0.05)


def test_groups_no_more_than_ratings_tell_nothing_between():
    found = split(rows(3, 40))
    assert (found.groups, found.df) == (3, 0)
    assert np.isnan(found.slope).all()


def test_a_rating_that_follows_from_another_has_no_slope_between():
    frame = rows()
    products = products_of(frame)
    sums = centred(products)
    fit = within_slopes(sums, len(frame), clustered=False)
    twice = Ratings(np.column_stack([sums.means[:, 1]] * 2), np.full((12, 2), 0.04))
    found = between_slopes(sums, fit, twice, AT, np.full(12, 0.04))
    assert np.isfinite(found.slope[0])
    assert np.isnan(found.slope[1])


def test_cross_products_about_means_have_no_sums_left():
    raw = products_of(rows())[0]
    means = raw.sum(axis=0)[0] / raw.sum(axis=0)[0, 0]
    about = about_means(raw, means).sum(axis=0)
    assert about[0, 1:] == pytest.approx(np.zeros(3), abs=1e-9)
    assert about[0, 0] == pytest.approx(25)


def test_reliability_is_the_share_of_true_differences():
    mean = np.array([[3.0, 3.0], [3.5, np.nan], [4.0, 3.2], [4.5, 3.1]])
    variance = np.full((4, 2), 0.04)
    between = spread_between(Groups(mean[:, 0], variance[:, 0], np.inf), 0.95).between
    found = reliability(Ratings(mean, variance), 0.95)
    assert found[0] == pytest.approx(between / (between + 0.04))
    assert found[1] < 0.5
    assert np.isnan(reliability(Ratings(mean[:1], variance[:1]), 0.95)).all()
