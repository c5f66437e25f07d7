"""Diagnosis: held against statsmodels, refits without a row, and known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold
from statsmodels.stats.outliers_influence import OLSInfluence, variance_inflation_factor

import cxlens as cx
import cxlens.engine.answers as answers_module
from cxlens.engine import tables
from cxlens.errors import OptionError, ValuesError

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])


def answers(n: int = 400, seed: int = 1, unused: float = 0.2) -> pd.DataFrame:
    """Simulated answers on a scale of 5 with a halo: 6 for not used."""
    rng = np.random.default_rng(seed)
    scores = np.clip(np.round(3.4 + rng.normal(size=(n, 1)) * 0.6 + rng.normal(size=(n, 4)) * 0.9), 1, 5).astype(int)
    frame = pd.DataFrame(scores, columns=list("abcd"))
    frame["y"] = 2 + scores @ np.array([0.6, 0.4, 0.2, 0.0]) + 1.5 * rng.normal(size=n)
    frame["yes"] = (frame["y"] > 6).astype(int)
    frame["grade"] = np.clip(np.round(frame["y"] / 2), 1, 5).astype(int)
    frame["w"] = rng.uniform(0.5, 2, n)
    frame["group"] = rng.choice(["one", "two", "three"], n)
    frame["flight"] = rng.integers(0, 40, n)
    frame.loc[rng.random(n) < unused, "c"] = 6
    return frame


def survey(frame: pd.DataFrame | None = None, **roles) -> cx.Survey:
    frame = answers() if frame is None else frame
    roles = {"touchpoints": list("abcd"), "outcome": "y", "scale": SCALE, "segments": ["group"], **roles}
    return cx.Survey(frame, **roles)


# The model


@pytest.mark.parametrize("roles", [{}, {"weight": "w"}, {"weight": "w", "cluster": "flight"}])
def test_the_model_has_the_coefficients_errors_and_r2_of_the_table(roles):
    told = cx.drivers(survey(**roles), n_boot=0, covariates=["d"], factors=["group"])
    fit, table = told.model(), told.table.set_index("touchpoint").loc[list("abc")]
    assert fit.params[list("abc")].to_numpy() == pytest.approx(table["coef"].to_numpy(), abs=1e-9)
    ends = fit.conf_int().loc[list("abc")].to_numpy()
    if "cluster" in roles:  # statsmodels has no CR3: its errors of clusters are smaller
        assert (np.diff(ends)[:, 0] < table["coef_high"] - table["coef_low"]).all()
    else:
        assert fit.pvalues[list("abc")].to_numpy() == pytest.approx(table["p_value"].to_numpy(), abs=1e-9)
        assert ends == pytest.approx(table[["coef_low", "coef_high"]].to_numpy(), abs=1e-9)
    assert fit.rsquared == pytest.approx(told.fit.loc[0, "r2"])
    assert fit.params.index.tolist() == ["constant", "used c", "d", "a", "b", "c", "group = three", "group = two"]


def test_there_is_a_model_for_each_segment_without_columns_that_follow_from_others():
    frame = answers().assign(e=lambda f: f["a"])
    told = cx.drivers(survey(frame, touchpoints=list("abcde")), by="group", n_boot=0)
    fit = told.model("two")
    assert fit.nobs == (frame["group"] == "two").sum()
    assert "e" not in fit.params
    assert fit.params[list("abcd")].to_numpy() == pytest.approx(
        told.of("two").set_index("touchpoint").loc[list("abcd"), "coef"].to_numpy()
    )


@pytest.mark.parametrize(
    ("outcome", "kind", "roles"), [("yes", "binary", {}), ("yes", "binary", {"weight": "w"}), ("grade", "ordinal", {})]
)
def test_the_model_of_a_fitted_outcome(outcome, kind, roles):
    told = cx.drivers(survey(outcome={outcome: kind}, **roles), n_boot=0)
    fit, table = told.model(), told.table.set_index("touchpoint").loc[list("abcd")]
    assert fit.params[list("abcd")].to_numpy() == pytest.approx(table["coef"].to_numpy(), abs=1e-3)
    half = (table["coef_high"] - table["coef_low"]).to_numpy() / 2
    ends = fit.conf_int().loc[list("abcd")].to_numpy()
    of_statsmodels = (ends[:, 1] - ends[:, 0]) / 2
    assert of_statsmodels == pytest.approx(half, rel=0.03)
    if kind == "binary":
        assert (of_statsmodels < half).all()  # the table's errors leave out each answer in turn


ROWLESS = "there is no model of rows to hand over: "


@pytest.mark.parametrize(
    ("roles", "options", "segment", "kind", "text"),
    [
        ({}, {"by": "group"}, None, ValuesError,
         "there is a model for each segment of 'group'. Name one: segment='one'."),
        ({}, {"by": "group"}, "on", OptionError,
         "segment 'on' is not known here. Did you mean 'one'? Segments: one, three, two."),
        ({}, {"blanks": "impute"}, None, ValuesError,
         f"{ROWLESS}blanks were imputed, so the figures are means over many models. Choose blanks='drop'."),
        ({"outcome": {"grade": "ordinal"}, "weight": "w"}, {}, None, ValuesError,
         "statsmodels ignores the weights of an ordinal model, so it would not give the figures of the drivers. "
         "Use a survey without weights, or the table of the drivers."),
    ],
)  # fmt: skip
def test_errors_of_the_model(roles, options, segment, kind, text):
    told = cx.drivers(survey(**roles), n_boot=0, **options)
    with pytest.raises(kind) as error:
        told.model(segment)
    assert str(error.value) == text


# VIF and halo


def test_vif_equals_statsmodels_and_halo_is_the_first_principal_component():
    frame = answers(unused=0)
    view = cx.drivers(survey(frame), n_boot=0).diagnosis()
    x = sm.add_constant(frame[list("abcd")]).to_numpy(float)
    assert view.table["vif"].tolist() == pytest.approx([variance_inflation_factor(x, j) for j in range(1, 5)])
    halo = view.parts["halo"].iloc[0]
    assert halo["share"] == pytest.approx(np.linalg.eigvalsh(np.corrcoef(frame[list("abcd")].T))[-1] / 4)
    assert halo["unrelated"] == 0.25


def test_halo_is_that_of_pairwise_complete_correlations(shared):
    frame = pd.read_csv(shared / "cases" / "31c_pairs_vary.csv")
    names = ["web", "call", "bill"]
    made = cx.Survey(frame, touchpoints=names, outcome="overall", scale=cx.Scale(1, 5, not_used=[None]))
    view = cx.drivers(made, n_boot=0).diagnosis()
    share = view.parts["halo"].loc[0, "share"]
    assert share == pytest.approx(np.linalg.eigvalsh(frame[names].corr())[-1] / 3, rel=1e-9)
    assert round(share, 2) == 0.52


def test_vif_with_weights_controls_and_usage_is_that_of_a_regression_of_the_score():
    frame = answers()
    view = cx.drivers(survey(frame, weight="w"), covariates=["d", "group"], n_boot=0).diagnosis()
    used = (frame["c"] != 6).astype(float)
    others = pd.DataFrame({"a": frame["a"], "b": frame["b"], "d": frame["d"], "used": used})
    others = sm.add_constant(others.join(pd.get_dummies(frame["group"], drop_first=True, dtype=float)))
    score = frame["c"] * used
    left = sm.WLS(score, others, frame["w"]).fit().ssr
    alone = sm.WLS(score, others[["const", "used"]], frame["w"]).fit().ssr
    assert view.table.set_index("touchpoint").loc["c", "vif"] == pytest.approx(alone / left)


def test_vif_of_a_group_is_generalised_and_does_not_hang_on_the_coding():
    frame = answers(unused=0)
    told = cx.drivers(survey(frame), groups={"g": ["a", "b"]}, n_boot=0).diagnosis().table.set_index("touchpoint")
    R = np.corrcoef(frame[list("abcd")].T)
    whole = np.linalg.det(R[:2, :2]) * np.linalg.det(R[2:, 2:]) / np.linalg.det(R)
    assert told.loc["g", "vif"] == pytest.approx(np.sqrt(whole))
    assert told.loc["g", "columns"] == 2
    mixed = frame.assign(a=frame["a"] + 2 * frame["b"], b=frame["a"] - frame["b"])
    again = cx.drivers(survey(mixed, scale=None), groups={"g": ["a", "b"]}, n_boot=0).diagnosis()
    assert again.table.set_index("touchpoint").loc["g", "vif"] == pytest.approx(told.loc["g", "vif"])


def test_a_score_that_follows_from_others_has_an_infinite_vif():
    frame = answers(unused=0).assign(e=lambda f: f["a"])
    view = cx.drivers(survey(frame, touchpoints=list("abcde")), n_boot=0).diagnosis()
    assert np.isinf(view.table.set_index("touchpoint").loc[["a", "e"], "vif"]).all()
    assert "the largest VIF is infinite (a)" in str(view)


# Influence


def test_influence_equals_statsmodels_and_refits():
    frame = answers(n=120)
    frame.loc[7, "y"] += 15
    told = cx.drivers(survey(frame), n_boot=0)
    part, fit = told.diagnosis().parts["influence"], told.model()
    plain = sm.OLS(fit.model.endog, fit.model.exog).fit()
    peer = OLSInfluence(plain)
    assert part["row"].tolist() == np.argsort(-peer.cooks_distance[0], kind="stable")[:10].tolist()
    assert part.loc[0, "row"] == 7
    assert part["cook"].tolist() == pytest.approx(peer.cooks_distance[0][part["row"]].tolist())
    assert part["leverage"].tolist() == pytest.approx(peer.hat_matrix_diag[part["row"]].tolist())
    at = [fit.params.index.get_loc(name) for name in part["moves"]]
    assert part["by"].tolist() == pytest.approx(peer.dfbetas[part["row"], at].tolist())


def test_rows_are_counted_in_the_data_whatever_was_left_out_and_with_segments():
    frame = answers(n=200)
    frame.loc[:20, "a"] = 0
    frame.loc[150, "y"] += 40
    part = cx.drivers(survey(frame), by="group", n_boot=0).diagnosis().parts["influence"]
    assert part.loc[part["cook"].idxmax(), "row"] == 150
    assert part.loc[part["cook"].idxmax(), "segment"] == frame.loc[150, "group"]
    assert (frame.loc[part["row"], "group"].to_numpy() == part["segment"].to_numpy()).all()


# Cross-validation


@pytest.mark.parametrize("job", ["factors", "covariates"])
def test_a_value_that_few_gave_is_not_counted_by_their_leverage(job):
    """A row of three with a value of their own has a leverage of a third."""
    frame = answers().assign(group=lambda f: f["group"].where(f.index > 2, "rare"))
    frame.loc[:2, "y"] = [30.0, -30.0, 28.0]
    influence = _influence_of(frame, job)
    assert influence["leverage"].max() < 1 / 5
    assert not influence["row"].isin(range(3)).any()
    assert len(influence) == 10
    enough = frame.assign(group=frame["group"].where(frame.index > 4, "rare"))
    assert set(range(3)) <= set(_influence_of(enough, job)["row"])


def _influence_of(frame, job):
    view = cx.drivers(survey(frame), n_boot=0, **{job: ["group"]}).diagnosis()
    assert view.note.endswith("Influence lists nobody with a value of a factor or covariate that fewer than 5 gave.")
    return view.parts["influence"]


def test_cross_validated_r2_equals_ten_fits_by_hand():
    frame = answers(unused=0)
    view = cx.drivers(survey(frame), n_boot=0, seed=3).diagnosis()
    x, y = frame[list("abcd")].to_numpy(float), frame["y"].to_numpy()
    told = np.empty(len(y))
    for train, test in KFold(10, shuffle=True, random_state=3).split(x):
        told[test] = LinearRegression().fit(x[train], y[train]).predict(x[test])
    own = view.parts["cross-validation"].iloc[0]
    assert own["r2_cross_validated"] == pytest.approx(1 - ((y - told) ** 2).sum() / ((y - y.mean()) ** 2).sum())
    assert own["r2_cross_validated"] < own["r2"]
    assert str(view).startswith("Cross-validated R2 is 0.")


def test_rows_of_one_cluster_stay_in_one_fold():
    """Simulated: everyone answers twice, so that a fold which splits pairs would know the outcome's error."""
    once = answers(n=40, unused=0).assign(flight=np.arange(40))
    wide = {f"x{j}": np.random.default_rng(j).integers(1, 6, 40) for j in range(15)}
    frame = pd.concat([once.assign(**wide)] * 2, ignore_index=True)
    roles = {"touchpoints": [*"abcd", *wide]}
    kept, split = (
        cx.drivers(survey(frame, **roles, **more), n_boot=0, method="relative weights").diagnosis()
        for more in ({"cluster": "flight"}, {})
    )
    r2 = [view.parts["cross-validation"].loc[0, "r2_cross_validated"] for view in (kept, split)]
    assert r2[0] < r2[1] - 0.2


