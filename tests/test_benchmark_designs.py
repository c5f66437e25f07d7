"""A part of the simulations of series, staggered starts and power, so that benchmarks/README.md stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_designs.py"
SPEC = importlib.util.spec_from_file_location("simulate_designs", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)


@pytest.mark.simulation
def test_a_short_series_holds_step_and_slope_where_swings_carry_over() -> None:
    inside, plain, _ = sim.series(16, 0.6, 150)
    assert (inside.mean(axis=1) >= 0.9).all()
    assert (plain.mean(axis=1) < 0.88).all()  # least squares: 83 and 70 of 100


@pytest.mark.simulation
def test_two_of_twelve_that_start_one_after_the_other_are_held() -> None:
    made = np.array([sim.start("2 of 12, one after the other", 0.6, seed) for seed in range(200)])
    false_alarms, told, held = made.mean(axis=0)
    assert false_alarms <= 0.09
    assert told > 0.3
    assert held >= 0.91


@pytest.mark.simulation
def test_what_power_says_is_found() -> None:
    chance, is_found = np.array([sim.said(2, 8, seed) for seed in range(150)], float).T
    assert chance.mean() == pytest.approx(is_found.mean(), abs=0.12)


def test_the_tables_show_shares_with_their_errors(capsys, monkeypatch) -> None:
    monkeypatch.setattr(sim, "WAVES", (16,))
    monkeypatch.setattr(sim, "CARRIED", (0.0,))
    monkeypatch.setattr(sim, "PLACES", ((2, 8),))
    monkeypatch.setattr(sim, "STARTS", {"1 of 6": ((3,), 5, 6)})
    sim.main(0.001)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("| 16 | 0.0 | ")
    assert "| 1 of 6 | 0.6 | " in "\n".join(lines)
    assert lines[-1].startswith("| 2 of 8 | ")
