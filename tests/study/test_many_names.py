from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ValuesError
from cxlens.study.many_names import too_many_told

PAGES = (
    "touchpoint column 'met' has 10,000 names; figures tell at most 2,000 apart. Without the numbers in them 2 are "
    r"left: data['met'].str.replace(r'\d+', '#', regex=True). Or say in a TouchpointMap where each belongs, and roll "
    "them up: log.by(touchpoint_map, 'stage')."
)


def log_of(names: list[str]) -> cx.JourneyLog:
    events = pd.DataFrame({"who": np.arange(len(names)) // 4, "met": names, "nr": range(len(names))})
    return cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")


def told_apart_by(log: cx.JourneyLog) -> dict[str, Callable[[], object]]:
    """Every verb that tells touchpoints of a log apart."""
    answers = pd.DataFrame({"id": range(8), "a": [3, 4] * 4, "y": [7, 9] * 4, "day": "2026-01-10"})
    survey = cx.Survey(answers, touchpoints=["a"], outcome="y", respondent="id", time="day")
    return {
        "paths": lambda: cx.paths(log),
        "funnel": lambda: cx.funnel(log, list(log.touchpoints[:2])),
        "attribution": lambda: cx.attribution(log),
        "with_behaviour": lambda: survey.with_behaviour(log, within="90 days", way=True),
    }


def test_names_with_numbers_are_grouped_without_them() -> None:
    names = [f"/{kind}/{number}" for kind in ("page", "order") for number in range(5000)]
    with pytest.warns(UserWarning, match="has 10,000 names") as warned:
        log = log_of(names)
    assert [str(one.message) for one in warned] == [PAGES]
    assert warned[0].filename == __file__
    assert PAGES in repr(log)
    for verb, call in told_apart_by(log).items():
        with pytest.raises(ValuesError) as error:
            call()
        assert str(error.value) == f"{verb}: {PAGES}"
    grouped = pd.Series(names).str.replace(r"\d+", "#", regex=True).tolist()
    assert set(cx.paths(log_of(grouped)).log.touchpoints) == {"/page/#", "/order/#"}


def test_rolled_up_to_stages_they_are_few() -> None:
    names = [f"page {number}" for number in range(2001)]
    with pytest.warns(UserWarning, match="has 2,001 names"):
        log = log_of(names)
    places = [cx.Touchpoint(name, stage="before") for name in names]
    stages = log.by(cx.TouchpointMap(places, cx.Lifecycle(["before"])), "stage")
    assert "names" not in repr(stages)
    assert cx.paths(stages).log.touchpoints == ("before",)


def test_what_tells_none_of_them_apart_takes_any_number() -> None:
    names = [f"page {number}" for number in range(2001)]
    with pytest.warns(UserWarning, match="has 2,001 names"):
        log = log_of(names)
    places = [cx.Touchpoint(name, stage="before" if number % 2 else "after") for number, name in enumerate(names)]
    two_stages = cx.TouchpointMap(places, cx.Lifecycle(["before", "after"]))
    assert cx.funnel(log, two_stages).stages == ("before", "after")
    answers = pd.DataFrame({"id": range(8), "a": [3, 4] * 4, "y": [7, 9] * 4, "day": "2026-01-10"})
    survey = cx.Survey(answers, touchpoints=["a"], outcome="y", respondent="id", time="day")
    with pytest.raises(cx.CxlensError, match="needs the time of each event"):  # it counts events, and has no clock
        survey.with_behaviour(log, within="90 days")


def test_other_names_belong_into_a_map() -> None:
    letters = [f"{chr(65 + a)}{chr(65 + b)}{chr(65 + c)}" for a in range(13) for b in range(13) for c in range(13)]
    assert too_many_told("met", letters) == (
        "touchpoint column 'met' has 2,197 names; figures tell at most 2,000 apart. Say in a TouchpointMap where each "
        "belongs, and roll them up: log.by(touchpoint_map, 'stage')."
    )
    assert too_many_told("met", letters[:2000]) == ""
