"""The section on places: what it tells of each, and when it tells nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

import cxlens as cx
from cxlens.common.inline import inline
from cxlens.errors import OptionError
from cxlens.publish.blocks import Paragraph
from cxlens.publish.desk import Desk
from cxlens.publish.places_section import places_section
from cxlens.publish.report import PLACES, chapters, tell
from cxlens.publish.sections import drivers_section


@pytest.fixture(scope="module")
def desk(chain):
    return Desk(chain())


@pytest.fixture(scope="module")
def told(desk):
    return places_section(desk)


def test_a_study_that_names_places_has_a_section_on_them(desk, small_study):
    assert [chapter.anchor for chapter in chapters(desk)][:4] == ["plan", "baseline", "places", "blind"]
    assert PLACES not in chapters(Desk(small_study()))


def test_it_tells_how_much_lies_between_places(told, read):
    table = read(told).tables["How much lies between places (hotel)"]
    assert table["Measure"].tolist() == ["Overall", "Room satisfaction", "Desk satisfaction"]
    assert table["Places differ"].tolist() == ["clearly", "clearly", "not clearly"]
    assert table["Places"].tolist() == [10, 10, 10]


def test_pictures_are_caterpillar_funnel_map_and_change(told, read):
    kinds = [getattr(block.result, "chart", "Places") for block in read(told).pictures]
    assert kinds == [
        "Places",
        "baseline/funnel",
        "baseline/heat map",
        "baseline/best practice",
        "baseline/change by place",
    ]
    assert [block.about for block in read(told).pictures] == [
        "",
        "What chance explains",
        "Places and touchpoints",
        "Whom to visit first",
        "Change by place, 2024 to 2025",
    ]


def test_each_place_has_plain_value_shrunken_value_and_ranks(desk, told, read):
    table = read(told).tables["Overall: every place, the best on top"]
    rows = desk.places.only("overall").table.dropna(subset=["value"])
    assert table["Place"].tolist() == rows["place"].tolist()
    first = rows.iloc[0]
    assert table["With luck taken off"].iloc[0].replace("\N{NO-BREAK SPACE}", " ") == (
        f"{first['value']:.2f} [{first['low']:.2f}, {first['high']:.2f}]"
    )
    assert table["Rank"].iloc[0] == f"{first['rank_low']:.0f} to {first['rank_high']:.0f}"
    words = {"above": "clearly above", "below": "clearly below", "not clear": "not clear"}
    assert table["Against the mean of all"].tolist() == [words[position] for position in rows["position"]]


def test_changes_are_told_with_luck_taken_off(told, read):
    table = read(told).tables["Change by place, 2024 to 2025: Overall"]
    assert len(table) == 10
    assert {"Plain change", "With luck taken off", "Against the usual change"} <= set(table)


def test_places_that_are_all_alike_are_drawn_without_empty_pictures(chain, read):
    blocks = places_section(Desk(chain(apart=0.0)))
    drawn = read(blocks).pictures
    assert [block.about for block in drawn] == ["", "What chance explains", "Change by place, 2024 to 2025"]
    for block in drawn:
        inline(block.result, width=block.width)
    assert [block.text for block in blocks if isinstance(block, Paragraph)] == [
        "Places and touchpoints: No place is clearly below the mean of all in any of 3 measures.",
        "Whom to visit first: No place is clearly better than the others in any of 3 measures: none to visit first.",
    ]


def test_one_wave_has_no_change(chain, read):
    study = chain()
    study = replace(study, survey_plan=replace(study.survey_plan, time=None))
    assert "Change" not in read(places_section(Desk(study))).text


def test_names_that_changed_are_a_line_of_their_own(chain, read):
    study = chain()
    frame = study.survey_plan.data
    frame.loc[(frame["year"] == 2025) & (frame["hotel"] == "Hotel 1"), "hotel"] = "Hotel 1a"
    told = places_section(Desk(replace(study, survey_plan=replace(study.survey_plan, data=frame))))
    (line,) = [block.text for block in told if isinstance(block, Paragraph)]
    assert line == (
        "Change by place, 2024 to 2025: there is nothing to report here: by='hotel': places may have changed their "
        "names between 2024 and 2025: 'Hotel 1' and 'Hotel 1a'. Write them alike, or, where they are two places, name "
        "them so that this can be seen."
    )


def test_a_touchpoint_of_too_few_places_is_left_out(chain):
    study = chain()
    frame = study.survey_plan.data
    frame.loc[~frame["hotel"].isin(["Hotel 1", "Hotel 2"]), "desk"] = float("nan")
    desk = Desk(replace(study, survey_plan=replace(study.survey_plan, data=frame)))
    assert desk.places.metrics == ("overall", "Room")


def test_too_few_places_say_so(chain):
    section = tell(Desk(chain(hotels=3)), PLACES)
    assert section.blocks == [
        Paragraph(
            "There is nothing to report here: compare_places needs 5 places or more with 5 answers each about "
            "'overall'; there are 3 of 3 in 'hotel'. Compare so few with cx.baseline(survey, by='hotel')."
        )
    ]


def test_a_study_without_places_has_no_place_to_ask_for(small_study):
    with pytest.raises(OptionError) as error:
        Desk(small_study()).at_place("Hotel 1")
    assert str(error.value) == (
        "this study does not say which column names the place. Write it under [survey] of the study, such as "
        'place = "who".'
    )


def test_an_unknown_place_is_refused_with_the_nearest_name(desk):
    with pytest.raises(OptionError) as error:
        desk.at_place("Hotl 3")
    assert str(error.value) == (
        "place 'Hotl 3' is not known here. Did you mean 'Hotel 3'? Places: Hotel 1, Hotel 10, Hotel 2, Hotel 3, "
        "Hotel 4, Hotel 5, Hotel 6, Hotel 7, Hotel 8, Hotel 9."
    )


def test_a_place_may_be_a_number(chain):
    study = chain()
    frame = study.survey_plan.data
    frame["hotel"] = frame["hotel"].str.extract(r"(\d+)", expand=False).fillna("0").astype(int)
    desk = Desk(replace(study, survey_plan=replace(study.survey_plan, data=frame)))
    assert desk.at_place("3").where == {"hotel": 3}
    assert isinstance(desk.at_place("3"), cx.Segment)


def test_a_place_of_few_guests_is_not_told(chain, read):
    assert "Annex" not in str(read(places_section(Desk(chain(annex=3)))).rows)


def test_drivers_are_told_by_who_customers_are_and_not_by_place(chain, read):
    study = chain()
    frame = study.survey_plan.data.assign(who=["work", "leisure"] * 750)
    plan = replace(study.survey_plan, data=frame, segments=("hotel", "who"))
    assert Desk(replace(study, survey_plan=plan)).told_by == "who"
    assert Desk(study).told_by is None
    assert "By hotel" not in read(drivers_section(Desk(study))).text
