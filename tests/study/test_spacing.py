"""Numbers of waves: by the calendar or their count, one by one where they do not say when they were."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from cxlens.study.spacing import wave_numbers

SUNDAYS = pd.date_range("2024-01-07", periods=4, freq="W").tolist()
CASES: dict[str, tuple[list[Any], list[float]]] = {
    "none": ([], []),
    "one": (["2024"], [0]),
    "months": (["2023-11", "2023-12", "2024-03"], [0, 1, 4]),
    "months in words": (["Nov 2023", "Dec 2023", "Mar 2024"], [0, 1, 4]),
    "months in six figures": ([202311, 202312, 202403], [0, 1, 4]),
    "weeks in six figures": ([202351, 202352, 202401], [0, 1, 2]),
    "quarters in five figures": (["20243", "20244", "20251"], [0, 1, 2]),
    "days in eight figures": ([20231231, 20240131, 20240201], [0, 1, 2]),
    "months behind a letter": (["W202311", "W202312", "W202401"], [0, 1, 2]),
    "large counts": ([10_001, 10_002, 10_004], [0, 1, 3]),
    "ends of months": (["2024-01-31", "2024-02-29", "2024-03-31", "2024-09-30"], [0, 1, 2, 8]),
    "middles of months": ([dt.date(2023, month, 15) for month in (1, 2, 3, 8, 12)], [0, 1, 2, 7, 11]),
    "quarters": (["Q1 2023", "Q2 2023", "Q1 2024"], [0, 1, 4]),
    "every other year": ([2013, 2015, 2019], [0, 1, 3]),
    "years as floats": ([2013.0, 2014.0, 2016.0], [0, 1, 3]),
    "seasons": (["2022/23", "2023/24", "2025/26"], [0, 1, 3]),
    "weeks": ([*SUNDAYS, pd.Timestamp("2024-02-25")], [0, 1, 2, 3, 7]),
    "with time zones": ([wave.tz_localize("Europe/Berlin") for wave in SUNDAYS], [0, 1, 2, 3]),
    "spring and autumn": (["2020-03", "2020-10", "2021-03"], [0, 7 / 5, 12 / 5]),
    "counted": (["W1", "W2", "W7"], [0, 1, 6]),
    "half a count": ([1, 2, 3, 3.5], [0, 1, 2, 2.5]),
    "two counts": (["2024 week 1", "2024 week 2", "2025 week 1"], [0, 1, 2]),
    "words": (["before", "during", "after"], [0, 1, 2]),
    "against the calendar": (["2025", "2024"], [0, 1]),
}


@pytest.mark.parametrize("case", CASES)
def test_missing_waves_leave_their_place(case: str) -> None:
    waves, expected = CASES[case]
    assert wave_numbers(waves).tolist() == pytest.approx(expected)
