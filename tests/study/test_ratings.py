"""Ratings of a survey beside the events of a log: whose, of what, and every refusal in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import OptionError, ValuesError
from cxlens.study.ratings import ratings_of_events


def log() -> cx.JourneyLog:
    events = pd.DataFrame(
        {"who": ["b", "b", "a", "b", "c"], "met": ["Web", "Shop", "Web", "Web", "Call"], "nr": range(5)}
    )
    return cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")


def survey(**roles: object) -> cx.Survey:
    answers = pd.DataFrame({"id": ["a", "b", "b", "x"], "Web": [1, 2, 5, 4], "Shop": [5, 4, 4, 4], "y": [1, 2, 3, 4]})
    given = {"touchpoints": ["Web", "Shop"], "outcome": "y", "respondent": "id", **roles}
    return cx.Survey(answers, **given)


def test_each_event_has_the_mean_rating_of_its_customer() -> None:
    events = log()
    wanted = {("b", "Web"): 3.5, ("b", "Shop"): 4.0, ("a", "Web"): 1.0, ("c", "Call"): np.nan}
    pairs = events.table[["customer", "touchpoint"]].itertuples(index=False, name=None)
    assert ratings_of_events(survey(), events) == pytest.approx([wanted[pair] for pair in pairs], nan_ok=True)


def test_nobody_knows_who_answered() -> None:
    with pytest.raises(OptionError) as error:
        ratings_of_events(survey(respondent=None), log())
    assert str(error.value) == (
        "ratings of a log's events need to know who answered. Name the column of ids: Survey(..., respondent='column')."
    )


def test_no_touchpoint_is_shared() -> None:
    with pytest.raises(ValuesError) as error:
        ratings_of_events(survey(touchpoints={"site": "Web", "store": "Shop"}), log())
    assert str(error.value) == (
        "the survey and the log share no touchpoint. The survey has: site, store. The log has: Call, Web, Shop. "
        "Name them alike: Survey(..., touchpoints={name: column})."
    )


def test_answers_on_disk(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("cxlens.engine.tables.IN_MEMORY", 0)
    answers = pd.DataFrame({"id": ["a", "b"], "Web": 1, "y": [1, 2]})
    path = tmp_path / "answers.parquet"
    answers.to_parquet(path)
    on_disk = cx.Survey(path, touchpoints=["Web"], outcome="y", respondent="id")
    with pytest.raises(ValuesError) as error:
        ratings_of_events(on_disk, log())
    assert str(error.value) == (
        "ratings of a log's events need the answers in memory, and these are on disk. Read them first: "
        "cx.Survey(pandas.read_parquet(path), ...)."
    )
