"""What is to be known about a record, in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stages.drivers.words import ASSOCIATION, note

SCALE = cx.Scale(1, 5, blank=[0])


def answers(n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 2)), columns=["St. Mary's desk", "Call: hold; wait"])
    frame["y"] = frame["St. Mary's desk"] + rng.normal(size=n)
    frame["who"] = np.select([np.arange(n) < 3, np.arange(n) < 30], ["few", "some"], "many")
    frame["twice"] = frame["St. Mary's desk"]
    return frame


def note_of(frame: pd.DataFrame, touchpoints: list[str], **options) -> str:
    made = cx.Survey(frame, touchpoints=touchpoints, outcome="y", scale=SCALE, segments=["who"])
    return note(cx.drivers(made, **options).record)


NAMES = ["St. Mary's desk", "Call: hold; wait"]


def test_nothing_left_out_and_no_resamples():
    assert note_of(answers(), NAMES, n_boot=0) == f"No answer was left out. {ASSOCIATION}"


def test_rows_left_out_are_counted_by_reason():
    frame = answers()
    frame.loc[:8, NAMES[0]] = 0
    frame.loc[9, "y"] = np.nan
    said = note_of(frame, NAMES, n_boot=0)
    assert "9 with a touchpoint left blank" in said
    assert "fewer than 5 with no outcome" in said
    assert said.startswith("Left out: ")


def test_the_method_and_the_resamples_are_named():
    said = note_of(answers(), NAMES, method="relative weights", n_boot=20, level=0.9)
    assert said == (
        "No answer was left out. Importance by relative weights. Intervals of importance and rank: 90 %, "
        f"from 20 resamples. {ASSOCIATION}"
    )


def test_what_has_no_figure_is_named_with_its_reason_and_segment():
    said = note_of(answers(), [*NAMES, "twice"], by="who", n_boot=0)
    assert "few (fewer than 5 answers, or hidden to protect people)" in said
    assert "twice in many (its scores follow from those of other touchpoints)" in said
    alone = note_of(answers(), [*NAMES, "twice"], n_boot=0)
    assert "Not estimated: twice (its scores follow from those of other touchpoints)." in alone
