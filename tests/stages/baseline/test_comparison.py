"""Differences between two samples: as SciPy has them, small cells blank, scales that differ told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx
from cxlens.stages.baseline.comparison import (
    blank_small,
    differences,
    grouping,
    means_to_compare,
    rank_agreement,
    warn_of_scales,
    welch,
)
from cxlens.stages.baseline.score import score_means


def survey(values: dict[str, list[float]], scale: cx.Scale | None = None, **roles) -> cx.Survey:
    frame = pd.DataFrame(values).assign(y=1)
    names = [name for name in values if name not in ("who", "wave")]
    return cx.Survey(frame, touchpoints=names, outcome="y", scale=scale or cx.Scale(1, 5), **roles)


def means_of(asked: cx.Survey, by: str | None = None) -> pd.DataFrame:
    return blank_small(score_means(asked, by), asked, by, 5)


def test_a_difference_is_that_of_scipy():
    rng = np.random.default_rng(0)
    a, b = rng.integers(1, 6, 40), rng.integers(2, 6, 25)
    one, two = (means_of(survey({"web": x.tolist()})) for x in (a, b))
    table = one.merge(two, "inner", "touchpoint", suffixes=("", "_other"))
    found = welch(table, "other", 0.9).iloc[0]
    theirs = stats.ttest_ind(a, b, equal_var=False)
    span = theirs.confidence_interval(0.9)
    assert found["difference"] == pytest.approx(a.mean() - b.mean())
    assert found["p_value"] == pytest.approx(theirs.pvalue)
    assert (found["difference_low"], found["difference_high"]) == pytest.approx((span.low, span.high))


def side_by_side(ours: cx.Survey, theirs: cx.Survey) -> pd.DataFrame:
    one, two = (means_to_compare(asked, None, 0.95, 5) for asked in (ours, theirs))
    return one.merge(two, "inner", ["segment", "touchpoint"], suffixes=("", "_other"))


def test_many_answers_are_told_apart_by_welch_and_few_by_people_who_change_places():
    rng = np.random.default_rng(0)
    ours, many, few = (rng.integers(1, 6, n).tolist() for n in (400, 300, 40))
    table = side_by_side(survey({"web": ours}), survey({"web": many}))
    pd.testing.assert_frame_equal(
        differences(table, "other", 0.95).drop(columns="q_value"), welch(table, "other", 0.95)
    )
    table = side_by_side(survey({"web": ours}), survey({"web": few}))
    found = differences(table, "other", 0.95).iloc[0]
    moved = stats.permutation_test(
        (ours, few),
        lambda x, y, axis: stats.ttest_ind(x, y, axis=axis, equal_var=False).statistic,
        n_resamples=4_999,
        vectorized=True,
        random_state=1,
    )
    assert found["p_value"] == pytest.approx(moved.pvalue, abs=0.05)
    low, high = found["difference_low"], found["difference_high"]
    assert (low > 0 or high < 0) == (found["p_value"] < 0.05)
    assert found["p_value"] == found["q_value"]


def test_a_side_that_is_all_alike_is_told_apart_too():
    rng = np.random.default_rng(2)
    ours = survey({"web": rng.integers(1, 6, 300).tolist()})
    found = differences(side_by_side(ours, survey({"web": [5] * 30})), "other", 0.95).iloc[0]
    assert found["p_value"] < 0.001
    assert found["difference_high"] < 0
    none = differences(side_by_side(survey({"web": [5] * 40}), survey({"web": [5] * 30})), "other", 0.95).iloc[0]
    assert np.isnan(none["p_value"])


def test_clusters_and_weights_keep_their_errors():
    rng = np.random.default_rng(1)
    who = [f"p{k}" for k in range(20)] * 2
    first = rng.integers(1, 6, 20)
    web = [*first.tolist(), *(first % 5 + 1).tolist()]
    ours = survey({"web": rng.integers(1, 6, 400).tolist()})
    frame = pd.DataFrame({"web": web, "who": who, "y": 1})
    theirs = cx.Survey(frame, touchpoints=["web"], outcome="y", scale=cx.Scale(1, 5), respondent="who")
    table = side_by_side(ours, theirs)
    found = differences(table, "other", 0.95).drop(columns="q_value")
    pd.testing.assert_frame_equal(found, welch(table, "other", 0.95))
    weighted = frame.assign(w=np.where(frame["web"] > 3, 0.2, 1.0))
    theirs = cx.Survey(weighted, touchpoints=["web"], outcome="y", scale=cx.Scale(1, 5), weight="w")
    row = differences(side_by_side(ours, theirs), "other", 0.95).iloc[0]
    by_hand = np.average(web, weights=weighted["w"])
    assert row["difference"] == pytest.approx(ours.table["web"].mean() - by_hand)
    assert row["difference_low"] < row["difference"] < row["difference_high"]


def test_small_cells_are_blank_and_another_with_them():
    who = np.repeat(["a", "b", "c", "d"], [3, 30, 20, 6]).tolist()
    web = [*(np.arange(53) % 5 + 1).tolist(), *[np.nan] * 6]
    found = means_of(survey({"web": web, "who": who}, segments=["who"]), "who")
    why = "fewer than 5 answers, or hidden to protect people"
    assert found["note"].tolist() == [why, "", why, "no answers"]
    assert found["mean"].isna().tolist() == [True, False, True, True]
    assert found["n"].isna().tolist() == [True, False, True, True]


@pytest.mark.parametrize(("other", "words"), [(cx.Scale(0, 10), "0 to 10"), (None, "no scale")])
def test_scales_that_differ_are_told(other, words):
    one = survey({"web": [1, 2, 3]})
    two = cx.Survey(pd.DataFrame({"web": [1, 2], "y": 1}), touchpoints=["web"], outcome="y", scale=other)
    with pytest.warns(UserWarning, match="the scale of Other") as said:
        warn_of_scales(one, two, "Other")
    assert str(said[0].message) == (
        f"the scale of Other is {words}, ours 1 to 5: differences of means say nothing. "
        "Compare questions with one wording and scale."
    )


def test_rank_agreement_is_spearmans():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 15))
    y[3] = np.nan
    r, low, high = rank_agreement(x, y, 0.95)
    keep = ~np.isnan(y)
    assert r == pytest.approx(stats.spearmanr(x[keep], y[keep]).statistic)
    z, half = np.arctanh(r), 1.959964 * np.sqrt((1 + r**2 / 2) / 11)
    assert (low, high) == pytest.approx((np.tanh(z - half), np.tanh(z + half)), rel=1e-6)
    assert np.isnan(rank_agreement(x[:3], x[:3], 0.95)).all()
    assert np.isnan(rank_agreement(np.ones(9), x[:9], 0.95)).all()


def test_the_segments_of_a_baseline_by_several_columns():
    made = survey({"web": [1, 2] * 9, "who": ["a", "b"] * 9, "wave": [1] * 9 + [2] * 9}, segments=["who"], time="wave")
    said = [grouping(cx.baseline(made, by=by)) for by in (None, "who", "wave", ["wave", "who"])]
    assert said == [None, "who", "wave", "who"]
