"""What no initiative takes care of: by rule, on a map made by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ColumnError, OptionError

NAMES = ["Gate", "Desk", "Shop"]


def answers(means: tuple[float, ...] = (3.0, 3.0, 4.0), n: int = 600) -> pd.DataFrame:
    """Simulated ratings, and an outcome that goes with all of them."""
    rng = np.random.default_rng(3)
    rated = np.clip(np.round(rng.normal(means, 1, (n, 3))), 1, 5)
    frame = pd.DataFrame(rated, columns=NAMES)
    return frame.assign(y=rated @ [1, 1, 1] + rng.normal(size=n))


PLACES = cx.TouchpointMap(
    [
        cx.Touchpoint("Gate", stage="go", needs=["leave on time"], standards=[cx.Standard("mean", 3.5)]),
        cx.Touchpoint("Desk", stage="come", standards=[cx.Standard("mean", 3.5)]),
        cx.Touchpoint("Shop", stage="go", standards=[cx.Standard("mean", 3.5)]),
    ],
    cx.Lifecycle(
        [cx.Stage("come", ["be welcome"]), cx.Stage("go", ["leave on time"]), cx.Stage("back", ["be missed"])]
    ),
)
SURVEY = cx.Survey(answers(), touchpoints=NAMES, outcome="y", scale=cx.Scale(1, 5))
NOW = cx.baseline(SURVEY, PLACES)
DRIVERS = cx.drivers(SURVEY, n_boot=60)


def listed(**of: dict[str, str]) -> pd.DataFrame:
    """Initiatives by name, with what each says."""
    rows = [
        {"name": name, "touchpoints": "Shop", "lift": 0.2, "effort": 2, "cost": 10, **said} for name, said in of.items()
    ]
    return cx.read_initiatives(pd.DataFrame(rows), NAMES, lifecycle=PLACES.lifecycle)


def planned(chosen: list[str], dear: list[str], names: list[str]) -> pd.DataFrame:
    """The columns of a road map that count."""
    return pd.DataFrame(
        {
            "listed_as": names,
            "selected": [name in chosen for name in names],
            "over_budget": [name in dear for name in names],
        }
    )


def test_without_initiatives_nothing_is_covered():
    view = NOW.not_covered(DRIVERS)
    assert view.kind == "not covered"
    assert view.table[["kind", "what"]].to_numpy().tolist() == [
        ["to fix", "Gate"],
        ["to fix", "Desk"],
        ["stage", "back"],
        ["need", "be welcome"],
        ["need", "be missed"],
    ]
    assert view.table["why"].unique().tolist() == ["no initiative"]
    assert view.parts["counts"].set_index("kind")["of"].to_dict() == {
        "to fix": 2,
        "stage": 1,
        "need": 2,
        "over the budget": 0,
    }


def test_an_initiative_covers_what_it_works_on_and_names():
    initiatives = listed(
        Faster={"touchpoints": "Gate"},
        Letters={"touchpoints": "Shop", "need": "be missed", "stage": "back"},
    )
    table = NOW.not_covered(DRIVERS, initiatives).table
    assert table["what"].tolist() == ["Desk", "be welcome"]


def test_what_a_plan_leaves_out_covers_nothing():
    initiatives = listed(Faster={"touchpoints": "Gate"}, Kinder={"touchpoints": "Desk"}, Palace={"touchpoints": "Desk"})
    plan = planned(["Faster"], ["Palace"], ["Faster", "Kinder", "Palace"])
    table = NOW.not_covered(DRIVERS, initiatives, plan).table.set_index("what")
    assert "Gate" not in table.index
    assert table.loc["Desk", "why"] == "left out of the plan"
    assert table.loc["Desk", "initiatives"] == ("Kinder", "Palace")
    assert table.loc["Palace", "kind"] == "over the budget"
    assert table.loc["Palace", "why"] == "costs more than the budget, whenever it starts"


def test_one_initiative_in_the_plan_is_enough():
    initiatives = listed(Kinder={"touchpoints": "Desk"}, Palace={"touchpoints": "Desk"})
    plan = planned(["Kinder"], [], ["Kinder", "Palace"])
    assert "Desk" not in NOW.not_covered(DRIVERS, initiatives, plan).table["what"].tolist()


def test_a_key_need_is_served_by_its_name():
    need = cx.Need("be welcome", lever=True)
    stages = [cx.Stage("come", [need]), cx.Stage("go", ["leave on time"]), cx.Stage("back")]
    places = cx.TouchpointMap(list(PLACES), cx.Lifecycle(stages))
    now = cx.baseline(SURVEY, places)
    assert now.not_covered(DRIVERS).table.query("kind == 'need'")["what"].tolist() == ["be welcome"]
    serving = listed(Smile={"touchpoints": "Shop", "need": "be welcome"})
    assert now.not_covered(DRIVERS, serving).table.query("kind == 'need'").empty


def test_what_is_too_dear_is_named_once_and_five_of_many_in_the_sentence():
    names = [f"Palace {k}" for k in range(6)]
    offered = listed(**{name: {"touchpoints": "Shop"} for name in names})
    parts = pd.concat([planned([], names, names)] * 2)
    view = NOW.not_covered(DRIVERS, offered, parts)
    assert view.table.query("kind == 'over the budget'")["what"].tolist() == names
    assert view.finding.more[-1] == f"Over the budget: {', '.join(names[:5])} and 1 more"


def test_the_finding_names_what_is_left_then_stages_and_needs():
    finding = NOW.not_covered(DRIVERS, listed(Faster={"touchpoints": "Gate"})).finding
    assert finding.lead == "1 of 2 touchpoints to fix is not covered"
    assert finding.items[0].name == "Desk"
    assert finding.more == ["Without a touchpoint: back", "Needs unmet: be welcome, be missed"]


def test_where_all_is_covered():
    initiatives = listed(Both={"touchpoints": "Gate; Desk", "need": "be missed; be welcome", "stage": "back"})
    view = NOW.not_covered(DRIVERS, initiatives)
    assert view.table.empty
    assert view.finding.sentence == f"An initiative covers each of 2 touchpoints to fix. n = {SURVEY.n:,}."


def test_where_nothing_is_to_be_fixed():
    survey = cx.Survey(answers((4.2, 4.2, 4.2)), touchpoints=NAMES, outcome="y", scale=cx.Scale(1, 5))
    finding = cx.baseline(survey, PLACES).not_covered(cx.drivers(survey, n_boot=60)).finding
    assert finding.lead == "No touchpoint clearly needs fixing"


def test_where_no_touchpoint_has_a_standard_none_is_said_to_need_no_fixing():
    places = cx.TouchpointMap([cx.Touchpoint(name, stage="come") for name in NAMES], cx.Lifecycle(["come"]))
    view = cx.baseline(SURVEY, places).not_covered(DRIVERS)
    assert view.finding.sentence == f"No touchpoint can be judged. n = {SURVEY.n:,}."
    assert [label.get_text() for label in view.plot().get_yticklabels()] == ["Not judged"]


def test_it_is_said_as_seldom_as_a_verdict_of_fix():
    # Ratings at their standard: nothing is to be fixed, so nothing to be fixed is left.
    survey = cx.Survey(answers((3.52, 3.52, 3.52)), touchpoints=NAMES, outcome="y", scale=cx.Scale(1, 5))
    now = cx.baseline(survey, PLACES)
    judged = now.verdicts().table
    left = now.not_covered().table
    assert (left["kind"] == "to fix").sum() == (judged["verdict"] == "fix").sum()


def test_the_same_again_for_other_answers_with_drivers_plan_and_level():
    initiatives = listed(Faster={"touchpoints": "Gate"})
    view = cx.baseline(SURVEY, PLACES, level=0.8).not_covered(DRIVERS, initiatives, planned([], [], ["Faster"]))
    again = view.again(SURVEY.only(["Gate", "Shop"]))
    to_fix = again.table.query("kind == 'to fix'")
    assert to_fix[["what", "why"]].to_numpy().tolist() == [["Gate", "left out of the plan"]]
    assert view.level == again.level == 0.8


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"initiatives": pd.DataFrame({"name": ["a"], "touchpoints": [("Gate",)]})},
            "initiatives has no column 'need', 'stage'. Give the table of cx.read_initiatives(data, touchpoints).",
        ),
        (
            {"initiatives": listed(Faster={}), "plan": pd.DataFrame({"selected": [True]})},
            "plan has no column 'listed_as', 'over_budget'. Give the table of cx.roadmap(wins, ...).table.",
        ),
    ],
)
def test_tables_that_lack_columns(given, message):
    with pytest.raises(ColumnError) as error:
        NOW.not_covered(DRIVERS, **given)
    assert str(error.value) == message


def test_without_a_map_nothing_can_be_told():
    with pytest.raises(OptionError) as error:
        cx.baseline(SURVEY).not_covered()
    assert str(error.value).startswith("verdicts need a touchpoint map")


def test_an_initiative_of_which_a_part_is_chosen_is_not_too_dear():
    offered = listed(Tools={"touchpoints": "Gate"})
    parts = pd.DataFrame({"listed_as": ["Tools", "Tools"], "selected": [True, False], "over_budget": [False, True]})
    assert "Tools" not in NOW.not_covered(DRIVERS, offered, parts).table["what"].tolist()
