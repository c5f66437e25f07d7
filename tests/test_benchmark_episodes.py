"""A part of the simulation of customers with several journeys, so that benchmarks/README.md stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_episodes.py"
SPEC = importlib.util.spec_from_file_location("simulate_episodes", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)


@pytest.mark.simulation
def test_habits_make_no_clear_first_and_no_narrow_interval():
    made = np.array([sim.told(200, 8, "strong", seed) for seed in range(25)])
    clear, _, held, held_by_journeys, move_held, move_held_by_journeys = made.mean(axis=0)
    assert clear <= 0.1
    assert held >= 0.9
    assert held_by_journeys < 0.85  # as it was before
    assert move_held >= 0.9
    assert move_held_by_journeys < 0.85


@pytest.mark.simulation
def test_one_journey_each_needs_no_more_than_its_own_interval():
    made = np.array([sim.told(200, 1, "strong", seed) for seed in range(25)])
    _, _, held, held_by_journeys, move_held, move_held_by_journeys = made.mean(axis=0)
    assert held == held_by_journeys >= 0.85
    assert move_held == move_held_by_journeys >= 0.85


def test_the_table_shows_shares_with_their_errors(capsys, monkeypatch):
    monkeypatch.setattr(sim, "SIZES", ((20, 2),))
    monkeypatch.setattr(sim, "HABITS", {"some": 1.0})
    monkeypatch.setattr(sim, "told", lambda *_: sim.Told(False, *[True] * 5))
    monkeypatch.setattr(sim, "held_to_and_fro", lambda *_: False)
    sim.main(0.001)
    assert capsys.readouterr().out.splitlines()[2:] == [
        f"| some | 20, 2 | 0.0 +- 0.0 |{' 100.0 +- 0.0 |' * 5}",
        "",
        "| habits, one journey to and fro | transition held |",
        "|---|---|",
        "| some | 0.0 +- 0.0 |",
    ]


@pytest.mark.simulation
def test_departures_within_one_journey_are_counted_by_customer():
    for habit in ("none", "strong"):
        assert np.mean([sim.held_to_and_fro(habit, seed) for seed in range(12)]) >= 0.75
