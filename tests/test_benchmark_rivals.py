"""A part of the simulations of rivals beside a change, so that benchmarks/README.md stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_rivals.py"
SPEC = importlib.util.spec_from_file_location("simulate_rivals", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)
RUNS = 80
ERRORS = 3 * np.sqrt(0.05 * 0.95 / RUNS)  # three Monte Carlo errors


@pytest.mark.simulation
@pytest.mark.parametrize(("rivals", "waves"), [(5, 2), (1, 6)])
@pytest.mark.parametrize("case", ["all went up", "one rival, too"])
def test_what_a_rival_has_too_is_hardly_ever_called_our_own(rivals, waves, case) -> None:
    clear, own, held = np.mean([sim.periods(case, rivals, waves, 0.05, seed) for seed in range(RUNS)], axis=0)
    assert clear > 0.9
    assert own <= 0.05 + ERRORS
    assert held >= 0.93 - ERRORS


@pytest.mark.simulation
def test_what_is_ours_alone_is_called_so_where_rivals_can_tell() -> None:
    assert np.mean([sim.periods("ours alone", 5, 2, 0.05, seed)[1] for seed in range(40)]) > 0.6
    assert not any(sim.periods("ours alone", 1, 2, 0.05, seed)[1] for seed in range(20))  # two companies, two waves


@pytest.mark.simulation
def test_a_series_that_all_have_is_hardly_ever_called_our_own() -> None:
    made = np.array([sim.series("all went up", 2, 20, 0.1, seed) for seed in range(30)])
    assert made[:, 1].mean() <= 0.1
    assert made[:, 2].mean() >= 0.85


def test_the_tables_show_shares_with_their_errors(capsys, monkeypatch) -> None:
    monkeypatch.setattr(sim, "DESIGNS", ((1, 2),))
    monkeypatch.setattr(sim, "SWINGS", (0.0,))
    monkeypatch.setattr(sim, "RUNS", 8)
    sim.main(1)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("| 1 | 2 | 0.0 | all went up | ")
    assert lines[-1].startswith("| 3 | 20 | 0.1 | ours alone | ")
