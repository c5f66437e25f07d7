"""Road maps: limits kept, forecasts by hand, shared headroom, what is said, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.improve.response import effect
from cxlens.stages.improve.roadmap import Roadmap
from tests.stages.improve.changed import changed

SCALE = cx.Scale(1, 5)
COLUMNS = [
    "initiative", "owner", "start", "end", "duration", "cost", "benefit", "benefit_low", "benefit_high", "selected",
    "forced", "p_selected", "why", "over_budget", "listed_as"]  # fmt: skip


def answers(n: int = 400, seed: int = 4) -> pd.DataFrame:
    """Simulated answers: a matters most, d hardly."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 4)), columns=list("abcd"))
    frame["y"] = frame["a"] + 0.6 * frame["b"] + 0.4 * frame["c"] + 0.1 * frame["d"] + rng.normal(size=n)
    frame["group"] = rng.choice(["one", "two"], n, p=[0.7, 0.3])
    return frame


def found(by: str | None = None) -> cx.drivers:
    survey = cx.Survey(answers(), touchpoints=list("abcd"), outcome="y", scale=SCALE, segments=["group"])
    return cx.drivers(survey, n_boot=60, by=by)


def initiative(name: str, touchpoints: str, lift: float | tuple = 0.3, cost: float | tuple = 10, **more) -> dict:
    ranges = {"lift": lift, "effort": (1, 2, 3), "cost": cost}
    row = {"name": name, "touchpoints": touchpoints, "owner": "Operations"}
    for what, value in ranges.items():
        ends = value if isinstance(value, tuple) else (value, value, value)
        row |= dict(zip((f"{what}_low", f"{what}_likely", f"{what}_high"), ends, strict=True))
    return row | more


DRIVERS = found()
ROWS = [
    initiative("Queue", "a", (0.2, 0.3, 0.4), (8, 10, 15), teams="IT: 2"),
    initiative("Lanes", "a", 0.6, 40, duration=2, teams="IT: 1; Works: 3"),
    initiative("Menu", "b", 0.5, 20, prerequisites="Signs"),
    initiative("Signs", "c;d", 0.2, 10, must_do=True),
    initiative("Harm", "b", -0.3, 5),
]
WINS = cx.quick_wins(DRIVERS, pd.DataFrame(ROWS))
PLAN = cx.roadmap(WINS, periods=["Q1", "Q2", "Q3"], budget=31, capacity={"IT": 2}, decay=0.9)


def wins(*rows: dict, **more) -> cx.quick_wins:
    return cx.quick_wins(DRIVERS, pd.DataFrame(rows), **more)


def test_columns_and_order():
    assert PLAN.table.columns.tolist() == COLUMNS
    assert PLAN.periods_table.columns.tolist() == [
        "period", "starts", "ends", "cost", "cost_low", "cost_high", "budget", "p_within_budget", "benefit",
        "benefit_low", "benefit_high",
    ]  # fmt: skip
    assert PLAN.teams_table.columns.tolist() == ["team", "period", "load", "capacity"]
    chosen = PLAN.table["selected"]
    assert chosen.is_monotonic_decreasing
    assert PLAN.table.loc[chosen, "start"].is_monotonic_increasing
    assert ((PLAN.table["start"] == "") == ~chosen).all()
    assert ((PLAN.table["why"] == "") == chosen).all()


def test_limits_are_kept():
    table, place = PLAN.table.set_index("initiative"), {"Q1": 0, "Q2": 1, "Q3": 2}
    cost, load = np.zeros(3), {"IT": np.zeros(3), "Works": np.zeros(3)}
    for name, row in table[table["selected"]].iterrows():
        first, last = place[row["start"]], place[row["end"]]
        assert last - first + 1 == row["duration"]
        cost[first : last + 1] += row["cost"] / row["duration"]
        for team, needs in WINS.initiatives.set_index("name").loc[name, "teams"].items():
            load[team][first : last + 1] += needs
    assert PLAN.periods_table["cost"].tolist() == cost.tolist()
    assert (cost <= 31).all()
    assert (load["IT"] <= 2).all()
    for team, loads in load.items():
        assert PLAN.teams_table.loc[PLAN.teams_table["team"] == team, "load"].tolist() == loads.tolist()
    limits = PLAN.teams_table.groupby("team")["capacity"].unique()
    assert (limits["IT"].tolist(), limits["Works"].tolist()) == ([2.0], [np.inf])
    assert place[table.loc["Menu", "start"]] > place[table.loc["Signs", "end"]]
    assert table.loc["Signs", "selected"]
    assert PLAN.periods_table["starts"].explode().dropna().value_counts().to_dict() == dict.fromkeys(
        table.index[table["selected"]], 1
    )


