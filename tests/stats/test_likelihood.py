from __future__ import annotations

import csv
import json
import math
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from cxlens.errors import ValuesError
from cxlens.stats import likelihood
from cxlens.stats.likelihood import (
    check_separation,
    fit_likelihood,
    null_loglik,
    relative_weights_likelihood,
    subset_logliks,
)

BIRTH = ["age", "lwt", "smoke", "ptl", "ht", "ui"]
ANSWERS = [2, 4]


def table(shared: Path, name: str) -> dict[str, np.ndarray]:
    with (shared / "reference" / name).open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def columns(frame: dict[str, np.ndarray], names: list[str]) -> np.ndarray:
    return np.column_stack([frame[name].astype(float) for name in names])


@pytest.fixture(scope="session")
def reference(shared: Path) -> dict:
    return json.loads((shared / "reference" / "drivers.json").read_text())


@pytest.fixture(scope="session")
def birth(shared: Path) -> tuple[np.ndarray, np.ndarray]:
    frame = table(shared, "birthwt.csv")
    return columns(frame, BIRTH), frame["low"].astype(int)


@pytest.fixture(scope="session")
def housing(shared: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    frame = table(shared, "housing.csv")
    levels = {"Infl": ["Medium", "High"], "Type": ["Apartment", "Atrium", "Terrace"], "Cont": ["High"]}
    x = np.column_stack([frame[name] == level for name, some in levels.items() for level in some]).astype(float)
    y = np.array([["Low", "Medium", "High"].index(answer) for answer in frame["Sat"]])
    return x, y, frame["Freq"].astype(float)


def dominance(x: np.ndarray, y: np.ndarray, w: np.ndarray, owner: list[int] | None = None) -> np.ndarray:
    """General dominance (Shapley value) of McFadden's R2, straight from its definition."""
    owner = list(range(x.shape[1])) if owner is None else owner
    loglik = subset_logliks(x, y, w, np.array(owner), nothing(y))
    fit, p = 1 - loglik / null_loglik(y, w, y.max() + 1), max(owner) + 1
    value = np.zeros(p)
    for j in range(p):
        for s in range(2**p):
            if not s >> j & 1:
                before = s.bit_count()
                share = math.factorial(before) * math.factorial(p - 1 - before) / math.factorial(p)
                value[j] += share * (fit[s | 1 << j] - fit[s])
    return value


def nothing(y: np.ndarray) -> np.ndarray:
    return np.empty((len(y), 0))


def survey(seed: int, n: int = 120, k: int = 3, m: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Simulated scores from 1 to 5 with halo, an outcome of m categories that occur about equally often, weights."""
    rng = np.random.default_rng(seed)
    x = np.clip(np.round(3 + 0.8 * (rng.normal(size=(n, 1)) + rng.normal(size=(n, k)))), 1, 5)
    latent = x @ rng.uniform(0, 0.8, k) + 1.5 * rng.logistic(size=n)
    return x, np.searchsorted(np.quantile(latent, np.arange(1, m) / m), latent), rng.uniform(0.3, 3, n)


def resampled(seed: int, w: np.ndarray, draws: int) -> np.ndarray:
    return np.random.default_rng(seed).multinomial(len(w), np.full(len(w), 1 / len(w)), draws) * w


# Against other tools


@pytest.mark.parametrize("case", ["birthwt_logit_mcfadden", "birthwt_logit_all_pseudoR2"])
def test_dominance_of_a_logit_equals_domir_and_dominanceanalysis(case: str, reference: dict, birth: tuple) -> None:
    x, y = birth
    theirs = reference[case]
    general = theirs["domir"]["general"] if "domir" in theirs else theirs["avg"]["r2.m"]
    assert_allclose(dominance(x, y, np.ones(len(y))), [general[name] for name in BIRTH], rtol=1e-9)


def test_dominance_of_a_small_logit_equals_domir(reference: dict, shared: Path) -> None:
    frame, names = table(shared, "mtcars.csv"), ["mpg", "carb", "gear"]
    theirs = reference["mtcars_logit_mcfadden"]["domir"]["general"]
    ours = dominance(columns(frame, names), frame["vs"].astype(int), np.ones(len(frame["vs"])))
    assert_allclose(ours, [theirs[name] for name in names], rtol=1e-9)


def test_dominance_of_a_factor_kept_whole_equals_domir(reference: dict, birth: tuple, shared: Path) -> None:
    x, y = birth
    race = table(shared, "birthwt.csv")["race"].astype(int)
    wide = np.column_stack([x[:, :2], race == 2, race == 3, x[:, 2], x[:, 4:]])
    theirs = reference["birthwt_logit_factor"]["domir"]["general"]
    ours = dominance(wide, y, np.ones(len(y)), [0, 1, 2, 2, 3, 4, 5])
    assert_allclose(ours, [theirs[name] for name in ["age", "lwt", "racef", "smoke", "ht", "ui"]], rtol=1e-9)


def test_dominance_of_proportional_odds_equals_domir_with_polr(reference: dict, housing: tuple) -> None:
    theirs = reference["housing_polr_mcfadden"]["domir"]["general"]
    ours = dominance(*housing, [0, 0, 1, 1, 1, 2])
    assert_allclose(ours, [theirs[name] for name in ["Infl", "Type", "Cont"]], rtol=1e-6)


def test_proportional_odds_equal_polr(reference: dict, housing: tuple) -> None:
    theirs, ours = reference["housing_polr_fit"], fit_likelihood(*housing)
    assert_allclose(ours.coef, list(theirs["coef"].values()), atol=1e-6)
    assert_allclose(ours.thresholds, list(theirs["zeta"].values()), atol=1e-6)
    assert ours.loglik == pytest.approx(theirs["logLik"], rel=1e-10)
    assert null_loglik(housing[1], housing[2], 3) == pytest.approx(theirs["logLik0"], rel=1e-8)


def test_relative_weights_equal_rwa(reference: dict, birth: tuple, shared: Path) -> None:
    cars = table(shared, "mtcars.csv")
    cases = {"birthwt_logit": birth, "mtcars_logit": (columns(cars, ["mpg", "cyl", "hp"]), cars["am"].astype(int))}
    for name, (x, y) in cases.items():
        theirs, ours = reference["rwa_package"][name], relative_weights_likelihood(x, y, np.ones(len(y)))
        assert_allclose(ours, [row["Raw.RelWeight"] for row in theirs["table"]], atol=1e-9)
        assert ours.sum() == pytest.approx(theirs["R2"], abs=1e-9)


@pytest.mark.filterwarnings(
    "ignore:cov_type not fully supported with var_weights"
)  # the weights of the scores are right
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("clustered", [False, True])
def test_a_logit_equals_statsmodels(weighted: bool, clustered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likelihood, "LEAVING_OUT", 0)
    from statsmodels.api import GLM
    from statsmodels.genmod.families import Binomial

    x, y, w = survey(1)
    w = w if weighted else np.ones(len(y))
    groups = np.random.default_rng(1).integers(0, 15, len(y)) if clustered else None
    kind = {"cov_type": "cluster", "cov_kwds": {"groups": groups}} if clustered else {"cov_type": "HC0"}
    theirs = GLM(y, np.column_stack([np.ones(len(y)), x]), Binomial(), var_weights=w).fit(tol=1e-14, **kind)
    ours = fit_likelihood(x, y, w, groups)
    assert_allclose(ours.coef, theirs.params[1:], rtol=1e-8)
    assert_allclose(ours.thresholds, -theirs.params[:1], rtol=1e-8)
    factor = 1 if clustered else len(y) / (len(y) - 4)
    assert_allclose(ours.cov, theirs.cov_params()[1:, 1:] * factor, rtol=1e-7)
    assert_array_equal(ours.df, 14 if clustered else len(y) - 4)
    if not weighted:
        assert ours.loglik == pytest.approx(theirs.llf, rel=1e-12)


def test_whole_weights_are_frequencies() -> None:
    from statsmodels.api import GLM
    from statsmodels.genmod.families import Binomial

    x, y, _ = survey(2)
    times = np.random.default_rng(2).integers(0, 4, len(y))
    theirs = GLM(y, np.column_stack([np.ones(len(y)), x]), Binomial(), freq_weights=times).fit(tol=1e-14)
    ours = fit_likelihood(x, y, times.astype(float))
    assert_allclose(ours.coef, theirs.params[1:], rtol=1e-8)
    assert ours.loglik == pytest.approx(theirs.llf, rel=1e-12)
    assert null_loglik(y, times, 2) == pytest.approx(theirs.llnull, rel=1e-10)


@pytest.mark.parametrize("clustered", [False, True])
def test_proportional_odds_equal_statsmodels(clustered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likelihood, "LEAVING_OUT", 0)
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    x, y, _ = survey(3, 200, 3, 4)
    groups = np.random.default_rng(3).integers(0, 15, len(y)) if clustered else None
    model = OrderedModel(y, x, distr="logit")
    theirs = model.fit(method="newton", disp=False, tol=1e-12)
    ours = fit_likelihood(x, y, np.ones(len(y)), groups)
    assert_allclose(ours.coef, theirs.params[:3], rtol=1e-6)
    assert_allclose(ours.thresholds, model.transform_threshold_params(theirs.params)[1:-1], rtol=1e-6)
    assert ours.loglik == pytest.approx(theirs.llf, rel=1e-10)
    assert null_loglik(y, np.ones(len(y)), 4) == pytest.approx(theirs.llnull, rel=1e-8)
    scores, bread = model.score_obs(theirs.params), np.linalg.inv(-model.hessian(theirs.params))
    if clustered:
        scores = np.stack([scores[groups == g].sum(axis=0) for g in range(15)])
    factor = 15 / 14 * 199 / 194 if clustered else 200 / 194
    assert_allclose(ours.cov, (factor * bread @ (scores.T @ scores) @ bread)[:3, :3], rtol=1e-4)
    assert_array_equal(ours.df, 14 if clustered else 194)


@pytest.mark.parametrize("m", ANSWERS)
def test_every_subset_is_the_fit_of_its_columns(m: int) -> None:
    x, y, w = survey(4, k=5, m=m)
    owner, controls = np.array([0, 1, 1, 2]), x[:, 4:]
    found = subset_logliks(x[:, :4], y, w, owner, controls)
    assert found.shape == (8,)
    for s, ours in enumerate(found):
        inside = np.column_stack([controls, x[:, :4][:, (s >> owner & 1) > 0]])
        assert ours == pytest.approx(fit_likelihood(inside, y, w).loglik, rel=1e-11)


def test_many_players_are_fitted_in_several_batches() -> None:
    x, y, w = survey(23, 300, 8)
    found = subset_logliks(x, y, w, np.arange(8), nothing(y))
    for s in [0, 1, 63, 64, 100, 127, 128, 170, 191, 192, 254, 255]:
        assert found[s] == pytest.approx(fit_likelihood(x[:, (s >> np.arange(8) & 1) > 0], y, w).loglik, rel=1e-11)


@pytest.mark.parametrize("m", ANSWERS)
def test_draws_are_what_each_gives_by_itself(m: int) -> None:
    x, y, w = survey(5, k=4, m=m)
    draws, owner, controls = resampled(5, w, 70), np.arange(3), x[:, 3:]
    together, weights = subset_logliks(x[:, :3], y, draws, owner, controls), relative_weights_likelihood(x, y, draws)
    assert together.shape == (8, 70)
    assert weights.shape == (4, 70)
    for b, draw in enumerate(draws):
        assert_allclose(together[:, b], subset_logliks(x[:, :3], y, draw, owner, controls), rtol=1e-10)
        assert_allclose(weights[:, b], relative_weights_likelihood(x, y, draw), rtol=1e-6)
    assert_array_equal(together, subset_logliks(x[:, :3], y, draws, owner, controls, threads=1))


# Awkward data


@pytest.mark.parametrize("m", ANSWERS)
def test_columns_that_others_explain_add_nothing(m: int) -> None:
    x, y, w = survey(6, m=m)
    wide = np.column_stack([x[:, :2], 2 * x[:, 0] - x[:, 1] + 7, np.full(len(y), 0.1), x[:, 2]])
    ours, plain = fit_likelihood(wide, y, w), fit_likelihood(x, y, w)
    used = np.array([True, True, False, False, True])
    assert_array_equal(ours.used, used)
    assert_array_equal(np.isnan(ours.coef), ~used)
    assert_array_equal(np.isnan(ours.cov), ~np.outer(used, used))
    assert_allclose(ours.coef[used], plain.coef, rtol=1e-9)
    assert_allclose(ours.cov[np.ix_(used, used)], plain.cov, rtol=1e-8)
    assert_array_equal(ours.df[used], plain.df)
    assert np.isnan(ours.df[~used]).all()
    found = subset_logliks(wide, y, w, np.array([0, 1, 2, 3, 4]), nothing(y))
    assert_allclose(found[0b10011], plain.loglik, rtol=1e-11)
    assert_allclose(found[0b11111], plain.loglik, rtol=1e-11)
    assert_allclose(found[0b00110], found[0b00011], rtol=1e-11)
    assert_allclose(found[0b01000], found[0], rtol=1e-11)
    assert relative_weights_likelihood(wide, y, w)[3] == 0


def test_a_column_that_is_constant_in_one_draw_adds_nothing_there() -> None:
    x, y, w = survey(7)
    rare = np.arange(len(y)) < 4
    draws = np.stack([w, np.where(rare, 0, w)])
    wide = np.column_stack([x, rare])
    found = subset_logliks(wide, y, draws, np.arange(4), nothing(y))
    assert_allclose(found[8:, 1], found[:8, 1], rtol=1e-11)
    assert_allclose(found[:, 0], subset_logliks(wide, y, w, np.arange(4), nothing(y)), rtol=1e-10)
    weights = relative_weights_likelihood(wide, y, draws)
    assert weights[3, 1] == 0
    assert_allclose(weights[:3, 1], relative_weights_likelihood(x[4:], y[4:], w[4:]), rtol=1e-6)


@pytest.mark.parametrize("lost", [0, 1, 2, 3])
def test_a_category_that_a_draw_lacks_leaves_its_model(lost: int) -> None:
    x, y, w = survey(8, m=4)
    own = y != lost
    draws = np.stack([w, np.where(own, w, 0)])
    found = subset_logliks(x, y, draws, np.arange(3), nothing(y))
    assert_allclose(found[:, 0], subset_logliks(x, y, w, np.arange(3), nothing(y)), rtol=1e-10)
    assert_allclose(found[:, 1], subset_logliks(x[own], y[own], w[own], np.arange(3), nothing(y[own])), rtol=1e-10)
    assert_allclose(found[0, 1], null_loglik(y, draws, 4)[1], rtol=1e-11)
    alone = relative_weights_likelihood(x[own], y[own], w[own])
    assert_allclose(relative_weights_likelihood(x, y, draws)[:, 1], alone, rtol=1e-6)
    ours, part = fit_likelihood(x, y, draws[1]), fit_likelihood(x[own], y[own], w[own])
    assert_allclose(ours.thresholds, part.thresholds, rtol=1e-10)
    assert_array_equal(ours.df, part.df)


def test_a_draw_with_one_answer_is_explained_already() -> None:
    x, y, w = survey(9)
    draws = np.stack([w, w * (y == 1)])
    assert_array_equal(subset_logliks(x, y, draws, np.arange(3), nothing(y))[:, 1], 0)
    assert_array_equal(relative_weights_likelihood(x, y, draws)[:, 1], 0)


@pytest.mark.parametrize("m", ANSWERS)
def test_separated_draws_reach_the_limit_of_their_likelihood(m: int) -> None:
    _, y, w = survey(10, m=m)
    x = np.column_stack([y + np.linspace(0, 0.5, len(y)), survey(11)[0]])
    found = subset_logliks(x, y, np.stack([w, resampled(10, w, 1)[0]]), np.arange(4), nothing(y))
    assert_allclose(found[1::2], 0, atol=1e-6)
    assert (found[::2] < -10).all()


def test_a_player_that_separates_some_respondents_only() -> None:
    """Where all of 20 met respondents are promoters, their part of the likelihood goes to 1 and they drop out."""
    x, y, w = survey(12)
    met = np.arange(len(y)) < 20
    y = np.where(met, 1, y)
    found = subset_logliks(np.column_stack([x[:, :2], met]), y, w, np.arange(3), nothing(y))
    rest = subset_logliks(x[~met, :2], y[~met], w[~met], np.arange(2), nothing(y[~met]))
    assert_allclose(found[4:], rest, rtol=1e-8)


def test_no_players_and_no_controls() -> None:
    _, y, w = survey(13, m=4)
    empty = np.empty(0, int)
    assert_allclose(subset_logliks(nothing(y), y, w, empty, nothing(y)), [null_loglik(y, w, 4)], rtol=1e-12)
    assert fit_likelihood(nothing(y), y, w).coef.shape == (0,)


def test_ten_ordered_answers_far_from_even() -> None:
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    x, y, _ = survey(14, 300, 3, 60)
    y = np.unique(np.floor(np.sqrt(y)) + (y > 40) * 2, return_inverse=True)[1]
    theirs = OrderedModel(y, x, distr="logit").fit(method="bfgs", disp=False, maxiter=1000, gtol=1e-8)
    assert fit_likelihood(x, y, np.ones(len(y))).loglik == pytest.approx(theirs.llf, rel=1e-9)


def test_a_column_with_wild_values() -> None:
    from statsmodels.api import Logit

    rng = np.random.default_rng(15)
    x = rng.standard_t(1.2, size=(300, 2)) * 100
    y = (rng.random(300) < 1 / (1 + np.exp(-0.02 * x[:, 0]))).astype(int)
    theirs = Logit(y, np.column_stack([np.ones(300), x])).fit(disp=False, method="newton", tol=1e-12, maxiter=200)
    assert subset_logliks(x, y, np.ones(300), np.arange(2), nothing(y))[3] == pytest.approx(theirs.llf, rel=1e-10)


# Invariants


@given(st.integers(0, 2**32 - 1), st.sampled_from(ANSWERS), st.lists(st.floats(-50, 50), min_size=3, max_size=3))
@settings(max_examples=30)
def test_scale_shift_and_row_order_change_nothing(seed: int, m: int, shift: list[float]) -> None:
    x, y, w = survey(seed, m=m)
    rng = np.random.default_rng(seed)
    factor, order = rng.choice([-1, 1], 3) * np.exp(rng.normal(0, 2, 3)), rng.permutation(len(y))
    moved = (x * factor + shift)[order]
    plain, ours = fit_likelihood(x, y, w), fit_likelihood(moved, y[order], w[order])
    assert_allclose(ours.coef * factor, plain.coef, rtol=1e-6, atol=1e-9)
    assert_allclose(ours.cov * np.outer(factor, factor), plain.cov, rtol=1e-5, atol=1e-9)
    assert_allclose(ours.thresholds - ours.coef @ shift, plain.thresholds, rtol=1e-6, atol=1e-6)
    for measure in (lambda *a: subset_logliks(*a, np.arange(3), nothing(y)), relative_weights_likelihood):
        assert_allclose(measure(moved, y[order], w[order]), measure(x, y, w), rtol=1e-6, atol=1e-9)


@given(st.integers(0, 2**32 - 1), st.sampled_from(ANSWERS))
@settings(max_examples=30)
def test_splitting_weights_changes_nothing(seed: int, m: int) -> None:
    x, y, w = survey(seed, m=m)
    part = np.random.default_rng(seed).uniform(0.1, 0.9, len(y))
    twice, both, parts = np.vstack([x, x]), np.concatenate([y, y]), np.concatenate([w * part, w * (1 - part)])
    plain, ours = fit_likelihood(x, y, w), fit_likelihood(twice, both, parts)
    assert_allclose(ours.coef, plain.coef, rtol=1e-7, atol=1e-9)
    assert ours.loglik == pytest.approx(plain.loglik, rel=1e-11)
    assert null_loglik(both, parts, m) == pytest.approx(null_loglik(y, w, m), rel=1e-12)
    found = subset_logliks(twice, both, parts, np.arange(3), nothing(both))
    assert_allclose(found, subset_logliks(x, y, w, np.arange(3), nothing(y)), rtol=1e-11)


@given(st.integers(0, 2**32 - 1), st.sampled_from(ANSWERS))
@settings(max_examples=30)
def test_a_player_never_takes_likelihood_away(seed: int, m: int) -> None:
    x, y, w = survey(seed, 40, 4, m)
    draws = resampled(seed, w, 5)
    for weights in (w, draws):
        found = subset_logliks(x, y, weights, np.array([0, 1, 2, 2]), nothing(y))
        for j in range(3):
            less = np.flatnonzero(np.arange(8) >> j & 1 == 0)
            assert (found[less + 2**j] >= found[less] - 1e-7).all()


@given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.integers(12, 60))
@settings(max_examples=30)
def test_small_and_wild_samples_converge(seed: int, m: int, n: int) -> None:
    """Heavy tails, rare categories and separation in many draws: steps that overshoot must come back."""
    rng = np.random.default_rng(seed)
    x = rng.standard_t(1, size=(n, 3)) * np.exp(rng.normal(0, 2, 3))
    y = np.minimum(np.abs(rng.standard_t(1.5, size=n) + x[:, 0] / x[:, 0].std()), m - 1).astype(int)
    w, twin = rng.exponential(size=n), np.column_stack([x, 2 * x[:, 0] + 1])
    found = subset_logliks(twin, y, resampled(seed, w, 10), np.arange(4), nothing(y))
    assert (found <= 1e-6).all()
    for j in range(4):
        less = np.flatnonzero(np.arange(16) >> j & 1 == 0)
        assert (found[less + 2**j] >= found[less] - 1e-6).all()
    assert_allclose(found[9], found[8], atol=1e-6)  # the twin, with and without the column it repeats
    assert_allclose(found[8], found[1], atol=1e-6)


@given(st.integers(0, 2**32 - 1), st.sampled_from(ANSWERS))
@settings(max_examples=30)
def test_relative_weights_sum_to_the_squared_correlation(seed: int, m: int) -> None:
    x, y, w = survey(seed, m=m)
    fit, ours = fit_likelihood(x, y, w), relative_weights_likelihood(x, y, w)
    expected = sum(1 / (1 + np.exp(threshold - x @ fit.coef)) for threshold in fit.thresholds)
    cov = np.cov(expected, y, aweights=w)
    assert ours.sum() == pytest.approx(cov[0, 1] ** 2 / (cov[0, 0] * cov[1, 1]), rel=1e-6)
    assert (ours >= 0).all()


def test_category_codes_with_holes_are_the_same_model() -> None:
    x, y, w = survey(16, m=4)
    assert_array_equal(fit_likelihood(x, 3 * y + 1, w).coef, fit_likelihood(x, y, w).coef)


# Known truth


def test_coefficients_of_simulated_answers_come_back() -> None:
    rng = np.random.default_rng(17)
    x, true, cuts = rng.normal(size=(20_000, 3)), np.array([0.8, -0.4, 0.0]), np.array([-1.0, 0.5, 2.0])
    y = np.searchsorted(cuts, x @ true + rng.logistic(size=len(x)))
    fit = fit_likelihood(x, y, np.ones(len(y)))
    assert (np.abs(fit.coef - true) < 4 * np.sqrt(np.diag(fit.cov))).all()
    assert_allclose(fit.thresholds, cuts, atol=0.1)
    assert_allclose(np.sqrt(np.diag(fit.cov)), 0.0135, rtol=0.1)


@pytest.mark.simulation
def test_robust_errors_are_the_spread_of_the_coefficients() -> None:
    """Clusters of ten with a mood of their own: the cluster error is the spread over samples, the plain one is not."""
    rng, runs = np.random.default_rng(18), []
    groups = np.repeat(np.arange(40), 10)
    for _ in range(200):
        x = rng.normal(size=40)[groups] + 0.3 * rng.normal(size=400)
        y = (0.5 * x + rng.normal(size=40)[groups] + rng.logistic(size=400) > 0).astype(int)
        fits = [fit_likelihood(x[:, None], y, np.ones(400), some) for some in (groups, None)]
        runs.append([fits[0].coef[0], *(math.sqrt(fit.cov[0, 0]) for fit in fits)])
    spread, clustered, plain = np.std(runs, axis=0)[0], *np.mean(runs, axis=0)[1:]
    assert clustered == pytest.approx(spread, rel=0.15)
    assert plain < 0.7 * spread


# What is refused


def test_an_outcome_of_one_value_is_refused() -> None:
    x, y, w = survey(19)
    with pytest.raises(ValuesError) as error:
        fit_likelihood(x, y, w * (y == 1))
    assert str(error.value) == (
        "the outcome is the same for all respondents, so nothing can drive it. "
        "Choose another outcome, or add respondents who differ in it."
    )


def test_separation_by_one_player_is_refused() -> None:
    x, _, w = survey(20)
    y = (x[:, 1] > 3).astype(int)
    with pytest.raises(ValuesError) as error:
        check_separation(x, y, w, np.arange(3), ["web", "call", "bill"])
    assert str(error.value) == (
        "the outcome is separated by 'call': it tells the answer of 120 respondents without error, so its coefficient "
        "has no limit. Leave it out, join it with another touchpoint, or declare the outcome 'interval', which is "
        "fitted by least squares."
    )


def test_separation_by_players_together_is_refused() -> None:
    x, y, w = survey(21, m=4)
    latent = x[:, 0] + x[:, 2] + np.linspace(0, 0.5, len(y))
    y = np.searchsorted(np.quantile(x[:, 0] + x[:, 2], [0.3, 0.6, 0.8]), latent - 0.25)
    with pytest.raises(ValuesError) as error:
        check_separation(x, y, w, np.arange(3), ["web", "call", "bill"])
    assert str(error.value) == (
        "the outcome is separated by 'web', 'bill': together they tell the answer of 98 respondents without error, "
        "so their coefficients have no limit. Leave one of them out, join it with another touchpoint, or declare the "
        "outcome 'interval', which is fitted by least squares."
    )


def test_separation_of_a_few_by_a_factor_is_refused_and_seen_only_where_they_count() -> None:
    x, y, w = survey(22)
    few = np.arange(len(y)) < 6
    y = np.where(few, 0, y)
    wide, names = np.column_stack([x, few]), ["web", "call", "shop"]
    with pytest.raises(
        ValuesError, match=re.escape("the outcome is separated by 'shop': it tells the answer of 6 respondents")
    ):
        check_separation(wide, y, w, np.array([0, 1, 2, 2]), names)
    check_separation(wide, y, np.where(few, 0, w), np.array([0, 1, 2, 2]), names)


@pytest.mark.parametrize("m", ANSWERS)
def test_no_separation_where_answers_overlap(m: int) -> None:
    for seed in range(20):
        x, y, w = survey(seed, 60, m=m)
        check_separation(x * 1000, y, w, np.arange(3), ["web", "call", "bill"])


def test_almost_separated_is_not_separated() -> None:
    x = np.arange(200.0)[:, None]
    y = (x[:, 0] >= 100).astype(int)
    y[[99, 100]] = y[[100, 99]]
    check_separation(x, y, np.ones(200), np.array([0]), ["web"])
    assert fit_likelihood(x, y, np.ones(200)).coef[0] > 0.3
    logliks = subset_logliks(x, y, np.ones(200), np.array([0]), nothing(y))
    assert all(one < two for one, two in pairwise(logliks))
