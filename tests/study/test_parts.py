"""The parts of a study: what each takes for granted, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cxlens.errors import OptionError, ValuesError
from cxlens.study.parts import DataSystem, EventsPlan, Objective, PurchasesPlan, ResearchMethod, SurveyPlan, Target
from cxlens.study.scale import Scale


def test_a_text_is_one_column() -> None:
    assert SurveyPlan("a.csv", touchpoints=["a"], outcome="b", segments="region").segments == ("region",)
    assert EventsPlan("a.csv", customer="a", touchpoint="b", segments="region").segments == ("region",)
    assert ResearchMethod("a", "survey", "Security").touchpoints == ("Security",)


def test_frames_are_copied_and_paths_are_paths(answers) -> None:
    plan = SurveyPlan(answers, touchpoints=["q1"], outcome="overall")
    assert plan.data is not answers
    assert plan.data.equals(answers)
    assert EventsPlan("events.csv", customer="id", touchpoint="place").data == Path("events.csv")


def test_what_a_survey_plan_leaves_out_is_filled_in() -> None:
    plan = SurveyPlan("a.csv", touchpoints=["q1"], outcome="overall", outcome_scale=Scale(1, 5))
    assert plan.touchpoints == {"q1": "q1"}
    assert plan.outcome == {"overall": "interval"}
    assert plan.outcome_scale == {"overall": Scale(1, 5)}
    assert plan.comments == {}
    assert plan.emotion == {}


def test_purchases_keep_a_copy_and_their_segments() -> None:
    bought = pd.DataFrame({"who": [1], "day": ["2025-01-01"]})
    plan = PurchasesPlan(bought, customer="who", time="day", segments=["kind"])
    bought["who"] = 2
    assert plan.data["who"].tolist() == [1]
    assert plan.segments == ("kind",)


def test_a_plan_takes_scales_only() -> None:
    with pytest.raises(ValuesError) as error:
        SurveyPlan("a.csv", touchpoints=["a"], outcome="b", outcome_scale=(0, 10))
    assert str(error.value) == "outcome_scale takes a Scale, such as cx.Scale(1, 5)."


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (
            lambda: ResearchMethod("a", "interviw"),
            "kind='interviw' is not an option. Did you mean 'interview'? Options: 'survey', 'interview', 'event log', "
            "'mystery visit', 'employee survey', 'workshop'.",
        ),
        (
            lambda: SurveyPlan("a.csv", touchpoints=["a"], outcome="b", segments=["hotel", "purpose"], place="hotl"),
            "survey: place 'hotl' is not known here. Did you mean 'hotel'? Segments: hotel, purpose.",
        ),
        (
            lambda: SurveyPlan("a.csv", touchpoints=["a", "a"], outcome="b"),
            "touchpoint 'a' is there twice. Name each touchpoint once.",
        ),
        (
            lambda: SurveyPlan("a.csv", touchpoints=["a"], outcome={"b": "npz"}),
            "outcome 'b': kind='npz' is not an option. Did you mean 'nps'? "
            "Options: 'interval', 'nps', 'binary', 'ordinal'.",
        ),
        (
            lambda: DataSystem("Inbox", "complaints", "bad"),
            "condition='bad' is not an option. Options: 'good', 'usable', 'poor'.",
        ),
        (
            lambda: Target("mean", 4, of="everybody"),
            "of='everybody' is not an option. Options: 'customers', 'internal users'.",
        ),
    ],
)
def test_what_is_refused(make, expected) -> None:
    with pytest.raises(OptionError) as error:
        make()
    assert str(error.value) == expected


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (
            lambda: Objective("Grow", target="35"),
            "objective 'Grow': target must be a number, found the text '35'. Give 35, without quotes.",
        ),
        (
            lambda: Target("NPS", "35"),
            "target of 'NPS' must be a number, found the text '35'. Give 35, without quotes.",
        ),
    ],
)
def test_a_number_is_no_text(make, expected) -> None:
    with pytest.raises(ValuesError) as error:
        make()
    assert str(error.value) == expected
