"""A list of initiatives as a file that a team keeps: CSV for a spreadsheet, TOML for an editor; both ways.

Only the form is known here. What an initiative may say is checked in :mod:`cxlens.study.initiatives`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from cxlens.errors import CxlensError, FileError, ValuesError
from cxlens.files.nodes import Node, read_nodes
from cxlens.files.tables import figure, read_rows, write_whole

RANGES = ("lift", "effort", "cost")
ENDS = ("low", "likely", "high")
TO_STANDARD = "to standard"
KEYS = (
    "name", "touchpoints", "dimension", "segments", "kind", "lift", "effort", "effort_unit", "cost", "duration",
    "owner", "function", "accountable", "responsible", "consulted", "informed", "teams", "prerequisites",
    "exclusions", "must_do",
)  # fmt: skip
CELLS = tuple(cell for key in KEYS for cell in ([f"{key}_{end}" for end in ENDS] if key in RANGES else [key]))
NEEDED = ("name", "touchpoints", *(f"{what}_{end}" for what in ("lift", "effort") for end in ENDS))
DEFAULTS: dict[str, Any] = {"kind": "fix", "effort_unit": "weeks", "duration": 1, "must_do": False}
Row = tuple[Callable[[str], CxlensError], Mapping[str, Any]]  # how a fault is told with its place; what the row says


def read_file(path: Path) -> list[Row]:
    """The entries of a file as cells: those of CSV are texts, those of TOML may be lists, numbers and tables."""
    if path.suffix.lower() != ".toml":
        return [(_at(path, line), row) for line, row in read_rows(path, NEEDED, CELLS)]
    root = read_nodes(path, "initiatives.toml")
    root.only(["initiatives"])
    return [(node.fail, _cells(node)) for node in root.child("initiatives").list()]


def write_file(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame that was checked, by the ending of the file."""
    forms = {".csv": _csv, ".toml": _toml}
    if path.suffix.lower() not in forms:
        raise FileError(f"{path} ends in neither .csv nor .toml. Give a list of initiatives one of these endings.")
    write_whole(path, forms[path.suffix.lower()](frame).encode("utf-8"))


def _at(path: Path, line: int) -> Callable[[str], CxlensError]:
    return lambda text: FileError(f"{path}, line {line}: {text}")


def _cells(node: Node) -> dict[str, Any]:
    """One ``[[initiatives]]`` table as the cells of a row."""
    node.only(KEYS)
    for key in ("name", "touchpoints", "effort"):
        node.child(key)
    cells = {key: child.value for key, child in node.table().items() if key not in RANGES}
    for what in RANGES:
        if what in node.value:
            cells |= _ends(what, node.child(what))
    return cells


def _ends(what: str, node: Node) -> dict[str, Any]:
    if what == "lift" and str(node.value).lower() == TO_STANDARD:
        return {"lift_likely": TO_STANDARD}
    if not isinstance(node.value, list) or len(node.value) != len(ENDS):
        words = f", or '{TO_STANDARD}'" if what == "lift" else ""
        raise node.fail(f"expected three numbers, low, likely and high{words}, found {node.value!r}.")
    return {f"{what}_{end}": value for end, value in zip(ENDS, node.value, strict=True)}


def _csv(frame: pd.DataFrame) -> str:
    """Columns that say nothing beyond the default are left out."""
    for name, names in frame[["name", "touchpoints"]].itertuples(index=False, name=None):
        split = [touchpoint for touchpoint in names if ";" in touchpoint]
        if split:
            raise ValuesError(
                f"initiative {name!r}: touchpoint {split[0]!r} has a semicolon, which separates names in a CSV file. "
                "Write a TOML file, or rename the touchpoint."
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


def _toml(frame: pd.DataFrame) -> str:
    return tomli_w.dumps({"initiatives": [_table(row) for row in frame.to_dict("records")]})


def _table(row: Mapping[Any, Any]) -> dict[str, Any]:
    """One initiative as TOML knows it; what says nothing beyond the default is left out."""
    table: dict[str, Any] = {}
    for key in KEYS:
        value = [row[f"{key}_{end}"] for end in ENDS] if key in RANGES else row[key]
        if key == "lift" and row["to_standard"]:
            value = TO_STANDARD
        blank = math.isnan(value[0]) if key in RANGES and value != TO_STANDARD else not value
        if not blank and value != DEFAULTS.get(key) and not (key == "accountable" and value == row["owner"]):
            table[key] = list(value) if isinstance(value, tuple) else value
    return table