def test_benefits_alone_are_those_of_the_quick_wins():
    columns = ["benefit", "benefit_low", "benefit_high"]
    own, theirs = PLAN.table.set_index("initiative"), WINS.table.set_index("initiative")
    pd.testing.assert_frame_equal(own[columns], theirs.loc[own.index, columns])


def test_what_has_ended_brings_what_it_brings_together():
    done: list[int] = []
    for _, row in PLAN.periods_table.iterrows():
        done += [WINS.initiatives["name"].tolist().index(name) for name in row["ends"]]
        draws = WINS.benefit_of(done)
        expected = [np.median(draws), np.quantile(draws, 0.025), np.quantile(draws, 0.975)]
        assert row[["benefit", "benefit_low", "benefit_high"]].tolist() == pytest.approx(expected)
    assert len(done) == PLAN.table["selected"].sum()


def test_headroom_is_shared():
    # Two of 2 points each on one touchpoint: together they hit the ceiling, so the second brings much less than alone.
    two = wins(initiative("One", "a", 2.0, 10), initiative("Two", "a", 2.0, 10), initiative("Other", "b", 1.6, 10))
    alone = np.median(two.benefits, axis=0)
    assert alone[0] > alone[2]
    more = np.median(two.benefit_of([0, 1])) - alone[0]
    assert more < alone[2]
    plan = cx.roadmap(two, periods=1, budget=20, resolves=0)
    assert set(plan.table.loc[plan.table["selected"], "initiative"]) >= {"Other"}
    assert plan.objective == pytest.approx(np.median(two.benefit_of([0, 2])), rel=0.05)


def test_the_objective_is_what_the_medians_bring():
    # Nothing is shared, decay 0.5: each median counts half for a period later.
    apart = wins(initiative("A", "a", 0.3, 10), initiative("B", "b", 0.3, 10))
    plan = cx.roadmap(apart, periods=2, budget=10, decay=0.5, resolves=0)
    medians = np.sort(np.median(apart.benefits, axis=0))
    assert plan.objective == pytest.approx(medians[1] + 0.5 * medians[0])
    assert plan.gap < 1e-5
    assert plan.table["initiative"].tolist() == ["A", "B"]


def test_segments_with_lifts_of_their_own_have_gains_of_their_own():
    drivers = found(by="group")
    rows = [initiative("All", "a", 2.0), initiative("One", "a", 2.0, segments="one"), initiative("B", "a", 1.0)]
    some = cx.quick_wins(drivers, pd.DataFrame(rows))
    plan = cx.roadmap(some, periods=1, resolves=0)
    response, total = some.response, np.array([5.0, 3.0])
    gain = effect(response, "a", total * np.ones_like(response.outcome)) * some.worth
    by_segment = np.median(gain[1:], axis=0).sum()
    assert plan.objective == pytest.approx(by_segment, rel=0.02)


def test_how_often_an_initiative_is_chosen():
    # Costs alone decide: the budget of 10 holds "Sure" always, "Split" when its drawn cost is 5 or less: half the time.
    some = wins(
        initiative("Sure", "a", 0.5, 5), initiative("Split", "b", 0.5, (3, 5, 7)), initiative("Never", "c", 0.5, 11)
    )
    plan = cx.roadmap(some, periods=1, budget=10, resolves=60)
    chance = plan.table.set_index("initiative")["p_selected"]
    assert plan.resolves == 60
    assert (chance["Sure"], chance["Never"]) == (1.0, 0.0)
    assert chance["Split"] == pytest.approx(0.5, abs=0.2)
    again = cx.roadmap(some, **plan.options)
    pd.testing.assert_frame_equal(again.table, plan.table)
    assert cx.roadmap(some, periods=1, budget=10, resolves=0).table["p_selected"].isna().all()


def test_draws_without_any_plan_do_not_count():
    some = wins(initiative("Must", "a", 0.5, (3, 5, 7), must_do=True))
    plan = cx.roadmap(some, periods=1, budget=5, resolves=40)
    assert 8 <= plan.resolves <= 32
    assert plan.table["p_selected"].tolist() == [1.0]


