"""What a study lacks: every finding on its own, the order of harm, and a study that lacks nothing."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlens as cx
from cxlens.study import check as study_check
from cxlens.study.check import Harm, check_study
from cxlens.study.lifecycle import Lifecycle, Stage
from cxlens.study.parts import DataSystem, Objective, Persona, ResearchMethod, SurveyPlan, Target, Unit
from cxlens.study.segments import Segment
from cxlens.study.study import Study
from cxlens.study.touchpoints import Standard, Touchpoint, TouchpointMap

TODAY = dt.date(2026, 1, 1)
STAGES = Lifecycle([Stage("arrive", ["be quick"]), Stage("wait")])
DESK = Touchpoint("Desk", stage="arrive", owner="Ops", needs=["be quick"], standards=[Standard("mean", 4)])
LOUNGE = Touchpoint("Lounge", stage="wait", owner="Ops", standards=[Standard("mean", 4)])
OBJECTIVE = Objective("More regulars", "Grow", "NPS", 40, "2027-12-31")
WORK = Segment("Work", {"purpose": "work"}, value=300, cost_to_serve=60)
SURVEY = SurveyPlan("a.csv", touchpoints=["Desk", "Lounge"], outcome="overall")
INSIDE = Target("satisfaction", 4, of="internal users", date="2027-12-31")
ASKED = ResearchMethod("Exit survey", "survey", ("Desk", "Lounge"), "monthly")
STAFF = ResearchMethod("Staff survey", "employee survey", ("Desk", "Lounge"), "yearly")


def whole(**changes) -> Study:
    """A study that lacks nothing, and then what is to change."""
    parts = {
        "objectives": [OBJECTIVE], "personas": [Persona("Ann", segment="Work")], "units": [Unit("Ops", "leads")],
        "systems": [DataSystem("Survey", "answers", "good")], "methods": [ASKED, STAFF], "targets": [INSIDE],
        "segments": [WORK], "survey_plan": SURVEY, "touchpoint_map": TouchpointMap([DESK, LOUNGE], STAGES),
    }  # fmt: skip
    return Study("Hall", **{**parts, **changes})


def rows(study: Study) -> list[tuple[str, ...]]:
    return [tuple(row) for row in study.check(today=TODAY).itertuples(index=False)]


def test_a_whole_study_lacks_nothing():
    found = whole().check(today=TODAY)
    assert found.empty
    assert found.columns.tolist() == ["harm", "part", "what", "next"]


CASES = {
    "objectives": (
        {"objectives": []}, "blocks", "objectives", "Without an objective nobody can say what is to be decided.",
        "Add [[objectives]] with name, goal, kpi, target and date.",
    ),
    "survey": (
        {"survey_plan": None}, "blocks", "survey", "Without a survey no touchpoint has a figure.",
        "Add [survey] with data, touchpoints and outcomes.",
    ),
    "map": (
        {"touchpoint_map": None}, "misleads", "map",
        "Without a map only touchpoints that somebody asks about are seen, never those that are missing.",
        "Add [map] with touchpoints, a CSV file.",
    ),
    "segments": (
        {"segments": [], "personas": []}, "misleads", "segments",
        "Without segments an average hides who is served badly.", "Add [[segments]] with name and where.",
    ),
    "units": (
        {"units": []}, "weakens", "units", "No business unit is named, so nobody is prepared to act on what is found.",
        "Add [[units]] with name and role.",
    ),
    "systems": (
        {"systems": []}, "weakens", "systems", "No data system is named, so what needs upgrading shows too late.",
        "Add [[systems]] with name, holds, condition and upgrade.",
    ),
    "kpi": (
        {"objectives": [replace(OBJECTIVE, kpi="")]}, "misleads", "objectives",
        "Nothing measures More regulars, so whatever comes out can be called a success.", "Add kpi to [[objectives]].",
    ),
    "target": (
        {"objectives": [replace(OBJECTIVE, target=None)]}, "misleads", "objectives",
        "No figure is set for More regulars, so whatever comes out can be called a success.",
        "Add target to [[objectives]].",
    ),
    "goal": (
        {"objectives": [replace(OBJECTIVE, goal="")]}, "weakens", "objectives",
        "No corporate goal stands behind More regulars, so others will not give it time or money.",
        "Add goal to [[objectives]].",
    ),
    "date": (
        {"objectives": [replace(OBJECTIVE, date="")]}, "weakens", "objectives",
        "No date is set for More regulars, so it is never due.", "Add date to [[objectives]].",
    ),
    "past objective": (
        {"objectives": [replace(OBJECTIVE, date="2025-12-31")]}, "misleads", "objectives",
        "The date is past of More regulars (2025-12-31), so what is found now comes too late for it.",
        "Set a new date in [[objectives]], or take the entry out.",
    ),
    "past target": (
        {"targets": [INSIDE, Target("mean", 4, "Desk", "Work", "2025-01-01")]}, "misleads", "targets",
        "The date is past of mean, Desk, Work (2025-01-01), so what is found now comes too late for it.",
        "Set a new date in [[targets]], or take the entry out.",
    ),
    "date in words": (
        {"objectives": [replace(OBJECTIVE, date="third quarter")]}, "weakens", "objectives",
        "The date is in words of More regulars (third quarter), so whether it is past cannot be checked.",
        "Write date = 2027-12-31 in [[objectives]].",
    ),
    "target without date": (
        {"targets": [replace(INSIDE, date="")]}, "weakens", "targets",
        "No date is set for satisfaction, so it is never due.", "Add date to [[targets]].",
    ),
    "uncovered": (
        {"methods": [replace(ASKED, touchpoints="Desk"), replace(STAFF, touchpoints="Desk")]}, "misleads", "methods",
        "No research method covers Lounge, so nothing bad is heard of it.",
        "Add it to the touchpoints of a method in [[methods]].",
    ),
    "survey only": (
        {"methods": [ASKED, replace(STAFF, touchpoints="Desk")]}, "misleads", "methods",
        "Only a survey covers Lounge: it hears those who answer, and nothing is held against it.",
        "Add an event log, a mystery visit or interviews in [[methods]].",
    ),
    "one kind": (
        {"methods": [replace(ASKED, touchpoints="Desk"), STAFF]}, "weakens", "methods",
        "Only one kind of method covers Lounge, so nothing confirms it.", "Add a second kind in [[methods]].",
    ),
    "cadence": (
        {"methods": [replace(ASKED, cadence=""), STAFF]}, "weakens", "methods",
        "How often Exit survey runs is not said, so no change can be expected from it.", "Add cadence to [[methods]].",
    ),
    "inside": (
        {"methods": [ASKED, replace(STAFF, kind="event log")]}, "weakens", "methods",
        "Employees are not heard, who know causes customers do not see.",
        'Add [[methods]] with kind = "employee survey" or "workshop".',
    ),
    "empty stage": (
        {"touchpoint_map": TouchpointMap([DESK, LOUNGE], Lifecycle([*STAGES, Stage("go", ["leave"])]))},
        "misleads", "map", "No touchpoint lies on the stage go, so no answer will ever tell of it.",
        "Add a touchpoint to the file of [map], or take the stage out.",
    ),
    "unmet need": (
        {"touchpoint_map": TouchpointMap([replace(DESK, needs=()), LOUNGE], STAGES)}, "misleads", "map",
        "Nothing serves the need: be quick. Scores of what is there do not show that.",
        "Name the need at a touchpoint in the file of [map], or add a touchpoint.",
    ),
    "not asked": (
        {"survey_plan": SurveyPlan("a.csv", touchpoints=["Desk"], outcome="overall")}, "misleads", "survey",
        "The survey does not ask about Lounge, so it seems to be no problem.", "Add a column to [survey.touchpoints].",
    ),
    "not on the map": (
        {"touchpoint_map": TouchpointMap([DESK], Lifecycle(["arrive"]))}, "misleads", "map",
        "The survey asks about Lounge, which has no place on the map, and so no owner and no stage.",
        "Add a line to the file of [map].",
    ),
    "owner": (
        {"touchpoint_map": TouchpointMap([DESK, replace(LOUNGE, owner=None)], STAGES)}, "weakens", "map",
        "Nobody owns Lounge, so nobody acts on what is found there.", "Fill the column owner in the file of [map].",
    ),
    "standard": (
        {"touchpoint_map": TouchpointMap([DESK, replace(LOUNGE, standards=())], STAGES)}, "weakens", "map",
        "No standard is set for Lounge, so nobody can say whether it is good enough.",
        "Fill the column standards in the file of [map].",
    ),
    "persona without segment": (
        {"personas": [Persona("Ann", segment="Work"), Persona("Bob")]}, "misleads", "personas",
        "No segment belongs to Bob, so how many there are, and how they are served, stays a guess.",
        "Add segment to [[personas]].",
    ),
    "segment without persona": (
        {"segments": [WORK, Segment("Play", {"purpose": "play"}, value=1, cost_to_serve=1)]}, "weakens", "personas",
        "No persona stands for the segment Play, so nobody can picture whom a figure is about.",
        "Add [[personas]] with segment.",
    ),
    "value": (
        {"segments": [Segment("Work", {"a": 1}, cost_to_serve=1)]}, "weakens", "segments",
        "What a customer of Work is worth is not said, so all segments count the same.", "Add value to [[segments]].",
    ),
    "cost": (
        {"segments": [Segment("Work", {"a": 1}, value=1)]}, "weakens", "segments",
        "What serving Work costs is not said, so all segments count the same.", "Add cost_to_serve to [[segments]].",
    ),
    "poor system": (
        {"systems": [DataSystem("Inbox", "complaints", "poor")]}, "misleads", "systems",
        "No upgrade is planned for Inbox, whose condition is poor: figures from it look like any other.",
        "Add upgrade to [[systems]].",
    ),
    "role": (
        {"units": [Unit("Ops")]}, "weakens", "units",
        "The role of Ops is not said, so nobody knows what to expect of it.",
        "Add role to [[units]].",
    ),
    "internal users": (
        {"targets": [replace(INSIDE, of="customers", metric="mean")]}, "weakens", "targets",
        "No target says how content the users of the results in the organisation shall be, so a study nobody uses "
        "would pass for a good one.",
        'Add [[targets]] with of = "internal users".',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_lacking_is_found_and_nothing_else(case):
    changes, *expected = CASES[case]
    assert rows(whole(**changes)) == [tuple(expected)]


def test_an_empty_study_begins_with_what_blocks():
    found = check_study(Study("Nothing"), TODAY)
    assert found["harm"].tolist() == ["blocks"] * 2 + ["misleads"] * 3 + ["weakens"] * 5
    assert found["part"].tolist() == [
        "objectives", "survey", "map", "methods", "segments", "targets", "units", "methods", "targets", "systems",
    ]  # fmt: skip


def test_each_check_has_its_words_and_they_stand_in_order_of_harm():
    checks = tomllib.loads(Path(study_check.__file__).with_name("study_checks.toml").read_text(encoding="utf-8"))
    order = get_args(Harm)
    assert [check["harm"] for check in checks.values()] == sorted((c["harm"] for c in checks.values()), key=order.index)
    assert set(study_check._lacking(whole(), TODAY)) == set(checks)


def test_many_names_are_told_in_one_sentence():
    bare = [Objective(f"o{k}") for k in range(20)]
    found = check_study(whole(objectives=bare), TODAY)
    assert len(found) == 4
    assert found["what"].iloc[0] == (
        "Nothing measures o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, o10, o11 and 8 more, so whatever comes out can be "
        "called a success."
    )


def test_dates_are_past_from_the_day_on_that_is_given():
    study = whole(objectives=[replace(OBJECTIVE, date="2026-01-01")])
    assert study.check(today=TODAY).empty
    assert study.check(today=TODAY + dt.timedelta(days=1))["part"].tolist() == ["objectives"]
    long_ago = whole(objectives=[replace(OBJECTIVE, date="2001-01-01")])
    assert long_ago.check()["part"].tolist() == ["objectives"]


@given(st.lists(st.sampled_from(sorted(CASES)), unique=True))
def test_the_worst_comes_first_and_braces_in_names_do_no_harm(cases):
    changes = {}
    for case in cases:
        changes |= CASES[case][0]
    try:
        study = whole(units=[Unit("{0} {}")], **{key: value for key, value in changes.items() if key != "units"})
    except cx.CxlensError:  # changes that do not go together
        return
    found = rows(study)
    order = ["blocks", "misleads", "weakens"]
    assert [harm for harm, *_ in found] == sorted((harm for harm, *_ in found), key=order.index)
    assert any("{0} {}" in what for _, _, what, _ in found)


def test_the_airport_tells_where_it_is_blind():
    found = cx.datasets.load_airport().check(today=TODAY)
    assert found["harm"].tolist() == ["misleads"] * 3
    assert found["what"].tolist() == [
        "Only a survey covers Getting there and parking, Signs, Shops, Baggage claim: it hears those who answer, and "
        "nothing is held against it.",
        "No touchpoint lies on the stage When plans change, so no answer will ever tell of it.",
        "Nothing serves the need: get help from a person at once. Scores of what is there do not show that.",
    ]
