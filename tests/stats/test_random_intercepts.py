"""Groups around a common level: against statsmodels and printed figures, and against known truth."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from cxlens.stats.random_intercepts import Groups, differ_p, draw, ranks, shrink, spread_between

# 13 trials of a vaccine: log risk ratios and variances, as printed beside the figures of Viechtbauer's package
TRIALS = [
    (-0.8893, 0.3256), (-1.5854, 0.1946), (-1.3481, 0.4154), (-1.4416, 0.0200), (-0.2175, 0.0512), (-0.7861, 0.0069),
    (-1.6209, 0.2230), (0.0120, 0.0040), (-0.4694, 0.0564), (-1.3713, 0.0730), (-0.3394, 0.0124), (0.4459, 0.5325),
    (-0.0173, 0.0714),
]  # fmt: skip


def test_the_spread_between_groups_is_that_of_printed_figures() -> None:
    mean, variance = np.array(TRIALS).T
    spread = spread_between(Groups(mean, variance, 1e9), 0.95)
    assert [spread.between, spread.low, spread.high] == pytest.approx([0.3132, 0.1197, 1.1115], abs=0.002)
    assert spread.centre == pytest.approx(-0.7145, abs=0.0005)


def balanced(k: int = 12, n: int = 25, sd: float = 0.4) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    truth = np.repeat(rng.normal(3.5, sd, k), n)
    return pd.DataFrame({"place": np.repeat(np.arange(k), n), "y": truth + rng.normal(0, 1, k * n)})


def groups_of(frame: pd.DataFrame) -> Groups:
    by_place = frame.groupby("place")["y"]
    n = by_place.size().to_numpy()
    df = len(frame) - len(n)
    within = ((frame["y"] - by_place.transform("mean")) ** 2).sum() / df
    return Groups(by_place.mean().to_numpy(), within / n, df)


def test_values_of_as_many_answers_each_are_those_of_statsmodels() -> None:
    frame = balanced()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = smf.mixedlm("y ~ 1", frame, groups="place").fit(reml=True)
    groups = groups_of(frame)
    spread = spread_between(groups, 0.95)
    assert spread.between == pytest.approx(float(model.cov_re.iloc[0, 0]), abs=1e-4)
    theirs = [float(model.params["Intercept"]) + float(effect.iloc[0]) for effect in model.random_effects.values()]
    assert shrink(groups, spread, 0.95).value == pytest.approx(theirs, abs=1e-4)


def test_groups_that_are_alike_are_told_as_one() -> None:
    groups = Groups(np.full(8, 3.0), np.full(8, 0.04), 100)
    spread = spread_between(groups, 0.95)
    assert (spread.between, spread.low) == (0, 0)
    shrunk = shrink(groups, spread, 0.95)
    assert shrunk.value.tolist() == pytest.approx([3.0] * 8)
    assert (shrunk.low < 3).all()
    assert (shrunk.high > 3).all()
    assert differ_p(groups, np.full(8, 25.0), 0.0) == 1


def test_few_answers_are_drawn_further() -> None:
    groups = Groups(np.array([3.0, 4.0, 3.0, 4.0]), np.array([0.01, 0.01, 0.5, 0.5]), 200)
    value = shrink(groups, spread_between(groups, 0.95), 0.95).value
    assert value[0] < value[2] < value[3] < value[1]


def test_intervals_ranks_and_the_share_between_hold_the_truth() -> None:
    rng = np.random.default_rng(5)
    held, ranked, raw, shrunken, spreads = [], [], [], [], []
    for _ in range(60):
        n = np.clip(np.round(np.exp(rng.normal(np.log(34), 0.9, 40))), 5, 178)
        truth = rng.normal(0, 0.25, 40)
        groups = Groups(truth + rng.normal(0, 1 / np.sqrt(n)), 1 / n, n.sum() - 40)
        spread = spread_between(groups, 0.95)
        found = shrink(groups, spread, 0.95)
        standing = ranks(draw(groups, 400, rng), 0.95)
        true_rank = np.argsort(np.argsort(-truth)) + 1
        held.append((found.low <= truth) & (truth <= found.high))
        ranked.append((standing.low <= true_rank) & (true_rank <= standing.high))
        raw.append((groups.mean - truth) ** 2)
        shrunken.append((found.value - truth) ** 2)
        spreads.append(spread.low <= 0.25**2 <= spread.high)
    assert 0.92 < np.mean(held) < 0.98
    assert np.mean(ranked) > 0.94
    assert np.mean(shrunken) < 0.6 * np.mean(raw)
    assert np.mean(spreads) > 0.88


def test_ranks_and_the_lowest_quarter_are_counted_from_the_highest() -> None:
    drawn = np.array([[4.0, 3, 2, 1]] * 9 + [[3.0, 4, 2, 1]])
    standing = ranks(drawn, 0.95)
    assert standing.middle.tolist() == [1, 2, 3, 4]
    assert standing.low.tolist() == [1, 1, 3, 4]
    assert standing.high.tolist() == [2, 2, 3, 4]
    assert standing.in_lowest_quarter.tolist() == [0, 0, 0, 1]
