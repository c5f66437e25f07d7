from __future__ import annotations

import pandas as pd

import cxlens as cx
from tests.stages.impact.test_retention import MONTHS, bought


def test_controls_ask_the_verb_and_cohorts_are_drawn() -> None:
    result = cx.retention(bought(), customer="who", time="day", by="kind", silent=60)
    explorer = result.explore()
    assert explorer.params == {"by": "kind", "period": "month", "silent": 60, "level": 0.95}
    explorer.controls["by"].value = ""
    explorer.controls["period"].value = "quarter"
    pd.testing.assert_frame_equal(explorer.result.table, cx.retention(result.purchases, silent=60).table)
    assert explorer.result.cohorts["cohort"].iloc[0] == "2023 Q1"
    explorer.controls["shown"].value = "cohorts"
    assert "In the quarter after their first" in explorer.sentence.value
    assert explorer.message.value == ""


def test_cohorts_open_with_their_heat_map() -> None:
    explorer = cx.retention(bought(), customer="who", time="day").cohort_view().explore()
    assert explorer.controls["shown"].value == "cohorts"
    assert "In the month after their first" in explorer.sentence.value


def test_a_table_of_tenures_has_a_level() -> None:
    explorer = cx.retention(MONTHS, tenure="months", left="left", by="plan").explore()
    wide = explorer.result.table["high"] - explorer.result.table["low"]
    explorer.controls["level"].value = 0.8
    assert (explorer.result.table["high"] - explorer.result.table["low"] < wide).all()
