"""Which answers are compared; what is refused is tested with the verbs in test_designs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.impact.periods import ask, compare, is_hidden, join_waves
from cxlens.study.metrics import find_metric


def survey(frame: pd.DataFrame) -> cx.Survey:
    return cx.Survey(frame.assign(y=1), touchpoints=["web"], outcome="y", segments=["shop", "start"], time="year")


def answers() -> pd.DataFrame:
    rows = [(shop, year) for shop in "ABC" for year in (2023, 2024) for _ in range(10)]
    frame = pd.DataFrame(rows, columns=["shop", "year"])
    return frame.assign(web=np.arange(60) % 5 + 1, start=frame["shop"].map({"A": "2024", "C": "2023"}).fillna(""))


def question(frame: pd.DataFrame, started: str | None = None) -> object:
    answered = survey(frame)
    asked = ask(answered, find_metric(answered, "web"), 2023, 2024, 0.95)
    return asked._replace(treated=cx.Segment("shop A", {"shop": "A"}), started=started)


def test_sides_and_periods() -> None:
    compared = compare(question(answers()))
    assert compared.sample.size == 60
    assert (compared.inside.sum(), compared.late.sum()) == (20, 30)
    assert compared.cells["n"].tolist() == [10, 10, 20, 20]
    assert compared.note == ""


def test_others_that_start_with_another_wave_are_left_out() -> None:
    compared = compare(question(answers(), started="start"))
    assert compared.sample.size == 40
    assert compared.note == "Left out, since they start with another wave: shop = C (2023)."


def test_answers_that_other_tables_hide_are_marked() -> None:
    frame = answers()
    few = frame.drop(frame[(frame["shop"] == "C") & (frame["year"] == 2023)].index[3:])
    asked = question(few)
    sample = compare(asked._replace(treated=None, adjust=("shop",))).sample
    assert not is_hidden(question(frame), sample, ["shop"]).any()
    hidden = is_hidden(asked, sample, ["shop"])
    assert hidden[(sample.labels["shop"] == "C") & (sample.labels["year"] == 2023)].all()
    assert hidden.sum() > 3  # and as many more as protect them


@pytest.mark.parametrize(
    ("waves", "words"),
    [
        ([2013], "2013"),
        ([2013, 2014], "2013 and 2014"),
        ([1, 2, 3], "1, 2 and 3"),
        ([1, 2, 3, 4], "1…4"),
    ],
)
def test_waves_in_words(waves: list[int], words: str) -> None:
    assert join_waves(waves) == words
