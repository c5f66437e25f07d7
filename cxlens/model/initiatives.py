"""Initiatives: what could be done, for which touchpoints, with what lift, effort and cost.

Reading and checking only. Which initiative comes first is a verb's business and does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cxlens.errors import ColumnError, CxlensError, FileError, ValuesError, did_you_mean, listing
from cxlens.model.lifecycle import checked_name
from cxlens.model.touchpoints import checked_number, read_rows

RANGES = ("lift", "effort", "cost")
ENDS = ("low", "likely", "high")
COST = tuple(f"cost_{end}" for end in ENDS)
NEEDED = ("name", "touchpoints", *(f"{what}_{end}" for what in ("lift", "effort") for end in ENDS), "owner")
COLUMNS = (*NEEDED[:-1], "effort_unit", *COST, "owner")


def read_initiatives(data: str | Path | pd.DataFrame, touchpoints: Iterable[str]) -> pd.DataFrame:
    """Read a list of initiatives and check it.

    Parameters
    ----------
    data
        A path to a CSV file, or a pandas frame, with the columns ``name``; ``touchpoints`` (names joined by
        ``";"``; in a frame also a list or tuple of names); ``lift_low``, ``lift_likely``, ``lift_high`` (points of
        the score scale); ``effort_low``, ``effort_likely``, ``effort_high``; ``owner`` (may be blank). Optional:
        ``effort_unit`` (the same for all; ``"weeks"`` without it) and ``cost_low``, ``cost_likely``, ``cost_high``
        (money; all three or none). The input is never changed.
    touchpoints
        The names that an initiative may work on.

    Returns
    -------
    pandas.DataFrame
        One row an initiative: ``name``, ``touchpoints`` (a tuple of names), ``lift_low``, ``lift_likely``,
        ``lift_high``, ``effort_low``, ``effort_likely``, ``effort_high`` (floats), ``effort_unit``, ``cost_low``,
        ``cost_likely``, ``cost_high`` (floats, NaN where not given), ``owner`` (``""`` where not given).

    Raises
    ------
    FileError, ColumnError, ValuesError
        When the file cannot be read, a column is missing or unknown, a name comes twice, a touchpoint is unknown,
        a number is none or negative effort or cost, or a range is out of order. The message names the initiative,
        and for a file the line.

    Examples
    --------
    >>> import pandas as pd
    >>> from cxlens.model.initiatives import read_initiatives
    >>> row = {"name": "Second queue", "touchpoints": "Security", "lift_low": 0.1, "lift_likely": 0.2, "lift_high": 0.4,
    ...        "effort_low": 3, "effort_likely": 4, "effort_high": 5, "owner": "Operations"}
    >>> read_initiatives(pd.DataFrame([row]), ["Security", "Wi-Fi"]).loc[0, ["touchpoints", "effort_unit"]].tolist()
    [('Security',), 'weeks']
    """
    known = tuple(dict.fromkeys(touchpoints))
    found: list[dict[str, Any]] = []
    for place, row in _rows(data):
        try:
            entry = _entry(row, known)
            if entry["name"] in [other["name"] for other in found]:
                raise ValuesError(
                    f"initiative {entry['name']!r} is there twice. Give each initiative a name of its own."
                )
            if found and entry["effort_unit"] != found[0]["effort_unit"]:
                raise ValuesError(
                    f"initiative {entry['name']!r}: effort_unit is {entry['effort_unit']!r} where it was "
                    f"{found[0]['effort_unit']!r} before. Give all efforts in one unit."
                )
        except CxlensError as error:
            raise (FileError(f"{place}{error}") if place else error) from None
        found.append(entry)
    return pd.DataFrame(found, columns=list(COLUMNS)).astype({f"{w}_{e}": float for w in RANGES for e in ENDS})


def _rows(data: str | Path | pd.DataFrame) -> list[tuple[str, Mapping[str, Any]]]:
    """Each row with the words that say where it stands: file and line, or nothing for a frame."""
    if isinstance(data, (str, Path)):
        return [(f"{data}, line {line}: ", row) for line, row in read_rows(data, NEEDED, COLUMNS)]
    if not isinstance(data, pd.DataFrame):
        raise ValuesError(f"initiatives must be a path or a pandas frame, found {type(data).__name__}.")
    columns = list(data.columns)
    for name in columns:
        if name not in COLUMNS:
            raise ColumnError(
                f"initiatives: column {name!r} is not known.{did_you_mean(name, COLUMNS)} "
                f"Columns: {listing(COLUMNS, 30)}."
            )
        if columns.count(name) > 1:
            raise ColumnError(f"initiatives: column {name!r} is there twice. Name each column once.")
    for name in NEEDED:
        if name not in columns:
            raise ColumnError(f"initiatives: column {name!r} is missing. Columns found: {listing(columns, 30)}.")
    if data.empty:
        raise ValuesError("initiatives: the frame has no rows. Add one for each initiative.")
    return [("", dict(zip(columns, row, strict=True))) for row in data.itertuples(index=False, name=None)]


def _entry(row: Mapping[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    name = checked_name("initiative", _text(row["name"]))
    thing = f"initiative {name!r}"
    entry: dict[str, Any] = {"name": name, "touchpoints": _touchpoints(thing, row["touchpoints"], known)}
    for what in ("lift", "effort"):
        entry |= _range(thing, what, row)
    entry["effort_unit"] = _text(row.get("effort_unit")) or "weeks"
    if any(_text(row.get(column)) for column in COST):
        entry |= _range(thing, "cost", row)
    entry["owner"] = _text(row["owner"])
    return entry


def _touchpoints(thing: str, value: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    names = list(value) if isinstance(value, (list, tuple)) else _text(value).split(";")
    names = [str(name).strip() for name in names if str(name).strip()]
    if not names:
        raise ValuesError(f"{thing} names no touchpoint. Give one or more, joined by ';'.")
    for name in names:
        if name not in known:
            raise ValuesError(
                f"{thing}: touchpoint {name!r} is not known.{did_you_mean(name, known)} "
                f"Touchpoints: {listing(known, 30)}."
            )
        if names.count(name) > 1:
            raise ValuesError(f"{thing}: touchpoint {name!r} is there twice. Name it once.")
    return tuple(names)


def _range(thing: str, what: str, row: Mapping[str, Any]) -> dict[str, float]:
    """The three numbers of a range, in order."""
    columns = [f"{what}_{end}" for end in ENDS]
    values = {column: _number(thing, column, row.get(column)) for column in columns}
    low, likely, high = values.values()
    if not low <= likely <= high:
        raise ValuesError(
            f"{thing}: {what} is out of order: low {low:g}, likely {likely:g}, high {high:g}. "
            "Give low <= likely <= high."
        )
    if what != "lift" and low < 0:
        raise ValuesError(f"{thing}: {columns[0]} is {low:g}. {what.capitalize()} cannot be negative.")
    return values


def _number(thing: str, column: str, value: Any) -> float:
    text = _text(value)
    if not text:
        raise ValuesError(f"{thing}: {column} is blank. Give a number.")
    try:
        return checked_number(column, float(text) if isinstance(value, str) else value)
    except ValueError:
        raise ValuesError(
            f"{thing}: {column} must be a number, found {text!r}. Write figures only, with a decimal point."
        ) from None


def _text(value: Any) -> str:
    """A cell as text: ``""`` for an empty one."""
    if isinstance(value, str):
        return value.strip()
    return "" if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)) else str(value).strip()
