from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlens as cx
from cxlens.errors import OptionError, ValuesError
from tests.stages.journeys.lived import Small, log_of, small_logs, words


@settings(max_examples=40)
@given(small_logs(largest=3), st.integers(0, 2), st.integers(0, 2))
def test_each_position_sums_to_one_and_agrees_with_the_steps(small: Small, before: int, after: int) -> None:
    log = log_of(small)
    result = cx.paths(log, min_n=1)
    anchor = log.touchpoints[0]
    view = result.around(anchor, before=before, after=after)
    reached = result.drop_off.set_index("touchpoint").loc[anchor, "reached"]
    assert (view.table["n"] == reached).all()
    sums = view.table.groupby("position")["share"].sum()
    assert np.allclose(sums, 1)
    assert sums.index.tolist() == list(range(-before, after + 1))
    at_anchor = view.table[view.table["position"] == 0].set_index("touchpoint")["journeys"]
    assert at_anchor[anchor] == reached


def test_by_hand() -> None:
    view = cx.paths(words("abc", "bc", "b", "aabca"), min_n=1).around("b", before=2, after=2)
    matrix = view.parts["matrix"]
    assert matrix.loc["a"].tolist() == [0.25, 0.5, 0, 0, 0.25]
    assert matrix.loc["(start)"].tolist() == [0.75, 0.5, 0, 0, 0]
    assert matrix.loc["c"].tolist() == [0, 0, 0, 0.75, 0]
    assert matrix.loc["(end)"].tolist() == [0, 0, 0, 0.25, 0.75]
    assert matrix.loc["(open)"].tolist() == [0] * 5
    assert list(view.table.columns) == ["position", "touchpoint", "n", "journeys", "share", "low", "high"]
    assert str(view) == (
        "Around b most journeys are at: a right before (50 % [15 %, 85 %], 2 places may be first), c right after (75 % "
        "[30 %, 95 %], 2 places may be first). n = 4 journeys that meet b."
    )


def test_open_journeys_are_not_at_the_end() -> None:
    events = [(who, what, minute, False) for who in range(3) for what, minute in ((1, 0), (2, 5))]
    view = cx.paths(log_of(Small(events, False)), min_n=1).around("t2", before=1, after=1)
    assert view.parts["matrix"].loc["(open)"].tolist() == [0, 0, 1]
    assert view.finding.items[1].name == "nothing yet right after"


def test_small_cells_are_hidden() -> None:
    view = cx.paths(words(*["ab"] * 20, *["cb"] * 3)).around("b", before=1, after=1)
    cells = view.table.set_index(["position", "touchpoint"])
    assert cells.loc[(-1, "c")].isna().all()
    assert cells.loc[(-1, "a")].isna().all()
    assert cells.loc[(1, "(end)"), "journeys"] == 23


def test_segments() -> None:
    log = words(*["ab"] * 30, *["cb"] * 70, *["ab"] * 60, *["cb"] * 40, kind=["x"] * 100 + ["y"] * 100)
    view = cx.paths(log).around("b", by="kind")
    assert str(view) == (
        "1 step before b, a is more usual for some: y (60 % [50 %, 69 %]), x (30 % [22 %, 40 %]). Clearly so, allowing "
        "for 2 comparisons. n = 200 journeys that meet b."
    )
    alike = words(*["ab"] * 50, *["cb"] * 50, kind=["x", "y"] * 50)
    assert cx.paths(alike).around("b", by="kind").finding.lead == "What lies around b does not clearly differ by kind"


def test_segments_that_do_not_differ_are_rarely_told_apart() -> None:
    rng = np.random.default_rng(8)
    runs = 24  # more of them: benchmarks/simulate_ways.py
    said = 0
    for _ in range(runs):
        journeys = ["".join(rng.choice(list("abcde"), 5)) for _ in range(200)]
        result = cx.paths(words(*journeys, kind=rng.choice(["x", "y"], 200).tolist()))
        said += bool(result.around("a", by="kind").finding.items)
    assert said / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_what_is_refused() -> None:
    result = cx.paths(words("ab", "b"), min_n=1)
    with pytest.raises(OptionError) as error:
        result.around("c")
    assert str(error.value) == "anchor: touchpoint 'c' is not known here. Touchpoints: a, b."
    with pytest.raises(ValuesError) as error:
        result.around("b", before=11)
    assert str(error.value) == "before must be a whole number of steps from 0 to 10; you gave 11."
    with pytest.raises(ValuesError) as error:
        result.around("b", after=True)
    assert str(error.value) == "after must be a whole number of steps from 0 to 10; you gave True."


def test_a_touchpoint_with_the_name_of_a_place() -> None:
    import pandas as pd

    events = pd.DataFrame({"who": [1, 1], "met": ["a", "(open)"], "nr": [1, 2]})
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")
    with pytest.raises(ValuesError) as error:
        cx.paths(log, min_n=1).around("a")
    assert str(error.value) == (
        "around: a touchpoint is called '(open)', which stands for journeys that may still go on. Give it another name."
    )
