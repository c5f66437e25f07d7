"""A part of the simulations of forecasts, so that what benchmarks/README.md says of them stays true."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_plans.py"
SPEC = importlib.util.spec_from_file_location("simulate_plans", FILE)
plans = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(plans)
FORECASTS = 20


@pytest.mark.simulation
@pytest.mark.parametrize(("outcome", "n"), [("scores", 300), ("nps", 1000)])
def test_intervals_of_forecasts_hold_the_true_change(outcome, n):
    held = plans.forecasts(outcome, n, FORECASTS)
    # Three Monte Carlo errors of a coverage of 95 % below the 92 % that is promised.
    assert held.mean(axis=0).min() >= 0.92 - 3 * np.sqrt(0.05 * 0.95 / FORECASTS)
    assert not held.all()  # intervals that never miss would be too wide
