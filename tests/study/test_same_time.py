"""Which wave is meant: the same words or the same time, the only one inside, and nothing that could be two."""

from __future__ import annotations

import datetime as dt

import pytest

from cxlens.study.same_time import wave_at

QUARTERS = ["Q1 2026", "Q2 2026"]


@pytest.mark.parametrize(
    ("date", "waves", "wave"),
    [
        ("2026-Q2", QUARTERS, "Q2 2026"),
        ("wave  2", ["Wave 1", "Wave 2"], "Wave 2"),
        ("2026", [2025, 2026], 2026),
        ("2026", [2025.0, 2026.0], 2026.0),
        ("2026-05", ["May 2026", "June 2026"], "May 2026"),
        ("2026 Q4", ["2026-10-14", "2027-01-12"], "2026-10-14"),
        ("Dec 2026", [dt.date(2026, 12, 31), dt.date(2027, 1, 1)], dt.date(2026, 12, 31)),
        ("2026", ["Q3 2025", "Q3 2026"], "Q3 2026"),
    ],
)
def test_the_wave_of_a_date(date, waves, wave):
    assert wave_at(date, waves) == (wave, "")


@pytest.mark.parametrize(
    ("date", "waves", "why"),
    [
        ("2026", QUARTERS, "2 waves lie in 2026: join them by a longer period"),
        ("2026-Q2", [2025, 2026], "wave 2026 is longer than 2026-Q2"),
        ("2027-Q1", QUARTERS, "no wave of 2027-Q1"),
        ("Phase 2", QUARTERS, "no wave is called Phase 2"),
        ("05/06/2026", QUARTERS, "05/06/2026 can be read in two ways: write it as 2026-05-31"),
        ("2026-Q2", ["W1", "05/06/2026"], "no wave of 2026-Q2"),
    ],
)
def test_what_is_not_sure_is_no_wave(date, waves, why):
    assert wave_at(date, waves) == (None, why)
