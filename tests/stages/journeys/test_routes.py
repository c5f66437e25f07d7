"""The commonest routes with what is met at each step."""

from __future__ import annotations

import cxlens as cx
from tests.stages.journeys.test_flow import log_of


def test_rows_are_the_variants_and_steps_name_what_is_met():
    ways = cx.paths(log_of([["Web > app", "Shop"]] * 9 + [["Shop"]] * 6 + [["Shop", "Shop"]] * 2))
    view = ways.routes()
    assert view.table["route"].tolist() == ways.variants["path"].tolist() == ["'Web > app' > Shop", "other (2 routes)"]
    assert view.parts["steps"].to_numpy().tolist() == [[0, 1, "Web > app"], [0, 2, "Shop"]]
    assert str(view) == "The commonest route covers 53 % of 17 journeys."
    assert view.note == (
        "share: of all journeys; the last row sums up all other routes. Missing: fewer than 5 journeys, or hidden to "
        "protect people; routes of so few are among the others."
    )


def test_several_routes_are_counted():
    view = cx.paths(log_of(["AB"] * 9 + ["A"] * 6 + ["B"] * 5)).routes()
    assert str(view) == "The 3 commonest routes cover 100 % of 20 journeys."


def test_where_no_route_is_told():
    view = cx.paths(log_of(["AB"] * 3 + ["BA"] * 3)).routes()
    assert str(view) == "No route is that of enough people to be told, of 6 journeys."
    assert view.parts["steps"].empty


def test_again_of_other_journeys():
    view = cx.paths(log_of(["AB"] * 9)).routes()
    assert view.again(log_of(["AC"] * 7)).table["route"].tolist() == ["A > C"]
