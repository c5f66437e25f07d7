"""Mid-p of shares: against SciPy's binomial, what the interval means, and how often it errs, all of it exact."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cxlens.stats.mid_p import below_mid, mid_p_interval


def test_half_of_what_was_seen_counts():
    hits, n, share = np.array([0, 3, 9, 10]), 10, 0.7
    expected = stats.binom.cdf(hits, n, share) - stats.binom.pmf(hits, n, share) / 2
    assert below_mid(hits, n, share) == pytest.approx(expected)


@pytest.mark.parametrize(("hits", "n"), [(0, 5), (4, 5), (5, 5), (180, 200), (1, 3000)])
def test_the_interval_ends_where_mid_p_refuses(hits, n):
    low, high = map(float, mid_p_interval(hits, n))
    assert low == 0 if hits == 0 else below_mid(hits, n, low) == pytest.approx(0.975)
    assert high == 1 if hits == n else below_mid(hits, n, high) == pytest.approx(0.025)
    assert low <= hits / n <= high


@pytest.mark.parametrize(("share", "n"), [(0.98, 5), (0.98, 50), (0.95, 10), (0.9, 5)])
def test_a_share_at_its_target_is_seldom_called_below_it(share, n):
    """Wilson's score says so in 8 to 10 of 100 of these; 2.5 are due, and cases are whole."""
    hits = np.arange(n + 1)
    called = below_mid(hits, n, share) < 0.025
    assert stats.binom.pmf(hits, n, share)[called].sum() <= 0.045
