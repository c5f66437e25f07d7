from __future__ import annotations

import numpy as np

import cxlens as cx
from tests.stages.journeys.lived import words


def test_customers_are_ranked_by_the_mean_of_their_journeys() -> None:
    import pandas as pd

    rows = [(who, nr, "Order", "xy"[who % 2]) for who in range(20) for nr in range(1 + who % 3)]
    events = pd.DataFrame(rows, columns=["who", "nr", "met", "kind"])
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", ends_at="Order", segments=["kind"])
    view = cx.paths(log, min_n=1).times(by="kind")
    assert view.table["n"].tolist() == [19, 20]
    assert view.parts["tests"]["p_value"].isna().all()  # all journeys have one touch
    assert str(view) == "Too few journeys to tell whether what journeys take differs by kind. n = 39 journeys."


def test_all_pairs_are_told() -> None:
    log = words(*["ab"] * 10, *["abc"] * 10, *["abcd"] * 10, kind=["x"] * 10 + ["y"] * 10 + ["z"] * 10)
    view = cx.paths(log).times(by="kind")
    pairs = view.parts["differences"]
    assert list(pairs.columns) == [
        "measure", "unit", "first", "second", "difference", "higher", "p_value", "q_value",
    ]  # fmt: skip
    assert list(zip(pairs["first"], pairs["second"], strict=True)) == [("x", "y"), ("x", "z"), ("y", "z")]
    assert pairs["difference"].tolist() == [-1, -2, -1]
    assert pairs["higher"].tolist() == ["y", "z", "z"]
    assert str(view) == (
        "More touches in all for some than for others: z (4 touches [4, 4]), x (2 touches [2, 2]). Medians; clearly, "
        "by ranks of customers, p < 0.001. n = 30 journeys."
    )


def test_where_medians_and_ranks_do_not_agree_nothing_is_said() -> None:
    log = words(
        *["a"] * 30, *["abcdef"] * 20, *["ab"] * 30, *["abcdefgh"] * 21,
        kind=["x"] * 50 + ["y"] * 51,
    )  # fmt: skip
    view = cx.paths(log).times(by="kind")
    pair = view.parts["differences"].iloc[0]
    assert np.isfinite(pair["p_value"])
    assert pair["higher"] == "y"
