"""The record of a baseline: rows and columns of the table, what is hidden, and the same question to other answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlens as cx
from cxlens.engine import tables
from cxlens.stages.baseline.record import by_touchpoint, rescore
from tests.stages.baseline.test_score import frame_of, survey


def test_one_wave_has_no_trend_and_dates_are_no_waves(monkeypatch):
    frame = frame_of(100)
    assert "trend" not in cx.baseline(survey(frame.assign(wave=1))).table
    assert "trend" not in cx.baseline(survey(frame.assign(wave=range(100)), time=None)).table
    assert "trend" in cx.baseline(survey(frame.assign(wave=range(100)))).table
    big = frame_of(300).assign(wave=range(300))
    assert "trend" not in cx.baseline(survey(big)).table


@pytest.mark.parametrize("roles", [{}, {"weight": "w"}, {"cluster": "person"}])
def test_several_columns_give_each_cell_as_it_is_alone(roles):
    frame = frame_of()
    whole = cx.baseline(survey(frame, **roles), by=["region", "wave"], min_n=1)
    assert whole.table.columns[:3].tolist() == ["segment", "wave", "touchpoint"]
    assert len(whole.table) == 3 * 5 * 2
    for region, wave in (("north", 2), ("west", 5)):
        part = frame[(frame["region"] == region) & (frame["wave"] == wave)]
        alone = cx.baseline(survey(part, **roles), min_n=1).table.drop(columns=["q_value"])
        own = whole.table[(whole.table["segment"] == region) & (whole.table["wave"] == str(wave))]
        same = [name for name in alone if name in own]
        pd.testing.assert_frame_equal(own[same].reset_index(drop=True), alone[same], check_dtype=False)


def test_two_segments_are_joined_in_words():
    table = cx.baseline(survey(frame_of()), by=("region", "kind")).table
    assert table["segment"].drop_duplicates().tolist()[:2] == ["north, a", "north, b"]
    assert "wave" not in table


def test_waves_sort_as_numbers():
    frame = frame_of().replace({"wave": {1: 9, 2: 10, 3: 11, 4: 12, 5: 100}})
    assert cx.baseline(survey(frame), by="wave").table["segment"].drop_duplicates().tolist() == [
        "9", "10", "11", "12", "100"
    ]  # fmt: skip


def test_unhappy_and_nps_of_touchpoints():
    frame = pd.DataFrame({"web": [0, 5, 6, 7, 8, 9, 10, 10, 10, 9], "y": range(10)})
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", scale=cx.Scale.nps())
    row = cx.baseline(made).table.iloc[0]
    assert row["unhappy"] == pytest.approx(0.3)
    assert row["nps"] == pytest.approx(20)
    assert row["nps_low"] < 20 < row["nps_high"]
    assert cx.Scale(1, 5).unhappy_to == 2
    assert cx.Scale(1, 4).unhappy_to == 1


def test_effort_is_the_mean_of_its_dimension():
    frame = frame_of().assign(ease=frame_of(seed=1)["web"])
    made = survey(frame, touchpoints={"web": {"quality": "web", "Ease": "ease"}, "call": "call"}, time=None)
    for by in (None, "region"):
        table = cx.baseline(made, by=by).table
        own = frame if by is None else frame[frame["region"] == "north"]
        assert table.loc[0, "ces"] == pytest.approx(own["ease"].mean())
        half = stats.t.ppf(0.975, len(own) - 1) * own["ease"].std() / np.sqrt(len(own))
        assert table.loc[0, "ces_high"] == pytest.approx(own["ease"].mean() + half)
        assert np.isnan(table.loc[1, "ces"])


def test_bad_moments_and_cost_of_good_contacts():
    stages = cx.Lifecycle(["here"])
    places = [
        cx.Touchpoint("web", stage="here", volume=1200, cost_per_contact=2.0),
        cx.Touchpoint("call", stage="here"),
    ]
    whole = cx.baseline(survey(frame_of()), cx.TouchpointMap(places, stages)).table.iloc[0]
    assert whole["bad_moments"] == pytest.approx(100 * whole["unhappy"])
    assert whole["bad_moments_high"] == pytest.approx(100 * whole["unhappy_high"])
    assert whole["cost_per_good"] == pytest.approx(2 / whole["top_box"])
    assert whole["cost_per_good_high"] == pytest.approx(2 / whole["top_box_low"])
    by_wave = cx.baseline(survey(frame_of()), cx.TouchpointMap(places, stages), by="wave").table
    assert by_wave["bad_moments"].notna().sum() == 5
    by_region = cx.baseline(survey(frame_of()), cx.TouchpointMap(places, stages), by="region").table
    assert by_region["bad_moments"].isna().all()  # volume is that of all


@pytest.mark.parametrize("per", ["stage", "process", "channel"])
def test_rows_for_groups_of_touchpoints(per):
    frame = frame_of()
    names = {"stage": "here", "process": "buy", "channel": "line"}
    places = [cx.Touchpoint(name, **names) for name in ("web", "call")]
    made = cx.baseline(survey(frame), cx.TouchpointMap(places, cx.Lifecycle(["here"])), per=per)
    assert made.table.columns[0] == per
    assert made.table[per].tolist() == [names[per]]
    both = frame[["web", "call"]].mask(lambda own: own > 5).mean(axis=1)
    assert made.table["mean"].tolist() == pytest.approx([both.mean()])
    assert made.finding.items[0].name == names[per]


def test_rows_for_groups_need_a_map():
    with pytest.raises(cx.CxlensError) as error:
        cx.baseline(survey(frame_of()), per="stage")
    assert str(error.value) == (
        "per='stage' needs a touchpoint map that names the stage of touchpoints in the survey. "
        "Give cx.baseline(survey, touchpoint_map, ...)."
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"per": "stages"}, "per='stages' is not an option. Did you mean 'stage'? Options: 'touchpoint', 'stage', "
         "'process', 'channel'."),
        ({"competitors": {"Other": 3}}, "Other: a Survey is expected, not 3. Make one: cx.Survey(...)."),
        ({"competitors": {"Other": None}}, "Other: a Survey is expected, not None. Make one: cx.Survey(...)."),
        ({"competitors": {"": None}}, "competitors: '' is no name. Give one as text: {'name': survey}."),
        ({"employees": "staff.csv"}, "employees: a Survey is expected, not 'staff.csv'. Make one: cx.Survey(...)."),
    ],
)  # fmt: skip
def test_what_is_refused(options, message):
    with pytest.raises(cx.CxlensError) as error:
        cx.baseline(survey(frame_of(50)), **options)
    assert str(error.value) == message


def test_a_file_on_disk_gives_the_same_scorecard(monkeypatch, tmp_path):
    frame = frame_of(3000).astype({"wave": "int16"})
    frame.loc[:20, "region"] = None
    frame.loc[21:40, "web"] = 0
    path = tmp_path / "answers.parquet"
    frame.to_parquet(path)
    for roles in ({}, {"weight": "w"}):
        memory = survey(frame, **roles)
        with monkeypatch.context() as patch:
            patch.setattr(tables, "IN_MEMORY", 0)
            stored = survey(path, **roles)
        for by in (None, "region", ["region", "wave"]):
            for name in ("table", "outcomes"):
                ours, theirs = (getattr(cx.baseline(one, by=by), name) for one in (stored, memory))
                pd.testing.assert_frame_equal(ours, theirs, rtol=1e-10)


def hidden(table: pd.DataFrame, touchpoint: str) -> set[tuple[str, str]]:
    own = table[(table["touchpoint"] == touchpoint) & table["n"].isna()]
    return set(zip(own["segment"], own["wave"], strict=True))


def test_a_small_cell_takes_a_rectangle_with_it():
    """Segments by waves: the totals of each may be known from the tables by one of them alone."""
    sizes = {("a", 1): 3, ("a", 2): 40, ("a", 3): 30, ("b", 1): 20, ("b", 2): 50, ("b", 3): 60}
    keys = [key for key, n in sizes.items() for _ in range(n)]
    frame = pd.DataFrame(keys, columns=["area", "wave"]).assign(web=3, y=lambda own: np.arange(len(own)) % 5)
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", segments=["area"], time="wave")
    table = cx.baseline(made, by=["area", "wave"]).table
    assert hidden(table, "web") == {("a", "1"), ("a", "3"), ("b", "1"), ("b", "3")}
    notes = table.set_index(["segment", "wave"])["note"]
    assert notes["a", "1"] == notes["b", "3"] == "fewer than 5 answers, or hidden to protect people"


def test_a_combination_that_nobody_has_is_no_secret():
    frame = pd.DataFrame({"area": ["a"] * 40 + ["b"] * 40, "wave": [1] * 40 + [2] * 40, "web": 3})
    made = cx.Survey(frame.assign(y=1), touchpoints=["web"], outcome="y", segments=["area"], time="wave")
    assert cx.baseline(made, by=["area", "wave"]).table["n"].tolist() == [40, 40]


def test_the_note_tells_what_is_not_on_the_map_and_that_no_scale_is_given():
    places = cx.TouchpointMap([cx.Touchpoint("Desk", stage="here")], cx.Lifecycle(["here"]))
    note = cx.baseline(survey(frame_of(50)), places).note
    assert "Not on the map, so without standard: web, call." in note
    bare = cx.Survey(frame_of(50), touchpoints=["web"], outcome="nps")
    assert cx.baseline(bare).note.endswith("No scale is given, so every number counts as a score.")


def test_the_same_question_is_asked_of_other_answers():
    whole, part = survey(frame_of()), survey(frame_of(300, seed=1))
    places = cx.TouchpointMap([cx.Touchpoint("web", stage="here")], cx.Lifecycle(["here"]))
    asked = {"by": ("region", "wave"), "min_n": 7, "level": 0.9}
    record = cx.baseline(whole, places, **asked, competitors={"Other": whole}, employees=part).record
    again = rescore(record, part)
    pd.testing.assert_frame_equal(again.table, cx.baseline(part, places, **asked).table)
    assert (again.rivals, again.staff, again.per) == ({"Other": whole}, part, "touchpoint")
    assert rescore(record, again) is again


def test_a_segment_is_scored_for_competitors_too():
    whole = survey(frame_of())
    south = cx.Segment("South", {"region": "south"})
    part = cx.baseline(whole, competitors={"Other": whole}).record.where(south)
    pd.testing.assert_frame_equal(part.table, cx.baseline(whole.where(south)).table)
    assert part.rivals["Other"].n == whole.where(south).n < whole.n


def test_by_touchpoint_alone_groups_do_not_matter():
    whole = survey(frame_of())
    plain = cx.baseline(whole).record
    assert by_touchpoint(plain) is plain
    pd.testing.assert_frame_equal(by_touchpoint(cx.baseline(whole, by="region").record).table, plain.table)


def test_a_trend_does_not_tell_of_a_hidden_wave():
    """The slope over all waves, with the figures of those shown, had one solution in whole scores."""
    sizes = {2001: 60, 2002: 40, 2003: 3, 2004: 40, 2005: 50, 2006: 60}
    frame = pd.DataFrame({"year": [year for year, n in sizes.items() for _ in range(n)], "y": 1})
    frame["web"] = np.arange(len(frame)) % 5 + 1
    made = cx.Survey(frame, touchpoints=["web"], outcome="y", time="year")
    few = frame["year"].isin([2003, 2002])  # the smaller one, and the next, which protects it
    other = cx.Survey(frame.assign(web=frame["web"].mask(few, 1)), touchpoints=["web"], outcome="y", time="year")
    assert np.isfinite(cx.baseline(made).table.loc[0, "trend"])
    assert cx.baseline(made).table.loc[0, "trend"] == pytest.approx(cx.baseline(other).table.loc[0, "trend"])


def test_ease_is_hidden_where_few_said_it_and_beside():
    who = ["A"] * 60 + ["B"] * 40 + ["C"] * 20 + ["D"] * 9
    frame = pd.DataFrame({"who": who, "y": 1, "quality": np.arange(129) % 5 + 1, "ease": np.arange(129) % 5 + 1.0})
    frame.loc[103:119, "ease"] = np.nan  # 3 of C are left
    made = cx.Survey(
        frame,
        touchpoints={"web": {"quality": "quality", "ease": "ease"}},
        outcome="y",
        scale=cx.Scale(1, 5),
        segments=["who"],
    )
    ces = cx.baseline(made, by="who").table.set_index("segment")["ces"]
    assert ces.isna().to_dict() == {"A": False, "B": False, "C": True, "D": True}


def test_a_group_of_touchpoints_does_not_tell_of_one_that_is_hidden():
    """Whoever scored one did not score the other: the group less the one that is shown would be the other."""
    who = ["A"] * 60 + ["B"] * 60 + ["C"] * 30 + ["D"] * 50
    frame = pd.DataFrame({"who": who, "y": 1, "web": np.arange(200) % 5 + 1.0, "call": np.arange(200) % 5 + 1.0})
    is_web = np.arange(200) % 2 == 0
    is_web[120:150] = np.arange(30) < 3
    frame.loc[~is_web, "web"] = np.nan
    frame.loc[is_web, "call"] = np.nan
    made = cx.Survey(frame, touchpoints=["web", "call"], outcome="y", scale=cx.Scale(1, 5), segments=["who"])
    touchpoints = [cx.Touchpoint(name, stage="here", process="help") for name in ("web", "call")]
    places = cx.TouchpointMap(touchpoints, cx.Lifecycle(["here"]))
    alone = cx.baseline(made, by="who").table.set_index(["segment", "touchpoint"])["n"]
    assert pd.isna(alone["C", "web"])
    assert alone["C", "call"] == 27
    together = cx.baseline(made, places, by="who", per="process").table.set_index("segment")["n"]
    assert pd.isna(together["C"])
    assert together.isna().sum() >= 2  # or it would follow from all and the rest
    assert together.notna().any()
