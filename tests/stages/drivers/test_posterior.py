"""The posterior of effects: shrunk once, in step with the resamples, the same for every lift."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.drivers.levels import levels_of
from cxlens.stages.drivers.posterior import Raw, gains, lifted, posterior, ratios, raw_removals, shrunken_effects

NAMES = [f"t{k}" for k in range(8)]


def answers(n: int = 300, effects=(0.5, *[0.0] * 7), seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    feeling = rng.normal(size=(n, 8)) + 0.7 * rng.normal(size=(n, 1))
    frame = pd.DataFrame(np.clip(np.round(3.5 + feeling), 1, 5), columns=NAMES)
    frame["y"] = frame[NAMES].to_numpy() @ np.array(effects) + rng.normal(size=n)
    frame["t7"] = frame["t7"].where(rng.random(n) < 0.8, 6)
    frame["g"] = rng.choice(["one", "two"], n)
    return frame


def record_of(frame: pd.DataFrame, n_boot: int = 200, by: str | None = None) -> object:
    survey = cx.Survey(frame, touchpoints=NAMES, outcome="y", scale=cx.Scale(1, 5, not_used=[6]), segments=["g"])
    return cx.drivers(survey, n_boot=n_boot, by=by, method="relative weights").record


RECORD = record_of(answers())


def effect_of(record, worth: np.ndarray, by: float) -> np.ndarray:
    """(e, c, p) change of the outcome by a lift."""
    after = np.minimum(record.levels + by, 5)
    moved = np.apply_along_axis(lambda heights: np.interp(after, record.levels, heights), -1, worth)
    return (record.estimates.figures.shares * (moved - worth)).sum(axis=-1)


def test_it_is_made_once():
    assert posterior(RECORD) is posterior(RECORD)


def test_one_that_stands_out_stays_and_the_others_shrink():
    raw = effect_of(RECORD, levels_of(RECORD, RECORD.asked).worth, 0.5)
    found = effect_of(RECORD, posterior(RECORD).worth, 0.5)
    assert found[0, 0, 0] == pytest.approx(raw[0, 0, 0], rel=0.1)
    assert np.abs(found[0, 0, 1:]).max() < 0.7 * np.abs(raw[0, 0, 1:]).max()
    assert found[1:, 0, 1:].std() < 0.8 * raw[1:, 0, 1:].std()
    np.testing.assert_allclose(found, raw * posterior(RECORD).ratio, atol=1e-9)


def test_every_lift_below_a_point_keeps_the_ratio():
    raw = effect_of(RECORD, levels_of(RECORD, RECORD.asked).worth, 0.2)
    found = effect_of(RECORD, posterior(RECORD).worth, 0.2)
    np.testing.assert_allclose(found, raw * posterior(RECORD).ratio, atol=1e-9)


def test_a_ratio_beyond_reason_throws_no_forecast_off():
    levels = levels_of(RECORD, RECORD.asked).worth
    raw, found = effect_of(RECORD, levels, 2.0), effect_of(RECORD, posterior(RECORD).worth, 2.0)
    wild = np.abs(posterior(RECORD).ratio) > 5
    assert wild.any()
    assert np.abs(found[wild]).max() < 2 * np.abs(raw).max()


def test_without_resamples_effects_are_as_estimated():
    record = record_of(answers(), n_boot=0)
    np.testing.assert_allclose(posterior(record).worth, levels_of(record, record.asked).worth)
    np.testing.assert_array_equal(posterior(record).removal, raw_removals(record))
    assert (posterior(record).ratio == 1).all()


def test_a_removal_is_shrunk_beside_them():
    raw, found = raw_removals(RECORD), posterior(RECORD).removal
    assert np.isnan(raw[..., :7]).all()
    assert np.isnan(found[..., :7]).all()
    assert abs(found[0, 0, 7]) < abs(raw[0, 0, 7])
    assert (np.abs(found[1:, 0, 7]) < 1e-6).mean() > 0.3  # nothing, until the answers say otherwise


def test_segments_are_shrunk_by_themselves():
    record = record_of(answers(600), by="g")
    found = posterior(record)
    assert found.worth.shape == (201, 2, 8, 5)
    raw = effect_of(record, levels_of(record, record.asked).worth, 0.5)
    gained, spread = gains(record), levels_of(record, record.asked).spread
    nothing = np.full_like(raw, np.nan)
    first = Raw(raw, gained, nothing, spread)
    other = raw.copy()
    other[:, 1] = 0.0
    apart = shrunken_effects(record, Raw(other, gained, nothing, spread))[0]
    np.testing.assert_array_equal(apart[:, 0], shrunken_effects(record, first)[0][:, 0])


def test_a_touchpoint_without_room_stays_as_it_is():
    frame = answers()
    frame["t3"] = 5.0
    frame.loc[:20, "t3"] = 4.0
    record = record_of(frame, n_boot=20)
    assert np.isfinite(posterior(record).worth).all()
    assert lifted(record).tolist() == [1.5, 2.5, 3.5, 4.5, 5.0]


def test_the_outcome_counted_another_way_has_its_own_effects():
    frame = answers()
    frame["y"] = np.clip(np.round(frame["y"] + 3), 0, 10)
    roles = {"touchpoints": NAMES, "outcome": "y", "scale": cx.Scale(1, 5, not_used=[6])}
    survey = cx.Survey(frame, outcome_scale=cx.Scale(0, 10), **roles)
    record = cx.drivers(survey, n_boot=50, method="relative weights").record
    nps = posterior(record, "NPS")
    expected = 100 * ((frame["y"] >= 9).mean() - (frame["y"] <= 6).mean())
    assert nps.outcome[0, 0] == pytest.approx(expected)
    assert effect_of(record, nps.worth, 0.5)[0, 0, 0] > 1
    assert posterior(record, "mean").outcome[0, 0] == pytest.approx(frame["y"].mean())


def test_ratios_of_nothing_are_one():
    np.testing.assert_array_equal(ratios(np.array([1.0, 0.5]), np.array([2.0, 0.0])), [0.5, 1.0])
