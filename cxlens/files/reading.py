"""Answers as a frame, read as their owner says where what would be found is not right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlens.errors import OptionError
from cxlens.files.answers import NOTES, Table, joined_tables, read_table
from cxlens.files.cells import COMMA, Column, has_decimal_commas, settled
from cxlens.files.given import Given
from cxlens.files.places import files_of, kind_of
from cxlens.files.several import check_time, said_twice

THING = "survey file"
POINT = r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?"  # 1.94 and 1,234.5


def read_answers(
    path: str | Path,
    *,
    sheet: str | None = None,
    header: int | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
) -> pd.DataFrame:
    r"""Read a CSV or Excel file as a frame, saying how where it would be found otherwise.

    :class:`~cxlens.study.survey.Survey` and :class:`~cxlens.study.journeys.JourneyLog` take the path itself, and find
    all of this. This is for files in which they cannot, or find it wrongly; what it gives is what they take.

    Parameters
    ----------
    path
        A CSV or Excel file, a folder of such files, or a pattern.
    sheet
        The name of the sheet.
    header
        The line (of a sheet: the row) with the names of the columns; the first is 1.
    separator
        The sign between columns, such as ``";"`` or ``"\t"``.
    decimal
        ``","`` or ``"."``. The other is then the sign of thousands.
    encoding
        Such as ``"utf-8"``, ``"cp1252"`` or ``"shift_jis"``.

    Returns
    -------
    pandas.DataFrame
        One row an answer. Columns in which all entries are numbers are numbers, where nothing is lost by it: 02134
        stays text. Empty cells are missing; "N/A" and its like are text. Rows of question text and empty rows are left
        out, and the survey tells it.

    Raises
    ------
    FileError, OptionError
        When the file cannot be read so, or an option says nothing of such a file.

    Examples
    --------
    >>> import cxlens as cx
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "answers.csv")
    ...     _ = path.write_text("made by Ann; 2026\nweb;spent\n5;1.234\n4;2.345\n", encoding="utf-8")
    ...     cx.read_answers(path, header=2, separator=";", decimal=",")["spent"].tolist()
    [1234.0, 2345.0]
    """
    return _frame_of([path], Given(sheet, header, separator, decimal, encoding))[0]


def read_as_said(data: Any, given: Given, time: str | None) -> pd.DataFrame:
    """Answers in a file, in a list of files or in ``{wave: file}``, all of them read as is said.

    Parameters
    ----------
    data
        A path, several, or one for each wave.
    given
        How the files are read.
    time
        The column that is made of the waves.

    Raises
    ------
    FileError, OptionError, ValuesError
        As :func:`read_answers` does; where files have other columns, or data by wave name no time column.
    """
    if not isinstance(data, Mapping):
        paths = data if isinstance(data, (list, tuple)) else [data]
        return _frame_of(paths, given)[0]
    column = check_time(data, time)
    frame, lengths = _frame_of(list(data.values()), given)
    if column in frame:
        wave, path = next(iter(data.items()))
        raise said_twice(f"{THING} '{path}' is given for wave {wave!r}", column)
    frame[column] = np.repeat(list(data), lengths)
    return frame


def _frame_of(paths: Sequence[Any], given: Given) -> tuple[pd.DataFrame, list[int]]:
    """The rows of some files, one below the other, and how many each has."""
    tables = [_table_of(path, given) for path in paths]
    table = joined_tables(tables, [Path(path) for path in paths], THING)
    columns = [_as_numbers(table.frame.iloc[:, place], given.decimal) for place in range(table.frame.shape[1])]
    frame = pd.DataFrame(dict(enumerate(columns)))
    frame.columns = table.frame.columns
    frame.attrs[NOTES] = table.notes
    return frame, [len(part.frame) for part in tables]


def _table_of(path: Any, given: Given) -> Table:
    """The table of one file, or of a folder or a pattern of files, read as is said."""
    if not isinstance(path, (str, Path)):
        raise OptionError(f"read_answers takes the path of a file, and was given a {type(path).__name__}.")
    paths = files_of(path, THING)
    if kind_of(paths, THING) not in ("csv", "excel"):
        raise OptionError(f"{THING} '{path}' says itself how it is read. Give its path: cx.Survey({str(path)!r}, ...).")
    return read_table(path, {}, THING, given)


def _as_numbers(entries: pd.Series[Any], decimal: str | None) -> pd.Series[Any]:
    """A column as numbers where all its texts are, in the way that is said or, where it is not, in the only way."""
    if not pd.api.types.is_string_dtype(entries.dtype) or not entries.map(_is_text).all():
        return entries.infer_objects()
    texts = entries.str.strip()
    stated = texts[texts != ""]
    is_signed = stated.str.contains("[.,]", regex=True).any()
    if decimal == "," and is_signed and stated.str.fullmatch(COMMA).all():
        return _numbers(texts, ".", ",")
    if decimal == "." and is_signed and stated.str.fullmatch(POINT).all():
        return _numbers(texts, ",", ".")
    if decimal is None and has_decimal_commas(stated):
        return _numbers(texts, ".", ",")
    return settled(entries, Column("label"))


def _is_text(entry: object) -> bool:
    return isinstance(entry, str)


def _numbers(texts: pd.Series[Any], thousands: str, point: str) -> pd.Series[Any]:
    """Texts of numbers as numbers, by their sign of thousands and their decimal sign."""
    plain = texts.str.replace(thousands, "", regex=False).str.replace(point, ".", regex=False)
    return pd.to_numeric(plain.replace("", None).astype(object)).astype(float)
