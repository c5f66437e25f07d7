"""Quick wins by profit: weights by hand, today's figures where all bring the same, both ranks, what is refused."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError
from cxlens.stages.improve.weigh import by_profit, earned_of

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
    counted = by_profit(fit, shares, {"work": 90, "fun": 10}, 3, 0)
    by_hand = pd.Series({"work": 1 / 3 * 90, "fun": 2 / 3 * 10})[list(fit.segments)]
    assert counted == pytest.approx(np.tile(by_hand / by_hand.sum(), (4, 1)))
    losing = by_profit(fit, shares, {"work": 9, "fun": -3}, 0, 0)
    assert losing.tolist() == [[float(name == "work") for name in fit.segments]]


def table(work=(90.0, 60.0, 140.0), fun=(10.0, 2.0, 30.0), level: float = 0.95) -> pd.DataFrame:
    """What customers bring, with intervals."""
    rows = [("work", *work, level), ("fun", *fun, level)]
    return pd.DataFrame(rows, columns=["segment", "profit", "low", "high", "level"])


def test_a_table_is_as_good_as_a_mapping():
    plain = table()[["segment", "profit"]].assign(n=3)
    assert earned_of(found().record, plain) == earned_of(found().record, {"work": 90.0, "fun": 10.0})


def test_profits_with_intervals_are_drawn_from_them():
    fit = found().record
    place = fit.segments.index("work")
    even = np.array([0.5, 0.5])
    only_work = table(fun=(1.0, 1.0, 1.0), level=0.8)
    counted = by_profit(fit, even, only_work, 20_000, 1)
    assert counted.sum(axis=1) == pytest.approx(1)
    share = counted[:, place]
    profit = share / (1 - share)  # in profits of the others, who bring 1
    assert profit[0] == pytest.approx(90)
    assert np.quantile(profit[1:], [0.1, 0.5, 0.9]) == pytest.approx([60, 90, 140], rel=0.02)
    assert by_profit(fit, even, only_work, 5, 1).tolist() == by_profit(fit, even, only_work, 5, 1).tolist()


def test_draws_in_which_nobody_brings_any_count_nothing():
    unsure = table(work=(1.0, -50.0, 50.0), fun=(1.0, -50.0, 50.0))
    counted = by_profit(found().record, np.array([0.5, 0.5]), unsure, 200, 0)
    sums = counted.sum(axis=1)
    assert set(sums.round(9).tolist()) == {0.0, 1.0}
    assert np.isfinite(counted).all()


def test_errors_of_profit_reach_the_intervals_and_the_chances():
    sure = cx.quick_wins(found(), PLAN, weigh={"work": 90, "fun": 10}, benefit_cut=0)
    unsure = cx.quick_wins(found(), PLAN, weigh=table(), benefit_cut=0)
    width = [
        (wins.table.set_index("initiative")["benefit_high"] - wins.table.set_index("initiative")["benefit_low"])
        for wins in (sure, unsure)
    ]
    assert (width[1] > width[0]).loc[["Desk for work", "Web for fun"]].all()
    assert not np.array_equal(sure.table["p_quick_win"], unsure.table["p_quick_win"])
    assert "What they bring is drawn from its interval in each redraw." in unsure.note
    assert "is drawn" not in sure.note
    assert unsure.worth[0] == pytest.approx(sure.worth[0])
    again = cx.quick_wins(found(), PLAN, **unsure.options)
    pd.testing.assert_frame_equal(again.table, unsure.table)


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
            table().drop(columns="high"),
            {},
            "weigh has 'low' alone. Give both ends of what a customer brings, low and high, or neither.",
        ),
        (
            table(work=(90.0, 95.0, 140.0)),
            {},
            "weigh: the profit of 'work', 90, does not lie between its ends, 95 and 140. Give low <= profit <= high.",
        ),
        (
            pd.concat([table(), table()]),
            {},
            "weigh names 'work' twice. Give one profit for each segment.",
        ),
        (
            table(level=95),
            {},
            "level=95 is not a confidence level. Give a share between 0 and 1, such as 0.95.",
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
