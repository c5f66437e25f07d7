"""A part of the simulations of places, so that benchmarks/README.md stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_places.py"
SPEC = importlib.util.spec_from_file_location("simulate_places", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)


@pytest.mark.simulation
def test_values_ranks_and_spreads_hold_the_truth():
    made = np.array([sim.held(40, 0.25, seed) for seed in range(60)])
    values, ranked, spread, plain, shrunken, last = made.mean(axis=0)
    assert 0.92 < values < 0.98
    assert ranked > 0.94
    assert spread > 0.88
    assert shrunken < 0.6 * plain
    assert last < 0.7  # the last by its plain mean is often not the last


@pytest.mark.simulation
def test_places_that_are_alike_are_seldom_said_to_differ():
    made = np.mean([sim.said_of_nothing(40, "piled up", seed) for seed in range(200)], axis=0)
    assert (made <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)).all()
