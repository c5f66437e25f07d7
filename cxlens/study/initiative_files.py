"""A list of initiatives as the file that a team keeps, CSV or a sheet; written as CSV.

Only the form is known here. What an initiative may say is checked in :mod:`cxlens.study.initiatives`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cxlens.errors import CxlensError, FileError, ValuesError
from cxlens.files.tables import figure, read_rows, unmistakable
from cxlens.files.writing import write_csv
from cxlens.study.ranges import COSTS, ENDS, RANGES, TO_STANDARD

ADVICE = "Write initiatives as CSV, a row each: plan.csv."
CELLS = (
    "name", "touchpoints", "dimension", "segments", "places", "need", "stage", "kind",
    "lift_low", "lift_likely", "lift_high", "effort_low", "effort_likely", "effort_high", "effort_unit",
    "cost_low", "cost_likely", "cost_high", "cost_per_place_low", "cost_per_place_likely", "cost_per_place_high",
    "currency", "duration", "owner", "function", "accountable", "responsible", "consulted", "informed", "teams",
    "prerequisites", "exclusions", "must_do",
)  # fmt: skip
NEEDED = ("name", "touchpoints")
WRITTEN = (
    "name", "touchpoints", "lift_low", "lift_likely", "lift_high", "effort_low", "effort_likely", "effort_high",
)  # fmt: skip
MONEY = (*COSTS, *(f"{what}_{end}" for what in COSTS for end in ENDS))  # here a sheet's own currency counts
DEFAULTS: dict[str, Any] = {
    "kind": "fix",
    "effort_unit": "weeks",
    "duration": 1,
    "must_do": False,
}
Row = tuple[Callable[[str], CxlensError], Mapping[str, Any]]  # how a fault is told with its place; what the row says


def read_file(path: Path) -> list[Row]:
    """The entries of a file as texts by cell."""
    if path.suffix.lower() == ".toml":
        raise FileError(f"{path} is a TOML file, which holds no list of initiatives. {ADVICE}")
    rows = read_rows(path, NEEDED, (*NEEDED, *RANGES, *CELLS[len(NEEDED) :]), MONEY)
    return [(_at(path, line), row) for line, row in rows]


def write_file(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame that was checked."""
    if path.suffix.lower() != ".csv":
        raise FileError(f"{path} does not end in .csv. {ADVICE}")
    write_csv(path, _cells(frame))


def _at(path: Path, line: int) -> Callable[[str], CxlensError]:
    return lambda text: FileError(f"{path}, line {line}: {text}")


def _cells(frame: pd.DataFrame) -> pd.DataFrame:
    """The cells of the file as texts; columns that say nothing beyond the default are left out."""
    _check_semicolons(frame)
    texts = frame.map(_text)
    to_standard = frame["to_standard"]
    texts.loc[to_standard, "lift_likely"] = TO_STANDARD
    for what in RANGES:  # one figure is written as such, so that it reads as such
        is_assumed = [what in assumed for assumed in frame["assumed"]]
        texts.loc[is_assumed, [f"{what}_low", f"{what}_high"]] = ""
    owner_answers = frame["accountable"] == frame["owner"]
    texts.loc[owner_answers, "accountable"] = ""
    written = [cell for cell in CELLS if cell in WRITTEN or _says_something(cell, texts[cell])]
    return texts[written]


def _check_semicolons(frame: pd.DataFrame) -> None:
    """Refuse a touchpoint whose name a CSV file would split."""
    for name, touchpoints in zip(frame["name"], frame["touchpoints"], strict=True):
        for touchpoint in touchpoints:
            if ";" in touchpoint:
                raise ValuesError(
                    f"initiative {name!r}: touchpoint {touchpoint!r} has a semicolon, which separates names in a CSV "
                    "file. Rename the touchpoint."
                )


def _says_something(cell: str, texts: pd.Series[Any]) -> bool:
    """Whether a column holds anything but its default."""
    default = _text(DEFAULTS.get(cell, ""))
    return bool((texts != default).any())


def _text(value: Any) -> str:
    """A value as the text of a cell."""
    if isinstance(value, Mapping):
        pairs = [f"{team}: {figure(amount)}" for team, amount in value.items()]
        return "; ".join(pairs)
    if isinstance(value, tuple):
        return "; ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if math.isnan(value) else unmistakable(value)
    return str(value)