def test_no_budget_needs_no_costs():
    rows = [{key: value for key, value in row.items() if not key.startswith("cost")} for row in ROWS]
    plan = cx.roadmap(wins(*rows), periods=3, capacity={"IT": [2, 1, 1]}, resolves=3)
    assert plan.table["cost"].isna().all()
    assert np.isinf(plan.periods_table["budget"]).all()
    assert plan.table["selected"].sum() == 4


def test_money_counts_savings():
    frame = answers().assign(web=lambda x: np.where(np.arange(len(x)) % 2, 6, x["d"]))
    survey = cx.Survey(frame, touchpoints=[*"abc", "web"], outcome="y", scale=cx.Scale(1, 5, not_used=[6]))
    places = [
        cx.Touchpoint(name, stage="Use", volume=volume, cost_per_contact=cost)
        for name, volume, cost in [("a", None, None), ("b", None, None), ("c", None, None), ("web", 1000, 50.0)]
    ]
    where = cx.TouchpointMap(places, cx.Lifecycle([cx.Stage("Use")]))
    rows = [
        initiative("Queue", "a"),
        initiative("Close web", "web", cost=1, kind="remove") | dict.fromkeys(["lift_low", "lift_likely", "lift_high"]),
    ]
    link = cx.RetentionLink(1000, 10, 0.01)
    some = cx.quick_wins(cx.drivers(survey, n_boot=40), pd.DataFrame(rows), touchpoint_map=where, money=link)
    plan = cx.roadmap(some, periods=1, resolves=0)
    draws = some.benefit_of([0, 1])
    assert plan.periods_table["benefit"].tolist() == pytest.approx([np.median(draws)])
    assert np.median(draws) > 49_000
    assert "money a year" in str(plan)


def test_sentences():
    last = PLAN.periods_table.iloc[-1]
    n, first = int(PLAN.table["selected"].sum()), PLAN.table.iloc[0]
    cost = PLAN.table.loc[PLAN.table["selected"], "cost"].sum()
    kept = 100 * PLAN.p_within_budget
    assert 0 < kept < 99
    assert str(PLAN) == (
        f"{n} of 5 initiatives are forecast to add {last['benefit']:.2f} [{last['benefit_low']:.2f}, "
        f"{last['benefit_high']:.2f}] points of y by the end of Q3. First: "
        f'"{first["initiative"]}" in Q1. Expected cost: {cost:.0f}, currency not stated. "Signs" is forced. Every '
        f"budget is kept in {kept:.0f} of 100 redraws. "
        "A link in the answers, not yet a proven effect. n = 400."
    )
    least = f"{PLAN.record.least:.3f}"
    means = "Costs are means of low, likely and high, each drawn on its own. "
    shared = "Initiatives on one touchpoint share what is left to gain there. "
    small = f"What adds less than {least} points of y is not worth having and left out. "
    assert PLAN.note == (
        f"No plan is worth more by the median forecasts. {shared}{small}{means}"
        f"Chosen again: in how many of {PLAN.resolves} plans made anew with redrawn benefits and costs; of a must-do, "
        "in how many it is worth doing. Intervals: 95 %."
    )
    near = changed(PLAN, gap=0.034, resolves=0)
    assert near.note == (
        f"No plan is worth over 3.5 % more by the median forecasts. {shared}{small}{means}Intervals: 95 %."
    )


def test_a_plan_of_nothing_says_why():
    harm = cx.roadmap(wins(initiative("Harm", "a", -0.3)), periods=2, budget=10, resolves=0)
    benefit, low, high = harm.table.loc[0, ["benefit", "benefit_low", "benefit_high"]]
    assert str(harm) == (
        f'Nothing is clearly worth doing; closest: "Harm" is forecast to add {benefit:.2f} [{low:.2f}, {high:.2f}] '
        "points of y. A link in the answers, not yet a proven effect. n = 400."
    )
    assert harm.table["why"].tolist() == ["its forecast is not above zero"]
    dear = cx.roadmap(wins(initiative("Lanes", "a", 0.3, 50)), periods=2, budget=10, resolves=0)
    assert str(dear) == (
        'Nothing fits; most would be added by "Lanes": the budget is too small for it, whenever it starts. '
        "A link in the answers, not yet a proven effect. n = 400."
    )


