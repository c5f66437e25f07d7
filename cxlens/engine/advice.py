"""What to do about entries that are no scores: by the pattern they make.

What is refused is decided by :mod:`cxlens.engine.entries`.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.worded import Worded, says_its_number, worded

Array = NDArray[Any]
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
HEADER_ROWS = 2  # rows of question text below the names: at most so many
WORDY = 3  # words: a question or a comment has at least so many
MANY = 5  # distinct texts of so many words are comments
CODES = "name such codes in Scale(..., not_used=[...]) or Scale(..., blank=[...])."
DECIMAL = "If it is a decimal comma, give the path of the file, or read it with pandas.read_csv(path, decimal=',')."
SUGGEST = "cx.suggest(data)"
NAME_THEM = ("Turn it into numbers, or", "Give Scale(low, high) the whole range")  # how advice to name codes begins
OF_FIVE, OF_NPS = 5, 10  # the highest answers of a usual scale, and of the question whether people would recommend
FEW = 3  # different answers: so many may be yes, no and a code for neither
MOST_WORDS = 11  # answers in words: of so many at most


def about_text(
    text: Array, is_text: NDArray[np.bool_], *, in_order: bool, only_text: bool = False, binary: str = ""
) -> str:
    """What to do about texts among scores.

    ``in_order``: whether all rows are there, in the order of the table. ``only_text``: whether there is no number.
    ``binary``: the column, if it is an outcome of yes or no.
    """
    distinct = list(dict.fromkeys(text[is_text].tolist()))
    if is_decimal_comma(text[is_text]):
        return DECIMAL
    reading = worded(distinct)
    if reading is not None:
        codes = f" Besides, {CODES}" if reading.others else ""
        how = f"{reading.how[0].upper()}{reading.how[1:]}"
        line = ""
        if only_text and reading.sure and not reading.others:
            line = f" Or say so: {_in_order(reading)}."
        return f"{how}: {SUGGEST} makes numbers of them.{line}{codes}"
    if all(map(says_its_number, distinct)):
        return f"The number stands in the label: {SUGGEST} makes numbers of them."
    rows = np.flatnonzero(is_text)
    if in_order and len(rows) <= HEADER_ROWS and len(text) > len(rows) and _are_first(rows) and _is_wordy(distinct[0]):
        which, them = ("Row 2 is", "it") if len(rows) == 1 else ("Rows 2 and 3 are", "them")
        return f"{which} question text, below the names: leave {them} out, as {SUGGEST} does."
    return _about_words(distinct, len(rows), only_text=only_text, binary=binary)


def _about_words(distinct: list[str], rows: int, *, only_text: bool, binary: str) -> str:
    """What to do about texts that say nothing of their numbers, in so many rows."""
    if len(distinct) >= MANY and all(map(_is_wordy, distinct)):
        return "This looks like comments: name them in comments=, not as scores."
    if only_text and len(distinct) == 2 and binary:
        return f"Say which answer counts: positive={{{binary!r}: {distinct[0]!r}}}, or {distinct[1]!r}."
    if only_text and 2 < len(distinct) <= MOST_WORDS and binary:
        return (
            f"Say which answer counts, such as positive={{{binary!r}: {distinct[0]!r}}}; each other counts as no. "
            f"One that is no answer: outcome_scale={{{binary!r}: cx.Scale(0, 1, blank=[{distinct[-1]!r}])}}."
        )
    if only_text and 2 <= len(distinct) <= min(MOST_WORDS, rows - 1):
        return (
            "If these are answers in words, write all of them, from low to high, in place of the dots: "
            f"Scale(words=[...]). Else {CODES}"
        )
    return f"Turn it into numbers, or {CODES}"


def _in_order(reading: Worded) -> str:
    """The scale in words, with dots where the texts do not say all of them."""
    by_number = {number: text for text, number in reading.numbers.items()}
    is_whole = len(by_number) == len(reading.numbers) == reading.high - reading.low + 1
    words = [
        repr(by_number[number]) if number in by_number else "..." for number in range(reading.low, reading.high + 1)
    ]
    listed = ", ".join(words)
    if is_whole:
        return f"Scale(words=[{listed}])"
    return f"Scale(words=[{listed}]), with a word in place of each ..."


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


def about_binary(column: str, answers: Array) -> str:
    """What to do about answers of a yes/no outcome that are neither 0 nor 1; ``answers`` are all of it."""
    distinct = np.unique(answers[~np.isnan(answers)])
    if len(distinct) == 2:
        low, high = distinct
        return f"Say which of the two counts: positive={{{column!r}: {high:g}}}, or {low:g}."
    is_from_0_to_10 = distinct[0] >= 0 and OF_FIVE < distinct[-1] <= OF_NPS
    if len(distinct) > FEW and is_from_0_to_10:
        return (
            f"If it asks from 0 to 10 whether people would recommend you: outcome={{{column!r}: 'nps'}}. "
            f"If it is another scale: outcome={{{column!r}: 'interval'}}."
        )
    on_a_scale = f"If these are answers on a scale: outcome={{{column!r}: 'interval'}}."
    codes = [f"{code:g}" for code in distinct if not 0 <= code <= 1]
    if len(distinct) > FEW or len(codes) != 1:
        return on_a_scale
    return f"{on_a_scale} If {codes[0]} is no answer: outcome_scale={{{column!r}: cx.Scale(0, 1, blank=[{codes[0]}])}}."


def is_decimal_comma(texts: Array) -> bool:
    """Whether all texts are figures with a comma."""
    return all(DECIMAL_COMMA.fullmatch(text) for text in set(texts.tolist()))


def _are_first(rows: Array) -> bool:
    """Whether rows are the first of the table."""
    return bool((rows == np.arange(len(rows))).all())


def _is_wordy(text: str) -> bool:
    """Whether a text is a question or a comment rather than a code."""
    return len(text.split()) >= WORDY
