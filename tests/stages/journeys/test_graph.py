"""The transitions that are told, the commonest first."""

from __future__ import annotations

import cxlens as cx
from tests.stages.journeys.test_flow import log_of


def test_rows_are_the_transitions_between_touchpoints():
    ways = cx.paths(log_of(["ABA"] * 5 + ["ABB"] * 9))
    view = ways.graph()
    assert view.table[["touchpoint", "next", "n"]].to_numpy().tolist() == [["A", "B", 14], ["B", "B", 9], ["B", "A", 5]]
    assert str(view) == "The commonest transition: after A, B comes next 14 times (74 % of its departures)."
    assert view.note == (
        "share: of all departures from the touchpoint, ends included; 95 % Wilson intervals. "
        "Missing: fewer than 5 journeys, or hidden to protect people."
    )


def test_one_that_comes_again():
    view = cx.paths(log_of(["AA"] * 9)).graph()
    assert str(view) == "The commonest transition: after A, A comes again 9 times (50 % of its departures)."


def test_where_none_is_told():
    view = cx.paths(log_of(["AB"] * 2 + ["A"] * 9 + ["B"] * 9)).graph()
    assert str(view) == "No transition from one touchpoint to another is that of enough people to be told."
    assert view.table.empty


def test_hidden_transitions_stay_hidden():
    ways = cx.paths(log_of(["ABC"] * 2 + ["AC"] * 9 + ["BA"] * 20))
    told = ways.table.dropna(subset="n")
    assert len(ways.graph().table) == (~told["touchpoint"].eq("(start)") & ~told["next"].eq("(end)")).sum()


def test_again_of_other_journeys():
    view = cx.paths(log_of(["AB"] * 9), ends=["B"]).graph()
    assert view.again(log_of(["AC"] * 7)).table["n"].tolist() == [7]
