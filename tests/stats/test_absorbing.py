"""Removal effects: against a reference in closed form, and against chains solved one by one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlens.stats.absorbing import removal


def test_reference_in_closed_form(shared: Path) -> None:
    told = json.loads((shared / "reference" / "journeys.json").read_text())["ChannelAttribution_Data"]
    exact = told["analytic_order1_exact"]
    names = sorted(exact["removal_effects"])
    moves, ends, gains = np.zeros((1, 13, 12)), np.zeros((1, 13)), np.zeros((1, 13, 1))
    for move, n in exact["transition_counts"].items():
        origin, target = move.split(" > ")
        row = 0 if origin == "(start)" else names.index(origin) + 1
        if target in names:
            moves[0, row, names.index(target)] = n
        else:
            ends[0, row] += n
            gains[0, row, 0] += n * (target == "(conversion)")
    found = removal(moves, ends, gains, np.arange(12), 12)
    assert found.whole[0, 0] == pytest.approx(0.2238451355968638, abs=1e-15)
    effects = 1 - found.without[0, :, 0] / found.whole[0, 0]
    assert effects == pytest.approx([exact["removal_effects"][name] for name in names], abs=1e-14)
    credit = found.shares[0, :, 0] * told["total_conversions"]
    assert credit == pytest.approx([exact["attributed_conversions"][name] for name in names], abs=1e-9)


def solved_without(moves, ends, gains, removed):
    """The expected gain by steps, one after the other, where states that are removed end a walk with nothing."""
    departures = moves.sum(axis=1) + ends
    ahead = np.zeros(len(ends) - 1)
    for _ in range(3000):
        alive = np.where(removed, 0.0, ahead)
        new = np.divide(
            moves[1:] @ alive + gains[1:], departures[1:], out=np.zeros_like(ahead), where=departures[1:] > 0
        )
        if np.abs(new - ahead).max(initial=0) < 1e-14:
            break
        ahead = new
    return (moves[0] @ np.where(removed, 0.0, ahead) + gains[0]) / departures[0]


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 4))
def test_as_chains_solved_one_by_one(seed: int, states: int, kinds: int) -> None:
    rng = np.random.default_rng(seed)
    moves = rng.poisson(0.7, (3, 1 + states, states)).astype(float)
    moves[:, 0, 0] += 1
    ends = rng.poisson(1.0, (3, 1 + states)).astype(float)
    gains = ends[:, :, None] * rng.random((3, 1 + states, 2))
    kind = rng.integers(0, kinds, states)
    found = removal(moves, ends, gains, kind, kinds)
    for chain in range(3):
        for thing in range(2):
            one = (moves[chain], ends[chain], gains[chain, :, thing])
            nobody = np.zeros(states, bool)
            assert found.whole[chain, thing] == pytest.approx(solved_without(*one, nobody), abs=1e-9)
            for member in range(kinds):
                without = solved_without(*one, kind == member)
                assert found.without[chain, member, thing] == pytest.approx(without, abs=1e-9)


def test_states_from_which_no_walk_ended() -> None:
    moves = np.array([[[3.0, 1.0], [0.0, 0.0], [0.0, 5.0]]])  # the second state leads to itself for ever
    found = removal(moves, np.array([[0.0, 3.0, 0.0]]), np.array([[[0.0], [2.0], [0.0]]]), np.array([0, 1]), 2)
    assert found.whole.tolist() == [[pytest.approx(0.5)]]
    assert found.shares[0, :, 0].tolist() == [1.0, 0.0]


def test_where_nothing_is_gained_there_are_no_shares() -> None:
    found = removal(np.ones((1, 2, 1)), np.ones((1, 2)), np.zeros((1, 2, 1)), np.array([0]), 1)
    assert np.isnan(found.shares).all()
