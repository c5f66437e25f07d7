"""More groups than anybody reads beside each other: findings and charts name a few and say what compares so many."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import cxlens as cx

POINTER = "cx.compare_places(survey, 'hotel') compares so many"
SIDES = ["dominance", "shape", "value added", "dimensions", "what if"]


@cache
def answers(hotels):
    rng = np.random.default_rng(1)
    n = 120 * hotels
    frame = pd.DataFrame(rng.integers(1, 6, (n, 3)), columns=["room", "bar", "desk"])
    overall = 0.4 * frame["room"] + 0.2 * frame["bar"] + 1 + rng.normal(0, 0.6, n)
    return frame.assign(overall=overall, hotel=np.arange(n) % hotels + 101)


def survey(hotels, **roles):
    return cx.Survey(
        answers(hotels),
        touchpoints={"Room": {"bed": "room", "bath": "bar"}, "Desk": "desk"},
        outcome="overall",
        scale=cx.Scale(1, 5),
        **roles,
    )


@cache
def explained(hotels, role="segments"):
    roles = {"time": "hotel"} if role == "time" else {"segments": ["hotel"]}
    return cx.drivers(survey(hotels, **roles), by="hotel", n_boot=50)


def told(drivers):
    return {
        "drivers": drivers,
        "dominance": drivers.dominance(),
        "shape": drivers.shape(),
        "value added": drivers.value_added(),
        "dimensions": drivers.dimensions(),
        "what if": cx.what_if(drivers, {"Room": 0.5}),
    }


@pytest.mark.parametrize("side", ["drivers", *SIDES])
def test_of_more_than_eight_groups_three_are_named(side):
    finding = told(explained(9))[side].finding
    assert [hotel for hotel in range(1, 10) if f"10{hotel}" in finding.sentence] == [1, 2, 3]
    assert "6 more" in finding.sentence or "6 further groups in the table" in finding.sentence
    assert POINTER in finding.more


@pytest.mark.parametrize("side", SIDES)
def test_eight_groups_are_all_named(side):
    finding = told(explained(8))[side].finding
    assert "108" in finding.sentence
    assert POINTER not in finding.more


@cache
def important_and_low(hotels):
    """Where to concentrate in each hotel: its rooms."""
    rng = np.random.default_rng(2)
    n = 150 * hotels
    frame = pd.DataFrame({"room": rng.integers(1, 4, n), "bar": rng.integers(3, 6, n), "desk": rng.integers(3, 6, n)})
    overall = 0.8 * frame["room"] + 1 + rng.normal(0, 0.4, n)
    frame = frame.assign(overall=overall, hotel=np.arange(n) % hotels + 101)
    asked = cx.Survey(
        frame, touchpoints=["room", "bar", "desk"], outcome="overall", scale=cx.Scale(1, 5), segments=["hotel"]
    )
    return cx.drivers(asked, by="hotel", n_boot=100).performance().finding


def test_where_to_concentrate_is_told_of_a_few_of_many_groups():
    nine, eight = important_and_low(9), important_and_low(8)
    assert [hotel for hotel in range(1, 10) if f"10{hotel}" in nine.sentence] == [1, 2, 3]
    assert "and 6 more" in nine.sentence
    assert POINTER in nine.more
    assert [hotel for hotel in range(1, 9) if f"10{hotel}" in eight.sentence] == list(range(1, 9))
    assert POINTER not in eight.more


def test_many_waves_are_no_places():
    finding = explained(9, "time").finding
    assert "6 further groups in the table" in finding.more
    assert POINTER not in finding.more


@pytest.mark.parametrize("result", ["drivers", "baseline", "dominance"])
def test_charts_of_many_groups_say_what_compares_them(result):
    drivers = explained(9)
    results = {
        "drivers": drivers,
        "baseline": cx.baseline(drivers.survey, by="hotel"),
        "dominance": drivers.dominance(),
    }
    subtitle = " ".join(" ".join(text.get_text().split()) for text in results[result].plot().texts)
    assert f", and 3 more in the table; {POINTER}" in subtitle
