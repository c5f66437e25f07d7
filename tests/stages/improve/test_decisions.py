"""Who says yes to what, and by when: counted by hand."""

from __future__ import annotations

import pytest

import cxlens as cx
from cxlens.errors import ValuesError
from tests.stages.improve.test_at_places import wins
from tests.stages.improve.test_buy_in import LIST, initiative, made
from tests.stages.improve.test_roll_out import DESK, ROLLED

ROWS = [
    initiative("Queue", "a", "Gates", duration=2, consulted=["Council", "Police"]),
    initiative("Signs", "b", "Halls", accountable="Head of halls", consulted=["Council"]),
    initiative("Menu", "c", "Gates", prerequisites=["Queue"], consulted=["Tenants"]),
    initiative("Paint", "d", "", must_do=True),
]
DATED = made(ROWS, periods=["2027-Q1", "2027-Q2", "2027-Q3"], capacity=None)
VIEW = DATED.decisions()


def test_a_yes_is_needed_the_day_before_the_start():
    table = VIEW.table.set_index("initiative")
    assert VIEW.kind == "decisions"
    assert str(table.loc["Queue", "yes_by"].date()) == "2026-12-31"
    assert str(table.loc["Queue", "done_by"].date()) == "2027-06-30"
    assert str(table.loc["Menu", "yes_by"].date()) == "2027-06-30"
    assert VIEW.table["yes_by"].is_monotonic_increasing


def test_who_decides_and_who_is_asked_first():
    table = VIEW.table.set_index("initiative")
    assert table["who"].to_dict() == {
        "Queue": "Gates",
        "Signs": "Head of halls",
        "Menu": "Gates",
        "Paint": "nobody named",
    }
    assert table.loc["Queue", "ask_first"] == ("Council", "Police")
    assert table.loc["Paint", "ask_first"] == ()


def test_rounds_bring_together_what_starts_together():
    rounds = VIEW.parts["rounds"].set_index("start")
    first = rounds.loc["2027-Q1"]
    assert set(first["initiatives"]) == {"Queue", "Signs", "Paint"}
    assert sorted(first["ask_first"]) == ["Council", "Police"]  # the first is asked by two, and named once
    assert rounds.loc["2027-Q3", "who"] == ("Gates",)


def test_the_finding_says_how_many_and_by_when():
    finding = VIEW.finding
    assert finding.title == "3 of 4 initiatives need a yes by 31 Dec 2026"
    assert finding.more[0].startswith("It is given by: ")
    assert finding.more[1].startswith("Asked first: ")
    assert finding.more[2] == "By 30 Jun 2027: Gates"


def test_waves_of_one_initiative_are_one_decision():
    plan = cx.roadmap(wins(ROLLED, DESK), periods=["2027-Q1", "2027-Q2"], budget=5000, resolves=0)
    assert len(plan.record.chosen) > 2
    assert plan.decisions().finding.title.endswith(" of 2 initiatives need a yes by 31 Dec 2026")


def test_periods_without_days():
    view = made(ROWS, capacity=None).decisions()
    assert view.table["yes_by"].isna().all()
    assert view.finding.title == "3 of 4 initiatives need a yes before Q1"
    assert view.note.startswith("A yes is needed before the period in which an initiative starts")


def test_a_plan_of_nothing_needs_no_yes():
    with pytest.raises(ValuesError) as error:
        made(LIST[:1], budget=1).decisions()
    assert str(error.value) == "the plan chooses no initiative, so there is nothing to decide. Loosen its limits."
