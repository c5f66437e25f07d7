"""What stands in a column and is no answer on its scale: all of it told at once, with the line that says what it means.

How an entry is read is said by :mod:`cxlens.engine.entries`; what each column is for by :mod:`cxlens.engine.roles`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.roles import Codes, Roles
from cxlens.errors import ValuesError, listing

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SAME_DIGITS = (66, 77, 88, 666, 777, 888, 6666, 7777, 8888)
NINES = (*range(95, 100), *range(995, 1000), *range(9995, 10_000), 99_999)
CODES = frozenset((*SAME_DIGITS, *NINES))  # numbers that stand for no answer in many files
WIDEST = {100: 10, 1000: 100, 1_000_000: 1000}  # up to where other answers lie, of codes below so much
FEW_NEGATIVE = 2  # as many negative numbers among others may be codes
USUAL_BOTH_WAYS = 3  # the best score of the usual scales on both sides of 0: from -2 to 2 and from -3 to 3
EATEN = frozenset(
    ("N/A", "NA", "n/a", "NULL", "null", "NaN", "nan", "-NaN", "-nan", "None", "<NA>", "#N/A", "#NA", "#N/A N/A")
)  # texts that pandas reads as empty cells
EATEN_HINT = ": pandas may have read it as an empty cell. Read the file with keep_default_na=False, or give its path"
SHORT, LONG, SLIDER = 5, 10, 100  # the highest scores of the usual scales
MIN_POINTS, MAX_POINTS = 3, 11  # different scores of a column that looks like a rating
SHOWN = 6  # columns in a message: what all of them need is in its last line
AT_END = 4  # as many give the best score of a scale: by fewer, it is the highest that happened to be given
ENOUGH = 50  # answers to an NPS without any 0 that are worth a word
ENOUGH_ONES = 6  # of them that are 1: of fewer, a 0 may well be missing by chance


class UnknownEntriesError(ValuesError):
    """A column that holds what its scale does not have.

    ``where`` is the column as messages name it, ``shown`` what it holds, ``advice`` what to do about it; ``codes`` what
    could be named as codes, under the scale ``known`` whose ends are ``ends``.
    """

    def __init__(
        self,
        where: tuple[str, str],
        shown: str,
        advice: str,
        message: str,
        codes: Iterable[Any] = (),
        known: Codes | None = None,
        ends: tuple[float, float] | None = None,
    ) -> None:
        super().__init__(message)
        self.where = where
        self.shown = shown
        self.advice = advice
        self.codes = tuple(codes)
        self.known = known
        self.ends = (known.low, known.high) if known else ends


@dataclass(slots=True)
class Faults:
    """The columns of a table that hold what their scales do not have."""

    found: list[UnknownEntriesError] = field(default_factory=list)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Go on after a fault, which is told with the others."""
        try:
            yield
        except UnknownEntriesError as fault:
            if fault.where not in [known.where for known in self.found]:
                self.found.append(fault)

    def tell(self) -> None:
        """Raise what was found, if anything."""
        if len(self.found) == 1:
            raise ValuesError(str(self.found[0]))
        if self.found:
            raise ValuesError(_told_at_once(self.found))


def _told_at_once(faults: Sequence[UnknownEntriesError]) -> str:
    """All columns with what they hold, and the line for each scale."""
    columns = []
    steps: dict[str, None] = {}
    for fault in faults:
        job, column = fault.where
        columns.append(f"{job} {column!r}: {fault.shown}")
        if not fault.codes:
            steps[fault.advice] = None
    lines = "; ".join(_lines(faults))
    if lines:
        step = "Give the scale its whole range, or keep each code in the list where it belongs"
        steps[f"{step}: {lines}."] = None
    held = "; ".join(columns[:SHOWN])
    if len(columns) > SHOWN:
        held += f"; and {len(columns) - SHOWN} more"
    todo = " ".join(steps)
    return f"{len(faults)} columns hold what their scale does not have. {held}. {todo}"


def _lines(faults: Sequence[UnknownEntriesError]) -> list[str]:
    """``scale=cx.Scale(1, 5, not_used=['-'], blank=['-'])`` for the touchpoints, and for each outcome."""
    by_scale: dict[Codes | None, list[UnknownEntriesError]] = {}
    scales = []
    for fault in faults:
        job, column = fault.where
        if not fault.codes:
            continue
        if job == "touchpoint":
            by_scale.setdefault(fault.known, []).append(fault)
        else:
            scale = scale_line(fault.known, fault.codes, fault.ends)
            scales.append(f"{column!r}: {scale}")
    alone = len(by_scale) == 1
    lines = [_line_of_touchpoints(alike, alone=alone) for alike in by_scale.values()]
    if scales:
        lines.append(f"outcome_scale={{{', '.join(scales)}}}")
    return lines


