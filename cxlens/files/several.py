"""Answers in several files: one below the other, or a file for each wave.

How one file is read belongs to :mod:`cxlens.files.answers`, and where that is said to :mod:`cxlens.files.reading`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cxlens.engine.roles import Roles
from cxlens.errors import ValuesError
from cxlens.files.answers import (
    Columns,
    Opened,
    Table,
    answers_and_words,
    joined_tables,
    read_table,
    wanted,
)
from cxlens.files.statistics import Said

THING = "survey file"


def answers_of_all(data: Any, roles: Roles) -> tuple[Opened, Said]:
    """The answers in a table or file, in a list of files, or in ``{wave: file}``, and what the files say of columns.

    Raises
    ------
    ColumnError, FileError, ValuesError
        As :func:`cxlens.files.answers.answers_and_words` does; where files have other columns, or a wave is said twice.
    """
    columns = wanted(roles)
    if isinstance(data, Mapping):
        table = _by_wave(data, columns, check_time(data, _time_of(roles)))
    elif _are_files(data):
        paths = list(map(Path, data))
        table = joined_tables([read_table(path, columns, THING) for path in paths], paths, THING)
    else:
        return answers_and_words(data, roles)
    opened, _ = answers_and_words(table.frame, roles)
    said = table.said._replace(questions=table.questions)
    return Opened(opened.source, (*table.notes, *opened.notes)), said


def _are_files(data: Any) -> bool:
    """Whether this is a list of paths."""
    if not isinstance(data, (list, tuple)) or not data:
        return False
    return all(isinstance(path, (str, Path)) for path in data)


def _time_of(roles: Roles) -> str | None:
    """The column of the waves."""
    for column, job in roles.labels.items():
        if job == "time":
            return column
    return None


def check_time(data: Mapping[Any, Any], time: str | None) -> str:
    """The column to make of the waves by which data are given.

    Raises
    ------
    ValuesError
        When it is not named, or there are no waves.
    """
    if time is None:
        raise ValuesError(
            "data is given by wave, but the survey names no time column. "
            "Name the column to make: Survey(..., time='wave')."
        )
    if not data:
        raise ValuesError("data is given by wave, and has none. Give {'2024': 'a.csv', '2025': 'b.csv'}.")
    return time


def said_twice(files: str, time: str) -> ValuesError:
    """What to say of files that are given by wave, and have a column of the waves."""
    return ValuesError(f"{files} and has a column {time!r} as well. Give the files as a list, or another time column.")


def _by_wave(data: Mapping[Any, Any], columns: Columns, time: str) -> Table:
    """One table of several files, with the wave of each in the time column."""
    in_files = {name: column for name, column in columns.items() if name != time}
    tables = []
    for wave, path in data.items():
        table = read_table(path, in_files, THING)
        if time in table.frame:
            raise said_twice(f"{THING} '{path}' is given for wave {wave!r}", time)
        tables.append(table._replace(frame=table.frame.assign(**{time: wave})))
    return joined_tables(tables, list(map(Path, data.values())), THING)
