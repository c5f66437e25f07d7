"""A part of the simulations of alerts and promises, so that benchmarks/README.md stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_watching.py"
SPEC = importlib.util.spec_from_file_location("simulate_watching", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)


@pytest.mark.simulation
def test_23_series_without_a_change_seldom_have_an_alert():
    made = [sim.false_alarm(13, 0.08, 0.0, seed)[0] for seed in range(20)]
    assert np.mean(made) <= 0.15  # by limits for each series alone: 69 of 100


@pytest.mark.simulation
def test_what_is_said_to_be_seen_is_seen():
    made = [sim.is_seen(13, 0.0, None, 1, seed) for seed in range(60)]
    assert 0.6 < np.mean(made) <= 0.97


def test_the_tables_show_shares_with_their_errors(capsys, monkeypatch):
    monkeypatch.setattr(sim, "WAVES", (6,))
    monkeypatch.setattr(sim, "SERIES", 2)
    monkeypatch.setattr(sim, "SWINGS", [(0.05, 0.3)])
    monkeypatch.setattr(sim, "SHIFTS", (0.5,))
    monkeypatch.setattr(sim, "is_seen", lambda *asked: asked[-1] == 3)
    sim.main(0.001)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| waves | swings 0.05, 0.3 carried over | series offered alerts, first to last |"
    assert lines[2].startswith("| 6 | 0.0 +- 0.0 | ")
    assert "| 6, 0.05 | 25.0 +- 21.7 | 25.0 +- 21.7 | 25.0 +- 21.7 |" in lines
