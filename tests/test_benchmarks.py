"""A tenth of the simulations, so that what benchmarks/README.md says stays true."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "coverage.py"


@pytest.mark.simulation
def test_intervals_hold_the_truth_as_often_as_they_say():
    spec = importlib.util.spec_from_file_location("coverage_of_importance", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    inside, alarms = module.coverage(3).T
    between = 0.034  # standard deviation between samples, from the 30 of the full run
    assert abs(inside.mean() - 0.95) <= 3 * between / np.sqrt(3)
    assert alarms.mean() <= 0.05 + 3 * 0.057 / np.sqrt(3)
