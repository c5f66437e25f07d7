"""The picture of the ladder: filled where a rung is possible."""

from __future__ import annotations

import pandas as pd

import cxlens as cx
from cxlens.common.style import BLUE, GREY


def test_rungs_are_filled_where_they_are_possible() -> None:
    answers = pd.DataFrame({"wifi": [2, 3, 4] * 40, "overall": 4, "year": [2024] * 60 + [2025] * 60})
    survey = cx.Survey(answers, touchpoints=["wifi"], outcome="overall", time="year")
    result = cx.which_design(survey, {"when": 2025, "metrics": ["wifi"]})
    ax = result.plot()
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [dot.get_color() for dot in dots] == [GREY] * 5 + [BLUE]
    words = [text.get_text().replace("\n", " ") for text in ax.texts]
    assert "Before and after: possible" in words
    assert "no column says when each place started" in words
