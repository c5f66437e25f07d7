"""Labels in words: segments, waves and ids as they stand in the rows.

What is counted or summed by them does not belong here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlens.engine.exact import EXACT
from cxlens.engine.tables import Rows

Array = np.ndarray
Label = tuple[Array, Array]  # the number of each row's word, and the words
Cell = tuple[str, ...]  # a word for each label
NOT_STATED = "not stated"  # the cell of rows whose segment is empty


def units_of(rows: Rows, column: str) -> Array:
    """A number for each row's cluster or respondent; one of its own where the id is empty."""
    return numbered(rows.labels[column], rows.start)


def numbered(ids: pd.Series[Any], start: int) -> Array:
    """A number for each id, that of the row where it is empty; ``start`` is the number of the first row.

    Whole numbers and the same with gaps, which pandas may hold as fractions, are hashed alike.
    """
    end = start + len(ids)
    row_numbers = np.arange(start, end, dtype=np.uint64)
    if pd.api.types.is_integer_dtype(ids):
        is_empty = ids.isna().to_numpy(bool)
        hashes = _hashes_of_whole(ids)
    elif pd.api.types.is_numeric_dtype(ids):
        values = ids.to_numpy(np.float64, na_value=np.nan)
        is_empty = np.isnan(values)
        hashes = pd.util.hash_array(values)
    else:
        names = in_words(ids)
        is_empty = names == NOT_STATED
        hashes = pd.util.hash_array(names)
    return np.where(is_empty, row_numbers, hashes)


def _hashes_of_whole(ids: pd.Series[Any]) -> Array:
    """A hash of each whole number: as a fraction where that holds it exactly, else by all its 64 bits."""
    kind = np.uint64 if str(ids.dtype).lower().startswith("uint") else np.int64
    whole = ids.to_numpy(kind, na_value=0)
    bits = pd.util.hash_array(whole)
    as_fraction = pd.util.hash_array(whole.astype(np.float64))
    is_exact = (whole > -EXACT) & (whole < EXACT) if kind is np.int64 else whole < EXACT
    return np.where(is_exact, as_fraction, bits)


def segment_of(rows: Rows, by: str | None) -> Array:
    """The segment of each row as text; "not stated" where it is empty."""
    if by is None:
        return np.full(len(rows), "", dtype=object)
    return in_words(rows.labels[by])


def in_words(labels: pd.Series[Any]) -> Array:
    """Each label as text; "not stated" where it is empty.

    Each value is put in words by itself (2.0 as "2": one gap makes a column of whole numbers one of floats), so
    that a batch names its segments as the whole table would.
    """
    codes, values = pd.factorize(labels)
    names = [in_word(value) for value in values.tolist()]
    names.append(NOT_STATED)  # an empty label has the code -1
    words = np.array(names, dtype=object)
    return words[codes]


def in_word(value: Any) -> str:
    """One value as text: whole numbers without decimals, days without a time."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time.min:
        value = value.date()
    return str(value) or NOT_STATED


def combined(labels: Sequence[Label], n: int) -> tuple[Array, list[Cell]]:
    """Cells of n rows from one or more labels: each row's number, and the words of each cell that occurs."""
    key = np.zeros(n, np.int64)
    for codes, words in labels:
        key *= len(words)
        key += codes
    cell, keys = pd.factorize(key)
    words_of_labels = [words for _, words in labels]
    cells = []
    for number in keys.tolist():
        words_of_cell = _words_of(number, words_of_labels)
        cells.append(words_of_cell)
    return cell, cells


def _words_of(key: int, words_of_labels: Sequence[Array]) -> Cell:
    """The words of a cell: its key is a number whose digits, each of its own base, are the places of the words."""
    cell = []
    rest = key
    for words in reversed(words_of_labels):
        rest, place = divmod(rest, len(words))
        word = str(words[place])
        cell.append(word)
    return tuple(reversed(cell))


def natural(label: str) -> tuple[bool, float, str]:
    """The key that sorts labels: numbers by size, then text."""
    unsigned = label.removeprefix("-")
    digits = unsigned.replace(".", "", 1)
    if digits.isdecimal():
        return False, float(label), label
    return True, 0.0, label
