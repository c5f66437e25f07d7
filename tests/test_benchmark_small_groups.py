"""A part of the simulations of small groups, waves and raked weights, so that benchmarks/README.md stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_small_groups.py"
SPEC = importlib.util.spec_from_file_location("simulate_small_groups", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)


@pytest.mark.simulation
@pytest.mark.parametrize("claim", ["employees, 600 and 20", "monitor, waves of 300, 300, 15, 300, 15"])
def test_a_small_group_is_seldom_told_apart_by_chance(claim):
    """Before: 32 and 21 of 100 studies."""
    _, claimed, _ = sim.CLAIMS[claim]
    assert sum(claimed(seed) for seed in range(8)) <= 1


@pytest.mark.simulation
def test_a_raked_mean_is_as_sure_as_its_margins_make_it():
    inside = np.array([sim.raked("margins explain the score", 400, seed)[:2] for seed in range(5)])
    assert inside[:, 0].sum() >= 4


def test_the_tables_show_shares_with_their_errors(capsys, monkeypatch):
    monkeypatch.setattr(sim, "CLAIMS", {"all is well": ("29", lambda seed, better=0: seed == 3 or better > 0, 0.5)})
    monkeypatch.setattr(sim, "CASES", {"any": sim.CASES["margins unrelated"]})
    monkeypatch.setattr(sim, "BEFORE", {"any": "94.5"})
    monkeypatch.setattr(sim, "raked", lambda *of_study: (True, of_study[-1] > 1, False))
    monkeypatch.setattr(sim, "ranks", lambda *of_study: (0.5, True, of_study[-1] > 0))
    sim.main(0.01)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "| all is well | 29 | 25.0 +- 21.7 | 4 | 100.0 +- 0.0 |"
    assert lines[6] == "| any | 400 | 94.5 | 100.0 +- 0.0 | 50.0 +- 25.0 | 4 | 0.0 +- 0.0 |"
    assert lines[11] == "| 1 | 12, 0.2 | 0.50 | 100.0 +- 0.0 | 75.0 +- 21.7 | 4 |"
