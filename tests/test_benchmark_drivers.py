"""A part of the simulations of drivers, so that what benchmarks/README.md says of them stays true."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import cxlens as cx

FILE = Path(__file__).parent.parent / "benchmarks" / "simulate_drivers.py"
SPEC = importlib.util.spec_from_file_location("simulate_drivers", FILE)
sim = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sim)
BOTH = [(outcome, n) for outcome in sim.OUTCOMES for n in (300, 1_000)]


def assert_at_most_five_percent(found):
    assert (found.mean(axis=0) <= 0.05 + 3 * sim.error(found)).all()


@pytest.mark.parametrize("outcome", sim.OUTCOMES)
def test_the_short_cuts_say_what_drivers_says(outcome):
    x, y = sim.sample(outcome, 300, sim.REAL, np.random.default_rng(5))
    z = sim.columns(x, y, outcome)
    table = cx.drivers(sim.survey(x, y, outcome), seed=7).table.set_index("touchpoint").loc[sim.NAMES]
    ends = table[["importance_low", "importance_high"]].to_numpy().T
    np.testing.assert_allclose(sim.importance_ends(z, 7), ends, atol=1e-12)
    np.testing.assert_allclose(sim.p_values(z), table["p_value"], rtol=1e-9)


@pytest.mark.parametrize("outcome", sim.OUTCOMES)
def test_the_outcomes_are_what_they_are_said_to_be(outcome):
    assert sim.true_importance(outcome).sum() == pytest.approx(sim.R2, abs=0.01)
    z = sim.columns(*sim.sample(outcome, 200_000, sim.HALF, np.random.default_rng(5)), outcome)
    fit = sim.fit_rows(z[:, :-1], z[:, -1], np.ones(len(z)))
    t = fit.coef[1:] / np.sqrt(np.diag(fit.cov))[1:]
    assert (t[:3] > 20).all()
    assert (np.abs(t[3:]) < 3).all()


@pytest.mark.simulation
@pytest.mark.parametrize(("outcome", "n"), BOTH)
def test_intervals_of_importance_hold_the_truth(outcome, n):
    runs = sim.RUNS // (10 if n == 300 else 40)
    inside, wrong = sim.coverage(outcome, n, runs).mean(axis=0), np.sqrt(0.95 * 0.05 / runs)
    assert ((inside >= 0.93 - 3 * wrong) & (inside <= 0.99 + 3 * wrong)).all()


@pytest.mark.simulation
@pytest.mark.parametrize(("outcome", "n"), BOTH)
def test_the_noise_test_raises_no_false_alarms(outcome, n):
    assert_at_most_five_percent(sim.noise(outcome, n, sim.RUNS // 5))


@pytest.mark.simulation
@pytest.mark.parametrize("outcome", sim.OUTCOMES)
def test_equal_segments_pass_for_equal(outcome):
    assert_at_most_five_percent(sim.segments(outcome, sim.RUNS // 100))


@pytest.mark.simulation
@pytest.mark.parametrize(("case", "options", "share"), [case[1:] for case in sim.CASES])
def test_missing_scores_raise_no_false_alarms(case, options, share):
    assert_at_most_five_percent(sim.missing("scores", case, max(int(sim.RUNS * share) // 40, 5), **options))


@pytest.mark.simulation
def test_halo_makes_a_touchpoint_real_in_the_model_of_recorded_scores():
    felt, recorded = sim.halo("scores", 20_000, sim.RUNS // 10).T
    assert_at_most_five_percent(felt[:, None])
    assert recorded.mean() > 0.3


def test_tables_show_shares_with_their_errors(capsys):
    sim.table("outcome, n, share", [("nps", 300, np.array([[0.0], [1.0], [0.0], [1.0]]))])
    assert capsys.readouterr().out == "\n| outcome | n | share |\n|---|---|---|\n| nps | 300 | 50.0 ± 28.9 |\n"
