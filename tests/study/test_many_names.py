from __future__ import annotations

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


def test_names_with_numbers_are_grouped_without_them() -> None:
    names = [f"/{kind}/{number}" for kind in ("page", "order") for number in range(5000)]
    with pytest.warns(UserWarning, match="has 10,000 names") as warned:
        log = log_of(names)
    assert [str(one.message) for one in warned] == [PAGES]
    assert warned[0].filename == __file__
    assert PAGES in repr(log)
    with pytest.raises(ValuesError) as error:
        cx.paths(log)
    assert str(error.value) == f"paths: {PAGES}"
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


def test_other_names_belong_into_a_map() -> None:
    letters = [f"{chr(65 + a)}{chr(65 + b)}{chr(65 + c)}" for a in range(13) for b in range(13) for c in range(13)]
    assert too_many_told("met", letters) == (
        "touchpoint column 'met' has 2,197 names; figures tell at most 2,000 apart. Say in a TouchpointMap where each "
        "belongs, and roll them up: log.by(touchpoint_map, 'stage')."
    )
    assert too_many_told("met", letters[:2000]) == ""
