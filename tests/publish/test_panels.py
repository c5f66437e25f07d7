"""What the panels of a dashboard say: figures of the verbs, whose they are, and what is lacking."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

import cxlens as cx
from cxlens.publish import panels
from cxlens.publish.choice import Choices
from cxlens.publish.panels import STOPS, Bar, Column, Panel, Stop
from cxlens.study.roadmap_plan import RoadmapPlan


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
    one = small_study(waves=(2025,))
    for time in ("year", None):
        choices = Choices(replace(one, survey_plan=replace(one.survey_plan, time=time)))
        expected = Panel("One wave only: nothing can be held against it yet", "")
        assert panels.alerts(choices, choices.usual) == expected


def test_alerts_are_those_of_the_segment(small):
    choices, choice = small
    said = panels.alerts(choices, choice._replace(segment="who: work"))
    answers = choices.desk.survey.where({"who": "work"})
    followed = cx.monitor(answers, metric=list(answers.touchpoints))
    assert (said.title, said.about) == (followed.alerts().finding.title, followed.finding.title)


def test_why_no_alert_can_be_given_ends_with_one_stop(small_study):
    choices = Choices(small_study(40, latest=3))
    assert panels.alerts(choices, choices.usual) == Panel(
        "No alert can be given",
        "metric 'Signs' has a wave of fewer than 5 answers, which the others would tell. Join waves, or choose "
        "another metric",
    )


def test_what_is_hidden_of_the_outcome_leaves_no_gap(small_study):
    choices = Choices(small_study(40, latest=3))
    head = panels.head(choices, choices.usual._replace(wave="2025"))
    assert head.title == "Everyone, 2025. Fewer than 5 answers, or hidden to protect people"
    assert head.about == "Everyone, 2025. [ ]: 95 %. A link is not yet a proven effect."


def with_standard(study, standard):
    """The small study, its touchpoints held against another standard."""
    places = [cx.Touchpoint(name, stage="Way", standards=[standard]) for name in ("Signs", "Desk")]
    return replace(study, touchpoint_map=cx.TouchpointMap(places, cx.Lifecycle(["Way"])))


def test_that_nothing_is_below_its_standard_is_said(small_study):
    choices = Choices(with_standard(small_study(), cx.Standard("mean", 1.1)))
    assert panels.head(choices, choices.usual).title == "No touchpoint is clearly below its standard"


def test_of_one_that_is_below_the_head_speaks_as_of_one(small_study):
    choices = Choices(with_standard(small_study(), cx.Standard("mean", 4)))
    assert panels.head(choices, choices.usual).title == "1 of 1 touchpoint is clearly below its standard"


def test_a_standard_of_high_ratings_is_told_in_percent(small_study):
    choices = Choices(with_standard(small_study(), cx.Standard("top_box", 0.8)))
    assert panels.card(choices, choices.usual._replace(touchpoint="Signs")).beside == "standard 80 % rated high"


def test_whose_answers_they_are_names_all_waves_as_words(small):
    choices, choice = small
    everything = choice._replace(wave="All waves")
    assert panels.scorecard(choices, everything).about.endswith(". Everyone, all waves.")
    assert panels.scorecard(choices, choice._replace(wave="2024")).about.endswith(". Everyone, 2024.")
    assert panels.course(choices, choice._replace(wave="2024")).about.endswith(". Everyone, all waves.")


def test_a_link_that_is_not_clear_is_said_to_be_so(small):
    choices, choice = small
    told = {name: facts(panels.card(choices, choice._replace(touchpoint=name))) for name in ("Signs", "Wi-Fi")}
    assert told["Wi-Fi"]["Matters"].endswith(" points per rating point; no clear link")
    assert told["Signs"]["Matters"].endswith(" points per rating point")


def test_use_is_told_where_somebody_could_say_so(small_study):
    study = small_study()
    frame = study.survey_plan.data.copy()
    frame.loc[:299, "signs"] = 6  # not used
    told = Choices(replace(study, survey_plan=replace(study.survey_plan, data=frame)))
    untold = Choices(study)
    all_waves = untold.usual._replace(wave="All waves", touchpoint="Signs")
    assert facts(panels.card(told, all_waves))["Used by"].startswith("50 %, n = 300, ")
    assert facts(panels.card(untold, all_waves))["Used by"].startswith("n = 600, ")


def test_importance_below_nothing_has_no_bar():
    table = pd.DataFrame({"touchpoint": ["a", "b", "c"], "importance": [0.5, -0.1, float("nan")]})
    known = SimpleNamespace(importance=SimpleNamespace(table=table))
    assert panels._weights(known) == {"a": 0.5, "b": 0, "c": 0}


def test_stops_that_are_hidden_are_not_among_them_and_the_first_are_drawn(airport_choices):
    rows = {"touchpoint": ["a", "b"], "share": [float("nan"), 0.25], "low": [0.1, 0.2], "high": [0.2, 0.3]}
    assert [stop.name for stop in panels._stops(SimpleNamespace(drop_off=pd.DataFrame(rows)))] == ["b"]
    assert len(panels._stops(airport_choices.ways)) > STOPS
    assert len(panels.journeys(airport_choices, airport_choices.usual).stops) == STOPS


@pytest.fixture(scope="module")
def planned(small_study, initiatives):
    """The small study with money for one of two initiatives."""
    listed = initiatives(("New signs", "Signs"), ("More signs", "Signs"))
    listed = listed.assign(cost_low=10, cost_likely=20, cost_high=30)
    frame = RoadmapPlan(periods=["2026-Q1", "2026-Q2"], budget=[25, 0])
    return Choices(small_study(initiatives_data=listed, roadmap_plan=frame))


def test_a_forecast_has_the_digits_of_its_outcome(planned):
    (chosen,) = planned.plan.table.query("selected").to_dict("records")
    forecast = f"+{chosen['benefit']:.2f}"
    assert panels.plan(planned, planned.usual).bars == [Bar(chosen["initiative"], 1, 1, forecast)]
    card = panels.card(planned, planned.usual._replace(touchpoint="Signs"))
    assert facts(card)["Planned"] == f"{chosen['initiative']}, from 2026-Q1, {forecast}"
    assert planned.initiatives_for("Signs") == [chosen["initiative"]]


def test_the_outcome_above_the_panels_is_the_one_that_is_chosen(small_study):
    study = small_study()
    frame = study.survey_plan.data.assign(other=2)
    frame.loc[:99, "other"] = 3
    both = {"overall": "interval", "other": "interval"}
    choices = Choices(replace(study, survey_plan=replace(study.survey_plan, data=frame, outcome=both)))
    usual = choices.usual
    assert " Overall 2." in panels.head(choices, usual).about
    assert (
        f" Other {frame.loc[frame['year'] == 2025, 'other'].mean():.2f}"
        in panels.head(choices, usual._replace(outcome="other", wave="2025")).about
    )
    assert choices.of(usual._replace(outcome="other")).importance.record.outcome == "other"


def test_a_share_is_told_in_percent(small_study):
    study = small_study()
    frame = study.survey_plan.data.assign(overall=(study.survey_plan.data["overall"] > 3).astype(int))
    plan = replace(study.survey_plan, data=frame, outcome={"overall": "binary"}, outcome_scale=None)
    choices = Choices(replace(study, survey_plan=plan))
    share = 100 * frame["overall"].mean()
    about = panels.head(choices, choices.usual).about.replace("\N{NO-BREAK SPACE}", " ")
    assert f" Overall {share:.0f} % [" in about
