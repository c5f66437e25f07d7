"""Purchases beside what their customers answered: joined by id as text, strangers without answers."""

from __future__ import annotations

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError
from cxlens.study.buyers import NPS_CLASS, said_by, with_answers
from cxlens.study.parts import PurchasesPlan, SurveyPlan

ANSWERS = pd.DataFrame(
    {"id": ["007", "7", "NA", "9", "9"], "kind": ["work", "fun", None, "fun", "work"], "q": 3, "nps": [9, 8, 6, 0, 10]}
)
BOUGHT = pd.DataFrame({"who": ["7", "007", "NA", "x", "9"], "day": "2025-01-01", "paid": [1.0, 2, 3, 4, 5]})
PLAN = PurchasesPlan(BOUGHT, customer="who", time="day", value="paid")


def survey_plan() -> SurveyPlan:
    return SurveyPlan(
        ANSWERS, touchpoints=["q"], outcome={"nps": "nps"}, segments=["kind"], respondent="id", scale=cx.Scale(1, 5)
    )


def test_ids_are_text_and_the_last_answer_counts():
    survey = cx.Study("Shop", survey_plan=survey_plan()).survey()
    said = said_by(survey)
    assert said[NPS_CLASS].to_dict() == {"007": "promoters", "7": "passives", "NA": "detractors", "9": "promoters"}
    rows = with_answers(PLAN, survey)
    assert rows["kind"].fillna("none").tolist() == ["fun", "work", "none", "none", "work"]
    assert rows[NPS_CLASS].fillna("none").tolist() == ["passives", "promoters", "detractors", "none", "promoters"]
    assert list(BOUGHT) == ["who", "day", "paid"]


def test_purchases_of_a_study_tell_who_bought():
    study = cx.Study("Shop", survey_plan=survey_plan(), purchases_plan=PLAN)
    assert study.purchases().segments == ("kind", NPS_CLASS)
    assert cx.Study("Shop", purchases_plan=PLAN).purchases().segments == ()


def test_a_segment_of_the_purchases_comes_first():
    plan = PurchasesPlan(BOUGHT.assign(kind="till"), customer="who", time="day", segments=["kind"])
    rows = with_answers(plan, cx.Study("Shop", survey_plan=survey_plan()).survey())
    assert rows["kind"].tolist() == ["till"] * 5


def test_files_are_read_as_text(tmp_path):
    BOUGHT.to_csv(tmp_path / "bought.csv", index=False)
    plan = PurchasesPlan(tmp_path / "bought.csv", customer="who", time="day", value="paid")
    rows = with_answers(plan, cx.Study("Shop", survey_plan=survey_plan()).survey())
    assert rows["kind"].fillna("none").tolist() == ["fun", "work", "none", "none", "work"]


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (
            PurchasesPlan(BOUGHT, customer="whom", time="day"),
            "[purchases] of study 'Shop': customer column 'whom' is not known here. Did you mean 'who'? "
            "Columns: who, day, paid.",
        ),
        (
            None,
            "this study has no purchases. Add [purchases] to its TOML file, "
            "or Study(..., purchases_plan=PurchasesPlan(...)).",
        ),
    ],
)
def test_what_is_refused(plan, message):
    with pytest.raises(CxlensError) as refused:
        cx.Study("Shop", survey_plan=survey_plan(), purchases_plan=plan).purchases()
    assert str(refused.value) == message
