"""Rows of events: which columns they stand in, read and checked, with the row of every fault.

Sorting them, and what journeys are, belongs to :mod:`cxlens.study.journeys`.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import plural
from cxlens.engine.entries import refuse_spans
from cxlens.engine.parquet import ParquetFiles
from cxlens.engine.roles import check_jobs
from cxlens.errors import ColumnError, OptionError, ValuesError, listing
from cxlens.files.answers import EMPTY_WORDS, read_table
from cxlens.files.cells import Column
from cxlens.files.exports import column_of_phases
from cxlens.files.places import files_of, kind_of
from cxlens.study.phases import Phases, starts_and_ends_told

THING = "event file"
FIRST_ROWS = 1000  # of a file, which tell whether its rows are starts and ends
WHO_AND_WHAT = {"customer", "touchpoint"}  # roles that every log has
TABLE_COLUMNS = (
    "customer", "episode", "step", "time", "touchpoint", "next", "gap_seconds", "duration_seconds", "outcome", "value",
    "score",
)  # fmt: skip
XES_NAMES = {
    "customer": "case:concept:name",
    "touchpoint": "concept:name",
    "time": "time:timestamp",
    "lifecycle": "lifecycle:transition",
}  # as pm4py and files of XES call their columns

Ints = NDArray[np.int64]
Roles = list[tuple[str, str]]  # pairs of role and column


@dataclass(frozen=True, eq=False)
class EventRows:
    """Rows of events in memory, with codes of customers and touchpoints, and what these stand for.

    ``phases`` says which are starts and ends of tasks, where somebody asked; ``n_aside`` how many rows were neither.
    """

    frame: pd.DataFrame
    customer: Ints
    touchpoint: Ints
    ids: pd.Index[Any]
    names: pd.Index[Any]
    phases: Phases | None
    n_aside: int

    def entries(self, columns: Sequence[str]) -> dict[str, Any]:
        """The entries of some columns, each once."""
        return {column: self.frame[column].dropna().unique() for column in columns}


def names_of_columns(given: Mapping[str, str | None]) -> dict[str, str]:
    """The column of each role that has one; those of XES where neither customer nor touchpoint are named.

    Raises
    ------
    OptionError
        ``a journey log needs to know who met what. Give customer= and touchpoint=, two columns. ...``; or when nothing
        tells what came first, or a start from an end.
    """
    left_out = [role for role, column in given.items() if column is None or (role in WHO_AND_WHAT and not column)]
    named = {role: column for role, column in given.items() if column is not None and role not in left_out}
    who_and_what = WHO_AND_WHAT.intersection(named)
    if len(who_and_what) == 1:
        raise OptionError(
            "a journey log needs to know who met what. Give customer= and touchpoint=, two columns; leave out both "
            f"where they are called {XES_NAMES['customer']!r} and {XES_NAMES['touchpoint']!r}."
        )
    has_order = "time" in named or "order" in named
    if not who_and_what:
        standard = {role: column for role, column in XES_NAMES.items() if role != "time" or not has_order}
        return {**standard, **named}
    if not has_order:
        raise OptionError(
            "a journey log needs to know what came first. Give time=, a column of dates and times, "
            "or order=, a column of numbers."
        )
    if "lifecycle" in named and "time" not in named:
        raise OptionError(
            f"lifecycle={named['lifecycle']!r} needs a clock. Name the column of dates and times: "
            "JourneyLog(..., time='column')."
        )
    return named


def read_rows(events: Any, named: Mapping[str, str], segments: tuple[str, ...], *, is_standard: bool) -> pd.DataFrame:
    """The events as a frame that has every column, and at least one row; phases of a standard log may be absent.

    Raises
    ------
    ColumnError, FileError, OptionError, ValuesError
        When a column is missing or has a name that is taken, there are no rows, or the file cannot be read.

    Warns
    -----
    UserWarning
        When rows are starts and ends of tasks, and no column of phases is named.
    """
    roles: Roles = [*named.items(), *(("segment", column) for column in segments)]
    for column in segments:
        if column in TABLE_COLUMNS:
            raise ColumnError(
                f"segment column {column!r} has the name of a column of the sorted table. "
                f"Rename it; taken are: {listing(TABLE_COLUMNS)}."
            )
    frame = read_table(events, _wanted(roles), THING).frame
    if is_standard:
        roles = _there(roles, frame)
    check_jobs(roles, list(frame.columns))
    if not len(frame):
        raise ValuesError(
            "the events have no rows. Give at least one event; check the filter or the file they come from."
        )
    return frame.reset_index(drop=True)  # messages tell rows by their number


def _there(roles: Roles, frame: pd.DataFrame) -> Roles:
    """The roles of a log in XES whose columns are there; refused where nobody knows who met what, or when."""
    missing = [role for role, column in roles if column not in frame.columns and XES_NAMES.get(role) == column]
    asked = [f"{role}=" for role in missing if role != "lifecycle"]
    if asked:
        raise OptionError(
            f"a journey log needs to know who met what, and what came first. Name the columns: {listing(asked)}. "
            f"Columns: {listing(frame.columns)}."
        )
    return [(role, column) for role, column in roles if role not in missing]


def warn_of_phases(events: Any, frame: pd.DataFrame, asked: set[str]) -> str:
    """Warn of a column that parts rows into starts and ends, which nobody has named; what was said, or nothing.

    Of files of Parquet, of which only the columns asked for are in ``frame``, the first rows tell.
    """
    if set(frame.columns) <= asked and isinstance(events, (str, Path)):
        paths = files_of(events, THING)
        if kind_of(paths, THING) == "parquet":
            frame = ParquetFiles.at(paths, THING).head(FIRST_ROWS)
    phases = column_of_phases(frame, asked)
    if phases is None:
        return ""
    told = starts_and_ends_told(phases[0])
    warnings.warn(told, UserWarning, stacklevel=6)
    return told


def _wanted(roles: Roles) -> dict[str, Column]:
    """What each column is wanted as: ids, names and times as text; "NA" is a name, only an empty cell is missing."""
    columns = {}
    for role, column in roles:
        if role in ("customer", "touchpoint", "time", "lifecycle"):
            columns[column] = Column("text", EMPTY_WORDS if role == "time" else ("",))
        elif role == "segment":
            columns.setdefault(column, Column("label"))
        else:
            columns[column] = Column("number", EMPTY_WORDS)
    return columns


def codes_of(values: pd.Series[Any], role: str, expected: str) -> tuple[Ints, pd.Index[Any]]:
    """Whole numbers from 0 for the entries of a column, in order of appearance, and what they stand for."""
    codes, entries = pd.factorize(values)
    is_blank = entries.astype(str).str.strip() == ""
    blank = np.append(is_blank, True)  # the last entry stands for code -1, an empty cell
    refuse(blank[codes], values, role, expected)
    return codes.astype(np.int64), entries


def numbers_of(
    values: pd.Series[Any],
    role: str,
    *,
    needed: bool = False,
    allowed: tuple[int, ...] = (),
) -> pd.Series[Any]:
    """Numbers, NaN where blank; anything else is refused, and so are blanks where numbers are needed."""
    refuse_spans(values, role, str(values.name))
    numbers = pd.to_numeric(values, errors="coerce")
    wrong = numbers.isna()
    expected = "number"
    if allowed:
        is_allowed = numbers.astype("Float64").isin(allowed)
        wrong = wrong | ~is_allowed
        expected = " or ".join(map(str, allowed))
    must_hold = values.notna() | needed
    refuse(wrong & must_hold, values, role, expected)
    return numbers


def refuse(wrong: Any, values: pd.Series[Any], role: str, expected: str) -> None:
    """Refuse a column for the entries that a mask marks."""
    positions = np.flatnonzero(wrong).tolist()
    if not positions:
        return
    entries = (f"row {values.index[position] + 1:,} ({values.iloc[position]})" for position in positions)
    shown = listing(entries, 5)
    raise ValuesError(
        f"{role} column {values.name!r} has no {expected} in {len(positions):,} of {plural(len(values), 'row')}: "
        f"{shown}. Rows are counted from 1, a header aside. Correct them, or drop them before."
    )