def _line_of_touchpoints(faults: Sequence[UnknownEntriesError], *, alone: bool) -> str:
    """The scale of touchpoints that share one, with their names where there are others."""
    codes: list[Any] = []
    columns = []
    lows = []
    highs = []
    for fault in faults:
        codes += fault.codes
        columns.append(repr(fault.where[1]))
        low, high = fault.ends or (1, 5)
        lows.append(low)
        highs.append(high)
    ends = (min(lows), max(highs))
    scale = scale_line(faults[0].known, codes, ends)
    if alone:
        return f"scale={scale}"
    return f"scale={scale} for {listing(columns)}"


def scale_line(
    known: Codes | None,
    codes: Iterable[Any],
    ends: tuple[float, float] | None,
) -> str:
    """A scale that names codes in both lists, as only the owner knows which of them is the right one."""
    low, high = ends or (1, 5)
    first = f"{low:g}, {high:g}"
    unused: list[Any] = []
    blank: list[Any] = []
    if known:
        unused += known.not_used
        blank += known.blank
        if known.words:
            first = f"words={_list(known.words)}"
    new = list(dict.fromkeys(codes))
    unused += new
    blank += new
    return f"cx.Scale({first}, not_used={_list(unused)}, blank={_list(blank)})"


def _list(codes: Sequence[Any]) -> str:
    """A list as it is typed."""
    shown = ", ".join(map(_typed, codes))
    return f"[{shown}]"


def _typed(code: Any) -> str:
    """A code as it is typed."""
    if isinstance(code, float):
        return f"{code:g}"
    return repr(code)


class Entries(NamedTuple):
    """The entries of a column: numbers, NaN where there is none, and stripped texts where there is no number.

    ``times``: how many rows each entry stands for, where they are distinct ones.
    """

    numbers: Floats
    text: NDArray[Any]
    times: Ints | None = None

    def rows(self, code: Any) -> int:
        """In how many rows a code stands."""
        if isinstance(code, str):
            which = self.text == code.strip()
        else:
            which = self.numbers == code
        if self.times is None:
            return int(which.sum())
        return int(self.times[which].sum())

    def without(self, codes: Iterable[Any]) -> Floats:
        """The distinct numbers that are none of some codes."""
        is_number = ~np.isnan(self.numbers)
        distinct = np.unique(self.numbers[is_number])
        numbers = [code for code in codes if isinstance(code, (int, float))]
        return distinct[~np.isin(distinct, numbers)]


def check_door(
    entries: Mapping[str, Entries],
    roles: Roles,
    faults: Faults,
) -> tuple[str, ...]:
    """Look for codes that nobody has named; what there is to tell of those that are named and occur nowhere."""
    scales = [roles.codes_of(column) for column in roles.score_columns]
    named = [scale for scale in dict.fromkeys(scales) if scale]
    outcomes = dict(roles.outcomes)
    for job, column in roles.jobs:
        codes = roles.codes_of(column) if job == "touchpoint" else outcomes[column]
        if codes is None:
            with faults.kept():
                if job == "outcome":
                    check_foreign(entries[column], column, named)
                check_odd(entries[column], job, column)
    if not named and not faults.found:
        check_ranges({column: entries[column] for column in roles.score_columns})
    touchpoints = list(zip(roles.score_columns, scales, strict=True))
    sentences = _told_by_scale(entries, touchpoints, "touchpoint")
    sentences += _told_by_scale(entries, roles.outcomes, "outcome")
    for column, codes in roles.outcomes:
        if codes is not None and codes.kind == "nps":
            sentences += told_of_nps(entries[column], column)
    return tuple(dict.fromkeys(sentences))


def _told_by_scale(
    entries: Mapping[str, Entries],
    answers: Sequence[tuple[str, Codes | None]],
    thing: str,
) -> list[str]:
    """What there is to tell of the codes of each scale."""
    by_codes: dict[Codes | None, list[Entries]] = {}
    for column, codes in answers:
        by_codes.setdefault(codes, []).append(entries[column])
    sentences = []
    for codes, columns in by_codes.items():
        if codes is not None:
            sentences += told_of_codes(columns, codes, thing)
    return sentences


