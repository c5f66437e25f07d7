"""Drivers: held against relaimpo and statsmodels, against invariants, and against known truth."""

from __future__ import annotations

import dataclasses
import json
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests

import cxlens as cx
import cxlens.engine.answers as answers_module
from cxlens.common.finding import Finding
from cxlens.engine import tables
from cxlens.errors import ColumnError, OptionError, ValuesError
from cxlens.stats.importance import lmg
from cxlens.stats.regression import fit_rows

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])
COLUMNS = [
    "touchpoint", "n", "mean", "coef", "coef_low", "coef_high", "importance", "importance_low", "importance_high",
    "importance_adjusted", "share", "rank", "rank_low", "rank_high", "p_value", "q_value",
]  # fmt: skip
FIGURES = ["mean", "coef", "coef_low", "coef_high", "importance", "share", "rank", "p_value", "q_value"]
ATTITUDE = ["complaints", "privileges", "learning", "raises", "critical", "advance"]


def reference(shared, name: str, **roles) -> tuple[cx.Survey, dict]:
    """A data set of ``reference/drivers.json`` as a survey, and relaimpo's figures for it."""
    file = {"swiss_always": "swiss"}.get(name, name)
    frame = pd.read_csv(shared / "reference" / f"{file}.csv")
    y = frame.columns[0]
    touchpoints = [column for column in frame.columns[1:] if column != "w"]
    numbers = json.loads((shared / "reference" / "drivers.json").read_text())[name]["relaimpo"]
    return cx.Survey(frame, touchpoints=touchpoints, outcome=y, **roles), numbers


HIDDEN = "fewer than 5 answers, or hidden to protect people"


