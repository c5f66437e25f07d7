"""A study with one of everything, as files in a folder."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

FULL = Path(__file__).with_name("full_study.toml").read_text(encoding="utf-8")
INITIATIVES = (
    "name,touchpoints,lift_low,lift_likely,lift_high,effort_low,effort_likely,effort_high,owner\n"
    "Second queue,Security,0.1,0.2,0.4,3,4,5,Operations\n"
)


@pytest.fixture
def answers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": range(4), "w": [1.0, 2, 1, 1], "year": [2013, 2014, 2014, 2015],
            "purpose": ["business", "leisure", "leisure", "other"], "trips": [5, 1, 2, 1],
            "q1": [4, 5, 3, 6], "q2": [1, 2, 3, 4], "q3": [5, 5, 4, 4], "words": ["", "slow", "", ""],
            "recommend": [9, 10, 3, 8], "overall": [4, 5, 3, 4],
        }
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path, answers) -> Path:
    """A folder with the full study in it."""
    answers.to_csv(tmp_path / "answers.csv", index=False)
    (tmp_path / "initiatives.csv").write_text(INITIATIVES, encoding="utf-8")
    (tmp_path / "events.csv").write_text("id,place,at\n1,Security,2014-01-01\n", encoding="utf-8")
    rows = "stage,touchpoint,standards\narrive,Security,mean = 4\nwait,Wi-Fi,\n"
    (tmp_path / "touchpoints.csv").write_text(rows, encoding="utf-8")
    (tmp_path / "study.toml").write_text(FULL, encoding="utf-8")
    return tmp_path
