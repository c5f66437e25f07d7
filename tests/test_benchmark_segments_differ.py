"""A small part of the simulations of segments, so that what benchmarks/README.md says of them stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_segments.py"
SPEC = importlib.util.spec_from_file_location("simulate_segments", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)
RUNS = 20


@pytest.mark.simulation
def test_small_segments_are_not_said_to_differ():
    said = [sim.says_differs(sim.simulated([200, 60, 50, 40], 5, "interval", 0.0, seed)) for seed in range(RUNS)]
    assert np.mean(said) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / RUNS)


@pytest.mark.simulation
def test_a_slope_that_is_raised_is_said():
    assert np.mean([sim.says_differs(sim.simulated([900] * 3, 13, "interval", 0.3, seed)) for seed in range(4)]) == 1


@pytest.mark.simulation
def test_who_is_only_happier_is_not_split_off():
    split_off = [sim.splits(sim.happier(0.7, "interval", seed)) for seed in range(RUNS)]
    assert np.mean(split_off) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / RUNS)


def test_permuted_labels_of_the_real_survey_are_not_said_to_differ(monkeypatch, shared):
    monkeypatch.setenv("CXLENS_TEST_DATA", str(shared))
    real = sim.sfo()
    assert sim.says_differs(sim.with_label(real, sim.COMMON, np.resize(["a", "b"], real.n))) is False
    assert [sim.permuted(real, column, 0) for column in sim.LABELS] == [False, False, False]


def test_the_tables_show_shares_with_their_errors(capsys, monkeypatch):
    monkeypatch.setattr(sim, "sfo", lambda: None)
    monkeypatch.setattr(sim, "says_differs", lambda survey: survey.n > 400)
    monkeypatch.setattr(sim, "splits", lambda _: False)
    monkeypatch.setattr(sim, "DESIGNS", {"small": ([100] * 2, 3, "nps", 0.0), "large": ([300] * 2, 3, "interval", 0.0)})
    sim.main(4)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:4] == ["| small | 0.0 ± 0.0 |", "| large | 100.0 ± 0.0 |"]
    assert lines[7] == "| interval | 0.0 sd | 0.0 ± 0.0 |"
