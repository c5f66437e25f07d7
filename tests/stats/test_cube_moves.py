"""One table by three columns with all its totals: cubes, frozen cells, slices."""

from __future__ import annotations

import numpy as np
import pytest

from cxlens.stats import cube_moves
from cxlens.stats.cube_moves import frozen_cells, guard


def test_cells_alone_in_a_line_are_frozen_and_so_are_those_left_alone_then() -> None:
    counts = np.full((2, 2, 2), 9)
    assert not frozen_cells(counts).any()
    counts[0, 0, 0] = 0
    assert frozen_cells(counts).all()


def test_two_small_cells_share_a_cube() -> None:
    counts = np.full((3, 3, 3), 20)
    counts[0, 0, 0] = counts[1, 1, 1] = 1
    small = counts < 5
    hidden, unmoved = guard(counts, small, small)
    assert hidden.sum() == 8
    assert not unmoved.any()


@pytest.mark.parametrize("largest", [40, 1500])
def test_slices_hold_too(monkeypatch: pytest.MonkeyPatch, largest: int) -> None:
    monkeypatch.setattr(cube_moves, "LARGEST", largest)
    counts = np.random.default_rng(1).poisson(12, (8, 4, 4)) + 1
    small = counts < 7
    hidden, unmoved = guard(counts, small, small)
    assert not unmoved.any()
    for axis in range(3):
        assert (hidden.sum(axis=axis) != 1).all()
    assert hidden.sum() < counts.size * 0.6
