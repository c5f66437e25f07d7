"""A small simulated journey of awkward names: below, about and above the standard, not asked, not there."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stages.baseline.journey_chart import journey_of_results
from cxlens.stages.baseline.journey_map import JourneyMap
from cxlens.study.parts import Persona

LOW, MIDDLE, GOOD, UNASKED = "Price ($) 50% of $20", "St. Mary's <desk>", "No. 3 > 4", "Nobody asked"
QUOTE = "far too much for a sandwich"
SECRET = "my sister Ada Lovelace was shouted at"


def places() -> cx.TouchpointMap:
    """Four touchpoints on two of three stages."""
    stages = [
        cx.Stage("Arrive", ["find it"], phase="before"),
        cx.Stage("Wait", ["sit", cx.Need("leave at once", lever=True)], phase="there"),
        cx.Stage("When plans change", ["know what comes"], phase="there"),
    ]
    four = cx.Standard("mean", 4)
    three = cx.Standard("mean", 3)
    touchpoints = [
        cx.Touchpoint(LOW, stage="Arrive", channel="site", owner="Sales", needs=["find it"], standards=[four]),
        cx.Touchpoint(MIDDLE, stage="Wait", channel="desk", owner="Care", needs=["sit"], standards=[three]),
        cx.Touchpoint(GOOD, stage="Wait", channel="site", owner="Care", standards=[three]),
        cx.Touchpoint(UNASKED, stage="Wait", channel="desk"),
    ]
    return cx.TouchpointMap(touchpoints, cx.Lifecycle(stages))


def survey(n: int = 400, *, shift: float = 0.0) -> cx.Survey:
    """Simulated: the first touchpoint moves the outcome; four wrote a secret about it, eight the same words."""
    rng = np.random.default_rng(3)
    means = {LOW: 2.6, MIDDLE: 3.0, GOOD: 4.2}
    frame = pd.DataFrame(
        {name: np.clip(np.round(rng.normal(mean + shift, 0.9, n)), 1, 5) for name, mean in means.items()}
    )
    frame["y"] = frame[LOW] + rng.normal(0, 1, n)
    frame["who"] = np.where(np.arange(n) % 2, "old", "new")
    said = [QUOTE] * 8 + [SECRET] * 4 + ["fine with me"] * 9
    frame["said"] = [*said, *[""] * (n - len(said))]
    frame["felt"] = rng.integers(1, 6, n)
    frame.loc[:11, LOW] = 1
    frame.loc[12:20, LOW] = 5
    return cx.Survey(
        frame,
        touchpoints=list(means),
        outcome="y",
        scale=cx.Scale(1, 5),
        segments=["who"],
        comments={LOW: "said"},
        emotion={LOW: "felt"},
    ).declaring([cx.Segment("Newcomers", {"who": "new"})])


def initiatives() -> pd.DataFrame:
    """What could be done: one of them at two stages."""
    return pd.DataFrame(
        {
            "name": ["A sign", "Chairs"],
            "touchpoints": [(MIDDLE, UNASKED), (GOOD,)],
            "owner": ["Care", ""],
            "when": ["2027-Q1", "2027-Q2"],
            "forecast": ["+1.0 points", ""],
        }
    )


@cache
def results() -> dict[str, Any]:
    """All that a journey map takes."""
    answers = survey()
    card = cx.baseline(answers, places(), competitors={"Rival": survey(shift=0.4)})
    return {
        "performance": card,
        "importance": cx.drivers(answers, n_boot=20),
        "comments": card.comments(),
        "emotion": card.emotion(),
        "initiatives": initiatives(),
        "personas": (Persona("Nina", "New, and in a hurry.", "Newcomers"), Persona("Nobody")),
    }


@cache
def journey() -> JourneyMap:
    """All of it on one map."""
    return journey_of_results(places(), **results())


def of_lane(made: JourneyMap, lane: str) -> list[tuple[str, str, str, str]]:
    """Stage, touchpoint, entry and state of each entry of a lane."""
    rows = made.table[made.table["lane"] == lane]
    return list(rows[["stage", "touchpoint", "entry", "state"]].itertuples(index=False, name=None))
