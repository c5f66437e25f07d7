"""How long a silence has to last until hardly anybody comes back: by hand, and where nothing can be told."""

from __future__ import annotations

import numpy as np
import pytest

from cxlens.stats.silence import longest_wait, longest_wait_in_days, until_silence, waits_between, waits_to_the_end


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
    in_days = silences.astype(int)
    assert longest_wait_in_days(in_days[returned], in_days[~returned]) == longest


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
    assert np.isnan(longest_wait_in_days(np.empty(0, int), np.full(100, 5)))


def test_tenures_until_the_first_silence_equal_those_of_plain_python() -> None:
    rng = np.random.default_rng(4)
    end, silent = 100, 12
    bought = [np.unique(rng.integers(0, end + 1, rng.integers(1, 15))) for _ in range(200)]
    customer = np.repeat(np.arange(200, dtype=np.int32), [len(days) for days in bought])
    spells = until_silence(customer, np.concatenate(bought).astype(np.int32), end, silent)
    for who, days in enumerate(bought):
        following = [*days[1:], end]
        breaks = [(day, after) for day, after in zip(days, following, strict=True) if after - day > silent]
        if breaks:
            day, after = breaks[0]
            assert (spells.time[who], spells.left[who]) == (day - days[0], True)
            assert spells.came_back[who] == (after in days)
        elif end - silent - 1 < days[0]:
            assert np.isnan(spells.time[who])
        else:
            assert (spells.time[who], spells.left[who]) == (end - silent - 1 - days[0], False)


def test_waits_are_within_customers() -> None:
    customer, day = np.array([0, 0, 1, 2, 2], np.int32), np.array([3, 8, 1, 5, 6], np.int32)
    assert waits_between(customer, day).tolist() == [5, 1]
    assert waits_to_the_end(customer, day, 9).tolist() == [1, 8, 3]
