"""A part of the simulations of weights, effects and adjusted changes, so that benchmarks/README.md stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_changes.py"
SPEC = importlib.util.spec_from_file_location("simulate_changes", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)
AT_ODDS = "those who answer seldom are at odds"


@pytest.mark.simulation
def test_weighted_figures_hold_the_truth_where_weights_go_with_the_spread():
    inside = np.mean([sim.covered(AT_ODDS, 400, seed) for seed in range(150)], axis=0)
    assert (inside > 0.9).all()  # by Kish's number 87, 90 and 86 of 100


@pytest.mark.simulation
def test_weighted_samples_without_a_change_seldom_differ():
    told = np.mean([sim.changed(AT_ODDS, 0.0, seed) for seed in range(100)], axis=0)
    assert (told <= 0.1).all()  # by Kish's number 18 of 100


@pytest.mark.simulation
@pytest.mark.parametrize("design", [(1, 2, 2), (1, 2, 6), (1, 6, 2)])
def test_swings_of_places_are_seldom_told_as_an_effect(design):
    made = [sim.effects(design, (0.1, 0.0), seed) for seed in range(40)]
    assert np.mean([nothing for _, nothing, _, _ in made]) <= 0.1  # answers alone: 17 to 27 of 100
    if design == (1, 2, 2):
        assert not any(something for _, _, something, _ in made)  # nothing can be told


@pytest.mark.simulation
def test_an_effect_on_two_of_twelve_places_is_found():
    made = [sim.effects((2, 12, 2), (0.05, 0.0), seed) for seed in range(20)]
    assert np.mean([something for _, _, something, _ in made]) > 0.5
    assert np.mean([held for _, _, _, held in made]) > 0.8


@pytest.mark.simulation
def test_both_parts_of_an_adjusted_change_hold_the_truth():
    made = [sim.same_kinds(4, 400, 0.6, seed) for seed in range(150)]
    assert np.mean([held for held, *_ in made]) > 0.9
    assert np.nanmean([rest for _, rest, *_ in made]) > 0.9


def test_the_tables_show_shares_with_their_errors(capsys, monkeypatch):
    monkeypatch.setattr(sim, "SIZES", (100,))
    monkeypatch.setattr(sim, "DESIGNS", [(1, 2, 2)])
    monkeypatch.setattr(sim, "SHOCKS", {"none": (0.0, 0.0)})
    monkeypatch.setattr(sim, "KINDS", (2,))
    monkeypatch.setattr(sim, "covered", lambda _, size, seed: [seed == 3, size > 0, True])
    sim.main(0.001)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "| no relation | 100 | 25.0 +- 21.7 | 100.0 +- 0.0 | 100.0 +- 0.0 |"
    assert (
        lines[8]
        == "| weights, two samples of 400 | mean: no change | one in five says 10 | NPS: no change | the same |"
    )
    assert sum(line.startswith("| 1 of 2, 2 | none | answers | 0.0 +- 0.0 | 0.0 +- 0.0 | ") for line in lines) == 1
    assert lines[-1].startswith("| 2 | 100 | ")
