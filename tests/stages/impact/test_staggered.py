"""Places that start at different times: against published figures, known truth, and in words."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import cxlens as cx


def shops(seed: int = 1, effect: float = 0.6, starts: tuple = ("2022", "2023")) -> pd.DataFrame:
    """Twelve shops over five years; two start, one after the other, the others never."""
    rng = np.random.default_rng(seed)
    n = 12 * 5 * 100
    shop = np.tile(np.arange(12), n // 12)
    year = np.repeat(np.arange(2020, 2025), n // 5)
    start = np.array([*starts, *[""] * (12 - len(starts))], dtype=object)[shop]
    first = pd.to_numeric(pd.Series(start)).fillna(9999).to_numpy()
    swings = rng.normal(0, 0.05, (12, 5))
    scores = 3.5 + swings[shop, year - 2020] + 0.1 * (year - 2020) + effect * (year >= first) + rng.normal(0, 0.8, n)
    return pd.DataFrame(
        {
            "Desk": scores,
            "spend": rng.gamma(2, 10, n),
            "shop": [f"s{s:02d}" for s in shop],
            "start": start,
            "year": year,
        }
    )


def survey(frame: pd.DataFrame, **roles: object) -> cx.Survey:
    roles = {"cluster": "shop", "segments": ["start"], "time": "year", **roles}
    return cx.Survey(frame, touchpoints=["Desk"], outcome={"spend": "interval"}, **roles)


def test_starts_at_different_times_are_measured(faults) -> None:
    result = cx.difference_in_differences(survey(shops()), metric="Desk", started="start")
    assert result.design == "staggered starts"
    assert result.low < 0.6 < result.high
    assert str(result).startswith("Desk satisfaction gained more than elsewhere, by 0.")
    assert "; clearly, from each start on, if all would move alike; earlier gap " in str(result)
    assert faults(str(result)) == []
    assert result.note == (
        "Judged by the changes of 2 places where it was done and 10 others that never started, 2 times of start, 9 "
        "degrees of freedom."
    )
    assert (
        result.by_wave["wave"].tolist() == [-3, -2, -1, 0, 1, 2][1:] or result.by_wave["wave"].is_monotonic_increasing
    )
    assert result.by_wave.loc[result.by_wave["wave"] >= 0, "effect"].mean() == pytest.approx(0.6, abs=0.2)


def test_all_starts_at_once_are_the_plain_design() -> None:
    frame = shops(starts=("2023", "2023"))
    both = cx.difference_in_differences(survey(frame), metric="Desk", started="start")
    plain = cx.difference_in_differences(
        survey(frame), metric="Desk", before=2022, after=[2023, 2024], treated={"start": "2023"}
    )
    assert both.estimate == pytest.approx(plain.estimate, abs=1e-9)


def test_several_metrics_share_one_error_rate() -> None:
    result = cx.difference_in_differences(survey(shops()), metric=["Desk", "spend"], started="start")
    assert result.table["q_value"].count() == 2
    assert str(result).startswith("1 of 2 measures gained clearly more or less than elsewhere from each start on: Desk")


def test_callaway_and_sant_anna_are_reproduced(shared) -> None:
    known = json.loads((shared / "reference/measures.json").read_text())["did_staggered_mpdta"]["value"]
    counties = pd.read_csv(shared / "reference/mpdta.csv").assign(touch=3)
    counties["start"] = counties["first_treat"].astype(int).astype(str).replace("0", "")
    people = counties.loc[counties.index.repeat(5)]
    roles = {"cluster": "countyreal", "segments": ["start"], "time": "year"}
    made = cx.Survey(people, touchpoints=["touch"], outcome={"lemp": "interval"}, **roles)
    result = cx.difference_in_differences(made, metric="lemp", started="start")
    assert result.estimate == pytest.approx(known["simple"], abs=1e-9)
    after = result.by_wave[result.by_wave["period"] == "after"]
    assert after["effect"].mean() == pytest.approx(known["dynamic_overall"], abs=1e-9)


@pytest.mark.parametrize(
    ("change", "roles", "message"),
    [
        (
            {},
            {"cluster": None},
            "difference_in_differences(started=...) takes places for what starts, and this survey names none. Name "
            "their column: Survey(..., cluster='column').",
        ),
        (
            {"start": ""},
            {},
            "started='start' leaves no place that started after the first wave; both are needed. Leave it empty where "
            "nothing ever started.",
        ),
        (
            {"start": "2022"},
            {},
            "started='start' leaves no place that never started; both are needed. Leave it empty where nothing ever "
            "started.",
        ),
        (
            {"start": "2030"},
            {},
            "started='start' holds '2030', which is no wave of this survey. Waves in 'year': 2020, 2021, 2022, 2023, "
            "2024. Leave it empty where nothing ever started.",
        ),
    ],
)
def test_what_cannot_be_told_is_refused(change: dict, roles: dict, message: str) -> None:
    with pytest.raises(cx.CxlensError) as error:
        cx.difference_in_differences(survey(shops().assign(**change), **roles), metric="Desk", started="start")
    assert str(error.value) == message


def test_too_few_places_and_two_starts_of_one_are_refused() -> None:
    frame = shops()
    few = frame[frame["shop"].isin(["s00", "s01", "s02", "s03"])]
    with pytest.raises(cx.CxlensError) as error:
        cx.difference_in_differences(survey(few), metric="Desk", started="start")
    assert str(error.value) == (
        "difference_in_differences(started=...): 4 places in 3 groups of one start are too few to tell an effect from "
        "the swings of places; 6 places are needed."
    )
    twice = frame.assign(start=np.where(frame["shop"] == "s05", frame["year"].astype(str), frame["start"]))
    with pytest.raises(cx.CxlensError) as error:
        cx.difference_in_differences(survey(twice), metric="Desk", started="start")
    assert str(error.value) == (
        "started='start' names several waves for one place of 'shop'. Each place starts once; give the first wave with "
        "the change for all its answers."
    )


def test_before_after_and_treated_come_together() -> None:
    with pytest.raises(cx.CxlensError) as error:
        cx.difference_in_differences(survey(shops()), metric="Desk", before=2021)
    assert str(error.value) == (
        "difference_in_differences needs before=, after= and treated=; not given: after=, treated=. Where places "
        "started at different times, give started= alone, the column with the wave in which each started."
    )


def test_places_that_cannot_be_told_are_left_out_and_counted() -> None:
    frame = shops()
    first = frame.assign(start=frame["start"].mask(frame["shop"] == "s05", "2020"))
    result = cx.difference_in_differences(survey(first), metric="Desk", started="start")
    assert result.note.startswith("Left out: 1 place with it since the first wave. Judged by the changes of 2 places")
    thin = (frame["shop"] == "s06") & (frame["year"] == 2021)
    few = pd.concat([frame[~thin], frame[thin].head(3)])
    with pytest.raises(cx.CxlensError) as error:
        cx.difference_in_differences(survey(few), metric="Desk", started="start")
    assert str(error.value) == (
        "started='start': this would tell what fewer than 5 answers say, since other tables show those beside them. "
        "Leave out places with few answers: survey.where(cx.Segment(...))."
    )
    without = cx.difference_in_differences(survey(frame[~thin]), metric="Desk", started="start")
    assert without.note.startswith("Left out: 1 place with too few answers in a wave. Judged by the changes of ")
