"""What the panels of a dashboard say: figures of the verbs, whose they are, and what is lacking."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cxlens.publish import panels
from cxlens.publish.choice import Choices
from cxlens.publish.panels import Column, Stop


def facts(card):
    return {fact.about: fact.text.replace("\N{NO-BREAK SPACE}", " ") for fact in card.facts}


@pytest.fixture(scope="module")
def small(small_study):
    choices = Choices(small_study())
    return choices, choices.usual


def test_the_card_holds_every_stage_of_a_touchpoint(airport_choices):
    card = panels.card(airport_choices, airport_choices.usual)
    assert (card.name, card.verdict, card.rating, card.interval) == ("Security", "fix", "3.51", "[3.45, 3.57]")
    assert (card.state, card.beside) == ("below", "standard 3.8")
    told = facts(card)
    assert told["Matters"] == "6.2 [4.5, 8.1] of 100 points; +13.1 [8.9, 17.3] NPS points per rating point"
    assert told["Used by"] == "98 %, n = 1,216, 17 % gave a low rating"
    assert told["Competitors"] == "Neighbour: -0.36 [-0.45, -0.28], behind"
    assert told["By purpose"] == "business 3.40, leisure 3.58, visiting friends 3.59"
    assert told["Journeys"] == "6.4 % [5.2 %, 7.7 %] of those that met it stop there"
    assert told["Planned"].startswith("Waiting-time screens before security, from 2026-Q1, +")


def test_competitors_stand_beside_everyone_only(airport_choices):
    choice = airport_choices.usual._replace(segment="purpose: business")
    assert facts(panels.card(airport_choices, choice))["Competitors"] == "told for everyone only"


def test_the_head_counts_what_is_below_its_standard_and_says_whose_answers_these_are(airport_choices):
    head = panels.head(airport_choices, airport_choices.usual)
    assert head.title == "6 of 12 touchpoints are clearly below their standard"
    about = head.about.replace("\N{NO-BREAK SPACE}", " ")
    assert about == "Everyone, 2025. NPS +25 [20, 29], n = 1,250. [ ]: 95 %. A link is not yet a proven effect."


def test_the_map_has_a_column_a_stage_and_says_what_is_missing(small):
    choices, choice = small
    way, home, beside = panels.map_panel(choices, choice).columns
    assert [spot.name for spot in way.spots] == ["Signs", "<b>Shops</b> & more", "Desk"]
    assert way.needs == ["ask <someone>"]
    assert home == Column("Home", [], [], True)
    assert (beside.stage, [spot.name for spot in beside.spots]) == ("Not on the map", ["Wi-Fi"])


def test_bars_are_importance_beside_the_largest(airport_choices):
    columns = panels.map_panel(airport_choices, airport_choices.usual).columns
    weights = {spot.name: spot.weight for column in columns for spot in column.spots}
    table = airport_choices.desk.drivers.table.set_index("touchpoint")["importance"]
    assert max(weights.values()) == 1
    assert weights["Wi-Fi"] == pytest.approx(table["Wi-Fi"] / table.max())


def test_journeys_stop_most_where_the_share_is_largest(airport_choices):
    panel = panels.journeys(airport_choices, airport_choices.usual)
    first = panel.stops[0]
    assert first == Stop("Security", pytest.approx(93 / 1463), first.words)
    assert [stop.share for stop in panel.stops] == sorted((stop.share for stop in panel.stops), reverse=True)


def test_pictures_carry_the_findings_of_the_verbs(airport_choices):
    usual = airport_choices.usual
    known = airport_choices.of(usual)
    assert panels.scorecard(airport_choices, usual).title == known.scores.finding.title
    assert panels.importance(airport_choices, usual).title == known.importance.finding.title


def test_bars_of_the_plan_stand_where_the_road_map_says(airport_choices):
    panel = panels.plan(airport_choices, airport_choices.usual)
    rows = airport_choices.plan.table.set_index("initiative")
    for bar in panel.bars:
        row = rows.loc[bar.name]
        assert row["selected"]
        assert (panel.periods[bar.first - 1], panel.periods[bar.last - 1]) == (row["start"], row["end"])
        assert float(bar.forecast) == round(row["benefit"], 1)


def test_what_the_study_lacks_is_said_in_its_panel(small):
    choices, choice = small
    lacking = {name: getattr(panels, name)(choices, choice).lacking for name in ("plan", "impact", "journeys")}
    assert lacking == {
        "plan": "Initiatives with effort and cost would make a plan.",
        "impact": "Changes that were made would be measured here.",
        "journeys": "A log of events would show where journeys stop.",
    }
    told = facts(panels.card(choices, choice))
    assert (told["Journeys"], told["Planned"], told["Competitors"]) == ("–", "–", "–")


def test_a_touchpoint_that_nobody_was_asked_about_says_so(small):
    choices, choice = small
    asked = choice._replace(touchpoint="Desk")
    card = panels.card(choices, asked)
    assert (card.rating, card.interval) == ("–", "")
    assert facts(card)["Used by"] == "nobody was asked about it"
    lacking = "Answers about it in two waves or more would show how it develops."
    assert panels.course(choices, asked).lacking == lacking


def test_one_wave_has_no_alerts(small_study):
    choices = Choices(small_study(waves=(2025,)))
    assert panels.alerts(choices, choices.usual).title.startswith(("No alert", "One wave"))


def test_a_share_is_told_in_percent(small_study):
    study = small_study()
    frame = study.survey_plan.data.assign(overall=(study.survey_plan.data["overall"] > 3).astype(int))
    plan = replace(study.survey_plan, data=frame, outcome={"overall": "binary"}, outcome_scale=None)
    choices = Choices(replace(study, survey_plan=plan))
    share = 100 * frame["overall"].mean()
    about = panels.head(choices, choices.usual).about.replace("\N{NO-BREAK SPACE}", " ")
    assert f" Overall {share:.0f} % [" in about
