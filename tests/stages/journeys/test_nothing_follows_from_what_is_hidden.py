"""What is hidden may be the largest, or differ most: nothing is said, or told by a p-value, as if it were not there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from tests.stages.journeys.test_flow import log_of


def by_kind(ways: dict[str, dict[str, int]]) -> cx.JourneyLog:
    """``{kind: {route: journeys}}`` as a log with the segment ``kind``."""
    rows = [
        (f"{kind}{route}{who}", met, nr, kind)
        for kind, routes in ways.items()
        for route, journeys in routes.items()
        for who in range(journeys)
        for nr, met in enumerate(route)
    ]
    events = pd.DataFrame(rows, columns=["who", "met", "nr", "kind"])
    return cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", segments=["kind"])


APART = by_kind({"x": {"aab": 97, "ab": 3}, "y": {"aab": 4, "ab": 96}})


@pytest.mark.parametrize(("side", "asked"), [("rework", {}), ("around", {"anchor": "a"})])
def test_groups_that_differ_but_are_hidden_are_not_said_to_be_alike(side, asked):
    view = getattr(cx.paths(APART), side)(by="kind", **asked)
    assert view.finding.lead.endswith("differs by kind is not wholly told: what some do is hidden to protect people")
    assert "Clearly so" in str(getattr(cx.paths(APART, min_n=1), side)(by="kind", **asked))


def test_no_p_value_tells_what_is_hidden():
    tests = cx.paths(APART).rework(by="kind").parts["tests"].set_index("touchpoint")
    assert np.isnan(tests.loc["a", ["p_value", "q_value", "pair_p"]].to_numpy(float)).all()
    shown = cx.paths(by_kind({"x": {"aab": 60, "ab": 40}, "y": {"aab": 40, "ab": 60}})).rework(by="kind")
    assert shown.parts["tests"].set_index("touchpoint").loc["a", "p_value"] < 0.05


def test_a_hidden_share_may_be_the_largest():
    follows = cx.paths(log_of(["acb"] * 60 + ["ab"] * 37 + ["ac"] * 3)).follows()
    rework = cx.paths(log_of(["aab"] * 97 + ["ab"] * 3 + ["bcc"] * 30 + ["bc"] * 70)).rework()
    planned = cx.paths(
        log_of(["ab"] * 75 + ["a"] * 22 + ["abc"] * 3), plan=cx.Journey("Way", ["a", "b", "c"])
    ).planned()  # fmt: skip
    for view in (follows, rework, planned):
        assert "learly" not in str(view).replace("no clear first", "")


def test_where_a_hidden_touchpoint_may_lose_more_none_is_clearly_first():
    rows = [(f"{met}{who}", met, who < 97 if met == "a" else who < 30, 0) for met, n in (("a", 100), ("b", 60))
            for who in range(n)]  # fmt: skip
    events = pd.DataFrame(rows, columns=["who", "met", "lost", "nr"]).assign(got=lambda frame: ~frame["lost"])
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", outcome="got")
    assert "clearly" not in str(cx.paths(log))
    assert "clearly most" in str(cx.paths(log, min_n=1))


def test_what_may_go_on_and_is_hidden_is_no_fault():
    day = pd.Timestamp("2026-01-01")
    rows = [
        (f"{route}{who}", met, day + pd.Timedelta(days=start + nr))
        for route, journeys, start in (("a", 97, 0), ("bb", 30, 0), ("cb", 60, 0))
        for who in range(journeys)
        for nr, met in enumerate(route)
    ]
    rows += [(f"late{who}", "a", day + pd.Timedelta(days=300)) for who in range(3)]
    log = cx.JourneyLog(
        pd.DataFrame(rows, columns=["who", "met", "when"]), customer="who", touchpoint="met", time="when"
    )  # fmt: skip
    ways = cx.paths(log)
    assert ways.drop_off.loc[ways.drop_off["ended"].notna(), "open"].isna().any()
    assert str(ways)
    assert ways._repr_html_()


def test_who_entered_is_not_counted_from_the_segments_that_are_shown():
    log = by_kind({"x": {"ab": 3, "b": 20}, "y": {"ab": 4, "b": 20}})
    said = str(cx.funnel(log, ["a", "b"], by="kind"))
    assert "n = 0" not in said
    assert "journeys are hidden to protect people" in said


def test_one_customer_has_no_interval_of_a_cost():
    places = cx.TouchpointMap(
        [cx.Touchpoint("A", stage="satisfaction", cost_per_contact=5.0)], cx.Lifecycle.seven_stages()
    )  # fmt: skip
    table = cx.paths(log_of(["A"]), min_n=1).cost(places).table
    assert table.loc[0, "mean"] == 5
    assert table.loc[0, ["low", "high"]].isna().all()


def test_credit_is_not_clear_beside_a_hidden_rival():
    rows = [(f"{route}{who}", met, nr, int(nr == len(route) - 1)) for route, n in (("ab", 96), ("cb", 2), ("db", 2))
            for who in range(n) for nr, met in enumerate(route)]  # fmt: skip
    events = pd.DataFrame(rows, columns=["who", "met", "nr", "got"])
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", outcome="got")
    assert not any(top.is_clear for top in cx.attribution(log).tops)


def test_scores_are_not_clearly_lowest_beside_hidden_ones():
    scores = {"c": [1.4, 1.6] * 2, "d": [1.6, 1.8] * 20, "f": [4.0, 4.2] * 20, "none": [None] * 9}
    rows = [(f"{met}{who}", met, 0, score) for met, given in scores.items() for who, score in enumerate(given)]
    events = pd.DataFrame(rows, columns=["who", "met", "nr", "felt"])
    roles = {"customer": "who", "touchpoint": "met", "order": "nr", "score": "felt"}
    assert "clearly lowest" not in str(cx.paths(cx.JourneyLog(events, **roles)).felt())
    without = events[events["met"] != "c"]
    assert "clearly lowest" in str(cx.paths(cx.JourneyLog(without, **roles)).felt())
