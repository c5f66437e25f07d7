"""Figures measured for standards, read; every refusal is tested where it is asked, in test_standards.py."""

from __future__ import annotations

import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import OptionError
from cxlens.stages.baseline.measured import read_measurements

STANDARDS = [cx.Standard("waiting time", 10, unit="min", better="lower")]


@pytest.fixture
def places() -> cx.TouchpointMap:
    return cx.TouchpointMap(
        [cx.Touchpoint("Desk", stage="arrive", standards=STANDARDS)], cx.Lifecycle(["arrive", "board"])
    )


def test_cases_are_found_by_standard_and_wave_in_words(places):
    frame = pd.DataFrame(
        {"touchpoint": "Desk", "metric": "waiting time", "wave": [2024.0, 2024.0, 2025.0], "value": ["4", 6, 12.5]}
    )
    measured = read_measurements(frame, places)
    assert list(measured) == [("Desk", "waiting time")]
    by_wave = measured["Desk", "waiting time"]
    assert {wave: cases["value"].tolist() for wave, cases in by_wave.items()} == {"2024": [4, 6], "2025": [12.5]}
    assert frame["value"].tolist() == ["4", 6, 12.5]


def test_a_file_says_the_same_as_a_frame(places, tmp_path):
    path = tmp_path / "measured.csv"
    path.write_text("touchpoint,metric,value\nDesk,waiting time,4\nDesk,waiting time,6\n", encoding="utf-8")
    from_file = read_measurements(path, places)["Desk", "waiting time"][""]
    frame = pd.DataFrame({"touchpoint": "Desk", "metric": "waiting time", "value": [4, 6]})
    from_frame = read_measurements(frame, places)["Desk", "waiting time"][""]
    assert from_file["value"].tolist() == from_frame["value"].tolist() == [4, 6]


def test_what_is_no_table_is_refused(places):
    with pytest.raises(OptionError) as error:
        read_measurements(3, places)
    assert str(error.value) == "measurements takes a path or a pandas DataFrame, not a int."
