"""A part of the simulations of retention, value and links, and the benchmark of purchases: README stays true."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sim = loaded("simulate_retention")


@pytest.mark.simulation
def test_groups_that_stay_alike_are_seldom_said_to_differ():
    longer, mean, rate = np.mean([sim.tenures(40, 4, 1.0, seed) for seed in range(25)], axis=0)
    assert longer <= 0.16
    assert min(mean, rate) >= 0.8
    assert np.mean([sim.tenures(100, 2, 1.6, seed)[0] for seed in range(12)]) > 0.5


def test_an_interval_that_is_hidden_is_no_miss():
    assert np.isnan(sim.held(np.nan, 1.0, np.nan))
    assert [sim.held(0.0, truth, 2.0) for truth in (-1.0, 1.0, 3.0)] == [0, 1, 0]
    assert sim.shares(lambda seed: (seed, np.nan if seed else 1.0), 2) == ["50.0 ± 35.4", "100.0 ± 0.0"]


@pytest.mark.simulation
def test_links_hold_the_truth_only_with_behaviour_held():
    clear, held, alone = np.mean([sim.link(600, 0.0, 1, seed) for seed in range(20)], axis=0)
    assert clear <= 0.2
    assert held >= 0.8
    assert alone <= 0.5


@pytest.mark.simulation
def test_a_forecast_that_is_right_stands_and_one_of_other_customers_falls():
    assert not any(sim.holdout(300, 1.0, seed)[0] for seed in range(4))
    assert sim.holdout(600, 2.5, 0)[0]


def test_the_tables_show_shares_with_their_errors(capsys, monkeypatch):
    monkeypatch.setattr(sim, "RUNS", {"tenures": 4, "purchases": 2, "links": 2})
    monkeypatch.setattr(sim, "TENURES", [(20, 2, 1.0)])
    monkeypatch.setattr(sim, "PURCHASES", [(60, 1.0)])
    monkeypatch.setattr(sim, "LINKS", [(80, 0.0, 1)])
    sim.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.count("|") for line in lines] == [7, 7, 7, 0, 5, 5, 5, 0, 7, 7, 7]
    assert " ± " in lines[2]


def test_purchases_are_written_and_measured(tmp_path, capsys, monkeypatch):
    bench = loaded("purchases")
    monkeypatch.setattr(bench, "FOLDER", tmp_path)
    monkeypatch.setattr(bench, "measure", lambda *_: {"seconds": 1.0, "processors": 2.0, "megabytes": 1024.0})
    bench.main(3000)
    assert capsys.readouterr().out.splitlines()[2] == "| cohorts and Kaplan-Meier | 1.0 | 2.0 | 1,024 |"
    bench.measure_here(str(tmp_path / "3000.parquet"), "plan")
    assert '"customers": ' in capsys.readouterr().out
