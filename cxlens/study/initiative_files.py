"""A list of initiatives as the CSV file that a team keeps, both ways.

Only the form is known here. What an initiative may say is checked in :mod:`cxlens.study.initiatives`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cxlens.errors import CxlensError, FileError, ValuesError
from cxlens.files.tables import figure, read_rows, write_whole

RANGES = ("lift", "effort", "cost")
ENDS = ("low", "likely", "high")
TO_STANDARD = "to standard"
ADVICE = "Write initiatives as CSV, a row each: plan.csv."
CELLS = (
    "name", "touchpoints", "dimension", "segments", "kind", "lift_low", "lift_likely", "lift_high",
    "effort_low", "effort_likely", "effort_high", "effort_unit", "cost_low", "cost_likely", "cost_high", "duration",
    "owner", "function", "accountable", "responsible", "consulted", "informed", "teams", "prerequisites",
    "exclusions", "must_do",
)  # fmt: skip
NEEDED = ("name", "touchpoints", *(f"{what}_{end}" for what in ("lift", "effort") for end in ENDS))
DEFAULTS: dict[str, Any] = {"kind": "fix", "effort_unit": "weeks", "duration": 1, "must_do": False}
Row = tuple[Callable[[str], CxlensError], Mapping[str, Any]]  # how a fault is told with its place; what the row says


def read_file(path: Path) -> list[Row]:
    """The entries of a CSV file as texts by cell."""
    if path.suffix.lower() == ".toml":
        raise FileError(f"{path} is a TOML file, which holds no list of initiatives. {ADVICE}")
    return [(_at(path, line), row) for line, row in read_rows(path, NEEDED, CELLS)]


def write_file(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame that was checked."""
    if path.suffix.lower() != ".csv":
        raise FileError(f"{path} does not end in .csv. {ADVICE}")
    write_whole(path, _csv(frame).encode("utf-8"))


def _at(path: Path, line: int) -> Callable[[str], CxlensError]:
    return lambda text: FileError(f"{path}, line {line}: {text}")


def _csv(frame: pd.DataFrame) -> str:
    """Columns that say nothing beyond the default are left out."""
    for name, names in frame[["name", "touchpoints"]].itertuples(index=False, name=None):
        split = [touchpoint for touchpoint in names if ";" in touchpoint]
        if split:
            raise ValuesError(
                f"initiative {name!r}: touchpoint {split[0]!r} has a semicolon, which separates names in a CSV file. "
                "Rename the touchpoint."
            )
    texts = frame.map(_text)
    texts.loc[frame["to_standard"], "lift_likely"] = TO_STANDARD
    texts.loc[frame["accountable"] == frame["owner"], "accountable"] = ""
    kept = [cell for cell in CELLS if cell in NEEDED or (texts[cell] != _text(DEFAULTS.get(cell, ""))).any()]
    return str(texts[kept].to_csv(index=False, lineterminator="\n"))


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{team}: {figure(amount)}" for team, amount in value.items())
    if isinstance(value, tuple):
        return "; ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return "" if math.isnan(value) else figure(value)
    return str(value)
