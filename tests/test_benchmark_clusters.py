"""A part of the simulations of clusters, scores at the top and blanks, so that benchmarks/README.md stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_clusters.py"
SPEC = importlib.util.spec_from_file_location("simulate_clusters", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)


@pytest.mark.simulation
@pytest.mark.parametrize("name", ["8 of 60", "20 unequal"])
def test_touchpoints_without_effect_are_seldom_clear_by_clusters(name):
    drawn = [sim.clustered(name, 12, seed)[0] for seed in range(40)]
    assert np.mean([np.mean(p < 0.05) for p in drawn]) < 0.07  # CR1: 14 and 15 of 100
    assert np.mean([sim.any_clear(p) for p in drawn]) <= 0.1  # CR1: 23 and 33 of 100


@pytest.mark.simulation
@pytest.mark.parametrize("name", ["8 of 60", "20 of 40"])
def test_touchpoints_without_effect_on_yes_or_no_are_seldom_clear_by_clusters(name):
    drawn = [sim.clustered_yes(name, 6, seed)[0] for seed in range(40)]
    assert np.mean([np.mean(p < 0.05) for p in drawn]) < 0.07
    assert np.mean([sim.any_clear(p) for p in drawn]) <= 0.1


@pytest.mark.simulation
def test_skipping_by_chance_is_seldom_told_and_skipping_by_the_outcome_is():
    assert np.mean([sim.blanks(1.0, seed) for seed in range(8)]) == 1
    assert np.mean([sim.blanks(0.0, seed) for seed in range(100, 120)]) <= 0.15


def test_the_tables_show_shares_with_their_errors(capsys, monkeypatch):
    monkeypatch.setattr(sim, "CLUSTERS", {"8 of 60": 8})
    monkeypatch.setattr(sim, "UNEQUAL", {})
    monkeypatch.setattr(sim, "YES_NO", ("8 of 60",))
    monkeypatch.setattr(sim, "TOUCHPOINTS", (6,))
    monkeypatch.setattr(sim, "blanks", lambda _, seed: seed == 3)
    sim.main(0.01)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("| 8 of 60 | 6 | ")
    assert lines[6].startswith("| 8 of 60 | 6 | ")
    assert lines[8] == "| 15 unequal clusters | mean | top box | NPS |"
    assert lines[-3:] == [f"| {name} | 25.0 +- 21.7 |" for name in ("not at all", "some", "much")]
    assert sum("| few ones | " in line for line in lines) == 3
