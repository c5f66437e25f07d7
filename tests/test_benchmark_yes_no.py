"""A small part of the simulations of yes/no outcomes, so that what benchmarks/README.md says of them stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_yes_no.py"
SPEC = importlib.util.spec_from_file_location("simulate_yes_no", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)


@pytest.mark.simulation
def test_touchpoints_without_effect_are_seldom_called_clear() -> None:
    left_out, sandwich = np.mean([sim.alarms(150, seed) for seed in range(100)], axis=(0, 2))
    assert 0.01 < left_out <= 0.08
    assert left_out < sandwich


@pytest.mark.simulation
def test_a_few_non_users_of_one_answer_neither_fail_nor_raise_alarms() -> None:
    made = [sim.alarms_with_flags(300, 3, seed) for seed in range(8)]
    assert np.mean(made) <= 0.2


def test_the_table_has_a_line_for_each_claim(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sim, "covered", lambda *_: np.ones(6))
    monkeypatch.setattr(sim, "alarms", lambda *_: np.zeros((2, 2)))
    monkeypatch.setattr(sim, "alarms_with_flags", lambda *_: np.zeros(2))
    sim.main(0)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "| n = 300: interval of what_if, +0.5, holds the truth, effects | 2 | 100.0 ± 0.0 |"
    assert len(lines) == 12
