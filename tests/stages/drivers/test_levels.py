"""Worth by level: against least squares by hand, in each resample, on disk, and for scales of many scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.drivers import levels as module
from cxlens.stages.drivers.levels import between, levels_of

SCALE = cx.Scale(1, 5, not_used=[6])
NAMES = list("abc")


def answers(n: int = 500, seed: int = 0, top: int = 5) -> pd.DataFrame:
    """Simulated answers: only the top score of a counts; b is used by two of three."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.integers(1, top + 1, (n, 3)), columns=NAMES)
    frame["y"] = 2.0 * (frame["a"] == top) + 0.3 * frame["b"] + rng.normal(size=n)
    frame.loc[rng.random(n) < 0.3, "b"] = top + 1
    return frame


def record_of(frame: pd.DataFrame, n_boot: int = 0, scale: cx.Scale = SCALE, **options) -> object:
    roles = {name: options.pop(name) for name in ("weight", "segments") if name in options}
    survey = cx.Survey(frame, touchpoints=NAMES, outcome="y", scale=scale, **roles)
    return cx.drivers(survey, n_boot=n_boot, **options).record


def by_hand(frame: pd.DataFrame, weight: np.ndarray) -> np.ndarray:
    """What levels 2 to 5 of a are worth over level 1, by least squares with dummies."""
    used = (frame["b"] < 6).to_numpy()
    b = np.where(used, frame["b"], 0)
    dummies = [frame["a"] == level for level in (2, 3, 4, 5)]
    x = np.column_stack([np.ones(len(frame)), *dummies, used, b, used * (b - 3) ** 2, frame["c"], frame["c"] ** 2])
    root = np.sqrt(weight)
    coef = np.linalg.lstsq(x.astype(float) * root[:, None], frame["y"].to_numpy() * root, rcond=None)[0]
    return coef[1:5]


def rise_of(worth: np.ndarray) -> np.ndarray:
    return worth[..., 1:] - worth[..., :1]


def test_levels_are_those_of_dummies_in_the_answers_and_in_each_resample():
    frame = answers()
    record = record_of(frame, 3)
    found = levels_of(record, record.asked)
    counts = np.vstack([np.ones(len(frame)), record.resamples.counts])
    expected = [by_hand(frame, weight) for weight in counts]
    np.testing.assert_allclose(rise_of(found.worth[:, 0, 0]), expected, atol=1e-4)
    assert found.outcome[0, 0] == pytest.approx(frame["y"].mean())
    assert found.spread[0] == pytest.approx(frame["y"].std(ddof=0))


def test_weights_count():
    frame = answers().assign(w=np.random.default_rng(1).uniform(0.5, 2, 500))
    record = record_of(frame, weight="w")
    found = levels_of(record, record.asked)
    np.testing.assert_allclose(rise_of(found.worth[0, 0, 0]), by_hand(frame, frame["w"].to_numpy()), atol=1e-4)


def test_a_level_that_a_resample_lacks_bends_as_little_as_can_be():
    frame = answers(300)
    frame.loc[frame["a"] == 3, "a"] = 4
    frame.loc[0, "a"] = 3
    record = record_of(frame, 30)
    worth = levels_of(record, record.asked).worth[1:, 0, 0]
    lacks = record.draws.shares[:, 0, 0, 2] == 0
    assert lacks.any()
    first, second, _, fourth, fifth = worth[lacks].T
    smooth = (4 * (second + fourth) - first - fifth) / 6  # least squares of the three second differences it is in
    np.testing.assert_allclose(worth[lacks, 2], smooth, atol=1e-4)


def test_few_answers_keep_the_straight_lines_of_the_drivers():
    record = record_of(answers(40))
    found = levels_of(record, record.asked)
    straight = record.estimate.coef[0, 0][:, None] * record.levels
    np.testing.assert_allclose(found.worth[0, 0], straight)


