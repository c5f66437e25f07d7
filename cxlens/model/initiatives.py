"""Initiatives: what could be done, for which touchpoints, with what lift, effort and cost.

Reading and checking only. Which initiative comes first is a verb's business and does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cxlens.errors import CxlensError, FileError, ValuesError, check_known
from cxlens.model.files import as_number, check_header, read_rows
from cxlens.model.lifecycle import checked_name

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
    FileError, ColumnError, OptionError, ValuesError
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
    known = tuple(touchpoints)
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
    check_header("initiatives", list(data.columns), NEEDED, COLUMNS)
    cells = data.astype(object).where(data.notna(), "")
    return [("", dict(zip(data.columns, row, strict=True))) for row in cells.itertuples(index=False, name=None)]


def _entry(row: Mapping[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    name = checked_name("initiative", row["name"])
    thing = f"initiative {name!r}"
    entry: dict[str, Any] = {"name": name, "touchpoints": _touchpoints(thing, row["touchpoints"], known)}
    for what in RANGES:
        if what != "cost" or any(row.get(column, "") != "" for column in COST):
            entry |= _range(thing, what, row)
    return entry | {"effort_unit": row.get("effort_unit") or "weeks", "owner": row["owner"]}


def _touchpoints(thing: str, value: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    names = [name.strip() for name in (value.split(";") if isinstance(value, str) else value)]
    check_known(f"{thing}: touchpoint", names, known, "Touchpoints")
    return tuple(dict.fromkeys(names))


def _range(thing: str, what: str, row: Mapping[str, Any]) -> dict[str, float]:
    """The three numbers of a range, in order."""
    values = {f"{what}_{end}": as_number(f"{thing}: {what}_{end}", row.get(f"{what}_{end}")) for end in ENDS}
    low, likely, high = values.values()
    if not low <= likely <= high or (what != "lift" and low < 0):
        least = "" if what == "lift" else "0 <= "
        raise ValuesError(
            f"{thing}: {what} is out of order: low {low:g}, likely {likely:g}, high {high:g}. "
            f"Give {least}low <= likely <= high."
        )
    return values
