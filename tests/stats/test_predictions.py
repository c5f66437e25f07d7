"""Averaged predictions equal those of statsmodels, respondent by respondent."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from statsmodels.api import GLM
from statsmodels.genmod.families import Binomial
from statsmodels.miscmodels.ordinal_model import OrderedModel

from cxlens.stats.predictions import mean_predicted


def survey() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.integers(1, 6, (200, 2)).astype(float)
    return x, x @ [0.6, 0.3] + 1.5 * rng.logistic(size=200)


def test_a_yes_equals_a_glm() -> None:
    x, latent = survey()
    columns = np.column_stack([np.ones(200), x])
    w = np.random.default_rng(1).uniform(0.5, 2, 200)
    theirs = GLM((latent > 3).astype(float), columns, Binomial(), var_weights=w).fit(tol=1e-14)
    ours = mean_predicted(
        (x @ theirs.params[1:])[None],
        -theirs.params[None, :1],
        np.array([0.0, 100.0]),
        w[None],
    )
    assert ours == pytest.approx(100 * np.average(theirs.predict(columns), weights=w), rel=1e-12)


def test_ordered_answers_equal_an_ordered_model() -> None:
    x, latent = survey()
    y = np.searchsorted([2.0, 4.0], latent)
    model = OrderedModel(y, x, distr="logit")
    theirs = model.fit(method="newton", disp=False)
    thresholds = model.transform_threshold_params(theirs.params)[1:-1]
    chances = theirs.predict(x).mean(axis=0)
    linear = (x @ theirs.params[:2])[None]
    for values in ([0.0, 0.0, 100.0], [1.0, 2.0, 5.0]):
        ours = mean_predicted(linear, thresholds[None], np.array(values), np.ones((1, 200)))
        assert ours == pytest.approx(chances @ values, rel=1e-10)


def test_a_draw_of_nobody_has_no_prediction() -> None:
    ours = mean_predicted(np.zeros((2, 3)), np.zeros((2, 1)), np.array([0.0, 1.0]), np.array([[1, 1, 1], [0, 0, 0]]))
    assert_allclose(ours, [0.5, np.nan])
