"""A part of the simulation of credit, so that benchmarks/README.md stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_credit.py"
SPEC = importlib.util.spec_from_file_location("simulate_credit", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)


@pytest.mark.simulation
def test_intervals_hold_the_truth_and_nothing_is_claimed_where_nothing_is():
    truth = sim.shares(sim.journeys(10_000, 0), 2)["share"]
    held, leads, differs = np.swapaxes([sim.told(200, 1 + seed, truth, n_boot=40) for seed in range(16)], 0, 1)
    assert (held.mean(axis=0) >= 0.95 - 3 * 0.04).all()  # 40 redraws, the truth of 10,000 customers
    assert (leads.mean(axis=0) <= 0.05 + 3 * 0.055).all()
    assert (differs.mean(axis=0) <= 0.05 + 3 * 0.055).all()


def test_the_table_shows_shares_with_their_errors(capsys, monkeypatch):
    monkeypatch.setattr(sim, "SIZES", (20,))
    monkeypatch.setattr(sim, "MANY", 50)
    monkeypatch.setattr(sim, "told", lambda *_: sim.Told([1.0] * 5, [False] * 5, [True] * 5))
    sim.main(0.001)
    assert capsys.readouterr().out.splitlines()[2] == "| 20 | first | 100.0 +- 0.0 | 0.0 +- 0.0 | 100.0 +- 0.0 |"
