"""Feelings on the way: by hand, by groups, what is hidden, and every refusal in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlens as cx
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.journeys.felt import felt as felt_side
from cxlens.stages.journeys.felt_words import Felt


def log_of(rows: list[tuple[int, str, float]], **options: Any) -> cx.JourneyLog:
    """A log of (customer, touchpoint, score), in this order; customers of odd numbers are of kind y."""
    events = pd.DataFrame(rows, columns=["who", "met", "felt"])
    events["nr"] = range(len(events))
    events["kind"] = np.where(events["who"] % 2 == 1, "y", "x")
    given_options = {"customer": "who", "touchpoint": "met", "order": "nr", "score": "felt", "segments": ["kind"]}
    return cx.JourneyLog(events, **{**given_options, **options})


def felt(log: cx.JourneyLog, min_n: int = 1, **options: Any) -> Any:
    return cx.paths(log, min_n=min_n).felt(**options)


def alone(log: cx.JourneyLog, by: str | None = None) -> Any:
    """The side without the paths that it is a side of."""
    return felt_side(log, Felt("touchpoint", by, None, 0.95, 1), lambda other: alone(other, by))


FOUR = [(who, met, score) for who in range(4) for met, score in (("a", 4.0), ("b", 2.0 + who / 10), ("c", 3.0))]


class TestByHand:
    def test_touchpoints(self) -> None:
        view = felt(log_of([*FOUR, (4, "a", 5.0)]))
        assert list(view.table.columns) == [
            "touchpoint", "n", "customers", "mean", "low", "high", "reach", "reach_low", "reach_high",
        ]  # fmt: skip
        assert view.table["mean"].tolist() == pytest.approx([4.2, 2.15, 3.0])
        assert view.table["n"].tolist() == [5, 4, 4]
        assert view.table["reach"].tolist() == [1.0, 0.8, 0.8]

    def test_steps(self) -> None:
        view = felt(log_of([*FOUR, (4, "b", 5.0)]), along="step")
        assert view.table["step"].tolist() == [1, 2, 3]
        assert view.table["mean"].tolist() == pytest.approx([4.2, 2.15, 3.0])

    def test_steps_stop_at_twenty(self) -> None:
        view = felt(log_of([(who, "a", 1.0) for who in range(2) for _ in range(30)]), along="step")
        assert view.table["step"].tolist() == list(range(1, 21))
        assert view.table["n"].tolist() == [2] * 20

    def test_peak_and_end(self) -> None:
        rows = [(0, "a", 1.0), (0, "b", 5.0), (0, "c", 3.0), (1, "a", 2.0), (1, "b", 2.0), (2, "a", 9.0)]
        table = felt(log_of(rows)).parts["peak and end"].set_index("moment")
        assert table["mean"].to_dict() == {
            "lowest": 1.5, "highest": 3.5, "end": 2.5, "average": 2.5, "end less average": 0.0,
        }  # fmt: skip
        assert table["n"].tolist() == [2] * 5
        assert table["p_value"].isna().tolist() == [True] * 4 + [True]  # all alike: no error

    def test_a_customer_of_many_journeys_is_one(self) -> None:
        rows = [(0, "a", 1.0)] * 50 + [(1, "a", 5.0), (2, "a", 4.0)]
        table = felt(log_of(rows)).table
        assert table["customers"].tolist() == [3]
        assert table["high"][0] - table["low"][0] > 1

    def test_ratings_of_a_survey(self) -> None:
        answers = pd.DataFrame({"id": range(4), "a": [1, 2, 3, 4], "y": [1, 2, 3, 4]})
        survey = cx.Survey(answers, touchpoints=["a"], outcome="y", respondent="id")
        view = felt(log_of(FOUR, score=None), answers=survey)
        assert view.table["mean"].tolist() == pytest.approx([2.5, np.nan, np.nan], nan_ok=True)
        assert view.note.startswith("Scores are what the customer of an event rated its touchpoint in the survey")


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from("abc"), st.integers(1, 5)), min_size=1, max_size=25))
def test_means_as_plain_python_in_any_order_of_rows(rows: list[tuple[int, str, int]]) -> None:
    table = felt(log_of(rows)).table.set_index("touchpoint")
    for name in {name for _, name, _ in rows}:
        scores = [score for _, met, score in rows if met == name]
        assert table.loc[name, "mean"] == pytest.approx(np.mean(scores))
        assert table.loc[name, "reach"] == len({who for who, met, _ in rows if met == name}) / len({r[0] for r in rows})


class TestWords:
    def test_clearly_lowest(self) -> None:
        rng = np.random.default_rng(1)
        rows = [
            (who, met, mean + rng.normal(0, 0.5)) for who in range(40) for met, mean in (("a", 4), ("b", 2), ("c", 3))
        ]
        view = felt(log_of(rows))
        assert view.finding.lead == "Scores are lowest at b:"
        assert view.finding.certainty == "clearly lowest"
        assert view.finding.more[0].startswith("They are clearly highest at a, 4.0")

    def test_no_clear_last(self) -> None:
        view = felt(log_of([(who, met, float(who % 3)) for who in range(9) for met in "ab"]))
        assert view.finding.lead == "The lowest scores, with no clear last"
        assert [item.name for item in view.finding.items] == ["a", "b"]
        assert view.finding.more[0] == "They are highest at b, 1.00 [0.33, 1.67], with no clear first"

    def test_the_end(self) -> None:
        rows = [
            (who, met, score + who % 2 / 10) for who in range(9) for met, score in (("a", 2.0), ("b", 4.0 + who % 3))
        ]
        assert (
            felt(log_of(rows)).finding.more[-1].startswith("The last score of a journey is clearly above its average")
        )
        steady = [(who, met, float(who % 3 + (met == "b") * (who % 2 - 0.5))) for who in range(12) for met in "ab"]
        assert felt(log_of(steady)).finding.more[-1] == "The last score of a journey is not clearly off its average"

    def test_groups(self) -> None:
        rng = np.random.default_rng(2)
        rows = [(who, met, 3 + (who % 2) * (met == "b") + rng.normal(0, 0.5)) for who in range(60) for met in "ab"]
        view = felt(log_of(rows), by="kind")
        assert view.finding.lead == "At b scores are higher among y than among x, by"
        assert view.finding.certainty == "clearly, allowing for 2 comparisons"
        alike = felt(log_of([(who, "a", float(who // 2 % 3)) for who in range(30)]), by="kind")
        assert alike.finding.lead == "Scores do not clearly differ by kind"

    def test_too_few(self) -> None:
        view = felt(log_of([(who, "abc"[who % 3], 1.0) for who in range(12)]), by="kind", min_n=4)
        assert view.finding.lead == "Too few scores to compare by kind"
        assert felt(log_of([(who, met, 1.0) for who, met in enumerate("abcabcaa")]), min_n=5).finding.lead == (
            "No touchpoint has scores of 5 customers or more that may be shown"
        )

    def test_sentences_are_plain(self, faults: Callable[[str], list[str]]) -> None:
        for options in ({}, {"by": "kind"}, {"along": "step"}, {"along": "step", "by": "kind"}):
            view = felt(log_of(FOUR * 3), **options)
            assert faults(view.sentence) == []

    def test_asked_again(self) -> None:
        log = log_of(FOUR)
        view = felt(log, along="step", by="kind", level=0.9)
        again = view.again(log)
        pd.testing.assert_frame_equal(view.table, again.table)
        assert again.level == 0.9


def test_scores_of_a_few_are_hidden() -> None:
    rows = [(who, "a", 1.0 * who) for who in range(9)] + [(who, "b", 2.0) for who in range(3)]
    table = felt(log_of(rows), min_n=5).table.set_index("touchpoint")
    assert pd.isna(table.loc["b", "mean"])
    assert pd.isna(table.loc["b", "reach"])
    assert table["n"].isna().all()  # of two, the other would tell


def by_kind(met: dict[str, list[tuple[str, int]]]) -> cx.JourneyLog:
    """``{kind: [(route, customers)]}``, scored 1 to 3."""
    rows = [
        (f"{kind}{route}{who}", letter, nr, 1.0 + who % 3, kind)
        for kind, routes in met.items()
        for route, customers in routes
        for who in range(customers)
        for nr, letter in enumerate(route)
    ]
    events = pd.DataFrame(rows, columns=["who", "met", "nr", "felt", "kind"])
    return cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", score="felt", segments=["kind"])


def test_reach_of_a_few_does_not_follow_from_all_less_the_others() -> None:
    log = by_kind({"x": [("ab", 3), ("a", 20)], "y": [("ab", 12), ("a", 20)], "z": [("ab", 15), ("a", 20)]})
    reach = cx.paths(log).felt(by="kind").table.set_index(["touchpoint", "segment"])["reach"]["b"]
    whole = cx.paths(log).felt().table.set_index("touchpoint")["reach"]["b"] * log.n
    sizes = {"x": 23, "y": 32, "z": 35}
    left = whole - sum(reach[kind] * sizes[kind] for kind in sizes if not np.isnan(reach[kind]))
    assert np.isnan(reach["x"])
    assert reach.isna().sum() == 2
    assert left >= 5


def test_reach_of_which_few_people_miss_it_is_hidden_however_many_their_journeys() -> None:
    rows = [(who, met, 1.0) for who in range(30) for met in ("ab" if who > 1 else "aca" * 4)]
    events = pd.DataFrame(rows, columns=["who", "met", "felt"]).assign(nr=range(len(rows)))
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", score="felt", ends_at=["b", "c"])
    reach = cx.paths(log).felt().table.set_index("touchpoint")["reach"]
    assert np.isnan(reach["b"])


@pytest.mark.simulation
def test_nothing_is_clear_where_nothing_is() -> None:
    """Touchpoints and groups alike, customers with habits: at most 5 in 100, and three errors of 40 runs."""
    rng = np.random.default_rng(7)
    lowest, differs = [], []
    for _ in range(40):
        habit = rng.normal(0, 1, 30)
        rows = [(who, met, habit[who] + rng.normal()) for who in range(30) for met in rng.choice(list("ab"), 4)]
        log = log_of(rows)
        lowest.append(alone(log).finding.certainty == "clearly lowest")
        differs.append(alone(log, by="kind").finding.lead.startswith("At "))
    assert np.mean(lowest) <= 0.05 + 3 * 0.035
    assert np.mean(differs) <= 0.05 + 3 * 0.035


@pytest.mark.simulation
def test_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(9)
    held = []
    for _ in range(40):
        habit = rng.normal(3, 1, 25)
        rows = [(who, "a", habit[who] + rng.normal(0, 0.3)) for who in range(25) for _ in range(1 + rng.integers(6))]
        row = alone(log_of(rows)).table.iloc[0]
        held.append(row["low"] <= 3 <= row["high"])
    assert np.mean(held) >= 0.95 - 3 * 0.035


class TestErrors:
    def test_no_scores(self) -> None:
        with pytest.raises(OptionError) as error:
            felt(log_of(FOUR, score=None))
        assert str(error.value) == (
            "felt needs scores. Name their column in JourneyLog(..., score='column'), or give a survey of the same "
            "customers: felt(answers=survey)."
        )

    def test_only_blanks(self) -> None:
        with pytest.raises(ValuesError) as error:
            felt(log_of([(0, "a", np.nan), (1, "b", np.nan)]))
        assert str(error.value) == "felt needs scores, and no event of the log has one."

    def test_along(self) -> None:
        with pytest.raises(OptionError) as error:
            felt(log_of(FOUR), along="steps")
        assert str(error.value) == (
            "along='steps' is not an option. Did you mean 'step'? Options: 'touchpoint', 'step'."
        )

    def test_by(self) -> None:
        with pytest.raises(OptionError) as error:
            felt(log_of(FOUR, segments=[]), by="kind")
        assert str(error.value) == (
            "by='kind': the log has no segments. Name the column in JourneyLog(..., segments=['kind'])."
        )

    def test_no_survey(self) -> None:
        with pytest.raises(OptionError) as error:
            felt(log_of(FOUR), answers=pd.DataFrame())
        assert str(error.value) == (
            "felt works on a Survey, not on a DataFrame. Make one: "
            "cx.Survey(data, touchpoints=[...], outcome=..., respondent=...)."
        )
