"""Forecasts that a plan writes down, so that what is measured later can be held against them.

Making forecasts and judging them are verbs, and do not belong here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.errors import CxlensError, FileError, ValuesError, check_option
from cxlens.files.tables import as_number, check_header, figure, read_rows
from cxlens.files.writing import write_csv

Measure = Literal["mean", "top box", "NPS"]
Entry = dict[str, Any]
Keys = set[tuple[str, ...]]  # of the forecasts that are there
TEXTS = ("metric", "measure", "segment", "date", "plan")
NUMBERS = ("now", "forecast", "low", "high", "level")
LATER = ("true_low", "true_high", "n")  # not in files written before they were known
COLUMNS = ("metric", "measure", "segment", "date", "now", "forecast", "low", "high", *LATER, "level", "plan")
NEEDED = tuple(name for name in COLUMNS if name not in LATER)
KEY = ("metric", "measure", "segment", "date")


@misfits_told
def read_forecasts(path: str | Path) -> pd.DataFrame:
    """Read the forecasts that a road map wrote.

    Parameters
    ----------
    path
        A CSV file in UTF-8 with the columns below.

    Returns
    -------
    pandas.DataFrame
        One row a forecast: ``metric`` (an outcome or a touchpoint), ``measure`` ("mean", "top box" or "NPS"),
        ``segment`` (``""``: all together), ``date`` (the period, as text), ``now`` (what was measured when the plan was
        made), ``forecast`` with ``low`` and ``high``, between which a survey of ``n`` answers will measure it, and
        ``true_low`` and ``true_high``, between which the level itself will lie (all six in the unit of the measure:
        points of the score, a share from 0 to 1, NPS points), ``level`` of both intervals (0 to 1) and ``plan`` (its
        name). ``n``, ``true_low`` and ``true_high`` are NaN where a file does not have them.

    Raises
    ------
    FileError, ColumnError
        When the file cannot be read, a column is missing or unknown, a value is not what it should be, or a metric is
        forecast twice for the same segment and date. The message has the line.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from cxlens.stages.improve.forecasts import write_forecasts
    >>> row = {"metric": "Security", "measure": "mean", "segment": "", "date": "2026-Q2", "now": 3.5, "forecast": 3.8,
    ...        "low": 3.6, "high": 4.0, "level": 0.95, "plan": "Plan A"}
    >>> with TemporaryDirectory() as folder:
    ...     write_forecasts(pd.DataFrame([row]), Path(folder, "forecasts.csv"))
    ...     again = cx.read_forecasts(Path(folder, "forecasts.csv"))
    >>> again[["metric", "date", "forecast"]].to_dict("records")
    [{'metric': 'Security', 'date': '2026-Q2', 'forecast': 3.8}]
    """
    entries = []
    keys: Keys = set()
    for line, row in read_rows(path, NEEDED, COLUMNS):
        try:
            entries.append(_entry(row, keys))
        except CxlensError as error:
            raise FileError(f"{path}, line {line}: {error}") from error
    return _frame(entries)


def as_forecasts(forecasts: str | Path | pd.DataFrame) -> pd.DataFrame:
    """Forecasts from a file or a frame, checked and in the columns of :func:`read_forecasts`."""
    if not isinstance(forecasts, pd.DataFrame):
        return read_forecasts(forecasts)
    return _frame(_entries(forecasts))


def _entries(forecasts: pd.DataFrame) -> list[Entry]:
    """The rows of a frame, checked."""
    check_header("forecasts", list(forecasts.columns), NEEDED, COLUMNS)
    keys: Keys = set()
    return [_entry(row, keys) for row in forecasts.to_dict("records")]


@misfits_told
def write_forecasts(forecasts: pd.DataFrame, path: str | Path) -> None:
    """Write forecasts as CSV; :func:`read_forecasts` gives back the same.

    Parameters
    ----------
    forecasts
        The columns of :func:`read_forecasts`, checked as there.
    path
        The file to write. Whole or not at all. A text that a spreadsheet would take for a formula, such as ``=A1``,
        has an apostrophe before it, which :func:`read_forecasts` takes away.

    Raises
    ------
    ColumnError, OptionError, ValuesError, FileError
        When there are none, they are not right, or the folder is not there.
    """
    entries = _entries(forecasts)
    if not entries:
        raise ValuesError("there are no forecasts to write. Give a frame with a row for each.")
    frame = _frame(entries).dropna(axis="columns", how="all")
    write_csv(path, frame, figure)


def _frame(entries: list[Entry]) -> pd.DataFrame:
    frame = pd.DataFrame(entries, columns=list(COLUMNS))
    return frame.astype(dict.fromkeys([*NUMBERS, *LATER], float))


def _entry(row: Mapping[Any, Any], keys: Keys) -> Entry:
    """One forecast, whose key joins those before; texts with their blanks single."""
    entry: Entry = {}
    for name in TEXTS:
        entry[name] = _text(name, row[name])
    where = ""
    if entry["segment"]:
        where = f" for segment {entry['segment']!r}"
    thing = f"forecast of {entry['metric']!r}{where} at {entry['date']!r}"
    check_option(f"{thing}: measure", entry["measure"], Measure)
    for name in NUMBERS:
        entry[name] = as_number(f"{thing}: {name}", row[name])
    for name in LATER:
        entry[name] = _number_or_none(f"{thing}: {name}", row.get(name))
    _check_numbers(thing, entry)
    key = tuple(entry[name] for name in KEY)
    if key in keys:
        raise ValuesError(f"{thing} ({entry['measure']}) is there twice. Keep the one that was promised.")
    keys.add(key)
    return {name: entry[name] for name in COLUMNS}


def _text(name: str, value: Any) -> str:
    """A text with its blanks single; only the segment may be blank."""
    text = ""
    if not pd.isna(value):
        text = " ".join(str(value).split())
    if not text and name != "segment":
        raise ValuesError(f"a forecast has no {name}. Fill it in; only the segment may be blank, for all together.")
    return text


def _number_or_none(thing: str, value: Any) -> float:
    """A number; NaN where there is none."""
    if pd.isna(value) or value == "":
        return math.nan
    return as_number(thing, value)


def _check_numbers(thing: str, entry: Entry) -> None:
    """The forecast lies in its interval, and the level is one."""
    low = entry["low"]
    forecast = entry["forecast"]
    high = entry["high"]
    if not low <= forecast <= high:
        raise ValuesError(
            f"{thing} is out of order: low {low:g}, forecast {forecast:g}, high {high:g}. Give low <= forecast <= high."
        )
    if entry["true_low"] > forecast or entry["true_high"] < forecast:
        raise ValuesError(
            f"{thing} is out of order: true_low {entry['true_low']:g}, forecast {forecast:g}, "
            f"true_high {entry['true_high']:g}. Give true_low <= forecast <= true_high."
        )
    if entry["n"] < 1:
        raise ValuesError(f"{thing}: n is {entry['n']:g}. Give how many answers the later survey has, 1 or more.")
    level = entry["level"]
    if not 0 < level < 1:
        raise ValuesError(f"{thing}: level is {level:g}. Give a share between 0 and 1, such as 0.95.")
