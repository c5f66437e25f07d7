"""The way to an answer: against loops, as factors of drivers, and what is not known."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlens as cx
from cxlens.errors import ColumnError

START = pd.Timestamp("2026-01-01")
PLACES = ("Web", "Shop", "Call")
Event = tuple[str, str, int]


def log_of(events: list[Event]) -> cx.JourneyLog:
    frame = pd.DataFrame(events, columns=["who", "met", "hour"])
    frame["at"] = START + pd.to_timedelta(frame["hour"], unit="h")
    return cx.JourneyLog(frame, customer="who", touchpoint="met", time="at")


def survey_of(answers: list[tuple[str, int]], y: Any = None) -> cx.Survey:
    frame = pd.DataFrame(answers, columns=["id", "hour"])
    frame["day"] = START + pd.to_timedelta(frame["hour"], unit="h")
    frame["web"] = [1 + k % 5 for k in range(len(frame))]
    frame["y"] = y if y is not None else frame["web"]
    return cx.Survey(frame, touchpoints=["web"], outcome="y", respondent="id", time="day")


def band(hours: float) -> str:
    for most, word in ((0, "none"), (1, "up to an hour"), (24, "up to a day"), (168, "up to a week")):
        if hours <= most:
            return word
    return "over a week"


EVENTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(PLACES), st.integers(0, 400)), min_size=1, max_size=40
)
ANSWERS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(250, 400)), min_size=1, max_size=20)


@settings(max_examples=20)
@given(EVENTS, ANSWERS)
def test_it_is_what_loops_find(events: list[Event], answers: list[tuple[str, int]]) -> None:
    ends = [("z", place, hour) for place in PLACES for hour in (0, 900)]
    rows = [*events, *ends]
    answers = [*answers, ("z", 300)]
    table = survey_of(answers).with_behaviour(log_of(rows), within="240 hours", way=True).table
    for (who, at), (_, row) in zip(answers, table.iterrows()):
        met = sorted((hour, k, place) for k, (other, place, hour) in enumerate(rows) if other == who)
        met = [(hour, place) for hour, _, place in met if at - 240 <= hour < at]
        if who not in {other for other, _, _ in rows}:
            assert pd.isna(row["met_again"])
            assert pd.isna(row["last_met"])
            continue
        for place in PLACES:
            assert row[f"met_{place}"] == ("yes" if place in [name for _, name in met] else "no")
        assert row["met_again"] == ("yes" if len({name for _, name in met}) < len(met) else "no")
        assert row["first_met"] == (met[0][1] if met else "nothing met")
        assert row["last_met"] == (met[-1][1] if met else "nothing met")
        hours = [hour for hour, _ in met]
        assert row["way_took"] == band(hours[-1] - hours[0] if met else 0)
        assert row["longest_wait"] == band(max([b - a for a, b in pairwise(hours)], default=0))


def joined(seed: int, effect: float) -> cx.Survey:
    """Two hundred customers, of whom half are sent back to the desk, which costs so many points."""
    rng = np.random.default_rng(seed)
    events, answers, y = [("z", "Web", 0), ("z", "Web", 2000)], [], []
    for k in range(200):
        again = bool(rng.random() < 0.5)
        way = ["Web", "Shop", "Shop"] if again else ["Web", "Shop"]
        events += [(f"c{k}", place, 1000 + 3 * step) for step, place in enumerate(way)]
        answers.append((f"c{k}", 1100))
        y.append(7 + rng.normal() - effect * again)
    return survey_of(answers, y).with_behaviour(log_of(events), within="20 days", way=True)


def test_drivers_tell_which_part_of_a_journey_matters() -> None:
    survey = joined(1, 2.0)
    assert survey.named("met_again") == "met anything again in the 20 days before"
    assert survey.named("met_Shop") == "met Shop in the 20 days before"
    table = cx.drivers(survey, factors=["met_again"], n_boot=50).table.set_index("touchpoint")
    assert table["importance"].idxmax() == "met_again"
    assert table.loc["met_again", "importance"] > 0.3


def test_a_part_that_does_not_matter_is_not_told_to() -> None:
    table = cx.drivers(joined(2, 0.0), factors=["met_again"], n_boot=0).table.set_index("touchpoint")
    assert table.loc["met_again", "q_value"] > 0.05


def test_without_asking_there_is_no_way() -> None:
    events = [("a", "Web", 0), ("a", "Web", 900)]
    survey = survey_of([("a", 400)]).with_behaviour(log_of(events), within="10 days")
    assert survey.segments == ("met_before",)


def test_names_that_are_taken() -> None:
    survey = joined(3, 0.0)
    with pytest.raises(ColumnError) as error:
        survey.with_behaviour(log_of([("c1", "Web", 0), ("c1", "Web", 2000)]), within="20 days", way=True)
    assert str(error.value) == (
        "the survey has columns that with_behaviour makes: first_met, last_met, longest_wait, met_Web, met_again, "
        "met_before, touches_after, touches_before, way_took. Join the log to the survey as it was before, which has "
        "stayed the same, or rename them."
    )


def test_a_touchpoint_that_would_take_the_name_of_another_column() -> None:
    log = log_of([("a", "again", 0), ("a", "Web", 900)])
    with pytest.raises(ColumnError) as error:
        survey_of([("a", 400)]).with_behaviour(log, within="10 days", way=True)
    assert str(error.value) == (
        "touchpoint 'again' would make a column 'met_again', which means something else here. Give it another name, or "
        "roll the log up: log.by(touchpoint_map, 'stage')."
    )
