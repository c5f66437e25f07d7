"""Stage 5 of a report: changes by the design they ask for, and how the outcome developed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError
from cxlens.publish import impact_sections, sections
from cxlens.publish.blocks import Missing, Note, Table
from cxlens.publish.desk import Desk
from cxlens.publish.words import headline
from cxlens.study.changes import Change
from cxlens.study.others import OtherPlan
from cxlens.study.parts import EventsPlan


@pytest.fixture(scope="module")
def small(small_study):
    return Desk(small_study())


def test_without_segments_or_waves_the_report_says_what_to_add(small, read):
    bare = Desk(replace(small.study, survey_plan=replace(small.study.survey_plan, time=None, segments=())))
    assert Missing("drivers by segment", "segments = [...] under [survey]") in sections.drivers_section(bare)
    assert impact_sections.impact_section(bare) == [
        Missing("change to measure", "[[changes]]"),
        Missing("development over time", "time = ... under [survey], with two waves or more"),
    ]


def test_what_developed_is_shown_over_the_waves(small):
    head, missing, picture = impact_sections.impact_section(small)
    assert missing == Missing("change to measure", "[[changes]]")
    assert head == headline(small.series)  # the finding of the first picture, which does not tell it again
    assert (picture.result, picture.title, picture.beside) == (small.series, "How it developed", "")
    assert picture.note == "How it developed: Overall by wave; 95 % intervals."


def test_a_change_is_adjusted_for_who_answered(small_study, read):
    changed = Change("New signs", when=2025, metrics=["Signs"])
    _, picture, *others = impact_sections.impact_section(Desk(small_study(changes=[changed])))
    assert picture.title == "New signs"
    assert picture.result.adjust == ("who",)
    assert "Kinds of customers: who." in picture.note
    table = next(block for block in others if isinstance(block, Table))
    assert "Change among the same kinds of customers" in table.columns["Figure of"]
    assert table.caption.startswith("New signs: Signs, in ")


def neighbour(years=(2024, 2025)):
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"signs": rng.integers(1, 6, 300), "overall": rng.integers(1, 6, 300)})
    frame["year"] = np.repeat(years, 300 // len(years))
    return OtherPlan(frame, touchpoints={"Signs": "signs"}, time="year")


def test_competitors_known_by_wave_stand_beside_a_change(small_study, read):
    timeless = OtherPlan(neighbour().data, touchpoints={"Signs": "signs"})
    changed = Change("New signs", when=2025, metrics=["Signs", "Wi-Fi"])
    rivals = {"Neighbour": neighbour(), "Timeless": timeless}
    blocks = impact_sections.impact_section(Desk(small_study(changes=[changed], competitors=rivals)))
    of_signs, of_wifi = (block for block in blocks if isinstance(block, Table))
    assert list(of_signs.columns["Figure of"])[-2:] == ["Change of Neighbour", "More than competitors"]
    assert "More than competitors" not in list(of_wifi.columns["Figure of"])
    pictures = [block for block in blocks if block.kind == "picture"]
    assert pictures[0].how.endswith("In grey: competitors.")
    assert "Neighbour changed by " in blocks[0].lead
    assert "competitors" not in pictures[1].how


def test_competitors_of_other_waves_are_left_out_and_it_is_said_why(small_study):
    changed = Change("New signs", when=2025, metrics=["Signs"])
    rivals = {"Neighbour": neighbour((2020, 2021))}
    blocks = impact_sections.impact_section(Desk(small_study(changes=[changed], competitors=rivals)))
    notes = [block.text for block in blocks if isinstance(block, Note)]
    assert notes[-1] == (
        "Competitors do not stand beside: 'Neighbour' has none of the waves before the change (2024). Its waves: 2020, "
        "2021. Leave it out, or name waves that both have."
    )
    assert [block.caption for block in blocks if isinstance(block, Table)] == ["New signs: Signs, in scale points"]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("work", "work"),
        (["work", "leisure"], "work, leisure"),
        (("a", None), "from a"),
    ],
)
def test_who_was_treated_is_named_whole(condition, words):
    assert impact_sections._names_of({"who": condition}) == [words]
    assert impact_sections._names_of({"who": "= 3 > 4"}) == ["= 3 > 4"]


def test_a_change_where_it_was_done_is_held_against_elsewhere(small_study):
    changed = Change("New signs", when=2025, metrics=["Signs"], where={"who": "work"})
    _, picture, *_ = impact_sections.impact_section(Desk(small_study(changes=[changed])))
    assert picture.how.endswith("The dashed line: had it changed as elsewhere.")
    assert picture.result.treated.name == "work"


def test_a_change_that_cannot_be_measured_is_named(small_study):
    desk = Desk(small_study(changes=[Change("New signs", metrics=["Signs"], when=2020)]))
    with pytest.raises(CxlensError) as error:
        impact_sections.impact_section(desk)
    assert str(error.value) == (
        "change 'New signs': when='2020' is no wave of this survey. Waves in 'year': 2024, 2025."
    )


def test_a_change_without_a_wave_before_is_named(small_study):
    """The ladder of designs says why."""
    desk = Desk(small_study(changes=[Change("New signs", metrics=["Signs"], when=2024)]))
    _, picture, *blocks = impact_sections.impact_section(desk)
    table = next(block for block in blocks if isinstance(block, Table))
    assert picture.title == "New signs"
    assert type(picture.result).__name__ == "WhichDesign"
    assert set(table.columns["Possible"]) == {"no"}
    assert "2024 is the first wave, so nothing was measured before the change" in table.columns["Why"].iloc[-1]


def test_a_change_may_be_told_by_answers_of_its_own(small_study):
    """Each metric has its picture, and the places are those of the other answers."""
    rng = np.random.default_rng(1)
    waves = pd.DataFrame({"hall": np.tile(list("ABCDEF"), 60), "day": np.repeat([2024, 2025], 180)})
    scores = rng.integers(1, 4, (360, 2)) + ((waves["hall"] < "C") & (waves["day"] == 2025)).to_numpy()[:, None]
    frame = waves.assign(seats=scores[:, 0], overall=scores[:, 1])
    change = Change("Seats", when=2025, where={"hall": ["A", "B"]}, metrics=["Seats", "overall"])
    plan = OtherPlan(
        frame, touchpoints={"Seats": "seats"}, outcome={"overall": "interval"}, segments=["hall"], time="day"
    )
    study = small_study(changes=[change], change_answers={"Seats": plan})
    _, *blocks = impact_sections.impact_section(Desk(study))
    pictures = [block for block in blocks if block.kind == "picture"]
    assert [picture.result.metric for picture in pictures[:2]] == ["Seats", "overall"]
    assert pictures[0].result.estimate == pytest.approx(1, abs=0.4)
    assert "2 places where it was done and 4 others" in pictures[0].note


def test_a_design_that_is_not_possible_is_told_beside_the_best(small_study):
    change = Change("New signs", metrics=["Signs"], when=2025, design="interrupted time series")
    blocks = impact_sections.impact_section(Desk(small_study(changes=[change])))
    ladders = [block for block in blocks if getattr(block, "caption", "") == "New signs: the ladder of designs"]
    assert len(ladders) == 1
    assert blocks[1].result.design == "before and after"


def waves_of_scores(small_study, change, years, **blank):
    """A study whose change is told by answers of its own: Seats and overall, over years."""
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"day": np.repeat(list(years), 60)})
    frame["seats"] = rng.integers(1, 6, len(frame))
    frame["overall"] = rng.integers(1, 6, len(frame))
    for column, first in blank.items():
        frame[column] = frame[column].where(frame["day"] >= first)
    plan = OtherPlan(frame, touchpoints={"Seats": "seats"}, outcome={"overall": "interval"}, time="day")
    return Desk(small_study(changes=[change], change_answers={change.name: plan}))


def test_each_metric_of_a_change_is_measured_by_what_its_answers_allow(small_study):
    change = Change("Seats", when=2010, metrics=["Seats", "overall"])
    desk = waves_of_scores(small_study, change, range(2000, 2020), seats=2008)
    blocks = impact_sections.impact_section(desk)
    pictures = [block for block in blocks if block.kind == "picture"]
    found = {picture.result.metric: picture.result.design for picture in pictures[:2]}
    assert found == {"Seats": "before and after", "overall": "interrupted time series"}


def test_one_metric_that_cannot_be_measured_has_the_ladder(small_study):
    change = Change("Seats", when=2010, metrics=["Seats", "overall"])
    desk = waves_of_scores(small_study, change, range(2000, 2020), seats=2010)
    blocks = impact_sections.impact_section(desk)
    kinds = [type(block.result).__name__ for block in blocks if block.kind == "picture"]
    assert kinds[:2] == ["WhichDesign", "Impact"]


def test_a_control_chart_is_shown_where_it_is_asked_for_or_the_best(small_study):
    for asked in ({"design": "control chart"}, {}):
        change = Change("Seats", when=2006, metrics=["Seats"], **asked)
        desk = waves_of_scores(small_study, change, range(2000, 2010))
        _, picture, *blocks = impact_sections.impact_section(desk)
        assert picture.result.table["wave"].tolist() == [2009]
        assert not [block for block in blocks if "ladder" in getattr(block, "caption", "")]


def test_promises_purchases_and_profit_are_told_where_the_study_has_them():
    desk = Desk(cx.datasets.load_airport())
    blocks = impact_sections.impact_section(desk)
    assert [block.title or block.about for block in blocks if block.kind == "picture"] == [
        "What came of earlier promises", "Wi-Fi renewed in terminal 2", "New seats in halls C and F",
        "New seats in halls C and F", "How it developed", "Who stays",
    ]  # fmt: skip
    folds = [(block.heading, block.blocks[0].title) for block in blocks if block.kind == "fold"]
    assert folds == [
        ("In the next 365 days customers so far are forecast to make 8,617 purchases, worth 129,994",
         "What customers are worth"),
        ("Business brings the most profit, 213 a customer a year", "What customers bring"),
    ]  # fmt: skip


def of_log(small_study, **when: str) -> Desk:
    """The small study with two segments, what a customer costs, and a log of 212 days in which each spends 1 a day."""
    days = pd.date_range("2025-01-01", "2025-07-31")
    everyone = pd.MultiIndex.from_product([[f"{kind} {k}" for kind in ("work", "leisure") for k in range(6)], days])
    frame = everyone.to_frame(index=False, name=["who", "when"]).assign(met="Signs", paid=1.0)
    frame["kind"] = frame["who"].str.split().str[0]
    frame["nr"] = frame.groupby("who").cumcount()
    plan = EventsPlan(
        frame.rename(columns={"who": "id", "kind": "who"}),
        customer="id",
        touchpoint="met",
        value="paid",
        segments=["who"],
        **when,
    )
    segments = [cx.Segment(kind, {"who": kind}, cost_to_serve=100) for kind in ("work", "leisure")]
    return Desk(small_study(segments=segments, events_plan=plan))


def test_profit_from_a_log_is_a_year_by_its_own_clock(small_study):
    blocks = impact_sections.impact_section(of_log(small_study, time="when"))
    (fold,) = [block for block in blocks if block.kind == "fold"]
    picture, table = fold.blocks
    assert list(table.columns["Value"]) == ["365", "365"]
    assert "Years the log covers: 0.581, by its own clock; a year is taken to go on like it." in picture.note


def test_without_a_clock_the_report_says_what_profit_needs(small_study):
    lacking = Missing("profit by segment", "time = ..., a clock, under [events]")
    assert lacking in impact_sections.impact_section(of_log(small_study, order="nr"))
    assert lacking not in impact_sections.impact_section(Desk(small_study()))


def test_who_stays_by_an_answer_says_that_time_does_not_count_from_it():
    blocks = impact_sections._staying(Desk(cx.datasets.load_airport()))
    assert blocks[0].note.startswith(
        "Who stays: Silent: no purchase for over 120 days, after which 12 % of customers came back. Time counts from "
        "the first purchase, not from when the NPS class became known. Customers whose NPS class is not stated are no "
        "group."
    )
