"""Labels in words: segments, waves and ids as they stand in the rows.

What is counted or summed by them does not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlens.engine.tables import Rows

NOT_STATED = "not stated"  # the cell of rows whose segment is empty


def units_of(rows: Rows, column: str) -> np.ndarray:
    """A number for each row's cluster or respondent; one of its own where the id is empty."""
    return numbered(rows.labels[column], rows.start)


def numbered(ids: pd.Series[Any], start: int) -> np.ndarray:
    """A number for each id, that of the row where it is empty; ``start`` is the number of the first row.

    Whole numbers and the same with gaps, which pandas holds as fractions, are hashed alike.
    """
    own = np.arange(start, start + len(ids), dtype=np.uint64)
    if pd.api.types.is_numeric_dtype(ids):
        values = ids.to_numpy(np.float64, na_value=np.nan)
        return np.where(np.isnan(values), own, pd.util.hash_array(values))
    names = in_words(ids)
    return np.where(names == NOT_STATED, own, pd.util.hash_array(names))


def segment_of(rows: Rows, by: str | None) -> np.ndarray:
    """The segment of each row as text; "not stated" where it is empty."""
    return np.full(len(rows), "", dtype=object) if by is None else in_words(rows.labels[by])


def in_words(labels: pd.Series[Any]) -> np.ndarray:
    """Each label as text; "not stated" where it is empty.

    Each value is put in words by itself (2.0 as "2": one gap makes a column of whole numbers one of floats), so
    that a batch names its segments as the whole table would.
    """
    codes, values = pd.factorize(labels)
    names = [str(int(v) if isinstance(v, float) and v.is_integer() else v) or NOT_STATED for v in values.tolist()]
    return np.array([*names, NOT_STATED], dtype=object)[codes]


def combined(labels: Sequence[tuple[np.ndarray, np.ndarray]], n: int) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """Cells of n rows from one or more labels: each row's number, and the words of each cell that occurs.

    Each label is a pair: the number of each row's word, and the words.
    """
    key = np.zeros(n, np.int64)
    for codes, words in labels:
        key = key * len(words) + codes
    cell, found = pd.factorize(key)
    names = []
    for rest in found.tolist():
        name: list[str] = []
        for _, words in reversed(labels):
            rest, place = divmod(rest, len(words))
            name.insert(0, str(words[place]))
        names.append(tuple(name))
    return cell, names


def natural(label: str) -> tuple[bool, float, str]:
    """The key that sorts labels: numbers by size, then text."""
    plain = label.removeprefix("-").replace(".", "", 1).isdecimal()
    return not plain, float(label) if plain else 0.0, label
