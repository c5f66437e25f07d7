"""What the first screen is told from, and what it does without."""

from __future__ import annotations

from dataclasses import replace

import pytest

import cxlens as cx
from cxlens.errors import ValuesError
from cxlens.publish.desk import Desk
from cxlens.publish.first_figures import Told, or_none
from cxlens.study.parts import Target
from cxlens.study.roadmap_plan import RoadmapPlan


def refused():
    raise ValuesError("too few")


def test_what_answers_do_not_suffice_for_is_none():
    assert or_none(refused) is None
    assert or_none(lambda: 3) == 3


def test_nothing_is_told_of_an_empty_study():
    told = Told(Desk(cx.Study("Empty")))
    assert (told.outcome, told.target, told.plan, told.outlook, told.gaps, told.series) == (None,) * 6
    assert told.now == {}
    assert told.name == ""


@pytest.mark.parametrize(
    ("targets", "found"),
    [
        ([], None),
        ([Target("mean", 4, touchpoint="Signs")], None),
        ([Target("overall", 4, of="internal users")], None),
        ([Target("overall", 4, segment="leisure"), Target("overall", 4.1)], 4.1),
        ([Target("mean", 4, touchpoint="Signs"), Target("overall", 4.2)], 4.2),
    ],
)
def test_the_target_is_that_of_the_whole_outcome(small_study, targets, found):
    told = Told(Desk(replace(small_study(), targets=targets)))
    assert (told.target.target if told.target else None) == found
    assert told.plan is None


@pytest.fixture(scope="module")
def told(small_study, initiatives):
    """What is told of so many answers with so much money for an initiative, and a target if there is one."""
    listed = initiatives(("New signs", "Signs")).assign(cost_low=10, cost_likely=20, cost_high=30)

    def made(n=600, budget=25, **parts):
        frame = RoadmapPlan(periods=["2026-Q1", "2026-Q2"], budget=[budget, 0])
        return Told(Desk(small_study(n, initiatives_data=listed, roadmap_plan=frame, **parts)))

    return made


def test_one_wave_is_no_series(small_study):
    assert Told(Desk(small_study(waves=(2025,)))).series is None


def test_a_plan_that_chooses_nothing_is_a_road_map_and_no_plan(told):
    nothing = told(budget=0)
    assert nothing.road_map.record.chosen.empty
    assert (nothing.plan, nothing.outlook, nothing.digits) == (None, None, 1)


def test_earlier_waves_are_those_before_todays_answers(told):
    latest = told(1200)  # today is 2025 alone
    assert latest.outlook.parts["waves"]["wave"].tolist() == [2024]
    assert "waves" not in told(600).outlook.parts  # today is both waves
    assert latest.digits == 2


@pytest.mark.parametrize(("date", "due"), [("2026-04-01", "2026-Q1"), ("2026-12-31", "2026-Q2"), ("", "2026-Q2")])
def test_a_target_is_due_in_the_period_of_its_day(told, date, due):
    found = told(targets=[Target("overall", 4, date=date)])
    assert found.due["period"] == due
    assert found.is_dated == bool(date)
    assert found.last["period"] == "2026-Q2"


def test_an_outcome_is_better_the_lower_it_is_where_its_scale_says_so(small_study):
    study = small_study()
    turned = replace(study.survey_plan, outcome_scale=cx.Scale(1, 5, best="low"))
    told = [Told(Desk(replace(study, survey_plan=plan))).lowest_is_best for plan in (study.survey_plan, turned)]
    assert told == [False, True]
