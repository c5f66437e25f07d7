"""What the columns of a table look like: which may be scores, and which codes stand beside them.

What a column is for is proposed by :mod:`cxlens.study.suggest`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.engine.worded import Worded, worded
from cxlens.files.cells import Column, settled
from cxlens.files.choices import SEVERAL
from cxlens.files.statistics import Said, missing_in

SCALES = ((1, 5), (1, 7), (1, 10), (0, 10), (1, 4), (1, 3), (1, 6), (1, 9), (1, 11), (0, 6), (0, 100))
CODES = {
    -1, -7, -8, -9, 66, 77, 88, 96, 97, 98, 99, -99, -98, -97, -66, -77, -88, 997, 998, 999, 9999, -999,
}  # fmt: skip
FEW = 5  # other entries that a column of scores may hold
CODED = re.compile("0[0-9]")
MANY = 120  # distinct entries: a column of more is no scale


class Profile(NamedTuple):
    """What a column looks like.

    ``scores`` are its numbers as they would be read, ``codes`` what stands beside the scale and how often; ``times``
    how often each distinct entry occurs, where they are few; ``scale`` the smallest usual scale of its numbers.
    """

    name: str
    question: str
    n: int
    distinct: int
    values: pd.Series[Any]
    scores: pd.Series[float] | None = None
    scale: tuple[int, int] | None = None
    codes: Mapping[Any, int] = {}
    reading: Worded | None = None

    def called(self, pattern: str) -> bool:
        """Whether its name or question says something like this."""
        texts = [re.sub(r"[_.]", " ", words) for words in (self.name, self.question)]
        return any(re.search(pattern, text, re.IGNORECASE) for text in texts)


def profile(values: pd.Series[Any], name: str, said: Said, question: str = "") -> Profile:
    """What a column looks like."""
    entries = _plain(values)
    stated = entries.dropna()
    column = Profile(
        name,
        question or str(said.questions.get(name, "")),
        len(stated),
        stated.nunique(),
        entries,
    )
    if not 1 < column.distinct <= MANY or any(_is_coded(entry) for entry in stated.unique()):
        return column
    is_missing = missing_in(stated, said.missing.get(name, ()))
    return _with_scores(column, set(stated[is_missing]))


def _with_scores(column: Profile, declared: Collection[Any]) -> Profile:
    """The same with the scores it holds, if it does; entries that the file calls missing are codes."""
    times = column.values.value_counts()
    texts = [entry for entry in times.index if isinstance(entry, str)]
    reading = worded(texts)
    numbers = _numbers_of(times.index, reading, declared)
    apart = _apart(set(numbers.values()))
    on_scale = {}
    codes = {}
    for entry, n in times.items():
        if entry in numbers and numbers[entry] not in apart:
            on_scale[entry] = numbers[entry]
        else:
            codes[_whole(entry)] = int(n)
    scale = _smallest(set(on_scale.values()), reading)
    if scale is None or len(codes) > FEW:
        return column
    return column._replace(
        scores=column.values.map(on_scale).astype(np.float64),
        scale=scale,
        codes=codes,
        reading=reading,
    )


def _numbers_of(
    entries: Iterable[Any],
    reading: Worded | None,
    declared: Collection[Any],
) -> dict[Any, float]:
    """The numbers that entries are, or stand for; those that the file calls missing have none."""
    numbers = {}
    for entry in entries:
        number = _number(entry, reading)
        if number is not None and entry not in declared:
            numbers[entry] = number
    return numbers


def _plain(values: pd.Series[Any]) -> pd.Series[Any]:
    """Entries as numbers where all are, else as stripped text; empty ones are missing.

    What is written 07 stays text: so people write codes, of places for instance, and no scores.
    """
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values.astype(object)
    texts = values.astype(object).map(_text).astype("str")
    if texts.map(_is_coded).any():
        return texts.where(texts != "").astype(object)
    return settled(texts, Column("number")).astype(object)


def _is_coded(entry: Any) -> bool:
    """Whether an entry is written like 07."""
    return isinstance(entry, str) and CODED.match(entry) is not None


def _text(entry: Any) -> str:
    """An entry as stripped text, also where it is a list."""
    if isinstance(entry, SEVERAL):
        return ",".join(map(str, entry))
    if pd.isna(entry):
        return ""
    return str(entry).strip()


def _number(entry: Any, reading: Worded | None) -> float | None:
    """The number an entry is, or stands for."""
    if isinstance(entry, (int, float, np.number)):
        return float(entry)
    if reading is not None and entry in reading.numbers:
        return float(reading.numbers[entry])
    try:
        return float(entry)
    except ValueError:
        return None


def _apart(numbers: Collection[float]) -> set[float]:
    """Numbers that people use as codes and that do not follow on the others."""
    others = [number for number in numbers if number not in CODES]
    if not others:
        return set()
    before = min(others) - 1
    after = max(others) + 1
    codes = CODES.intersection(numbers)
    return {code for code in codes if not before <= code <= after}


def _smallest(numbers: Collection[float], reading: Worded | None) -> tuple[int, int] | None:
    """The smallest usual scale that has all of some numbers.

    None where there is none, or where they are no whole numbers.
    """
    if len(numbers) < 2 or any(number % 1 for number in numbers):
        return None
    low = min(numbers)
    high = max(numbers)
    if reading is not None:
        low = min(low, reading.low)
        high = max(high, reading.high)
    for scale in SCALES:
        first, last = scale
        if first <= low and high <= last:
            return scale
    return None


def _whole(entry: Any) -> Any:
    """A code as people write it; a number in a column with texts, too, is a number."""
    try:
        number = float(entry)
    except ValueError:
        return entry
    return int(number) if number.is_integer() else entry
