"""The plain model behind verdicts, against least squares by hand; pairs are tested in test_verdicts.py."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.baseline.partners import model_of

NAMES = ("desk", "web", "call")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    scores = pd.DataFrame(rng.integers(1, 6, (400, 3)), columns=list(NAMES)).astype(float)
    scores["y"] = 2 * scores["desk"] + scores["web"] + rng.normal(size=400)
    scores.loc[rng.random(400) < 0.3, "call"] = 6
    return scores


@pytest.fixture(scope="module")
def found(frame):
    survey = cx.Survey(frame, touchpoints=list(NAMES), outcome="y", scale=cx.Scale(1, 5, not_used=[6]))
    return cx.drivers(survey, n_boot=50)


def by_hand(frame: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, float]:
    """Coefficients of least squares with the use of every touchpoint held, and R2."""
    used = (frame["call"] != 6).to_numpy(float)
    columns = [np.where(frame[name] == 6, 0, frame[name]) for name in names]
    x = np.column_stack([np.ones(len(frame)), used, *columns])
    coef = np.linalg.lstsq(x, frame["y"], rcond=None)[0]
    rest = frame["y"] - x @ coef
    return coef[2:], 1 - float(rest @ rest) / float(((frame["y"] - frame["y"].mean()) ** 2).sum())


def test_coefficients_and_what_is_lost_without_each_are_those_of_least_squares(frame, found):
    coef, lost = model_of(found.record).fit(NAMES)
    known, r2 = by_hand(frame, list(NAMES))
    np.testing.assert_allclose(coef[0], known, rtol=1e-7)
    without = [by_hand(frame, [name for name in NAMES if name != left_out])[1] for left_out in NAMES]
    np.testing.assert_allclose(lost[0], r2 - np.array(without), atol=1e-9)


def test_a_smaller_model_is_that_of_its_touchpoints_alone(frame, found):
    coef, _ = model_of(found.record).fit(["web"])
    np.testing.assert_allclose(coef[0], by_hand(frame, ["web"])[0], rtol=1e-7)


def test_overlap_is_users_of_both_of_the_users_of_either(frame, found):
    model = model_of(found.record)
    share = (frame["call"] != 6).mean()
    np.testing.assert_allclose(model.jaccard[:, :, 0], [[1, 1, share], [1, 1, share], [share, share, 1]])


def test_effect_is_in_standard_deviations_of_users(frame, found):
    figures = model_of(found.record).figures(NAMES, 0.95)
    users = frame.loc[frame["call"] != 6, "call"]
    coef = by_hand(frame, list(NAMES))[0][2]
    raw = coef * users.std(ddof=0) / frame["y"].std(ddof=0)
    assert figures["call"]["effect"] == pytest.approx(raw, rel=0.05)  # shrunk, by little where all is sure
    assert figures["call"]["spread"] == pytest.approx(users.std(ddof=0))
    assert figures["call"]["effect_low"] < figures["call"]["effect"] < figures["call"]["effect_high"]


def test_drivers_without_resamples_are_asked_again_for_some(found):
    bare = cx.drivers(found.survey, n_boot=0)
    assert model_of(bare.record).total.shape == (201,)
    assert model_of(found.record).total.shape == (51,)
