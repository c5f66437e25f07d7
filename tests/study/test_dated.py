"""What is said of the waves of a survey."""

from __future__ import annotations

from typing import Any

import pandas as pd

import cxlens as cx
from cxlens.study.dated import no_order, wave_names, without_wave


def survey(times: list[Any], **options: Any) -> cx.Survey:
    frame = pd.DataFrame({"web": [1, 2, 3, 4, 5] * 20, "all": [1, 2, 3, 4, 5] * 20, "when": times})
    return cx.Survey(frame, touchpoints=["web"], outcome="all", time="when", **options)


def test_words_of_waves_in_order() -> None:
    weeks = survey(["W10", "W9"] * 50)
    assert (weeks.waves, wave_names(weeks), no_order(weeks)) == (["W9", "W10"], ["W9", "W10"], "")
    years = survey([2024.0, 2023.0] * 50)
    assert (years.waves, wave_names(years)) == ([2023, 2024], ["2023", "2024"])
    unknown = survey(["pre", "post"] * 50)
    assert wave_names(unknown) == []
    assert no_order(unknown).startswith("the waves of 'when' cannot be put in order of time: ")


def test_answers_without_a_wave_are_told_and_few_are_not_counted() -> None:
    assert without_wave(survey([2023] * 50 + [2024] * 50), 5) == ""
    assert without_wave(survey([None] * 20 + [2024] * 80), 5) == "20 answers without a wave are left out."
    few = "Answers without a wave are left out: fewer than 5 answers, or hidden to protect people."
    for n in (1, 4):
        assert without_wave(survey([None] * n + [2024] * (100 - n)), 5) == few
    # 2023 has three answers: the number without a wave would tell of them.
    assert without_wave(survey([2023] * 3 + [None] * 20 + [2024] * 77), 5) == few
    nowhere = cx.Survey(pd.DataFrame({"web": [1], "all": [1]}), touchpoints=["web"], outcome="all")
    assert (without_wave(nowhere, 5), no_order(nowhere), wave_names(nowhere)) == ("", "", [])


def test_blanks_are_no_wave() -> None:
    blanks = survey(["", "  ", None, "2023", "2024"] * 20)
    assert blanks.waves == ["2023", "2024"]
    assert without_wave(blanks, 5) == "60 answers without a wave are left out."
