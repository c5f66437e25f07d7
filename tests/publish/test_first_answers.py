"""What the first screen says of the airport and of studies that hold little; its figures are those of the verbs."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

import cxlens as cx
from cxlens.publish import first_answers
from cxlens.publish.desk import Desk
from cxlens.publish.first_answers import first_screen, people
from cxlens.study.lifecycle import Lifecycle
from cxlens.study.parts import Target
from cxlens.study.roadmap_plan import RoadmapPlan
from cxlens.study.touchpoints import Standard, Touchpoint, TouchpointMap


@pytest.fixture(scope="module")
def screen(airport):
    return airport.page.screen


def said(screen, key):
    """Figure with interval, and the words, of an answer."""
    (answer,) = [answer for answer in screen.answers if answer.key == key]
    return " ".join(filter(None, [answer.figure, answer.interval])), answer.said


def test_the_headline_says_whether_the_target_is_reached(screen):
    assert screen.headline == "The NPS target of 35 is in reach by 31 Dec 2026, not safe"
    assert screen.basis == (
        "n = 1,250 answers of 2025. [ ]: 95 % intervals. A link in the answers, not yet a proven effect."
    )


def test_seven_answers_in_order(screen):
    assert [answer.key for answer in screen.answers] == ["state", "fix", "plan", "cost", "yes", "gaps", "promises"]
    assert all(len(answer.said.split()) <= 45 for answer in screen.answers)


def test_where_we_stand(screen):
    assert said(screen, "state") == ("+25 [20, 29]", "Target 35 by 31 Dec 2026. No clear change since 2022.")


def test_the_one_thing_to_fix_and_why(screen):
    assert said(screen, "fix") == (
        "3.51 [3.45, 3.57]",
        "Security is clearly below its standard of 3.8. NPS is 13 points higher [9, 17] per rating point. Getting "
        "there and parking may matter as much.",
    )


def test_the_plan_and_where_it_leads(screen, airport):
    due = airport.desk.plan.outlook(35, "2026-12-31").table.query("due").iloc[0]
    figure, words = said(screen, "plan")
    assert figure == f"+{due['change']:.1f} [{due['change_low']:.1f}, {due['change_high']:.1f}]"
    n = len(airport.desk.plan.record.initiatives_chosen)
    assert words.startswith(f"{due['n_done']} initiatives done by 31 Dec 2026, of {n} in the plan: NPS about ")
    assert f"target in reach, not safe ({round(100 * due['p_target'])} of 100 redraws)." in words


def test_what_it_costs(screen, airport):
    table = airport.desk.plan.outlook(35, "2026-12-31").table
    figure, words = said(screen, "cost")
    assert figure.startswith("$")
    assert float(figure.removeprefix("$").replace(",", "")) == pytest.approx(
        table.query("due")["cost"].iloc[0], rel=0.01
    )
    assert "for what is done by then, $" in words
    assert "for what has begun; $" in words
    assert "million in all by 31 Dec 2027 (estimates $" in words


def test_who_says_yes_by_when(screen):
    assert said(screen, "yes") == (
        "31 Dec 2025",
        "Heads of terminal operations, landside operations. Asked first: Passengers with reduced mobility, Police, "
        "Taxi operators, Head of security operations. By 31 Mar 2026: head of security operations; by 30 Jun 2026: "
        "heads of commercial, facilities; 1 more later.",
    )


def test_what_is_not_covered(screen):
    assert said(screen, "gaps") == (
        "1 of 6 to fix",
        "Bag drop: below standard, no initiative. No touchpoint at: When plans change; 3 needs unmet. New security "
        "lanes with scanners ($3.33 million) exceeds the budget.",
    )


def test_what_came_of_earlier_promises(screen):
    figure, words = said(screen, "promises")
    assert figure == "2 of 4 kept"
    assert words.startswith("Missed, furthest first: Security, 2025 (3.51 measured, 3.63 to 3.89 promised)")


def test_the_table_of_decisions(screen, airport):
    decisions = screen.decisions
    table = airport.desk.plan.decisions().table
    assert [row.initiative for row in decisions.rows] == table["initiative"].tolist()
    assert decisions.title == "3 of 7 initiatives need a yes by 31 Dec 2025"
    assert decisions.cost_head == "Cost, $"
    assert decisions.together.initiative == "Together"
    assert decisions.together.forecast == f"+{airport.desk.plan.periods_table['benefit'].iloc[-1]:.1f}"
    ends = [end for row in [*decisions.rows, decisions.together] for end in row.ends]
    assert min(ends) >= 0
    assert max(ends) == 1


def test_the_picture_has_earlier_waves_and_the_target(screen):
    assert screen.chart.parts["waves"]["wave"].tolist() == [2022, 2023, 2024]
    assert screen.chart.table["target"].unique().tolist() == [35]
    assert screen.how.startswith("grey dots are earlier waves, ")


def of(study, **more):
    """The first screen of a study with more in it."""
    return first_screen(Desk(replace(study, **more)))


PLACES = TouchpointMap(
    [
        Touchpoint("Security", stage="go", standards=[Standard("mean", 4.9)]),
        Touchpoint("Signs", stage="go", standards=[Standard("mean", 1.1)]),
    ],
    Lifecycle(["go"]),
)


def test_a_study_of_answers_alone(small_study):
    screen = of(small_study(), touchpoint_map=None)
    assert screen.headline.startswith("Overall is ")
    assert (screen.chart, screen.decisions, screen.how) == (None, None, "")
    blank = {answer.key for answer in screen.answers if answer.is_blank}
    assert blank == {"fix", "plan", "cost", "yes", "gaps", "promises"}
    assert all(answer.said for answer in screen.answers)
    assert said(screen, "fix")[1].endswith("Without standards on a map it cannot be told what to fix.")
    assert said(screen, "plan")[1] == "No initiatives are listed yet."


def test_a_target_without_a_plan(small_study):
    screen = of(small_study(), targets=[Target("overall", 4.5, date="2027-12-31")])
    assert screen.headline.endswith("; the target is 4.50 by 31 Dec 2027")
    assert said(screen, "state")[1].startswith("Target 4.50 by 31 Dec 2027.")


def test_initiatives_without_a_road_map(small_study, initiatives):
    screen = of(small_study(initiatives_data=initiatives(("New signs", "Signs"))))
    assert re.fullmatch(
        r"New signs is forecast to add 0\.\d\d points of overall; no road map says yet what is done when\.",
        said(screen, "plan")[1],
    )


def test_one_initiative_adds_most_only_where_that_is_clear(small_study, initiatives):
    listed = initiatives(("New signs", "Signs"), ("Wi-Fi", "Wi-Fi"))
    words = said(of(small_study(initiatives_data=listed)), "plan")[1]
    assert re.fullmatch(
        r"New signs is forecast to add most, 0\.\d\d points of overall; no road map says yet what is done when\.", words
    )
    listed = initiatives(("New signs", "Signs"), ("Wi-Fi", "Wi-Fi"), ("Lit signs", "Signs"))
    words = said(of(small_study(initiatives_data=listed)), "plan")[1]
    assert re.fullmatch(
        r"(New|Lit) signs is forecast to add 0\.\d\d points of overall; (Lit|New) signs may add as much; no road map "
        r"says yet what is done when\.",
        words,
    )


def without(airport, *asked, **more):
    """The first screen of the airport without a part, from what was asked already."""
    desk = Desk(replace(airport.desk.study, **more))
    desk.__dict__.update({name: airport.desk.__dict__[name] for name in asked})
    return first_screen(desk)


def test_without_a_map_what_is_clearly_important_and_rated_low_comes_first(airport):
    screen = without(airport, "drivers", "series", touchpoint_map=None, initiatives_data=None, roadmap_plan=None)
    assert said(screen, "fix") == (
        "3.51 to 3.66",
        "Security, Getting there and parking are clearly more important than the average touchpoint, and clearly rated "
        "below it. Whether that is too low, standards on a map would say.",
    )


def test_initiatives_that_may_add_as_much_are_named_together(airport):
    screen = without(airport, "drivers", "series", "now", "wins", roadmap_plan=None)
    assert said(screen, "plan") == (
        "–",
        "New security lanes with scanners is forecast to add 5.1 NPS points; One sign design from kerb to gate may add "
        "as much; no road map says yet what is done when.",
    )


def test_a_target_is_told_as_it_was_given(small_study):
    screen = of(small_study(), targets=[Target("overall", 4.125, date="2027-12-31")])
    assert screen.headline.endswith("; the target is 4.125 by 31 Dec 2027")
    assert said(screen, "state")[1].startswith("Target 4.125 by 31 Dec 2027.")


def test_a_road_map_whose_periods_have_no_days(small_study, initiatives):
    study = small_study(initiatives_data=initiatives(("New signs", "Signs")), roadmap_plan=RoadmapPlan(periods=2))
    screen = of(study, targets=[Target("overall", 4.5, date="next survey")], touchpoint_map=PLACES)
    if screen.chart is not None:
        assert said(screen, "yes")[0] == "before period 1"
        assert screen.decisions.rows[0].done == "period 1"
        assert "the end of period 2" in screen.headline
    assert said(screen, "gaps")[0] in {"1 of 1 to fix", "Nothing", "1 of 2 to fix"}


def test_a_target_of_another_outcome_is_told_as_such(airport):
    study = replace(airport.desk.study, targets=[Target("overall", 4.2)])
    desk = Desk(study)
    desk.__dict__.update({name: airport.desk.__dict__[name] for name in ("drivers", "plan", "wins", "now", "series")})
    screen = first_screen(desk)
    assert screen.headline.startswith("The plan is forecast to add ")
    assert said(screen, "state")[1].startswith("No target is set for NPS. No clear change since 2022. Overall is ")
    assert said(screen, "state")[1].endswith("no forecast of it.")


def test_costs_without_a_currency_say_so(airport):
    study = replace(airport.desk.study, currency="")
    screen = first_screen(Desk(study))
    assert said(screen, "cost")[1].endswith("Currency not stated.")
    assert screen.decisions.cost_head == "Cost, currency not stated"


def test_offices_and_names():
    assert people(["Head of halls", "Head of gates"], 3) == "Heads of halls, gates"
    assert people(["works council"], 3) == "Works council"
    assert people(["Head of halls", "Police"], 3) == "Head of halls, Police"


def test_the_real_survey(shared, tmp_path):
    study = cx.datasets.load_sfo([2016, 2017], data_home=shared / "sfo")
    screen = first_screen(Desk(study))
    assert isinstance(screen.headline, str)
    assert said(screen, "state")[0] == "+40 [38, 43]"
    assert pd.notna(screen.basis)


COSTS = {"cost_low": 10, "cost_likely": 20, "cost_high": 30}
QUARTERS = RoadmapPlan(periods=["2026-Q1", "2026-Q2"])


def planned(small_study, initiatives, frame=QUARTERS, **parts):
    """The first screen of the small study, with a plan for its signs."""
    listed = initiatives(("New signs", "Signs"))
    return of(small_study(initiatives_data=listed.assign(**COSTS), roadmap_plan=frame), **parts)


def turned(study):
    """The same study, the outcome of which is asked so that the lowest is the best."""
    frame = study.survey_plan.data.copy()
    frame["overall"] = 6 - frame["overall"]
    plan = replace(study.survey_plan, data=frame, outcome_scale={"overall": cx.Scale(1, 5, best="low")})
    return replace(study, survey_plan=plan)


def test_a_survey_without_waves(small_study):
    study = small_study()
    screen = of(study, survey_plan=replace(study.survey_plan, time=None))
    assert screen.basis.startswith("n = 600, all answers.")


def test_where_the_lowest_is_the_best_directions_are_those_of_what_was_asked(small_study, initiatives):
    study = turned(small_study(initiatives_data=initiatives(("New signs", "Signs")), roadmap_plan=QUARTERS))
    screen = of(study, targets=[Target("overall", 1.2, date="2026-12-31")])
    figures = re.fullmatch(
        "Overall is forecast to fall from (.*) to (.*) by 31 Dec 2026, towards the target of 1.20", screen.headline
    )
    assert float(figures[2]) < float(figures[1])
    assert "points lower [" in said(screen, "fix")[1]


@pytest.mark.parametrize(
    ("best", "by", "verb"),
    [("high", 1, "Up"), ("low", 1, "Down"), ("high", -1, "Down"), ("low", -1, "Up")],
)
def test_a_clear_change_is_told_as_it_was_asked(small_study, best, by, verb):
    study = small_study()
    frame = study.survey_plan.data
    later = frame["year"] == 2025
    frame = frame.assign(overall=(frame["overall"] + later * by).clip(1, 5))
    study = replace(study, survey_plan=replace(study.survey_plan, data=frame))
    first = frame.loc[~later, "overall"].mean()
    if best == "low":
        study, first = turned(study), 6 - first
    assert f"{verb} clearly since 2024, then {first:.2f}." in said(of(study), "state")[1]


def test_a_day_that_the_periods_do_not_know_is_not_promised(small_study, initiatives):
    seasons = RoadmapPlan(periods=["Spring", "Summer"])
    screen = planned(small_study, initiatives, seasons, targets=[Target("overall", 4.5, date="2026-12-31")])
    assert " by the end of Summer, towards the target of 4.50" in screen.headline
    assert "done by the end of Summer" in said(screen, "plan")[1]


def test_a_target_that_is_reached_already_is_said_to_be(small_study, initiatives):
    screen = planned(small_study, initiatives, targets=[Target("overall", 2, date="2026-12-31")])
    assert screen.headline == "Overall is clearly at the target of 2.00 today, and forecast to be so by 31 Dec 2026"


def test_a_plan_that_adds_nothing_clearly_is_no_headline(small_study, initiatives):
    listed = initiatives(("More Wi-Fi", "Wi-Fi")).assign(must_do=True)
    screen = of(small_study(initiatives_data=listed, roadmap_plan=QUARTERS))
    assert screen.chart is not None
    assert screen.headline.startswith("Overall is ")


def test_costs_of_which_one_is_missing(small_study, initiatives):
    listed = initiatives(("New signs", "Signs"), ("More signs", "Signs")).assign(**COSTS)
    listed.loc[1, list(COSTS)] = None
    screen = of(small_study(initiatives_data=listed, roadmap_plan=QUARTERS))
    assert said(screen, "cost")[1] == "1 of 2 initiatives of the plan has no cost, so the sum is not known."


def test_what_a_plan_that_chooses_nothing_leaves_is_not_covered(small_study, initiatives):
    screen = planned(small_study, initiatives, RoadmapPlan(periods=["2026-Q1"], budget=1))
    figure, words = said(screen, "gaps")
    assert figure == "2 of 2 to fix"
    assert words.startswith("Signs: below standard, left out of the plan; <b>Shops</b> & more: below standard, no init")
    assert words.endswith("New signs (20) exceeds the budget.")


def test_a_plan_that_cannot_be_made_says_why(small_study, initiatives):
    listed = initiatives(("New signs", "Signs")).assign(**COSTS, must_do=True)
    screen = of(small_study(initiatives_data=listed, roadmap_plan=RoadmapPlan(periods=["2026-Q1"], budget=1)))
    assert said(screen, "plan") == (
        "–",
        'There is no forecast: a budget of 1 a period cannot pay for "New signs" (20), a must-do. Raise budget=, or '
        "mark it as no must-do.",
    )
    screen = of(small_study(initiatives_data=initiatives(("New desk", "Desk"))))
    assert said(screen, "plan")[1] == (
        "There is no forecast: no initiative is for touchpoints, segments and places that the answers tell of, so none "
        "has a forecast."
    )


def on_a_map(study, standards):
    """The first screen of a study whose touchpoints are on a map, with the standards given."""
    names = study.survey_plan.touchpoints
    places = [Touchpoint(name, stage="stay", standards=standards.get(name, ())) for name in names]
    return of(study, touchpoint_map=TouchpointMap(places, Lifecycle(["stay"])))


def test_a_map_without_standards_says_no_more_than_no_map(small_study):
    study = small_study()
    screen = on_a_map(study, {})
    assert said(screen, "fix") == said(of(study, touchpoint_map=None), "fix")
    assert said(screen, "gaps") == (
        "–",
        "What to fix is not known: no touchpoint has a standard and enough answers.",
    )


def test_touchpoints_that_are_not_judged_are_counted(small_study):
    screen = on_a_map(small_study(), {"Signs": [Standard("mean", 1.5)]})
    assert said(screen, "fix") == ("–", "No touchpoint clearly needs fixing. 2 touchpoints not judged.")
    assert said(screen, "gaps") == ("Nothing", "Nothing is left.")


def test_a_roll_out_of_which_a_part_is_too_dear(chain):
    listed = pd.DataFrame([{
        "name": "New rooms", "touchpoints": "Room", "lift_low": 0.1, "lift_likely": 0.2, "lift_high": 0.4,
        "effort_low": 2, "effort_likely": 3, "effort_high": 9, "places": "all", "cost_per_place_likely": 20,
    }])  # fmt: skip
    rooms = TouchpointMap([Touchpoint("Room", stage="stay", standards=[Standard("mean", 4)])], Lifecycle(["stay"]))
    frame = RoadmapPlan(periods=["2026-Q1", "2026-Q2", "2026-Q3"], budget=30)
    screen = of(chain(touchpoint_map=rooms, initiatives_data=listed, roadmap_plan=frame))
    assert said(screen, "gaps") == ("Nothing", "1 touchpoint to fix: all have an initiative.")
    assert screen.decisions.title == "1 of 1 initiative needs a yes by 31 Dec 2025"
    assert len(screen.decisions.rows) == 3


@pytest.mark.parametrize(
    ("slope", "q_value", "words"),
    [
        ((2.0, 1.0, 3.0), 0.01, "Overall is 2.0 points higher [1.0, 3.0] per rating point."),
        ((-2.0, -3.0, -1.0), 0.01, "Overall is 2.0 points lower [1.0, 3.0] per rating point."),
        ((2.0, 1.0, 3.0), 0.05, ""),
        ((2.0, 1.0, 3.0), float("nan"), ""),
    ],
)
def test_a_link_is_told_with_its_direction_where_it_is_clear(slope, q_value, words, monkeypatch):
    row = dict(zip(("coef", "coef_low", "coef_high"), slope, strict=True))
    table = pd.DataFrame([{"touchpoint": "Desk", **row, "q_value": q_value}])
    record = SimpleNamespace(change_digits=1, change_unit="points", survey=SimpleNamespace(scale=None))
    drivers = SimpleNamespace(record=record, table=table)
    told = SimpleNamespace(
        desk=SimpleNamespace(drivers=drivers), now={"measure": "mean"}, lowest_is_best=False, name="Overall"
    )
    monkeypatch.setattr(first_answers, "in_points", lambda _, table: table)
    monkeypatch.setattr(first_answers, "lowest_is_best", lambda _: False)
    assert first_answers._link(told, "Desk").replace("\N{NO-BREAK SPACE}", " ") == words
