from __future__ import annotations

import pandas as pd
import pytest
from scipy import stats

import cxlens as cx

PLAN = cx.Journey("Visit", ["a", "b", "c"])


def log_with_values() -> cx.JourneyLog:
    words = ["abc"] * 12 + ["ac"] * 9 + ["abxc"] * 8 + ["bac"] * 2
    rows = []
    for who, word in enumerate(words):
        for nr, met in enumerate(word):
            rows.append((who, met, nr, 3 + who % 3 if met != "x" else None, 10 * who if met == "c" else None))
    events = pd.DataFrame(rows, columns=["who", "met", "nr", "felt", "paid"])
    return cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", score="felt", value="paid")


def test_costs_are_differences_of_means() -> None:
    costs = cx.paths(log_with_values(), plan=PLAN).planned().parts["costs"]
    assert list(costs.columns) == [
        "deviation", "measure", "n", "others", "mean", "mean_others", "difference", "low", "high", "p_value", "q_value",
    ]  # fmt: skip
    rows = costs.set_index(["deviation", "measure"])
    row = rows.loc[("misses a step", "value")]
    misses = [10 * who for who in range(12, 21)]
    others = [10 * who for who in range(31) if not 12 <= who < 21]
    assert (row["n"], row["others"]) == (9, 22)
    assert row["difference"] == pytest.approx(sum(misses) / 9 - sum(others) / 22)
    assert row["p_value"] == pytest.approx(stats.ttest_ind(misses, others, equal_var=False).pvalue)
    assert rows.loc[("meets others beside", "contacts"), "mean"] == 4
    assert pd.isna(rows.loc[("meets others beside", "contacts"), "p_value"])  # more by what it is
    assert rows.loc[("misses a step", "score"), "mean"] == pytest.approx(4)


def test_a_few_are_hidden() -> None:
    costs = cx.paths(log_with_values(), plan=PLAN).planned().parts["costs"]
    of_two = costs[costs["deviation"] == "out of order"]
    assert of_two.drop(columns=["deviation", "measure"]).isna().all(axis=None)
