"""The response of the outcome to scores: by hand, in each resample, and never beyond a scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlens as cx
from cxlens.errors import ValuesError
from cxlens.stages.drivers.posterior import posterior
from cxlens.stages.improve.response import (
    change,
    effect,
    inside,
    lift,
    mean_score,
    removal,
    response,
    shift_to,
    touchpoint_of,
)

SCALE = cx.Scale(1, 5, not_used=[6], blank=[0])


def answers(n: int = 400, seed: int = 7) -> pd.DataFrame:
    """Simulated answers: b is met by half, who are 2 points better off before their score counts."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 5)), columns=list("abcde"))
    used = rng.random(n) < 0.5
    frame["y"] = frame["a"] + np.where(used, 2 + 0.5 * (frame["b"] - 3), 0) - 0.2 * frame["c"] + rng.normal(size=n)
    frame["b"] = frame["b"].where(used, 6)
    frame["group"] = rng.choice(["one", "two"], n, p=[0.7, 0.3])
    return frame


def found(frame: pd.DataFrame | None = None, n_boot: int = 60, by: str | None = None, **roles) -> cx.drivers:
    roles = {"touchpoints": list("abcde"), "outcome": "y", "scale": SCALE, "segments": ["group"], **roles}
    return cx.drivers(cx.Survey(answers() if frame is None else frame, **roles), n_boot=n_boot, by=by)


DRIVERS = found(by="group")
RESPONSE = response(DRIVERS.record)
SIZE = np.ones_like(RESPONSE.outcome)


def test_it_holds_the_estimate_first_then_each_resample():
    np.testing.assert_array_equal(RESPONSE.worth, posterior(DRIVERS.record).worth)
    np.testing.assert_array_equal(RESPONSE.ratio, posterior(DRIVERS.record).ratio)
    np.testing.assert_array_equal(RESPONSE.shares[1:], DRIVERS.draws.shares)
    assert RESPONSE.outcome[0] == pytest.approx(answers().groupby("group")["y"].mean().to_numpy())
    assert RESPONSE.weights == pytest.approx(answers()["group"].value_counts(normalize=True).loc[["one", "two"]])
    assert (RESPONSE.measure, RESPONSE.unit, RESPONSE.digits) == ("mean", "points", 2)


def test_a_straight_line_is_lift_times_slope():
    straight = RESPONSE._replace(worth=0.3 * RESPONSE.levels + np.zeros_like(RESPONSE.worth))
    shift = np.linspace(-2, 2, SIZE.size).reshape(SIZE.shape)
    np.testing.assert_allclose(effect(straight, "b", shift), lift(straight, "b", shift) * 0.3)


def test_scores_move_along_lines_between_levels():
    worth = np.array([0.0, 0.0, 1.0, 3.0, 4.0])
    bent = RESPONSE._replace(worth=worth + np.zeros_like(RESPONSE.worth))
    moved = np.interp(np.clip(RESPONSE.levels + 0.5, 1, 5), RESPONSE.levels, worth)
    by_hand = RESPONSE.shares[:, :, 0] @ (moved - worth)
    np.testing.assert_allclose(effect(bent, "a", 0.5 * SIZE), by_hand)


def test_changes_add_up_and_stop_at_the_end_of_the_outcome():
    shifts = {"a": SIZE, "b": 0.5 * SIZE}
    apart = effect(RESPONSE, "a", SIZE) + effect(RESPONSE, "b", 0.5 * SIZE)
    np.testing.assert_allclose(change(RESPONSE, shifts), apart)
    np.testing.assert_allclose(change(RESPONSE, shifts, -0.25), apart - 0.25)
    tight = RESPONSE._replace(ends=(0.0, 4.0))
    assert (tight.outcome + change(tight, shifts) <= 4.0 + 1e-12).all()
    # An outcome that lies beyond its scale already is not pushed back into it.
    assert (inside(RESPONSE._replace(ends=(0.0, 1.0)), 0.5 * SIZE) == 0).all()


def test_a_touchpoint_without_a_coefficient_adds_nothing():
    unknown = RESPONSE._replace(worth=RESPONSE.worth.copy())
    unknown.worth[:, 1, 0] = np.nan
    assert np.isnan(effect(unknown, "a", SIZE)[:, 1]).all()
    both = change(unknown, {"a": SIZE, "b": SIZE})
    np.testing.assert_allclose(both[:, 1], effect(RESPONSE, "b", SIZE)[:, 1])


@given(st.floats(1, 5), st.sampled_from("abc"))
def test_a_mean_is_lifted_to_its_target_and_never_lowered(target, name):
    shift = shift_to(RESPONSE, name, target * SIZE)
    now, users = mean_score(RESPONSE, name), RESPONSE.shares[:, :, "abcde".index(name)].sum(axis=-1)
    np.testing.assert_allclose(now + lift(RESPONSE, name, shift) / users, np.maximum(now, target), atol=1e-9)
    assert (shift >= 0).all()


def test_removal_by_hand():
    frame = answers()
    drivers = found(frame, n_boot=0)
    used = (frame["b"] != 6).to_numpy(float)
    b = np.where(used, frame["b"], 0)
    x = np.column_stack([np.ones(len(frame)), used, frame["a"], b, frame["c"], frame["d"], frame["e"]])
    coef = np.linalg.lstsq(x, frame["y"].to_numpy(), rcond=None)[0]
    cost = removal(drivers.record, "b")
    assert cost.shape == (1, 1)
    assert cost[0, 0] == pytest.approx(-(coef[1] * used + coef[3] * b).mean())
    drawn = removal(found(frame).record, "b")
    assert drawn.shape == (61, 1)
    low, high = np.quantile(drawn[1:], [0.025, 0.975])
    assert low < -2 * used.mean() < high  # the truth of the simulation: two points at the middle score


def test_removal_has_the_resamples_of_the_drivers():
    cost, drivers = removal(DRIVERS.record, "b"), DRIVERS
    assert cost.shape == SIZE.shape
    assert not np.isnan(cost).any()
    assert (cost == removal(drivers.record, "b")).all()


@pytest.mark.parametrize(("name", "missing"), [("a", "indicator"), ("b", "drop")])
def test_what_nobody_went_without_cannot_be_removed(name, missing):
    survey = cx.Survey(answers(), touchpoints=list("abcde"), outcome="y", scale=SCALE)
    with pytest.raises(ValuesError) as error:
        removal(cx.drivers(survey, missing=missing, n_boot=0).record, name)
    why = "everyone in the answers used it" if missing == "indicator" else "missing='drop'"
    assert str(error.value) == (
        f"removing '{name}' cannot be forecast: {why}, so nobody shows what it is like without it. "
        "Remove touchpoints that some did not use, with drivers(..., missing='indicator')."
    )


def test_a_group_of_one_is_named_after_its_touchpoint():
    survey = cx.Survey(answers(), touchpoints=list("abcde"), outcome="y", scale=SCALE)
    assert touchpoint_of(cx.drivers(survey, groups={"desk": ["b"]}, n_boot=0).record, "desk") == "b"
