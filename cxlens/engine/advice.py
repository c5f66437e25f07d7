"""What to do about entries that are no scores: by the pattern they make.

What is refused is decided by :mod:`cxlens.engine.entries`.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.worded import worded

Array = NDArray[Any]
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
HEADER_ROWS = 2  # rows of question text below the names: at most so many
WORDY = 3  # words: a question or a comment has at least so many
MANY = 5  # distinct texts of so many words are comments
CODES = "name such codes in Scale(..., not_used=[...]) or Scale(..., blank=[...])."
DECIMAL = "If it is a decimal comma, give the path of the file, or read it with pandas.read_csv(path, decimal=',')."
SUGGEST = "cx.suggest(data)"


def about_text(text: Array, is_text: NDArray[np.bool_], *, in_order: bool) -> str:
    """What to do about texts among scores; ``in_order``: whether all rows are there, in the order of the table."""
    distinct = list(dict.fromkeys(text[is_text].tolist()))
    if is_decimal_comma(text[is_text]):
        return DECIMAL
    reading = worded(distinct)
    if reading is not None:
        codes = f" Besides, {CODES}" if reading.others else ""
        how = f"{reading.how[0].upper()}{reading.how[1:]}"
        return f"{how}: {SUGGEST} makes numbers of them.{codes}"
    rows = np.flatnonzero(is_text)
    if in_order and len(rows) <= HEADER_ROWS and len(text) > len(rows) and _are_first(rows) and _is_wordy(distinct[0]):
        which = "Row 2 is" if len(rows) == 1 else "Rows 2 and 3 are"
        return f"{which} question text, below the names: leave it out, as {SUGGEST} does."
    if len(distinct) >= MANY and all(map(_is_wordy, distinct)):
        return "This looks like comments: name them in comments=, not as scores."
    return f"Turn it into numbers, or {CODES}"


def about_numbers(
    outside: Array,
    inside: Array,
    low: float,
    high: float,
) -> str:
    """What to do about scores outside a scale; ``inside`` are those on it."""
    is_shifted = (low, high) == (0, 10) and bool((outside == high + 1).all())
    if is_shifted and low not in inside and low + 1 in inside:
        return "The scores run from 1 to 11 here, where 0 to 10 was asked: subtract 1."
    return "Give Scale(low, high) the whole range, or name such codes in not_used=[...] or blank=[...]."


def is_decimal_comma(texts: Array) -> bool:
    """Whether all texts are figures with a comma."""
    return all(DECIMAL_COMMA.fullmatch(text) for text in set(texts.tolist()))


def _are_first(rows: Array) -> bool:
    """Whether rows are the first of the table."""
    return bool((rows == np.arange(len(rows))).all())


def _is_wordy(text: str) -> bool:
    """Whether a text is a question or a comment rather than a code."""
    return len(text.split()) >= WORDY
