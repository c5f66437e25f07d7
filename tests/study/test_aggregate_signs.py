"""An aggregated table given as answers is known by its names, and shown the door of such tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ValuesError
from cxlens.study.aggregate_signs import refuse_named_figures, refuse_one_row_a_unit

SHOPS = pd.DataFrame(
    {
        "shop": ["A", "A", "B", "B"], "year": [2024, 2025] * 2, "n": [80, 90, 70, 75], "mean": [3.4, 3.9, 3.5, 3.5],
        "sd": [1.1, 1.0, 1.2, 1.1], "nps": [12.5, 20, -4, 3], "promoters %": [40.0, 45, 30, 33], "detractors": 20,
        "top2": [55, 60, 50, 52.5], "guests": 4,
    }
)  # fmt: skip
END = "If each row is one answer, give the column another name."
LOOKS = "looks like a figure of many answers, not like one answer. For a table of means or shares:"


def fault(frame: Any = SHOPS, **roles: Any) -> str:
    with pytest.raises(ValuesError) as error:
        cx.Survey(frame, **{"segments": ["shop"], "time": "year"} | roles)
    return str(error.value)


def test_a_mean_beside_its_n() -> None:
    call = "cx.Aggregates(data, n='n', mean='mean', sd='sd', unit='shop', time='year')"
    message = f"column 'mean' beside 'n' {LOOKS} {call}. {END}"
    assert fault(touchpoints=["mean"], outcome="nps") == message
    assert fault(touchpoints=["mean"], outcome="nps", count="n") == message
    assert fault(touchpoints=["guests"], outcome="mean", weight="n") == message
    assert fault(touchpoints={"rating": "mean"}, outcome="nps", scale=cx.Scale(1, 3)) == message


def test_shares_beside_their_n() -> None:
    by_name = SHOPS.drop(columns=["mean", "sd"])
    shares = "shares={'promoters': 'promoters %', 'detractors': 'detractors'}"
    assert fault(by_name, touchpoints=["promoters %"], outcome="nps", time=None) == (
        f"column 'promoters %' beside 'n' {LOOKS} cx.Aggregates(data, n='n', {shares}, unit='shop', time='...'). {END}"
    )
    boxes = by_name[["shop", "n", "top2", "guests"]]
    assert fault(boxes, touchpoints=["top2"], outcome="guests", time=None, segments=()) == (
        f"column 'top2' beside 'n' {LOOKS} "
        f"cx.Aggregates(data, n='n', shares={{'top box': 'top2'}}, unit='...', time='...'). {END}"
    )


def test_a_file_with_one_row_for_each_shop_and_year(tmp_path: Path) -> None:
    SHOPS.to_csv(tmp_path / "shops.csv", index=False)
    assert fault(tmp_path / "shops.csv", touchpoints=["mean"], outcome="guests") == (
        f"column 'mean' beside 'n' {LOOKS} "
        f"cx.Aggregates(data, n='n', mean='mean', sd='sd', unit='shop', time='year'). {END}"
    )


def test_a_file_with_one_row_for_each_shop_and_year_and_no_n(tmp_path: Path) -> None:
    SHOPS.drop(columns=["n", "sd"]).to_csv(tmp_path / "shops.csv", index=False)
    assert fault(tmp_path / "shops.csv", touchpoints=["mean"], outcome="guests") == (
        f"column 'mean' with one row for each 'shop' and 'year' {LOOKS} "
        f"cx.Aggregates(data, n='...', mean='mean', sd='...', unit='shop', time='year'). {END}"
    )


@pytest.mark.parametrize("scale", [cx.Scale(1, 3), cx.Scale(0, 100)])
def test_a_file_with_figures_off_the_scale(scale: cx.Scale, tmp_path: Path) -> None:
    boxes = SHOPS[["shop", "n", "top2", "guests"]]
    boxes.to_csv(tmp_path / "shops.csv", index=False)
    call = "cx.Aggregates(data, n='n', shares={'top box': 'top2'}, unit='shop', time='year')"
    boxes_alone = {"touchpoints": ["top2"], "outcome": "guests", "scale": scale}
    assert fault(tmp_path / "shops.csv", **boxes_alone) == f"column 'top2' beside 'n' {LOOKS} {call}. {END}"


def test_a_suggestion_shows_the_door_too(tmp_path: Path) -> None:
    SHOPS.to_csv(tmp_path / "shops.csv", index=False)
    with pytest.raises(ValuesError) as error:
        cx.suggest(tmp_path / "shops.csv")
    call = "cx.Aggregates(data, n='n', mean='mean', sd='sd', unit='...', time='...')"
    assert str(error.value) == f"column 'mean' beside 'n' {LOOKS} {call}. {END}"


def test_the_call_that_is_shown_works() -> None:
    assert "cx.Aggregates(data, n='n', mean='mean', sd='sd', unit='shop', time='year')" in fault(
        touchpoints=["mean"], outcome="nps"
    )
    table = cx.Aggregates(SHOPS, n="n", mean="mean", sd="sd", unit="shop", time="year")
    assert cx.monitor(table).table["n"].tolist() == [150, 165]


def test_answers_are_answers() -> None:
    answers = pd.DataFrame(
        {"web": [1, 2, 3], "meaning": [3, 4, 5], "topics": 3, "n": [1, 2, 1], "shop": ["A", "B", "C"]}
    )
    said = {"touchpoints": ["web", "topics"], "outcome": "meaning", "segments": ["shop"]}
    assert cx.Survey(answers, **said).n == 3
    assert cx.Survey(answers, **said, count="n").n == 4
    means_of_people = pd.DataFrame({"mean wait": [1.5, 2.5, 3.5], "overall": 4, "n": 2, "id": ["a", "b", "c"]})
    assert cx.Survey(means_of_people, touchpoints=["mean wait"], outcome="overall", respondent="id").n == 3
    several = pd.DataFrame({"service_mean": [1.5, 2.5, 3.5], "overall": 4, "shop": ["A", "A", "B"]})
    assert cx.Survey(several, touchpoints=["service_mean"], outcome="overall", segments=["shop"]).n == 3


def test_both_signs_have_a_function() -> None:
    assert refuse_named_figures.__doc__
    assert refuse_one_row_a_unit.__doc__
