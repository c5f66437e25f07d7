"""What to do first, when, and who is asked, looked at as blocks."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlens.common.values import in_hundred
from cxlens.publish import improve_sections
from cxlens.publish.blocks import Box, Drawing, Fold, Heading, Missing, Note, Terms
from cxlens.publish.desk import Desk
from cxlens.publish.words import headline
from cxlens.stages.improve.promises import ratings_alone
from cxlens.study.parts import Target
from cxlens.study.roadmap_plan import RoadmapPlan

ODD = "<b>Shops</b> & more"


@pytest.fixture(scope="module")
def small(small_study, initiatives):
    plan = initiatives(("New desk", "Desk"), ("New signs", "Signs"), ("St. Mary's, shops: No. 3 > 4", ODD))
    targets = [Target("mean", 4.2, touchpoint="Signs", date="2027"), Target("top_box", 0.9, touchpoint=ODD)]
    return Desk(small_study(initiatives_data=plan, targets=targets))


@pytest.fixture(scope="module")
def improve(small):
    return improve_sections.improve_section(small)


@pytest.fixture(scope="module")
def road_map(airport):
    return improve_sections.roadmap_section(airport.desk)


def test_the_matrix_comes_first_with_what_was_found(small, improve):
    assert improve[0] == headline(small.wins)
    drawing = improve[1]
    assert isinstance(drawing, Drawing)
    assert "<svg" in drawing.svg
    assert drawing.note == f"All answers: n = 600. {small.wins.note}"


def cards_of(blocks):
    return [box for fold in blocks if isinstance(fold, Fold) for box in fold.blocks if isinstance(box, Box)]


def test_each_of_the_first_initiatives_has_a_card(small, improve, read):
    cards = cards_of(improve)
    first = small.wins.first(3)
    assert len(cards) == len(first)
    (how,) = [block.text for block in read(improve).blocks if getattr(block, "text", "").startswith("To know")]
    assert how.startswith("To know whether it worked, compare Overall and these ratings in the next survey")
    for card, finding, row in zip(cards, small.wins.findings(3), first.to_dict("records"), strict=True):
        heading, terms = card.blocks
        assert heading == Heading(f"{row['rank']}. {row['initiative']}")
        assert (terms.meanings["Who"], terms.meanings["Forecast"]) == ("Operations", finding)


def test_a_card_tells_the_goal_of_each_rating(small, improve):
    told = {
        heading.text[3:]: terms.meanings["What to watch"]
        for heading, terms in (box.blocks for box in cards_of(improve))
    }
    now = small.now.table.set_index("touchpoint")
    signs = f"{now.loc['Signs', 'mean']:.2f}"
    assert told["New signs"].startswith(f"Signs is rated {signs}\N{NO-BREAK SPACE}[")
    assert " Target 4.2 by 2027. With this alone a later survey" in told["New signs"]
    of_shops = told["St. Mary's, shops: No. 3 > 4"]
    assert ", standard 4." in of_shops
    assert "Target" not in of_shops  # it is no mean


def test_a_forecast_of_a_card_is_that_of_the_initiative_alone(airport):
    wins = airport.desk.wins
    first = wins.first(1).iloc[0]
    alone = ratings_alone(wins.record, first["initiative"])
    assert set(alone) == set(first["touchpoints"])
    said = " ".join(improve_sections._signs(airport.desk, first.to_dict())).replace("\N{NO-BREAK SPACE}", " ")
    for row in alone.values():
        assert row["low"] < row["forecast"] < row["high"]
        assert row["forecast"] > row["now"]
        measured = f"{row['forecast']:.2f} [{row['low']:.2f}, {row['high']:.2f}], {row['forecast'] - row['now']:+.2f}."
        assert f"With this alone a later survey is forecast to measure {measured}" in said


def test_what_is_removed_has_no_forecast_of_its_rating(airport):
    closed = airport.desk.wins.table.set_index("initiative", drop=False).loc["Close the airport's own booking website"]
    said = list(improve_sections._signs(airport.desk, closed.to_dict()))
    assert said[-1] == "It would no longer be there."
    assert len(said) == 2


def test_an_initiative_without_scores_is_named(improve):
    assert improve[-1] == Note(
        "Without a forecast, since not all of their touchpoints or segments have drivers: New desk."
    )


def test_the_table_of_initiatives_has_what_is_known(small, improve, read):
    table = read(improve).tables["All initiatives"]
    wins = small.wins.table
    assert table["Initiative"].tolist() == wins["initiative"].tolist()
    assert table["Where it stands"].tolist() == wins["quadrant"].tolist()
    assert table["Touchpoints"].tolist() == [", ".join(names) for names in wins["touchpoints"]]
    assert table[f"Effort, {small.wins.effort_unit}"].tolist() == ["2 to 9"] * 2
    assert "Saves a year" not in table


def test_savings_have_a_column_only_where_some_are_known(airport):
    wins = airport.desk.wins
    table = wins.table
    assert table["saving"].notna().any()
    unknown = table[table["saving"].isna()]
    assert "Saves a year" in dict(improve_sections.initiative_table("All", wins, table).columns)
    assert "Saves a year" not in dict(improve_sections.initiative_table("Some", wins, unknown).columns)


def test_the_airports_table_matches_its_findings(airport, read):
    wins = airport.desk.wins
    table = read(airport.page).tables["All initiatives"]
    row = [str(cell).replace("\N{NO-BREAK SPACE}", " ") for cell in table.iloc[0]]
    finding = wins.findings(1)[0]
    assert row[1] in finding
    assert row[2].removeprefix("+") in finding
    assert row[4] == wins.table["owner"].iloc[0]


def test_without_a_frame_there_is_no_road_map(small):
    assert improve_sections.roadmap_section(small) == [Missing("road map", "[roadmap]")]


def test_the_road_map_says_what_comes_when_and_why_the_rest_is_out(airport, road_map, read):
    tables = read(road_map).tables
    chosen = tables["What comes when"]
    is_chosen = airport.desk.plan.table.query("selected")
    names = [f"{row.initiative} (forced)" if row.forced else row.initiative for row in is_chosen.itertuples()]
    assert chosen["Initiative"].tolist() == names
    assert is_chosen["forced"].any()
    periods = airport.desk.plan.periods_table
    spent = tables["What each period costs"]
    assert spent["Period"].tolist() == periods["period"].tolist()
    assert spent["Within budget, in 100 redraws"].tolist() == [in_hundred(p) for p in periods["p_within_budget"]]
    assert chosen["Starts"].str.startswith("202").all()
    assert (chosen["Starts"] <= chosen["Ends"]).all()
    kerb = chosen[chosen["Initiative"] == "Kerb marshals at peak hours"].iloc[0]
    assert (kerb["Owner"], kerb["Chosen again"]) == (
        "Landside operations",
        airport.desk.plan.often(is_chosen.set_index("initiative").loc["Kerb marshals at peak hours", "p_selected"]),
    )
    reasons = tables["What is left out, and why"].to_numpy().tolist()
    assert [
        "Parking guidance and kerb lanes",
        'It excludes "Kerb marshals at peak hours", which is chosen',
    ] in reasons
    assert ["New security lanes with scanners", "The budget is too small for it, whenever it starts"] in reasons


def test_people_functions_and_teams_have_a_table_each(airport, road_map, read):
    tables = read(road_map).tables
    found = airport.desk.plan.buy_in().parts
    idle = pd.DataFrame({"team": ["Guards"], "n": [0], "used": [0.0], "tightest": ["2026-Q1"], "peak": [0.0]})
    columns = improve_sections._teams(idle).columns
    assert (list(columns["Fullest in"]), columns["Used then"]) == ([""], [""])
    assert tables["Teams"]["Capacity used"].tolist() == [f"{100 * used:.0f} %" for used in found["teams"]["used"]]
    assert tables["Functions"]["Initiatives"].tolist() == found["functions"]["n"].tolist()
    people = tables["Who has which part: number of initiatives"]
    assert people["Who"].tolist() == found["people"]["who"].tolist()
    assert set(people.iloc[:, 1:].to_numpy().ravel()) <= {"", *map(str, range(1, 13))}


def test_each_owner_has_a_part_of_its_own(airport, road_map):
    parts = {box.blocks[0].text: box.blocks[1].meanings for box in cards_of(road_map)}
    assert list(parts) == airport.desk.plan.buy_in().table["owner"].tolist()
    asked = {term: text.replace("\N{NO-BREAK SPACE}", " ") for term, text in parts["Landside operations"].items()}
    assert asked["What is asked"].startswith("1 initiative. Kerb marshals at peak hours: 2026-")
    takes = "2 to 6 weeks of work, cost $45,000 to $95,000, with Landside operations (1)."
    assert asked["What is asked"].endswith(takes)
    assert asked["Who must say yes"] == "Head of landside operations"
    assert "Getting there and parking is rated 3.66 [3.60, 3.73], standard 3.8. Importance: 6." in asked["Why"]
    assert " NPS points per rating point, a clear link, n = " in asked["Evidence"]
    assert (
        f" NPS points from these alone. With the whole plan a survey of {airport.desk.wins.drivers.n:,} answers by the "
        "end of 2027-Q4 is forecast to measure: Getting there and parking " in asked["Forecast"]
    )


def test_terms_without_words_are_left_out(road_map):
    for box in cards_of(road_map):
        _, terms = box.blocks
        assert isinstance(terms, Terms)
        assert all(terms.meanings.values())


def test_what_is_evident_says_so_only_where_it_is(small):
    table = small.drivers.table.set_index("touchpoint")
    for name in table.index:
        clear = table.loc[name, "q_value"] < 0.05
        evidence = improve_sections._evidence(small, name)
        assert (", a clear link, n = " if clear else ", no clear link, n = ") in evidence
    assert (table["q_value"] < 0.05).nunique() == 2  # both are said here


def test_costs_have_the_currency_of_the_list(small_study, initiatives):
    plan = initiatives(("New desk", "Desk"), ("New signs", "Signs")).assign(currency="EUR")
    costs = {"cost_low": 1000.0, "cost_likely": 2000.0, "cost_high": 3000.0}
    desk = Desk(small_study(initiatives_data=plan.assign(**costs)))
    table = improve_sections.initiative_table("All", desk.wins, desk.wins.table)
    assert table.columns["Cost, EUR"][0] == "2,000"
    row = {**desk.wins.initiatives.iloc[0].to_dict()}
    times = {"start": "Q1", "end": "Q1"}
    assert "cost 1,000 to 3,000 EUR" in improve_sections._work(row, times, desk.wins)


@pytest.fixture(scope="module")
def chain_desk(chain, initiatives):
    plan = initiatives(("Thicker walls", "Room"), ("New desk", "Desk"))
    plan = plan.assign(places=["below mean", ""], cost_per_place=[100, None], cost=[None, 50])
    return Desk(chain(initiatives_data=plan, roadmap_plan=RoadmapPlan(budget=200, periods=("Q1", "Q2"))))


def test_the_road_map_says_which_places_have_their_turn_when(chain_desk, read):
    tables = read(improve_sections.roadmap_section(chain_desk)).tables
    turns = tables["What is done where, and when"]
    assert turns["Place"].tolist()[0] == "Hotel 1"
    assert set(turns["Initiative"]) == {"Thicker walls"}
    assert turns["Starts"].tolist() == ["Q1", "Q2", "Q2", *["not planned"] * (len(turns) - 3)]
    assert turns["Expected there, points of overall"].str.startswith("+").all()
    assert tables["What comes when"]["Initiative"].tolist() == [
        "New desk",
        "Thicker walls (wave 1)",
        "Thicker walls (wave 2)",
    ]


def test_the_table_of_initiatives_says_at_how_many_places(chain_desk):
    table = improve_sections.initiative_table("All", chain_desk.wins, chain_desk.wins.table)
    places = dict(zip(table.columns["Initiative"], table.columns["Places"], strict=True))
    assert places == {"Thicker walls": str(len(chain_desk.initiative_places["Thicker walls"])), "New desk": ""}


def test_an_initiative_at_places_that_cannot_be_compared_is_named(small_study, initiatives, read):
    plan = initiatives(("New signs", "Signs"), ("More shops", "Wi-Fi")).assign(places=["all", ""])
    said = read(improve_sections.improve_section(Desk(small_study(initiatives_data=plan)))).text
    assert (
        "Without a forecast, since not all of their touchpoints or segments have drivers, or places cannot be "
        "compared: New signs."
    ) in said


def test_where_money_goes_to_what_is_above_its_standard_the_report_says_so(airport, read):
    wins = airport.desk.wins
    assert improve_sections._above_standard(wins, wins.table) == []
    first = wins.table.iloc[[0]]
    (note,) = improve_sections._above_standard(wins, first.assign(verdicts=[("above standard",)]))
    name, touchpoint = first["initiative"].iloc[0], first["touchpoints"].iloc[0][0]
    cost = f"${first['cost'].iloc[0]:,.0f}"
    lead = "Look again, since this goes to what is above its standard and matters little"
    assert note.text == f'{lead}: "{name}" ({touchpoint}, {cost}).'
    assert "Verdicts" in read(improve_sections.improve_section(airport.desk)).tables["All initiatives"]
