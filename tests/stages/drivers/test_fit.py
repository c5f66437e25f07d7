"""Figures of the drivers: invariants, other tools, known truth, and the same on disk as in memory."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

import cxlens as cx
import cxlens.engine.answers as answers_module
import cxlens.stats.adjusted as adjusted_module
from cxlens.engine import tables
from cxlens.stages.drivers.ask import ask
from cxlens.stages.drivers.fit import Estimates
from cxlens.stages.drivers.record import fit

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])
EVERYTHING = {
    "groups": {"front": ["a", "b"]},
    "factors": ["area"],
    "interactions": [("a", "c")],
    "covariates": ["d"],
    "by": "group",
}
POINTS = ["touchpoint", "n", "mean", "coef", "importance", "share", "p_value"]
SFO = [
    "Q7ART", "Q7FOOD", "Q7STORE", "Q7SIGN", "Q7WALKWAYS", "Q7SCREENS", "Q7WIFI", "Q9BOARDING", "Q9RESTROOM",
    "Q10SAFE", "Q14FIND", "Q14PASSTHRU",
]  # fmt: skip


def answers(n: int = 400, seed: int = 1, blank: float = 0.03) -> pd.DataFrame:
    """Simulated answers on a scale of 5 with a halo: 6 for not used, 0 for blank; outcomes of every kind."""
    rng = np.random.default_rng(seed)
    scores = np.clip(np.round(3.4 + 0.6 * rng.normal(size=(n, 1)) + rng.normal(size=(n, 4)) * 0.9), 1, 5).astype(int)
    frame = pd.DataFrame(scores, columns=list("abcd"))
    frame["y"] = scores @ [0.6, 0.4, 0.2, 0.0] + rng.normal(size=n)
    frame["nps"] = np.clip(np.round(frame["y"] + 4), 0, 10).astype(int)
    frame["stays"] = (frame["y"] + rng.normal(size=n) > 4).astype(int)
    frame["likes"] = pd.cut(frame["y"] + rng.normal(size=n), [-9, 3, 5, 99], labels=False) + 1
    frame["w"] = rng.uniform(0.5, 2, n)
    frame["group"] = rng.choice(["one", "two"], n)
    frame["area"] = rng.choice(["N", "S", "E"], n)
    frame["flight"] = rng.integers(0, n // 5 + 1, n)
    frame.loc[rng.random(n) < 0.2, "c"] = 6
    frame.loc[rng.random(n) < blank, "d"] = 0
    return frame


def survey(frame: pd.DataFrame | None = None, **roles) -> cx.Survey:
    kinds = {"y": "interval", "nps": "nps", "stays": "binary", "likes": "ordinal"}
    roles = {"touchpoints": list("abcd"), "outcome": kinds, "scale": SCALE, "segments": ["group", "area"], **roles}
    return cx.Survey(answers() if frame is None else frame, **roles)


def column(result: cx.drivers, name: str) -> dict[str, float]:
    return result.table.set_index("touchpoint")[name].to_dict()


# Invariants


@pytest.mark.parametrize("outcome", ["y", "nps", "stays", "likes"])
@pytest.mark.parametrize("method", ["lmg", "relative weights"])
def test_everything_at_once_sums_to_what_is_explained(outcome, method):
    made = survey(weight="w", cluster="flight")
    result = cx.drivers(made, outcome=outcome, method=method, n_boot=6, **EVERYTHING)
    assert set(result.table["touchpoint"]) == {"c", "front", "area", "a × c"}
    assert result.segments == ("one", "two")
    for segment, own in result.fit.set_index("segment").iterrows():
        table = result.of(segment)
        assert table["importance"].sum() == pytest.approx(own["r2"] - own["r2_controls"], abs=1e-9)
        assert table["share"].sum() == pytest.approx(1)
        assert (table["importance_low"] <= table["importance_high"]).all()
        assert table["p_value"].between(0, 1).all()
    explained = result.draws.r2 - result.draws.r2_controls
    np.testing.assert_allclose(result.draws.importance.sum(axis=-1), explained, atol=1e-9)


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.sampled_from(["lmg", "relative weights", "sampling"]))
def test_names_units_and_row_order_change_nothing(seed, method):
    frame = answers(80, seed)
    scale = cx.Scale(0, 200, not_used=[600], blank=[300])
    other = frame.sample(frac=1, random_state=seed).assign(y=lambda frame: 7 - 3 * frame["y"])
    other[list("abcd")] = other[list("abcd")].replace({0: 300, 6: 600, **{k: 10 + 20 * k for k in range(1, 6)}})
    other = other.drop(columns="w").rename(columns=dict(zip("abcd", "wxyz", strict=True)) | {"y": "outcome"})
    options = {"groups": {"front": ["a", "b"]}, "factors": ["area"], "method": method}
    one = cx.drivers(survey(frame, outcome="y"), n_boot=0, **options)
    renamed = cx.Survey(other, touchpoints=list("wxyz"), outcome="outcome", scale=scale, segments=["area"])
    two = cx.drivers(renamed, n_boot=0, groups={"front": ["w", "x"]}, factors=["area"], method=method)
    names = {"front": "front", "area": "area", "c": "y", "d": "z"}
    for figure in ("importance", "p_value", "n"):
        ours, theirs = column(one, figure), column(two, figure)
        assert {names[name]: value for name, value in ours.items()} == pytest.approx(theirs, rel=1e-6, abs=1e-9)
    for name in ("c", "d"):
        assert column(two, "coef")[names[name]] == pytest.approx(column(one, "coef")[name] * -3 / 20, rel=1e-6)


@pytest.mark.parametrize("outcome", ["y", "stays", "likes"])
def test_a_duplicate_takes_half_and_raises_nothing(outcome):
    frame = answers().assign(a2=lambda frame: frame["a"])
    names = [*"abcd", "a2"]
    both = cx.drivers(survey(frame, touchpoints=names), outcome=outcome, n_boot=4)
    once = cx.drivers(survey(frame), outcome=outcome, n_boot=0)
    importance = column(both, "importance")
    assert importance["a2"] == pytest.approx(importance["a"], abs=1e-9)
    assert both.fit.loc[0, "r2"] == pytest.approx(once.fit.loc[0, "r2"], abs=1e-9)
    assert both.unusable["touchpoint"].tolist() == ["a2"]
    pair = cx.drivers(survey(frame, touchpoints=names), outcome=outcome, groups={"a": ["a", "a2"]}, n_boot=0)
    assert column(pair, "importance") == pytest.approx(column(once, "importance"), abs=1e-9)


@pytest.mark.parametrize("method", ["relative weights", "sampling"])
def test_duplicates_share_alike_by_the_other_methods(method):
    frame = answers().assign(a2=lambda frame: frame["a"])
    result = cx.drivers(survey(frame, touchpoints=[*"abcd", "a2"]), method=method, n_boot=0)
    importance = column(result, "importance")
    tolerance = 1e-9 if method == "relative weights" else 4 * result.measures["sampling_error"].max()
    assert importance["a2"] == pytest.approx(importance["a"], abs=tolerance)


@pytest.mark.parametrize("outcome", ["y", "stays"])
def test_a_group_of_one_is_the_touchpoint(outcome):
    one = cx.drivers(survey(), outcome=outcome, n_boot=10)
    two = cx.drivers(survey(), outcome=outcome, groups={"b": ["b"]}, n_boot=10)
    columns = ["touchpoint", "n", "mean", "coef", "coef_low", "importance", "importance_low", "p_value"]
    ours, theirs = (found.table.set_index("touchpoint").sort_index()[columns[1:]] for found in (one, two))
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-6)
    shares = {found.touchpoints.index("b"): found.estimate.shares for found in (one, two)}
    np.testing.assert_allclose(*(values[0, 0, place] for place, values in shares.items()))


def test_a_product_is_centred_so_that_shifting_scores_changes_nothing():
    frame = answers(blank=0)
    shifted = frame.assign(a=frame["a"] + 20, c=frame["c"].where(frame["c"] == 6, frame["c"] + 20).replace(6, 99))
    wide = cx.Scale(1, 25, not_used=[99])
    for touchpoints in (list("abd"), list("abcd")):
        product = ("a", touchpoints[2])
        one = cx.drivers(survey(frame, touchpoints=touchpoints), interactions=[product], n_boot=0)
        two = cx.drivers(survey(shifted, touchpoints=touchpoints, scale=wide), interactions=[product], n_boot=0)
        for figure in ("importance", "coef"):
            assert column(one, figure) == pytest.approx(column(two, figure), rel=1e-7)


def test_coefficients_of_a_product_are_those_of_statsmodels():
    frame = answers(blank=0)
    result = cx.drivers(survey(frame, touchpoints=["a", "b"]), interactions=[("a", "b")], n_boot=0)
    centred = frame[["a", "b"]] - frame[["a", "b"]].mean()
    design = sm.add_constant(centred.assign(product=centred["a"] * centred["b"]))
    model = sm.OLS(frame["y"], design).fit(cov_type="HC3", use_t=True)
    table = result.table.set_index("touchpoint").loc[["a", "b", "a × b"]]
    np.testing.assert_allclose(table["coef"], model.params[1:], rtol=1e-9)
    np.testing.assert_allclose(table["p_value"], model.pvalues[1:], rtol=1e-7)
    np.testing.assert_allclose(table[["coef_low", "coef_high"]], model.conf_int()[1:], rtol=1e-8)


def test_options_repeat_the_result():
    made = survey(weight="w", cluster="flight")
    for options in (
        {**EVERYTHING, "n_boot": 5, "level": 0.9, "seed": 3},
        {"outcome": "stays", "method": "relative weights", "n_boot": 5},
        {"missing": "drop", "blanks": "impute", "n_boot": 3},
    ):
        result = cx.drivers(made, **options)
        again = cx.drivers(made, **result.options)
        pd.testing.assert_frame_equal(again.table, result.table)
        pd.testing.assert_frame_equal(again.contrasts, result.contrasts)
        assert again.options == result.options


def test_default_number_of_resamples():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(1, 6, (60, 9)), columns=[f"t{j}" for j in range(9)])
    frame = frame.assign(y=rng.normal(size=60), stays=rng.integers(0, 2, 60))

    def draws(players: int, **options) -> int:
        made = cx.Survey(frame, touchpoints=list(frame)[:players], outcome={"y": "interval", "stays": "binary"})
        return cx.drivers(made, **options).n_boot

    assert draws(2, outcome="stays") == 1000
    assert draws(5, outcome="stays") == draws(9, outcome="stays") == 1000
    assert draws(2, method="sampling") == 200
    assert draws(2, method="relative weights") == 1000
    assert draws(2, blanks="impute") == 100
    assert draws(2, n_boot=7) == 7


# Without resamples nothing is invented


@pytest.mark.parametrize("outcome", ["y", "stays", "likes"])
@pytest.mark.parametrize("by", [None, "group"])
def test_without_resamples_intervals_are_unknown(outcome, by):
    result = cx.drivers(survey(), outcome=outcome, by=by, n_boot=0)
    unknown = ["importance_low", "importance_high", "rank_low", "rank_high"]
    assert result.table[unknown].isna().all(axis=None)
    assert result.table[["coef_low", "coef_high", "p_value"]].notna().all(axis=None)
    assert result.fit["p_first"].isna().all()
    assert result.draws is None


def test_errors_that_only_resamples_give_are_unknown_without_them():
    table = cx.drivers(survey(), n_boot=0, blanks="impute").table
    assert table[["coef_low", "coef_high", "p_value", "q_value"]].isna().all(axis=None)
    assert table[["coef", "importance"]].notna().all(axis=None)


# Many players


@pytest.mark.parametrize("method", ["relative weights", "sampling"])
def test_thirty_touchpoints(method):
    rng = np.random.default_rng(5)
    scores = rng.normal(size=(500, 1)) + rng.normal(size=(500, 30))
    frame = pd.DataFrame(scores.round(1), columns=[f"t{j}" for j in range(30)])
    frame["y"] = frame["t3"] + frame["t7"] * 0.5 + rng.normal(size=500)
    made = cx.Survey(frame, touchpoints=list(frame)[:30], outcome="y")
    result = cx.drivers(made, method=method, n_boot=5)
    assert result.table["touchpoint"].tolist()[:2] == ["t3", "t7"]
    assert result.table["importance"].sum() == pytest.approx(result.fit.loc[0, "r2"])
    error = result.measures["sampling_error"]
    assert (error > 0).all() if method == "sampling" else (error == 0).all()
    assert result.measures["lmg"].isna().all()
    assert f"Importance by {method}." in result.note


def test_sampled_orders_come_near_the_exact_importance():
    made = survey(answers(800))
    exact, sampled = (cx.drivers(made, method=method, n_boot=0) for method in ("lmg", "sampling"))
    error = sampled.measures.set_index("touchpoint")["sampling_error"]
    for name, value in column(exact, "importance").items():
        assert abs(column(sampled, "importance")[name] - value) < 4 * error[name] + 1e-12
    assert sampled.measures["lmg"].tolist() == pytest.approx(exact.measures["lmg"].tolist())


# Blanks imputed


def test_sfo_2017_with_blanks_imputed(shared):
    frame = pd.read_csv(next((shared / "sfo").glob("2017*.csv")), low_memory=False)
    frame.columns = frame.columns.str.strip()
    roles = {"touchpoints": SFO, "outcome": {"NETPRO": "nps"}, "scale": SCALE}
    made = cx.Survey(frame, outcome_scale=cx.Scale(0, 10, blank=[11]), **roles)
    imputed = cx.drivers(made, blanks="impute", n_boot=2)
    assert imputed.n == 2746
    assert imputed.dropped == {"no outcome": 85}
    assert "Ratings left blank were imputed, anew in each redraw; n counts real ratings." in imputed.note
    complete = cx.drivers(made, n_boot=0)
    assert complete.n == 2422
    assert cx.drivers(made, missing="drop", n_boot=0).n == 1321
    told = frame.loc[frame["NETPRO"].between(0, 10), SFO].apply(lambda scores: scores.between(1, 5).sum())
    assert column(imputed, "n") == told.to_dict()
    assert set(imputed.table["touchpoint"][:3]) == set(complete.table["touchpoint"][:3])


@pytest.mark.parametrize("missing", ["indicator", "drop"])
def test_imputed_figures_are_near_those_of_the_complete_answers(missing):
    """Simulated: a fifth of the scores blank at random leaves 4 of 10 rows whole; imputation uses all."""
    complete = answers(1500, seed=4, blank=0)
    rng = np.random.default_rng(8)
    blank = complete.copy()
    blank[list("abcd")] = complete[list("abcd")].mask(rng.random((1500, 4)) < 0.2, 0)
    truth = cx.drivers(survey(complete), missing=missing, n_boot=0)
    imputed = cx.drivers(survey(blank), missing=missing, blanks="impute", n_boot=8)
    listwise = cx.drivers(survey(blank), missing=missing, n_boot=0)
    assert listwise.n < 0.5 * truth.n
    if missing != "drop":
        assert imputed.n == 1500
    for name in "abcd":
        assert column(imputed, "coef")[name] == pytest.approx(column(truth, "coef")[name], abs=0.06)
        assert column(imputed, "importance")[name] == pytest.approx(column(truth, "importance")[name], abs=0.025)
        assert column(imputed, "n")[name] < 0.85 * column(truth, "n")[name] + 75
    assert imputed.fit.loc[0, "r2"] == pytest.approx(truth.fit.loc[0, "r2"], abs=0.025)
    shares = imputed.estimate.shares[0, 0].sum(axis=1)
    np.testing.assert_allclose(shares, truth.estimate.shares[0, 0].sum(axis=1), atol=0.03)


def test_few_users_may_be_missing_from_a_resample():
    frame = answers(60).assign(c=6)
    frame.loc[:4, "c"] = [1, 5, 3, 2, 4]
    result = cx.drivers(survey(frame), blanks="impute", n_boot=600)
    assert np.isnan(result.draws.coef[:, 0, 2]).any()
    assert result.table[["coef", "coef_low", "p_value"]].notna().all(axis=None)


def test_imputation_repeats_with_its_seed_and_not_with_another():
    one, same, other = (cx.drivers(survey(), blanks="impute", n_boot=3, seed=seed) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(one.table, same.table)
    assert not one.table["coef"].equals(other.table["coef"])


def test_nothing_blank_nothing_imputed():
    made = survey(answers(blank=0))
    one, two = (cx.drivers(made, blanks=blanks, n_boot=3) for blanks in ("impute", "drop"))
    figures = ["touchpoint", "n", "mean", "coef", "importance", "rank"]
    pd.testing.assert_frame_equal(one.table[figures], two.table[figures])
    np.testing.assert_allclose(one.estimate.shares, two.estimate.shares)


def test_segments_that_are_worked_on_side_by_side_have_the_same_figures(monkeypatch):
    made = survey(answers())
    alone = cx.drivers(made, by="group", n_boot=9).table
    monkeypatch.setattr(adjusted_module, "MOST_EXACT", 0)
    pd.testing.assert_frame_equal(cx.drivers(made, by="group", n_boot=9).table, alone, check_exact=True)


def test_imputation_with_everything_at_once():
    frame = answers(blank=0.1)
    result = cx.drivers(survey(frame, weight="w", cluster="flight"), blanks="impute", n_boot=5, **EVERYTHING)
    fit = result.fit.set_index("segment")
    assert result.n == 400
    for segment in result.segments:
        explained = fit.loc[segment, "r2"] - fit.loc[segment, "r2_controls"]
        assert result.of(segment)["importance"].sum() == pytest.approx(explained)
    assert result.table["p_value"].notna().all()


def test_imputed_scores_fall_on_the_levels_that_were_given():
    frame = answers(blank=0.1)
    frame["a"], frame["b"], frame["c"] = frame["a"].clip(2, 3), frame["b"].clip(2, 3), 3 - frame["c"] % 2
    result = cx.drivers(survey(frame), blanks="impute", covariates=["d"], n_boot=2)
    assert result.levels.tolist() == [2, 3]
    assert result.estimate.shares.shape == (1, 1, 3, 2)
    np.testing.assert_allclose(result.estimate.shares.sum(axis=-1), 1)


def test_measurements_of_many_values_are_imputed_without_levels():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(1300, 2)), columns=["a", "y"])
    frame.loc[:50, "a"] = np.nan
    result = cx.drivers(cx.Survey(frame, touchpoints=["a"], outcome="y"), blanks="impute", n_boot=2)
    assert len(result.levels) == 0
    assert result.estimate.shares.shape == (1, 1, 1, 0)
    assert result.table.loc[0, "n"] == 1249
    assert result.n == 1300


def test_imputation_of_a_segment_that_may_vanish():
    frame = answers(60, blank=0)
    frame["group"] = ["one"] * 40 + ["three"] * 19 + ["two"]
    frame.loc[59, ["c", "d"]] = [3, 0]
    frame.loc[:9, "d"] = 6
    result = cx.drivers(survey(frame), blanks="impute", missing="drop", by="group", n_boot=20)
    assert "two" not in result.segments


# Fitted outcomes


def fits_of(made: cx.Survey, **options) -> Estimates:
    asked = ask(made, **options)
    return fit(made, asked, {}, 0, 0.95, 0).estimates


@pytest.mark.parametrize("outcome", ["stays", "likes"])
def test_coefficients_of_fitted_outcomes_are_those_of_statsmodels(outcome):
    frame = answers(blank=0)
    result = cx.drivers(survey(frame), outcome=outcome, factors=["area"], covariates=["d"], n_boot=0)
    used = (frame["c"] != 6).astype(float)
    dummies = pd.get_dummies(frame["area"], dtype=float).drop(columns="E")
    design = pd.concat([used.rename("used"), frame[["d", "a", "b"]], frame["c"].replace(6, 0), dummies], axis=1)
    if outcome == "stays":
        model = sm.Logit(frame["stays"], sm.add_constant(design)).fit(disp=False, tol=1e-12)
        empty = model.llnull
    else:
        model = OrderedModel(frame["likes"], design, distr="logit").fit(disp=False, method="bfgs", gtol=1e-5)
        n = frame["likes"].value_counts()
        empty = float((n * np.log(n / n.sum())).sum())
    for name in "abc":
        assert column(result, "coef")[name] == pytest.approx(model.params[name], abs=1e-5)
    assert result.fit.loc[0, "r2"] == pytest.approx(1 - model.llf / empty, abs=1e-6)
    assert result.unit == "log odds"


def test_a_factor_of_a_logit_is_tested_jointly_with_robust_errors():
    frame = answers(blank=0)
    result = cx.drivers(survey(frame, touchpoints=["a", "b"]), outcome="stays", factors=["area"], n_boot=0)
    dummies = pd.get_dummies(frame["area"], dtype=float).drop(columns="E")
    design = sm.add_constant(pd.concat([frame[["a", "b"]], dummies], axis=1))
    model = sm.GLM(frame["stays"], design, sm.families.Binomial()).fit(tol=1e-12)
    left_out = (frame["stays"] - model.fittedvalues) / (1 - model.get_hat_matrix_diag())
    moves = (design * left_out.to_numpy()[:, None]) @ np.linalg.inv(model.model.information(model.params))
    cov, estimates = (moves.T @ moves).to_numpy()[-2:, -2:], model.params[["N", "S"]]
    f = float(estimates @ np.linalg.solve(cov, estimates) / 2)
    assert column(result, "p_value")["area"] == pytest.approx(stats.f.sf(f, 2, 395), rel=1e-6)


@pytest.mark.filterwarnings("ignore:weight column:UserWarning")  # the reference took counts as weights
def test_the_signs_and_sizes_of_polr(shared):
    theirs = json.loads((shared / "reference" / "drivers.json").read_text())["housing_polr_fit"]["coef"]
    frame = pd.read_csv(shared / "reference" / "housing.csv")
    steps = {
        "Sat": ["Low", "Medium", "High"],
        "Cont": ["Low", "High"],
        "Infl": ["Low", "Medium", "High"],
        "Type": ["Tower", "Apartment", "Atrium", "Terrace"],
    }
    for name, values in steps.items():
        frame[name] = frame[name].map(values.index)
    roles = {"touchpoints": ["Cont"], "outcome": {"Sat": "ordinal"}, "weight": "Freq", "segments": ["Infl", "Type"]}
    fit = fits_of(cx.Survey(frame, **roles), factors=["Infl", "Type"]).fits[0]
    expected = [theirs["ContHigh"], *list(theirs.values())[:5]]
    np.testing.assert_allclose(fit.coef, expected, atol=1e-6)


@pytest.mark.parametrize("method", ["lmg", "relative weights"])
def test_a_resample_in_which_all_answer_alike_does_not_count(method):
    frame = answers(60).assign(stays=0)
    frame.loc[:1, "stays"] = 1
    result = cx.drivers(survey(frame, touchpoints=["a"]), outcome="stays", method=method, n_boot=60)
    lost = np.isnan(result.draws.importance[:, 0, 0])
    assert 0 < lost.mean() < 0.4
    assert result.table[["importance_low", "importance_high", "rank_low"]].notna().all(axis=None)
    assert result.fit.loc[0, "p_first"] == 1


def test_a_segment_may_be_missing_from_a_resample_of_clusters():
    frame = answers(100)
    frame["group"] = np.where(frame.index < 20, "one", "two")
    frame["flight"] = np.where(frame.index < 20, frame.index % 2, frame.index)
    for outcome in ("y", "stays"):
        made = survey(frame, touchpoints=["a"], cluster="flight")
        result = cx.drivers(made, outcome=outcome, by="group", n_boot=100)
        assert np.isnan(result.draws.importance[:, 0]).any()
        assert result.table[["importance_low", "rank_low"]].notna().all(axis=None)


# Rows on disk


def test_on_disk_equals_in_memory_with_every_kind_of_player(tmp_path, monkeypatch):
    frame = answers(1500, seed=8)
    frame.to_parquet(tmp_path / "a.parquet")
    inside = cx.drivers(survey(frame, weight="w"), n_boot=0, **EVERYTHING)
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    monkeypatch.setattr(tables, "BATCH", 400)
    monkeypatch.setattr(answers_module, "IN_MEMORY", 0)
    made = survey(tmp_path / "a.parquet", weight="w")
    assert isinstance(made.source, tables.OnDisk)
    outside = cx.drivers(made, n_boot=20, **EVERYTHING)
    points = ["segment", *POINTS[:-1]]
    pd.testing.assert_frame_equal(outside.table[points], inside.table[points], rtol=1e-9)
    pd.testing.assert_frame_equal(outside.measures, inside.measures, rtol=1e-7)
    # errors differ by method; r2_adjusted is by unequal weights in memory, by the number of answers on disk
    apart = ["p_first", "test", "df", "r2_adjusted"]
    pd.testing.assert_frame_equal(outside.fit.drop(columns=apart), inside.fit.drop(columns=apart), rtol=1e-9)
    np.testing.assert_allclose(outside.fit["r2_adjusted"], inside.fit["r2_adjusted"], atol=0.002)
    assert outside.dropped == inside.dropped
    assert outside.table[["importance_low", "p_value"]].notna().all(axis=None)
    ratio = outside.contrasts["difference"] / inside.contrasts["difference"]
    np.testing.assert_allclose(ratio.dropna(), 1, rtol=1e-6)


def test_rows_in_memory_too_many_to_be_resampled_go_by_blocks(monkeypatch):
    made = survey(answers(600), weight="w")
    one = cx.drivers(made, n_boot=10, **EVERYTHING)
    monkeypatch.setattr(answers_module, "IN_MEMORY", 0)
    other = cx.drivers(made, n_boot=10, **EVERYTHING)
    figures = ["segment", *POINTS[:-1]]
    pd.testing.assert_frame_equal(one.table[figures], other.table[figures])
    assert other.table["p_value"].notna().all()


@pytest.mark.parametrize(
    ("scale", "advice"),
    [
        (cx.Scale(1, 5), "If an empty cell means that a touchpoint was not used, say so: Scale(..., not_used=[None]); "
         "if it is no answer, ask with blanks='impute'."),
        (None, "If an empty cell means that a touchpoint was not used, say so: Scale(..., not_used=[None]); "
         "if it is no answer, ask with blanks='impute'."),
        (cx.Scale(1, 5, not_used=[6]), "If an empty cell means that a touchpoint was not used, say so: "
         "Scale(..., not_used=[6, None]); if it is no answer, ask with blanks='impute'."),
        ({"a": cx.Scale(1, 5, not_used=[6], blank=[9]), "b": cx.Scale(0, 10, not_used=[11])},
         "If an empty cell or the code 9 means that a touchpoint was not used, say so: "
         "Scale(..., not_used=[6, 11, None]); if it is no answer, ask with blanks='impute'."),
        (cx.Scale(1, 5, blank=[9, None]), "Ask with blanks='impute', or name fewer touchpoints, or touchpoints that "
         "more people rated."),
    ],
)  # fmt: skip
def test_empty_cells_may_mean_not_used(scale: cx.Scale | None, advice: str) -> None:
    frame = pd.DataFrame({"a": [1, 2, 3, 4] * 10, "b": [5] + [None] * 39, "y": [1, 2, 3, 4] * 10})
    with pytest.raises(cx.CxlensError) as error:
        cx.drivers(cx.Survey(frame, touchpoints=["a", "b"], outcome="y", scale=scale), n_boot=0)
    assert str(error.value) == (
        f"too few complete answers: fewer than 5 of 40 can be used (left out: a touchpoint left blank). {advice}"
    )
