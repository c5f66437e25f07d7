"""The page of one place: its own figures beside those of all, and no figure of another place."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import OptionError
from cxlens.publish import report as written
from cxlens.publish.blocks import Note, Paragraph
from cxlens.publish.desk import Desk
from cxlens.publish.place_page import place_page
from cxlens.study.roadmap_plan import RoadmapPlan

HIDDEN = "fewer than 5 answers, or hidden to protect people"


@pytest.fixture(scope="module")
def desk(chain):
    return Desk(chain())


@pytest.fixture(scope="module")
def page(desk):
    return of(desk, "Hotel 1")


def of(desk, name):
    first, sections = place_page(desk, desk.at_place(name))
    return {section.anchor: section for section in [first, *sections]}


def test_the_first_screen_says_where_the_place_stands(desk, page, read):
    row = desk.places.only("overall").table.set_index("place").loc["Hotel 1"]
    mean = desk.places.shares.set_index("metric").loc["overall", "mean"]
    items, note = page["top"].blocks
    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in items.texts] == [
        f"Overall is {row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}] here, luck taken off, against {mean:.2f} "
        f"in all places; rank {row['rank_low']:.0f} to {row['rank_high']:.0f}.",
        "Clearly below the mean of all places: Overall, Room satisfaction.",
    ]
    assert note == Note(
        "A link in the answers, not yet a proven effect. Answers: 2025 only. In square brackets: 95 % intervals. No "
        "figure of another place is told."
    )


def test_own_figures_stand_beside_those_of_all(desk, page, read):
    table = read(page["figures"]).tables["Hotel 1 beside all places"]
    assert table["Measure"].tolist() == ["Overall", "Room satisfaction", "Desk satisfaction"]
    rows = desk.places.table[desk.places.table["place"] == "Hotel 1"]
    assert table["Answers here"].tolist() == rows["n"].tolist()
    assert table["Plain mean here"].tolist() == [f"{value:.2f}" for value in rows["raw"]]
    assert table["All places"].tolist() == [f"{value:.2f}" for value in desk.places.shares["mean"]]
    assert table["Against the mean of all"].tolist() == ["clearly below", "clearly below", "not clear"]


def test_no_other_place_is_named(page, read):
    told = " ".join(read(section).text + str(read(section).rows) for section in page.values())
    results = [str(block.result) for section in page.values() for block in read(section).pictures]
    for other in ("Hotel 2", "Hotel 7", "Hotel 10"):
        assert other not in told
        assert not any(other in result for result in results)


def test_own_drivers_are_those_of_the_place(desk, page, read):
    (picture,) = read(page["drivers"]).pictures
    here = desk.rated.where(desk.at_place("Hotel 1"))
    assert picture.result.n == here.n
    assert picture.result.survey.touchpoints == ("Room", "Desk")


def test_comments_are_those_of_the_place(page, read):
    (picture,) = read(page["comments"]).pictures
    assert "'cold'" in picture.result.finding.title
    assert picture.result.chart == "baseline/comments"


def test_too_few_answers_have_no_drivers(chain):
    study = chain()
    frame = study.survey_plan.data
    few = frame[(frame["hotel"] != "Hotel 1") | (frame.groupby("hotel").cumcount() < 12)].reset_index(drop=True)
    desk = Desk(replace(study, survey_plan=replace(study.survey_plan, data=few, time=None)))
    assert of(desk, "Hotel 1")["drivers"].blocks == [
        Paragraph(
            "What matters at Hotel 1 alone cannot be told: that takes 10 answers for each of 2 touchpoints, 20 in all, "
            "and there are 12. The report on all places tells what matters in all."
        )
    ]


def test_what_is_hidden_among_all_is_hidden_here(chain):
    page = of(Desk(chain(annex=3)), "Annex")
    assert page["top"].blocks[0].texts == [f"Nothing can be told of Annex: {HIDDEN}."]
    nothing = Paragraph(f"There is nothing to report here: {HIDDEN}.")
    assert page["figures"].blocks == [nothing, Note(f"Missing: {HIDDEN}.")]
    assert page["drivers"].blocks == [nothing]
    assert page["comments"].blocks == [nothing]


def test_a_hidden_touchpoint_is_told_nowhere_on_the_page(chain, read):
    study = chain()
    frame = study.survey_plan.data
    here = frame["hotel"] == "Hotel 1"
    frame.loc[here & (here.cumsum() > 3), "room"] = float("nan")  # three scores are left
    desk = Desk(replace(study, survey_plan=replace(study.survey_plan, data=frame)))
    page = of(desk, "Hotel 1")
    told = " ".join(read(section).text + str(read(section).rows) for section in page.values())
    assert "Room" not in told
    assert all(block.result.survey.touchpoints == ("Desk",) for block in read(page["drivers"]).pictures)
    assert "comments" not in page  # they are about rooms alone


def test_nothing_clear_is_said(chain):
    page = of(Desk(chain(apart=0.0)), "Hotel 1")
    assert page["top"].blocks[0].texts[1] == "Nothing here is clearly off the mean of all places."


def listed(*rows):
    frame = pd.DataFrame(rows, columns=["name", "touchpoints", "segments"])
    return frame.assign(
        lift_low=0.1, lift_likely=0.2, lift_high=0.4, effort_low=2, effort_likely=3, effort_high=9, owner="Operations"
    )


@pytest.mark.parametrize("name", ["Hotel 1", "North"])
def test_initiatives_that_name_the_place_are_its_own(chain, read, name):
    north = cx.Segment("North", {"hotel": ["Hotel 1", "Hotel 2"]})
    study = chain(initiatives_data=listed(["Thicker walls", "Room", name], ["New desk", "Desk", ""]), segments=(north,))
    blocks = of(Desk(study), "Hotel 1")["initiatives"].blocks
    assert read(blocks).rows == [["Thicker walls", "Room", "2 to 9", "Operations"]]
    assert blocks[1] == Note("Those of all places stand in the report on all places.")


@pytest.mark.parametrize("places", ["Hotel 1; Hotel 3", "all", "below mean"])
def test_initiatives_that_are_done_at_the_place_are_its_own(chain, read, places):
    plan = listed(["Thicker walls", "Room", ""], ["New desk", "Desk", ""], ["Wider beds", "Room", ""])
    study = chain(initiatives_data=plan.assign(places=[places, "", "Hotel 3; Hotel 9"]))
    desk = Desk(study)
    blocks = of(desk, "Hotel 1")["initiatives"].blocks
    assert read(blocks).rows == [["Thicker walls", "Room", "2 to 9", "Operations"]]
    assert "Hotel 3" not in read(blocks).text


def test_a_manager_reads_when_it_is_their_turn(chain, read):
    plan = listed(["Thicker walls", "Room", ""], ["Wider beds", "Room", "Hotel 1"])
    plan = plan.assign(places=["below mean", ""], cost_per_place=[100, None], cost=[None, 50])
    desk = Desk(chain(initiatives_data=plan, roadmap_plan=RoadmapPlan(budget=100, periods=("Q1", "Q2"))))
    (walls, beds) = read(of(desk, "Hotel 1")["initiatives"].blocks).rows
    assert (walls[0], walls[-1]) == ("Thicker walls", "Q1")
    assert (beds[0], beds[-1]) == ("Wider beds", "")
    last = desk.plan.places_table["place"].iloc[-1]
    assert read(of(desk, last)["initiatives"].blocks).rows[0][-1] == "not planned"


def test_a_place_above_the_mean_has_no_initiative_of_those_below_it(chain):
    plan = listed(["Thicker walls", "Room", ""]).assign(places="below mean")
    desk = Desk(chain(initiatives_data=plan))
    assert "Hotel 10" not in desk.initiative_places["Thicker walls"]
    assert [block.kind for block in of(desk, "Hotel 10")["initiatives"].blocks] == ["note"]


def test_initiatives_of_all_places_are_left_out(chain):
    study = chain(initiatives_data=listed(["New desk", "Desk", ""], ["Walls", "Room", "Hotel 2"]))
    assert of(Desk(study), "Hotel 1")["initiatives"].blocks == [
        Note("The list of initiatives names none for Hotel 1. Those of all places stand in the report on all places.")
    ]


def test_a_study_without_initiatives_or_comments_says_nothing_of_them(chain):
    study = chain()
    silent = replace(study.survey_plan, comments=None)
    assert set(of(Desk(replace(study, survey_plan=silent)), "Hotel 1")) == {"top", "figures", "drivers"}


def test_the_page_is_a_file_of_its_own(chain, tmp_path):
    path = cx.report(chain(simulated=True), tmp_path / "page.html", place="Hotel 1")
    html = path.read_text(encoding="utf-8")
    assert "<h1>Chain: Hotel 1</h1>" in html
    assert '<p class="flag">Simulated data</p>' in html


def test_an_unknown_place_is_refused_before_any_work(chain, tmp_path, monkeypatch):
    monkeypatch.setattr(written, "place_page", None)
    with pytest.raises(OptionError, match="place 'Hotel 99' is not known here"):
        cx.report(chain(), tmp_path / "page.html", place="Hotel 99")
    assert list(tmp_path.iterdir()) == []
