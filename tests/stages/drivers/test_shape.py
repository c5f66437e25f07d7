"""Shape: held against statsmodels, invariants, and planted asymmetry."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

import cxlens as cx
import cxlens.engine.answers as answers_module
from cxlens.engine import tables
from cxlens.errors import ValuesError
from cxlens.stages.drivers.shape import _clear_among_all

NAMES = ["basic", "excitement", "linear", "null"]
CONTRASTS = ["penalty", "reward", "asymmetry"]


def answers(seed: int = 0, n: int = 2000, *, planted: bool = True) -> pd.DataFrame:
    """Simulated scores of 1 to 5 with a halo, and an outcome with planted asymmetry, or straight effects only."""
    rng = np.random.default_rng(seed)
    s = np.clip(np.round(3.4 + 0.6 * rng.normal(size=(n, 1)) + 0.8 * rng.normal(size=(n, 4))), 1, 5)
    effect = -0.8 * (s[:, 0] <= 2) + 0.8 * (s[:, 1] >= 4) + 0.4 * s[:, 2] if planted else s @ [0.4, 0.4, 0.2, 0.0]
    frame = pd.DataFrame(s, columns=NAMES).assign(y=effect + 1.5 * rng.normal(size=n))
    frame["w"], frame["group"] = rng.uniform(0.5, 2, n), rng.choice(["one", "two"], n)
    frame["flight"] = rng.integers(0, 100, n)
    return frame


def survey(frame: pd.DataFrame | None = None, **roles) -> cx.Survey:
    roles = {"touchpoints": NAMES, "outcome": "y", "scale": cx.Scale(1, 5, not_used=[6], blank=[0])} | roles
    return cx.Survey(answers() if frame is None else frame, segments=["group"], **roles)


def looked_at(frame: pd.DataFrame | None = None, roles: dict | None = None, **options):
    return cx.drivers(survey(frame, **(roles or {})), **({"n_boot": 0} | options)).shape()


def by_name(view, name: str) -> pd.Series:
    return view.table.set_index("touchpoint")[name]


# Against statsmodels


def columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Low, high and score of each touchpoint, 0 where not used."""
    out = {}
    for name in NAMES:
        s = frame[name].where(frame[name] != 6)
        out |= {f"{name} low": s <= 2, f"{name} high": s >= 4, name: s.fillna(0)}
    return pd.DataFrame(out).astype(float)


@pytest.mark.parametrize("weighted", [False, True])
def test_penalty_and_reward_are_contrasts_of_a_regression_on_dummies_and_score(weighted):
    frame = answers()
    frame.loc[::7, "linear"] = 6
    w = frame["w"] if weighted else pd.Series(1.0, frame.index)
    used = frame["linear"] != 6
    x = sm.add_constant(columns(frame)).assign(used=used.astype(float))
    b = sm.WLS(frame["y"], x, w).fit().params
    view = looked_at(frame, {"weight": "w"} if weighted else {})
    for name in NAMES:
        s, own = frame[name][frame[name] != 6], w[frame[name] != 6]
        low, middle, high = (np.average(s[band], weights=own[band]) for band in (s <= 2, s == 3, s >= 4))
        penalty = b[f"{name} low"] - b[name] * (middle - low)
        reward = b[f"{name} high"] + b[name] * (high - middle)
        told = [by_name(view, what)[name] for what in CONTRASTS]
        assert told == pytest.approx([penalty, reward, -penalty / (middle - low) - reward / (high - middle)], abs=1e-9)


def test_curvature_is_the_robust_wald_test_of_the_square():
    frame = answers()
    x = frame[NAMES].join((frame[NAMES] ** 2).add_suffix(" squared"))
    fit = sm.OLS(frame["y"], sm.add_constant(x)).fit(cov_type="HC3", use_t=True)
    at = [f"{name} squared" for name in NAMES]
    view = looked_at(frame)
    assert by_name(view, "curvature").tolist() == pytest.approx(fit.params[at].tolist(), abs=1e-9)
    assert by_name(view, "curvature_p").tolist() == pytest.approx(fit.pvalues[at].tolist(), abs=1e-9)
    q = multipletests(fit.pvalues[at], method="fdr_bh")[1]
    assert by_name(view, "curvature_q").tolist() == pytest.approx(q.tolist(), abs=1e-9)


# Bands


