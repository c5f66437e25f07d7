"""The mood that would explain as much: found again where it is planted, and put in one sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.drivers.mood import about_mood, mood_needed

NAMES = list("abcdef")


def record_of(mood: float, common: float = 0.5, effects: float = 0.0, p: int = 6, n: int = 4000) -> object:
    rng = np.random.default_rng(0)
    factor = rng.normal(size=n)
    x = np.sqrt(common) * factor[:, None] + np.sqrt(1 - common) * rng.normal(size=(n, p))
    y = mood * factor + effects * x.sum(axis=1) + np.sqrt(1 - mood**2) * rng.normal(size=n)
    frame = pd.DataFrame(x, columns=NAMES[:p]).assign(y=y)
    return cx.drivers(cx.Survey(frame, touchpoints=NAMES[:p], outcome="y"), n_boot=0).record


@pytest.mark.parametrize("mood", [0.3, 0.7])
def test_a_mood_that_is_all_there_is_is_found_again(mood):
    r, needed = mood_needed(record_of(mood))
    assert r == pytest.approx(0.5, abs=0.03)
    assert needed == pytest.approx(mood, abs=0.04)


def test_it_is_one_sentence():
    record = record_of(0.7)
    r, needed = mood_needed(record)
    assert about_mood(record) == (
        f"Ratings correlate by {r:.2f}: a mood behind all of them that correlates by {needed:.2f} with y would explain "
        "as much without any effect."
    )


def test_none_suffices_where_ratings_hardly_correlate():
    record = record_of(0.0, common=0.15, effects=0.9)
    r, needed = mood_needed(record)
    assert needed > 1
    assert (
        about_mood(record) == f"Ratings correlate by {r:.2f}: no mood behind all of them could explain as much alone."
    )


def test_of_one_touchpoint_there_is_nothing_to_say():
    assert np.isnan(mood_needed(record_of(0.3, p=1))).all()
    assert about_mood(record_of(0.3, p=1)) == ""