def test_each_segment_has_levels_of_its_own():
    frame = answers(1000).assign(g=np.arange(1000) % 2)
    record = record_of(frame, segments=["g"], by="g")
    found = levels_of(record, record.asked)
    own = frame[frame["g"] == 1].reset_index(drop=True)
    np.testing.assert_allclose(rise_of(found.worth[0, 1, 0]), by_hand(own, np.ones(500)), atol=1e-4)


def test_blocks_of_answers_on_disk_give_the_same(tmp_path):
    frame = answers()
    frame.to_parquet(tmp_path / "answers.parquet")
    roles = {"touchpoints": NAMES, "outcome": "y", "scale": SCALE}
    held = record_of(frame)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cxlens.engine.tables.IN_MEMORY", 100)
        patch.setattr("cxlens.engine.answers.IN_MEMORY", 100)
        survey = cx.Survey(tmp_path / "answers.parquet", **roles)
        record = cx.drivers(survey, n_boot=20).record
        assert record.data.part is None
        found = levels_of(record, record.asked)
    np.testing.assert_allclose(found.worth[0], levels_of(held, held.asked).worth[0], atol=1e-6)
    assert np.isfinite(found.worth).all()


def test_imputed_blanks_take_part():
    frame = answers()
    frame.loc[np.random.default_rng(2).random(500) < 0.1, "c"] = 0
    record = record_of(frame, 4, cx.Scale(1, 5, not_used=[6], blank=[0]), blanks="impute")
    found = levels_of(record, record.asked)
    assert found.worth.shape == (5, 1, 3, 5)
    assert np.isfinite(found.worth).all()
    assert rise_of(found.worth[0, 0, 0])[-1] == pytest.approx(2, abs=0.5)


def test_a_hundred_scores_are_told_by_eleven_points():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.integers(0, 101, (2000, 3)), columns=NAMES)
    frame["y"] = np.abs(frame["a"] - 50) / 25 + 0.01 * frame["b"] + 0.05 * rng.normal(size=2000)
    record = record_of(frame, scale=cx.Scale(0, 100, not_used=[101]))
    worth = levels_of(record, record.asked).worth[0, 0]
    assert worth.shape == (3, 101)
    expected = np.abs(record.levels - 50) / 25
    np.testing.assert_allclose(worth[0] - worth[0, 50], expected, atol=0.1)
    np.testing.assert_allclose(np.diff(worth[1]), 0.01, atol=0.005)


def test_from_eight_levels_on_bends_are_held_back(monkeypatch):
    record = record_of(answers(400, top=9), scale=cx.Scale(1, 9, not_used=[10]))
    held = levels_of(record, record.asked).worth[0, 0, 2]
    monkeypatch.setattr(module, "MANY", 99)
    free = levels_of(record, record.asked).worth[0, 0, 2]
    assert np.abs(np.diff(held, 2)).sum() < 0.8 * np.abs(np.diff(free, 2)).sum()


def test_of_two_touchpoints_that_say_the_same_the_first_has_the_effect():
    frame = answers()
    frame["c"] = frame["a"]
    record = record_of(frame, 2)
    worth = levels_of(record, record.asked).worth
    assert np.isnan(worth[:, 0, 2]).all()
    assert rise_of(worth[0, 0, 0])[-1] == pytest.approx(2, abs=0.5)


def test_lines_go_on_beyond_the_knots():
    knots, heights = np.array([1.0, 2.0, 4.0]), np.array([[0.0, 1.0, 5.0], [0.0, 2.0, 2.0]])
    found = between(knots, heights, np.array([0.0, 1.5, 3.0, 5.0]))
    np.testing.assert_allclose(found, [[-1, 0.5, 3, 7], [-2, 1, 2, 2]])
    np.testing.assert_allclose(between(knots, heights, np.array([[1.5], [3.0]])), [[0.5], [2.0]])
    np.testing.assert_allclose(between(np.array([3.0]), np.array([7.0]), np.array([1.0, 5.0])), 7.0)
