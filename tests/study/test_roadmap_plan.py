"""The frame of a road map: what it keeps, and what it refuses."""

from __future__ import annotations

import pytest

from cxlens.errors import CxlensError
from cxlens.study.roadmap_plan import RoadmapPlan

GOOD = {"budget": 250, "periods": ["2026-Q1", "2026-Q2", "2026-Q3"]}


def test_numbers_and_lists_are_kept_as_they_are_meant() -> None:
    plan = RoadmapPlan(**GOOD, capacity={"IT": 2, "Security": (1, 0, 1.5)}, short_term_share=0.3, short_term_periods=2)
    assert (plan.budget, plan.periods, plan.decay) == (250.0, ("2026-Q1", "2026-Q2", "2026-Q3"), 1)
    assert plan.capacity == {"IT": 2.0, "Security": [1.0, 0.0, 1.5]}
    assert str(plan) == "3 periods; budget 250 a period; capacity of 2 teams"
    plain = RoadmapPlan(budget=[1, 2.5], periods=2)
    assert (plain.budget, plain.names, plain.capacity) == ((1.0, 2.5), ("period 1", "period 2"), {})
    assert (plain.short_term_share, plain.short_term_periods) == (None, None)
    assert str(plain) == "2 periods; budget 1, 2.5"
    assert str(RoadmapPlan(budget=1, periods=1)) == "1 period; budget 1 a period"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"periods": 0}, "periods is 0. Give how many there are, 1 or more, or a list of names."),
        ({"periods": []}, "periods is (). Give how many there are, 1 or more, or a list of names."),
        ({"periods": 2.5}, "periods is 2.5. Give how many there are, 1 or more, or a list of names."),
        ({"periods": "2026"}, "periods is '2026'. Give how many there are, 1 or more, or a list of names."),
        ({"periods": ["a", "a"]}, "period 'a' is there twice. Give each period a name of its own."),
        (
            {"periods": ["a", 2]},
            "period name 2 cannot be used. Give text without a semicolon, such as 'Security'; "
            "semicolons separate names in files.",
        ),
        ({"budget": -1}, "budget is -1. Give a number of 0 or more."),
        ({"budget": "much"}, "budget must be a number, found 'much'. Write figures only, with a decimal point."),
        ({"budget": "250"}, "budget must be a number, found the text '250'. Give 250, without quotes."),
        ({"budget": [1, 2, "3"]}, "budget must be a number, found the text '3'. Give 3, without quotes."),
        ({"decay": "0.9"}, "decay must be a number, found the text '0.9'. Give 0.9, without quotes."),
        (
            {"short_term_share": "0.3", "short_term_periods": 1},
            "short_term_share must be a number, found the text '0.3'. Give 0.3, without quotes.",
        ),
        (
            {"capacity": {"IT": "2"}},
            "capacity of team 'IT' must be a number, found the text '2'. Give 2, without quotes.",
        ),
        ({"budget": [1, 2, -3]}, "budget is -3. Give a number of 0 or more."),
        ({"budget": [1]}, "budget has 1 number for 3 periods. Give one number, or one for each period."),
        (
            {"capacity": {"IT": [1, 2]}},
            "capacity of team 'IT' has 2 numbers for 3 periods. Give one number, or one for each period.",
        ),
        ({"capacity": {"IT": -2}}, "capacity of team 'IT' is -2. Give a number of 0 or more."),
        ({"capacity": 3}, "capacity is 3. Give {team: number}, or a list of numbers for a team."),
        (
            {"short_term_share": 1.2, "short_term_periods": 1},
            "short_term_share is 1.2. Give a share from 0 to 1, such as 0.3.",
        ),
        (
            {"short_term_share": "some", "short_term_periods": 1},
            "short_term_share must be a number, found 'some'. Write figures only, with a decimal point.",
        ),
        (
            {"short_term_share": 0.2},
            "short_term_share is given without short_term_periods. Give both, or neither.",
        ),
        (
            {"short_term_periods": 2},
            "short_term_periods is given without short_term_share. Give both, or neither.",
        ),
        (
            {"short_term_share": 0.2, "short_term_periods": 4},
            "short_term_periods is 4. Give a whole number from 1 to 3.",
        ),
        (
            {"short_term_share": 0.2, "short_term_periods": 1.5},
            "short_term_periods is 1.5. Give a whole number from 1 to 3.",
        ),
        ({"decay": 0}, "decay is 0. Give a share over 0 and up to 1, such as 0.95."),
        ({"decay": 1.1}, "decay is 1.1. Give a share over 0 and up to 1, such as 0.95."),
        ({"certainty": 1}, "certainty is 1. Give a probability over 0 and under 1, such as 0.9."),
        ({"certainty": "0.9"}, "certainty must be a number, found the text '0.9'. Give 0.9, without quotes."),
        (
            {"certainty": 0.9, "budget": None},
            "certainty is about the budget and the short term, and neither is given. Give one of them, or leave "
            "certainty out.",
        ),
    ],
)
def test_what_is_refused(changes, message) -> None:
    with pytest.raises(CxlensError) as error:
        RoadmapPlan(**{**GOOD, **changes})
    assert str(error.value) == message


def test_without_a_budget_money_is_no_limit():
    plan = RoadmapPlan(periods=2)
    assert plan.options["budget"] is None
    assert str(plan) == "2 periods; budget without limit"


def test_certainty_is_told_and_handed_on():
    plan = RoadmapPlan(**GOOD, certainty=0.9)
    assert plan.options["certainty"] == 0.9
    assert str(plan).endswith("; kept with a probability of 0.9")
    assert RoadmapPlan(periods=2, short_term_share=0.3, short_term_periods=1, certainty=0.8).certainty == 0.8
