"""ValueDriverRegressor: scikit-learn's own checks, and the numbers of drivers, relaimpo and LinearRegression."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import cxlens as cx
from cxlens.errors import OptionError, ValuesError

METHODS = ["lmg", "relative weights"]


@parametrize_with_checks([cx.ValueDriverRegressor(), cx.ValueDriverRegressor(method="relative weights")])
def test_scikit_learn_accepts_it(estimator, check):
    check(estimator)


def sample(n: int = 300, p: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Simulated scores with a halo, an outcome, weights."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) + rng.normal(size=(n, 1))
    return X, X @ np.linspace(0, 1, p) + 2 * rng.normal(size=n) + 3, rng.uniform(0.5, 2, n)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("weighted", [False, True])
def test_it_says_what_drivers_says_and_predicts_like_linear_regression(method, weighted):
    X, y, w = sample()
    w = w if weighted else np.ones(len(y))
    model = cx.ValueDriverRegressor(method=method).fit(X, y, sample_weight=w)
    frame = pd.DataFrame(X, columns=list("abcde")).assign(y=y, w=w)
    told = cx.drivers(cx.Survey(frame, touchpoints=list("abcde"), outcome="y", weight="w"), method=method, n_boot=0)
    table = told.table.set_index("touchpoint").loc[list("abcde")]
    assert model.importance_ == pytest.approx(table["importance"].to_numpy(), abs=1e-10)
    assert model.feature_importances_ == pytest.approx(table["share"].to_numpy(), abs=1e-10)
    assert model.r2_ == pytest.approx(told.fit.loc[0, "r2"], abs=1e-10)
    peer = LinearRegression().fit(X, y, sample_weight=w)
    assert model.coef_ == pytest.approx(peer.coef_, abs=1e-9)
    assert model.intercept_ == pytest.approx(peer.intercept_, abs=1e-9)
    assert model.predict(X) == pytest.approx(peer.predict(X), abs=1e-9)
    assert model.score(X, y, sample_weight=w) == pytest.approx(model.r2_, abs=1e-10)


@given(st.integers(0, 10_000), st.sampled_from(METHODS))
def test_importance_sums_to_r2_and_rescaling_changes_nothing(seed, method):
    X, y, w = sample(n=40, p=3, seed=seed)
    model = cx.ValueDriverRegressor(method=method).fit(X, y, sample_weight=w)
    assert model.importance_.sum() == pytest.approx(model.r2_)
    assert model.feature_importances_.sum() == pytest.approx(1)
    again = clone(model).fit(X * [1, -20, 0.3] + 7, 5 * y - 2, sample_weight=3 * w)
    assert again.importance_ == pytest.approx(model.importance_, abs=1e-9)


def test_a_duplicate_shares_and_an_integer_weight_is_a_repeated_row():
    X, y, _ = sample(p=2)
    once, twice = (cx.ValueDriverRegressor().fit(part, y) for part in (X, X[:, [0, 1, 1]]))
    assert twice.importance_[1] == pytest.approx(twice.importance_[2])
    assert twice.r2_ == pytest.approx(once.r2_)
    assert twice.coef_.tolist() == pytest.approx([*once.coef_, 0])
    w = np.arange(len(y)) % 3
    weighted = cx.ValueDriverRegressor().fit(X, y, sample_weight=w)
    repeated = cx.ValueDriverRegressor().fit(np.repeat(X, w, axis=0), np.repeat(y, w))
    assert weighted.importance_ == pytest.approx(repeated.importance_)


def test_it_works_in_cross_validation_and_knows_the_names_of_columns():
    X, y, _ = sample()
    frame = pd.DataFrame(X, columns=list("abcde"))
    assert cx.ValueDriverRegressor().fit(frame, y).feature_names_in_.tolist() == list("abcde")
    mine, peers = (cross_val_score(model, frame, y) for model in (cx.ValueDriverRegressor(), LinearRegression()))
    assert mine == pytest.approx(peers)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("constant", [0.0, 0.1, 1e6])
def test_a_constant_outcome_leaves_nothing_to_share(method, constant):
    X, _, _ = sample()
    model = cx.ValueDriverRegressor(method=method).fit(X, np.full(len(X), constant))
    assert model.importance_.tolist() == model.feature_importances_.tolist() == [0] * 5
    assert model.r2_ == 0
    assert model.predict(X) == pytest.approx(np.full(len(X), constant))


@pytest.mark.parametrize(
    ("method", "p", "weights", "kind", "text"),
    [
        (
            "lmg", 2, np.ones(3), ValuesError,
            "weights that do not match: 3 weights for 30 rows. Give one weight for each row.",
        ),
        (
            "lmg", 2, np.ones((30, 2)), ValuesError,
            "weights that do not match: 30 x 2 weights for 30 rows. Give one weight for each row.",
        ),
        (
            "lmg", 2, -np.ones(30), ValuesError,
            "weights are to be numbers of 0 or more, and not all zero. Give one such weight for each row.",
        ),
        (
            "shapley", 2, None, OptionError,
            "method='shapley' is not an option. Options: 'lmg', 'relative weights'.",
        ),
    ],
)  # fmt: skip
def test_errors(method, p, weights, kind, text):
    X, y, _ = sample(n=30, p=p)
    with pytest.raises(kind) as error:
        cx.ValueDriverRegressor(method=method).fit(X, y, sample_weight=weights)
    assert str(error.value) == text


def test_more_features_than_lmg_takes_are_fitted_but_share_nothing():
    X, y, _ = sample(p=26)
    model = cx.ValueDriverRegressor().fit(X, y)
    assert model.r2_ == pytest.approx(LinearRegression().fit(X, y).score(X, y))
    with pytest.raises(ValuesError) as error:
        model.feature_importances_  # noqa: B018
    assert str(error.value) == (
        "26 features are too many for the importance of method='lmg': 25 is the most. Leave features out, or choose "
        "ValueDriverRegressor(method='relative weights')."
    )


def test_importance_is_that_of_the_last_fit():
    X, y, _ = sample()
    model = cx.ValueDriverRegressor().fit(X, y)
    first = model.importance_
    assert model.fit(X[:, ::-1], y).importance_ == pytest.approx(first[::-1])


def test_many_features_are_no_matter_for_relative_weights():
    X, y, _ = sample(p=40)
    model = cx.ValueDriverRegressor(method="relative weights").fit(X, y)
    assert model.importance_.sum() == pytest.approx(LinearRegression().fit(X, y).score(X, y))


def test_shares_are_refused_before_fitting():
    with pytest.raises(NotFittedError):
        cx.ValueDriverRegressor().feature_importances_  # noqa: B018


def test_importing_the_package_leaves_scikit_learn_alone():
    code = "import sys, cxlens, cxlens.stages.drivers.drivers; print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
