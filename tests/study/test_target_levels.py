"""A target is a level that its metric can have; where that is not known, any number is taken."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ValuesError
from cxlens.study.parts import SurveyPlan, Target

PLAN = SurveyPlan(
    pd.DataFrame({"web": [1, 2], "again": [0, 1], "would": [7, 9], "overall": [3, 4], "mood": [1, 2], "free": [1, 2]}),
    touchpoints={"Web": "web"},
    outcome={"again": "binary", "would": "nps", "overall": "interval", "mood": "ordinal", "free": "interval"},
    scale=cx.Scale(1, 5),
    outcome_scale={"overall": cx.Scale(1, 7), "mood": cx.Scale(1, 3)},
    names={"again": "comes again"},
)


def opened(*targets: Target, plan: SurveyPlan = PLAN) -> cx.Study:
    return cx.Study("Shop", survey_plan=plan, targets=targets)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (
            Target("again", 80),
            "target of 'again' is 80, out of reach: it is told as a share, from 0 to 1. Give a number between these, "
            "such as 0.8 for 80 %.",
        ),
        (
            Target("comes again", 1.5),
            "target of 'comes again' is 1.5, out of reach: it is told as a share, from 0 to 1. Give a number "
            "between these.",
        ),
        (
            Target("NPS", 120),
            "target of 'NPS' is 120, out of reach: it is told as an NPS, from -100 to 100. Give a number between "
            "these.",
        ),
        (
            Target("overall", 80),
            "target of 'overall' is 80, out of reach: it is told as a mean, from 1 to 7. Give a number between these.",
        ),
        (
            Target("top_box", 60, touchpoint="Web"),
            "target of 'top_box' at 'Web' is 60, out of reach: it is told as a share, from 0 to 1. Give a number "
            "between these, such as 0.6 for 60 %.",
        ),
        (
            Target("mean", 0.5, touchpoint="Web"),
            "target of 'mean' at 'Web' is 0.5, out of reach: it is told as a mean, from 1 to 5. Give a number "
            "between these.",
        ),
    ],
)
def test_what_can_never_be_is_refused_when_the_study_opens(target, said):
    with pytest.raises(ValuesError) as error:
        opened(target)
    assert str(error.value) == said


def test_what_can_be_is_taken():
    targets = [
        Target("again", 0.8),
        Target("would", -20),
        Target("overall", 7),
        Target("mood", 0.6),
        Target("free", 80),
        Target("mean", 4.2, touchpoint="Web"),
        Target("satisfaction of managers", 80, of="internal users"),
    ]
    assert opened(*targets).targets == tuple(targets)
    unknown = replace(PLAN, scale=None)
    assert len(opened(Target("mean", 80, touchpoint="Web"), plan=unknown).targets) == 1
    each = replace(PLAN, scale={"Web": cx.Scale(0, 100)})
    assert len(opened(Target("mean", 80, touchpoint="Web"), plan=each).targets) == 1
    assert len(cx.Study("Shop", targets=[Target("again", 80)]).targets) == 1
