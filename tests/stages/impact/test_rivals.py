"""Competitors beside a change: who is asked, who is refused, which of them moved as much."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError
from cxlens.stages.impact.rivals import Against, Change, checked_rivals, is_beyond, rivals_of, with_name
from cxlens.study.metrics import find_metric

FIVE = cx.Scale(1, 5)


def table(figure: str = "Wi-Fi", scale: cx.Scale | None = FIVE, years=(2020, 2021)) -> cx.Aggregates:
    """A table of waves, as another organisation has it."""
    means = pd.DataFrame({"year": list(years), "n": 300, "mean": 3.4, "sd": 0.9})
    return cx.Aggregates(means, n="n", mean={figure: "mean"}, sd={figure: "sd"}, time="year", scale=scale)


def shares(figure: str = "Wi-Fi") -> cx.Aggregates:
    rows = pd.DataFrame({"year": [2020, 2021], "n": 300, "share": 0.4})
    return cx.Aggregates(rows, n="n", shares={"customers": {figure: "share"}}, time="year")


def lowest(best: str) -> cx.Survey:
    answers = pd.DataFrame({"Wi-Fi": [1, 2, 3, 4, 5] * 20, "y": 1, "year": np.repeat([2020, 2021], 50)})
    return cx.Survey(answers, touchpoints=["Wi-Fi"], outcome="y", scale=cx.Scale(1, 5, best=best), time="year")


def against(*each: Change) -> Against:
    nothing = pd.DataFrame()
    return Against(list(each), (0.1, 0.0, 0.2, np.nan), (0.3, 0.1, 0.5, 0.01), 40, nothing, nothing, "")


def test_a_rival_without_the_metric_takes_no_part():
    ours = find_metric(table(), "Wi-Fi")
    found = rivals_of({"A": table(), "B": table("Shops")}, ours)
    assert [(rival.name, rival.metric.name) for rival in found] == [("A", "Wi-Fi")]


def test_a_scale_that_is_not_known_is_taken_to_be_ours():
    assert len(rivals_of({"A": table(scale=None)}, find_metric(table(), "Wi-Fi"))) == 1


def test_who_moved_as_much_is_the_one_that_moved_most():
    still = Change("Still", (0.0, -0.1, 0.1, 0.9), 50, (0.2, 0.6))
    near = Change("Near", (0.2, 0.1, 0.3, 0.01), 50, (-0.1, 0.5))
    most = Change("Most", (0.4, 0.3, 0.5, 0.01), 50, (-0.3, 0.3))
    assert against(still).as_much(1) is None
    assert against(still, near, most).as_much(1) == most
    fell = Change("Fell", (-0.4, -0.5, -0.3, 0.01), 50, (-0.3, 0.1))
    assert against(still, fell).as_much(-1) == fell


def test_lines_have_the_mean_of_several():
    one = Change("One", (0.0, -0.1, 0.1, 0.9), 50, (0.2, 0.6))
    alone = [line[:3] for line in against(one).lines]
    assert alone == [("One", "rival's change", 50), ("ours", "more than rivals", 90)]
    both = [line[:3] for line in against(one, one._replace(name="Two", n=70)).lines]
    assert both == [
        ("One", "rival's change", 50),
        ("Two", "rival's change", 70),
        ("rivals", "rivals' change", 120),
        ("ours", "more than rivals", 160),
    ]


def test_an_interval_is_beyond_0_on_one_side():
    assert is_beyond((0.1, 0.2), 1)
    assert is_beyond((-0.2, -0.1), -1)
    assert not is_beyond((0.1, 0.2), -1)
    assert not is_beyond((-0.1, 0.2), 1)


@pytest.mark.parametrize(
    ("ours", "theirs", "message"),
    [
        (
            table(),
            shares(),
            "competitors: 'A' asks 'Wi-Fi' otherwise: share of 0 to 1, the highest is best; ours: scale points of 1 to "
            "5, the highest is best. Changes of the two cannot be held against each other. Read both alike, or leave "
            "it out.",
        ),
        (
            table(scale=None),
            shares(),
            "competitors: 'A' asks 'Wi-Fi' otherwise: share of 0 to 1, the highest is best; ours: scale points. "
            "Changes of the two cannot be held against each other. Read both alike, or leave it out.",
        ),
        (
            lowest("high"),
            lowest("low"),
            "competitors: 'A' asks 'Wi-Fi' otherwise: scale points of 1 to 5, the lowest is best; ours: scale points "
            "of 1 to 5, the highest is best. Changes of the two cannot be held against each other. Read both alike, or "
            "leave it out.",
        ),
    ],
)
def test_what_is_asked_otherwise_is_refused(ours, theirs, message):
    with pytest.raises(CxlensError) as refused:
        rivals_of({"A": theirs}, find_metric(ours, "Wi-Fi"))
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("competitors", "message"),
    [
        ([table()], "competitors: {'name': survey} is expected, not a list."),
        (
            {"rivals": table()},
            "competitors: no competitor can be called 'rivals' in this table. Give another name.",
        ),
        (
            {"A": table("Shops")},
            "competitors: 'A': metric 'Wi-Fi' is not known here. Touchpoints and outcomes: Shops.",
        ),
        ({"A": 3}, "A: a Survey is expected, not 3. Make one: cx.Survey(...)."),
    ],
)
def test_at_the_door(competitors, message):
    with pytest.raises(CxlensError) as refused:
        checked_rivals(competitors, [find_metric(table(), "Wi-Fi")])
    assert str(refused.value) == message


def test_what_is_refused_of_a_rival_names_it():
    with pytest.raises(cx.errors.ValuesError, match=r"^competitors: 'A': too few$"), with_name("A"):
        raise cx.errors.ValuesError("too few")
