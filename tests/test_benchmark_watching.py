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


@pytest.mark.simulation
def test_promises_rightly_made_are_seldom_called_fewer_and_narrow_ones_often():
    made = [sim.called_fewer(8, 12, 0.6, 1.0, seed) for seed in range(300)]
    assert np.mean(made) < 0.06
    assert np.mean([sim.called_fewer(8, 12, 0.6, 0.5, seed) for seed in range(100)]) > 0.8


@pytest.mark.simulation
def test_a_record_makes_intervals_that_hold_what_comes_out():
    before, after, _ = np.mean([sim.next_gain(8, 0.6, 0.15, seed) for seed in range(150)], axis=0)
    assert before < 0.75
    assert after > 0.92


def test_the_tables_show_shares_with_their_errors(capsys, monkeypatch):
    monkeypatch.setattr(sim, "WAVES", (6,))
    monkeypatch.setattr(sim, "SERIES", 2)
    monkeypatch.setattr(sim, "SWINGS", [(0.05, 0.3)])
    monkeypatch.setattr(sim, "SHIFTS", (0.5,))
    monkeypatch.setattr(sim, "called_fewer", lambda *asked: asked[-1] == 1)
    monkeypatch.setattr(sim, "next_gain", lambda *asked: (asked[-1] == 2, True, 1.5))
    monkeypatch.setattr(sim, "is_seen", lambda *asked: asked[-1] == 3)
    sim.main(0.001)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| waves | swings 0.05, 0.3 carried over | series offered alerts, first to last |"
    assert lines[2].startswith("| 6 | 0.0 +- 0.0 | ")
    assert "| 6, 0.05 | 25.0 +- 21.7 | 25.0 +- 21.7 | 25.0 +- 21.7 |" in lines
    assert "| 5, 0.6 | 25.0 +- 21.7 | 25.0 +- 21.7 |" in lines
    assert "| 8, 0.6 +- 0.15 | 25.0 +- 21.7 | 100.0 +- 0.0 | 1.50 |" in lines
