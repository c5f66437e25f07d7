"""How long a silence has to last until hardly anybody comes back: by hand, and where nothing can be told."""

from __future__ import annotations

import numpy as np
import pytest

from cxlens.stats.silence import longest_wait


def by_hand(silences: np.ndarray, returned: np.ndarray, after: float) -> float:
    """1 - S(end) / S(after), a factor for each time at which somebody came back."""
    survival = 1.0
    for time in np.unique(silences[returned & (silences > after)]):
        survival *= 1 - (returned & (silences == time)).sum() / (silences >= time).sum()
    return 1 - survival


@pytest.mark.parametrize("seed", range(5))
def test_fewer_than_5_in_100_come_back_after_it_and_more_before(seed):
    rng = np.random.default_rng(seed)
    silences = np.concatenate([rng.integers(0, 30, 200), rng.integers(0, 400, 150)]).astype(float)
    returned = np.arange(350) < 200
    longest = longest_wait(silences, returned)
    assert by_hand(silences, returned, longest) < 0.05
    before = np.unique(silences[silences < longest])[-1]
    assert by_hand(silences, returned, before) >= 0.05


@pytest.mark.parametrize(
    "silences",
    [
        np.append(np.full(50, 9.0), np.arange(10.0, 15.0)),  # nobody was silent for much longer
        np.append(np.full(50, 9.0), np.full(19, 90.0)),  # too few were
    ],
)
def test_too_short_a_record_does_not_tell(silences):
    assert np.isnan(longest_wait(silences, silences == 9))


def test_nobody_came_back_or_all_did():
    assert np.isnan(longest_wait(np.full(100, 5.0), np.zeros(100, bool)))
    assert np.isnan(longest_wait(np.arange(100.0), np.ones(100, bool)))
    assert np.isnan(longest_wait(np.empty(0), np.empty(0, bool)))
