"""A part of the simulations of forecasts and quick wins, so that what benchmarks/README.md says of them stays true."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_plans.py"
SPEC = importlib.util.spec_from_file_location("simulate_plans", FILE)
plans = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(plans)
FORECASTS, STUDIES = 20, 15


@pytest.mark.simulation
@pytest.mark.parametrize(("outcome", "n"), [("scores", 300), ("nps", 1000)])
def test_intervals_of_forecasts_hold_the_true_change(outcome, n):
    held = plans.forecasts(outcome, n, FORECASTS)
    # Three Monte Carlo errors of a coverage of 95 % below the 92 % that is promised.
    assert held.mean(axis=0).min() >= 0.92 - 3 * np.sqrt(0.05 * 0.95 / FORECASTS)
    assert not held.all()  # intervals that never miss would be too wide


def test_the_table_counts_each_initiative_once_with_and_without_shrinkage():
    found = plans.studies(1)
    assert len(found) == 3 * plans.P
    for column in ("p_quick_win", "p_raw"):
        assert plans.reliability(found, column)["n"].sum() == len(found)
    assert (found["p_quick_win"] != found["p_raw"]).any()


@pytest.mark.simulation
def test_what_is_called_a_quick_win_is_one_as_often_as_said():
    found = plans.studies(STUDIES, as_estimated=False)
    assert len(found) == 3 * STUDIES * plans.P
    apart = (found["is_one"] - found["p_quick_win"]).groupby([found["spread"], found["study"]]).sum()
    assert abs(apart.sum()) <= 3 * np.sqrt((apart**2).sum())
    given = found[found["p_quick_win"].between(0.6, 0.8)]
    assert (given.groupby("spread").size() >= STUDIES // 5).all()
    assert given["spread"].nunique() == 3
    assert abs((given["is_one"] - given["p_quick_win"]).mean()) <= 3 * np.sqrt(0.7 * 0.3 / len(given))
    for _, likely in given.groupby("spread"):
        error = np.sqrt(0.7 * 0.3 / len(likely))
        assert 0.55 - 3 * error <= likely["is_one"].mean() <= 0.85 + 3 * error
