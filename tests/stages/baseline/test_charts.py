"""The alternative texts of a baseline and its sides: which rows they tell first, and by which figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.pictures import alt_text
from cxlens.common.values import interval, number


@pytest.fixture(scope="module")
def airport():
    study = cx.datasets.load_airport()
    return cx.baseline(study.survey(), study.map(), per="stage"), cx.baseline(study.survey(), study.map())


def rows_of(text: str, sentence: object) -> list[str]:
    """What stands behind the finding, a row each."""
    _, found, rows = text.partition(f"{sentence} ")
    assert found
    return rows.removesuffix(".").split("; ")


def test_stages_are_told_the_lowest_first(airport):
    by_stage, _ = airport
    lowest = by_stage.table.sort_values("mean").iloc[0]
    told = rows_of(alt_text(by_stage), by_stage)
    assert told[0] == f"{lowest['stage']} {number(lowest['mean'])} {interval(lowest['low'], lowest['high'])}"
    assert len(told) == 5


def test_a_map_is_told_by_stage():
    whole = cx.datasets.load_airport().map()
    told = rows_of(alt_text(whole), whole)
    assert told[0] == "Planning: Booking website"
    assert [row.split(":")[0] for row in told] == list(whole.lifecycle.names[:5])


def test_channels_are_told_by_their_agreement_where_the_same_people_rated_all(airport):
    view = airport[1].consistency({"Bags": ["Bag drop", "Baggage claim"]})
    row = view.table.iloc[0]
    assert rows_of(alt_text(view), view) == [f"Bags {number(row['icc'])} {interval(row['low'], row['high'])}"]


def test_separate_samples_are_told_by_their_effect_size():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"web": rng.integers(1, 6, 300), "nps": rng.integers(0, 11, 300)})
    frame["channel"] = np.repeat(["app", "desk", "phone"], 100)
    frame.loc[frame["channel"] == "app", "web"] = 5
    survey = cx.Survey(frame, touchpoints=["web"], outcome={"nps": "nps"}, scale=cx.Scale(1, 5), channel="channel")
    view = cx.baseline(survey).consistency()
    assert rows_of(alt_text(view), view) == [f"web {number(view.table['epsilon2'].iloc[0])}"]
    assert view.table["epsilon2"].iloc[0] > 0.2
