"""What the report says of competitors, employees and channels."""

import dataclasses

import numpy as np

from cxlens.publish.blocks import Heading, Paragraph
from cxlens.publish.desk import Desk
from cxlens.publish.others_sections import compared
from cxlens.study.others import OtherPlan


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
    headings = [block.text for block in found.blocks if isinstance(block, Heading)]
    assert headings == ["Against competitors", "What employees think", "Channel by channel"]
    results = [picture.result for picture in found.pictures]
    assert [view.chart for view in results] == ["baseline/competitors", "baseline/employees", "baseline/consistency"]


def test_others_who_were_asked_something_else(small_study):
    other = OtherPlan(small_study().survey_plan.data, touchpoints={"Desk": "signs"})
    (heading, why) = compared(Desk(small_study(competitors={"Rival": other})))
    assert heading == Heading("Against competitors")
    assert isinstance(why, Paragraph)
    assert why.text.startswith("This cannot be told: ")


def test_a_competitor_is_not_taken_for_the_employees(small_study):
    other = OtherPlan(small_study().survey_plan.data)
    now = Desk(small_study(competitors={"Rival": other})).now
    assert now.staff is None
    assert list(now.rivals) == ["Rival"]
