"""A small part of the simulation of standards, channels, comments and journeys, and its table."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_standards.py"
SPEC = importlib.util.spec_from_file_location("simulate_standards", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)


@pytest.mark.simulation
@pytest.mark.parametrize("claim", [claim for claim in sim.CLAIMS if "n = 10" in claim or "n = 20" in claim])
def test_times_and_shares_are_judged_as_the_table_says(claim):
    due, is_made = sim.CLAIMS[claim]
    runs = 60
    made = np.mean([is_made(seed) for seed in range(runs)])
    if due == "much":
        assert made > 0.8
    else:
        assert made <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


@pytest.mark.simulation
def test_a_log_that_is_cut_loses_nobody():
    claims = {claim: is_made for claim, (_, is_made) in sim.CLAIMS.items() if "stopped early" in claim}
    assert len(claims) == 1
    assert not any(is_made(seed) for is_made in claims.values() for seed in range(3))


def test_the_table_shows_shares_with_their_errors(capsys, monkeypatch):
    monkeypatch.setattr(sim, "CLAIMS", {"all is well": ("5", lambda seed: seed == 3)})
    sim.main(4)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:] == ["| all is well | 5 | 25.0 | 21.7 |"]
