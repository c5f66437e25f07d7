"""What is counted in the simulation of targets."""

import importlib.util
from pathlib import Path

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_targets.py"
SPEC = importlib.util.spec_from_file_location("simulate_targets", FILE)
targets = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(targets)


def test_shares_are_counted_by_target(monkeypatch):
    said = [[targets.OPEN, targets.UNLIKELY, targets.MISSED], [targets.REACHED, targets.OPEN, targets.MISSED]]
    monkeypatch.setattr(targets, "study", lambda _, seed: said[seed])
    found = targets.shares("all 0.12", 2)
    assert found[targets.REACHED].tolist() == [0.5, 0, 0]
    assert found[targets.MISSED].tolist() == [0, 0, 1]
    assert (found.sum(axis=1) == 1).all()
