from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.journeys.groups import (
    Counted,
    Question,
    clearly_first,
    groups_of,
    p_in_words,
    tells_of_few,
)
from cxlens.stats.shares_by_customer import ShareSums
from cxlens.study import event_store, journeys
from tests.stages.journeys.lived import START, Small, log_of, words


def counted(part: list[int], whole: list[int], people: list[int], of: list[int]) -> Counted:
    def sums(hits: list[int], journeys: list[int]) -> ShareSums:
        empty = np.zeros(len(hits), int)
        return ShareSums(np.array(hits), np.array(journeys), empty, empty, empty, empty)

    return Counted(sums(part, whole), sums(people, of))


def test_hits_misses_and_all_may_tell_of_a_few() -> None:
    shares = counted([0, 3, 17, 4, 10, 10], [20, 20, 20, 4, 20, 20], [0, 3, 17, 4, 10, 4], [20, 20, 20, 4, 20, 20])
    assert tells_of_few(shares, 5).tolist() == [False, True, True, True, False, True]
    assert not tells_of_few(counted([0, 3], [20, 4], [0, 3], [20, 4]), 1).any()


def test_open_journeys_are_set_aside_without_a_count_of_a_few() -> None:
    events = [(who, 1, minute, False) for who in range(4) for minute in (0, 10)]
    question = Question(log_of(Small(events, False)), (), 1)
    assert question.aside == ("4 journeys may still go on and are set aside",)
    assert question._replace(min_n=5).aside == ("Fewer than 5 journeys may still go on and are set aside",)
    assert question.n_over == "0 journeys that are over"
    told = question._replace(min_n=5)
    assert told.n_over == "4 journeys, a few of which may still go on"  # not how many are over, which would tell
    assert Question(words("a"), (), 1).n_over == "1 journey that is over"
    assert Question(words("a"), (), 1).aside == ()


def test_another_log_may_lack_an_end() -> None:
    question = Question(words("ab", "a"), ("b",), 1)
    assert question.of(words("a")).ends == ()
    assert question.of(words("ba")).ends == ("b",)


def test_first_is_what_lies_above_all_others() -> None:
    shares = pd.DataFrame({"share": [0.2, 0.5, 0.45], "low": [0.1, 0.4, 0.41], "high": [0.3, 0.6, 0.5], "n": [9, 9, 9]})
    level, is_clear = clearly_first(shares)
    assert (level.index.tolist(), is_clear) == ([1, 2], False)
    level, is_clear = clearly_first(shares.drop(2))
    assert (level.index.tolist(), is_clear) == ([1], True)
    level, is_clear = clearly_first(shares.assign(share=np.nan))
    assert (len(level), is_clear) == (0, False)


def test_p_in_words() -> None:
    assert (p_in_words(0.0004), p_in_words(0.0312)) == ("p < 0.001", "p = 0.031")


def test_groups_are_sorted_and_blanks_are_none() -> None:
    log = words(*["ab"] * 24, kind=["y"] * 8 + ["x"] * 8 + [None] * 8)
    groups = Question(log, (), 5, "kind").groups()
    assert [(group.name, group.journeys.sum()) for group in groups] == [("x", 8), ("y", 8)]


def test_sides_of_a_log_in_duckdb_are_those_of_one_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    n = 900
    events = pd.DataFrame({"who": rng.integers(0, 80, n), "met": rng.choice(list("abcd"), n), "felt": 3.0})
    events["at"] = START + pd.to_timedelta(rng.permutation(n), unit="h")
    events["kind"] = np.where(events["who"] % 2, "x", "y")

    def tables() -> tuple[str, list[pd.DataFrame]]:
        log = cx.JourneyLog(
            events,
            customer="who",
            touchpoint="met",
            time="at",
            gap="3 days",
            segments=["kind"],
            score="felt",
        )
        ways = cx.paths(log, plan=cx.Journey("Way", ["a", "b", "c"]))
        views = [ways.times("kind"), ways.follows("kind"), ways.rework(by="kind"), ways.around("b"), ways.planned()]
        funnel = cx.funnel(log, ["a", "b"], window="2 days", by="kind")
        made = [table for view in views for table in (view.table, *view.parts.values())]
        return type(log.rows()).__name__, [*made, funnel.table, funnel.moves, funnel.cohorts()]

    kind, in_memory = tables()
    monkeypatch.setattr(event_store, "LARGE", 1)
    monkeypatch.setattr(journeys, "LARGE", 1)
    other_kind, stored = tables()
    assert (kind, other_kind) == ("SortedEvents", "StoredEvents")
    for one, other in zip(in_memory, stored, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_groups_of_numbers_are_whole_and_in_order_beside_a_customer_without_one() -> None:
    rows = [(who, met, nr, floor) for who, floor in enumerate([10, 10, 2, 2, None]) for nr, met in enumerate("ab")]
    events = pd.DataFrame(rows, columns=["who", "met", "nr", "floor"])
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", segments=["floor"])
    groups = groups_of(log, "floor", 1)
    assert [group.name for group in groups] == ["2", "10"]
    assert [group.journeys.tolist() for group in groups] == [
        [False] * 2 + [True] * 2 + [False],
        [True] * 2 + [False] * 3,
    ]