@pytest.mark.parametrize(
    ("low", "high", "lows", "highs"),
    [(1, 5, [1, 2], [4, 5]), (0, 10, [0, 1, 2, 3], [7, 8, 9, 10]), (1, 7, [1, 2], [6, 7]), (1, 3, [1], [3])],
)
def test_the_middle_third_of_the_scale_is_the_reference(low, high, lows, highs):
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"a": rng.integers(low, high + 1, 3000), "group": "one"})
    frame["y"] = -3.0 * frame["a"].isin(lows) + 2.0 * frame["a"].isin(highs) + 0.01 * rng.normal(size=3000)
    view = looked_at(frame, {"touchpoints": ["a"], "scale": cx.Scale(low, high)})
    assert view.table.loc[0, ["penalty", "reward"]].tolist() == pytest.approx([-3, 2], abs=0.01)
    bands = view.parts["bands"].loc[0]
    assert [s for s in range(low, high + 1) if s < bands["low_below"] - 1e-6] == lows
    assert [s for s in range(low, high + 1) if s > bands["high_above"] + 1e-6] == highs
    again = looked_at(frame, {"touchpoints": ["a"], "scale": None})
    assert again.parts["bands"].loc[0].tolist()[1:] == pytest.approx(bands.tolist()[1:])


def test_a_band_of_too_few_scores_gives_no_figures_and_is_named():
    frame = answers()
    frame["null"] = np.where(frame["null"] < 3, 3, frame["null"])
    frame.loc[:3, "null"] = 1
    view = looked_at(frame, n_boot=20)
    row = view.table.set_index("touchpoint").loc["null"]
    assert row[["penalty", "reward_high", "asymmetry", "p_basic"]].isna().all()
    assert row["class"] == "undecided"
    assert "Too few low, middle or high scores: null." in view.note
    assert by_name(view, "penalty").drop("null").notna().all()


# Known truth


@pytest.mark.simulation
def test_planted_classes_are_found():
    """Simulated; in 40 seeds with 300 resamples: basic 40, excitement 40, linear performance 39, null undecided 40."""
    found = [by_name(looked_at(answers(seed), n_boot=200), "class") for seed in range(8)]
    table = pd.concat(found).groupby(level=0).value_counts().to_dict()
    assert table[("basic", "basic")] == 8
    assert table[("excitement", "excitement")] == 8
    assert table[("linear", "performance")] >= 7
    assert table[("null", "undecided")] >= 7


@pytest.mark.simulation
def test_straight_effects_are_seldom_called_asymmetric_or_bent():
    """Simulated; in 200 seeds 5.0 % of classes, in 400 seeds 4.2 % of curvature tests."""
    views = [looked_at(answers(1000 + seed, planted=False), n_boot=100 if seed < 15 else 0) for seed in range(40)]
    called = np.mean([by_name(view, "class").isin(["basic", "excitement"]).to_numpy() for view in views[:15]])
    bent = np.mean([(by_name(view, "curvature_p") < 0.05).to_numpy() for view in views])
    assert called <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
    assert bent <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 160)


def test_classes_follow_from_the_intervals_alone():
    view = looked_at(answers(3), n_boot=100)
    table = view.table.set_index("touchpoint")
    assert table.loc["basic", "asymmetry_low"] > 0 > table.loc["basic", "penalty_high"]
    assert table.loc["excitement", "asymmetry_high"] < 0 < table.loc["excitement", "reward_low"]
    assert table.loc["linear", "asymmetry_low"] < 0 < table.loc["linear", "asymmetry_high"]
    assert (table["p_basic"] + table["p_excitement"]).tolist() == pytest.approx([1] * 4)
    none = looked_at(answers(3))
    assert set(none.table["class"]) == {"undecided"}
    assert none.table[["penalty_low", "reward_high", "p_basic"]].isna().all(axis=None)
    assert "Without redraws no class is decided." in none.note


def test_the_sentence_names_the_classes():
    view = looked_at(answers(3), n_boot=100)
    assert str(view) == (
        "basic matters most when rated low (basic); excitement matters most when rated high (excitement), "
        "1 counts both ways (performance), 1 is undecided. n = 2,000."
    )
    assert (
        "100 redraws of |penalty| - reward by score point; the finding tells those that are clear, allowing for all."
    ) in view.note


def test_a_class_that_is_not_clear_among_all_is_not_told():
    """Of six effects that are straight, a class was told of one in 17 of 40 simulated studies, now in 2; 2 are due."""
    table = pd.DataFrame(
        {
            "touchpoint": ["sure", "second", "by itself", "level", "not drawn"],
            "class": ["basic", "excitement", "basic", "performance", "undecided"],
            "p_basic": [1.0, 0.004, 0.98, 0.5, np.nan],
            "p_excitement": [0.0, 0.996, 0.02, 0.5, np.nan],
        }
    )
    told = _clear_among_all(table, 0.95)
    assert told["class"].tolist() == ["basic", "excitement", "undecided", "performance", "undecided"]
    assert table["class"].iloc[2] == "basic"


