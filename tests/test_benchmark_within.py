"""A part of the simulations of slopes within and between places, so that benchmarks/README.md stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_within.py"
SPEC = importlib.util.spec_from_file_location("simulate_within", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)


@pytest.mark.simulation
@pytest.mark.parametrize("name", ["10 places", "20 places"])
def test_where_places_differ_in_their_level_only_little_is_said(name):
    drawn = np.array([sim.claims(sim.NULL[name], seed) for seed in range(30)])
    assert (drawn[:, :3].mean(axis=0) <= 0.1).all()
    assert drawn[:, 3].mean() > 0.9


@pytest.mark.simulation
def test_a_mark_of_good_places_and_a_steeper_place_are_named():
    assert np.mean([sim.named(sim.NULL["20 places"], seed, 2.0) for seed in range(10)], axis=0)[0] >= 0.5
    assert np.mean([sim.steep(sim.NULL["20 places"], seed, 2.0) for seed in range(10)], axis=0)[0] >= 0.5


def test_the_tables_show_shares_with_their_errors(capsys, monkeypatch):
    monkeypatch.setattr(sim, "NULL", {"20 places": sim.NULL["20 places"], "40 places": sim.NULL["40 places"]})
    monkeypatch.setattr(sim, "MARKS", [("20 places", 2.0)])
    monkeypatch.setattr(sim, "claims", lambda _, seed: [float(seed == 3), 0.0, 0.0, 1.0])
    monkeypatch.setattr(sim, "named", lambda *asked: [asked[-1] > 1, False])
    monkeypatch.setattr(sim, "steep", lambda *asked: [asked[-1] > 1, False])
    sim.main(0.01)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "| 20 places | 25.0 +- 21.7 | 0.0 +- 0.0 | 0.0 +- 0.0 | 100.0 +- 0.0 | 4 |"
    assert lines[7] == "| 20 places | 2 | 100.0 +- 0.0 | 0.0 +- 0.0 | 4 |"
    assert lines[-1] == "| 40 places | 2 | 100.0 +- 0.0 | 0.0 +- 0.0 | 4 |"