def weak(effect: float, n: int, must_do: str = "") -> cx.quick_wins:
    """Initiatives on touchpoints that matter little, in few answers; the last does not matter at all."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 6)), columns=list("abcdef"))
    frame["y"] = effect * frame[list("abcde")].sum(axis=1) + rng.normal(size=n)
    drivers = cx.drivers(cx.Survey(frame, touchpoints=list("abcdef"), outcome="y", scale=SCALE), n_boot=100)
    rows = [initiative(f"New {name}", name, 0.4, must_do=name in must_do) for name in "abcdef"]
    return cx.quick_wins(drivers, pd.DataFrame(rows))


def test_nothing_is_chosen_where_the_best_plan_may_add_nothing():
    plan = cx.roadmap(weak(0.1, 80), periods=1, budget=40, resolves=0)
    benefit, low, high = plan.record.unclear
    assert low <= 0 < plan.record.least < benefit
    assert not plan.table["selected"].any()
    assert str(plan) == (
        "Nothing is clearly worth doing: the best plan within these limits is forecast to add "
        f"{benefit:.2f} [{low:.2f}, {high:.2f}] points of y. A link in the answers, not yet a proven effect. n = 80."
    )
    assert "the best plan, with it, is not clearly worth doing" in set(plan.table["why"])
    clear = cx.roadmap(weak(0.5, 80), periods=1, budget=40, resolves=0)
    assert clear.record.unclear is None
    assert clear.table["selected"].any()


def test_what_is_forced_is_done_and_called_so_where_nothing_else_is_worth_it():
    for matters in (0.1, 0.0):
        plan = cx.roadmap(weak(matters, 80, "f"), periods=1, budget=40, resolves=10)
        table = plan.table.set_index("initiative")
        assert table.index[table["selected"]].tolist() == ["New f"]
        assert table.index[table["forced"]].tolist() == ["New f"]
        assert table.loc["New f", "p_selected"] < 0.5  # in every plan, but not in each draw worth it
        assert ' "New f" is forced, and nothing else is clearly worth doing. ' in str(plan)
    several = cx.roadmap(weak(0.5, 300, "ef"), periods=1, budget=40, resolves=0)
    assert ' "New e", "New f" are forced. ' in str(several)


def test_what_adds_less_than_is_worth_having_is_left_out():
    some = wins(initiative("Much", "a", 0.3), initiative("Crumb", "b", 0.001))
    plan = cx.roadmap(some, periods=1, resolves=5)
    spread = answers()["y"].std()
    assert plan.record.least == pytest.approx(max(0.01 * spread, 0.25 * spread / 20), rel=0.25)
    table = plan.table.set_index("initiative")
    forecast = table.loc["Crumb", "benefit"]
    least = plan.record.least
    assert table.loc["Crumb", "why"] == f"its forecast of {forecast:.3f} is below {least:.3f}, the least worth having"
    assert table["p_selected"].to_dict() == {"Much": 1.0, "Crumb": 0.0}


def test_what_others_need_is_done_however_little_it_adds():
    rows = [initiative("Much", "a", 0.3, prerequisites="Crumb"), initiative("Crumb", "b", 0.001)]
    plan = cx.roadmap(wins(*rows), periods=2, resolves=0)
    assert plan.table["selected"].all()


def test_costs_are_means_of_their_ranges():
    # Two of (7, 10, 16) cost 22 on average, not 20: they do not fit into 21 together.
    skewed = wins(initiative("One", "a", 0.5, (7, 10, 16)), initiative("Two", "b", 0.5, (7, 10, 16)))
    plan = cx.roadmap(skewed, periods=1, budget=21, resolves=0)
    assert plan.table["cost"].tolist() == [11.0, 11.0]
    assert plan.table["selected"].tolist() == [True, False]
    both = cx.roadmap(skewed, periods=1, budget=22.5, resolves=0)
    row = both.periods_table.iloc[0]
    assert row["cost"] == 22
    assert row["cost_low"] < row["cost"] < row["cost_high"]
    rng = np.random.default_rng(0)
    drawn = rng.triangular(7, 10, 16, (100_000, 2)).sum(axis=1)
    assert row["p_within_budget"] == pytest.approx((drawn <= 22.5).mean(), abs=0.02)
    assert both.p_within_budget == row["p_within_budget"]
    free = cx.roadmap(skewed, periods=1, resolves=0)
    assert np.isnan(free.p_within_budget)
    assert free.periods_table["p_within_budget"].isna().all()


def test_a_budget_is_kept_as_surely_as_asked():
    rows = [
        initiative(f"On {name}", name, 0.3 + 0.1 * k, (6, 10, 17), duration=1 + k % 2) for k, name in enumerate("abcd")
    ]
    some = wins(*rows)
    loose = cx.roadmap(some, periods=3, budget=17, resolves=0)
    sure = cx.roadmap(some, periods=3, budget=17, certainty=0.9, resolves=3)
    assert loose.periods_table["p_within_budget"].min() < 0.9
    assert sure.periods_table["p_within_budget"].min() >= 0.9
    assert sure.objective <= loose.objective
    assert sure.options["certainty"] == 0.9
    pd.testing.assert_frame_equal(cx.roadmap(some, **sure.options).table, sure.table)


def test_the_short_term_is_reached_as_surely_as_asked():
    rows = [initiative("Slow", "a", (0.1, 0.4, 0.6), duration=2), initiative("Soon", "b", (0.05, 0.4, 0.5))]
    some = wins(*rows, initiative("Also", "c", (0.05, 0.4, 0.5)))
    asked = {"periods": 2, "short_term": (0.45, 1), "resolves": 0}
    loose = cx.roadmap(some, **asked)
    gains = np.maximum(some.benefits, 0)
    assert loose.p_short_term == (gains[:, 1:].sum(axis=1) >= 0.45 * gains.sum(axis=1)).mean()
    assert loose.p_short_term < 0.9
    share = f"of the benefit is there after 1 period in {100 * loose.p_short_term:.0f} of 100 redraws"
    assert share[1:] in str(loose)
    sure = cx.roadmap(some, **asked, certainty=0.9)
    assert sure.p_short_term >= 0.9
    left = sure.table[~sure.table["selected"]]
    assert left["why"].tolist() == ["with it the limits would not be kept with a probability of 0.9"]


def test_budget_and_short_term_are_told_one_after_the_other():
    some = wins(
        initiative("Soon", "b", (0.05, 0.4, 0.5), (3, 5, 9)), initiative("Also", "c", (0.05, 0.4, 0.5), (1, 2, 3))
    )
    plan = cx.roadmap(some, periods=2, budget=8, short_term=(0.3, 1), resolves=0)
    kept, there = (round(100 * share) for share in (plan.p_within_budget, plan.p_short_term))
    assert kept < 100
    assert (
        f" Every budget is kept in {kept} of 100 redraws, and 30 % of the benefit is there after 1 period in {there} "
        "of 100. "
    ) in str(plan)


def test_certainty_that_cannot_be_had_is_told():
    forced = wins(initiative("Must", "a", 0.5, (3, 5, 9), must_do=True))
    with pytest.raises(ValuesError) as error:
        cx.roadmap(forced, periods=1, budget=6, certainty=0.95)
    assert str(error.value) == (
        "some road map keeps all limits, but none does so with a probability of 0.95. Lower certainty=, or loosen the "
        "budget or the short term."
    )


def test_html_is_escaped():
    plan = cx.roadmap(wins(initiative("<b>Queue</b>", "a")), periods=1, resolves=0)
    assert "<b>Queue" not in plan._repr_html_()
    assert "&lt;b&gt;Queue" in plan._repr_html_()


def test_inputs_stay_as_they_are():
    before = WINS.initiatives.copy(deep=True), WINS.benefits.copy()
    cx.roadmap(WINS, periods=2, budget=[30, 30], capacity={"IT": [2, 2]}, resolves=2)
    pd.testing.assert_frame_equal(WINS.initiatives, before[0])
    np.testing.assert_array_equal(WINS.benefits, before[1])


NO_COST = [ROWS[0], {key: value for key, value in ROWS[3].items() if not key.startswith("cost")}]
REFUSED = {
    "short term": (
        {"periods": 2, "short_term": 0.3},
        "short_term is 0.3. Give a share and a number of periods, such as (0.3, 2).",
    ),
    "share": ({"periods": 2, "short_term": (30, 1)}, "short_term_share is 30. Give a share from 0 to 1, such as 0.3."),
    "soon": ({"periods": 2, "short_term": (0.3, 3)}, "short_term_periods is 3. Give a whole number from 1 to 2."),
    "periods": ({"periods": 0}, "periods is 0. Give how many there are, 1 or more, or a list of names."),
    "budget": (
        {"periods": 2, "budget": [1, 2, 3]},
        "budget has 3 numbers for 2 periods. Give one number, or one for each period.",
    ),
    "decay": ({"periods": 2, "decay": 1.2}, "decay is 1.2. Give a share over 0 and up to 1, such as 0.95."),
    "certainty": (
        {"periods": 2, "budget": 30, "certainty": 90},
        "certainty is 90. Give a probability over 0 and under 1, such as 0.9.",
    ),
    "certainty of nothing": (
        {"periods": 2, "certainty": 0.9},
        "certainty is about the budget and the short term, and neither is given. Give one of them, or leave certainty "
        "out.",
    ),
    "resolves": ({"periods": 2, "resolves": -1}, "resolves is -1. Give a whole number, or 0 for no p_selected."),
    "seconds": ({"periods": 2, "time_limit": 0}, "time_limit is 0. Give seconds, more than 0, such as 10."),
    "clash": (
        {"periods": 2, "budget": 5},
        'a budget of 5 a period cannot pay for "Signs" (10), a must-do. Raise budget=, or mark it as no must-do.',
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name):
    options, text = REFUSED[name]
    with pytest.raises(ValuesError) as error:
        cx.roadmap(WINS, **options)
    assert str(error.value) == text


def test_an_unknown_team():
    with pytest.raises(OptionError) as error:
        cx.roadmap(WINS, periods=2, capacity={"TI": 2})
    assert str(error.value) == ("capacity: team 'TI' is not known here. Teams of the initiatives: IT, Works.")


def test_a_budget_without_costs():
    with pytest.raises(ValuesError) as error:
        cx.roadmap(wins(*NO_COST), periods=2, budget=30)
    assert str(error.value) == (
        "a budget needs the cost of each initiative, and there is none for Signs. "
        "Give cost_low, cost_likely and cost_high, or no budget."
    )


def test_anything_but_quick_wins():
    with pytest.raises(OptionError) as error:
        cx.roadmap(DRIVERS, periods=2)
    assert str(error.value) == (
        "roadmap works on a QuickWins, not on a Drivers. Make one: cx.quick_wins(drivers, initiatives)."
    )


def test_what_follows_from_a_plan():
    assert isinstance(PLAN, Roadmap)
    assert PLAN.buy_in().table["owner"].tolist() == ["Operations"]
    assert PLAN.forecasts("Plan A")["plan"].unique().tolist() == ["Plan A"]


def test_capacity_without_teams_in_the_list_says_what_to_add():
    with pytest.raises(ValuesError) as error:
        cx.roadmap(wins(initiative("Queue", "a")), periods=1, capacity={"IT": 2}, resolves=0)
    assert str(error.value) == (
        "capacity names teams, and no initiative says which teams it needs. Add a column teams to the list, such as "
        "'IT: 2; Service: 1', or leave capacity out."
    )


def test_harm_is_never_chosen_to_make_the_short_term_look_better():
    rows = [initiative("Soon", "a", 0.1), initiative("Late", "b", 0.5, duration=2), initiative("Harm", "c", -0.5)]
    plan = cx.roadmap(wins(*rows), periods=2, short_term=(0.3, 1), resolves=0)
    assert not plan.table.set_index("initiative").loc["Harm", "selected"]


def test_one_figure_and_the_currency_are_told() -> None:
    rows = [
        {"name": name, "touchpoints": "a", "lift": 0.3, "effort": effort, "cost": "12.000 EUR"}
        for name, effort in (("Queue", 1), ("Lanes", 4))
    ]
    ranked = wins(*rows)
    told = (
        "One figure was given for lift of 2 initiatives, effort of 2 initiatives, cost of 2 initiatives: half of it to "
        "one and a half times is its range."
    )
    assert ranked.currency == "EUR"
    assert ranked.note.endswith(f" {told} Costs in EUR.")
    plan = cx.roadmap(ranked, periods=["Q1"], resolves=0)
    assert plan.finding.more[1] == "Expected cost: 24,000 EUR"
    assert plan.note.endswith(f" {told}")
    assert plan.buy_in().finding.more[0].endswith("5 weeks of work at a cost of 24,000 EUR")


def test_without_a_currency_nothing_is_added() -> None:
    assert WINS.currency == ""
    assert WINS.note.endswith("Intervals: 95 %.")
