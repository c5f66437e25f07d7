"""A part of the simulation of profit by segment, so that benchmarks/README.md stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_profit.py"
SPEC = importlib.util.spec_from_file_location("simulate_profit", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)


@pytest.mark.simulation
def test_what_is_planted_is_found_and_nothing_else():
    alike = np.array([sim.judged(sim.CASES["3 segments alike, 60 each"], seed) for seed in range(3)])
    assert alike[:, 0].sum() >= 2
    assert alike[:, 1].sum() <= 1
    covers, first = sim.judged(sim.CASES["the first brings a half more, 200 each"], 1)
    assert (covers >= 2 / 3, first) == (True, True)


def test_the_table_shows_shares_with_their_errors(capsys, monkeypatch):
    monkeypatch.setattr(sim, "CASES", {"all alike": sim.Case((1, 1), (5, 5))})
    monkeypatch.setattr(sim, "judged", lambda _, seed: (1.0 if seed else 0.5, seed == 3))
    sim.main(0.01)
    assert capsys.readouterr().out.splitlines()[-1] == "| all alike | 87.5 +- 10.8 | 25.0 +- 21.7 | 4 |"
