"""An aggregated table as it is read: which columns hold which figure, and a line for each row and touchpoint.

Whether the figures can be is asked in :mod:`cxlens.study.aggregate_checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import check_fits
from cxlens.engine.entries import refuse_spans
from cxlens.engine.roles import check_jobs
from cxlens.errors import OptionError, ValuesError, listing
from cxlens.files.answers import EMPTY_WORDS, read_table
from cxlens.files.cells import Column
from cxlens.study.door import Labels

Measure = str | Mapping[str, str]  # a column, or one for each touchpoint
Columns = dict[str, str]  # by measure
PROMOTERS, DETRACTORS, TOP, BOTTOM = "promoters", "detractors", "top box", "bottom box"
CUSTOMERS = "customers"  # whose share is no answer: of a market, of those who stayed
SHARES = [PROMOTERS, DETRACTORS, TOP, BOTTOM, CUSTOMERS]
SETS = [{PROMOTERS, DETRACTORS}, {TOP}, {TOP, BOTTOM}, {CUSTOMERS}]  # of shares that tell a figure
TOUCHPOINT = "(touchpoint)"  # the column of lines that no column of a file is called


def measures_of(
    n: Measure,
    mean: Measure | None,
    sd: Measure | None,
    shares: Mapping[str, Measure] | None,
    cluster: str | None,
) -> dict[str, Measure]:
    """The columns by measure: means or shares, never both.

    Raises
    ------
    OptionError
        When both are given or none, the spread is not known, or shares tell no figure.
    """
    if (mean is None) == (shares is None):
        raise OptionError(
            "Aggregates hold means or shares: give mean= with sd=, or shares={'promoters': column, 'detractors': "
            "column}, {'top box': column} or {'customers': column}. A table with both makes two Aggregates."
        )
    if mean is None:
        return {"n": n, **_shares(shares or {}, sd)}
    if sd is not None:
        return {"n": n, "mean": mean, "sd": sd}
    if cluster is None:
        raise OptionError(
            "without sd= nobody knows how far single answers lie apart, so no interval can be given. Give sd=, or "
            "cluster= with the column of units, such as shops, whose differences then make the intervals."
        )
    return {"n": n, "mean": mean}


def _shares(shares: Mapping[str, Measure], sd: Measure | None) -> dict[str, Measure]:
    """Shares that tell a figure."""
    if sd is not None:
        raise OptionError("sd= goes with mean=: shares tell their spread themselves. Leave it out.")
    check_fits("Aggregates: shares", shares, Mapping[str, Measure])
    if set(shares) not in SETS:
        raise OptionError(
            f"shares={list(shares)} tells no figure. Give {{'promoters': column, 'detractors': column}}, "
            "{'top box': column}, with 'bottom box' if known, or {'customers': column}."
        )
    return dict(shares)


def read_lines(
    data: Any,
    measures: Mapping[str, Measure],
    touchpoint: str | None,
    labels: Labels,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A line for each row and touchpoint with answers: labels, touchpoint, measures; and what to tell of the file.

    Raises
    ------
    ColumnError, FileError, OptionError, ValuesError
        When a column is missing or named for one touchpoint and not for another, the file cannot be read, or a number
        is none.
    """
    by_touchpoint = _by_touchpoint(measures, touchpoint)
    numbers = [pair for columns in by_touchpoint.values() for pair in columns.items()]
    jobs = [(job, column) for column, job in labels.jobs.items()]
    if touchpoint is not None:
        jobs.append(("touchpoint", touchpoint))
    wanted = {column: Column("label") for _, column in jobs}
    wanted |= {column: Column("number", EMPTY_WORDS) for _, column in numbers}
    table = read_table(data, wanted, "aggregated table")
    check_jobs([*jobs, *dict.fromkeys(numbers)], list(table.frame.columns))
    parts = []
    for name, columns in by_touchpoint.items():
        parts.append(_part(table.frame, columns, list(labels.jobs), touchpoint, name))
    lines = pd.concat(parts, ignore_index=True)
    if lines.empty:
        raise ValuesError("the aggregated table has no answers: n is 0 or empty in every row. Check the column of n.")
    return _as_shares(lines), table.notes