# Invariants


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_turning_scores_round_swaps_penalty_and_reward(seed):
    frame = answers(seed, n=300)
    here, there = looked_at(frame).table, looked_at(frame.assign(**{name: 6 - frame[name] for name in NAMES})).table
    assert there["penalty"].tolist() == pytest.approx(here["reward"].tolist(), abs=1e-8, nan_ok=True)
    assert there["asymmetry"].tolist() == pytest.approx(here["asymmetry"].tolist(), abs=1e-8, nan_ok=True)
    assert there["curvature"].tolist() == pytest.approx(here["curvature"].tolist(), abs=1e-8)


@settings(max_examples=10)
@given(st.integers(0, 1000), st.floats(0.1, 50), st.floats(-10, 10))
def test_figures_are_in_points_of_the_outcome(seed, factor, shift):
    frame = answers(seed, n=300)
    here, there = looked_at(frame).table, looked_at(frame.assign(y=factor * frame["y"] + shift)).table
    for name in [*CONTRASTS, "curvature"]:
        assert there[name].tolist() == pytest.approx((factor * here[name]).tolist(), rel=1e-6, abs=1e-8, nan_ok=True)


# Every kind of question


def test_segments_are_looked_at_one_by_one():
    frame = answers()
    view = looked_at(frame, by="group")
    alone = looked_at(frame[frame["group"] == "two"])
    own = view.table[view.table["segment"] == "two"].drop(columns="segment").reset_index(drop=True)
    pd.testing.assert_frame_equal(own, alone.table)
    assert str(view) == "for one 4 are undecided; for two 4 are undecided. n = 2,000."


def test_a_segment_of_too_few_answers_has_no_figures():
    frame = answers()
    frame.loc[:7, "group"] = "few"
    view = looked_at(frame, by="group", n_boot=10)
    few = view.table[view.table["segment"] == "few"]
    assert len(few) == 4
    assert few[["penalty", "asymmetry_low", "curvature", "curvature_q"]].isna().all(axis=None)
    assert "basic in few" in view.note


def test_groups_factors_and_products_stay_in_the_model_without_figures():
    view = looked_at(
        groups={"both": ["basic", "null"]}, factors=["group"], interactions=[("excitement", "linear")], n_boot=10
    )
    table = view.table.set_index("touchpoint")
    several = ["both", "group", "excitement × linear"]
    assert table.loc[several].drop(columns="n").isna().all(axis=None)
    assert table.loc[["excitement", "linear"], ["penalty", "curvature_p", "p_basic"]].notna().all(axis=None)
    assert "No touchpoint of its own, so without figures: both, group, excitement × linear." in view.note
    assert str(looked_at(groups={"all": NAMES})) == "no class is known. n = 2,000."


def test_a_duplicate_does_not_disturb_the_first():
    frame = answers().assign(again=lambda f: f["basic"])
    view = looked_at(frame, {"touchpoints": [*NAMES, "again"]})
    assert by_name(view, "penalty")[NAMES].tolist() == pytest.approx(by_name(looked_at(), "penalty").tolist())
    assert np.isnan(by_name(view, "penalty")["again"])


@pytest.mark.parametrize("options", [{"missing": "drop"}, {"blanks": "impute"}])
def test_other_ways_with_missing_scores(options):
    frame = answers(n=800)
    frame.loc[::9, "linear"] = 6
    frame.loc[5::50, "null"] = 0
    view = looked_at(frame, n_boot=20, **options)
    assert view.table[["penalty", "reward_low", "asymmetry", "curvature_p"]].notna().all(axis=None)
    assert by_name(view, "class")["basic"] == "basic"


def test_clusters_and_rows_on_disk(monkeypatch):
    frame = answers()
    near = looked_at(frame, {"cluster": "flight"}, n_boot=200)
    for module in (tables, answers_module):
        monkeypatch.setattr(module, "IN_MEMORY", 100)
    far = looked_at(frame, {"cluster": "flight"}, n_boot=200)
    for name in CONTRASTS:
        assert far.table[name].tolist() == pytest.approx(near.table[name].tolist(), abs=1e-9)
        assert far.table[f"{name}_low"].tolist() == pytest.approx(near.table[f"{name}_low"].tolist(), abs=0.15)
    assert far.table["class"].tolist()[:2] == NAMES[:2]


# Errors


def test_measurements_without_a_scale_are_refused():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=1500), "y": rng.normal(size=1500), "group": "one"})
    with pytest.raises(ValuesError) as error:
        looked_at(frame, {"touchpoints": ["a"], "scale": None})
    assert str(error.value) == (
        "shape cannot tell low scores from high ones: there are too many different scores, and no scale. "
        "Name the scale: cx.Survey(..., scale=cx.Scale(low, high))."
    )
