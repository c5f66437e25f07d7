"""A fiftieth of the simulations of claims, so that what benchmarks/README.md says of them stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_claims.py"
SPEC = importlib.util.spec_from_file_location("simulate_claims", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)
RUNS = sim.RUNS // 50


@pytest.mark.simulation
@pytest.mark.parametrize("claim", sim.CLAIMS)
def test_where_nothing_differs_little_is_claimed(claim):
    made = np.mean([sim.CLAIMS[claim](seed) for seed in range(RUNS)])
    assert made <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / RUNS)


def test_the_table_shows_shares_with_their_errors(capsys, monkeypatch):
    monkeypatch.setattr(sim, "CLAIMS", {"all is well": lambda seed: seed == 3})
    sim.main(4)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:] == ["| all is well | 5 % | 25.0 % | 21.7 |"]
