from __future__ import annotations

import pandas as pd

import cxlens as cx
from tests.stages.journeys.lived import words


def test_by_hand() -> None:
    moves = cx.funnel(words("abab", "aab", "axb"), ["a", "b"], min_n=1).moves
    assert list(moves.columns) == ["stage", "move", "n", "times", "share", "low", "high", "open"]
    assert moves["move"].tolist() == ["advance", "stay", "return", "left"] * 2
    assert moves["times"].tolist() == [4, 1, 0, 0, 0, 0, 1, 3]
    assert moves["n"].tolist() == [5] * 4 + [4] * 4


def test_a_stage_with_a_move_of_a_few_is_hidden() -> None:
    moves = cx.funnel(words(*["ab"] * 20, *["aab"] * 3), ["a", "b"]).moves.set_index(["stage", "move"])
    assert moves.loc["a", "times"].isna().all()
    assert pd.isna(moves.loc[("a", "advance"), "share"])
