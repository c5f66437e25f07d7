"""Scores in bands and in pairs: thirds of the scale, and correlations of those who used both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.drivers.record import Fit
from cxlens.stages.drivers.score import (
    Bands,
    class_of,
    contrast_ends,
    score_columns,
    usage_columns,
    with_bands,
    with_squares,
)

SCALE = cx.Scale(1, 5, not_used=[6])


def answers(n: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    halo = rng.normal(size=(n, 1))
    frame = pd.DataFrame(np.clip(np.round(3 + halo + rng.normal(size=(n, 3))), 1, 5), columns=list("abc"))
    frame["y"] = frame["a"] + rng.normal(size=n)
    frame.loc[rng.random(n) < 0.3, "b"] = 6
    frame.loc[rng.random(n) < 0.3, "c"] = 6
    frame["w"] = rng.uniform(0.5, 2, n)
    return frame


def record_of(frame: pd.DataFrame, n_boot: int = 0, scale=SCALE, **options) -> Fit:
    roles = {name: options.pop(name) for name in ("weight",) if name in options}
    made = cx.Survey(frame, touchpoints=list("abc"), outcome="y", scale=scale, **roles)
    return cx.drivers(made, n_boot=n_boot, **options).record


def test_correlations_are_those_of_the_answers_of_whoever_used_both():
    frame = answers()
    record = record_of(frame)
    want = frame[list("abc")].replace(6, np.nan).corr().to_numpy()
    np.testing.assert_allclose(record.correlations[:, :, 0], want, rtol=1e-9)


def test_weights_count_in_correlations():
    frame = answers()
    record = record_of(frame, weight="w")
    both = frame[(frame["a"] != 6) & (frame["b"] != 6)]
    cov = np.cov(both["a"], both["b"], aweights=both["w"])
    assert record.correlations[0, 1, 0] == pytest.approx(cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]))


def test_correlations_are_told_in_each_resample():
    frame = answers()
    record = record_of(frame, n_boot=3)
    places = record.resamples.places(record.data.rows_at_hand.units)
    for d, counts in enumerate(record.resamples.counts, 1):
        drawn = frame.loc[np.repeat(frame.index, counts[places]), list("abc")].replace(6, np.nan)
        np.testing.assert_allclose(record.correlations[:, :, d], drawn.corr(), rtol=1e-9)


def test_the_middle_third_of_the_scale_lies_between_the_bands():
    record = record_of(answers())
    np.testing.assert_allclose(record.bands.low, 1 + 4 / 3)
    np.testing.assert_allclose(record.bands.high, 5 - 4 / 3)
    np.testing.assert_allclose(record.bands.middle, 3)


def test_without_a_scale_the_scores_given_have_thirds():
    frame = answers().replace(6, 5)
    frame["a"] = frame["a"].clip(2, 5)
    record = record_of(frame, scale=None)
    assert record.bands.low.tolist() == pytest.approx([3, 1 + 4 / 3, 1 + 4 / 3])
    assert record.bands.high.tolist() == pytest.approx([4, 5 - 4 / 3, 5 - 4 / 3])


def test_columns_of_bands_stand_before_the_score_and_groups_keep_theirs():
    asked = record_of(answers(), groups={"pair": ["a", "b"]}).asked
    banded = with_bands(asked, Bands(np.array([2.0]), np.array([4.0])))
    kinds = {name: [column.kind for column in columns] for name, columns in zip(asked.names, banded.design.players)}
    assert kinds == {"c": ["low", "high", "score"], "pair": ["score", "score"]}
    low, high, score = banded.design.players[asked.names.index("c")]
    assert low.at == high.at == score.at
    assert low.given[0] < 2 < low.given[0] + 1e-6  # a score on the border is a middle one
    assert high.given[0] > 4 > high.given[0] - 1e-6


def test_squares_stand_behind_all_other_columns():
    asked = record_of(answers(), covariates=["b"]).asked
    squared = with_squares(asked).design
    kinds = [column.kind for column in squared.player_columns]
    assert kinds == ["score", "score", "square", "square"]
    assert list(score_columns(asked.design)) == [column.at[0] for column in squared.player_columns[-2:]]


def test_who_used_a_touchpoint_is_said_by_its_flag_or_by_everyone():
    asked = record_of(answers()).asked
    assert usage_columns(asked.design).tolist() == [0, 1, 2]


def test_a_band_of_fewer_than_five_scores_has_no_figures():
    frame = answers(200)
    frame["a"] = np.where(np.arange(200) < 4, 1, frame["a"].clip(3, 5))
    figures = record_of(frame).band_figures[0, 0]
    assert np.isnan(figures[0]).all()
    frame.loc[4, "a"] = 1
    assert not np.isnan(record_of(frame).band_figures[0, 0, 0]).any()


def test_asymmetry_is_penalty_and_reward_by_score_point():
    penalty, reward, asymmetry = record_of(answers()).band_figures[0, 0, 0]
    a = answers()["a"]
    low, mid, high = a[a < 2.5].mean(), a[a.between(2.5, 3.5)].mean(), a[a > 3.5].mean()
    assert asymmetry == pytest.approx(-penalty / (mid - low) - reward / (high - mid))
    assert penalty < 0 < reward


@pytest.mark.parametrize(
    ("penalty", "reward", "asymmetry", "word"),
    [
        ((-3, -1), (0, 1), (0.5, 2), "basic"),
        ((-1, 0.1), (1, 3), (-2, -0.5), "excitement"),
        ((-2, -1), (1, 2), (-0.5, 0.5), "performance"),
        ((-2, 0.1), (1, 2), (-0.5, 0.5), "undecided"),
        ((-2, 1), (0, 1), (0.5, 2), "undecided"),  # asymmetric, but the penalty may be none
    ],
)
def test_a_class_is_what_all_three_intervals_allow(penalty, reward, asymmetry, word):
    assert class_of(np.array([penalty, reward, asymmetry], float).T) == word


def test_without_resamples_contrasts_have_no_ends():
    assert np.isnan(contrast_ends(np.zeros((1, 3)), 0.95)).all()
