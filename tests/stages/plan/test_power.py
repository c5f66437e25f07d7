"""Power before a change: in words, the same each time, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx


def terminals(places: int = 8, waves: int = 4, n: int = 60, swing: float = 0.3, seed: int = 1) -> cx.Survey:
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(places), waves * n)
    wave = np.tile(np.repeat(np.arange(waves), n), places)
    lift = rng.normal(0, swing, (places, waves))[place, wave]
    frame = pd.DataFrame({"nps": np.clip(np.round(7.5 + lift + rng.normal(0, 2, len(place))), 0, 10)})
    frame["Wi-Fi"] = np.clip(np.round(3.5 + lift + rng.normal(0, 1, len(place))), 1, 5)
    frame["terminal"] = [f"T{p + 1}" for p in place]
    frame["wave"] = wave + 2000
    return cx.Survey(
        frame,
        touchpoints=["Wi-Fi"],
        outcome={"nps": "nps"},
        scale=cx.Scale(1, 5),
        segments=["terminal"],
        time="wave",
        names={"nps": "NPS"},
    )


TWO = {"terminal": ["T1", "T2"]}


def test_two_terminals_and_two_waves_in_a_sentence(faults) -> None:
    result = cx.power("difference in differences", terminals(), waves=2, treated=TWO)
    found, missed = f"{result.found:.1f}", f"{result.missed:.1f}"
    assert str(result) == (
        "2 of 8 places, 4 waves before and 2 after: an effect on NPS would be found four times in five from "
        f"{found} NPS points on. One under {missed} NPS points would be missed four times in five. n = 2,000 draws."
    )
    assert faults(str(result)) == []
    assert 5 < result.missed < result.found < 40
    assert result.note.startswith("Supposes a swing of ")
    assert (
        "told by 21 degrees of freedom; as many answers a place and wave as so far; an effect that comes" in result.note
    )
    again = cx.power("difference in differences", terminals(), waves=2, treated=TWO)
    pd.testing.assert_frame_equal(again.table, result.table)
    by_effect = np.interp([result.missed, result.found], result.table["effect"], result.table["power"])
    assert by_effect == pytest.approx([0.2, 0.8], abs=0.03)


def test_steadier_places_and_more_waves_find_smaller_effects() -> None:
    asked = {"treated": TWO, "metric": "Wi-Fi"}
    shaky = cx.power("difference in differences", terminals(), waves=2, **asked).found
    steady = cx.power("difference in differences", terminals(swing=0.0), waves=2, **asked).found
    longer = cx.power("difference in differences", terminals(), waves=8, **asked).found
    assert steady < shaky
    assert longer < shaky


def test_one_of_two_places_and_two_waves_find_nothing() -> None:
    survey = terminals(places=2, waves=2)
    result = cx.power("difference in differences", survey, waves=2, treated={"terminal": "T1"})
    assert str(result) == (
        "1 of 2 places, 2 waves before and 2 after: no effect on NPS could be told, however large. 5 places are "
        "needed, or 3 waves on each side."
    )
    assert result.table.empty
    assert np.isnan(result.found)


def test_a_series_and_a_top_box() -> None:
    survey = terminals(places=1, waves=12)
    result = cx.power("interrupted time series", survey, waves=8, metric="Wi-Fi", draws=400)
    assert str(result).startswith(
        "12 waves before and 8 after: an effect on Wi-Fi would be found four times in five from "
    )
    assert "waves that swing by " in result.note
    share = cx.power("interrupted time series", survey, waves=8, metric="Wi-Fi", figure="top box", draws=400)
    assert share.unit == "share"
    assert "percentage points" in str(share)


@pytest.mark.parametrize(
    ("design", "options", "message"),
    [
        (
            "difference in differences",
            {},
            "power of a difference in differences needs treated=, who is to get it: {column: value}.",
        ),
        (
            "difference in differences",
            {"treated": {"terminal": "T9"}},
            "treated 'terminal = T9' holds none of the answers; both treated and others are needed.",
        ),
        (
            "interrupted time series",
            {"treated": TWO},
            "treated= goes with a difference in differences. Ask a series of those who are to get it: "
            "survey.where(cx.Segment(...)).",
        ),
        (
            "interrupted time series",
            {},
            "an interrupted time series needs 8 waves on each side of the change; there are 4 before it, and waves=2 "
            "after. cx.power('difference in differences', ...) needs fewer.",
        ),
        ("interrupted time series", {"waves": 0}, "waves must be a whole number of 1 or more; you gave 0."),
        (
            "before and after",
            {},
            "design='before and after' is not an option. Options: 'difference in differences', 'interrupted time "
            "series'.",
        ),
    ],
)
def test_what_cannot_be_asked_is_told(design: str, options: dict, message: str) -> None:
    with pytest.raises(cx.CxlensError) as error:
        cx.power(design, terminals(), **{"waves": 2, **options})
    assert str(error.value) == message


def test_places_of_few_answers_tell_no_swing() -> None:
    survey = terminals(places=6, waves=4, n=3)
    with pytest.raises(cx.CxlensError) as error:
        cx.power("difference in differences", survey, waves=2, treated={"terminal": "T1"})
    assert str(error.value) == (
        "treated 'terminal = T1': no place on one side has 5 answers or more in every wave, so how places swing is not "
        "known. Join waves, or name wider places."
    )
    one = cx.power("difference in differences", terminals(waves=1), waves=1, treated=TWO)
    assert one.note.startswith("Supposes no swing of places, since one wave tells none: in truth effects are found ")
