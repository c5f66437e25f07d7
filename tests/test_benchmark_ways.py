"""A part of the simulation of sides of journeys, so that benchmarks/README.md stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_ways.py"
SPEC = importlib.util.spec_from_file_location("simulate_ways", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)


def test_one_log_is_told_whole():
    made = sim.told(40, 2, 0)
    assert len(made) == len(sim.Told._fields)
    assert all(isinstance(flag, bool) for flag in made)


def test_the_table_shows_shares_with_their_errors(capsys, monkeypatch):
    monkeypatch.setattr(sim, "SIZES", ((20, 1),))
    monkeypatch.setattr(sim, "told", lambda *_: sim.Told(*[False] * 8, True, True))
    sim.main(0.001)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| customers, journeys each | times | follows |")
    assert lines[2] == f"| 20, 1 | {'0.0 +- 0.0 | ' * 8}100.0 +- 0.0 | 100.0 +- 0.0 |"