# What cannot be had


def test_at_scale_vif_and_halo_come_from_sums(monkeypatch):
    frame = answers()
    near = cx.drivers(survey(frame), n_boot=0).diagnosis()
    for module in (tables, answers_module):
        monkeypatch.setattr(module, "IN_MEMORY", 100)
    told = cx.drivers(survey(frame), n_boot=0)
    view = told.diagnosis()
    assert view.table["vif"].tolist() == pytest.approx(near.table["vif"].tolist())
    assert view.parts["halo"].loc[0, "share"] == pytest.approx(near.parts["halo"].loc[0, "share"])
    assert not len(view.parts["influence"])
    assert view.note == (
        "Influence and cross-validation need rows and least squares: the rows are on disk or too many. Take a sample "
        "of them, or a segment. A VIF of 4 doubles the interval of a coefficient. A common factor may be a halo of the "
        "mood, or real."
    )
    with pytest.raises(ValuesError) as error:
        told.model()
    assert str(error.value) == (
        "there is no model of rows to hand over: the rows are on disk or too many. Take a sample of them, or a segment."
    )


@pytest.mark.parametrize(
    ("roles", "options"),
    [
        ({"outcome": {"yes": "binary"}}, {}),
        ({}, {"missing": "drop"}),
        ({}, {"blanks": "impute"}),
        ({"touchpoints": ["c"]}, {}),
        ({"touchpoints": list("abc")}, {"interactions": [("a", "c")], "factors": ["group"], "missing": "drop"}),
    ],
)
def test_other_questions_have_a_diagnosis_too(roles, options):
    view = cx.drivers(survey(**roles), n_boot=0, **options).diagnosis()
    assert (view.table["vif"] >= 1 - 1e-9).all()
    assert "VIF is" in str(view)
    assert "<p>" in view._repr_html_()


def test_where_all_gave_the_same_rating_nobody_is_influential():
    frame = pd.DataFrame({"a": [3] * 8, "y": range(8)})
    same = cx.Survey(frame, touchpoints=["a"], outcome="y", scale=cx.Scale(1, 5))
    assert cx.drivers(same, n_boot=0).diagnosis().parts["influence"].empty
