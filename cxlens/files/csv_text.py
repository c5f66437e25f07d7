"""How a CSV file is written: its encoding, its separator, the line of its header; found, and told.

What the cells hold belongs to :mod:`cxlens.files.cells`.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import warnings
import zlib
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from cxlens.errors import FileError
from cxlens.files.given import FOUND, Given

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright bars"}
HEAD = 262_144  # bytes: what is looked at to find the separator
SAMPLE = 100  # records of it
ABOVE = 20  # a header stands in one of the first so many records
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
WINDOWS = "cp1252"
LONG_ROWS = "its rows have more cells than its first line has names"

Record = list[str]


class CsvForm(NamedTuple):
    """How a CSV file is written; ``skip`` lines stand before the ``header``; ``notes`` tell what was found."""

    encoding: str
    separator: str
    skip: int
    header: Record
    notes: tuple[str, ...] = ()
    is_given: bool = False


class Numbered(NamedTuple):
    """A record and the line before it."""

    line: int
    cells: Record


def decoded(path: Path, data: bytes, thing: str, *, whole: bool = True) -> tuple[str, str]:
    """Text and its encoding: UTF-8, UTF-16, else Windows-1252; ``whole=False`` where the bytes are cut off."""
    for encoding in _candidates(data):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            return decoder.decode(data, final=whole), encoding
        except UnicodeDecodeError:
            continue
    raise _no_text(path, thing)


def _candidates(data: bytes) -> list[str]:
    """Encodings that the first bytes allow, the likeliest first."""
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            return [encoding]
    first = data[:1000]
    if 3 * first.count(b"\0") < len(first):
        return ["utf-8", WINDOWS]
    return ["utf-16-be"] if first[:1] == b"\0" else ["utf-16-le"]


def head_of(path: Path, thing: str) -> bytes:
    """The first bytes of a file, unpacked."""
    opened = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opened(path, "rb") as file:
            return bytes(file.read(HEAD))
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, thing, str(error).strip()) from error


def unreadable(path: Path, thing: str, fault: str) -> FileError:
    """A CSV file that cannot be read, and why."""
    return FileError(
        f"{thing} '{path}' cannot be read as CSV: {fault}. Save it with a comma between columns, or say how it is "
        "written: cx.read_answers(path, separator=..., header=...)."
    )


def find_form(path: Path, needed: Collection[str], thing: str, given: Given = FOUND) -> CsvForm:
    """How a CSV file is written that is to hold some columns; what is given is not looked for."""
    data = head_of(path, thing)
    if not data.strip():
        raise FileError(f"{thing} '{path}' is empty. Check the path, or save the file again.")
    is_cut = len(data) == HEAD
    text, encoding = _decoded_as(path, data, thing, given.encoding, whole=not is_cut)
    if given.separator is None:
        separator, numbered = find_separator(text, needed, cut=is_cut)
    else:
        separator = given.separator
        numbered = records_of(text, given.separator, cut=is_cut)
    if not numbered:
        raise unreadable(path, thing, "no row of it holds a cell")
    records = [entry.cells for entry in numbered]
    place = header_place(records, needed)
    if given.header is not None:
        place = _place_of_line(path, numbered, given.header, thing)
    skip, header = numbered[place]
    below = records[place + 1 :]
    if below and all(len(record) > len(header) for record in below):  # pandas 2.2 would cut them without a word
        raise unreadable(path, thing, LONG_ROWS)
    notes = []
    if separator in SEPARATORS and separator != ",":
        notes.append(f"{path.name}: columns are separated by {SEPARATORS[separator]}.")
    if skip:
        notes.append(f"{path.name}: the header is in line {skip + 1}.")
    return CsvForm(encoding, separator, skip, header, tuple(notes), given.encoding is not None)


def _decoded_as(path: Path, data: bytes, thing: str, encoding: str | None, *, whole: bool) -> tuple[str, str]:
    """Text in the encoding that is given, or in the one that is found; and that encoding."""
    if encoding is None:
        return decoded(path, data, thing, whole=whole)
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data, final=whole), encoding
    except UnicodeError:
        raise FileError(f"{thing} '{path}' is no text in {encoding}. Give another encoding=.") from None


def _place_of_line(path: Path, numbered: Sequence[Numbered], line: int, thing: str) -> int:
    """The place of the record that begins on a line."""
    lines = [entry.line + 1 for entry in numbered]
    if line not in lines:
        raise FileError(f"{thing} '{path}': nothing begins in line {line}, so it cannot be the header. Check header=.")
    return lines.index(line)


def find_separator(text: str, needed: Collection[str], *, cut: bool = False) -> tuple[str, list[Numbered]]:
    """The sign between the columns, and the first records: it makes the needed columns, or else the widest table."""
    best = (",", records_of(text, ",", cut=cut))
    best_rank = (0, 0, 0)
    for sign in SEPARATORS:
        numbered = records_of(text, sign, cut=cut)
        records = [entry.cells for entry in numbered]
        widths = Counter(map(len, records))
        width = max(widths, key=lambda size: (widths[size], size), default=0)
        found, _ = _most_needed(records, needed)
        rank = (found, widths[width], width) if width > 1 else (found, 0, 0)
        if rank > best_rank:
            best = (sign, numbered)
            best_rank = rank
    return best


def records_of(text: str, separator: str, *, cut: bool = False) -> list[Numbered]:
    """The first records of a text that hold something; the last one is left out where the text is cut off."""
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator)
    records = []
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                records.append(Numbered(before, cells))
            before = reader.line_num
            if len(records) > SAMPLE:
                break
    except csv.Error:
        return records
    if cut and len(records) > 1:
        del records[-1]
    return records


def header_place(records: Sequence[Sequence[str]], needed: Collection[str]) -> int:
    """The place of the header: the record with most of the needed columns, else the first nearly as full as any."""
    found, place = _most_needed(records, needed)
    if found:
        return place
    filled = [sum(1 for cell in record if cell.strip()) for record in records[:ABOVE]]
    full = max(filled, default=0)
    for place, cells in enumerate(filled):
        if cells >= 0.8 * full:
            return place
    return 0


def _most_needed(records: Sequence[Sequence[str]], needed: Collection[str]) -> tuple[int, int]:
    """How many needed columns the record has that has most of them, and its place."""
    wanted = set(needed)
    found = [len(wanted.intersection(record)) for record in records[:ABOVE]]
    most = max(found, default=0)
    return most, found.index(most) if most else 0


def read_texts(path: Path, form: CsvForm, thing: str) -> tuple[pd.DataFrame, CsvForm]:
    """All cells of a CSV file as text, below the names of its header; and the form, with the encoding that fits."""
    try:
        return _parsed(path, form, thing), form
    except UnicodeDecodeError:
        if form.encoding != "utf-8" or form.is_given:
            raise _no_text(path, thing) from None
    # A letter beyond the first bytes is no UTF-8.
    return read_texts(path, form._replace(encoding=WINDOWS), thing)


def _no_text(path: Path, thing: str) -> FileError:
    """A file in none of the encodings that are known here."""
    return FileError(
        f"{thing} '{path}' is no text in UTF-8, UTF-16 or Windows-1252. Save it as CSV in UTF-8, or name its encoding: "
        "cx.read_answers(path, encoding=...)."
    )


def _parsed(path: Path, form: CsvForm, thing: str) -> pd.DataFrame:
    """All cells as text: pandas shifts or cuts rows of too many cells when it is asked for some columns only."""
    fault: str
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                path,
                sep=form.separator,
                skiprows=form.skip,
                index_col=False,
                dtype=str,
                keep_default_na=False,
                na_filter=False,
                encoding=form.encoding,
            )
        if len(frame.columns) == len(form.header):
            return frame.set_axis(_names(form.header, list(frame.columns)), axis=1)
        fault = "its header has a quote that does not end"
    except UnicodeDecodeError:
        raise
    except pd.errors.ParserWarning:
        fault = LONG_ROWS
    except (pd.errors.ParserError, OSError, EOFError, zlib.error, ValueError) as error:
        fault = in_plain_words(str(error).strip())
    raise unreadable(path, thing, fault)


def _names(header: Record, given: list[str]) -> list[str]:
    """The file's own names: pandas calls the second "web" "web.1". Names left empty are as pandas has them."""
    return [own or name for own, name in zip(header, given, strict=True)]


def in_plain_words(fault: str) -> str:
    """What pandas says of a malformed CSV file, in plain words."""
    long_row = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", fault)
    if long_row:
        expected, line, seen = long_row.groups()
        return f"line {line} has {seen} cells where the lines above have {expected}"
    open_quote = re.search(r"EOF inside string starting at row (\d+)", fault)
    if open_quote:
        return f'the quote (") that begins in row {open_quote[1]} below the header does not end'
    return fault


def told_encoding(path: Path, form: CsvForm, texts: Sequence[str]) -> tuple[str, ...]:
    """That a file is not UTF-8, with a word of it that has such a letter."""
    if form.is_given or form.encoding not in (WINDOWS, "utf-16-le", "utf-16-be", "utf-16"):
        return ()
    if form.encoding != WINDOWS:
        return (f"{path.name}: the text is UTF-16.",)
    odd = next((text for text in texts if not text.isascii()), "")
    word = f": check {odd[:40]!r}" if odd else ""
    return (f"{path.name}: the text is not UTF-8 and was read as Windows-1252{word}.",)