def check_ranges(entries: Mapping[str, Entries]) -> None:
    """Refuse touchpoints without a scale of which some are rated up to 5, some up to 10 or 100: their means mislead.

    Raises
    ------
    ValuesError
        ``touchpoints seem to be on different scales: 'web' up to 5, 'call' to 10. Give each its own: ...``
    """
    first_of: dict[int, str] = {}
    for column, of_column in entries.items():
        top = _top_of(of_column)
        if top:
            first_of.setdefault(top, column)
    if len(first_of) > 1:
        low = min(first_of)
        high = max(first_of)
        short = first_of[low]
        long = first_of[high]
        raise ValuesError(
            f"touchpoints seem to be on different scales: {short!r} up to {low}, {long!r} to {high}. Give each its "
            f"own: scale={{{short!r}: {_usual(low)}, {long!r}: {_usual(high)}, ...}}."
        )


def _top_of(entries: Entries) -> int:
    """The highest score of the usual scale that a column seems to be on; 0 where none is sure."""
    scores = entries.without(())
    if len(scores) < MIN_POINTS or scores[0] < 0:
        return 0
    highest = scores[-1]
    if 0.9 * SLIDER <= highest <= SLIDER:
        return SLIDER
    if len(scores) > MAX_POINTS or not np.isfinite(highest):
        return 0
    if (scores % 1 != 0).any():
        return 0
    if LONG - 1 <= highest <= LONG:  # few give the best score of all
        return LONG
    if highest == SHORT and _is_end(entries, SHORT):
        return SHORT
    return 0


def _is_end(entries: Entries, score: int) -> bool:
    """Whether a scale ends with a score: several gave it, and more than gave 0, as where few answers are that high."""
    more_than_zeros = entries.rows(0) + 1
    return entries.rows(score) >= max(AT_END, more_than_zeros)


def _usual(top: int) -> str:
    """The usual scale up to a score, as it is typed."""
    return f"cx.Scale({int(top == SHORT)}, {top})"


def check_odd(entries: Entries, job: str, column: str) -> None:
    """Refuse numbers that look like codes among the scores of a column without a scale.

    Raises
    ------
    UnknownEntriesError
        ``touchpoint column 'web' holds -99 (16 rows), far from its other values, 1 to 5. ...``
    """
    numbers = entries.without(())
    odd = odd_among(numbers)
    if _run_into_scores(entries, odd):
        odd = [number for number in odd if number > 0]
    if not odd:
        return
    rest = entries.without(odd)
    low = float(rest.min())
    high = float(rest.max())
    shown = _with_rows(entries, odd)
    named = f"cx.Scale({low:g}, {high:g}, blank={_list(odd)})"
    whole = f"cx.Scale({numbers.min():g}, {numbers.max():g})"
    if job == "outcome":
        advice = _either(
            f"outcome_scale={{{column!r}: {named}}}",
            f"outcome_scale={{{column!r}: {whole}}}",
        )
    else:
        advice = _either(f"scale={named}", f"scale={whole}")
    are_small = max(map(abs, odd)) <= FEW_NEGATIVE
    is_near = low == 0 and -1 in odd and are_small
    where = "next to" if is_near else "far from"
    message = f"{job} column {column!r} holds {shown}, {where} its other values, {low:g} to {high:g}. {advice}"
    raise UnknownEntriesError(
        (job, column),
        shown,
        advice,
        message,
        codes=odd,
        ends=(low, high),
    )


def _run_into_scores(entries: Entries, odd: Sequence[float]) -> bool:
    """Whether negative numbers are the thin end of scores on both sides of 0, as -1 is from -2 to 2.

    They come without a gap, the rarer the lower. A -1 alone may be that only on the usual scales: beside 0 to 10 it is
    a code more often.
    """
    negative = sorted(number for number in odd if number < 0)
    steps = list(range(-len(negative), 1))
    if not negative or [*negative, 0] != steps:
        return False
    rows = [entries.rows(number) for number in steps]
    is_thin = rows == sorted(rows) and rows[-1] > 0
    highest = entries.without(odd).max()
    return is_thin and (len(negative) > 1 or bool(highest <= USUAL_BOTH_WAYS))


def _either(named: str, whole: str) -> str:
    """What to say of a number that is no answer, and of one that is."""
    return f"If it is no answer, say so: {named}. If it is one: {whole}."


def odd_among(numbers: Floats) -> list[float]:
    """Distinct numbers that look like codes: 99 among 1 to 10, 999 among 0 to 100, -99 or -1 among 0 and more."""
    finite = numbers[np.isfinite(numbers)]
    is_code = np.array([abs(number) in CODES for number in finite], bool)
    others = finite[(finite >= 0) & ~is_code]
    if len(others) < 2:
        return []
    largest = float(others.max())
    odd = []
    for number in finite[is_code].tolist():
        if number > 0 and largest <= _reach(number):
            odd.append(number)
    negative = finite[finite < 0]
    if len(negative) == 0:
        return odd
    are_codes = bool(is_code[finite < 0].all())
    is_far = are_codes and -negative.max() > largest
    is_whole = bool((finite % 1 == 0).all())
    are_few = len(negative) <= FEW_NEGATIVE
    are_others_more = len(others) >= FEW_NEGATIVE + len(negative)
    is_lopsided = is_whole and are_few and are_others_more and -negative.min() != largest
    if is_far or is_lopsided:
        odd = negative.tolist() + odd
    return odd


