"""Comparison places: those nearest before the change, named and told, and what is refused."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError

HOTELS = 14
LEVELS = np.linspace(2.4, 4.4, HOTELS)  # of the hotels, the first the lowest
WAVES = (2022, 2023, 2024)


def answers(effect: float = 0.0, n: int = 30, treated: tuple[int, ...] = (1, 2), drift: float = 0.0) -> pd.DataFrame:
    """Simulated: guests of hotels; the treated gain so much in the last wave, every second hotel drifts."""
    rng = np.random.default_rng(8)
    rows = []
    for hotel, level in enumerate(LEVELS):
        for number, year in enumerate(WAVES):
            gained = effect * (hotel in treated and year == WAVES[-1])
            mean = level + gained + drift * number * (hotel % 2)
            scores = np.clip(np.round(mean + rng.normal(0, 0.8, n)), 1, 5)
            rows.append(pd.DataFrame({"room": scores, "hotel": f"Hotel {hotel + 1:02d}", "year": year}))
    frame = pd.concat(rows, ignore_index=True)
    return frame.assign(overall=rng.integers(1, 6, len(frame)), wing=np.where(frame.index % 2, "east", "west"))


def survey(frame: pd.DataFrame, **roles: object) -> cx.Survey:
    given = {"segments": ["hotel", "wing"], **roles}
    return cx.Survey(frame, touchpoints=["room"], outcome="overall", time="year", scale=cx.Scale(1, 5), **given)


def did(made: cx.Survey, before: object = (2022, 2023), controls: str = "matched", **options: object) -> cx.Impact:
    asked = {"metric": "room", "treated": {"hotel": ["Hotel 02", "Hotel 03"]}, **options}
    return cx.difference_in_differences(made, before=before, after=2024, controls=controls, **asked)


@cache
def found(effect: float = 0.0) -> cx.Impact:
    return did(survey(answers(effect)))


def test_those_that_stood_alike_are_compared_and_named() -> None:
    result = found()
    assert len(result.matched) == 6
    assert {"Hotel 01", "Hotel 04"} <= set(result.matched)
    assert not {"Hotel 12", "Hotel 13", "Hotel 14"} & set(result.matched)
    names = ", ".join(result.matched)
    told = (
        f"Compared with 6 of 12 other places, those nearest in level and trend in 2022 and 2023: {names}; they stood at"
    )
    assert result.note.startswith(told)
    assert "Judged by the changes of 2 places where it was done and 6 others, 6 degrees of freedom." in result.note
    assert "ways to choose 2 of these 8 places" in result.note
    assert result.p_permutation >= 1 / 28


def test_the_figures_are_those_of_these_places_alone() -> None:
    result = found(0.6)
    frame = answers(0.6)
    rest = frame[frame["hotel"].isin(["Hotel 02", "Hotel 03", *result.matched])]
    alone = did(survey(rest), controls="all")
    assert (result.estimate, result.low, result.high) == pytest.approx((alone.estimate, alone.low, alone.high))
    assert result.cells["n"].tolist() == alone.cells["n"].tolist()
    assert result.by_wave["effect"].tolist() == pytest.approx(alone.by_wave["effect"].tolist())


def test_what_was_done_is_found() -> None:
    assert found(0.8).estimate == pytest.approx(0.8, abs=0.25)
    assert found(0.8).finding.lead.endswith("gained more than elsewhere, by")


def test_the_change_itself_chooses_nobody() -> None:
    assert found(0.8).matched == found(0.0).matched


def test_one_wave_before_has_a_level_alone() -> None:
    frame = answers()
    result = did(survey(frame[frame["year"] > 2022]), before=2023)
    assert "those nearest in level in 2023:" in result.note


def test_places_that_drift_alike_are_nearer_than_others() -> None:
    drifting = {f"Hotel {number:02d}" for number in range(2, HOTELS + 1, 2)}
    treated = {"hotel": ["Hotel 06", "Hotel 08"]}
    result = did(survey(answers(drift=0.5, n=150)), treated=treated)
    assert len(set(result.matched) & drifting) > 3


def test_one_treated_place_is_compared_with_four() -> None:
    result = did(survey(answers()), treated={"hotel": "Hotel 05"})
    assert len(result.matched) == 4
    assert "Of all 5 ways to choose 1 of these 5 places" in result.note


def test_clusters_that_are_the_places_are_matched_as_well() -> None:
    assert did(survey(answers(), cluster="hotel")).matched == found().matched


def test_several_metrics_choose_each_for_itself() -> None:
    result = did(survey(answers()), metric=["room", "overall"])
    assert result.matched == found().matched
    assert result.note.count("Compared with") == 2
    assert result.only("overall").matched != result.matched


def test_places_with_few_answers_are_not_chosen() -> None:
    frame = answers()
    few = (frame["hotel"] == "Hotel 01") & (frame["year"] == 2024) & (frame.groupby(["hotel", "year"]).cumcount() > 2)
    result = did(survey(frame[~few]), treated={"hotel": ["Hotel 08", "Hotel 09"]})
    assert "Hotel 01" not in result.matched
    assert "6 of 10 other places" in result.note  # another is hidden, so that the few cannot be worked out


def test_places_that_started_earlier_are_no_control() -> None:
    frame = answers().assign(start=lambda f: f["hotel"].map({"Hotel 01": "2023", "Hotel 04": "2022"}).fillna(""))
    result = did(survey(frame, segments=["hotel", "start"]), started="start")
    assert not {"Hotel 01", "Hotel 04"} & set(result.matched)
    assert "6 of 10 other places" in result.note


def test_the_widget_asks_the_same() -> None:
    explorer = found().explore()
    assert explorer.params["controls"] == "matched"
    assert "controls" not in did(survey(answers()), controls="all").explore().params


def test_a_clear_effect_says_where_other_choices_show_as_much() -> None:
    one = did(survey(answers(1.2, n=200, treated=(1,))), treated={"hotel": "Hotel 02"})
    assert one.p_permutation == 0.2
    assert one.finding.more[:1] == ["Of only 5 ways to choose as many places 1 shows as much: p = 0.20 by these"]
    both = survey(answers(1.2, n=200))
    beside_all = did(both, treated={"hotel": "Hotel 03"}, controls="all")
    assert beside_all.p_permutation == 2 / 14  # Hotel 02 has it, too
    assert beside_all.finding.more[:1] == ["Yet 2 of 14 ways to choose as many places show as much"]


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (answers(), {"controls": "nearest"},
         "controls='nearest' is not an option. Options: 'all', 'matched'."),
        (answers(), {"treated": {"hotel": "Hotel 01", "wing": "east"}},
         "controls='matched' chooses among places, so that treated= has to name places of one column, such as "
         "treated={'hotel': ['A', 'B']}."),
        (answers().query("hotel < 'Hotel 09'"), {},
         "controls='matched' needs more than 6 other places that can be told to choose from; there are 6. "
         "Leave it out: all of them are compared."),
        (answers().query("not (hotel == 'Hotel 02' and year == 2024)"), {"treated": {"hotel": "Hotel 02"}},
         "controls='matched': no treated place has 5 answers before and after, so there is nothing to match. Leave it "
         "out."),
    ],
)  # fmt: skip
def test_what_is_refused(frame: pd.DataFrame, options: dict, message: str) -> None:
    with pytest.raises(CxlensError) as error:
        did(survey(frame), **options)
    assert str(error.value) == message


def test_staggered_starts_choose_no_places() -> None:
    made = survey(answers().assign(start=""), segments=["hotel", "start"], cluster="hotel")
    with pytest.raises(CxlensError) as error:
        cx.difference_in_differences(made, metric="room", started="start", controls="matched")
    assert str(error.value) == (
        "started= alone compares with all places that never start. Leave controls= out, or give before=, after= and "
        "treated=."
    )
