"""Tables of the drivers: every measure against relaimpo, domir and rwa; what has no figure."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.stats.multitest import multipletests

import cxlens as cx
from cxlens.stages.drivers import tables
from cxlens.stages.drivers.fit import size_of
from cxlens.stages.drivers.tables import ranks

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])
SWISS = ["Agriculture", "Examination", "Education", "Catholic", "Infant.Mortality"]
ATTITUDE = ["complaints", "privileges", "learning", "raises", "critical", "advance"]
BIRTH = ["age", "lwt", "smoke", "ptl", "ht", "ui"]
LEAST_SQUARES = {
    "swiss": ("swiss", "Fertility", SWISS, {}, {}),
    "swiss_groups": ("swiss", "Fertility", SWISS, {}, {"groups": {"work": SWISS[:3]}}),
    "swiss_always": ("swiss", "Fertility", SWISS, {}, {"covariates": ["Catholic"]}),
    "swiss_weighted": ("swiss_weighted", "Fertility", SWISS, {"weight": "w"}, {}),
    "swiss_svydesign": ("swiss_weighted", "Fertility", SWISS, {"weight": "w"}, {}),
    "attitude": ("attitude", "rating", ATTITUDE, {}, {}),
    "mtcars_3": ("mtcars", "mpg", ["am", "vs", "cyl"], {}, {}),
    "mtcars_factor": ("mtcars", "mpg", ["wt", "hp"], {"segments": ["cyl"]}, {"factors": ["cyl"]}),
    "attitude_na_listwise": ("attitude_na", "rating", ATTITUDE, {}, {}),
}
LOGIT = {
    "mtcars_logit_mcfadden": ("mtcars", "vs", ["mpg", "carb", "gear"], {}),
    "birthwt_logit_mcfadden": ("birthwt", "low", BIRTH, {}),
    "birthwt_logit_factor": ("birthwt", "low", ["age", "lwt", "smoke", "ht", "ui"], {"factors": ["race"]}),
}


@pytest.fixture(scope="session")
def reference(shared) -> dict:
    return json.loads((shared / "reference" / "drivers.json").read_text())


def table_of(shared, name: str) -> pd.DataFrame:
    return pd.read_csv(shared / "reference" / f"{name}.csv")


def answers(n: int = 400, seed: int = 1) -> pd.DataFrame:
    """Simulated answers on a scale of 5 with a halo: 6 for not used; outcomes of every kind."""
    rng = np.random.default_rng(seed)
    scores = np.clip(np.round(3.4 + 0.6 * rng.normal(size=(n, 1)) + rng.normal(size=(n, 4)) * 0.9), 1, 5).astype(int)
    frame = pd.DataFrame(scores, columns=list("abcd"))
    frame["y"] = scores @ [0.6, 0.4, 0.2, 0.0] + rng.normal(size=n)
    frame["stays"] = (frame["y"] + rng.normal(size=n) > 4).astype(int)
    frame["group"] = rng.choice(["one", "two", "three"], n)
    frame["area"] = rng.choice(["N", "S", "E"], n)
    frame.loc[rng.random(n) < 0.2, "c"] = 6
    return frame


def survey(frame: pd.DataFrame | None = None, **roles) -> cx.Survey:
    kinds = {"y": "interval", "stays": "binary"}
    roles = {"touchpoints": list("abcd"), "outcome": kinds, "scale": SCALE, "segments": ["group", "area"], **roles}
    return cx.Survey(answers() if frame is None else frame, **roles)


def column(table: pd.DataFrame, name: str) -> dict[str, float]:
    return table.set_index("touchpoint")[name].to_dict()


# Against other tools


@pytest.mark.parametrize("case", ["swiss", "swiss_groups", "swiss_always", "attitude", "mtcars_factor"])
def test_adjusted_r2_equals_statsmodels(case, shared):
    file, outcome, touchpoints, roles, options = LEAST_SQUARES[case]
    made = cx.Survey(table_of(shared, file), touchpoints=touchpoints, outcome=outcome, **roles)
    result = cx.drivers(made, n_boot=0, **options)
    model = result.model()
    assert result.fit.loc[0, "r2_adjusted"] == pytest.approx(model.rsquared_adj, abs=1e-12)
    controls = sm.OLS(model.model.endog, model.model.exog[:, : result.record.asked.design.k]).fit()
    shared_out = model.rsquared_adj - controls.rsquared_adj
    assert result.table["importance_adjusted"].sum() == pytest.approx(shared_out, abs=1e-12)


def test_figures_of_adjusted_r2_know_weights_clusters_and_copies():
    frame = answers().assign(copy=lambda given: given["a"], w=np.tile([1.0, 3.0], 200), place=np.repeat(range(40), 10))
    made = survey(frame, touchpoints=[*"abcd", "copy"], weight="w", cluster="place")
    record = cx.drivers(made, outcome="y", n_boot=0).record
    size = size_of(record.asked, record.data, 0)
    assert size.answers == pytest.approx(400 * 0.8)  # 4^2 / (2 (1 + 9))
    assert size.units == pytest.approx(40)
    assert (size.controls, size.rank) == (2, 4)  # whether c was used; a copy adds nothing
    fitted = cx.drivers(survey(), outcome="stays", n_boot=0)
    assert fitted.table["importance_adjusted"].isna().all()
    assert fitted.fit["r2_adjusted"].isna().all()


@pytest.mark.filterwarnings("ignore:weight column:UserWarning")  # the reference took counts as weights
@pytest.mark.parametrize("case", LEAST_SQUARES)
def test_measures_equal_relaimpo(case, reference, shared):
    file, outcome, touchpoints, roles, options = LEAST_SQUARES[case]
    theirs = reference[case].get("relaimpo", reference[case])
    made = cx.Survey(table_of(shared, file), touchpoints=touchpoints, outcome=outcome, **roles)
    result = cx.drivers(made, n_boot=0, **options)
    measures = result.measures.replace({"touchpoint": {"cyl": "cylf"}} if case == "mtcars_factor" else {})
    names = {"lmg": "lmg", "first": "first", "last": "last", "betasq": "betasq", "pratt": "pratt"}
    compared = 0
    for measure, ours in {**names, "genizi": "relative_weights"}.items():
        if measure in theirs:
            assert column(measures, ours) == pytest.approx(theirs[measure], abs=1e-9), measure
            compared += 1
    assert compared >= 3
    table = result.table.replace({"touchpoint": {"cyl": "cylf"}} if case == "mtcars_factor" else {})
    assert column(table, "importance") == pytest.approx(theirs["lmg"], abs=1e-9)
    assert column(table, "rank") == theirs["lmg.rank"]
    assert result.fit.loc[0, "r2"] == pytest.approx(theirs["R2"], abs=1e-9)
    assert result.fit.loc[0, "r2"] - result.fit.loc[0, "r2_controls"] == pytest.approx(theirs["R2.decomp"], abs=1e-9)
    assert result.n == theirs["nobs"]
    last = {name: values[-1] for name, values in theirs["ave.coeffs"].items()} if "ave.coeffs" in theirs else {}
    coef = column(table, "coef")
    assert {name: last[name] for name in last if name in coef} == pytest.approx(
        {name: coef[name] for name in last if name in coef}, abs=1e-9
    )


@pytest.mark.parametrize(
    ("case", "file", "outcome", "touchpoints"),
    [
        ("swiss", "swiss", "Fertility", SWISS),
        ("attitude", "attitude", "rating", ATTITUDE),
        ("mtcars", "mtcars", "mpg", ["cyl", "disp", "hp", "gear"]),
        ("mtcars4", "mtcars", "mpg", ["cyl", "disp", "hp", "wt"]),
    ],
)
def test_relative_weights_equal_rwa(case, file, outcome, touchpoints, reference, shared):
    theirs = reference["rwa_package"][case]
    made = cx.Survey(table_of(shared, file), touchpoints=touchpoints, outcome=outcome)
    result = cx.drivers(made, method="relative weights", n_boot=0)
    assert column(result.table, "importance") == pytest.approx(theirs["raw"], abs=1e-9)
    assert column(result.measures, "relative_weights") == pytest.approx(theirs["raw"], abs=1e-9)
    assert result.fit.loc[0, "r2"] == pytest.approx(theirs["R2"], abs=1e-9)
    assert result.table["share"].sum() == pytest.approx(1)
    assert "Importance by relative weights." in result.note


@pytest.mark.parametrize(
    ("case", "file", "outcome", "touchpoints"),
    [("mtcars_logit", "mtcars", "am", ["mpg", "cyl", "hp"]), ("birthwt_logit", "birthwt", "low", BIRTH)],
)
def test_relative_weights_of_a_logit_equal_rwa(case, file, outcome, touchpoints, reference, shared):
    theirs = reference["rwa_package"][case]
    made = cx.Survey(table_of(shared, file), touchpoints=touchpoints, outcome={outcome: "binary"})
    result = cx.drivers(made, method="relative weights", n_boot=0)
    rows = theirs["table"]
    assert column(result.table, "importance") == pytest.approx(
        {row["Variables"]: row["Raw.RelWeight"] for row in rows}, abs=1e-6
    )
    assert result.fit.loc[0, "r2"] == pytest.approx(theirs["R2"], abs=1e-6)
    signs = {name: "+" if coef > 0 else "-" for name, coef in column(result.table, "coef").items()}
    assert signs == {row["Variables"]: row["Sign"]["Sign"] for row in rows}


@pytest.mark.parametrize("case", LOGIT)
def test_measures_of_a_logit_equal_domir(case, reference, shared):
    file, outcome, touchpoints, options = LOGIT[case]
    theirs = reference[case]["domir"]
    roles = {"touchpoints": touchpoints, "outcome": {outcome: "binary"}, "segments": options.get("factors", [])}
    result = cx.drivers(cx.Survey(table_of(shared, file), **roles), n_boot=0, **options)
    measures = result.measures.replace({"touchpoint": {"race": "racef"}})
    conditional = theirs["conditional"]
    assert column(measures, "lmg") == pytest.approx(theirs["general"], abs=1e-6)
    assert column(measures, "first") == pytest.approx({name: sizes[0] for name, sizes in conditional.items()}, abs=1e-6)
    assert column(measures, "last") == pytest.approx({name: sizes[-1] for name, sizes in conditional.items()}, abs=1e-6)
    assert column(result.table.replace({"touchpoint": {"race": "racef"}}), "share") == pytest.approx(
        theirs["standardized"], abs=1e-6
    )
    assert result.fit.loc[0, "r2"] == pytest.approx(sum(theirs["general"].values()), abs=1e-6)
    assert result.fit.loc[0, "r2_controls"] == pytest.approx(0, abs=1e-12)


def test_general_dominance_under_mcfadden_equals_dominanceanalysis(reference, shared):
    theirs = reference["birthwt_logit_all_pseudoR2"]["avg"]["r2.m"]
    made = cx.Survey(table_of(shared, "birthwt"), touchpoints=BIRTH, outcome={"low": "binary"})
    assert column(cx.drivers(made, n_boot=0).table, "importance") == pytest.approx(theirs, abs=1e-6)


def housing(shared) -> cx.Survey:
    """Residents of Copenhagen by cell: contact as scores 0 and 1, influence and type as factors."""
    frame = table_of(shared, "housing")
    frame["Sat"] = frame["Sat"].map({"Low": 1, "Medium": 2, "High": 3})
    frame["Cont"] = frame["Cont"].map({"Low": 0, "High": 1})
    frame["Infl"] = frame["Infl"].map({"Low": 1, "Medium": 2, "High": 3})
    frame["Type"] = frame["Type"].map({"Tower": 1, "Apartment": 2, "Atrium": 3, "Terrace": 4})
    roles = {"outcome": {"Sat": "ordinal"}, "weight": "Freq", "segments": ["Infl", "Type"]}
    return cx.Survey(frame, touchpoints=["Cont"], **roles)


@pytest.mark.filterwarnings("ignore:weight column:UserWarning")  # the reference took counts as weights
def test_proportional_odds_equal_domir_and_polr(reference, shared):
    theirs, fit = reference["housing_polr_mcfadden"]["domir"], reference["housing_polr_fit"]
    result = cx.drivers(housing(shared), factors=["Infl", "Type"], n_boot=0)
    assert column(result.measures, "lmg") == pytest.approx(theirs["general"], abs=1e-6)
    conditional = theirs["conditional"]
    for measure, place in {"first": 0, "last": -1}.items():
        expected = {name: sizes[place] for name, sizes in conditional.items()}
        assert column(result.measures, measure) == pytest.approx(expected, abs=1e-6)
    n = table_of(shared, "housing").groupby("Sat")["Freq"].sum()
    null = float((n * np.log(n / n.sum())).sum())
    assert null == pytest.approx(fit["logLik0"], abs=1e-5)  # polr stops a little before the maximum
    assert null * (1 - result.fit.loc[0, "r2"]) == pytest.approx(fit["logLik"], abs=1e-6)
    assert column(result.table, "coef")["Cont"] == pytest.approx(fit["coef"]["ContHigh"], abs=1e-6)
    assert column(result.measures, "direction") == {"Cont": "up", "Infl": "", "Type": ""}


def test_joint_p_values_of_groups_and_factors_are_statsmodels_f_tests():
    frame = answers()
    result = cx.drivers(survey(frame), groups={"front": ["a", "d"]}, factors=["area"], n_boot=0)
    used = (frame["c"] != 6).astype(float)
    dummies = pd.get_dummies(frame["area"], dtype=float).drop(columns="E")
    design = pd.concat(
        [used.rename("used"), frame[["b"]], frame["c"].replace(6, 0), frame[["a", "d"]], dummies], axis=1
    )
    model = sm.OLS(frame["y"], sm.add_constant(design)).fit(cov_type="HC3", use_t=True)
    p, coef = column(result.table, "p_value"), column(result.table, "coef")
    for player, columns in {"front": ["a", "d"], "area": ["N", "S"]}.items():
        test = model.f_test(np.eye(8)[[list(model.params.index).index(name) for name in columns]])
        assert p[player] == pytest.approx(float(test.pvalue), rel=1e-7)
        assert np.isnan(coef[player])
    for name in ("b", "c"):
        assert (coef[name], p[name]) == pytest.approx((model.params[name], model.pvalues[name]), rel=1e-7)
    assert result.fit.loc[0, "r2"] == pytest.approx(model.rsquared, abs=1e-12)
    assert column(result.table, "n") == {"front": 400, "area": 400, "b": 400, "c": int(used.sum())}
    q = multipletests(result.table["p_value"], method="fdr_bh")[1]
    np.testing.assert_allclose(result.table["q_value"], q, rtol=1e-9)


# Measures


def test_direction_names_a_planted_suppressor():
    rng = np.random.default_rng(3)
    signal, halo = rng.normal(size=(2, 2000))
    frame = pd.DataFrame({"up": signal + halo, "down": -rng.normal(size=2000), "halo": halo + 0.2 * signal})
    frame["y"] = signal - 0.4 * frame["down"] + rng.normal(size=2000)
    frame["same"] = 3
    measures = cx.drivers(cx.Survey(frame, touchpoints=list(frame.drop(columns="y")), outcome="y"), n_boot=0).measures
    assert column(measures, "direction") == {"up": "up", "down": "down", "halo": "suppressed", "same": ""}
    correlation = column(measures, "correlation")
    for name in ("up", "down", "halo"):
        assert correlation[name] == pytest.approx(np.corrcoef(frame[name], frame["y"])[0, 1])
    assert correlation["same"] == 0


def test_the_correlation_holds_usage_and_covariates():
    frame = answers()
    measures = cx.drivers(survey(frame), covariates=["d"], n_boot=0).measures
    controls = np.column_stack([np.ones(400), frame["c"] != 6, frame["d"]])

    def rest(values: pd.Series) -> np.ndarray:
        return values - controls @ np.linalg.lstsq(controls, values, rcond=None)[0]

    expected = np.corrcoef(rest(frame["b"]), rest(frame["y"]))[0, 1]
    assert column(measures, "correlation")["b"] == pytest.approx(expected)


def test_measures_of_segments_are_those_of_each_alone():
    result = cx.drivers(survey(), by="group", groups={"front": ["a", "d"]}, n_boot=20)
    assert result.measures.columns.tolist() == [
        "segment", "touchpoint", "lmg", "first", "last", "betasq", "pratt", "relative_weights", "sampling_error",
        "correlation", "direction",
    ]  # fmt: skip
    for segment in result.segments:
        alone = survey().where(cx.Segment("x", {"group": segment}))
        expected = cx.drivers(alone, groups={"front": ["a", "d"]}, n_boot=0).measures
        own = result.measures[result.measures["segment"] == segment].drop(columns="segment").reset_index(drop=True)
        pd.testing.assert_frame_equal(own, expected)
    front = result.measures[result.measures["touchpoint"] == "front"]
    assert front[["betasq", "correlation"]].isna().all(axis=None)
    assert (front["direction"] == "").all()


def test_measures_that_share_out_r2_sum_to_it():
    result = cx.drivers(survey(), groups={"front": ["a", "d"]}, factors=["area"], interactions=[("a", "b")], n_boot=0)
    shared_out = result.fit.loc[0, "r2"] - result.fit.loc[0, "r2_controls"]
    for measure in ("lmg", "pratt", "relative_weights"):
        assert result.measures[measure].sum() == pytest.approx(shared_out)


def test_measures_of_a_fitted_outcome_have_no_standardised_coefficients():
    result = cx.drivers(survey(), outcome="stays", n_boot=0)
    assert result.measures.columns.tolist() == [
        "touchpoint", "lmg", "first", "last", "sampling_error", "correlation", "direction"
    ]  # fmt: skip
    assert result.measures[["lmg", "first", "last"]].notna().all(axis=None)
    weights = cx.drivers(survey(), outcome="stays", method="relative weights", n_boot=0)
    assert weights.measures[["lmg", "first", "last"]].isna().all(axis=None)


# What has no figure


def test_columns_of_groups_and_factors_are_listed_by_name():
    frame = answers().assign(a2=lambda frame: frame["a"], same=4)
    frame["zone"] = frame["area"].replace({"N": "north", "S": "south", "E": "east"})
    made = survey(frame, touchpoints=["a", "b", "a2", "same"], segments=["area", "zone"])
    options = {"groups": {"pair": ["a2", "same"], "single": ["b"]}, "factors": ["area"], "covariates": ["zone"]}
    result = cx.drivers(made, n_boot=10, **options)
    assert result.unusable.to_dict("records") == [
        {"segment": "", "touchpoint": "a2", "reason": "its scores follow from those of other touchpoints"},
        {"segment": "", "touchpoint": "same", "reason": "all who used it gave the same score"},
        {"segment": "", "touchpoint": "area = N", "reason": "its values follow from usage and covariates"},
        {"segment": "", "touchpoint": "area = S", "reason": "its values follow from usage and covariates"},
    ]
    table = result.table.set_index("touchpoint")
    assert table.loc["area", "importance"] == pytest.approx(0, abs=1e-12)
    assert table.loc["pair", "importance"] == pytest.approx(table.loc["a", "importance"])
    assert np.isnan(table.loc[["pair", "area"], "p_value"]).all()


def test_a_group_of_one_without_a_coefficient_is_listed_under_its_own_name():
    result = cx.drivers(survey(answers().assign(d=3)), groups={"desk": ["d"]}, n_boot=0)
    assert result.unusable["touchpoint"].tolist() == ["desk"]


# Ranks


def test_ranks_from_the_largest_on():
    assert ranks(np.array([[0.3, 0.2, 0.1], [0.1, 0.2, 0.3], [0.3, 0.1, 0.2]])).tolist() == [
        [1, 2, 3],
        [3, 2, 1],
        [1, 3, 2],
    ]


@pytest.fixture(scope="module")
def compared() -> tuple[pd.DataFrame, cx.drivers]:
    frame = answers(600)
    frame["group"] = np.where(frame["group"] == "three", "two", frame["group"])
    return frame, cx.drivers(survey(frame), by="group", n_boot=100)


def test_p_top_of_the_result(compared):
    _, result = compared
    top = result.p_top(2)
    assert top.columns.tolist() == ["segment", "touchpoint", "p_top"]
    sums = top.groupby("segment")["p_top"].sum()
    assert sums.to_dict() == pytest.approx({"one": 2, "two": 2})
    first = result.p_top(1).groupby("segment")["p_top"].max()
    assert result.fit.set_index("segment")["p_first"].to_dict() == pytest.approx(first.to_dict())
    assert cx.drivers(survey(), n_boot=0).p_top()["p_top"].isna().all()


def test_measures_cost_only_who_reads_them(monkeypatch):
    asked = []
    real = tables.gains_by_size
    monkeypatch.setattr(tables, "gains_by_size", lambda *given: asked.append(given) or real(*given))
    result = cx.drivers(cx.datasets.load_airport().survey(), n_boot=0)
    assert "segment" not in result.table
    assert result.sentence
    assert not asked
    assert result.measures is result.measures
    assert len(asked) == 1
