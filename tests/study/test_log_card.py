"""The card of a log tells nothing of few customers."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import cxlens as cx


def log(customers: int, reached: int, at_the_desk: int, each: int = 1) -> cx.JourneyLog:
    """Customers who met Web, some the Desk before it; the first of them reach the outcome in each journey."""
    events = []
    for customer in range(customers):
        for journey in range(each):
            if customer < at_the_desk:
                events.append((customer, "Desk", False, journey))
            events.append((customer, "Web", customer < reached, journey))
    frame = pd.DataFrame(events, columns=["who", "met", "bought", "journey"])
    day = pd.Timestamp("2026-01-01") + pd.to_timedelta(frame["journey"] * 100 + (frame["met"] == "Web"), unit="D")
    gap = {"gap": "30 days"} if each > 1 else {}
    return cx.JourneyLog(frame.assign(day=day), customer="who", touchpoint="met", time="day", outcome="bought", **gap)


def words(card: str) -> str:
    return re.sub(r"(\s*<[^>]+>\s*)+", "|", re.sub("<style>.*?</style>", "", card))


@pytest.mark.parametrize(
    ("reached", "told"),
    [
        (0, "0 of 40 reached the outcome, bought (0 %)."),
        (4, "Journeys of fewer than 5 customers reached the outcome, bought."),
        (5, "5 of 40 reached the outcome, bought (12 %)."),
        (35, "35 of 40 reached the outcome, bought (88 %)."),
        (36, "All but the journeys of fewer than 5 customers reached the outcome, bought."),
        (40, "40 of 40 reached the outcome, bought (100 %)."),
    ],
)
def test_an_outcome_of_few_is_not_counted(reached: int, told: str) -> None:
    made = log(40, reached, 20)
    assert told in repr(made)
    assert told in words(made._repr_html_())


def test_many_journeys_of_few_customers_are_those_of_few() -> None:
    made = log(40, 3, 3, each=4)
    assert made.n == 160
    assert "Journeys of fewer than 5 customers reached the outcome, bought." in repr(made)
    assert "|Desk|–|Web|160|" in words(made._repr_html_())


@pytest.mark.parametrize(("at_the_desk", "told"), [(4, "–"), (5, "5")])
def test_touchpoints_that_few_met_are_not_counted(at_the_desk: int, told: str) -> None:
    card = words(log(40, 20, at_the_desk)._repr_html_())
    assert f"|Desk|{told}|Web|40|" in card
    assert ("Missing: fewer than 5 journeys." in card) == (told == "–")
