"""Outcomes in words: the one answer that counts as 1, all others as 0.

Which outcomes are meant is said by :class:`cxlens.engine.roles.Codes`; what is blank is found in
:mod:`cxlens.engine.entries`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.odd import EATEN, odd_among
from cxlens.engine.roles import Codes
from cxlens.errors import ValuesError, did_you_mean, listing

NO_ANSWER = frozenset(("n/a", "n.a.", "no answer", "not answered", "not applicable", "missing"))
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def yes_or_no(numbers: Floats, text: NDArray[Any], positive: Any) -> Floats:
    """1 for the positive answer, 0 for any other, NaN for empty cells."""
    is_stated = ~np.isnan(numbers) | (text != "")
    is_yes = text == str(positive).strip()
    number = pd.to_numeric(positive, errors="coerce")
    if not np.isnan(number):
        is_yes = is_yes | (numbers == float(number))
    return np.where(is_stated, is_yes.astype(np.float64), np.nan)


def told_answers(
    outcomes: Sequence[tuple[str, Codes | None]],
    entries: Callable[[str], pd.Series[Any]],
) -> tuple[str, ...]:
    """Which answers count as 0, of each outcome in words that has several of them; ``entries`` gives a column."""
    told = []
    for column, codes in outcomes:
        if codes is None or codes.positive is None:
            continue
        empty = (*codes.blank, *codes.not_used)
        others = others_than(column, entries(column), codes.positive, empty)
        _ask_of_empty_words(column, others, codes)
        if len(others) > 1:
            told.append(f"{column}: {codes.positive} counts as 1; as 0: {listing(others, 10)}.")
    return tuple(told)


def _ask_of_empty_words(column: str, others: Sequence[str], codes: Codes) -> None:
    """Refuse to count as 0 what reads like no answer.

    Raises
    ------
    ValuesError
        ``outcome 'happy' holds '-', which reads like no answer. If it is none, say so: ... If it counts as 0, ...``
    """
    numbers = [_number(answer) for answer in (*others, codes.positive)]
    odd = odd_among(np.array(numbers))
    is_doubtful = [_number(answer) in odd or _reads_empty(answer) for answer in others]
    doubtful = [_as_code(answer) for answer, doubted in zip(others, is_doubtful, strict=True) if doubted]
    zeros = [_as_code(answer) for answer, doubted in zip(others, is_doubtful, strict=True) if not doubted]
    if not doubtful:
        return
    blank = [*codes.blank, *doubtful]
    verb = "reads" if len(doubtful) == 1 else "read"
    zero = zeros[0] if zeros else "no"
    raise ValuesError(
        f"outcome {column!r} holds {listing(map(repr, doubtful))}, which {verb} like no answer. If it is none, say so: "
        f"outcome_scale={{{column!r}: cx.Scale(0, 1, blank={blank})}}. If it counts as 0, write what does: "
        f"data[{column!r}] = data[{column!r}].replace({doubtful}, {zero!r})."
    )


def _reads_empty(answer: str) -> bool:
    """Whether an answer reads like none: signs alone, or a word for it."""
    has_letters = any(map(str.isalnum, answer))
    return not has_letters or answer in EATEN or answer.casefold() in NO_ANSWER


def _as_code(answer: str) -> Any:
    """An answer as a scale would name it: whole numbers as such."""
    number = _number(answer)
    return int(number) if number.is_integer() else answer


def _number(answer: Any) -> float:
    """An answer as a number; NaN for words."""
    return float(pd.to_numeric(answer, errors="coerce"))


def others_than(column: str, values: pd.Series[Any], positive: Any, codes: tuple[Any, ...]) -> list[str]:
    """The answers beside the positive one, the most frequent first; codes for "no answer" aside.

    Raises
    ------
    ValuesError
        ``positive: 'yes' occurs nowhere in outcome 'happy', which holds 'Yes', 'No'. Did you mean 'Yes'?``
    """
    blank = {_as_text(code) for code in codes}
    times = Counter(map(_as_text, values.dropna()))
    answers = [answer for answer, _ in times.most_common() if answer and answer not in blank]
    wanted = _as_text(positive)
    if wanted not in answers:
        raise ValuesError(
            f"positive: {positive!r} occurs nowhere in outcome {column!r}, which holds "
            f"{listing(map(repr, answers)) or 'nothing'}.{did_you_mean(wanted, answers)}"
        )
    return [answer for answer in answers if answer != wanted]


def _as_text(value: Any) -> str:
    """An answer as text, whole numbers without decimals."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()
