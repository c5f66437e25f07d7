"""How far a chain has to look back: against plain counting, and on walks whose memory is known."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from cxlens.stats.chain_order import FOLDS, choose_order


def walks(n: int, memory: int, rng: np.random.Generator) -> list[list[int]]:
    """Walks over three states; with a memory of two what comes next depends on the one before the last, too."""
    found = []
    for _ in range(n):
        walk = [int(rng.integers(3))]
        while rng.random() > 0.2:
            likely = walk[-1] if memory == 1 or len(walk) == 1 else walk[-2]
            shares = np.full(3, 0.2)
            shares[likely] += 0.4
            walk.append(int(rng.choice(3, p=shares)))
        found.append(walk)
    return found


def arrays(found: list[list[int]]) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """What comes before each move in each order, what comes next (3 is the end), and whose it is."""
    rows = [
        (tuple([-1, -1, *walk][k : k + 2]), [*walk, 3][k], who)
        for who, walk in enumerate(found)
        for k in range(len(walk) + 1)
    ]
    first = np.array([before[1] + 1 for before, _, _ in rows])
    second = np.array([before[0] + 1 for before, _, _ in rows]) * 4 + first
    return [first, second], np.array([nxt for _, nxt, _ in rows]), np.array([who for *_, who in rows])


def test_as_plain_counting() -> None:
    contexts, following, unit = arrays(walks(23, 2, np.random.default_rng(1)))
    wanted = []
    for order in range(2):
        total = 0.0
        for row in range(len(unit)):
            others = [k for k in range(len(unit)) if unit[k] % FOLDS != unit[row] % FOLDS]
            nxt = Counter(following[k] for k in others)
            share = (nxt[following[row]] + 1) / (len(others) + 4)
            for context in contexts[: order + 1]:
                same = [k for k in others if context[k] == context[row]]
                share = (sum(following[k] == following[row] for k in same) + share) / (len(same) + 1)
            total += math.log(share)
        wanted.append(total / 23)
    found = choose_order(contexts, following, unit, 4, 0.95)
    assert found.per_unit == pytest.approx(wanted)
    assert found.gain[1] == pytest.approx(wanted[1] - wanted[0])
    assert np.isnan(found.gain[0])
    assert found.low[1] < found.gain[1] < found.high[1]


def test_of_one_unit_nothing_is_clear() -> None:
    found = choose_order([np.zeros(3, int), np.arange(3)], np.array([0, 1, 0]), np.zeros(3, int), 2, 0.95)
    assert found.chosen == 0
    assert np.isinf(found.low[1])


@pytest.mark.simulation
def test_a_longer_memory_is_taken_where_there_is_one_and_hardly_where_there_is_none() -> None:
    rng = np.random.default_rng(4)
    chosen = {
        memory: [choose_order(*arrays(walks(150, memory, rng)), 4, 0.95).chosen for _ in range(60)] for memory in (1, 2)
    }
    assert sum(chosen[1]) <= 3  # at most 5 in 100
    assert sum(chosen[2]) >= 57
