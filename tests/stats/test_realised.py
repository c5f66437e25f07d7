"""What comes out of promises: as a meta-analysis has it, and wide enough for the next one."""

from __future__ import annotations

import numpy as np
import pytest

from cxlens.stats.realised import realised


def test_under_each_spread_the_mean_is_weighted_by_both_errors():
    promised = np.array([0.2, 0.4, 0.5, 0.3, 0.6])
    error = np.array([0.05, 0.05, 0.1, 0.05, 0.05])
    gained = np.array([0.1, 0.3, 0.2, 0.1, 0.4])
    found = realised(promised, gained, error)
    for k in (0, 50, 199):
        weight = 1 / ((error / promised) ** 2 + found.spread[k] ** 2)
        assert found.mean[k] == pytest.approx(np.average(gained / promised, weights=weight))
        assert found.error[k] == pytest.approx(weight.sum() ** -0.5)
    assert found.weight.sum() == pytest.approx(1)


def test_equal_errors_weigh_spreads_by_their_restricted_likelihood():
    share = np.array([0.0, 0.25, 0.5, 0.75, 1.0, 1.25])
    found = realised(np.full(6, 0.4), 0.4 * share, np.full(6, 0.05))
    total = found.spread**2 + (0.05 / 0.4) ** 2
    known = total**-2.5 * np.exp(-((share - share.mean()) ** 2).sum() / total / 2)
    assert found.weight == pytest.approx(known / known.sum())
    assert found.share == pytest.approx(share.mean())


def test_draws_have_the_interval_of_the_next_promise_and_share_what_is_not_known():
    found = realised(np.full(6, 0.4), np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5]), np.full(6, 0.05))
    low, high = found.interval(0.9)
    drawn = found.draws(100_000, 2, np.random.default_rng(0))
    assert np.quantile(drawn, [0.05, 0.95]) == pytest.approx([low, high], abs=0.02)
    assert np.corrcoef(drawn.T)[0, 1] > 0.1


@pytest.mark.simulation
@pytest.mark.parametrize("spread", [0.0, 0.15])
def test_the_next_promise_lies_in_its_interval(spread):
    rng = np.random.default_rng(2)
    inside = []
    for _ in range(300):
        promised = rng.uniform(0.1, 0.5, 9)
        gained = rng.normal(0.6, spread, 9) * promised
        found = realised(promised[:8], (gained + rng.normal(0, 0.06, 9))[:8], np.full(8, 0.06))
        low, high = found.interval(0.95)
        inside.append(low <= gained[8] / promised[8] <= high)
    assert np.mean(inside) > 0.92  # with one spread taken for true 87 of 100
