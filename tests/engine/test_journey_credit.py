"""Ways and credit: against plain Python, one event after the other."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlens.engine import journey_credit as credit
from cxlens.engine.journeys import sort_events


def ways(
    *words: str, converted: str | None = None, worth: list[float] | None = None, is_open: str | None = None
) -> credit.Ways:
    """Ways from words, a letter each touchpoint, of one customer each; flags are texts of 0 and 1."""
    flags = np.array([mark == "1" for mark in converted or "1" * len(words)])
    return credit.Ways(
        code=np.array([ord(letter) - ord("a") for word in words for letter in word], np.int64),
        journey=np.array([k for k, word in enumerate(words) for _ in word], np.int64),
        owner=np.arange(len(words)),
        converted=flags,
        is_open=np.array([mark == "1" for mark in is_open or "0" * len(words)]),
        value=np.array(worth or [0.0] * len(words)) * flags,
        n_touchpoints=5,
        outcome_at=np.empty(0, np.int64),
        moment_known=False,
    )


WORDS = st.lists(st.text("abcde", max_size=6), min_size=1, max_size=8)


def shapley(words: list[str]) -> list[Fraction]:
    """The Shapley value of the game in which a set is worth the words all of whose letters it has, by all orders."""
    players = "abcde"
    value = [Fraction(0)] * 5
    orders = list(permutations(range(5)))
    sets = [frozenset(players.index(letter) for letter in word) for word in words if word]
    for order in orders:
        for place, player in enumerate(order):
            before, after = frozenset(order[:place]), frozenset(order[: place + 1])
            value[player] += sum(met <= after for met in sets) - sum(met <= before for met in sets)
    return [total / len(orders) for total in value]


@given(WORDS)
def test_shapley_as_all_orders_of_entry(words: list[str]) -> None:
    of = ways(*words)
    conversions, _ = credit.shared_out(of, credit.fractions(of, "shapley"), np.zeros(len(words), int), 1)
    assert conversions[0, :-1] == pytest.approx([float(value) for value in shapley(words)])
    assert conversions[0, -1] == words.count("")


@given(WORDS, st.data())
def test_rules_as_plain_python(words: list[str], data: st.DataObject) -> None:
    converted = "".join(data.draw(st.lists(st.sampled_from("01"), min_size=len(words), max_size=len(words))))
    worth = [float(k + 1) for k in range(len(words))]
    of = ways(*words, converted=converted, worth=worth)
    block = np.arange(len(words)) % 2
    for rule, share in {
        "first": lambda word: {word[0]: 1.0},
        "last": lambda word: {word[-1]: 1.0},
        "linear": lambda word: {letter: word.count(letter) / len(word) for letter in word},
        "shapley": lambda word: {letter: 1 / len(set(word)) for letter in word},
    }.items():
        wanted, value = np.zeros((2, 2, 6))
        for k, word in enumerate(words):
            given_out = share(word) if word else {"f": 1.0}
            for letter, part in given_out.items():
                if converted[k] == "1":
                    wanted[k % 2, ord(letter) - ord("a")] += part
                    value[k % 2, ord(letter) - ord("a")] += part * worth[k]
        found = credit.shared_out(of, credit.fractions(of, rule), block, 2)
        assert found[0] == pytest.approx(wanted)
        assert found[1] == pytest.approx(value)


@given(WORDS, st.integers(1, 3), st.data())
def test_chains_as_plain_python(words: list[str], order: int, data: st.DataObject) -> None:
    marks = data.draw(st.lists(st.sampled_from("cno"), min_size=len(words), max_size=len(words)))
    of = ways(
        *words,
        converted="".join("1" if mark == "c" else "0" for mark in marks),
        is_open="".join("1" if mark == "o" else "0" for mark in marks),
        worth=[2.0] * len(words),
    )
    chain = credit.chain_of(of, order, np.arange(len(words)), len(words))
    size = len(chain.kind)
    assert chain.moves.shape == (len(words), (1 + size) * size)
    for k, (word, mark) in enumerate(zip(words, marks)):
        states = [word[max(0, step - order + 1) : step + 1] for step in range(len(word))]
        assert chain.moves[[k]].sum() == len(word)
        assert chain.ends[[k]].sum() == (bool(word) and mark != "o")
        assert chain.conversions[[k]].sum() == (bool(word) and mark == "c")
        assert chain.value[[k]].sum() == 2 * (bool(word) and mark == "c")
        pairs = chain.moves[[k]].toarray().reshape(1 + size, size)
        visited = pairs.sum(axis=0)
        assert sorted(chain.kind[visited > 0]) == sorted(ord(state[-1]) - ord("a") for state in set(states))
        assert sorted(visited[visited > 0]) == sorted(states.count(state) for state in set(states))
        assert (pairs > 0).sum() == len({*pairwise([None, *states])})


@given(WORDS, st.integers(1, 3))
def test_what_came_before_each_move(words: list[str], most: int) -> None:
    of = ways(*words, converted="".join("01"[k % 2] for k in range(len(words))))
    before, following, journey = credit.steps_to_compare(of, range(1, most + 1))
    moves = {(k, k % 2 + 5) for k, word in enumerate(words) if word}
    assert {(who, nxt) for who, nxt in zip(journey.tolist(), following.tolist()) if nxt >= 5} == moves
    assert len(following) == sum(len(word) + bool(word) for word in words)
    for order, context in enumerate(before, 1):
        wanted = [word[max(0, k - order) : k] for word in words for k in range(len(word))]
        found = context[: len(wanted)].tolist()
        assert len(set(zip(wanted, found))) == len(set(wanted)) == len(set(found))


def sorted_of(rows: list[tuple[int, int, int, int]]) -> tuple[object, np.ndarray, np.ndarray]:
    """Sorted events of (customer, touchpoint, second, reached), with ticks and flags in their order."""
    frame = pd.DataFrame(rows, columns=["who", "met", "at", "reached"])
    frame["who"], _ = pd.factorize(frame["who"])
    events, order = sort_events(
        frame["who"].to_numpy(np.int64), frame["met"].to_numpy(np.int64), ticks=frame["at"].to_numpy(np.int64)
    )
    return events, frame["at"].to_numpy()[order], frame["reached"].to_numpy(bool)[order]


ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 20), st.sampled_from([0, 0, 1])),
    min_size=1,
    max_size=25,
)


@given(ROWS, st.sampled_from([None, 0, 3, 10]))
def test_ways_as_plain_python(rows: list[tuple[int, int, int, int]], lookback: int | None) -> None:
    events, ticks, reached = sorted_of(rows)
    converted = np.bincount(events.journey, reached) > 0
    value = np.arange(len(events), dtype=float)
    fates = credit.Fates(converted, ~converted, reached, value)
    found = credit.ways_of(events, fates, ticks, lookback)
    journeys = [np.flatnonzero(events.journey == k).tolist() for k in range(events.n_journeys)]
    known = any(converted[k] and not reached[places].all() for k, places in enumerate(journeys))
    stops = [next((p for p in places if reached[p]), places[-1]) if known else places[-1] for places in journeys]
    where = {int(events.code[stop]) for k, stop in enumerate(stops) if converted[k]}
    itself = (
        where if known and not any(events.code[p] in where and not reached[p] for p in range(len(events))) else set()
    )
    assert found.moment_known == known
    assert set(found.outcome_at.tolist()) == itself
    most = 100 if lookback is None else lookback
    kept = [
        (k, int(events.code[p]))
        for k, places in enumerate(journeys)
        for p in places
        if p <= stops[k] and events.code[p] not in itself and ticks[stops[k]] - ticks[p] <= most
    ]
    assert list(zip(found.journey.tolist(), found.code.tolist())) == kept
    worth = [sum(value[p] for p in places if p <= stops[k]) * converted[k] for k, places in enumerate(journeys)]
    assert found.value == pytest.approx(worth)


def test_some_journeys_of_ways() -> None:
    of = ways("ab", "", "cab", worth=[1.0, 2.0, 3.0]).take(np.array([False, True, True]))
    assert of.journey.tolist() == [1, 1, 1]
    assert of.code.tolist() == [2, 0, 1]
    assert of.value.tolist() == [2.0, 3.0]
    assert of.owner.tolist() == [1, 2]
    assert credit.renumber(of, np.array([7, 8, 9])).owner.tolist() == [8, 9]


def test_heuristics_of_the_reference(shared: Path) -> None:
    paths = pd.read_csv(shared / "reference" / "ChannelAttribution_Data.csv", sep=";")
    told = json.loads((shared / "reference" / "journeys.json").read_text())["ChannelAttribution_Data"]["heuristic"]
    steps = paths["path"].str.split(" > ").explode()
    codes, names = pd.factorize(steps)
    of = credit.Ways(
        code=codes.astype(np.int64),
        journey=steps.index.to_numpy(np.int64),
        owner=np.arange(len(paths)),
        converted=np.ones(len(paths), bool),
        is_open=np.zeros(len(paths), bool),
        value=np.ones(len(paths)),
        n_touchpoints=len(names),
        outcome_at=np.empty(0, np.int64),
        moment_known=False,
    )
    weights = paths[["total_conversions", "total_conversion_value"]].to_numpy(float)
    for rule in ("first", "last", "linear"):
        by_path, _ = credit.shared_out(of, credit.fractions(of, rule), np.arange(len(paths)), len(paths))
        conversions, value = weights.T @ by_path[:, :-1]
        for row in told:
            place = names.get_loc(row["channel_name"])
            assert conversions[place] == pytest.approx(row[f"{rule}_touch_conversions"], abs=1e-6)
            assert value[place] == pytest.approx(row[f"{rule}_touch_value"], abs=1e-6)
