"""Simulated answers to three touchpoints, and players of one score each: for tests of designs and their sums."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlens.engine.design import Column
from cxlens.engine.roles import Codes, Roles

NAMES = ("web", "call", "shop")
ROLES = Roles(
    (("web",), ("call",), ("shop",)),
    Codes(1, 5, (6,), (0,)),
    (("nps", Codes(0, 10)),),
    "weight",
    dict.fromkeys(("area", "customer", "purpose"), "segment"),
)
PURPOSES = ("business", "leisure", "other")


def scores(*places: int) -> tuple[tuple[Column, ...], ...]:
    """Players of one score each."""
    return tuple((Column("score", (place,)),) for place in places)


def answers(seed: int, n: int) -> pd.DataFrame:
    """Scores with "not used" (6) and blanks (0), NPS with gaps, weights with zeros, ids and segments with gaps."""
    rng = np.random.default_rng(seed)
    scores = {name: rng.choice([0, 1, 2, 3, 4, 5, 6], n, p=[0.04, 0.1, 0.16, 0.2, 0.2, 0.2, 0.1]) for name in NAMES}
    gap = rng.random((3, n)) < 0.05
    frame = pd.DataFrame(scores)
    frame["nps"] = np.where(gap[0], np.nan, rng.integers(0, 11, n))
    frame["weight"] = rng.choice([0.0, 0.25, 1.0, 1.7], n)
    frame.loc[0, "weight"] = 1.0
    frame["area"] = np.where(gap[1], None, rng.choice(["NA", "North", "South"], n))
    frame["customer"] = np.where(gap[2], np.nan, rng.integers(0, max(1, n // 3), n))
    frame["purpose"] = np.where(gap[1], None, rng.choice(PURPOSES, n))
    return frame
