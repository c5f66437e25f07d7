"""A part of the simulation of intervals of importance, so that what benchmarks/README.md says of them stays true."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import cxlens as cx

FOLDER = Path(__file__).parent.parent / "benchmarks"


def script(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sim = script("simulate_importance")


@pytest.mark.parametrize("p", [6, 15])
def test_the_short_cut_says_what_drivers_says(p):
    x, y = sim.sample(p, 200, np.random.default_rng(5))
    table = cx.drivers(sim.survey(x, y), seed=7).table.set_index("touchpoint").loc[sim.names(p)]
    ends, _ = sim.intervals(sim.columns(x, y), 7)
    np.testing.assert_allclose(ends, table[["importance_low", "importance_high"]].to_numpy().T, atol=1e-12)


def test_importance_is_of_the_kinds_it_is_said_to_be():
    real, weak, zero = sim.true_importance(6).reshape(3, 2)
    assert real.min() > 0.04
    assert 0.01 < weak.min() < weak.max() < 0.03
    assert (zero == 0).all()


@pytest.mark.simulation
@pytest.mark.parametrize(("p", "n", "runs"), [(6, 150, 40), (12, 150, 3)])
def test_intervals_hold_the_truth_of_every_kind(p, n, runs):
    found = sim.coverage(p, n, runs)
    held = found[:, :, 0].mean(axis=0)
    wrong = np.sqrt(0.05 * 0.95 / runs)  # as if the touchpoints of a run hung together whole
    assert (held >= 0.93 - 3 * wrong).all()
    assert found[:, 2, 3].mean() < 0.05  # percentiles never hold a zero
    assert found[:, 2, 0].mean() > 0.85


def test_bridged_and_exact_draws_are_compared_side_by_side(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    timed = script("importance")
    monkeypatch.setattr(timed, "best", lambda job: job() is None or 1.0)
    gradient, faster, gap = timed.side_by_side(10, 40, 20)
    assert gradient == 1
    assert faster > 0
    assert gap < timed.TARGET_GAP
