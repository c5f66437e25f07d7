"""Moves of people: each goes through the cell that needs it, and through people only."""

from __future__ import annotations

import numpy as np

from cxlens.stats.linked_tables import LinkedTables
from cxlens.stats.people_moves import PeopleMoves


def moves_of(codes: np.ndarray) -> tuple[PeopleMoves, np.ndarray]:
    moves = PeopleMoves(LinkedTables.count(codes, 3), 5)
    wanted = np.flatnonzero(moves.small)
    moves.cover(wanted)
    return moves, wanted


def test_every_move_touches_people_only_and_every_cell_has_one() -> None:
    rng = np.random.default_rng(6)
    codes = np.column_stack([rng.choice(4, 150, p=[0.5, 0.3, 0.15, 0.05]) for _ in range(4)])
    moves, wanted = moves_of(codes)
    assert (moves.moves_through[wanted] > 0).all()
    assert all((moves.tables.counts[move] > 0).all() for move in moves.moves)
    before = moves.hidden.sum()
    moves.drop_needless(wanted)
    assert (moves.moves_through[wanted] > 0).all()
    assert moves.hidden.sum() <= before


def test_a_small_level_is_changed_into_another() -> None:
    codes = np.column_stack([np.repeat([0, 1, 2], [3, 40, 60])])
    moves, _ = moves_of(codes)
    assert moves.hidden.tolist() == [True, True, False]
