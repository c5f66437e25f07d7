"""The picture of power: the curve and what is found four times in five."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx


def halls(n: int) -> cx.Survey:
    rows = [(hall, year, score) for hall in "ABCDEF"[:n] for year in (2023, 2024) for score in (2, 3, 4) * 20]
    answers = pd.DataFrame(rows, columns=["hall", "year", "wifi"]).assign(overall=4)
    return cx.Survey(answers, touchpoints=["wifi"], outcome="overall", time="year", segments=["hall"])


def test_the_effect_found_four_times_in_five_is_marked() -> None:
    result = cx.power("difference in differences", halls(6), metric="wifi", waves=2, treated={"hall": "A"})
    ax = result.plot()
    curve = ax.lines[0]
    assert curve.get_xdata().tolist() == result.table["effect"].tolist()
    assert curve.get_ydata().tolist() == result.table["power"].tolist()
    marks = {line.get_marker(): float(np.ravel(line.get_xdata())[0]) for line in ax.lines if len(line.get_xdata()) == 1}
    assert marks == pytest.approx({"o": result.found, "D": result.missed})


def test_where_nothing_could_be_told_that_is_said() -> None:
    ax = cx.power("difference in differences", halls(2), metric="wifi", waves=2, treated={"hall": "A"}).plot()
    assert "No effect could be told, however large" in [text.get_text() for text in ax.texts]
