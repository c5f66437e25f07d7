"""A scale whose lowest score is the best is asked about, where nobody said so."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.study.direction import turned

RNG = np.random.default_rng(5)
GOOD = RNG.integers(1, 6, (200, 3)).astype(float)
NPS = np.clip(np.round(GOOD.sum(axis=1) - 4 + RNG.normal(0, 1, 200)), 0, 10)
GRADES = pd.DataFrame(6 - GOOD, columns=["web", "call", "bill"]).assign(nps=NPS)


def warned(frame: pd.DataFrame, **roles: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asked = {"touchpoints": ["web", "call", "bill"], "outcome": {"nps": "nps"}, "scale": cx.Scale(1, 5)}
        cx.Survey(frame, **asked | roles)
    assert all(warning.filename == __file__ for warning in caught)
    return [str(warning.message) for warning in caught]


def test_school_grades_are_asked_about() -> None:
    r = np.corrcoef(6 - GOOD.mean(axis=1), NPS)[0, 1]
    assert warned(GRADES) == [
        f"the higher the scores, the lower 'nps' (correlation {r:.2f}). If the lowest score is the best, say so: "
        "scale=cx.Scale(1, 5, best='low')."
    ]


def test_nothing_is_asked_where_the_scale_is_told_or_fits() -> None:
    assert warned(GRADES, scale=cx.Scale(1, 5, best="low")) == []
    good = GRADES.assign(**dict(zip(["web", "call", "bill"], GOOD.T, strict=True)))
    assert warned(good) == []
    assert warned(GRADES, outcome="nps") == []  # which way an interval outcome runs is not known


def test_one_turned_item_among_others_and_few_answers_are_not_taken_for_all() -> None:
    one = GOOD.copy()
    one[:, 0] = 6 - one[:, 0]
    assert turned(one, NPS) is None
    assert turned(6 - GOOD[:20], NPS[:20]) is None
    assert turned(RNG.integers(1, 6, (200, 3)).astype(float), NPS) is None
    assert turned(np.full((200, 3), np.nan), NPS) is None
