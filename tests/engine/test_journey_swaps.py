"""Journeys that might have been: what a swap keeps, and which ways there are."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np

from cxlens.engine.journey_swaps import swapped, ways_of
from tests.stages.journeys.lived import words

LOST, DONE = -1, -2


def test_two_swap_how_they_go_on() -> None:
    found = swapped([(0, 1, LOST), (2, 3, DONE)], most=100)
    assert set(found) == {(0, 3, DONE), (2, 1, LOST), (0, 1, DONE), (2, 3, LOST)}


def test_from_the_same_touchpoint_at_another_step_what_follows_what_stays() -> None:
    ways = [(0, 1, LOST), (2, 0, 3, LOST)]
    found = swapped(ways, most=100)
    pair = ((0, 3, LOST), (2, 0, 1, LOST))
    assert set(pair) <= set(found)
    moves = [Counter(move for way in both for move in pairwise(way)) for both in (ways, pair)]
    assert moves[0] == moves[1]


def test_no_way_that_there_is_already() -> None:
    ways = [(0, 1, LOST), (0, 2, LOST), (1, 2, LOST)]
    assert not set(swapped(ways, most=100)) & set(ways)


def test_ways_are_told_apart_by_what_became_of_them() -> None:
    log = words("ab", "ab", "ab", "b", bought=[1, 1, 0, 0])
    fate = np.where(log.converted, DONE, LOST)
    found = ways_of(log.rows(), fate, np.arange(4))
    assert dict(zip(found.ways, found.n.tolist(), strict=True)) == {(0, 1, DONE): 2, (0, 1, LOST): 1, (1, LOST): 1}
    assert found.variant.tolist() == [0, 0, 1]