def answers(n: int = 400, seed: int = 1, halo: float = 0.6) -> pd.DataFrame:
    """Simulated answers on a scale of 5 with a halo: 6 for not used, 0 for blank, and an outcome in points."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1)) * halo
    scores = np.clip(np.round(3.4 + common + rng.normal(size=(n, 4)) * 0.9), 1, 5).astype(int)
    y = 2 + scores @ np.array([0.6, 0.4, 0.2, 0.0]) + rng.normal(size=n)
    frame = pd.DataFrame(scores, columns=list("abcd"))
    frame["nps"] = np.clip(np.round(y + 3), 0, 10).astype(int)
    frame["y"] = y
    frame["w"] = rng.uniform(0.5, 2, n)
    frame["group"] = rng.choice(["one", "two", "three"], n)
    frame["flight"] = rng.integers(0, 40, n)
    frame["id"] = [f"r{i}" for i in range(n)]
    frame.loc[rng.random(n) < 0.2, "c"] = 6
    frame.loc[rng.random(n) < 0.03, "d"] = 0
    return frame


def survey(frame: pd.DataFrame | None = None, **roles) -> cx.Survey:
    roles = {"touchpoints": list("abcd"), "outcome": "y", "scale": SCALE, "segments": ["group"], **roles}
    return cx.Survey(answers() if frame is None else frame, **roles)


def by_name(result: cx.drivers, name: str) -> pd.Series:
    return result.table.set_index("touchpoint")[name]


# Against relaimpo


@pytest.mark.parametrize("missing", ["indicator", "drop"])
def test_attitude_equals_relaimpo(shared, missing):
    made, numbers = reference(shared, "attitude")
    result = cx.drivers(made, missing=missing, n_boot=0)
    assert by_name(result, "importance").to_dict() == pytest.approx(numbers["lmg"], abs=1e-9)
    assert by_name(result, "rank").to_dict() == numbers["lmg.rank"]
    assert result.fit.loc[0, "r2"] == pytest.approx(numbers["R2"], abs=1e-9)
    assert result.fit.loc[0, "r2_controls"] == pytest.approx(0, abs=1e-12)
    assert result.table["share"].sum() == pytest.approx(1)
    assert result.n == 30


def test_a_touchpoint_as_covariate_is_relaimpos_always(shared):
    made, numbers = reference(shared, "swiss_always")
    result = cx.drivers(made, covariates=["Catholic"], n_boot=0)
    assert by_name(result, "importance").to_dict() == pytest.approx(numbers["lmg"], abs=1e-9)
    assert result.fit.loc[0, "r2"] == pytest.approx(numbers["R2"], abs=1e-9)
    assert result.fit.loc[0, "r2"] - result.fit.loc[0, "r2_controls"] == pytest.approx(numbers["R2.decomp"], abs=1e-9)
    assert result.touchpoints == ("Agriculture", "Examination", "Education", "Infant.Mortality")


def test_weights_equal_relaimpos(shared):
    made, numbers = reference(shared, "swiss_weighted", weight="w")
    result = cx.drivers(made, n_boot=0)
    assert by_name(result, "importance").to_dict() == pytest.approx(numbers["lmg"], abs=1e-9)
    assert result.fit.loc[0, "r2"] == pytest.approx(numbers["R2"], abs=1e-9)


def test_percentiles_of_resampled_importance_equal_relaimpos_bootstrap(shared):
    made, _ = reference(shared, "swiss")
    boot = json.loads((shared / "reference" / "drivers.json").read_text())["swiss_boot10000"]
    low, high = np.quantile(cx.drivers(made, n_boot=2000).draws.importance[:, 0], [0.025, 0.975], axis=0)
    np.testing.assert_allclose(low, boot["perc_lower"][0], atol=0.015)
    np.testing.assert_allclose(high, boot["perc_upper"][0], atol=0.015)


def test_sfo_2017_uses_as_many_answers_as_it_should(shared):
    frame = pd.read_csv(next((shared / "sfo").glob("2017*.csv")), low_memory=False)
    frame.columns = frame.columns.str.strip()
    names = [
        "Q7ART", "Q7FOOD", "Q7STORE", "Q7SIGN", "Q7WALKWAYS", "Q7SCREENS", "Q7WIFI", "Q9BOARDING", "Q9RESTROOM",
        "Q10SAFE", "Q14FIND", "Q14PASSTHRU",
    ]  # fmt: skip
    made = cx.Survey(
        frame,
        touchpoints=names,
        outcome={"NETPRO": "nps"},
        scale=SCALE,
        outcome_scale=cx.Scale(0, 10, blank=[11]),
    )
    result = cx.drivers(made, n_boot=0)
    assert result.n == 2422
    assert result.dropped == {"no outcome": 2831 - 2746, "a touchpoint left blank": 2746 - 2422}
    assert result.note == (
        "Left out: 85 with no outcome, 324 with a touchpoint left blank. "
        "A link in the answers, not yet a proven effect. Answers with a blank are kept by blanks='impute'."
    )
    used_all = cx.drivers(made, missing="drop", n_boot=0)
    assert used_all.n == 1321
    assert used_all.dropped["a touchpoint not used"] == 2422 - 1321
    assert result.unit == "NPS points"


# Against statsmodels


@pytest.mark.parametrize("weight", [None, "w"])
def test_coefficients_and_their_intervals_equal_statsmodels_hc3(weight):
    frame = answers()
    frame["d"] = frame["d"].replace(0, 3)
    result = cx.drivers(survey(frame, weight=weight), n_boot=0, level=0.9)
    scores = frame[list("abcd")].where(frame[list("abcd")] != 6)
    design = np.column_stack([np.ones(len(frame)), scores["c"].notna(), scores.fillna(0)])
    model = sm.WLS(frame["y"], design, weights=frame["w"] if weight else 1.0).fit(cov_type="HC3", use_t=True)
    table = result.table.set_index("touchpoint").loc[list("abcd")]
    np.testing.assert_allclose(table["coef"], model.params[2:], rtol=1e-9)
    np.testing.assert_allclose(table[["coef_low", "coef_high"]], model.conf_int(0.1)[2:], rtol=1e-9)
    np.testing.assert_allclose(table["p_value"], model.pvalues[2:], rtol=1e-7, atol=1e-300)
    assert result.fit.loc[0, "r2"] == pytest.approx(model.rsquared, abs=1e-12)
    np.testing.assert_allclose(table["q_value"], multipletests(model.pvalues[2:], method="fdr_bh")[1], rtol=1e-7)


def test_clusters_have_cluster_robust_intervals():
    frame = answers().drop(columns="c")
    frame = frame[frame["d"] > 0]
    result = cx.drivers(survey(frame, touchpoints=list("abd"), cluster="flight"), n_boot=0)
    design = sm.add_constant(frame[list("abd")].to_numpy(float))
    y, flight = frame["y"].to_numpy(), frame["flight"].to_numpy()
    whole, flights = sm.OLS(y, design).fit().params, np.unique(flight)
    moves = np.array([sm.OLS(y[flight != f], design[flight != f]).fit().params for f in flights]) - whole
    errors = np.sqrt((len(flights) - 1) / len(flights) * (moves**2).sum(axis=0))
    df = fit_rows(design, y, np.ones(len(y)), flight).df
    half = stats.t.ppf(0.975, df) * errors
    table = result.table.set_index("touchpoint").loc[list("abd")]
    expected = np.column_stack([whole - half, whole + half])[1:]
    np.testing.assert_allclose(table[["coef_low", "coef_high"]], expected, rtol=1e-9)


def test_a_segment_column_as_covariate_is_a_set_of_dummies():
    frame = answers().assign(d=3, c=4)
    result = cx.drivers(survey(frame, touchpoints=["a", "b"]), covariates="group", n_boot=0)
    dummies = pd.get_dummies(frame["group"], drop_first=True, dtype=float)
    model = sm.OLS(frame["y"], sm.add_constant(pd.concat([dummies, frame[["a", "b"]]], axis=1))).fit(
        cov_type="HC3", use_t=True
    )
    table = result.table.set_index("touchpoint").loc[["a", "b"]]
    np.testing.assert_allclose(table["coef"], model.params[["a", "b"]], rtol=1e-9)
    np.testing.assert_allclose(table["p_value"], model.pvalues[["a", "b"]], rtol=1e-7)
    only = sm.OLS(frame["y"], sm.add_constant(dummies)).fit()
    assert result.fit.loc[0, "r2_controls"] == pytest.approx(only.rsquared, abs=1e-12)


def test_an_nps_outcome_is_counted_in_nps_points():
    frame = answers()
    frame["points"] = np.select([frame["nps"] >= 9, frame["nps"] <= 6], [100.0, -100.0], 0.0)
    nps = cx.drivers(survey(frame, outcome={"nps": "nps"}), n_boot=20)
    points = cx.drivers(survey(frame, outcome="points"), n_boot=20)
    pd.testing.assert_frame_equal(nps.table, points.table)
    assert (nps.unit, points.unit) == ("NPS points", "points")


# What the table says


def test_columns_and_the_rest_of_the_result():
    result = cx.drivers(survey(), n_boot=50)
    assert result.table.columns.tolist() == COLUMNS
    tested = ["test", "clusters", "df", "p_first"]
    assert result.fit.columns.tolist() == ["n", "r2", "r2_controls", "r2_adjusted", *tested]
    assert result.unusable.columns.tolist() == ["segment", "touchpoint", "reason"]
    assert result.table["touchpoint"].tolist() == ["a", "b", "c", "d"]
    assert result.table["rank"].tolist() == [1, 2, 3, 4]
    frame = answers()
    used = frame[frame["d"] > 0]
    assert by_name(result, "n").to_dict() == {**dict.fromkeys("abd", len(used)), "c": int((used["c"] < 6).sum())}
    assert by_name(result, "mean")["c"] == pytest.approx(used.loc[used["c"] < 6, "c"].mean())
    assert result.dropped == {"a touchpoint left blank": len(frame) - len(used)}
    assert result.estimate.coef.shape == (1, 1, 4)
    assert result.draws.importance.shape == (50, 1, 4)
    assert result.draws.shares.shape == (50, 1, 4, 5)
    assert result.levels.tolist() == [1, 2, 3, 4, 5]
    np.testing.assert_allclose(result.estimate.shares[0, 0].sum(axis=1)[2], (used["c"] < 6).mean())
    assert result.fit.loc[0, "r2"] == pytest.approx(result.fit.loc[0, "r2_controls"] + result.table["importance"].sum())


def test_by_is_the_same_analysis_in_each_segment():
    made = survey(weight="w")
    result = cx.drivers(made, by="group", n_boot=50)
    assert result.table.columns.tolist() == ["segment", *COLUMNS]
    tested = ["test", "clusters", "df", "p_first"]
    assert result.fit.columns.tolist() == ["segment", "n", "r2", "r2_controls", "r2_adjusted", *tested]
    assert result.segments == ("one", "three", "two")
    for segment in result.segments:
        alone = cx.drivers(made.where(cx.Segment("x", {"group": segment})), n_boot=0)
        own = result.of(segment).drop(columns="segment").reset_index(drop=True)
        pd.testing.assert_frame_equal(own[["touchpoint", "n", *FIGURES]], alone.table[["touchpoint", "n", *FIGURES]])
    assert result.of("two")["segment"].unique().tolist() == ["two"]
    assert result.n == len(answers().query("d > 0"))


def test_measurements_of_many_values_have_means_too():
    frame = pd.DataFrame(np.random.default_rng(0).normal(5, 1, (1500, 2)), columns=["a", "y"])
    for missing in ("indicator", "drop"):
        result = cx.drivers(cx.Survey(frame, touchpoints=["a"], outcome="y"), missing=missing, n_boot=0)
        assert result.table.loc[0, "mean"] == pytest.approx(frame["a"].mean())
        assert len(result.levels) == 0


def test_neither_the_input_nor_the_result_changes():
    frame = answers()
    before = frame.copy(deep=True)
    made = survey(frame)
    table = made.table
    result = cx.drivers(made, by="group", n_boot=20)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(made.table, table)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.table = table


def test_row_order_does_not_matter():
    frame = answers()
    one = cx.drivers(survey(frame), by="group", n_boot=0)
    other = cx.drivers(survey(frame.sample(frac=1, random_state=3)), by="group", n_boot=0)
    pd.testing.assert_frame_equal(one.table, other.table, rtol=1e-9)


def test_the_seed_repeats_and_another_does_not():
    made = survey()
    one, same, other = (cx.drivers(made, n_boot=60, seed=seed) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(one.table, same.table)
    assert not one.table["importance_low"].equals(other.table["importance_low"])
    np.testing.assert_array_equal(one.draws.coef, same.draws.coef)


def test_intervals_contain_the_estimates():
    result = cx.drivers(survey(answers(1000)), by="group", n_boot=300)
    table = result.table
    assert ((table["coef_low"] < table["coef"]) & (table["coef"] < table["coef_high"])).all()
    inside = (table["importance_low"] <= table["importance"]) & (table["importance"] <= table["importance_high"])
    assert inside.all()
    assert ((table["rank_low"] <= table["rank"]) & (table["rank"] <= table["rank_high"])).all()
    assert (table["importance_low"] >= 0).all()


def test_default_number_of_resamples_does_not_fall_with_the_touchpoints(capsys):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(1, 6, (60, 16)), columns=[f"t{i}" for i in range(16)]).assign(
        y=rng.normal(size=60)
    )
    assert cx.drivers(cx.Survey(frame, touchpoints=["t1", "t2"], outcome="y")).n_boot == 1000
    assert cx.drivers(cx.Survey(frame, touchpoints=[f"t{i}" for i in range(16)], outcome="y")).n_boot == 1000
    assert capsys.readouterr().err == ""


def test_what_takes_long_in_several_segments_is_shown(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    rng = np.random.default_rng(0)
    names = [f"t{i}" for i in range(13)]
    frame = pd.DataFrame(rng.integers(1, 6, (90, 13)), columns=names).assign(y=rng.normal(size=90), who=[*"abc"] * 30)
    many, few = (cx.Survey(frame, touchpoints=some, outcome="y", segments=["who"]) for some in (names, names[:4]))
    cx.drivers(few, by="who", n_boot=5)
    assert capsys.readouterr().err == ""
    cx.drivers(many, by="who", n_boot=5)
    assert capsys.readouterr().err.startswith("\rimportance:")


def test_no_resamples_no_intervals():
    result = cx.drivers(survey(), n_boot=0)
    assert result.draws is None
    assert result.table[["importance_low", "importance_high", "rank_low", "rank_high"]].isna().all(axis=None)
    assert result.fit["p_first"].isna().all()
    assert result.table["coef_low"].notna().all()


# Rows on disk


def test_on_disk_equals_in_memory(tmp_path, monkeypatch):
    frame = answers(4000, seed=8)
    roles = {"weight": "w", "respondent": "id"}
    inside = cx.drivers(survey(frame, **roles), by="group", n_boot=500)
    frame.to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    monkeypatch.setattr(tables, "BATCH", 1000)
    monkeypatch.setattr(answers_module, "IN_MEMORY", 0)
    made = survey(tmp_path / "a.parquet", **roles)
    assert isinstance(made.source, tables.OnDisk)
    outside = cx.drivers(made, by="group", n_boot=500)
    points = ["segment", "touchpoint", "n", "mean", "coef", "importance", "share", "rank"]
    pd.testing.assert_frame_equal(outside.table[points], inside.table[points], rtol=1e-10)
    np.testing.assert_allclose(outside.fit["r2"], inside.fit["r2"], rtol=1e-10)
    assert outside.dropped == inside.dropped
    for name in ("coef", "importance"):
        width = [table[f"{name}_high"] - table[f"{name}_low"] for table in (outside.table, inside.table)]
        big = inside.table["importance"] > 0.01
        ratio = (width[0] / width[1])[big]
        assert ratio.between(0.7, 1.4).all(), ratio.tolist()


@pytest.mark.parametrize("role", [{}, {"cluster": "flight"}])
@pytest.mark.parametrize("kind", ["on disk", "in memory"])
def test_small_segments_of_large_files_have_the_errors_of_small_files(tmp_path, monkeypatch, role, kind):
    frame = answers(3000, seed=8).assign(group=lambda f: np.where(f.index % 20 == 0, 7, np.where(f.index % 30, 8, 9)))
    frame["group"] = frame["group"].where(frame.index % 31 > 0)  # the words "7", "8", "9" and "not stated"
    inside = cx.drivers(survey(frame, **role), by="group", n_boot=0)
    frame.to_parquet(tmp_path / "a.parquet")
    for module in (tables, answers_module):
        monkeypatch.setattr(module, "IN_MEMORY", 1000)
    monkeypatch.setattr(answers_module, "SMALL_CELL", 300)
    outside = cx.drivers(survey(tmp_path / "a.parquet" if kind == "on disk" else frame, **role), by="group", n_boot=0)
    errors = ["touchpoint", "coef_low", "coef_high", "p_value"]
    for segment in ("7", "9"):
        pd.testing.assert_frame_equal(outside.of(segment)[errors], inside.of(segment)[errors], rtol=1e-7)
    told = outside.fit.set_index("segment")["test"]
    assert told[["7", "9"]].tolist() == ["clusters" if role else "HC3"] * 2
    assert told[["8"]].tolist() == ["blocks"]
    small = frame.head(250)
    small.to_parquet(tmp_path / "small.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 100)
    few = cx.drivers(survey(tmp_path / "small.parquet", **role), n_boot=0)
    pd.testing.assert_frame_equal(few.table[errors], cx.drivers(survey(small, **role), n_boot=0).table[errors])


def piled_up(n: int = 150, seed: int = 0) -> pd.DataFrame:
    """Scores of which four in five are 5, and an outcome that goes with the first."""
    rng = np.random.default_rng(seed)
    chance = rng.random((n, 4))
    frame = pd.DataFrame(np.where(chance < 0.8, 5, np.where(chance < 0.97, 4, 1)), columns=list("abcd"))
    return frame.assign(y=frame["a"] + rng.exponential(size=n), group="one", flight=rng.integers(0, 30, n))


def test_few_answers_at_the_top_are_tested_by_permutation():
    result = cx.drivers(survey(piled_up()), n_boot=0)
    assert result.fit["test"].tolist() == ["permutation"]
    assert "Tests by permutation, since few answers pile up at an end of the scale." in result.note
    p = by_name(result, "p_value")
    assert p["a"] == pytest.approx(0.001)
    assert (p * 1000).round(6).tolist() == (p * 1000).round().tolist()  # of 999 permutations
    for frame in (piled_up(300), answers(150)):
        plain = cx.drivers(survey(frame), n_boot=0)
        assert plain.fit["test"].tolist() == ["HC3"]
        assert "permutation" not in plain.note
    assert cx.drivers(survey(piled_up(), cluster="flight"), n_boot=0).fit["test"].tolist() == ["clusters"]


def test_permutations_allow_for_weights_groups_and_columns_that_follow_from_others():
    frame = piled_up().assign(w=np.random.default_rng(1).uniform(0.5, 2, 150), e=lambda f: f["a"])
    made = survey(frame, touchpoints=list("abcde"), weight="w")
    result = cx.drivers(made, groups={"both": ["b", "c"]}, n_boot=0)
    p = by_name(result, "p_value")
    assert p["a"] == pytest.approx(0.001)
    assert p["both"] > 0.01
    assert np.isnan(p["e"])


def test_few_rows_that_were_left_out_are_not_counted_out():
    frame = answers(300)
    frame["d"] = frame["d"].replace(0, 3)
    frame.loc[:3, "d"] = 0
    frame.loc[10:14, "y"] = np.nan
    result = cx.drivers(survey(frame), n_boot=0)
    assert result.dropped == {"no outcome": 5, "a touchpoint left blank": "fewer than 5"}
    assert result.note.startswith("Left out: 5 with no outcome, fewer than 5 with a touchpoint left blank.")


def test_the_result_says_how_many_clusters_there_are_and_what_they_can_tell():
    result = cx.drivers(survey(cluster="flight"), n_boot=0)
    assert result.fit["clusters"].tolist() == [40]
    assert 20 < result.fit.loc[0, "df"] < 39
    assert f"40 clusters, {result.fit.loc[0, 'df']:.1f} degrees of freedom." in result.note
    assert result.table["p_value"].notna().all()
    few = cx.drivers(survey(answers().assign(flight=lambda f: f["flight"] % 4), cluster="flight"), n_boot=0)
    assert few.table[["p_value", "q_value"]].isna().all(axis=None)
    assert few.table[["coef_low", "coef_high"]].notna().all(axis=None)
    assert "degrees of freedom: too few clusters to tell." in few.note
    assert cx.drivers(survey(), n_boot=0).fit["clusters"].isna().all()


@pytest.mark.parametrize("kind", ["binary", "ordinal"])
def test_fitted_outcomes_say_what_their_clusters_can_tell(kind):
    frame = answers().assign(said=lambda f: (f["y"] > f["y"].median()).astype(int) + (f["y"] > f["y"].quantile(0.8)))
    frame["said"] = frame["said"].clip(upper=1 if kind == "binary" else 2)
    made = survey(frame, outcome={"said": kind}, cluster="flight")
    result = cx.drivers(made, n_boot=0)
    assert result.fit["test"].tolist() == ["clusters"]
    assert result.fit["clusters"].tolist() == [40]
    assert 15 < result.fit.loc[0, "df"] < 39
    assert f"40 clusters, {result.fit.loc[0, 'df']:.1f} degrees of freedom." in result.note
    assert result.table["p_value"].notna().all()
    few = cx.drivers(
        survey(frame.assign(flight=frame["flight"] % 4), outcome={"said": kind}, cluster="flight"), n_boot=0
    )
    assert few.table[["p_value", "q_value"]].isna().all(axis=None)
    assert few.table[["coef_low", "coef_high"]].notna().all(axis=None)
    assert "degrees of freedom: too few clusters to tell." in few.note
    plain = cx.drivers(survey(frame, outcome={"said": kind}), n_boot=0).fit
    assert plain["test"].tolist() == ["likelihood"]
    assert plain["clusters"].isna().all()


def test_a_batch_on_disk_without_usable_answers(tmp_path, monkeypatch):
    frame = answers(300)
    frame.loc[100:199, "y"] = np.nan
    frame.to_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    monkeypatch.setattr(tables, "BATCH", 100)
    monkeypatch.setattr(answers_module, "IN_MEMORY", 0)
    outside = cx.drivers(survey(tmp_path / "a.parquet"), by="group", n_boot=0)
    assert outside.dropped["no outcome"] == 100
    inside = cx.drivers(survey(frame), by="group", n_boot=0)
    points = ["segment", "touchpoint", "n", "coef", "importance"]
    pd.testing.assert_frame_equal(outside.table[points], inside.table[points])


def test_many_rows_in_memory_are_resampled_by_block(monkeypatch):
    frame = answers(600)
    one = cx.drivers(survey(frame), n_boot=50)
    monkeypatch.setattr(answers_module, "IN_MEMORY", 0)
    other = cx.drivers(survey(frame), n_boot=50)
    pd.testing.assert_frame_equal(
        one.table[["touchpoint", "coef", "importance"]], other.table[["touchpoint", "coef", "importance"]]
    )
    assert not one.table["importance_low"].equals(other.table["importance_low"])


# What cannot be estimated is listed


@pytest.mark.parametrize("block", [False, True])
@pytest.mark.parametrize("missing", ["indicator", "drop"])
def test_what_has_no_coefficient_is_listed_with_its_reason(block, missing, monkeypatch):
    if block:
        monkeypatch.setattr(answers_module, "IN_MEMORY", 0)
    frame = answers()
    frame = frame[frame["d"] > 0].assign(same=4, a2=frame["a"])
    frame["never"] = 6 if missing == "indicator" else 5
    made = survey(frame, touchpoints=["a", "b", "a2", "same", "never"])
    result = cx.drivers(made, missing=missing, n_boot=50)
    never = "nobody scored it" if missing == "indicator" else "all who used it gave the same score"
    assert result.unusable.to_dict("records") == [
        {"segment": "", "touchpoint": "a2", "reason": "its scores follow from those of other touchpoints"},
        {"segment": "", "touchpoint": "same", "reason": "all who used it gave the same score"},
        {"segment": "", "touchpoint": "never", "reason": never},
    ]
    table = result.table.set_index("touchpoint")
    assert table["coef"].isna().to_dict() == {"a": False, "b": False, "a2": True, "same": True, "never": True}
    assert table.loc["a", "importance"] == pytest.approx(table.loc["a2", "importance"])
    assert table.loc[["same", "never"], "importance"].tolist() == pytest.approx([0, 0], abs=1e-12)
    assert result.note == (
        "No answer was left out. Intervals of importance and rank: 95 %, from 50 redraws of the answers. "
        "Not estimated: a2 (its scores follow from those of other touchpoints), "
        f"same (all who used it gave the same score), never ({never}). A link in the answers, not yet a proven effect."
    )


def test_a_touchpoint_that_repeats_a_covariate_is_listed():
    frame = answers().assign(a2=lambda frame: frame["a"])
    result = cx.drivers(survey(frame, touchpoints=["a", "a2", "b"]), covariates=["a"], n_boot=20)
    assert result.unusable.to_dict("records") == [
        {"segment": "", "touchpoint": "a2", "reason": "its scores follow from usage and covariates"}
    ]


@pytest.mark.parametrize("block", [False, True])
def test_segments_too_small_or_all_alike_are_listed(block, monkeypatch):
    if block:
        monkeypatch.setattr(answers_module, "IN_MEMORY", 0)
    frame = answers().iloc[:200].assign(c=3, d=3)
    frame["group"] = ["few"] * 3 + ["one"] + ["alike"] * 30 + ["small"] * 6 + ["rest"] * 159 + [None]
    frame.loc[frame["group"] == "alike", "y"] = 7.0
    made = survey(frame, touchpoints=["a", "b"])
    result = cx.drivers(made, by="group", n_boot=400)
    assert result.unusable.to_dict("records") == [
        {"segment": "alike", "touchpoint": "all", "reason": "everyone gave the same outcome"},
        {"segment": "few", "touchpoint": "all", "reason": HIDDEN},
        {"segment": "not stated", "touchpoint": "all", "reason": HIDDEN},
        {"segment": "one", "touchpoint": "all", "reason": HIDDEN},
    ]
    assert result.segments == ("rest", "small")
    assert result.n == 165
    assert f"Not estimated: alike (everyone gave the same outcome), few ({HIDDEN})" in result.note
    known = result.table[["coef", "importance_low", "importance_high", "rank_low"]]
    assert known.notna().all(axis=None)


def test_touchpoints_that_explain_nothing():
    frame = pd.DataFrame({"a": [3] * 20, "y": range(20)})
    result = cx.drivers(cx.Survey(frame, touchpoints=["a"], outcome="y"), n_boot=20)
    assert result.table.loc[0, "importance"] == 0
    assert np.isnan(result.table.loc[0, "share"])
    assert str(result) == "No touchpoint explains any differences in y. n = 20."


# What is refused


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        (
            {"outcome": "npz"},
            ColumnError,
            "outcome 'npz' is not an outcome of this survey. Did you mean 'nps'? Outcomes: y, nps, stays, likes.",
        ),
        (
            {"by": "grup"},
            ColumnError,
            "by='grup' is not a segment of this survey. Did you mean 'group'? Segments: group, flight. "
            "Name the column in Survey(..., segments=[...]).",
        ),
        (
            {"missing": "drp"},
            OptionError,
            "missing='drp' is not an option. Did you mean 'drop'? Options: 'indicator', 'drop'.",
        ),
        (
            {"missing": "pairwise"},
            OptionError,
            "missing='pairwise' is not an option. Options: 'indicator', 'drop'.",
        ),
        (
            {"level": 95},
            ValuesError,
            "level=95 is not a confidence level. Give a share between 0 and 1, such as 0.95.",
        ),
        (
            {"covariates": ["zzz"]},
            ColumnError,
            "covariate 'zzz' is neither a touchpoint nor a free segment column of this survey. "
            "Covariates: a, b, c, d, group, flight.",
        ),
        (
            {"covariates": ["group"], "by": "group"},
            ColumnError,
            "covariate 'group' is neither a touchpoint nor a free segment column of this survey. "
            "Covariates: a, b, c, d, flight.",
        ),
        (
            {"covariates": list("abcd")},
            ValuesError,
            "no touchpoint is left to share the importance. Name fewer covariates.",
        ),
        (
            {"n_boot": 1},
            ValuesError,
            "n_boot must be 0 (no intervals), or 2 or more; 1000 is usual. You gave 1.",
        ),
        (
            {"n_boot": -5},
            ValuesError,
            "n_boot must be 0 (no intervals), or 2 or more; 1000 is usual. You gave -5.",
        ),
    ],
)
def test_options_that_are_refused(options, kind, message):
    frame = answers(50).assign(stays=[0, 1] * 25, likes=[1, 2] * 25)
    kinds = {"y": "interval", "nps": "nps", "stays": "binary", "likes": "ordinal"}
    with pytest.raises(kind) as error:
        cx.drivers(survey(frame, outcome=kinds, segments=["group", "flight"]), **options)
    assert str(error.value) == message


def test_too_many_touchpoints():
    frame = pd.DataFrame(np.ones((30, 26)), columns=[f"t{i}" for i in range(26)]).assign(y=range(30))
    with pytest.raises(ValuesError) as error:
        cx.drivers(cx.Survey(frame, touchpoints=[f"t{i}" for i in range(26)], outcome="y"), method="lmg")
    assert str(error.value) == (
        "26 players are to share the importance of interval outcome 'y'; exact importance takes at "
        "most 25, since each one more doubles its time. "
        "Join touchpoints in groups={name: [touchpoint, ...]}, name fewer in Survey(...), or choose "
        "method='relative weights' or method='sampling'."
    )


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        (
            {"a": 0},
            {},
            "too few complete answers: 0 of 50 can be used (left out: 50 with a touchpoint left blank). "
            "If an empty cell or the code 0 means that a touchpoint was not used, say so: "
            "Scale(..., not_used=[6, None]); if it is no answer, ask with blanks='impute'.",
        ),
        (
            {"a": [0] * 46 + [1, 2, 3, 4], "c": 6},
            {"by": "group"},
            "too few complete answers in any segment of 'group': fewer than 5 of 50 can be used "
            "(left out: a touchpoint left blank). "
            "If an empty cell or the code 0 means that a touchpoint was not used, say so: "
            "Scale(..., not_used=[6, None]); if it is no answer, ask with blanks='impute'.",
        ),
        (
            {"c": 6},
            {"missing": "drop"},
            "too few complete answers: 0 of 50 can be used (left out: 50 with a touchpoint not used). "
            "Name fewer touchpoints, or touchpoints that more people rated.",
        ),
        (
            {"y": 1.5},
            {},
            "outcome 'y' cannot be explained: everyone gave the same outcome. 50 of 50 answers can be used. "
            "Choose another outcome, grouping or cluster, or keep more answers.",
        ),
        (
            {"flight": 1},
            {},
            "outcome 'y' cannot be explained: all answers have the same 'flight'. 50 of 50 answers can be used. "
            "Choose another outcome, grouping or cluster, or keep more answers.",
        ),
        (
            {"group": ["one"] * 48 + ["two"] * 2, "y": [1.0] * 48 + [np.nan, 2.0]},
            {"by": "group"},
            "no segment of 'group' can be shown: one has fewer than 5 answers, and the others would tell of them. "
            "Join segments, or ask without by=.",
        ),
    ],
)
def test_nothing_to_analyse(changes, options, message):
    frame = answers(50).assign(b=3, c=3, d=3).assign(**changes)
    with pytest.raises(ValuesError) as error:
        cx.drivers(survey(frame, cluster="flight" if "flight" in changes else None), **options)
    assert str(error.value) == message


# What it says


def test_sentences(shared):
    made, _ = reference(shared, "attitude")
    result = cx.drivers(made)
    assert (
        str(result)
        == repr(result)
        == (
            "complaints goes with rating most: +0.61 [0.30, 0.93] points per rating point; clearly first. "
            "6 touchpoints account for 73 of 100 points of the differences in rating, 66 beyond chance. n = 30."
        )
    )
    assert result.note == (
        "No answer was left out. Intervals of importance and rank: 95 %, from 1,000 redraws of the answers. "
        "A link in the answers, not yet a proven effect."
    )
    assert str(cx.drivers(made, n_boot=0)) == (
        "complaints goes with rating: +0.61 [0.30, 0.93] points per rating point. "
        "6 touchpoints account for 73 of 100 points of the differences in rating, 66 beyond chance. n = 30."
    )
    assert str(cx.drivers(made, n_boot=0, covariates=ATTITUDE[1:])) == (
        "complaints goes with rating: +0.61 [0.30, 0.93] points per rating point. "
        "1 touchpoint accounts for 17 of 100 points of the differences in rating, 17 beyond chance. n = 30."
    )


def test_nothing_clear_names_nobody():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 6, (80, 12)), columns=[f"t{k}" for k in range(12)])
    noise = cx.Survey(frame.assign(y=rng.normal(size=80)), touchpoints=list(frame.columns), outcome="y")
    found = cx.drivers(noise, n_boot=0)
    assert found.table["q_value"].min() > 0.05
    points = 100 * (found.fit["r2"][0] - found.fit["r2_controls"][0])
    assert points > 5
    assert str(found) == (
        "No touchpoint clearly goes with y; every q is over 0.05. "
        f"12 touchpoints account for {points:.0f} of 100 points of the differences in y, 0 beyond chance. n = 80."
    )


def test_of_several_alike_none_is_called_first():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.integers(1, 6, (400, 4)), columns=list("abcd"))
    frame["y"] = frame.sum(axis=1) + 3 * rng.normal(size=400)
    found = cx.drivers(cx.Survey(frame, touchpoints=list("abcd"), outcome="y"), n_boot=100)
    first = found.table["touchpoint"][0]
    assert found.finding.lead == f"{first} goes with y:"
    assert found.finding.certainty == "no touchpoint is clearly first"


def fitted_answers() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    frame = answers(600)
    frame["churn"] = (frame["y"] + 2 * rng.normal(size=600) < 6).astype(int)
    frame["likes"] = pd.cut(frame["y"] + rng.normal(size=600), [-99, 5, 7, 99], labels=False)
    return frame


def test_sentences_with_players_that_are_no_touchpoints():
    result = cx.drivers(survey(), groups={"front": ["a", "b"]}, factors=["group"], n_boot=0)
    assert str(result) == (
        "front goes with y: 37 points of importance. "
        "4 drivers account for 46 of 100 points of the differences in y, 46 beyond chance. n = 382."
    )
    alone = cx.drivers(survey(), groups={"all": list("abcd")}, n_boot=0)
    assert str(alone) == (
        "all goes with y: 46 points of importance. "
        "1 driver accounts for 46 of 100 points of the differences in y, 46 beyond chance. n = 382."
    )
    nothing = survey(answers().assign(a=3, b=3, c=3, d=3))
    assert str(cx.drivers(nothing, groups={"all": list("abcd")}, n_boot=0)) == (
        "No driver explains any differences in y. n = 400."
    )


def test_sentences_of_fitted_outcomes():
    kinds = {"y": "interval", "churn": "binary", "likes": "ordinal"}
    made = survey(fitted_answers(), outcome=kinds)
    churn = cx.drivers(made, outcome="churn", n_boot=20)
    assert churn.unit == "log odds"
    assert churn.finding == Finding(
        lead="a goes with churn:",
        figure="3",
        interval="[0, 6]",
        unit="points of importance",
        certainty="no touchpoint is clearly first",
        more=("4 touchpoints account for 6 of 100 points of the fit of churn (McFadden R²)",),
        n="581",
    )
    likes = cx.drivers(made, outcome="likes", groups={"front": ["a", "b"]}, n_boot=0).finding
    assert (likes.lead, likes.figure, likes.interval, likes.certainty) == ("front goes with likes:", "13", "", "")
    assert likes.more == ("3 drivers account for 15 of 100 points of the fit of likes (McFadden R²)",)
    weights = cx.drivers(made, outcome="churn", method="relative weights", n_boot=0)
    assert str(weights) == (
        "a goes with churn: 4 points of importance. "
        "4 touchpoints account for 8 of 100 points of the differences in churn. n = 581."
    )
    assert weights.note == (
        "Left out: 19 with a touchpoint left blank. Importance by relative weights. "
        "A link in the answers, not yet a proven effect."
    )


def test_notes_of_imputation_and_of_the_method():
    assert cx.drivers(survey(), blanks="impute", n_boot=2).note == (
        "No answer was left out. Ratings left blank were imputed, anew in each redraw; n counts real ratings. "
        "Intervals of importance and rank: 95 %, from 2 redraws of the answers. "
        "A link in the answers, not yet a proven effect."
    )
    assert cx.drivers(survey(), method="sampling", n_boot=0).note == (
        "Left out: 18 with a touchpoint left blank. Importance by sampling. "
        "A link in the answers, not yet a proven effect."
    )


def test_rank_intervals_are_quantiles_of_the_ranks_of_the_resamples():
    result = cx.drivers(survey(answers(120)), n_boot=200, level=0.8)
    ranks = (-result.draws.importance[:, 0]).argsort(axis=1).argsort(axis=1) + 1
    low, high = np.quantile(ranks, [0.1, 0.9], axis=0)
    table = result.table.set_index("touchpoint").loc[list(result.touchpoints)]
    assert table["rank_low"].tolist() == low.tolist()
    assert table["rank_high"].tolist() == high.tolist()


def test_a_group_of_four_is_not_shown():
    frame = pd.DataFrame({"web": [1, 2, 3, 4, 5, 4, 3, 2, 1, 2, 3, 5], "y": [1, 2, 4, 4, 5, 3, 3, 2, 2, 2, 3, 4]})
    frame = pd.concat([frame, frame], ignore_index=True)
    frame["group"] = ["big"] * 12 + ["next"] * 8 + ["tiny"] * 4
    result = cx.drivers(cx.Survey(frame, touchpoints=["web"], outcome="y", segments=["group"]), by="group", n_boot=0)
    assert result.segments == ("big",)
    assert result.unusable["segment"].tolist() == ["next", "tiny"]  # or what is left of all would be tiny
    assert set(result.unusable["reason"]) == {HIDDEN}


def test_nothing_of_a_small_group_follows_from_the_whole():
    """What the findings of the first version took from the tables: all less the groups shown."""
    frame = answers(300)
    frame["group"] = ["east"] * 3 + ["west"] * 60 + ["north"] * 100 + ["south"] * 137
    made = survey(frame)
    whole, split = cx.drivers(made, n_boot=20), cx.drivers(made, by="group", n_boot=20)
    left = int(whole.fit["n"].sum() - split.fit["n"].sum())
    assert left > 50
    assert split.segments == ("north", "south")
    for table in (split.table, split.contrasts, split.measures, split.performance().table, split.opportunity().table):
        assert set(table["segment"]) == {"north", "south"}
    by_touchpoint = split.table.groupby("touchpoint")["n"].sum()
    assert (whole.table.set_index("touchpoint")["n"] - by_touchpoint > 5).all()
    said = [split.note, str(split), split._repr_html_(), *split.unusable["reason"]]
    assert not any("3 answers" in text for text in said)
    forecast = cx.what_if(split, {"a": 0.5})
    assert "east" not in forecast.table.to_string()
    assert "west" not in forecast.table.to_string()


@pytest.mark.parametrize("on_disk", [False, True])
def test_groups_by_two_columns_are_guarded_together_by_those_who_take_part(on_disk, tmp_path, monkeypatch):
    """Complete answers are a table of their own: 60 of A and 3 of C are all that purpose Y has."""
    frame = pd.DataFrame({"group": ["A"] * 60 + ["B"] * 20 + ["C"] * 20})
    frame["purpose"] = np.where(frame["group"] == "B", "Z", "Y")
    rng = np.random.default_rng(0)
    frame[["a", "b"]] = rng.integers(1, 6, (100, 2))
    frame["y"] = frame["a"] + rng.normal(size=100)
    frame.loc[80:88, "b"] = 0
    frame.loc[89:96, "a"] = 0
    frame.loc[60:67, "a"] = 0
    data = frame
    if on_disk:
        data = tmp_path / "answers.parquet"
        frame.to_parquet(data)
        monkeypatch.setattr(tables, "IN_MEMORY", 0)
    made = survey(data, touchpoints=["a", "b"], segments=["group", "purpose"])
    alone = survey(data, touchpoints=["a", "b"], segments=["purpose"])
    assert cx.drivers(alone, by="purpose", n_boot=0).fit["n"].tolist() == [63, 12]
    assert _shown(made, "purpose") | _shown(made, "group") != {}
    assert not {"A", "Y"} <= {*_shown(made, "purpose"), *_shown(made, "group")}  # their difference is 3


def _shown(made: cx.Survey, by: str) -> dict[str, int]:
    """How many answers each group that is shown has."""
    with suppress(ValuesError):
        fit = cx.drivers(made, by=by, n_boot=0).fit
        return dict(zip(fit["segment"], fit["n"], strict=True))
    return {}


def test_on_disk_the_same_groups_are_hidden(tmp_path, monkeypatch):
    frame = answers(300)
    frame["group"] = ["east"] * 3 + ["west"] * 60 + ["north"] * 100 + ["south"] * 137
    frame["d"] = frame["d"].replace(0, 3)
    memory = cx.drivers(survey(frame), by="group", n_boot=0)
    frame.to_parquet(tmp_path / "answers.parquet")
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    disk = cx.drivers(survey(tmp_path / "answers.parquet"), by="group", n_boot=0)
    assert disk.segments == memory.segments == ("north", "south")
    pd.testing.assert_frame_equal(disk.unusable, memory.unusable)


def test_a_touchpoint_that_few_of_a_group_scored_cannot_be_had_from_the_others():
    frame = answers(300)
    frame["group"] = ["east"] * 100 + ["north"] * 100 + ["south"] * 100
    frame["c"] = 6
    frame.loc[[*range(3), *range(100, 130), *range(200, 280)], "c"] = [1, 2, 5] * 37 + [3, 4]
    made = survey(frame)
    split = cx.drivers(made, by="group", n_boot=20)
    of_c = split.table[split.table["touchpoint"] == "c"].set_index("segment")
    assert of_c["n"].isna().to_dict() == {"south": False, "north": True, "east": True}
    assert of_c.loc[["north", "east"], ["mean", "coef", "coef_low", "p_value"]].isna().all(axis=None)
    reach = split.moments_of_truth().table.set_index(["touchpoint", "segment"])["reach"]
    assert reach["c"].isna().to_dict() == {"south": False, "north": True, "east": True}  # it would tell n
    assert split.unusable.to_dict("records") == [
        {"segment": "east", "touchpoint": "c", "reason": HIDDEN},
        {"segment": "north", "touchpoint": "c", "reason": HIDDEN},
    ]
    alone = cx.drivers(made.where(cx.Segment("east", {"group": "east"})), n_boot=0)
    assert alone.unusable["reason"].tolist() == ["fewer than 5 answers"]


def test_drivers_works_on_a_survey():
    with pytest.raises(OptionError) as error:
        cx.drivers(answers(60))
    assert str(error.value) == (
        "drivers works on a Survey, not on a DataFrame. Make one: cx.Survey(data, touchpoints=[...], outcome='column')."
    )


def test_html_is_escaped():
    frame = answers(60).rename(columns={"a": "<b>x</b>"}).assign(group="<i>", c=6)
    for by in (None, "group"):
        result = cx.drivers(survey(frame, touchpoints=["<b>x</b>", "b", "c"]), by=by, n_boot=10)
        page = result._repr_html_()
        assert "&lt;b&gt;x&lt;/b&gt;" in page
        assert "<b>" not in page
        assert "<i>" not in page


# Against known truth


def test_half_the_reach_is_about_half_the_importance():
    rng = np.random.default_rng(4)
    n = 20_000
    scores = rng.integers(1, 6, (n, 2))
    used = rng.random(n) < 0.5
    noise = rng.normal(size=n) * 2
    everyone = pd.DataFrame(scores, columns=["a", "b"]).assign(y=0.5 * (scores - 3).sum(axis=1) + noise)
    half = everyone.assign(
        a=np.where(used, everyone["a"], 6), y=0.5 * (scores[:, 0] - 3) * used + 0.5 * (scores[:, 1] - 3) + noise
    )
    results = [
        cx.drivers(cx.Survey(frame, touchpoints=["a", "b"], outcome="y", scale=SCALE), n_boot=0)
        for frame in (everyone, half)
    ]
    ratio = by_name(results[1], "importance") / by_name(results[0], "importance")
    assert ratio["a"] == pytest.approx(0.5, abs=0.07)
    assert ratio["b"] == pytest.approx(1, abs=0.12)
    assert by_name(results[1], "coef")["a"] == pytest.approx(0.5, abs=0.06)  # among users, reach aside
    assert by_name(results[1], "n")["a"] == used.sum()


@pytest.mark.simulation
def test_noise_is_called_noise_in_five_of_a_hundred():
    rng = np.random.default_rng(20)
    found = []
    for _ in range(60):
        common = rng.normal(size=(150, 1))
        frame = pd.DataFrame(np.clip(np.round(3 + common + rng.normal(size=(150, 4))), 1, 5), columns=list("abcd"))
        frame["y"] = rng.normal(size=150)
        found.append(cx.drivers(cx.Survey(frame, touchpoints=list("abcd"), outcome="y"), n_boot=0).table["p_value"])
    p = np.concatenate(found)
    error = np.sqrt(0.05 * 0.95 / len(p))
    assert abs((p < 0.05).mean() - 0.05) < 3 * error


@pytest.mark.simulation
def test_the_interval_of_importance_covers_the_truth():
    crowd = answers(400_000, seed=99)[["a", "b", "y"]].to_numpy(float)
    truth = lmg(np.cov(crowd.T)[:, :, None])[:, 0]
    hits = []
    for run in range(50):
        frame = answers(300, seed=1000 + run)
        table = cx.drivers(survey(frame, touchpoints=["a", "b"]), n_boot=200).table.set_index("touchpoint")
        low, high = table["importance_low"].loc[["a", "b"]], table["importance_high"].loc[["a", "b"]]
        hits.append(((low <= truth) & (truth <= high)).to_numpy())
    share = np.mean(hits)
    assert 0.95 - 3 * np.sqrt(0.95 * 0.05 / 50) < share <= 0.99  # the two intervals of a run go together
