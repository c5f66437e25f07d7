"""Shares and comparisons by customer: against loops, and against what one journey each gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t

import cxlens as cx
from cxlens.stages.journeys.by_customer import Pairs, more_and_fewer, spans
from cxlens.stats.intervals import wilson
from tests.stages.journeys import lived
from tests.stages.journeys.lived import Small, small_logs

COUNTS = st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=1, max_size=12)


def pairs_from(table: np.ndarray) -> Pairs:
    """Of a table with a row a customer, a column a touchpoint, and in it the journeys dropped there of four."""
    owner, code = np.indices(table.shape).reshape(2, -1)
    return Pairs(code, owner, table.ravel(), np.full(table.size, 4))


@settings(max_examples=50, deadline=None)
@given(COUNTS)
def test_more_and_fewer_are_counted_customer_by_customer(rows: list[list[int]]) -> None:
    more, fewer, any_here = more_and_fewer(pairs_from(np.array(rows)), 0, 3)
    for other in range(3):
        assert more[other] == sum(1 for row in rows if row[0] > row[other])
        assert fewer[other] == sum(1 for row in rows if row[0] < row[other])
    assert any_here == sum(1 for row in rows if row[0])


def test_customers_who_always_do_the_same_are_worth_one_journey_each() -> None:
    same = np.repeat([[4, 0], [0, 4]], [30, 70], axis=0)
    low, high = spans(pairs_from(same), 2)
    one_low, one_high = wilson([30, 70], [100, 100])
    assert low == pytest.approx(one_low, abs=0.005)
    assert high == pytest.approx(one_high, abs=0.005)


def test_customers_without_habits_are_worth_their_journeys() -> None:
    rng = np.random.default_rng(1)
    hits = rng.binomial(4, 0.3, (2_000, 1))
    low, high = spans(pairs_from(hits), 1)
    of_journeys = wilson(hits.sum(axis=0), [8_000])
    assert high - low == pytest.approx(of_journeys[1] - of_journeys[0], rel=0.06)
    assert (high - low >= of_journeys[1] - of_journeys[0]).all()


def test_where_all_or_none_end_there_each_customer_counts_once() -> None:
    low, high = spans(pairs_from(np.repeat([[4, 0]], 20, axis=0)), 2)
    of_customers = wilson([20, 0], [20, 20])
    assert (low.tolist(), high.tolist()) == (of_customers[0].tolist(), of_customers[1].tolist())


def log_of(words: list[str], kinds: str = "", **roles: object) -> cx.JourneyLog:
    """Each word is a customer, each of its parts a journey of single letters, fifty days apart.

    ``kinds`` has a letter a customer, which is its segment.
    """
    rows = []
    for who, word in enumerate(words):
        for number, part in enumerate(word.split()):
            rows += [(who, letter, 50 * number + step) for step, letter in enumerate(part)]
    rows.append((len(words), "z", 2_000))
    events = pd.DataFrame(rows, columns=["who", "met", "day"])
    if kinds:
        events["kind"] = events["who"].map(dict(enumerate(kinds)))
        roles["segments"] = ["kind"]
    events["at"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(events["day"], unit="D")
    return cx.JourneyLog(events, customer="who", touchpoint="met", time="at", gap="30 days", **roles)


def test_one_customer_with_many_journeys_is_one_person() -> None:
    words = ["ab ab ab ab ab ab ab ab"] + ["ac"] * 12
    result = cx.paths(log_of(words))
    assert result.log.n == 21
    hidden = result.table.set_index(["touchpoint", "next"])["n"]
    assert pd.isna(hidden["a", "b"])  # eight times, by one person
    assert "a > b" not in set(result.variants["path"])
    ends = result.drop_off.set_index("touchpoint")
    assert pd.isna(ends.loc["b", "reached"])
    assert result.steps.loc["b"].isna().any()
    assert "fewer than 5 customers" in result.note
    assert "widened where customers have several journeys" in result.note
    shown = cx.paths(log_of(words), min_n=1)
    assert shown.drop_off.set_index("touchpoint").loc["b", "reached"] == 8
    assert shown.table.set_index(["touchpoint", "next"])["n"]["a", "b"] == 8


def test_a_share_of_one_customer_is_hidden_in_each_segment() -> None:
    words = [*["ab"] * 20, *["aab"] * 10, *["ab"] * 20, "aab " * 6]
    log = log_of(words, "x" * 30 + "y" * 21)
    met_again = [
        cx.paths(log, min_n=least).rework(by="kind").parts["segments"].set_index(["touchpoint", "segment"])["repeated"]
        for least in (1, 5)
    ]
    assert met_again[0]["a"].tolist() == [10, 6]
    assert met_again[1]["a"].isna().all()  # six times, by one person; x, so that y does not follow from it


def test_repeats_in_a_row_of_one_customer_are_hidden_beside_loops_of_many() -> None:
    words = [*["ab"] * 20, *["aba"] * 12, "aab " * 6]
    row = cx.paths(log_of(words)).rework().table.set_index("touchpoint").loc["a"]
    assert row["repeated"] == 18
    assert row[["in_a_row", "in_a_loop"]].isna().all()


def test_what_one_customer_meets_beside_a_plan_is_hidden() -> None:
    words = [*["ab"] * 20, *["aby"] * 8, "axb " * 6]
    plan = cx.Journey("Way", ["a", "b"])
    beside = cx.paths(log_of(words), plan=plan).planned().parts["beside"].set_index("touchpoint")["journeys"]
    assert beside["y"] == 8
    assert pd.isna(beside["x"])


def test_waits_of_one_customer_are_hidden() -> None:
    words = [*["ab"] * 20, *["yb"] * 8, "xb " * 6]
    n = cx.paths(log_of(words)).times().parts["waits"].set_index("touchpoint")["n"]
    assert n["a"] == 20
    assert n[["x", "y"]].isna().all()  # y, so that x does not follow from it


def test_one_customer_makes_no_clear_first() -> None:
    words = ["ab " * 9] * 2 + ["ac"] * 7 + ["ab"] * 3
    finding = cx.paths(log_of(words), min_n=1).finding
    assert finding.lead == "Most ends, with no clear first"


def test_a_log_of_few_customers_is_refused_however_many_journeys_they_have() -> None:
    with pytest.raises(cx.CxlensError) as error:
        cx.paths(log_of(["ab " * 10, "ac " * 10]))
    assert str(error.value) == (
        "The log holds fewer than 5 customers, which are hidden to protect people: nothing is left to show. "
        "Where you may look at single customers, say min_n=1."
    )


def test_where_journeys_end_by_the_log_is_no_early_stop() -> None:
    events = pd.DataFrame({"who": np.repeat(np.arange(40), 4), "met": ["a", "b", "a", "c"] * 40, "nr": range(160)})
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", ends_at="b")
    result = cx.paths(log)
    assert result.drop_off.set_index("touchpoint")["intended"].to_dict() == {"a": False, "b": True, "c": False}
    assert result.finding.lead == "Journeys that stop early most often stop at c:"
    stages = [cx.Touchpoint(name, stage=stage) for name, stage in (("a", "look"), ("b", "buy"), ("c", "after"))]
    rolled_up = log.by(cx.TouchpointMap(stages, cx.Lifecycle(["look", "buy", "after"])), "stage")
    assert cx.paths(rolled_up).drop_off.set_index("touchpoint")["intended"].to_dict() == {
        "look": False, "buy": True, "after": False,
    }  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(small_logs(), st.sampled_from([1, 3]))
def test_intervals_of_transitions_are_by_customer_where_these_have_several_journeys(small: Small, min_n: int) -> None:
    log = lived.log_of(small)
    assume(log.n_customers >= min_n)
    table = cx.paths(log, min_n=min_n).table
    told = table["n"].notna()
    assert table.loc[~told, ["share", "low", "high"]].isna().all(axis=None)
    names = (*log.touchpoints, "(start)", "(end)")
    moves = [
        (owner, names[origin], names[target])
        for owner, codes in zip(log.rows().owner.tolist(), lived.lived(log.rows()), strict=True)
        for origin, target in zip([-2, *codes], [*codes, -1], strict=True)
    ]
    for row in table[told].itertuples():
        wanted = slow_span(moves, row.touchpoint, row.next)
        assert (row.low, row.high) == pytest.approx(wanted)


def slow_span(moves: list[tuple[int, str, str]], origin: str, target: str) -> tuple[float, float]:
    """The interval of a share of departures, customer by customer, by the formula of a ratio's variance."""
    all_of_them: dict[int, list[bool]] = {}
    for owner, here, there in moves:
        if here == origin:
            all_of_them.setdefault(owner, []).append(there == target)
    hits = [sum(flags) for flags in all_of_them.values()]
    n = [len(flags) for flags in all_of_them.values()]
    share = sum(hits) / sum(n)
    customers = len(n)
    worth = float(sum(n))
    if customers < worth:
        worth = float(customers)
        if customers > 1 and 0 < share < 1:
            apart = sum((hit - share * one) ** 2 for hit, one in zip(hits, n, strict=True))
            variance = apart / sum(n) ** 2 * customers / (customers - 1)
            times = norm.ppf(0.975) / t.ppf(0.975, customers - 1)
            worth = min(max(share * (1 - share) / variance * times**2, 1), sum(n)) if variance > 1e-15 else sum(n)
    low, high = wilson(share * worth, worth)
    return float(low), float(high)


def test_customers_who_always_go_the_same_way_are_worth_one_departure_each() -> None:
    table = cx.paths(log_of(["ab ab ab ab"] * 30 + ["ac ac ac ac"] * 70)).table.set_index(["touchpoint", "next"])
    low, high = wilson(30, 100)
    assert table.loc[("a", "b"), "n"] == 120
    assert table.loc[("a", "b"), ["low", "high"]].tolist() == pytest.approx([low, high], abs=0.005)
