"""Competitors' series: the step of the line through ours less theirs, against least squares, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError

FIVE = cx.Scale(1, 5)


def series(seed: int, step: float = 0.0, waves: int = 18, first: int = 2001, shock: float = 0.0) -> cx.Aggregates:
    """A table of waves, of which those from 2010 on are by a step higher."""
    rng = np.random.default_rng(seed)
    year = np.arange(first, first + waves)
    mean = 3.2 + (step + shock) * (year >= 2010) + rng.normal(0, 0.05, waves)
    table = pd.DataFrame({"year": year, "n": 400, "mean": mean, "sd": 0.9})
    return cx.Aggregates(table, n="n", mean={"Wi-Fi": "mean"}, sd={"Wi-Fi": "sd"}, time="year", scale=FIVE)


def interrupted(ours: cx.Survey, competitors: object, **asked: object) -> object:
    return cx.interrupted_time_series(ours, metric="Wi-Fi", started=2010, competitors=competitors, **asked)


def rows(result: object) -> pd.DataFrame:
    return result.table.set_index(["whose", "quantity"])


def test_the_step_of_a_rival_is_what_it_is_alone_and_the_difference_that_of_the_difference():
    ours, rival = series(1, 0.6), series(2, 0.1)
    result = interrupted(ours, {"Rival": rival})
    figures = ["estimate", "low", "high", "p_value"]
    alone = cx.interrupted_time_series(rival, metric="Wi-Fi", started=2010)
    line = rows(result).loc[("Rival", "rival's change"), figures].tolist()
    assert line == pytest.approx([alone.estimate, alone.low, alone.high, alone.p_value])
    gap = ours.cells["mean"] - rival.cells["mean"]
    less = pd.DataFrame({"year": ours.cells["year"], "n": 400, "mean": gap, "sd": 0.9 * np.sqrt(2)})
    of_gap = cx.Aggregates(less, n="n", mean={"Wi-Fi": "mean"}, sd={"Wi-Fi": "sd"}, time="year")
    expected = cx.interrupted_time_series(of_gap, metric="Wi-Fi", started=2010)
    more = rows(result).loc[("ours", "more than rivals"), figures].tolist()
    assert more == pytest.approx([expected.estimate, expected.low, expected.high, expected.p_value], abs=1e-6)
    assert result.is_own
    assert "; ours clearly differs. n = " in str(result)
    assert result.note.endswith("Against rivals: judged by the line through ours less theirs, 18 waves.")


def test_where_all_stepped_up_it_is_not_clearly_ours(faults):
    result = interrupted(series(1, shock=0.6), {"A": series(2, shock=0.6), "B": series(3, shock=0.6)})
    assert not result.is_own
    assert "; ours is not clearly more, so it is not clearly our own. n = " in str(result)
    assert faults(str(result)) == []


def test_waves_that_all_have_are_compared():
    late = series(2, waves=17, first=2002)
    result = interrupted(series(1, 0.6), {"A": late, "B": series(3)})
    assert result.note.endswith("17 waves.")
    assert len(result.against.by_wave) == 17 + 18
    assert result.is_own


def test_too_few_shared_waves_are_refused():
    with pytest.raises(CxlensError) as refused:
        interrupted(series(1, 0.6), {"A": series(2, waves=12, first=2005), "B": series(3)})
    assert str(refused.value) == (
        "competitors: an interrupted time series needs 8 waves on each side of the change, and those that ours share "
        "with 'A', 'B' are 5 before 2010 and 7 from then on. Leave out competitors who lack waves."
    )


def test_a_season_is_the_same_for_all():
    result = interrupted(series(1, 0.6), {"A": series(2)}, season=4)
    assert result.is_own


def test_the_widget_asks_with_the_same_rivals():
    result = interrupted(series(1, 0.6), {"A": series(2)})
    assert result.explore().params["competitors"] == result.competitors
