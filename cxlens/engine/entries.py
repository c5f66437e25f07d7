"""What the entries of a column mean: a score, "not used" or blank; a weight.

One place for rows in memory and for the distinct entries of a file on disk. Where the entries come from belongs to
:mod:`cxlens.engine.readers`, which columns and codes there are to :mod:`cxlens.engine.roles`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.advice import DECIMAL, NAME_THEM, about_binary, about_numbers, about_text, is_decimal_comma
from cxlens.engine.odd import Entries, UnknownEntriesError
from cxlens.engine.positive import yes_or_no
from cxlens.engine.roles import Codes
from cxlens.errors import ValuesError, listing

Array = NDArray[Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
MOST_CODES = 8  # as many different codes as a line to copy names
FARTHEST = 2e4  # from 0, in spreads of a column
LARGEST = 1e50  # its square and that of the square are still numbers
SPANS = {"timedelta": "durations", "timedelta64": "durations", "period": "periods"}  # by what pandas calls them
Scores = tuple[Floats, Bools]  # scores, NaN where there is none, and where the touchpoint was not used


def read_scores(
    values: pd.Series[Any],
    job: str,
    column: str,
    codes: Codes | None,
    times: Ints | None = None,
) -> Scores:
    """Scores of a column (NaN where there is none) and where the touchpoint was not used.

    ``times`` says how many rows each value stands for, when ``values`` are distinct ones; messages count rows.
    """
    refuse_spans(values, job, column)
    numbers, text = _numbers(values)
    unused, blank = _without_score(numbers, text, codes)
    if codes is not None and codes.positive is not None:
        numbers = yes_or_no(numbers, text, codes.positive)
    if codes is not None and codes.words:
        numbers, text = _numbered_words(numbers, text, codes)
    is_text = np.isnan(numbers) & ~unused & ~blank
    if is_text.any():
        shown = _examples(text, is_text, times)
        only_text = bool(np.isnan(numbers).all())
        binary = ""
        if codes is not None and codes.kind == "binary":
            binary = column
        advice = about_text(text, is_text, in_order=times is None, only_text=only_text, binary=binary)
        raise UnknownEntriesError(
            (job, column),
            shown,
            advice,
            f"{job} column {column!r} holds text where scores are expected: {shown}. {advice}",
            _codes_among(text[is_text], advice),
            codes,
            _ends(numbers),
        )
    scores = np.where(unused | blank, np.nan, numbers)
    if codes is None:
        _check_finite(scores, job, column)
    else:
        _check_scale(scores, job, column, codes, times)
        scores = codes.as_read(scores)
    return scores, unused


def mean_of_dimensions(dimensions: Sequence[Scores]) -> Scores:
    """The mean of the dimensions that were rated; unused where none was and one says so."""
    if len(dimensions) == 1:
        return dimensions[0]
    scores = np.stack([scores for scores, _ in dimensions])
    unused = np.stack([unused for _, unused in dimensions])
    is_rated = ~np.isnan(scores)
    n_rated = is_rated.sum(axis=0)
    total = np.where(is_rated, scores, 0.0).sum(axis=0)
    mean = total / np.maximum(n_rated, 1)
    nowhere_rated = n_rated == 0
    return np.where(nowhere_rated, np.nan, mean), nowhere_rated & unused.any(axis=0)


def check_nps(column: str, codes: Codes | None, scores: Floats) -> None:
    """Refuse answers to another question than that of the NPS; of the whole table, as a batch may be all detractors."""
    if codes is None or codes.kind != "nps":
        return
    answers = scores[~np.isnan(scores)]
    if len(answers) and answers.max() <= 5:
        raise ValuesError(
            f"outcome {column!r} is of kind nps, but no answer is above 5. NPS asks from 0 to 10: "
            "is this an interval outcome? If these are answers from 0 to 10, say "
            f"outcome_scale={{{column!r}: cx.Scale.nps()}}."
        )


def read_weights(
    column: str,
    values: pd.Series[Any],
    times: Ints | None = None,
) -> Floats:
    """Weights as numbers; refuse text, gaps, infinite and negative ones. ``times`` as in :func:`read_scores`."""
    step = "Weights are numbers of 0 or more: correct them, or drop those rows."
    return _amounts("weight", column, values, step, times)


def read_counts(column: str, values: pd.Series[Any]) -> Ints:
    """How many rows each row stands for; refuse what is no whole number of 0 or more."""
    step = "Counts are whole numbers of 0 or more: correct them, or drop those rows."
    counts = _amounts("count", column, values, step)
    is_part = counts % 1 != 0
    if is_part.any():
        raise ValuesError(
            f"count column {column!r} has counts that are no whole numbers: {_examples(counts, is_part, None)}. "
            f"{step} If they are weights, say weight={column!r}."
        )
    return counts.astype(np.int64)


def _amounts(
    job: str,
    column: str,
    values: pd.Series[Any],
    step: str,
    times: Ints | None = None,
) -> Floats:
    """Weights or counts as numbers of 0 or more; ``step`` is what to do about others."""
    refuse_spans(values, job, column)
    amounts, text = _numbers(values)
    is_none = np.isnan(amounts)
    if is_none.any():
        words = np.where(text == "", "empty", text)
        shown = _examples(words, is_none, times)
        if is_decimal_comma(text[is_none]):
            step = DECIMAL
        raise ValuesError(f"{job} column {column!r} has entries that are no numbers: {shown}. {step}")
    faults = {"infinite": np.isinf(amounts), "negative": amounts < 0, "too large": amounts > LARGEST}
    for fault, is_faulty in faults.items():
        if is_faulty.any():
            shown = _examples(amounts, is_faulty, times)
            raise ValuesError(f"{job} column {column!r} has {fault} {job}s: {shown}. {step}")
    return amounts


def check_any_weight(column: str, weights: Floats) -> None:
    """Refuse weights that are all zero; of the whole table, as a batch may well have none."""
    if not weights.any():
        raise ValuesError(f"weight column {column!r} is zero in every row. Give weights, or leave weight=None.")
    if weights.max() < 1 / LARGEST:
        raise ValuesError(
            f"weight column {column!r} has no weight over {1 / LARGEST:g}: too small to compute with. "
            "Multiply them: only their ratios count."
        )


def _numbers(values: pd.Series[Any]) -> tuple[Floats, Array]:
    """Each entry as a number (NaN where it is none) and, only where it is none, as stripped text."""
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        no_text = np.broadcast_to("", len(values))
        return values.to_numpy(np.float64, na_value=np.nan), no_text
    if pd.api.types.is_datetime64_any_dtype(values):
        values = values.astype("string")  # as numbers they would be nanoseconds
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    is_text = np.isnan(numbers) & values.notna().to_numpy()
    words = values[is_text].astype(str).str.strip()
    text = np.full(len(values), "", dtype=object)
    text[is_text] = words.to_numpy()
    return numbers, text


def span_in(values: pd.Series[Any]) -> str:
    """What spans of time a column holds: "durations", "periods", or nothing."""
    if pd.api.types.is_numeric_dtype(values):
        return ""
    entries = values.cat.categories if isinstance(values.dtype, pd.CategoricalDtype) else values
    kind = pd.api.types.infer_dtype(entries, skipna=True)
    return SPANS.get(kind, "")


def refuse_complex(values: pd.Series[Any], job: str, column: str) -> None:
    """Refuse complex numbers: half of each would be lost."""
    if pd.api.types.infer_dtype(values, skipna=True) == "complex":
        raise ValuesError(f"{job} column {column!r} holds complex numbers. Give plain ones, such as their real part.")


def refuse_spans(values: pd.Series[Any], job: str, column: str) -> None:
    """Refuse complex numbers; and durations and periods, which would be counted in units that nobody chose."""
    refuse_complex(values, job, column)
    spans = span_in(values)
    if spans == "durations":
        raise ValuesError(
            f"{job} column {column!r} holds durations, whose unit is not said. Turn them into numbers, "
            f"minutes for instance: data[{column!r}].dt.total_seconds() / 60."
        )
    if spans == "periods":
        raise ValuesError(
            f"{job} column {column!r} holds periods of time, which are no numbers. "
            "A column that says when goes to time=, as dates."
        )


def _without_score(
    numbers: Floats,
    text: Array,
    codes: Codes | None,
) -> tuple[Bools, Bools]:
    """Which entries say "not used", and which are blank."""
    is_empty = np.isnan(numbers) & (text == "")
    if codes is None:
        return np.zeros(len(numbers), bool), is_empty
    unused = _is_code(numbers, text, codes.not_used)
    if None in codes.not_used:
        unused |= is_empty
    blank = _is_code(numbers, text, codes.blank)
    return unused, blank | is_empty


def entries_of(values: pd.Series[Any], job: str, column: str, times: Ints | None = None) -> Entries:
    """The entries of a column as numbers and as text; ``times`` as in :func:`read_scores`."""
    refuse_spans(values, job, column)
    numbers, text = _numbers(values)
    return Entries(numbers, text, times)


def _codes_among(entries: Array, advice: str) -> list[Any]:
    """Entries that may be named as codes: not those about which there is something better to say."""
    distinct = list(dict.fromkeys(entries.tolist()))
    if advice.startswith(NAME_THEM) and len(distinct) <= MOST_CODES:
        return distinct
    return []


def _ends(numbers: Floats) -> tuple[float, float] | None:
    """The lowest and the highest number; None where there is none."""
    if np.isnan(numbers).all():
        return None
    return float(np.nanmin(numbers)), float(np.nanmax(numbers))


def _numbered_words(numbers: Floats, text: Array, codes: Codes) -> tuple[Floats, Array]:
    """Answers in words as the numbers of a scale; whatever else there is, numbers too, as text."""
    numbered = np.full(len(numbers), np.nan)
    for place, word in enumerate(codes.words):
        number = _as_number(word)
        is_word = text == word if number is None else numbers == number
        numbered[is_word] = codes.low + place
    is_number = ~np.isnan(numbers) & np.isnan(numbered)
    shown = np.array(text, dtype=object)
    shown[is_number] = [f"{number:g}" for number in numbers[is_number]]
    return numbered, shown


def _as_number(word: str) -> float | None:
    """The number that a text is; None where it is none."""
    try:
        return float(word)
    except ValueError:
        return None


def _is_code(
    numbers: Floats,
    text: Array,
    codes: tuple[Any, ...],
) -> Bools:
    """Which entries are one of some codes; empty cells are none."""
    is_code = np.zeros(len(numbers), bool)
    for code in codes:
        if isinstance(code, str):
            is_code |= text == code.strip()
        elif code is not None:
            is_code |= numbers == code
    return is_code


def _check_finite(scores: Floats, job: str, column: str) -> None:
    """Refuse infinite and far too large scores of a column without a scale."""
    if np.isinf(scores).any():
        raise ValuesError(
            f"{job} column {column!r} holds infinite values. Replace them by numbers or leave them empty."
        )
    if (np.abs(scores) > LARGEST).any():
        raise ValuesError(
            f"{job} column {column!r} holds values over {LARGEST:g}, too large to compute with. Divide the column, "
            "by a million for instance."
        )
    _check_spread(scores[~np.isnan(scores)], job, column)


def _check_spread(scores: Floats, job: str, column: str) -> None:
    """Refuse scores whose differences are lost beside their size, as sums of squares have 16 digits only."""
    spread = np.ptp(scores) if len(scores) else 0.0
    if 0 < spread < np.abs(scores).max() / FARTHEST:
        raise ValuesError(
            f"{job} column {column!r} differs by {spread:g} at most around {scores.mean():g}, too little beside its "
            f"size to compute with. Subtract its lowest value: data[{column!r}] - data[{column!r}].min()."
        )


def _check_scale(
    scores: Floats,
    job: str,
    column: str,
    codes: Codes,
    times: Ints | None,
) -> None:
    """Refuse scores that the scale, or the kind of the outcome, does not have."""
    if codes.kind == "binary":
        _check_binary(scores, job, column, times)
    is_outside = (scores < codes.low) | (scores > codes.high)
    if is_outside.any():
        shown = _examples(scores, is_outside, times)
        advice = about_numbers(scores[is_outside], scores[~is_outside], codes.low, codes.high)
        where = f"{job} column {column!r} has scores outside the scale {codes.low:g} to {codes.high:g}"
        named = _codes_among(scores[is_outside], advice)
        raise UnknownEntriesError((job, column), shown, advice, f"{where}: {shown}. {advice}", named, codes)


def _check_binary(scores: Floats, job: str, column: str, times: Ints | None) -> None:
    """Refuse answers to a question of yes or no that are neither."""
    is_other = ~np.isnan(scores) & (scores != 0) & (scores != 1)
    if not is_other.any():
        return
    shown = _examples(scores, is_other, times)
    raise ValuesError(
        f"{job} {column!r} is of kind binary, but holds other values than 0 and 1: {shown}. "
        f"{about_binary(column, scores)}"
    )


def _examples(values: Array, which: Bools, times: Ints | None) -> str:
    """The first distinct values of those meant and how many rows hold such: ``7, 9 (12 rows)``."""
    distinct = dict.fromkeys(values[which].tolist())
    shown = listing(map(_shown, distinct), 5)
    n = int(which.sum() if times is None else times[which].sum())
    rows = "row" if n == 1 else "rows"
    return f"{shown} ({n:,} {rows})"


def _shown(value: Any) -> str:
    """A value as messages show it."""
    if isinstance(value, float):
        return f"{value:g}"
    return repr(value)
