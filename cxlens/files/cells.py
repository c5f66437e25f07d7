"""Cells of text files: which are empty, which columns hold numbers, and when a text has to stay one.

Which column is wanted as what is said by who asks; nothing is known here of what a number means.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from cxlens.engine.exact import as_written

Kind = Literal["number", "label", "code", "text"]
COMMA = r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?"  # 1,94 and 1.234,5
THOUSANDS = r"[+-]?[1-9]\d{0,2}(?:,\d{3})+"  # 1,234 may be either
FLAGS = {"true": True, "false": False}


class Column(NamedTuple):
    """A column that is asked for.

    ``kind``: numbers; labels, which are numbers where nothing is lost by it; codes, the same without the words that a
    file has for them; or text as it stands. ``empty``: what an empty cell may look like. ``named``: codes that have
    been given a meaning. ``asks``: where some cells are blank, words such as "N/A" may mean something else and stay.
    """

    kind: Kind
    empty: tuple[str, ...] = ("",)
    named: tuple[Any, ...] = ()
    asks: bool = False


def settled(texts: pd.Series[Any], column: Column) -> pd.Series[Any]:
    """The entries of a column of text as what it is wanted as; empty cells are missing."""
    codes, distinct = pd.factorize(texts.fillna(""))
    values = _settled(pd.Series(distinct, dtype="str"), column)
    return pd.Series(values.array.take(codes), texts.index, name=texts.name)


def _settled(texts: pd.Series[Any], column: Column) -> pd.Series[Any]:
    """The same of distinct texts: they are far fewer than rows."""
    stripped = texts.str.strip()
    is_blank = stripped == ""
    is_empty = stripped.isin(column.empty)
    if column.asks and is_blank.any():
        is_empty = is_blank
    stated = texts[~is_empty].astype(object)
    if column.kind in ("label", "code"):
        return as_written(texts.astype(object).mask(is_empty))
    values: pd.Series[Any] | None = None
    if column.kind == "number":
        values = _as_numbers(stripped[~is_empty])
    if values is None:
        values = stated
    if not is_empty.any():
        return values
    if pd.api.types.is_integer_dtype(values):
        values = values.astype(np.float64)
    return values.reindex(texts.index)


def _as_numbers(texts: pd.Series[Any]) -> pd.Series[Any] | None:
    """Numbers, with a decimal point or comma; None where one is none."""
    numbers = pd.to_numeric(texts.astype(object), errors="coerce")
    if not numbers.isna().any():
        return numbers
    flags = texts.str.lower().map(FLAGS)
    if not flags.isna().any():
        return flags.astype(np.float64)
    if has_decimal_commas(texts):
        points = texts.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        return pd.to_numeric(points.astype(object))
    return None


def has_decimal_commas(texts: pd.Series[Any]) -> bool:
    """Whether all texts are numbers with a decimal comma; ``1,234`` alone may be thousands, and is not."""
    if not texts.str.fullmatch(COMMA).all():
        return False
    with_comma = texts[texts.str.contains(",", regex=False)]
    # A point is a decimal sign too where it does not separate thousands: 1.5 beside 1,5 is told apart by nobody.
    return bool(len(with_comma)) and not with_comma.str.fullmatch(THOUSANDS).all()
