from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from scipy import stats

import cxlens as cx
from cxlens.errors import ValuesError
from cxlens.stats.intervals import wilson
from tests.stages.journeys.lived import Small, lived, log_of, small_logs, words


@settings(max_examples=40)
@given(small_logs())
def test_shares_are_those_of_looking_at_each_journey_that_is_over(small: Small) -> None:
    log = log_of(small)
    over = ~log.episodes["open"].to_numpy()
    if not over.any():
        return
    table = cx.paths(log, min_n=1).follows().table
    journeys = [journey for journey, ended in zip(lived(log.rows()), over, strict=True) if ended]
    for row in table.itertuples():
        first, later = log.touchpoints.index(row.touchpoint), log.touchpoints.index(row.later)
        met = [journey for journey in journeys if first in journey]
        followed = [journey for journey in met if later in journey[journey.index(first) + 1 :]]
        assert (row.n, row.followed) == (len(met), len(followed))
    known = table.dropna(subset="share")
    assert ((known["low"] <= known["share"] + 1e-9) & (known["share"] <= known["high"] + 1e-9)).all()


def test_by_hand() -> None:
    view = cx.paths(words("abc", "acb", "ab", "aab"), min_n=1).follows()
    table = view.table.set_index(["touchpoint", "later"])
    assert list(view.table.columns) == ["touchpoint", "later", "n", "followed", "share", "low", "high"]
    assert table.loc[("a", "b"), ["n", "followed"]].tolist() == [4, 4]
    assert table.loc[("a", "a"), ["n", "followed"]].tolist() == [4, 1]
    assert table.loc[("c", "b"), ["n", "followed"]].tolist() == [2, 1]
    assert tuple(table.loc[("a", "b"), ["low", "high"]]) == wilson(4, 4)
    assert str(view) == (
        "Most often met some time later, with no clear first: b after a (100 % [51 %, 100 %], of 4), c after a (50 % "
        "[15 %, 85 %], of 4), b after c (50 % [9 %, 91 %], of 2). 4 pairs may be first. n = 4 journeys that are over."
    )


def test_nothing_follows() -> None:
    assert str(cx.paths(words("a", "b"), min_n=1).follows()) == (
        "No touchpoint is known to come after another. n = 2 journeys that are over."
    )


def test_a_pair_that_is_clearly_first() -> None:
    view = cx.paths(words(*["ab"] * 60, *["abc"] * 20, *["ac"] * 5)).follows()
    assert view.finding.more == ("Clearly more often than any other",)
    assert view.finding.items[0].name == "b after a"


def test_small_cells_are_hidden_with_what_they_follow_from() -> None:
    table = cx.paths(words(*["ab"] * 20, *["ac"] * 3)).follows().table.set_index(["touchpoint", "later"])
    assert table.loc[("a", "c")].isna().all()
    assert table.loc[("a", "b")].isna().all()  # all but three
    assert table.loc[("a", "a"), "followed"] == 0


def test_segments_that_differ_and_their_test() -> None:
    log = words(*["ab"] * 30, *["a"] * 70, *["ab"] * 60, *["a"] * 40, kind=["x"] * 100 + ["y"] * 100)
    view = cx.paths(log).follows(by="kind")
    assert str(view) == (
        "b comes some time after a, more often for some: y (60 % [50 %, 69 %]), x (30 % [22 %, 40 %]). Clearly so, "
        "allowing for 1 comparison. n = 200 journeys that are over."
    )
    tests = view.parts["tests"].set_index(["touchpoint", "later"])
    chi2 = stats.chi2_contingency([[30, 70], [60, 40]], correction=False).statistic * 199 / 200
    assert tests.loc[("a", "b"), "p_value"] == pytest.approx(stats.chi2.sf(chi2, 1))
    assert tests["p_value"].notna().sum() == 1
    segments = view.parts["segments"]
    assert segments[segments["later"].eq("b") & segments["touchpoint"].eq("a")]["n"].tolist() == [100, 100]


def test_segments_that_do_not_differ_are_rarely_told_apart_and_none_is_first_by_luck() -> None:
    rng = np.random.default_rng(2)
    runs = 24  # more of them: benchmarks/simulate_ways.py
    said = first = 0
    for _ in range(runs):
        journeys = ["".join(rng.choice(list("abcde"), 4)) for _ in range(150)]
        result = cx.paths(words(*journeys, kind=rng.choice(["x", "y", "z"], 150).tolist()))
        said += bool(result.follows(by="kind").finding.items)
        first += "Clearly more often than any other" in result.follows().finding.more
    most = 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
    assert said / runs < most
    assert first / runs < most


def test_segments_of_which_too_little_is_known() -> None:
    view = cx.paths(words(*["ab"] * 12, kind=["x"] * 6 + ["y"] * 6)).follows(by="kind")
    assert view.finding.lead == "Too few journeys to tell whether what comes later differs by kind"


def test_too_many_touchpoints() -> None:
    events = pd.DataFrame({"who": 1, "met": [f"page {nr}" for nr in range(501)], "nr": range(501)})
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")
    with pytest.raises(ValuesError) as error:
        cx.paths(log, min_n=1).follows()
    assert str(error.value) == (
        "the log has 501 touchpoints, whose pairs nobody can look at; at most 500 are taken. Put them together: "
        "log.by(touchpoint_map, 'stage'), or 'channel'."
    )


def test_the_order_of_rows_is_irrelevant() -> None:
    events = pd.DataFrame({"who": list("aabbccc"), "met": list("xyyxxyz"), "nr": [1, 2, 1, 2, 1, 2, 3]})
    names = {"customer": "who", "touchpoint": "met", "order": "nr"}
    one = cx.paths(cx.JourneyLog(events, **names), min_n=1)
    other = cx.paths(cx.JourneyLog(events.sample(frac=1, random_state=1), **names), min_n=1)
    for side in ("follows", "rework", "times"):
        pd.testing.assert_frame_equal(getattr(one, side)().table, getattr(other, side)().table)
