"""Who is asked for what: counted by hand, and adding up to the plan."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ValuesError
from cxlens.stages.improve.buy_in import buy_in
from cxlens.stages.improve.roadmap import Roadmap, roadmap


def answers(n: int = 300, seed: int = 2) -> pd.DataFrame:
    """Simulated answers."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.integers(1, 6, (n, 4)), columns=list("abcd"))
    frame["y"] = frame["a"] + 0.5 * frame["b"] + 0.3 * frame["c"] + rng.normal(size=n)
    frame["group"] = rng.choice(["one", "two"], n, p=[0.7, 0.3])
    return frame


def initiative(name: str, touchpoint: str, owner: str, **more) -> dict:
    row = {"name": name, "touchpoints": touchpoint, "owner": owner, "lift_low": 0.1, "lift_likely": 0.3}
    row |= {"lift_high": 0.4, "effort_low": 2, "effort_likely": 4, "effort_high": 6}
    return row | {"cost_low": 10, "cost_likely": 20, "cost_high": 30} | more


LIST = [
    initiative("Queue", "a", "Gates", duration=2, teams={"IT": 1}, responsible=["Shift lead"], consulted=["Council"]),
    initiative("Signs", "b", "Halls", teams={"IT": 0.5, "Works": 1}, function="Operations", informed=["Council"]),
    initiative("Menu", "c", "Gates", effort_likely=5, effort_high=6, function="Operations", prerequisites=["Queue"]),
    initiative("Paint", "d", "", cost_likely=25, must_do=True),
]


def made(rows: list[dict] = LIST, by: str | None = None, **limits) -> Roadmap:
    survey = cx.Survey(answers(), touchpoints=list("abcd"), outcome="y", scale=cx.Scale(1, 5), segments=["group"])
    wins = cx.quick_wins(cx.drivers(survey, n_boot=60, by=by), pd.DataFrame(rows))
    limits = {"periods": ["Q1", "Q2", "Q3"], "budget": 100, "capacity": {"IT": 2}, **limits}
    return roadmap(wins, resolves=0, **limits)


PLAN = made()
VIEW = buy_in(PLAN.record)


def test_the_table_counts_by_owner():
    table = VIEW.table.set_index("owner")
    assert set(PLAN.table.loc[PLAN.table["selected"], "initiative"]) == {"Queue", "Signs", "Menu", "Paint"}
    assert VIEW.table["owner"].tolist() == ["Gates", "Halls", "no owner named"]
    assert table["n"].tolist() == [2, 1, 1]
    assert table["effort"].tolist() == [9, 4, 4]
    assert table["cost"].tolist() == pytest.approx([40, 20, 65 / 3])  # means of (10, 20, 30) and (10, 25, 30)
    assert table["accountable"].tolist() == ["Gates", "Halls", ""]
    assert set(table.loc["Gates", "initiatives"]) == {"Queue", "Menu"}
    places = [PLAN.wins.initiatives["name"].tolist().index(name) for name in ("Queue", "Menu")]
    assert table.loc["Gates", "benefit"] == pytest.approx(np.median(PLAN.wins.benefit_of(places)))


def test_load_people_functions_and_teams_add_up():
    load, people, functions, teams = (VIEW.parts[part] for part in ("load", "people", "functions", "teams"))
    np.testing.assert_allclose(load.groupby("owner")["effort"].sum()[VIEW.table["owner"]], VIEW.table["effort"])
    np.testing.assert_allclose(
        load.groupby("period", sort=False)["cost"].sum().loc[PLAN.periods_table["period"]], PLAN.periods_table["cost"]
    )
    gates = load[load["owner"] == "Gates"]
    assert gates["n"].tolist() == [1, 1, 1]
    assert gates["effort"].tolist() == [2, 2, 5]
    assert VIEW.table.set_index("owner").loc["Gates", "busiest"] == "Q3"
    assert people.set_index("who").to_dict("index") == {
        "Gates": {"accountable": 2, "responsible": 0, "consulted": 0, "informed": 0},
        "Halls": {"accountable": 1, "responsible": 0, "consulted": 0, "informed": 0},
        "Shift lead": {"accountable": 0, "responsible": 1, "consulted": 0, "informed": 0},
        "Council": {"accountable": 0, "responsible": 0, "consulted": 1, "informed": 1},
    }
    assert functions.set_index("function")["n"].to_dict() == {"Operations": 2, "no function named": 2}
    assert functions["effort"].sum() == 17
    it = teams.set_index("team").loc["IT"]
    assert (it["n"], it["load"], it["used"]) == (2, 2.5, pytest.approx(2.5 / 6))
    assert it["peak"] == PLAN.teams_table.query("team == 'IT'")["load"].max() / 2
    works = teams.set_index("team").loc["Works"]  # not limited
    assert works[["used", "peak"]].isna().all()
    assert works["load"] == 1


def test_sentence_and_kind():
    assert VIEW.kind == "buy-in"
    assert VIEW.record is PLAN.record
    assert VIEW.survey is PLAN.survey
    tightest = VIEW.parts["teams"].set_index("team").loc["IT"]
    assert str(VIEW) == (
        "3 owners are asked for 4 initiatives. Most is asked of Gates: 9 weeks of work at a cost of 40. "
        f"IT is the tightest team: {100 * tightest['peak']:.0f} % of its capacity in {tightest['tightest']}. "
        "1 other to be asked first."
    )
    bare = [initiative("Queue", "a", "Gates", cost_low="", cost_likely="", cost_high="")]
    alone = buy_in(made(bare, budget=None, capacity=None).record).finding
    assert (alone.lead, alone.figure, alone.unit) == ("1 owner is asked for", "1", "initiative")
    assert alone.more == ["Most is asked of Gates: 4 weeks of work"]


def test_the_finding_in_parts():
    finding = VIEW.finding
    assert (finding.lead, finding.figure, finding.unit) == ("3 owners are asked for", "4", "initiatives")
    assert finding.more[0] == "Most is asked of Gates: 9 weeks of work at a cost of 40"
    assert finding.more[2] == "1 other to be asked first"


def test_it_can_be_asked_of_other_answers():
    half = cx.Survey(
        answers().iloc[::2], touchpoints=list("abcd"), outcome="y", scale=cx.Scale(1, 5), segments=["group"]
    )
    again = VIEW.again(half)
    assert again.survey is half
    assert again.chart == VIEW.chart
    assert again.table["owner"].tolist() == VIEW.table["owner"].tolist()  # the same list, under the same limits
    assert (again.table["benefit"] != VIEW.table["benefit"]).all()
    assert again.again is not None


def test_teams_that_are_equally_tight_are_all_named():
    rows = [LIST[0] | {"teams": {"IT": 1, "Works": 2}}, LIST[3]]
    assert buy_in(made(rows, capacity={"IT": 1, "Works": 2}).record).finding.more == [
        "Most is asked of Gates: 4 weeks of work at a cost of 20",
        "IT, Works are the tightest teams: 100 % of their capacity in their fullest period",
        "1 other to be asked first",
    ]


def test_a_plan_of_nothing_asks_nobody():
    with pytest.raises(ValuesError) as error:
        buy_in(made(LIST[:1], budget=1).record)
    assert str(error.value) == "the plan chooses no initiative, so there is nobody to ask. Loosen its limits."