def _by_touchpoint(measures: Mapping[str, Measure], touchpoint: str | None) -> dict[str, Columns]:
    """By touchpoint the column of each measure; "" stands for those that a column names."""
    apart = {measure: columns for measure, columns in measures.items() if not isinstance(columns, str)}
    if not apart:
        columns = {measure: str(column) for measure, column in measures.items()}
        named_by_measure = columns.get("mean") or columns.get(TOP) or columns.get(CUSTOMERS) or "NPS"
        return {named_by_measure if touchpoint is None else "": columns}
    if touchpoint is not None:
        raise OptionError(
            f"touchpoint={touchpoint!r} names the touchpoint of each row, so {listing(apart)} takes one column. "
            "Leave touchpoint= out where each touchpoint has columns of its own."
        )
    names = [name for columns in apart.values() for name in columns]
    return {name: _columns_of(name, measures) for name in dict.fromkeys(names)}


def _columns_of(touchpoint: str, measures: Mapping[str, Measure]) -> Columns:
    """The column of each measure of a touchpoint."""
    columns = {}
    for measure, named in measures.items():
        if isinstance(named, str):
            columns[measure] = named
        elif touchpoint in named:
            columns[measure] = named[touchpoint]
        else:
            raise OptionError(f"{measure} has no column for {touchpoint!r}. Name one for each touchpoint.")
    return columns


def _part(
    frame: pd.DataFrame,
    columns: Columns,
    keys: list[str],
    touchpoint: str | None,
    name: str,
) -> pd.DataFrame:
    """The lines of one touchpoint, or of all that a column names."""
    part = frame[keys].reset_index(drop=True)
    part[TOUCHPOINT] = name
    if touchpoint is not None:
        part[TOUCHPOINT] = frame[touchpoint].astype(str).to_numpy()
    for measure, column in columns.items():
        part[measure] = _numbers(frame[column], measure, column)
    n = part["n"].fillna(0)
    is_odd = (n < 0) | (n % 1 != 0)
    if is_odd.any():
        odd = [f"{value:g}" for value in n[is_odd].unique()]
        raise ValuesError(
            f"n column {columns['n']!r} holds {listing(odd, 5)}. Numbers of answers are whole, and 0 or more."
        )
    part["n"] = n.astype(np.int64)
    return part[n > 0]


def _numbers(values: pd.Series[Any], measure: str, column: str) -> NDArray[np.float64]:
    """A column of figures, NaN where there is none; "47 %" is 47."""
    refuse_spans(values, measure, column)
    bare = values.map(_without_percent)
    numbers = pd.to_numeric(bare, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    is_empty = bare.isna() | (bare == "")
    is_text = np.isnan(numbers) & ~is_empty.to_numpy()
    if is_text.any():
        words = map(repr, values[is_text].unique())
        raise ValuesError(
            f"{measure} column {column!r} holds {listing(words, 5)} where numbers are expected. Correct these rows."
        )
    return numbers


def _without_percent(value: Any) -> Any:
    """A text without its sign of percent."""
    if isinstance(value, str):
        return value.replace("%", "").strip()
    return value


def _as_shares(lines: pd.DataFrame) -> pd.DataFrame:
    """Percentages as shares from 0 to 1: they are where one is above 1."""
    shares = lines.columns.intersection(SHARES)
    largest = lines[shares].max()
    is_percent = largest > 1
    if not is_percent.any():
        return lines
    is_other = (largest > 0) & ~is_percent
    if is_other.any():
        raise ValuesError(
            f"shares of {is_percent.idxmax()} go up to {largest.max():g}, those of {is_other.idxmax()} to "
            f"{largest[is_other].iloc[0]:g}: are both percentages? Write all of them from 0 to 1."
        )
    lines[shares] /= 100
    return lines
