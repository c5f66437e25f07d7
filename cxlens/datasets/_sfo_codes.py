"""The San Francisco airport survey in words: columns and code lists of 2013 to 2017.

What stands here is read from ``sfo_codes.toml``, which gives the reasons. No reading of answers belongs here.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

YEARS: Final = (2013, 2014, 2015, 2016, 2017)
MAP: Final = Path(__file__).with_name("sfo_touchpoints.csv")

_TOLD: dict[str, Any] = tomllib.loads(Path(__file__).with_name("sfo_codes.toml").read_text(encoding="utf-8"))


def _by_year(told: dict[str, Any]) -> dict[int, Any]:
    return {int(year): value for year, value in told.items()}


def _lists(told: dict[str, dict[str, Any]]) -> dict[int, dict[str, str]]:
    """{first year of a list: {code: word}} from words and their codes."""
    lists: dict[int, dict[str, str]] = {}
    for year, words in _by_year(told).items():
        lists[year] = dict(lists.get(words.pop("like", 0), {}))
        lists[year] |= {str(code): word for word, codes in words.items() for code in codes}
    return lists


DATASET_IDS: Final[dict[int, str]] = _by_year(_TOLD["dataset_ids"])
STAGES: Final[list[dict[str, Any]]] = _TOLD["stages"]
# score: (touchpoint, column in 2013, column from 2014 on)
SCORES: Final = {name: tuple(told) for name, told in _TOLD["scores"].items()}
# name: {first year of a column: its name}, and {first year of a list: {code: word}}; each holds until the next one.
COLUMNS: Final = {name: _by_year(told) for name, told in _TOLD["columns"].items()}
SEGMENT_COLUMNS: Final = {name: _by_year(told) for name, told in _TOLD["segment_columns"].items()}
CODES: Final = {name: _lists(told) for name, told in _TOLD["codes"].items()}
