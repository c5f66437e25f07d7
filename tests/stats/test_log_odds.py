"""Log-odds by hand, as what they have to be, and on simulated texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from cxlens.stats.log_odds import log_odds

COUNTS = arrays(float, 6, elements=st.integers(0, 50))


def test_three_words_worked_by_hand():
    delta, error = log_odds([5, 3, 2], [1, 4, 15], [0.5, 0.5, 1])
    # First word: 5.5 of 12 among low, 1.5 of 22 among high texts.
    assert delta[0] == pytest.approx(np.log(1.5 / 20.5) - np.log(5.5 / 6.5))
    assert error[0] == pytest.approx((1 / 5.5 + 1 / 6.5 + 1 / 1.5 + 1 / 20.5) ** 0.5)
    assert delta[2] == pytest.approx(np.log(16 / 6) - np.log(3 / 9))


def test_with_half_a_use_it_is_the_odds_ratio_of_haldane_and_anscombe():
    delta, error = log_odds([8], [2], [0.5], totals=(20, 30, 1))
    table = np.array([[2, 28], [8, 12]]) + 0.5
    assert delta[0] == pytest.approx(np.log(table[0, 0] * table[1, 1] / (table[0, 1] * table[1, 0])))
    assert error[0] == pytest.approx((1 / table).sum() ** 0.5)


def test_with_hardly_any_prior_it_is_the_sample_odds_ratio():
    ratio = stats.contingency.odds_ratio([[20, 30], [8, 42]], kind="sample").statistic
    assert log_odds([8], [20], [1e-9], totals=(50, 50, 2e-9))[0][0] == pytest.approx(np.log(ratio))


@given(COUNTS, COUNTS)
def test_swapping_the_groups_swaps_the_sign(low, high):
    prior = (low + high + 1) / 10
    there, back = log_odds(low, high, prior), log_odds(high, low, prior)
    np.testing.assert_allclose(there[0], -back[0], atol=1e-12)
    np.testing.assert_allclose(there[1], back[1])


@given(COUNTS)
def test_a_heavier_prior_pulls_to_0_and_equal_texts_are_0(low):
    high, prior = low[::-1].copy(), np.full(6, 1.0)
    light, heavy = (log_odds(low, high, k * prior)[0] for k in (1, 1000))
    assert (np.abs(heavy) <= np.abs(light) + 1e-12).all()
    np.testing.assert_allclose(log_odds(low, low, prior)[0], 0, atol=1e-12)


def test_without_a_difference_z_is_standard_normal():
    rng, rate = np.random.default_rng(4), np.linspace(0.05, 0.6, 20)
    low, high = rng.binomial(400, rate, (1000, 20)), rng.binomial(700, rate, (1000, 20))
    delta, error = log_odds(low, high, rate, totals=(400, 700, 1))
    z = delta / error
    assert z.mean() == pytest.approx(0, abs=0.03)
    assert z.std() == pytest.approx(1, abs=0.02)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.05, abs=3 * (0.05 * 0.95 / 20_000) ** 0.5)


@pytest.mark.simulation
def test_planted_words_are_found_and_their_intervals_hold_the_truth():
    rng, hits, first = np.random.default_rng(5), 0, 0
    rate_low, rate_high = np.full(50, 0.1), np.full(50, 0.1)
    rate_low[0], rate_high[1] = 0.3, 0.25
    truth = np.log(rate_high / (1 - rate_high)) - np.log(rate_low / (1 - rate_low))
    for _ in range(200):
        low, high = rng.binomial(300, rate_low), rng.binomial(300, rate_high)
        delta, error = log_odds(low, high, np.full(50, 0.1), totals=(300, 300, 1))
        z = delta / error
        first += z.argmin() == 0 and z.argmax() == 1
        hits += (np.abs(delta - truth) < 1.96 * error)[:2].sum()
    assert first >= 195
    assert hits / 400 == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / 400) ** 0.5)
