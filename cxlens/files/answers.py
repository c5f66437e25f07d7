"""One reader for every table: whatever file or frame it comes in, its columns come out as they are wanted.

What is in a file is found and told, what is not sure is refused with the way to say it. What the columns mean does not
belong here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from cxlens.engine.parquet import ParquetFiles
from cxlens.engine.positive import told_answers
from cxlens.engine.readers import as_frame
from cxlens.engine.roles import Roles, check_columns
from cxlens.engine.spark import SparkTable, is_spark
from cxlens.engine.tables import InMemory, Source, open_table
from cxlens.errors import FileError, listing
from cxlens.files.cells import Column, settled
from cxlens.files.choices import check_choices
from cxlens.files.csv_text import WINDOWS, find_form, read_texts, told_encoding
from cxlens.files.excel import as_text, read_workbook
from cxlens.files.exports import answers_of
from cxlens.files.given import FOUND, Given
from cxlens.files.places import files_of, kind_of
from cxlens.files.statistics import NOTHING, Said, check_missing_told, read_statistics, said_of_all, settled_codes
from cxlens.files.xes import read_xes

EMPTY_WORDS = ("", "NA", "N/A", "NaN", "nan", "NULL", "null")  # what an empty cell of a text file may look like
NOTES = "cxlens notes"  # where a frame that was read carries what there is to tell of its file
Columns = Mapping[str, Column]  # what is asked for


class Opened(NamedTuple):
    """Answers as the engine reads them, and what there is to tell of their file."""

    source: Source
    notes: tuple[str, ...]


class Table(NamedTuple):
    """A table in memory; the question text of its columns; what the file says of them; what there is to tell."""

    frame: pd.DataFrame
    questions: Mapping[str, str] = {}
    said: Said = NOTHING
    notes: tuple[str, ...] = ()


def open_answers(data: Any, roles: Roles) -> Opened:
    """The answers in a file, a folder, the files that fit a pattern, or a table of any library.

    Raises
    ------
    ColumnError, FileError, ValuesError
        As :func:`answers_and_words` does.
    """
    return answers_and_words(data, roles)[0]


def answers_and_words(data: Any, roles: Roles) -> tuple[Opened, Said]:
    """The same, and what the file says of its columns.

    Parquet files of many rows stay on disk, tables of Spark where they are.

    Raises
    ------
    ColumnError, FileError, ValuesError
        When a column is missing, the file cannot be read, or values are not what their column should hold.
    """
    thing = "survey file"
    if isinstance(data, (str, Path)):
        paths = files_of(data, thing)
        if kind_of(paths, thing) == "parquet":
            files = ParquetFiles.at(paths, thing)
            source = open_table(files, roles)
            _check_choices(source, roles)
            told = told_answers(roles.outcomes, lambda column: files.frame([column])[column])
            return Opened(source, told), NOTHING
    if is_spark(data):
        return _of_spark(data, roles), NOTHING
    table = read_table(data, wanted(roles), thing)
    source = open_table(table.frame, roles)
    _check_choices(source, roles)
    told = told_answers(roles.outcomes, lambda column: table.frame[column])
    said = table.said._replace(questions=table.questions)
    return Opened(source, (*table.notes, *told)), said


def _of_spark(data: Any, roles: Roles) -> Opened:
    """Answers that Spark holds; few are read."""
    check_columns(roles, data.columns)
    table = SparkTable.of(data, roles.columns)
    source = open_table(table, roles)
    _check_choices(source, roles)
    return Opened(source, told_answers(roles.outcomes, table.entries))


def _check_choices(source: Source, roles: Roles) -> None:
    """Refuse labels with several choices in a cell; of a file on disk those of segments and channels."""
    if isinstance(source, InMemory):
        check_choices(source.rows.labels, roles.labels)
        return
    for column, job in roles.labels.items():
        if job in ("segment", "channel"):
            entries = pd.Series(source.distinct(column), dtype=object)
            check_choices(entries.to_frame(column), {column: job})


def wanted(roles: Roles) -> dict[str, Column]:
    """What each column of some roles is wanted as; a code may look like an empty cell, a segment be called "NA"."""
    columns = {}
    for name, codes in roles.answers:
        named = (*codes.not_used, *codes.blank) if codes else ()
        empty = tuple(word for word in EMPTY_WORDS if word not in named)
        columns[name] = Column("number", empty, named, asks=name in roles.score_columns)
    if roles.weight:
        columns[roles.weight] = Column("number", EMPTY_WORDS)
    if roles.counts:
        columns[roles.counts] = Column("number", EMPTY_WORDS)
    for name, job in roles.labels.items():
        label = Column("number", EMPTY_WORDS) if job == "emotion" else Column("label")
        if name in roles.coded:
            label = Column("code")
        columns.setdefault(name, label)
    return columns


def read_table(data: Any, columns: Columns, thing: str, given: Given = FOUND) -> Table:
    """A table in memory, its columns as they are wanted; those not asked for are as the file has them.

    ``thing`` is what messages call a file: "event file".
    """
    if not isinstance(data, (str, Path)):
        frame = as_frame(data)
        return Table(frame, notes=tuple(frame.attrs.get(NOTES, ())))
    paths = files_of(data, thing)
    kind = kind_of(paths, thing)
    if kind == "parquet":
        return _read_parquet(paths, columns, thing)
    if kind == "statistics":
        return joined_tables([_read_statistics(path, columns, thing) for path in paths], paths, thing)
    if kind == "xes":
        return joined_tables([Table(read_xes(path, thing)) for path in paths], paths, thing)
    parts = []
    for path in paths:
        read = _read_csv if kind == "csv" else _read_excel
        part = read(path, columns, thing, given)
        parts.append(part)
    table = joined_tables(parts, paths, thing)
    return table._replace(frame=with_columns_settled(table.frame, columns))


def _read_parquet(paths: Sequence[Path], columns: Columns, thing: str) -> Table:
    """The columns asked for of Parquet files; all of them where one is not there, for the message that says so."""
    files = ParquetFiles.at(paths, thing)
    names = files.schema().names
    there = [name for name in columns if name in names]
    complete = columns and len(there) == len(columns)
    return Table(files.frame(there if complete else names))


def _read_csv(path: Path, needed: Collection[str], thing: str, given: Given) -> Table:
    """The answers in a CSV file as text."""
    given.refuse_for_csv(f"{thing} '{path}'")
    form = find_form(path, needed, thing, given)
    frame, form = read_texts(path, form, thing)
    answers = answers_of(frame, path.name)
    words = [*form.header, *_texts_of(answers.frame)] if form.encoding == WINDOWS else []
    notes = (*form.notes, *told_encoding(path, form, words), *answers.notes)
    return Table(answers.frame, answers.questions, NOTHING, notes)


def _texts_of(frame: pd.DataFrame) -> list[str]:
    """Entries with a letter beyond ASCII."""
    found = []
    for place in range(frame.shape[1]):
        entries = frame.iloc[:, place].astype(str)
        found.extend(entries[~entries.map(str.isascii)].head(1).tolist())
    return found


def _read_excel(path: Path, needed: Collection[str], thing: str, given: Given) -> Table:
    """The answers in a workbook, their cells as they are."""
    given.refuse_for_excel(f"{thing} '{path}'")
    frame, notes = read_workbook(path, needed, thing, given)
    answers = answers_of(frame, path.name)
    return Table(answers.frame, answers.questions, NOTHING, (*notes, *answers.notes))


def _read_statistics(path: Path, columns: Columns, thing: str) -> Table:
    """The answers in a file of SPSS, Stata or SAS."""
    frame, said = read_statistics(path, thing)
    check_missing_told(path, columns, said, thing)
    for name, column in columns.items():
        if name in frame:
            frame[name] = settled_codes(frame[name], name, column, said, f"{thing} '{path}'")
    return Table(frame, said.questions, said)


def joined_tables(parts: Sequence[Table], paths: Sequence[Path], thing: str) -> Table:
    """Tables with the same columns, one below the other."""
    first = parts[0]
    if len(parts) == 1:
        return first
    known = list(first.frame.columns)
    for path, part in zip(paths, parts, strict=True):
        ours = Counter(known)
        theirs = Counter(part.frame.columns)
        odd = sorted(map(str, (ours - theirs) + (theirs - ours)))
        if odd:
            which = "only one of them has"
            if ours.keys() == theirs.keys():
                which = "one of them has more often"
            raise FileError(
                f"{thing}s '{paths[0]}' and '{path}' have other columns: {listing(map(repr, odd), 5)} "
                f"{which}. Give files with the same columns."
            )
    frames = [part.frame[known] for part in parts]
    frame = pd.concat(frames, ignore_index=True)
    notes = [note for part in parts for note in part.notes]
    said = said_of_all([part.said for part in parts])
    return first._replace(frame=frame, said=said, notes=tuple(notes))


def with_columns_settled(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """The columns asked for as they are wanted, once each: those there twice are refused elsewhere."""
    once = [name for name in columns if list(frame.columns).count(name) == 1]
    made = {name: _settled(frame[name], columns[name]) for name in once}
    return frame.assign(**made)


def _settled(entries: pd.Series[Any], column: Column) -> pd.Series[Any]:
    """A column of text, or of the cells of a sheet, as it is wanted."""
    if pd.api.types.is_string_dtype(entries.dtype) and entries.dtype != object:
        return settled(entries, column)
    is_given = entries.notna()
    is_text = entries.map(lambda entry: isinstance(entry, str))
    if column.kind == "text" or (is_text & is_given).any():
        return settled(entries.map(as_text).astype("str"), column)
    return entries.infer_objects()
