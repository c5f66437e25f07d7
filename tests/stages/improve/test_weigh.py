"""Quick wins by profit: weights by hand, today's figures where all bring the same, both ranks, what is refused."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError
from cxlens.stages.improve.weigh import by_profit, profits_of

EQUAL = {"work": 7.3, "fun": 7.3}
PLAN = pd.DataFrame(
    {"name": ["Desk for work", "Web for fun", "Both"], "touchpoints": ["Desk", "Web", "Desk; Web"]}
).assign(
    lift_low=0.2, lift_likely=0.4, lift_high=0.6, effort_low=1, effort_likely=[2, 2, 6], effort_high=7, owner="Ann"
)


@cache
def found(by: str | None = "kind"):
    """Desk matters to those at work, web to those at leisure, who are twice as many."""
    rng = np.random.default_rng(5)
    kind = np.repeat(["work", "fun"], [200, 400])
    scores = rng.integers(1, 6, (600, 2))
    effect = np.where(kind == "work", scores[:, 0], scores[:, 1])
    frame = pd.DataFrame({"Desk": scores[:, 0], "Web": scores[:, 1], "kind": kind})
    frame["overall"] = 2 + effect + rng.normal(0, 0.7, 600)
    survey = cx.Survey(frame, touchpoints=["Desk", "Web"], outcome="overall", segments=["kind"])
    return cx.drivers(survey, by=by, n_boot=60)


def test_equal_profits_give_the_figures_of_today():
    plain = cx.quick_wins(found(), PLAN)
    equal = cx.quick_wins(found(), PLAN, weigh=EQUAL)
    pd.testing.assert_frame_equal(equal.table.drop(columns="rank_people"), plain.table, check_exact=True)
    assert (equal.table["rank"] == equal.table["rank_people"]).all()
    assert np.array_equal(equal.worth, plain.worth)


def test_the_segment_that_brings_more_comes_first():
    weighed = cx.quick_wins(found(), PLAN, weigh={"work": 90, "fun": 10}, benefit_cut=0).table.set_index("initiative")
    assert weighed.loc["Desk for work", "rank"] < weighed.loc["Web for fun", "rank"]
    assert weighed.loc["Desk for work", "rank_people"] > weighed.loc["Web for fun", "rank_people"]
    plain = cx.quick_wins(found(), PLAN, benefit_cut=0).table.set_index("initiative")
    assert weighed["rank_people"].to_dict() == plain["rank"].to_dict()


def test_weights_are_shares_times_profit():
    fit = found().record
    shares = pd.Series({"work": 200 / 600, "fun": 400 / 600})[list(fit.segments)].to_numpy()
    counted = by_profit(fit, shares, {"work": 90, "fun": 10})
    by_hand = pd.Series({"work": 1 / 3 * 90, "fun": 2 / 3 * 10})[list(fit.segments)]
    assert counted.tolist() == pytest.approx((by_hand / by_hand.sum()).tolist())
    assert by_profit(fit, shares, {"work": 9, "fun": -3}).tolist() == [float(name == "work") for name in fit.segments]


def test_a_table_is_as_good_as_a_mapping():
    table = pd.DataFrame({"segment": ["work", "fun"], "profit": [90.0, 10.0], "n": 3})
    assert profits_of(found().record, table) == {"work": 90.0, "fun": 10.0}


def test_it_is_said_what_counts():
    result = cx.quick_wins(found(), PLAN, weigh={"work": 90, "fun": -1})
    assert result.unit == "points of overall, by profit"
    assert (
        "Segments count by what their customers bring, not by their number; rank by people beside. "
        "Without profit, so not counted: fun."
    ) in result.note
    assert "by profit" in str(result)
    again = cx.quick_wins(found(), PLAN, **result.options)
    pd.testing.assert_frame_equal(again.table, result.table)


def test_a_road_map_shows_both_ranks():
    wins = cx.quick_wins(found(), PLAN, weigh={"work": 90, "fun": 10}, benefit_cut=0)
    plan = cx.roadmap(wins, periods=2, resolves=0).table.set_index("initiative")
    expected = wins.table.set_index("initiative")
    for name in ("rank", "rank_people"):
        assert plan[name].to_dict() == expected[name].to_dict()
    assert "rank" not in cx.roadmap(cx.quick_wins(found(), PLAN), periods=2, resolves=0).table


@pytest.mark.parametrize(
    ("weigh", "options", "message"),
    [
        (
            "profits",
            {},
            "weigh='profits' is no profit by segment. Give weigh='profit' for what the study's segments state, "
            "weigh=cx.profit(study).weights, or {segment: profit}.",
        ),
        (
            {"work": 1, "Fun": 2},
            {},
            "weigh: segment 'Fun' is not known here. Did you mean 'fun'? Segments of the drivers: fun, work.",
        ),
        ({"work": 1}, {}, "weigh says nothing of 'fun'. Give the profit of each segment."),
        (
            {"work": 0, "fun": -1},
            {},
            "weigh: no segment has a profit above 0, so nothing could count. Leave out weigh=.",
        ),
        (
            {"work": "12", "fun": 1},
            {},
            "weigh: profit of 'work' must be a number, found the text '12'. Give 12, without quotes.",
        ),
        (
            pd.DataFrame({"segment": ["work"], "profits": [1]}),
            {},
            "weigh: column 'profit' is not known here. Did you mean 'profits'? Columns: segment, profits.",
        ),
        (
            EQUAL,
            {"money": cx.RetentionLink({"work": 1, "fun": 1}, 10, 0.01)},
            "money= already counts what a segment is worth. Leave out weigh=, or money=.",
        ),
    ],
)
def test_what_is_refused(weigh, options, message):
    with pytest.raises(CxlensError) as refused:
        cx.quick_wins(found(), PLAN, weigh=weigh, **options)
    assert str(refused.value) == message


def test_everyone_together_cannot_be_weighed():
    with pytest.raises(CxlensError) as refused:
        cx.quick_wins(found(None), PLAN, weigh=EQUAL)
    assert str(refused.value) == (
        "weigh= tells segments apart, and the drivers hold everyone together. Call cx.drivers(survey, by=column)."
    )
