"""What the report says of competitors, employees and channels."""

import dataclasses
import re

import numpy as np
import pandas as pd
from matplotlib.text import Text

import cxlens as cx
from cxlens.publish.blocks import Paragraph, Table
from cxlens.publish.desk import Desk
from cxlens.publish.others_sections import compared
from cxlens.publish.report import page_of
from cxlens.study.changes import Change
from cxlens.study.others import OtherPlan
from cxlens.study.parts import Persona, SurveyPlan, Target


def _study(small_study, **parts):
    study = small_study()
    data = study.survey_plan.data.assign(way=np.resize(["web", "shop"], len(study.survey_plan.data)))
    plan = dataclasses.replace(study.survey_plan, data=data, channel="way")
    return dataclasses.replace(study, survey_plan=plan, **parts)


def test_nothing_is_said_of_others_where_there_are_none(small_study):
    assert compared(Desk(small_study())) == []


def test_others_have_a_picture_each(small_study, read):
    other = OtherPlan(small_study().survey_plan.data)
    desk = Desk(_study(small_study, competitors={"Rival": other}, employees=other))
    found = read(compared(desk))
    assert [picture.about for picture in found.pictures] == [
        "Against competitors",
        "What employees think",
        "Channel by channel",
    ]
    results = [picture.result for picture in found.pictures]
    assert [view.chart for view in results] == ["baseline/competitors", "baseline/employees", "baseline/consistency"]
    differences, pairs, channels = [picture.how for picture in found.pictures]
    assert "a dot is a difference of two mean ratings" in differences
    assert "squares what employees think they are" in pairs  # their picture has two means a row, and no 0
    assert "the mean rating by the customers of a channel" in channels


def test_others_who_were_asked_something_else(small_study):
    other = OtherPlan(small_study().survey_plan.data, touchpoints={"Desk": "signs"})
    (why,) = compared(Desk(small_study(competitors={"Rival": other})))
    assert isinstance(why, Paragraph)
    assert why.text.startswith("Against competitors: there is nothing to report here: ")


def test_a_competitor_is_not_taken_for_the_employees(small_study):
    other = OtherPlan(small_study().survey_plan.data)
    now = Desk(small_study(competitors={"Rival": other})).now
    assert now.staff is None
    assert list(now.rivals) == ["Rival"]


CODED = {"tq1": "Website", "tq2": "Desk", "oy7": "Recommendation", "ov8": "Satisfaction", "px": "Purpose of trip",
         "wy": "Survey year", "ch": "Way of contact"}  # fmt: skip


def _coded():
    """A study whose columns and codes all have words."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.integers(1, 7, (800, 2)), columns=["tq1", "tq2"])
    frame = frame.assign(
        oy7=np.clip(frame["tq1"] + frame["tq2"] - 2, 0, 10),
        ov8=rng.choice(["yes", "no"], 800),
        px=rng.choice([911, 912], 800),
        wy=rng.choice([921, 922], 800),
        ch=rng.choice([931, 932], 800),
    )
    plan = SurveyPlan(
        frame,
        touchpoints=["tq1", "tq2"],
        outcome={"oy7": "nps", "ov8": "binary"},
        scale=cx.Scale(1, 5, not_used=[6]),
        segments=["px"],
        time="wy",
        channel="ch",
        names=CODED,
        labels={
            "px": {911: "Business", 912: "Leisure"},
            "wy": {921: "2024", 922: "2025"},
            "ch": {931: "shop", 932: "app"},
        },
        positive={"ov8": "yes"},
    )
    places = [cx.Touchpoint(name, stage="Way", standards=[cx.Standard("mean", 3.5)]) for name in ("Website", "Desk")]
    return cx.Study(
        "Words",
        survey_plan=plan,
        touchpoint_map=cx.TouchpointMap(places, cx.Lifecycle(["Way"])),
        segments=[cx.Segment("Busy", {"px": "Business"})],
        personas=[Persona("Nina", segment="Busy")],
        targets=[Target("oy7", 30, segment="Nina"), Target("mean", 4, touchpoint="Website")],
        competitors={"Rival": OtherPlan(frame, segments=["px"])},
        changes=[
            Change("Renewal", metrics=["Recommendation"], when="2025"),
            Change("Shops", metrics=["Website"], when="2025", where={"ch": "shop"}),
        ],
    )


def test_a_report_shows_no_code_and_no_column_name_where_a_word_is_known(read):
    page = read(page_of(Desk(_coded())))
    texts = [page.text, *(str(table.frame.to_numpy().tolist()) for table in page.blocks if isinstance(table, Table))]
    for picture in page.pictures:
        if hasattr(picture.result, "plot"):
            figure = picture.result.plot().figure
            texts += [text.get_text() for text in figure.findobj(Text)]
    shown = " ".join(texts)
    assert not re.findall(r"\b(?:tq1|tq2|oy7|ov8|px|wy|ch|9[123][12])\b", shown)
    for word in ("Recommendation", "Purpose of trip", "Business", "Survey year", "Nina"):
        assert word in shown
