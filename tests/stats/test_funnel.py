"""Limits of a funnel: by hand, and with groups that differ more than by chance."""

from __future__ import annotations

import numpy as np
import pytest

from cxlens.stats.funnel import LEVELS, limits, usual_spread


def test_limits_of_shares_are_those_of_the_normal_distribution() -> None:
    """0.5 of 20: 0.5 ± 1.96 and ± 3.09 standard errors of 0.1118."""
    variance = np.array([0.25 / 20])
    inner, outer = (np.concatenate(limits(0.5, variance, 0.0, level)) for level in LEVELS)
    assert inner == pytest.approx([0.2809, 0.7191], abs=1e-4)
    assert outer == pytest.approx([0.1545, 0.8455], abs=1e-4)


def test_groups_that_differ_by_chance_alone_widen_nothing() -> None:
    rng = np.random.default_rng(1)
    variance = 1 / rng.integers(20, 200, 400)
    found = [usual_spread(3 + rng.normal(0, np.sqrt(variance)), variance, 3.0) for _ in range(20)]
    assert np.mean(found) < 0.002


def test_the_usual_spread_is_found_and_one_outlier_does_not_hide_itself() -> None:
    rng = np.random.default_rng(2)
    variance = 1 / rng.integers(50, 200, 400)
    mean = 3 + rng.normal(0, np.sqrt(variance + 0.04))
    plain = usual_spread(mean, variance, 3.0)
    assert 0.015 < plain < 0.05  # the ends are pulled in: somewhat less than 0.04
    mean[0] = 30.0
    assert usual_spread(mean, variance, 3.0) == pytest.approx(plain, rel=0.05)


def test_over_dispersion_by_hand() -> None:
    """Ten z-scores of ± 2: dispersion 4, of equal variances v: tau² = v (10 x 4 - 9) / (10 - 1)."""
    variance = np.full(10, 0.01)
    mean = 3 + np.tile([-0.2, 0.2], 5)
    assert usual_spread(mean, variance, 3.0) == pytest.approx(0.01 * 31 / 9)
