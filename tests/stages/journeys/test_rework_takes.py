from __future__ import annotations

import pandas as pd

import cxlens as cx
from tests.stages.journeys.lived import words


def test_what_journeys_with_and_without_rework_take() -> None:
    table = cx.paths(words(*["ab"] * 20, *["aba"] * 12), min_n=5).rework().parts["journeys"]
    assert list(table.columns) == [
        "kind", "rework", "n", "touches", "touches_low", "touches_high", "time", "time_low", "time_high", "unit",
    ]  # fmt: skip
    assert list(zip(table["kind"], table["rework"], strict=True)) == [
        (kind, is_with) for kind in ("again", "in a row", "in a loop") for is_with in (True, False)
    ]
    assert table["n"].tolist() == [12, 20, 0, 32, 12, 20]
    assert table["touches"].tolist()[:2] == [3, 2]
    assert pd.isna(table["touches"][2])
    assert table["time"].isna().all()


def test_a_few_are_hidden_with_the_others() -> None:
    table = cx.paths(words(*["ab"] * 20, *["aba"] * 3)).rework().parts["journeys"]
    assert table["n"].isna().tolist() == [True, True, False, False, True, True]
    assert table["touches"].isna().tolist() == [True, True, True, False, True, True]


def test_how_many_have_one_kind_alone_does_not_follow() -> None:
    """Again less in a loop would be two journeys in a row alone."""
    log = words(*["ab"] * 20, *["aba"] * 12, *["aab"] * 2, *["aaba"] * 6)
    table = cx.paths(log).rework().parts["journeys"]
    n = table[table["rework"]].set_index("kind")["n"]
    assert n["again"] == 20
    assert n[["in a row", "in a loop"]].isna().all()


def test_times_with_a_clock() -> None:
    rows = [(who, met, hour) for who in range(20) for hour, met in enumerate("aba" if who % 2 else "ab")]
    rows.append((99, "b", 10**4))  # long after, so that no journey is open
    events = pd.DataFrame(rows, columns=["who", "met", "hour"])
    events["at"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(events["hour"], unit="h")
    log = cx.JourneyLog(events, customer="who", touchpoint="met", time="at", gap="2 days")
    table = cx.paths(log, min_n=1).rework().parts["journeys"].set_index(["kind", "rework"])
    assert table.loc[("again", True), "time"] == 120
    assert set(table["unit"]) == {"minutes"}
