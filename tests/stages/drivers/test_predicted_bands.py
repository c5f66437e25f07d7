"""Penalty and reward of yes/no and ordered outcomes: predictions of statsmodels, planted asymmetry."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import cxlens as cx
from cxlens.stages.drivers.predicted_bands import predicted_bands

NAMES = ["basic", "excitement", "linear"]


def answers(n: int = 1500, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    s = np.clip(np.round(3.2 + 0.5 * rng.normal(size=(n, 1)) + 0.9 * rng.normal(size=(n, 3))), 1, 5)
    effect = -1.8 * (s[:, 0] <= 2) + 1.8 * (s[:, 1] >= 4) + 0.6 * (s[:, 2] - 3)
    latent = effect + rng.logistic(size=n)
    frame = pd.DataFrame(s.astype(int), columns=NAMES).assign(good=(latent > 0).astype(int))
    return frame.assign(likes=np.searchsorted([-1.0, 1.0], latent))


def survey(frame: pd.DataFrame) -> cx.Survey:
    kinds = {"good": "binary", "likes": "ordinal"}
    return cx.Survey(frame, touchpoints=NAMES, outcome=kinds, scale=cx.Scale(1, 5, not_used=[6]))


def test_contrasts_are_predictions_of_a_regression_on_dummies_and_score() -> None:
    frame = answers()
    frame.loc[::6, "linear"] = 6
    used = frame["linear"] != 6
    columns = {"used": used}
    for name in NAMES:
        scores = frame[name].where(frame[name] != 6)
        columns |= {f"{name} low": scores <= 2, f"{name} high": scores >= 4, name: scores.fillna(0)}
    design = sm.add_constant(pd.DataFrame(columns).astype(float))
    theirs = sm.GLM(frame["good"], design, sm.families.Binomial()).fit(tol=1e-14)
    at = {"low": frame["linear"] <= 2, "middle": frame["linear"] == 3, "high": frame["linear"].isin([4, 5])}
    shares = {}
    for band, rows in at.items():
        there = design[used].assign(
            **{"linear low": band == "low", "linear high": band == "high", "linear": frame["linear"][rows].mean()}
        )
        shares[band] = 100 * theirs.predict(there.astype(float)).mean()
    figures = predicted_bands(cx.drivers(survey(frame), outcome="good", n_boot=0).record)
    penalty, reward, _ = figures[0, 0, 2]
    assert penalty == pytest.approx(shares["low"] - shares["middle"], rel=1e-6)
    assert reward == pytest.approx(shares["high"] - shares["middle"], rel=1e-6)


@pytest.mark.parametrize("outcome", ["good", "likes"])
def test_planted_shapes_are_found(outcome: str) -> None:
    view = cx.drivers(survey(answers()), outcome=outcome, n_boot=100).shape()
    classes = view.table.set_index("touchpoint")["class"]
    assert classes.loc[["basic", "excitement"]].tolist() == ["basic", "excitement"]
    assert classes["linear"] in {"performance", "undecided"}
    assert "Penalty and reward are averaged predictions in percentage points" in view.note
    assert view.table["curvature_p"].notna().all()


def test_curvature_equals_a_glm_with_squares() -> None:
    frame = answers()
    squares = frame[NAMES] ** 2
    design = sm.add_constant(pd.concat([frame[NAMES], squares.add_suffix(" squared")], axis=1).astype(float))
    theirs = sm.GLM(frame["good"], design, sm.families.Binomial()).fit(tol=1e-14)
    table = cx.drivers(survey(frame), outcome="good", n_boot=0).shape().table
    assert table["curvature"].tolist() == pytest.approx(theirs.params.iloc[4:].tolist(), rel=1e-6)


def test_bands_of_a_few_scores_have_no_figures() -> None:
    frame = answers()
    frame["linear"] = np.where(np.arange(len(frame)) < 4, 1, frame["linear"].clip(3))
    figures = predicted_bands(cx.drivers(survey(frame), outcome="good", n_boot=0).record)
    assert np.isnan(figures[0, 0, 2]).all()
    assert not np.isnan(figures[0, 0, :2]).any()