def _reach(code: float) -> int:
    """Up to where answers go, if a number is a code."""
    return next(reach for below, reach in WIDEST.items() if code < below)


def check_foreign(entries: Entries, column: str, scales: Sequence[Codes]) -> None:
    """Refuse an outcome without a scale that holds a code of the touchpoints', all else being on their scale.

    Raises
    ------
    UnknownEntriesError
        ``outcome column 'overall' holds 99 (12 rows), a code of the touchpoints' scale. ...``
    """
    foreign: list[Any] = []
    for scale in scales:
        foreign += [code for code in _foreign(entries, scale) if code not in foreign]
    rest = entries.without(foreign)
    if not foreign or not len(rest):
        return
    low, high = _ends(rest, scales)
    shown = _with_rows(entries, foreign)
    numbers = [code for code in foreign if not isinstance(code, str)]
    is_one = ""
    if numbers:
        lowest = min(low, *numbers)
        highest = max(high, *numbers)
        whole = f"cx.Scale({lowest:g}, {highest:g})"
        is_one = f" If it is one: outcome_scale={{{column!r}: {whole}}}."
    advice = (
        f"If it is no answer here, say so: outcome_scale={{{column!r}: "
        f"cx.Scale({low:g}, {high:g}, blank={_list(foreign)})}}.{is_one}"
    )
    message = f"outcome column {column!r} holds {shown}, a code of the touchpoints' scale. {advice}"
    raise UnknownEntriesError(
        ("outcome", column),
        shown,
        advice,
        message,
        codes=foreign,
        ends=(low, high),
    )


def _foreign(entries: Entries, scale: Codes) -> list[Any]:
    """The codes of a scale that an outcome holds; numbers only where all else lies on the scale.

    A number next to the scale needs answers at its other end, too: 0, 1 and 2 are no answers from 1 to 5.
    """
    named = [code for code in (*scale.not_used, *scale.blank) if code is not None]
    codes = [code for code in named if entries.rows(code)]
    rest = entries.without(codes)
    words = [code for code in codes if isinstance(code, str)]
    if not len(rest) or rest.min() < scale.low or rest.max() > scale.high:
        return words
    next_to = []
    if rest.max() < scale.high:
        next_to.append(scale.low - 1)
    if rest.min() > scale.low:
        next_to.append(scale.high + 1)
    return [code for code in codes if code not in next_to]


def _ends(numbers: Floats, scales: Iterable[Codes]) -> tuple[float, float]:
    """The ends of the touchpoints' scale that has all numbers, else the numbers' own."""
    low = float(numbers.min())
    high = float(numbers.max())
    for scale in scales:
        if scale.low <= low and high <= scale.high:
            return scale.low, scale.high
    return low, high


def _with_rows(entries: Entries, codes: Sequence[Any]) -> str:
    """``-99 (16 rows)``."""
    rows = sum(map(entries.rows, codes))
    word = "row" if rows == 1 else "rows"
    shown = listing(map(_typed, codes))
    return f"{shown} ({rows:,} {word})"


def told_of_codes(columns: Sequence[Entries], codes: Codes, thing: str) -> list[str]:
    """What there is to tell of codes that are named and occur in none of some columns."""
    sentences = []
    roles = [(code, "not used") for code in codes.not_used]
    roles += [(code, "blank") for code in codes.blank]
    for code, role in roles:
        if code is None:
            continue
        if any(entries.rows(code) for entries in columns):
            continue
        hint = ""
        if str(code).strip() in EATEN:
            hint = EATEN_HINT
        sentences.append(f"{code!r}, named as {role}, occurs in no {thing}{hint}.")
    return sentences


def told_of_nps(entries: Entries, column: str) -> list[str]:
    """A word on an NPS that nobody answered with 0, though several with 1: it may have been asked from 1 to 10."""
    given = entries.numbers[~np.isnan(entries.numbers)]
    n = sum(entries.rows(number) for number in np.unique(given))
    if n < ENOUGH or entries.rows(1) < ENOUGH_ONES:
        return []
    if entries.rows(0) or given.min() < 0:
        return []
    return [
        f"No 0 among the {n:,} answers to {column!r}: if it was asked from 1 to 10, its NPS cannot be compared "
        "with one asked from 0 to 10."
    ]
