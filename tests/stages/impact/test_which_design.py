"""The ladder of designs: which rung is possible, why not a higher one, and that what it says to type works."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.impact.which_design import chosen_design, measure
from cxlens.study.changes import Change

RUNGS = [
    "randomised",
    "staggered",
    "difference in differences",
    "interrupted time series",
    "control chart",
    "before and after",
]


def answers(years: range = range(2021, 2025), seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = 6 * len(years) * 40
    frame = pd.DataFrame({"Wi-Fi": rng.integers(1, 6, n), "overall": rng.integers(1, 6, n)})
    frame["hall"] = np.tile(list("ABCDEF"), n // 6)
    frame["year"] = np.repeat(list(years), n // len(years))
    frame["start"] = frame["hall"].map({"A": "2023", "B": "2024"}).fillna("")
    return frame


def survey(frame: pd.DataFrame | None = None, **roles: object) -> cx.Survey:
    frame = answers() if frame is None else frame
    roles = {"segments": ["hall", "start"], "time": "year", **roles}
    return cx.Survey(frame, touchpoints=["Wi-Fi"], outcome="overall", **roles)


typed = eval  # what the ladder says to type is what a user would run


def whys(result: object) -> dict[str, str]:
    return dict(zip(result.table["design"], result.table["why"], strict=True))


@pytest.mark.parametrize("where", [None, {"hall": "A"}])
@pytest.mark.parametrize("design", ["", "before and after", "randomised", "staggered"])
def test_the_design_chosen_is_the_one_asked_for_or_the_best_of_the_ladder(where: object, design: str) -> None:
    made = survey()
    change = Change("Wi-fi", when=2023, where=where, metrics=("Wi-Fi",), design=design)
    ladder = cx.which_design(made, change)
    chosen = chosen_design(made, change, "Wi-Fi")
    assert chosen.design == (design if design in ladder.possible else ladder.best) != ""
    if where is None:
        assert chosen.impact is None
    else:
        again = cx.difference_in_differences(
            made, metric="Wi-Fi", before=[2021, 2022], after=[2023, 2024], treated=where
        )
        pd.testing.assert_frame_equal(chosen.impact.table, again.table)


def test_no_design_is_chosen_where_none_is_possible() -> None:
    change = Change("Wi-fi", when=2021, metrics=("Wi-Fi",))
    assert chosen_design(survey(), change, "Wi-Fi").design == cx.which_design(survey(), change).best == ""


def test_a_change_in_some_places_is_told_against_the_others() -> None:
    made = survey()
    result = cx.which_design(made, {"name": "New wi-fi", "when": 2023, "where": {"hall": "A"}, "metrics": ["Wi-Fi"]})
    assert result.table["design"].tolist() == RUNGS
    assert result.possible == ["difference in differences", "before and after"]
    assert str(result).startswith("The strongest design for New wi-fi is difference in differences.\n")
    assert result.call == (
        "cx.difference_in_differences(survey, metric='Wi-Fi', before=[2021, 2022], after=[2023, 2024], "
        "treated={'hall': 'A'})"
    )
    for call in result.table.loc[result.table["possible"], "call"]:
        assert typed(call, {"cx": cx, "survey": made}).metric == "Wi-Fi"
    assert result.finding.sentence.startswith(
        "The strongest design for New wi-fi is difference in differences; if both would move alike without it. No "
        "staggered: no column says when each place started."
    )


def test_lots_and_starts_stand_above() -> None:
    change = Change("x", when=2023, where={"hall": ["A", "B"]}, metrics=["Wi-Fi"], design="randomised", started="start")
    result = cx.which_design(survey(cluster="hall"), change)
    assert result.possible[:2] == ["randomised", "staggered"]
    started = cx.which_design(survey(cluster="hall"), {"started": "start", "metrics": ["Wi-Fi"]})
    assert started.best == "staggered"
    assert started.call == "cx.difference_in_differences(survey, metric='Wi-Fi', started='start')"
    assert whys(cx.which_design(survey(), change))["staggered"].endswith(
        "Name their column: Survey(..., cluster='column')"
    )


def test_many_waves_allow_a_series_and_limits() -> None:
    made = survey(answers(range(2000, 2020)))
    result = cx.which_design(made, {"when": 2010, "metrics": ["Wi-Fi", "overall"]})
    assert result.possible == ["interrupted time series", "control chart", "before and after"]
    assert result.call == "cx.interrupted_time_series(survey, metric=['Wi-Fi', 'overall'], started=2010)"
    assert typed(result.call, {"cx": cx, "survey": made}).metrics == ("Wi-Fi", "overall")


def test_a_design_has_to_measure_every_metric() -> None:
    frame = answers(range(2000, 2020))
    frame["Wi-Fi"] = frame["Wi-Fi"].where(frame["year"] >= 2008)
    change = {"when": 2010, "where": {"hall": "A"}, "metrics": ["overall", "Wi-Fi"]}
    result = cx.which_design(survey(frame), change)
    assert whys(result)["interrupted time series"] == (
        "Wi-Fi: 12 waves are too few: 8 on each side are needed, with 2 before and 10 after"
    )
    frame["Wi-Fi"] = frame["Wi-Fi"].where(frame["year"] >= 2010)
    never = cx.which_design(survey(frame), change)
    assert never.possible == []
    assert whys(never)["randomised"] == "nobody said that lots decided who gets it"
    only = cx.which_design(survey(frame), {**change, "metrics": ["overall"]})
    assert only.best == "difference in differences"


def test_few_places_and_waves_are_possible_but_told_to_be_weak() -> None:
    two = survey(answers().query("hall in ['A', 'B']"))
    result = cx.which_design(two, {"when": 2024, "where": {"hall": "A"}, "metrics": ["Wi-Fi"]})
    assert whys(result)["difference in differences"] == (
        "if both would move alike without it; places and waves are too few to tell an effect from their swings: 5 "
        "places, or 3 waves on each side"
    )


def test_the_first_wave_has_nothing_before_it() -> None:
    result = cx.which_design(survey(), {"when": 2021, "where": {"hall": "A"}, "metrics": ["Wi-Fi"]})
    assert result.possible == []
    assert result.call == result.note == ""
    assert whys(result)["before and after"] == "2021 is the first wave, so nothing was measured before the change"
    assert str(result.finding).startswith("No design can measure the change with these answers. 2021 is the first wave")


def test_few_answers_are_not_counted_out() -> None:
    frame = answers()
    of_a = frame["hall"].eq("A") & frame["year"].lt(2023)
    few = pd.concat([frame[~of_a], frame[of_a].head(3)])
    result = cx.which_design(survey(few), {"when": 2023, "where": {"hall": "A"}, "metrics": ["Wi-Fi"]})
    assert whys(result)["difference in differences"] == "fewer than 5 answers of hall A in 2021 and 2022"


def test_the_airport_allows_neither_a_series_nor_boarding_area_e(shared) -> None:
    airport = cx.datasets.load_sfo(range(2013, 2018), data_home=shared / "sfo").survey()
    wifi = cx.which_design(airport, {"when": 2015, "metrics": ["Wi-Fi"]})
    assert wifi.best == "before and after"
    assert whys(wifi)["interrupted time series"] == (
        "5 waves are too few: 8 on each side are needed, with 2 before and 3 after"
    )
    change = {"name": "boarding area E", "when": 2014, "where": {"boarding_area": "E"}, "metrics": ["Wi-Fi"]}
    area = cx.which_design(airport, change)
    assert area.possible == []
    assert whys(area)["difference in differences"] == whys(area)["before and after"] == "2013 has no boarding area E"
    assert whys(area)["interrupted time series"] == (
        "4 waves are too few: 8 on each side are needed, with 0 before and 4 after"
    )


def test_a_design_is_asked_by_its_name() -> None:
    made = survey()
    asked = {"metric": "Wi-Fi", "when": 2023, "where": {"hall": "A"}}
    assert measure(made, design="difference in differences", **asked).design == "difference in differences"
    assert measure(made, design="before and after", **asked).estimate == pytest.approx(
        cx.before_after(
            made.where(cx.Segment("a", {"hall": "A"})), metric="Wi-Fi", before=[2021, 2022], after=[2023, 2024]
        ).estimate
    )
    with pytest.raises(cx.CxlensError) as error:
        measure(made, design="control chart", **asked)
    assert str(error.value) == (
        "design='control chart' needs other answers than a wave and a group. cx.which_design says which."
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"when": 2023, "where": {"haul": "A"}},
            "change 'the change': column 'haul' is not known here. Did you mean 'hall'? Segments: hall, start.",
        ),
        ({"when": 2030}, "when='2030' is no wave of this survey. Waves in 'year': 2021, 2022, 2023, 2024."),
        (
            {"started": "hall"},
            "started: the column holds no wave of this survey. Waves in 'year': 2021, 2022, 2023, 2024.",
        ),
    ],
)
def test_what_is_not_there_is_told(change: dict, message: str) -> None:
    with pytest.raises(cx.CxlensError) as error:
        cx.which_design(survey(), change)
    assert str(error.value) == message
