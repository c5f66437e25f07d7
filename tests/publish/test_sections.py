"""What the sections say, looked at as blocks; no page is made and no picture drawn here."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError
from cxlens.publish import sections
from cxlens.publish.blocks import Items, Missing, Note, Paragraph
from cxlens.publish.desk import Desk
from cxlens.publish.report import page_of
from cxlens.publish.words import headline
from cxlens.study.parts import Objective, SurveyPlan, Target

ODD = "<b>Shops</b> & more"


@pytest.fixture(scope="module")
def small(small_study):
    return Desk(small_study())


def kinds(blocks):
    return [block.kind for block in blocks]


def test_the_plan_names_what_is_absent(small):
    parts = ["objectives", "personas", "units", "systems", "methods", "targets"]
    assert sections.plan_section(small) == [Missing(part, f"[[{part}]]") for part in parts]


def test_the_plan_lists_what_is_there(read):
    aims = [Objective("Happier <guests>", goal="g", kpi="k", target=4.20, date="2027")]
    table = read(sections.plan_section(Desk(cx.Study("Aims", objectives=aims)))).tables["Objectives"]
    assert table.to_dict("records") == [
        {"Objective": "Happier <guests>", "Goal": "g", "Measured by": "k", "Target": "4.2", "By": "2027"}
    ]


def test_targets_are_held_against_where_we_stand(small_study, read):
    targets = [
        Target("overall", 1.5, date="2027"),
        Target("top_box", 0.9, touchpoint="Signs"),
        Target("mean", 3.0, touchpoint="Signs", segment="Work"),
        Target("NPS", 10),
        Target("overall", 3.0, of="internal users"),
    ]
    people = [cx.Segment("Work", {"who": "work"})]
    desk = Desk(small_study(targets=targets, segments=people))
    rows = read(sections.plan_section(desk)).rows
    assert [(row[0], row[1], row[-1]) for row in rows] == [
        ("Overall", "all", "reached"),
        ("Signs: share of high ratings", "all", "not reached"),
        ("Signs: mean rating", "Work", "too close to call"),
        ("NPS", "all", "not known"),
        ("Overall", "internal users", "not known"),
    ]
    assert rows[0][2:4] == ["1.5", "2027"]
    signs = desk.now_of(people[0]).table.set_index("touchpoint").loc["Signs"]
    assert rows[2][4] == f"{signs['mean']:.2f} [{signs['low']:.2f}, {signs['high']:.2f}]"
    assert rows[3][4] == "not in the survey"


@pytest.mark.parametrize(("target", "verdict"), [(-0.1, "reached"), (0, "too close to call"), (0.1, "not reached")])
def test_a_target_is_reached_where_the_whole_interval_is(small, target, verdict):
    figures = small.now.outcomes.iloc[0]
    ends = {-0.1: figures["low"], 0: figures["value"], 0.1: figures["high"]}
    asked = Target("overall", float(ends[target] + target))
    assert sections.standing_of(small, asked)[1] == verdict


def test_a_segment_without_answers_is_a_line_in_its_row(small_study, read):
    targets = [Target("mean", 3.0, touchpoint="Signs", segment="Work"), Target("overall", 1.5)]
    study = small_study(targets=targets, segments=[cx.Segment("Work", {"who": "wrk"})])
    rows = read(sections.plan_section(Desk(study)))
    with pytest.raises(CxlensError) as error:
        study.survey().where(study.segments[0])
    assert rows.row("Signs: mean rating")[-2:] == [str(error.value), "not known"]
    assert rows.row("Overall")[-1] == "reached"


def test_without_standards_the_baseline_is_held_against_none(small_study):
    desk = Desk(replace(small_study(), touchpoint_map=None))
    picture = sections.baseline_section(desk)[1]
    assert picture.note == f"How every touchpoint is rated: All answers: n = 600. {desk.now.note}"


def test_the_baseline_tells_touchpoints_from_the_lowest_rated_on(small, read):
    blocks = sections.baseline_section(small)
    assert kinds(blocks) == ["headline", "picture", "table", "fold", "table"]
    assert blocks[0] == headline(small.now)
    assert blocks[1].result is small.now
    assert blocks[1].note == f"Every touchpoint against its standard: All answers: n = 600. {small.now.note}"
    (sight,) = read(blocks[3:4]).pictures
    assert sight.result.touchpoint_map is small.study.touchpoint_map
    table = read(blocks).tables["Scorecard: every touchpoint, the lowest rated first"]
    scores = small.now.table.dropna(subset="mean").sort_values("mean")
    assert table["Touchpoint"].tolist() == scores["touchpoint"].tolist()
    columns = [("Rated high", "top_box"), ("Rated low", "unhappy")]
    for head, column in columns:
        assert table[head].tolist() == [f"{100 * share:.0f} %" for share in scores[column]]
    assert "Cost of a good contact" not in table
    assert "Bad moments a month" not in table


def test_the_scorecard_tells_the_trend_over_all_waves(small_study, read):
    desk = Desk(small_study(2400, waves=(2022, 2023, 2024, 2025)))
    table = read(sections.baseline_section(desk)).tables["Scorecard: every touchpoint, the lowest rated first"]
    assert desk.period == "2025 only"
    trends = desk.whole.table.set_index("touchpoint").loc[table["Touchpoint"], "trend"]
    assert [text[:5] for text in table["Change a wave"]] == [f"{trend:+.2f}" for trend in trends]
    for few in ((2025,), (2023, 2025)):  # no trend, and no column of blanks
        tables = read(sections.baseline_section(Desk(small_study(waves=few)))).tables
        assert "Change a wave" not in tables["Scorecard: every touchpoint, the lowest rated first"]


def test_outcomes_are_told_by_wave_where_there_are_several(small, small_study, read):
    several = read(sections.baseline_section(small)).tables["Outcomes by wave"]
    assert several["Wave"].tolist() == ["2024", "2024", "2025", "2025"]
    assert several["Outcome"].tolist() == ["Overall"] * 4
    assert several["Measure"].tolist() == ["mean", "share of high answers"] * 2
    assert several["Figure"].str.endswith("%]").tolist() == [False, True] * 2
    one = read(sections.baseline_section(Desk(small_study(waves=(2025,))))).tables["Outcomes"]
    assert one.columns.tolist() == ["Outcome", "Figure", "Measure", "Answers"]


def test_verdicts_need_a_map(small, small_study):
    assert sections.verdicts_section(Desk(small_study())) != [Missing("map", "[map]")]
    without = Desk(replace(small.study, touchpoint_map=None))
    assert sections.verdicts_section(without) == [Missing("map", "[map]")]


def test_verdicts_stand_with_rule_and_evidence(small, read):
    blocks = sections.verdicts_section(small)
    assert kinds(blocks) == ["headline", "terms", "table", "fold"]
    table = read(blocks).tables["Verdicts, with rule and evidence"]
    found = small.now.verdicts(small.drivers).table
    assert list(blocks[1].meanings) == [verdict.capitalize() for verdict in found["verdict"].unique()]
    assert "ask <someone>" in blocks[1].meanings["Add"]
    assert table["Verdict"].tolist() == found["verdict"].tolist()
    assert "ask <someone>" in table["Touchpoint, need or stage"].tolist()  # a need that no touchpoint meets
    assert "Home" in table["Touchpoint, need or stage"].tolist()  # a stage without touchpoint


def test_drivers_are_told_overall_and_by_the_first_segment_column(small, read):
    blocks = sections.drivers_section(small)
    assert kinds(blocks) == ["headline", "picture", "picture", "table"]
    assert blocks[0] == headline(small.drivers)
    assert blocks[1].result is small.drivers
    assert blocks[1].note.startswith("How much goes with overall: Explained: overall. All answers: n = 600.")
    table = read(blocks).tables["What goes with overall"]
    found = small.drivers.table
    assert table["Touchpoint"].tolist() == found["touchpoint"].tolist()
    assert table["Link"].tolist() == ["clear" if q < 0.05 else "not clear" for q in found["q_value"]]
    importance = table["Importance, points of 100"].iloc[0]
    assert importance.startswith(f"{100 * found['importance'].iloc[0]:.1f}")
    assert blocks[2].about == "By who"
    assert blocks[2].result is small.drivers_by("who")


def test_small_groups_have_no_drivers_of_their_own(small_study, read):
    study = small_study(600, waves=(2025,))
    frame = study.survey_plan.data.copy()
    frame.loc[:19, "who"] = "crew"
    desk = Desk(replace(study, survey_plan=replace(study.survey_plan, data=frame)))
    *_, picture, _ = sections.drivers_section(desk)
    assert picture.about == "By who"
    assert set(picture.result.segments) == {"work", "leisure"}
    assert "Too small for drivers of their own (under 30 answers): crew." in picture.note
    few = frame.assign(who=np.where(np.arange(len(frame)) < 20, "work", "leisure"))
    one = Desk(replace(study, survey_plan=replace(study.survey_plan, data=few)))
    assert sections.drivers_section(one)[-2] == Note("By who: fewer than two groups have 30 answers.")


def test_blind_spots_are_told_with_what_to_do(small, read):
    blocks = sections.blind_section(small)
    assert kinds(blocks) in (["headline", "picture", "table"], ["headline", "table", "fold"])
    rows = [row[:3] for row in read(blocks).rows]
    assert ["Need without touchpoint", "ask <someone>", "Way"] in rows
    assert ["Touchpoint without data", "Desk"] in [row[:2] for row in rows]
    assert ["Not on the map", "Wi-Fi"] in [row[:2] for row in rows]


def test_a_map_alone_tells_its_gaps(small):
    places = small.study.touchpoint_map
    assert sections.blind_section(Desk(cx.Study("Map", touchpoint_map=places))) == [
        Items(['Way: no touchpoint meets the need "ask <someone>".', "Home: no touchpoint."])
    ]
    assert sections.blind_section(Desk(cx.Study("Empty"))) == [Items([]), Missing("map", "[map]")]


def test_nothing_blind_is_a_sentence():
    frame = pd.DataFrame({"signs": [1, 2, 3, 4, 5] * 60, "overall": [2, 2, 3, 4, 4] * 60})
    plan = SurveyPlan(frame, touchpoints=["signs"], outcome="overall", scale=cx.Scale(1, 5))
    said, missing = sections.blind_section(Desk(cx.Study("Seen", survey_plan=plan)))
    assert isinstance(said, Paragraph)
    assert missing == Missing("map", "[map]")


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        (["not reached", "not known"], "No target is clearly reached yet"),
        (["reached", "too close to call"], "1 of 2 targets is clearly reached"),
        (["reached", "reached", "not reached"], "2 of 3 targets are clearly reached"),
        (["reached"], "1 of 1 target is clearly reached"),
    ],
)
def test_the_plan_begins_with_how_many_targets_are_reached(verdicts, told):
    assert sections._reached(verdicts) == told


def test_names_come_out_whole(read):
    names = ["St. Mary's desk", "Call: hold; wait", "No. 3 > 4", "Price ($) 50% of $20"]
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 6, (300, 4)), columns=list("abcd"))
    frame["overall"] = np.clip(frame["a"] + rng.integers(-1, 2, 300), 1, 5)
    plan = SurveyPlan(frame, touchpoints=dict(zip(names, "abcd", strict=True)), outcome="overall", scale=cx.Scale(1, 5))
    desk = Desk(cx.Study("Odd", survey_plan=plan))
    for section in (sections.baseline_section, sections.drivers_section):
        assert set(names) <= {row[0] for row in read(section(desk)).rows}


# Where the lowest score is the best


@pytest.fixture(scope="module")
def small_low(small_study):
    """The same study as it would have been asked with 1 as the best."""
    study = small_study(targets=[Target("mean", 2.5, touchpoint="Signs"), Target("mean", 3.5, touchpoint="Signs")])
    plan = study.survey_plan
    scores = ["signs", "shops", "wifi", "overall"]
    low = cx.Scale(1, 5, best="low")
    frame = plan.data.assign(**{name: 6 - plan.data[name] for name in scores})
    return replace(study, survey_plan=replace(plan, data=frame, scale=low, outcome_scale=low))


def test_a_mean_is_a_target_from_above_where_the_lowest_is_the_best(small_low, read):
    desk = Desk(small_low)
    rows = read(sections.plan_section(desk)).rows
    assert [row[-1] for row in rows] == ["not reached", "reached"]
    asked = desk.now.outcomes.iloc[0]
    assert sections.standing_of(desk, Target("overall", float(asked["high"] + 0.1)))[1] == "reached"
    assert sections.standing_of(desk, Target("overall", float(asked["value"])))[1] == "too close to call"
    assert sections.standing_of(desk, Target("overall", float(asked["low"] - 0.1)))[1] == "not reached"


def test_the_scorecard_begins_with_the_worst_rated(small_low, small, read):
    scorecard = "Scorecard: every touchpoint, the {} rated first"
    low = read(sections.baseline_section(Desk(small_low))).tables[scorecard.format("worst")]
    high = read(sections.baseline_section(small)).tables[scorecard.format("lowest")]
    assert low["Touchpoint"].tolist() == high["Touchpoint"].tolist()
    assert low["Mean rating"].tolist() != high["Mean rating"].tolist()


@pytest.mark.parametrize("kind", ["binary", "ordinal"])
def test_a_report_explains_a_yes_or_no_in_percentage_points(small_study, initiatives, read, kind):
    study = small_study(300, initiatives_data=initiatives(("Second queue", "Signs"), ("More sockets", ODD)))
    answered = study.survey_plan.data
    again = answered["overall"] > 3 if kind == "binary" else answered["overall"].clip(2, 4)
    frame = answered.drop(columns="overall").assign(again=again.astype(int))
    plan = replace(study.survey_plan, data=frame, outcome={"again": kind}, outcome_scale=None)
    desk = Desk(replace(study, survey_plan=plan))
    page = read(page_of(desk))
    per_point = "Percentage points per rating point"
    table = next(frame for frame in page.tables.values() if per_point in frame)
    signs = table.set_index("Touchpoint").loc["Signs"]
    assert signs["Link"] == "clear"
    assert "Forecast, percentage points of again" in page.tables["All initiatives"]
    assert "log odds" not in page.text


def test_an_upright_mark_is_told_where_there_is_one():
    told = "a dot is the mean rating by users here, the line its interval"
    for standard, words in ((3.8, f"{told}; the upright mark is the standard."), (float("nan"), f"{told}.")):
        rated = SimpleNamespace(table=pd.DataFrame({"standard": [standard, float("nan")]}))
        assert sections.how_rated(rated, " here") == words
